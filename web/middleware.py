"""The threshold: what holds for every request and answer, also for addresses that do not exist.

Host, address and request id on the way in; a deadline for the body; safety headers, the language cookie and
caching rules on the way out (AUT-6, AUT-12, INP-10, INP-11, TEN-10).
"""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from web.bodies import checked_text
from web.language import LANGUAGE_COOKIE, LANGUAGE_COOKIE_AGE_S, asked_language
from web.problems import TooSlow, Unreadable, exception_handler
from web.settings import WebSettings

Headers = list[tuple[bytes, bytes]]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
"""`data:` pictures are Plotly's own icons; scripts and styles are files of ours."""

SAFETY: Headers = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # same-origin, not no-referrer: with the latter browsers send `Origin: null` with our own forms
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
TRANSPORT_SECURITY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

SLOWEST_BYTES_PER_S = 250_000
"""A large upload may take this long beyond the deadline; a slower one is taken for an attack."""

log = logging.getLogger("web.access")


class Threshold:
    """Wraps the whole application; nothing is routed before it has passed here."""

    def __init__(self, app: ASGIApp, settings: WebSettings, render: Callable[..., Any]) -> None:
        self.app = app
        self.settings = settings
        self.answer = exception_handler(render)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; only HTTP has anything here."""
        if scope["type"] == ScopeType.HTTP:
            await self._serve(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        state: Any = scope.setdefault("state", {})
        state["request_id"] = str(new_id())
        state["address"] = client_address(scope, self.settings)
        started_s = time.monotonic()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._outgoing(scope, list(message["headers"]))
            await send(message)

        try:
            await self._enter(scope, _with_deadline(receive, self.settings.body_deadline_s), send_on)
        finally:
            log.info(
                "%s %s %s %s %.0f ms",
                state["request_id"],
                scope["method"],
                scope["path"].encode("unicode_escape").decode("ascii"),
                status,
                1000 * (time.monotonic() - started_s),
            )

    async def _enter(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        try:
            check_host(scope, self.settings)
            check_address_text(scope)
        except Problem as problem:
            request: Request[Any, Any, Any] = Request(scope)
            response = self.answer(request, problem)
            await response.to_asgi_response(app=None, request=request)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _outgoing(self, scope: HTTPScope, headers: Headers) -> Headers:
        present = {name.lower() for name, _ in headers}
        headers += [(name, value) for name, value in SAFETY if name not in present]
        headers.append((b"x-request-id", str(scope["state"]["request_id"]).encode()))
        if not self.settings.local_trial:
            headers.append(TRANSPORT_SECURITY)
        if scope.get("user") is not None or b"cache-control" not in present:
            headers = [(name, value) for name, value in headers if name.lower() != b"cache-control"]
            headers.append((b"cache-control", b"no-store"))
        language = asked_language(Request(scope))
        if language is not None:
            headers.append((b"set-cookie", self._language_cookie(language)))
        return headers

    def _language_cookie(self, language: str) -> bytes:
        secure = "" if self.settings.local_trial else "; Secure"
        return (
            f"{LANGUAGE_COOKIE}={language}; Path=/; Max-Age={LANGUAGE_COOKIE_AGE_S}; SameSite=Lax{secure}"
        ).encode()


def check_host(scope: HTTPScope, settings: WebSettings) -> None:
    """Refuse a Host that is not ours: links and origins are checked against it (AUT-12).

    Raises:
        Unreadable: no Host, two of them, or another one.
    """
    given = _values(scope, b"host")
    name = given[0].rpartition(":")[0] if given and _has_port(given[0]) else "".join(given[:1])
    if len(given) != 1 or name.lower() not in settings.hosts:
        raise Unreadable(N_("This site is not served under that name; check the address."), at="Host")


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")


def check_address_text(scope: HTTPScope) -> None:
    """Refuse control characters in path and query before anything uses them (INP-2).

    Raises:
        Problem: names the part.
    """
    checked_text(scope["path"], at="path")
    query = scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise Unreadable(N_("The address has too many parameters.")) from error
    for name, value in pairs:
        checked_text(name, at="query")
        checked_text(value, at=name)


def client_address(scope: HTTPScope, settings: WebSettings) -> str:
    """The socket's address; behind a named proxy the last address of X-Forwarded-For that is no proxy (AUT-6)."""
    client = scope.get("client")
    address = client[0] if client else ""
    if not _is_proxy(address, settings):
        return address
    for forwarded in reversed(",".join(_values(scope, b"x-forwarded-for")).split(",")):
        candidate = forwarded.strip()
        if not _is_address(candidate):
            return address
        address = candidate
        if not _is_proxy(candidate, settings):
            break
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_proxy(address: str, settings: WebSettings) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in net for net in settings.networks)


def _values(scope: HTTPScope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _with_deadline(receive: Receive, deadline_s: float) -> Callable[[], Awaitable[Any]]:
    """The body must be whole in time, however slowly its pieces drip; what arrives at a fair pace gains time (INP-11)."""
    ends_s = time.monotonic() + deadline_s
    whole = False

    async def receive_in_time() -> Any:
        nonlocal whole, ends_s
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, ends_s - time.monotonic())):
                message: Any = await receive()
        except TimeoutError:
            raise TooSlow(
                N_("The body did not arrive within {seconds} s."), seconds=round(deadline_s)
            ) from None
        whole = True
        if message["type"] == "http.request":
            ends_s += len(message.get("body", b"")) / SLOWEST_BYTES_PER_S
            whole = not message.get("more_body", False)
        return message

    return receive_in_time
