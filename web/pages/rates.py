"""Reference rates: what arrived, what is in force, and the decision of a person in between."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import rates
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from methodologies.finance.lpr import Tenor
from web import charts
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

ACCEPT = {"permission": Permission.RATE_ACCEPT}
HERE = "/authority/rates"

TENORS: dict[str, str] = {
    Tenor.ONE_YEAR.value: N_("one year"),
    Tenor.FIVE_YEARS.value: N_("five years and more"),
}
_COLOURS = {Tenor.ONE_YEAR.value: "#14584a", Tenor.FIVE_YEARS.value: "#c7831c"}


@get(HERE, opt=ACCEPT, include_in_schema=False)
async def rates_page(request: AnyRequest) -> Response[str]:
    """What waits for a decision, and the series in force."""
    return await _rates(request)


async def _rates(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    accepted = await rates.list_rates(actor, state="accepted", limit=500)
    return render(
        request,
        "rates.html",
        proposed=await rates.list_rates(actor, state="proposed", limit=500),
        accepted=accepted,
        chart=rate_chart(language_of(request), accepted) if accepted else None,
        tenors=TENORS,
        **context,
    )


def rate_chart(language: str, accepted: list[rates.Rate]) -> charts.Chart:
    """The series in force as steps."""
    title = translate(language, N_("Loan prime rate in force"))
    lines = []
    for tenor, text in TENORS.items():
        values = sorted((rate.quoted_on, rate.percent) for rate in accepted if rate.tenor == tenor)
        lines.append(
            charts.Line(
                translate(language, text),
                tuple(day.isoformat() for day, _ in values),
                tuple(float(percent) for _, percent in values),
                _COLOURS[tenor],
            )
        )
    latest = max(accepted, key=lambda rate: (rate.quoted_on, rate.tenor))
    description = translate(
        language,
        N_("{count} values; the latest of {day} is {percent} %."),
        count=len(accepted),
        day=formats.day(latest.quoted_on, language),
        percent=latest.percent,
    )
    unit = translate(language, N_("% a year"))
    return charts.lines("rates", title=title, description=description, series=lines, unit=unit, steps=True)


@post(f"{HERE}/accept-all", opt=ACCEPT, include_in_schema=False)
async def accept_all(request: AnyRequest) -> Redirect:
    """Accepts whatever needs no close look."""
    await rates.accept_unflagged(actor_of(request))
    return Redirect(f"{HERE}?done=rates-accepted", status_code=303)


@post(f"{HERE}/published", opt=ACCEPT, include_in_schema=False)
async def propose_published(request: AnyRequest) -> Redirect:
    """Proposes the series that comes with the program."""
    await rates.propose_published(actor_of(request))
    return Redirect(f"{HERE}?done=rates-proposed", status_code=303)


@post(f"{HERE}/propose", opt=ACCEPT, include_in_schema=False)
async def propose_rate(request: AnyRequest) -> Response[str] | Redirect:
    """Proposes one value read at its source."""
    form = await form_of(request)
    try:
        await rates.propose_by_hand(
            actor_of(request),
            tenor=form.text("tenor"),
            quoted_on=form.day("quoted_on"),
            percent=form.points("percent"),
            source=form.text("source"),
        )
    except Problem as problem:
        return await _rates(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?done=rates-proposed", status_code=303)


@post(f"{HERE}/{{rate_id:uuid}}/decide", opt=ACCEPT, include_in_schema=False)
async def decide_rate(request: AnyRequest, rate_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Accepts or declines one value, with a note where it departs."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        note = form.text("note", required=False, maximum=500)
        if form.text("decision") == "accept":
            await rates.accept_rate(actor, rate_id=rate_id, note=note)
            return Redirect(f"{HERE}?done=rate-accepted", status_code=303)
        await rates.reject_rate(actor, rate_id=rate_id, note=note)
    except Problem as problem:
        return await _rates(request, mistake=problem)
    return Redirect(f"{HERE}?done=rate-declined", status_code=303)


handlers = [rates_page, accept_all, propose_published, propose_rate, decide_rate]
