"""Signing in and out, who I am, and which sessions are open."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.identity import sessions, sign_in
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from web.api.inputs import Input
from web.guard import (
    actor_of,
    address_of,
    csrf_token_of,
    ended_session_cookie,
    session_cookie,
    session_token_of,
)
from web.problems import request_id_of

AnyRequest = Request[Any, Any, Any]


WHO_AM_I = {"public": "answers 401 to nobody, and tells a session what it still needs", "recognise": True}


class SignIn(Input):
    """Name and password; both have upper bounds so that hashing stays cheap to refuse."""

    login: Annotated[str, Meta(min_length=1, max_length=200, examples=["liu@sample-steel.example"])]
    password: Annotated[str, Meta(min_length=1, max_length=128)]


class Me(msgspec.Struct, kw_only=True):
    """Who asks and what they may do."""

    person_id: UUID
    name: str
    tenant_id: UUID
    organisation_id: UUID | None
    organisation_kind: str | None
    organisation_name: str
    permissions: list[str]
    second_factor_due: bool
    second_factor_at: datetime | None
    csrf_token: str


class SignedInAnswer(msgspec.Struct, kw_only=True):
    """The session itself is in the cookie; the CSRF token goes back in `X-CSRF-Token`."""

    me: Me
    expires_at: datetime


@post(
    "/sessions",
    opt={"public": "signing in is how one becomes known"},
    tags=["identity"],
    summary="Sign in",
    status_code=201,
)
async def create_session(request: AnyRequest, data: JSONBody[SignIn]) -> Response[SignedInAnswer]:
    """Begins a session; wrong name and wrong password get the same answer."""
    signed_in = await sign_in.sign_in(
        login=data.login,
        password=data.password,
        address=address_of(request),
        request_id=request_id_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    me = _me(signed_in.actor, sessions.csrf_token(signed_in.token))
    return Response(
        SignedInAnswer(me=me, expires_at=signed_in.expires_at),
        status_code=201,
        cookies=[session_cookie(request, signed_in.token, signed_in.expires_at)],
    )


@delete(
    "/sessions/current",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="Sign out",
    status_code=204,
)
async def delete_current_session(request: AnyRequest) -> Response[None]:
    """Ends the session of the cookie, on every worker."""
    token = session_token_of(request)
    if token:
        await sessions.sign_out(token)
    return Response(None, status_code=204, cookies=[ended_session_cookie(request)])


@get("/me", opt=WHO_AM_I, tags=["identity"], summary="Who I am and what I may do")
async def read_me(request: AnyRequest) -> Me:
    """The actor of this very request, with a CSRF token when a session asks."""
    return _me(actor_of(request), csrf_token_of(request))


@get(
    "/sessions", opt={"permission": Permission.SESSION_MANAGE}, tags=["identity"], summary="My open sessions"
)
async def list_sessions(request: AnyRequest) -> list[sessions.Session]:
    """Where I am signed in."""
    return await sessions.list_sessions(actor_of(request))


@delete(
    "/sessions/{session_id:uuid}",
    opt={"permission": Permission.SESSION_MANAGE},
    tags=["identity"],
    summary="End one session",
    status_code=204,
)
async def end_session(request: AnyRequest, session_id: FromPath[UUID]) -> None:
    """Ends it on every worker."""
    await sessions.end_session(actor_of(request), session_id=session_id)


def _me(actor: Actor, csrf_token: str) -> Me:
    return Me(
        person_id=actor.person_id,
        name=actor.name,
        tenant_id=actor.tenant_id,
        organisation_id=actor.organisation_id,
        organisation_kind=actor.organisation_kind.value if actor.organisation_kind else None,
        organisation_name=actor.organisation_name,
        permissions=sorted(str(permission) for permission in actor.permissions),
        second_factor_due=actor.second_factor_due,
        second_factor_at=actor.second_factor_at,
        csrf_token=csrf_token,
    )


session_handlers = [create_session, delete_current_session, read_me, list_sessions, end_session]
