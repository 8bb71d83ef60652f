"""How good, how whole and how sure the account of a year is, and estimates for what nobody told."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.enterprise import gap_filling, quality
from accounts.enterprise.uncertainty import Assessment, Estimate
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS
from carbon.quality import criteria
from methodologies.accounting.catalogue import SOURCES
from web import charts
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.account_charts import gas_name, scope_name
from web.pages.accounts import account_of, asked_gwp_set
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/quality"
READ = {"permission": Permission.ACCOUNT_READ}
WORK = {"permission": Permission.ACTIVITY_SUBMIT}
_MG_PER_T = 10**9
_LARGE_MG = 1000 * _MG_PER_T
PAGE_DRAWS = 5000
"""Enough for three digits of the interval, and drawn in a moment."""

NOTATIONS: dict[str, str] = {
    "NO": N_("not occurring"),
    "NE": N_("not estimated"),
    "IE": N_("included elsewhere"),
    "C": N_("confidential"),
}


@get(HERE, opt=READ, include_in_schema=False)
async def quality_page(request: AnyRequest) -> Response[str]:
    """Coverage, score, uncertainty, what is not disclosed, and proposed estimates."""
    return await _quality(request)


async def _quality(request: AnyRequest, **context: Any) -> Response[str]:
    actor, language, gwp_set = actor_of(request), language_of(request), asked_gwp_set(request)
    account = await account_of(request, actor.tenant_id)
    year = account.year
    found = await quality.read_quality(actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set)
    sure = (
        await quality.assess_account(
            actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set, draws=PAGE_DRAWS
        )
        if account.activities
        else None
    )
    proposals = await gap_filling.propose_estimates(actor, enterprise_id=actor.tenant_id, year=year)
    return render(
        request,
        "quality.html",
        account=account,
        quality=found,
        sure=sure,
        chart=_chart(language, sure) if sure and sure.known_share else None,
        criteria=criteria(),
        proposals=proposals,
        notations=NOTATIONS,
        years=account.years or (year,),
        gwp_sets=GWP_SETS,
        may_fill=Permission.ACTIVITY_SUBMIT in actor.permissions,
        in_language=lambda text: text.in_language(language),
        source_name=lambda source: SOURCES[source].name.in_language(language),
        **context,
    )


def _chart(language: str, sure: Assessment) -> charts.Chart:
    """The draws of the total as bars; the table says each total with both approaches."""

    def say(template: str, **values: Any) -> str:
        return translate(language, template, **values)

    def tonnes(mg: float) -> str:
        return formats.tonnes(round(mg), language)

    def line(label: str, each: Estimate) -> charts.Row:
        ends = (tonnes(each.drawn.low), tonnes(each.drawn.high))
        return charts.Row(label, (tonnes(each.co2e_mg), f"{each.percent:.1f}", *ends))

    rows = [line(gas_name(each.name, language), each) for each in sure.by_gas]
    rows += [line(scope_name(int(each.name), language), each) for each in sure.by_scope]
    total = line(say(N_("Total")), sure.total)
    return charts.stacked(
        "uncertainty",
        title=say(N_("How sure the total is")),
        description=say(
            N_(
                "{total} t CO2e, ± {percent} % by propagation; 95 % of {draws} draws lie between {low} and {high}."
            ),
            total=tonnes(sure.total.co2e_mg),
            percent=f"{sure.total.percent:.1f}",
            draws=sure.draws,
            low=tonnes(sure.total.drawn.low),
            high=tonnes(sure.total.drawn.high),
        ),
        places=[
            formats.number(middle / _MG_PER_T, language, 0 if sure.total.co2e_mg >= _LARGE_MG else 3)
            for middle, _ in sure.histogram
        ],
        series=[
            charts.Series(say(N_("draws")), tuple(float(count) for _, count in sure.histogram), charts.PINE)
        ],
        columns=(say(N_("Figure")), "t CO2e", "± %", say(N_("drawn from")), say(N_("drawn to"))),
        rows=rows,
        unit=say(N_("draws")),
        total=total,
    )


@post(f"{HERE}/estimates", opt=WORK, include_in_schema=False)
async def file_estimates(request: AnyRequest) -> Response[str] | Redirect:
    """Files all estimates the page proposed for the year."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        year = int(form.text("year", maximum=4) or 0)
        wanted = form.text("estimate", maximum=300)
        proposals = await gap_filling.propose_estimates(actor, enterprise_id=actor.tenant_id, year=year)
        ids = [each.id for each in proposals if wanted in {"all", each.id}]
        filed = await gap_filling.file_estimates(actor, year=year, ids=ids)
    except (Problem, ValueError) as problem:
        told = (
            problem
            if isinstance(problem, Problem)
            else Problem(N_("Write the year with four digits."), at="year")
        )
        return await _quality(request, mistake=told)
    return Redirect(f"/enterprise/submissions/{filed.id}", status_code=303)


handlers = [quality_page, file_estimates]
