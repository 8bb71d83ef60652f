"""Signing in and out (AUT-4, AUT-7, AUT-10)."""

from urllib.parse import quote, urlsplit

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.identity import sessions
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.sign_in import sign_in
from carbon.errors import Problem
from web.guard import (
    address_of,
    ended_session_cookie,
    maybe_actor_of,
    session_cookie,
    session_token_of,
)
from web.pages.forms import form_of
from web.pages.navigation import home_of
from web.pages.rendering import AnyRequest, render
from web.problems import request_id_of

PUBLIC = {"public": "the way in", "recognise": True}
PASSWORD_MAXIMUM = 128


@get("/sign-in", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def sign_in_page(request: AnyRequest) -> Response[str] | Redirect:
    """The form; who is signed in already goes on."""
    actor = maybe_actor_of(request)
    onward = inside(request.query_params.get("next", ""))
    if actor is not None:
        return Redirect(first_page(actor, onward), status_code=303)
    return render(request, "sign_in.html", onward=onward)


@post("/sign-in", opt=PUBLIC, include_in_schema=False)
async def do_sign_in(request: AnyRequest) -> Response[str] | Redirect:
    """A new session under a new id, or the same answer for every wrong pair."""
    form = await form_of(request)
    onward = inside(form.text("next", required=False, maximum=500))
    try:
        signed_in = await sign_in(
            login=form.text("login"),
            password=form.secret("password", maximum=PASSWORD_MAXIMUM),
            address=address_of(request),
            request_id=request_id_of(request),
        )
    except Problem as problem:
        return render(
            request, "sign_in.html", mistake=problem, fields=form.without("password"), onward=onward
        )
    answer = Redirect(first_page(signed_in.actor, onward), status_code=303)
    answer.set_cookie(session_cookie(request, signed_in.token, signed_in.expires_at))
    return answer


@post("/sign-out", opt={"permission": Permission.SECOND_FACTOR_USE}, include_in_schema=False)
async def do_sign_out(request: AnyRequest) -> Redirect:
    """The session ends on every worker; its cookie goes."""
    token = session_token_of(request)
    if token:
        await sessions.sign_out(token)
    answer = Redirect("/?done=signed-out", status_code=303)
    answer.set_cookie(ended_session_cookie(request))
    return answer


def first_page(actor: Actor, onward: str) -> str:
    """Where to go after signing in: to the second factor while one is due, else onward, else home."""
    if actor.second_factor_due:
        return f"/second-factor?next={quote(onward)}" if onward else "/second-factor"
    return onward or home_of(actor)


def inside(address: str) -> str:
    """The address if it leads into this site and nowhere else, else empty."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if plain and not parts.scheme and not parts.netloc else ""


handlers = [sign_in_page, do_sign_in, do_sign_out]
