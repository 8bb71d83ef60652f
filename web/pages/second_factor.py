"""The second factor in the browser: scan, confirm, keep the recovery codes; and the code when it is asked for."""

from typing import Any

import segno
from litestar import Response, get, post
from litestar.response import Redirect
from markupsafe import Markup

from accounts.identity import second_factor, sessions
from accounts.identity.permissions import Permission
from accounts.identity.second_factor import Enrolment, SteppedUp
from carbon.errors import NotFound, Problem
from web.guard import CSRF_FIELD, actor_of, ended_session_cookie, session_cookie
from web.pages.forms import form_of
from web.pages.navigation import home_of
from web.pages.rendering import AnyRequest, render
from web.pages.sign_in import inside

OPEN = {"permission": Permission.SECOND_FACTOR_USE}
LONGEST_CODE = 40


@get("/second-factor", opt=OPEN, include_in_schema=False)
async def factor_page(request: AnyRequest) -> Response[str]:
    """The code to enter, or the way to a second factor."""
    return await _page(request)


async def _page(request: AnyRequest, onward: str = "", **context: Any) -> Response[str]:
    actor = actor_of(request)
    factor = await second_factor.read_factor(actor)
    return render(
        request,
        "second_factor.html",
        factor=factor,
        onward=onward or inside(request.query_params.get("next", "")),
        here="/second-factor",
        **{"due": actor.second_factor_due, "enrolment": None, "picture": "", "codes": [], **context},
    )


@post("/second-factor/enrolment", opt=OPEN, include_in_schema=False)
async def enrol_start(request: AnyRequest) -> Response[str]:
    """Shows the picture to scan, and the secret for who cannot."""
    form = await form_of(request)
    onward = _onward(form.text("next", required=False, maximum=500))
    try:
        begun = await second_factor.enrol_start(actor_of(request))
    except Problem as problem:
        return await _page(request, onward, mistake=problem, fields={})
    return await _page(request, onward, enrolment=begun, picture=_picture(begun))


@post("/second-factor/confirmation", opt=OPEN, include_in_schema=False)
async def enrol_confirm(request: AnyRequest) -> Response[str]:
    """Puts the factor in force and shows the recovery codes, this once."""
    form = await form_of(request)
    actor = actor_of(request)
    onward = _onward(form.text("next", required=False, maximum=500))
    try:
        code = form.text("code", maximum=LONGEST_CODE)
        codes, stepped = await second_factor.enrol_confirm(actor, code=code)
    except Problem as problem:
        try:
            begun = await second_factor.enrolment(actor)
        except NotFound:
            return await _page(request, onward, mistake=problem, fields={})
        return await _page(
            request, onward, mistake=problem, fields={"code": ""}, enrolment=begun, picture=_picture(begun)
        )
    answer = await _page(request, onward, codes=codes, csrf_field=_csrf_field(stepped), due=False)
    answer.set_cookie(session_cookie(request, stepped.token, stepped.expires_at))
    return answer


@post("/second-factor/proof", opt=OPEN, include_in_schema=False)
async def prove(request: AnyRequest) -> Response[str] | Redirect:
    """Opens the session under a new id and goes on to where the code was asked for."""
    form = await form_of(request)
    actor = actor_of(request)
    onward = _onward(form.text("next", required=False, maximum=500))
    try:
        stepped = await second_factor.step_up(actor, code=form.text("code", maximum=LONGEST_CODE))
    except Problem as problem:
        return await _page(request, onward, mistake=problem, fields={"code": ""})
    answer = Redirect(onward or home_of(actor), status_code=303)
    answer.set_cookie(session_cookie(request, stepped.token, stepped.expires_at))
    return answer


@post("/second-factor/removal", opt=OPEN, include_in_schema=False)
async def remove(request: AnyRequest) -> Response[str] | Redirect:
    """Takes the factor away and ends every session."""
    form = await form_of(request)
    try:
        await second_factor.remove(actor_of(request), code=form.text("code", maximum=LONGEST_CODE))
    except Problem as problem:
        return await _page(request, mistake=problem, fields={"code": ""})
    answer = Redirect("/sign-in", status_code=303)
    answer.set_cookie(ended_session_cookie(request))
    return answer


def _onward(address: str) -> str:
    return inside(address)


def _csrf_field(stepped: SteppedUp) -> Markup:
    """The form token of the session's new id, for forms on the very page that announces it."""
    token = sessions.csrf_token(stepped.token)
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


def _picture(enrolment: Enrolment) -> Markup:
    """The QR code drawn in the page itself: no picture address that the content policy would have to allow."""
    drawn = segno.make(enrolment.address, error="m").svg_inline(scale=4, border=4, omitsize=False)
    return Markup(drawn)  # noqa: S704 - drawn by us from a module pattern; it holds no text


handlers = [factor_page, enrol_start, enrol_confirm, prove, remove]
