"""Where each side begins: what is due, what changed, where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, get

from accounts.enterprise import account, profile, rating, submissions, totals
from accounts.finance import funds, loans, rates
from accounts.identity import consents
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.timing import runs
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.formats import BUSINESS_ZONE
from web.pages.rating_charts import rating_chart
from web.pages.rendering import AnyRequest, render

SHOWN = 5


@dataclass(frozen=True)
class Task:
    """Something to do, in words, and where."""

    text: str
    link: str
    action: str


@get("/enterprise", opt={"permission": Permission.ACCOUNT_READ}, include_in_schema=False)
async def enterprise_home(request: AnyRequest) -> Response[str]:
    """Tasks first; then the year's figure and rating; then what happened lately."""
    actor, language = actor_of(request), language_of(request)
    year = datetime.now(BUSINESS_ZONE).year - 1
    known = await profile.read_profile(actor)
    found = await account.read_account(actor, enterprise_id=actor.tenant_id, year=year)
    rated, missing = await _rating(actor, year)
    given = [one for one in await consents.list_consents(actor) if one.owner_id == actor.tenant_id]
    may_submit = Permission.ACTIVITY_SUBMIT in actor.permissions
    return render(
        request,
        "enterprise_home.html",
        year=year,
        account=found,
        rating=rated,
        missing=missing,
        scale=rating_chart(language, rated) if rated else None,
        tasks=enterprise_tasks(language, year, known, found, given) if may_submit else [],
        submissions=(await submissions.list_submissions(actor, limit=SHOWN))[:SHOWN],
        reads=await consents.list_reads(actor, limit=SHOWN),
        loans=await loans.list_loans(actor),
    )


async def _rating(actor: Actor, year: int) -> tuple[rating.EnterpriseRating | None, Problem | None]:
    if Permission.RATING_READ not in actor.permissions:
        return None, None
    try:
        return await rating.rate_enterprise(actor, enterprise_id=actor.tenant_id, year=year), None
    except Problem as missing:
        return None, missing


def enterprise_tasks(
    language: str,
    year: int,
    known: profile.Profile,
    found: account.Account,
    given: list[consents.Consent],
) -> list[Task]:
    """What an enterprise still has to do for the year, in the order of the story."""

    def task(text: str, link: str, action: str, **values: Any) -> Task:
        return Task(translate(language, text, **values), link, translate(language, action))

    tasks = []
    if not known.industry_code:
        tasks.append(
            task(N_("Say which industry the company is in."), "/enterprise/profile", N_("Company figures"))
        )
    if not any(one.year == year and one.value_added_fen is not None for one in known.years):
        text = N_("Record the value added of {year}.")
        tasks.append(task(text, "/enterprise/profile", N_("Company figures"), year=year))
    if not found.activities:
        text = N_("Send the activities of {year}.")
        tasks.append(task(text, "/enterprise/upload", N_("Upload"), year=year))
    elif found.coverage.missing_months:
        months = [formats.month(month, language) for month in found.coverage.missing_months]
        text = N_("{count} months have no activity yet: {months}.")
        tasks.append(task(text, "/enterprise/upload", N_("Upload"), count=len(months), months=months))
    if found.activities and not any(one.valid for one in given):
        text = N_("Let a bank read your account, if you want a green loan.")
        tasks.append(task(text, "/enterprise/consents", N_("Choose a bank")))
    return tasks


@get("/authority", opt={"permission": Permission.FUND_READ}, include_in_schema=False)
async def authority_home(request: AnyRequest) -> Response[str]:
    """What waits for a decision, the funds, and the latest runs."""
    actor, language = actor_of(request), language_of(request)
    return render(
        request,
        "authority_home.html",
        tasks=await _authority_tasks(actor, language),
        funds=[fund for fund in await funds.list_funds(actor) if fund.authority_id == actor.tenant_id],
        benchmarks=await rating.list_benchmarks(actor),
        runs=await runs.list_runs(actor, limit=SHOWN) if Permission.JOB_RUN in actor.permissions else [],
    )


async def _authority_tasks(actor: Actor, language: str) -> list[Task]:
    tasks = []
    if Permission.RATE_ACCEPT in actor.permissions:
        waiting = await rates.list_rates(actor, state="proposed", limit=500)
        if waiting:
            text = translate(
                language, N_("{count} reference rates wait for your decision."), count=len(waiting)
            )
            tasks.append(Task(text, "/authority/rates", translate(language, N_("Decide"))))
    if Permission.TOTALS_IMPORT in actor.permissions:
        flagged = [flag for flag in (await totals.list_totals(actor, limit=1)).flags if not flag.decision]
        if flagged:
            text = translate(
                language,
                N_("{count} reported figures are held out until you decide on them."),
                count=len(flagged),
            )
            tasks.append(Task(text, "/authority/totals", translate(language, N_("Decide"))))
    if Permission.JOB_RUN in actor.permissions:
        failed = await runs.list_runs(actor, state="failed", limit=50)
        if failed:
            text = translate(language, N_("{count} scheduled runs have failed."), count=len(failed))
            tasks.append(Task(text, "/authority/jobs?state=failed", translate(language, N_("Look"))))
    return tasks


handlers = [enterprise_home, authority_home]
