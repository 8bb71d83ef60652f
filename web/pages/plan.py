"""Targets and measures: where the enterprise wants to be, what it can do, and what that costs."""

from decimal import Decimal
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.enterprise import measures, targets
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of
from web.pages.forms import Form, form_of
from web.pages.plan_charts import curve_chart, target_chart
from web.pages.rendering import AnyRequest, render

OWN = {"permission": Permission.ACCOUNT_READ}
WORK = {"permission": Permission.ACTIVITY_SUBMIT}
HERE = "/enterprise/plan"
USUAL_RATE_PERCENT = Decimal(5)
"""Where the curve begins; the page lets the reader choose another rate."""


@get(HERE, opt=OWN, include_in_schema=False)
async def plan_page(request: AnyRequest) -> Response[str]:
    """Targets with their paths, measures with their curve, and the forms for both."""
    return await _plan(request)


async def _plan(request: AnyRequest, **context: Any) -> Response[str]:
    actor, language = actor_of(request), language_of(request)
    rate = _asked_rate(request)
    found = await targets.list_targets(actor, enterprise_id=actor.tenant_id)
    several = await measures.list_measures(actor, enterprise_id=actor.tenant_id)
    curve = measures.abatement_curve(several, rate)
    return render(
        request,
        "plan.html",
        targets=[(one, target_chart(language, one)) for one in found],
        measures=several,
        curve=curve,
        curve_chart=curve_chart(language, curve) if curve.steps else None,
        rate=rate,
        statuses=measures.STATUSES,
        kinds=targets.KINDS,
        scopes=targets.SCOPES,
        works=Permission.ACTIVITY_SUBMIT in actor.permissions,
        **context,
    )


def _asked_rate(request: AnyRequest) -> Decimal:
    text = request.query_params.get("rate", "")
    if not text:
        return USUAL_RATE_PERCENT
    plain = text.replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit() and len(text) <= 6) or Decimal(text) > 100:
        raise Problem(
            N_("{value} is no rate of interest; write for example 4.5."), at="rate", value=text[:20]
        )
    return Decimal(text)


def _tonnes(form: Form, name: str) -> int:
    text = form.text(name, maximum=20)
    plain = text.replace(".", "", 1)
    if not (plain.isascii() and plain.isdigit()) or len(text.partition(".")[2]) > 9:
        raise Problem(N_("Write tonnes with digits and one point, for example 120.5."), at=name)
    return int(Decimal(text) * 10**9)


@post(f"{HERE}/targets", opt=WORK, include_in_schema=False)
async def set_target(request: AnyRequest) -> Response[str] | Redirect:
    """Sets a target."""
    form = await form_of(request)
    try:
        await targets.set_target(
            actor_of(request),
            name=form.text("target_name", maximum=100),
            kind=form.text("kind", maximum=20),
            scopes=form.text("scopes", maximum=10),
            base_year=form.whole("base_year", minimum=1990, maximum=2100),
            target_year=form.whole("target_year", minimum=1990, maximum=2100),
            reduction_percent=form.points("reduction_percent"),
        )
    except Problem as problem:
        return await _plan(request, mistake=problem, fields=form.without(), here=HERE)
    return Redirect(f"{HERE}?done=target-set", status_code=303)


@post(f"{HERE}/targets/withdraw", opt=WORK, include_in_schema=False)
async def withdraw_target(request: AnyRequest) -> Redirect:
    """Gives a target up."""
    form = await form_of(request)
    await targets.withdraw_target(actor_of(request), name=form.text("target_name", maximum=100))
    return Redirect(f"{HERE}?done=target-withdrawn", status_code=303)


@post(f"{HERE}/measures", opt=WORK, include_in_schema=False)
async def record_measure(request: AnyRequest) -> Response[str] | Redirect:
    """Records a measure, or what it is now."""
    form = await form_of(request)
    number = form.text("number", required=False, maximum=6)
    try:
        await measures.record_measure(
            actor_of(request),
            number=form.whole("number", minimum=1, maximum=10**6) if number else None,
            name=form.text("name"),
            facility=form.text("facility", required=False),
            status=form.text("status", maximum=20),
            starts_on=form.day("starts_on"),
            lifetime_years=form.whole("lifetime_years", minimum=1, maximum=60),
            capital_fen=form.fen("capital"),
            yearly_cost_fen=form.fen("yearly_cost"),
            yearly_saving_fen=form.fen("yearly_saving"),
            avoided_mg_per_year=_tonnes(form, "avoided_t"),
            note=form.text("note", required=False, maximum=2000),
        )
    except Problem as problem:
        return await _plan(request, mistake=problem, fields=form.without(), here=HERE)
    return Redirect(f"{HERE}?done=measure-recorded", status_code=303)


handlers = [plan_page, set_target, withdraw_target, record_measure]
