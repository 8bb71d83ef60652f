"""The one guard: who asks, may they, and did they mean to (AUT-10 to AUT-13, TEN-1, TEN-2).

A handler declares `opt={"permission": Permission.X}` or `opt={"public": "why"}`, and nothing else opens it.
Further options: `"recognise": True` on a public handler finds out who asks without insisting; `"takes"` lists
the content types of the body (default: JSON under /api, forms elsewhere).
"""

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from accounts.identity import api_keys, audit, sessions
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.second_factor import SecondFactorNeeded
from carbon.errors import N_, NotPermitted, NotSignedIn
from web.bodies import StrictRequest
from web.problems import WrongType, request_id_of
from web.settings import StartRefused, WebSettings

AnyConnection = ASGIConnection[Any, Any, Any, Any]
SAFE_METHODS = frozenset({"GET", "HEAD"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
JSON = ("application/json",)
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"


def undeclared_handlers(app: Litestar) -> list[str]:
    """Addresses whose handler declares neither a permission nor why it is public, or both."""
    return sorted(
        f"{' '.join(sorted(handler.http_methods))} {path}"
        for path, handler in declared_handlers(app)
        if not _declares(handler.opt)
    )


def declared_handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every address with its handler, but for the OPTIONS answers that Litestar adds by itself."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        for handler in handlers:
            if not _automatic_options(handler):
                yield route.path, handler


def _automatic_options(handler: Any) -> bool:
    return set(getattr(handler, "http_methods", ())) == {"OPTIONS"} and not handler.include_in_schema


def _declares(opt: dict[str, Any]) -> bool:
    permission, public = opt.get("permission"), opt.get("public")
    if permission is None:
        return isinstance(public, str) and bool(public.strip())
    return isinstance(permission, Permission) and public is None


def refuse_undeclared(app: Litestar) -> None:
    """Stop the start when a handler forgot its declaration (TEN-1).

    Raises:
        StartRefused: names every such address.
    """
    missing = undeclared_handlers(app)
    if missing:
        raise StartRefused(
            f'These handlers declare neither opt={{"permission": …}} nor opt={{"public": "why"}}: {"; ".join(missing)}'
        )


async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Let through who may, and leave the actor in the connection.

    Raises:
        NotSignedIn: nobody, or an ended session or key.
        NotPermitted: the permission is missing, or another site sent this.
        SecondFactorNeeded: the session has not proved its second factor yet.
        WrongType: the body is of a type this address does not take.
    """
    method = str(connection.scope.get("method", ""))
    if method == "OPTIONS" and _automatic_options(handler):
        return
    opt = handler.opt
    if not _declares(opt):
        raise NotPermitted(N_("This address is closed."))
    permission: Permission | None = opt.get("permission")
    recognises = permission is not None or bool(opt.get("recognise"))
    actor = await _recognise(connection) if recognises else None
    connection.scope["user"] = actor
    if permission is not None:
        if actor is None:
            raise NotSignedIn(N_("You are not signed in, or your session has ended."))
        await _require(actor, permission, method, connection)
    if method not in SAFE_METHODS:
        _check_content_type(connection, opt)
        await _check_intent(connection, actor)


def actor_of(connection: AnyConnection) -> Actor:
    """Who asks.

    Raises:
        NotSignedIn: on a public address asked by nobody.
    """
    actor = maybe_actor_of(connection)
    if actor is None:
        raise NotSignedIn(N_("You are not signed in, or your session has ended."))
    return actor


def maybe_actor_of(connection: AnyConnection) -> Actor | None:
    """Who asks, if the guard has recognised anyone."""
    found = connection.scope.get("user")
    return found if isinstance(found, Actor) else None


def session_token_of(connection: AnyConnection) -> str | None:
    """The session's token from the cookie; pages need it for the CSRF token and signing out."""
    return connection.cookies.get(settings_of(connection).session_cookie) or None


def csrf_token_of(connection: AnyConnection) -> str:
    """The token a form carries in the field `csrf_token`, a script in the header `X-CSRF-Token`; empty for nobody."""
    token = session_token_of(connection)
    return sessions.csrf_token(token) if token and maybe_actor_of(connection) else ""


def settings_of(connection: AnyConnection) -> WebSettings:
    """The settings this application was created with."""
    settings: WebSettings = connection.app.state.settings
    return settings


def address_of(connection: AnyConnection) -> str:
    """The client's address, found at the threshold (AUT-6)."""
    return str(connection.scope.get("state", {}).get("address", ""))


def session_cookie(connection: AnyConnection, token: str, expires_at: datetime) -> Cookie:
    """The cookie that carries a new session; it ends with it (AUT-10)."""
    age_s = max(0, round((expires_at - datetime.now(UTC)).total_seconds()))
    return _cookie(connection, token, age_s)


def ended_session_cookie(connection: AnyConnection) -> Cookie:
    """The cookie that makes the browser forget the session."""
    return _cookie(connection, "", 0)


def _cookie(connection: AnyConnection, value: str, age_s: int) -> Cookie:
    settings = settings_of(connection)
    return Cookie(
        key=settings.session_cookie,
        value=value,
        max_age=age_s,
        path="/",
        secure=not settings.local_trial,
        httponly=True,
        samesite="lax",
    )


async def _require(actor: Actor, permission: Permission, method: str, connection: AnyConnection) -> None:
    """The permission, or a refusal that stands in the audit trail (PRF-5)."""
    if actor.second_factor_due and permission not in actor.permissions:
        raise SecondFactorNeeded(
            N_("Prove your second factor first, or set one up; nothing else is open until then.")
        )
    try:
        actor.require(permission)
    except NotPermitted:
        await audit.record_refusal(
            actor,
            act="address.open",
            object_kind="address",
            object_id=f"{method} {connection.scope['path_template']}",
            details={"permission": permission.value},
        )
        raise


async def _recognise(connection: AnyConnection) -> Actor | None:
    """A key counts before a cookie, so that a request is never of two minds."""
    authorization = connection.headers.get("authorization")
    known = {"address": address_of(connection), "request_id": request_id_of(connection)}
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            return None
        return await api_keys.actor_of_key(secret.strip(), **known)
    token = session_token_of(connection)
    return await sessions.actor_of(token, **known) if token else None


def _check_content_type(connection: AnyConnection, opt: dict[str, Any]) -> None:
    """Bodies come only as the types declared, so that no simple cross-site form becomes JSON (AUT-11)."""
    taken = opt.get("takes") or (JSON if connection.scope["path"].startswith("/api/") else FORMS)
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not given and not _has_body(connection):
        return
    if given not in taken:
        raise WrongType(
            N_("This address takes {taken}, not {given}."),
            taken=taken,
            given=given[:80] or "-",
            at="Content-Type",
        )


def _has_body(connection: AnyConnection) -> bool:
    return connection.headers.get("content-length", "0") != "0" or "transfer-encoding" in connection.headers


async def _check_intent(connection: AnyConnection, actor: Actor | None) -> None:
    """A change of state by cookie needs our own page as its origin and the session's token."""
    form = await _form_of(connection)
    if actor is not None and actor.via != "session":
        return
    _check_origin(connection, strictly=actor is not None)
    if actor is None:
        return
    given = connection.headers.get(CSRF_HEADER) or str(form.get(CSRF_FIELD, ""))
    if not hmac.compare_digest(given.encode(), csrf_token_of(connection).encode()):
        raise NotPermitted(
            N_("The form is too old or was not made by this site; open the page again and repeat."),
            at=CSRF_FIELD,
        )


async def _form_of(connection: AnyConnection) -> dict[str, Any]:
    """The form's fields, read strictly here before the handler sees them, without the token."""
    content_type = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in FORMS or not isinstance(connection, StrictRequest):
        return {}
    return await connection.take_form(CSRF_FIELD)


def _check_origin(connection: AnyConnection, *, strictly: bool) -> None:
    """`Sec-Fetch-Site` says same-origin, or `Origin` is our host (AUT-11); one of them must be there if strict."""
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        same = site in {"same-origin", "none"}
    elif origin is not None:
        same = _same_origin(connection, origin)
    else:
        same = not strictly
    if not same:
        raise NotPermitted(
            N_("This request came from another site; open our page and repeat it there."), at="Origin"
        )


def _same_origin(connection: AnyConnection, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    schemes = {"https", "http"} if settings_of(connection).local_trial else {"https"}
    return parts.scheme in schemes and parts.netloc.lower() == connection.headers.get("host", "").lower()
