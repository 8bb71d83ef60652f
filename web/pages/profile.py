"""What the enterprise says of itself: industry, place, facilities, and the money figures of each year."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.enterprise import profile
from accounts.identity.permissions import Permission
from carbon.errors import Problem
from web.guard import actor_of
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/profile"
SUBMIT = {"permission": Permission.ACTIVITY_SUBMIT}
MONEY = ("value_added", "main_income", "total_equity_and_debt")


@get(HERE, opt={"permission": Permission.ACCOUNT_READ}, include_in_schema=False)
async def profile_page(request: AnyRequest) -> Response[str]:
    """What is known, and the forms to say more."""
    return await _profile(request)


async def _profile(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "profile.html",
        profile=await profile.read_profile(actor),
        may_write=Permission.ACTIVITY_SUBMIT in actor.permissions,
        last_year=datetime.now(BUSINESS_ZONE).year - 1,
        **context,
    )


@post(HERE, opt=SUBMIT, include_in_schema=False)
async def record_profile(request: AnyRequest) -> Response[str] | Redirect:
    """Industry and place."""
    form = await form_of(request)
    try:
        await profile.record_profile(
            actor_of(request),
            industry_code=form.text("industry_code", maximum=10),
            district=form.text("district", required=False),
            region=form.text("region", required=False, maximum=40),
        )
    except Problem as problem:
        return await _profile(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?done=profile-recorded", status_code=303)


@post(f"{HERE}/years", opt=SUBMIT, include_in_schema=False)
async def record_year(request: AnyRequest) -> Response[str] | Redirect:
    """Money figures of one year; a figure left empty is not known."""
    form = await form_of(request)
    try:
        await profile.record_year(
            actor_of(request),
            year=form.whole("year", minimum=1990, maximum=2100),
            **{f"{name}_fen": _fen_or_none(form, name) for name in MONEY},
        )
    except Problem as problem:
        return await _profile(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?done=year-recorded", status_code=303)


def _fen_or_none(form: Form, name: str) -> int | None:
    return form.fen(name) if form.text(name, required=False) else None


@post(f"{HERE}/facilities", opt=SUBMIT, include_in_schema=False)
async def add_facility(request: AnyRequest) -> Response[str] | Redirect:
    """One more place."""
    form = await form_of(request)
    try:
        await profile.add_facility(
            actor_of(request), name=form.text("name"), district=form.text("facility_district", required=False)
        )
    except Problem as problem:
        return await _profile(request, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}?done=facility-recorded", status_code=303)


handlers = [profile_page, record_profile, record_year, add_facility]
