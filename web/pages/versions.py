"""Versions of an account: kept, recalculated, and why two differ, as a waterfall and a table."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.enterprise import profile, versions
from accounts.enterprise.versions import Comparison
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS
from web import charts
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.accounts import asked_year
from web.pages.forms import form_of, identifier
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/account/versions"
READ = {"permission": Permission.ACCOUNT_READ}
KEEP = {"permission": Permission.ACTIVITY_SUBMIT}

PARTS: dict[str, str] = {
    "boundary": N_("Boundary"),
    "correction": N_("Corrections"),
    "activity": N_("Activity"),
    "factor": N_("Factors"),
    "gwp": N_("Warming potentials"),
}
MEANINGS: dict[str, str] = {
    "boundary": N_("facilities that only one of the two counts"),
    "correction": N_("activities withdrawn or replaced between the two"),
    "activity": N_("more or less reported, at the earlier factors"),
    "factor": N_("other factors for the same activities"),
    "gwp": N_("other warming potentials for the same gases"),
}


@get(HERE, opt=READ, include_in_schema=False)
async def versions_page(request: AnyRequest) -> Response[str]:
    """The versions of a year; two of them compared."""
    return await _page(request)


async def _page(request: AnyRequest, **context: Any) -> Response[str]:
    actor, language = actor_of(request), language_of(request)
    every = await versions.list_versions(actor, enterprise_id=actor.tenant_id)
    years = sorted({one.year for one in every} | {asked_year(request)}, reverse=True)
    year = asked_year(request, default=every[0].year if every else None)
    found = [one for one in every if one.year == year]
    compared = await _compared(request, found)
    return render(
        request,
        "versions.html",
        versions=found,
        year=year,
        years=years,
        compared=compared,
        chart=_waterfall(language, compared) if compared else None,
        parts=PARTS,
        meanings=MEANINGS,
        gwp_sets=[(gwp_set, gwp_set) for gwp_set in GWP_SETS],
        facilities=[place.name for place in await profile.list_facilities(actor)],
        may_keep=Permission.ACTIVITY_SUBMIT in actor.permissions,
        trail=[
            (translate(language, N_("Carbon account")), "/enterprise/account"),
            (translate(language, N_("Versions")), ""),
        ],
        **context,
    )


async def _compared(request: AnyRequest, found: list[versions.Version]) -> Comparison | None:
    """The two versions asked for; else the last two of the year."""
    asked = [request.query_params.get(name, "") for name in ("before", "after")]
    if all(asked):
        ids = [identifier(text, at="before") for text in asked]
    elif len(found) > 1:
        ids = [found[1].id, found[0].id]
    else:
        return None
    actor = actor_of(request)
    return await versions.compare_versions(
        actor, enterprise_id=actor.tenant_id, before_id=ids[0], after_id=ids[1]
    )


def _waterfall(language: str, compared: Comparison) -> charts.Chart:
    told, unit = compared.difference, translate(language, N_("t CO2e"))

    def step(label: str, mg: int, *, final: bool = False) -> charts.Step:
        return charts.Step(label, charts.axis_tonnes(mg), formats.tonnes(mg, language), final=final)

    number = N_("Version {number}")
    steps = [step(translate(language, number, number=compared.before.number), told.before_mg)]
    steps += [step(translate(language, PARTS[part.id]), part.co2e_mg) for part in told.parts if part.co2e_mg]
    steps.append(step(translate(language, number, number=compared.after.number), told.after_mg, final=True))
    return charts.waterfall(
        "versions-compared",
        title=translate(language, N_("Why they differ")),
        description=translate(
            language,
            N_("From {before} to {after} t CO2e: a difference of {difference} t in {count} parts."),
            before=formats.tonnes(told.before_mg, language),
            after=formats.tonnes(told.after_mg, language),
            difference=formats.tonnes(told.co2e_mg, language),
            count=sum(1 for part in told.parts if part.co2e_mg),
        ),
        steps=steps,
        columns=(translate(language, N_("Part")), unit),
        unit=unit,
    )


@post(HERE, opt=KEEP, include_in_schema=False)
async def keep(request: AnyRequest) -> Response[str] | Redirect:
    """Keeps the year as a new version, as filed or recalculated."""
    form = await form_of(request)
    try:
        year = form.whole("year", minimum=1990, maximum=2100)
        recalculate = form.text("basis") == "recalculated"
        known_on: date | None = form.day("known_on") if form.text("known_on", required=False) else None
        await versions.keep_version(
            actor_of(request),
            year=year,
            reason=form.text("reason", maximum=versions.LONGEST_REASON),
            gwp_set=form.text("gwp_set"),
            recalculate=recalculate,
            known_on=known_on,
            left_out=form.texts("left_out"),
        )
    except Problem as problem:
        return await _page(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?year={year}&done=version-kept", status_code=303)


handlers = [versions_page, keep]
