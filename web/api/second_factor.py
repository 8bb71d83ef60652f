"""The second factor: setting it up, proving it, taking it away."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.identity import second_factor, sessions
from accounts.identity.permissions import Permission
from accounts.identity.second_factor import Enrolment, Factor, SteppedUp
from web.api.inputs import Input
from web.guard import actor_of, session_cookie

AnyRequest = Request[Any, Any, Any]


class Code(Input):
    """Six digits of the authenticator app, or a recovery code."""

    code: Annotated[str, Meta(min_length=6, max_length=40, examples=["287082"])]


class Proved(msgspec.Struct, kw_only=True):
    """The session goes on under a new token in the cookie; the CSRF token changes with it."""

    expires_at: datetime
    csrf_token: str
    recovery_codes: list[str]


@get(
    "/me/second-factor",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="My second factor",
)
async def read_factor(request: AnyRequest) -> Factor:
    """Whether there is one, whether one must be, and whether it was proved lately."""
    return await second_factor.read_factor(actor_of(request))


@post(
    "/me/second-factor/enrolment",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="Begin to set up a second factor",
)
async def enrol_start(request: AnyRequest) -> Enrolment:
    """The secret for the authenticator app; it counts once a code of it was confirmed."""
    return await second_factor.enrol_start(actor_of(request))


@post(
    "/me/second-factor/confirmation",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="Confirm the second factor",
)
async def enrol_confirm(request: AnyRequest, data: JSONBody[Code]) -> Response[Proved]:
    """Answers the recovery codes, this once; my other sessions end."""
    codes, stepped = await second_factor.enrol_confirm(actor_of(request), code=data.code)
    return _proved(request, stepped, codes)


@post(
    "/me/second-factor/proof",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="Prove the second factor",
)
async def prove(request: AnyRequest, data: JSONBody[Code]) -> Response[Proved]:
    """Opens the session, and protected acts for ten minutes; a code works once."""
    return _proved(request, await second_factor.step_up(actor_of(request), code=data.code), [])


@post(
    "/me/second-factor/removal",
    opt={"permission": Permission.SECOND_FACTOR_USE},
    tags=["identity"],
    summary="Take my second factor away",
    status_code=204,
)
async def remove(request: AnyRequest, data: JSONBody[Code]) -> None:
    """Ends every session of mine."""
    await second_factor.remove(actor_of(request), code=data.code)


@post(
    "/people/{person_id:uuid}/second-factor/reset",
    opt={"permission": Permission.MEMBER_MANAGE},
    tags=["identity"],
    summary="Reset a colleague's second factor",
    status_code=204,
)
async def reset(request: AnyRequest, person_id: FromPath[UUID]) -> None:
    """After a lost phone; their sessions end."""
    await second_factor.reset(actor_of(request), person_id=person_id)


def _proved(request: AnyRequest, stepped: SteppedUp, codes: list[str]) -> Response[Proved]:
    answer = Proved(
        expires_at=stepped.expires_at,
        csrf_token=sessions.csrf_token(stepped.token),
        recovery_codes=codes,
    )
    return Response(
        answer, status_code=201, cookies=[session_cookie(request, stepped.token, stepped.expires_at)]
    )


second_factor_handlers = [read_factor, enrol_start, enrol_confirm, prove, remove, reset]
