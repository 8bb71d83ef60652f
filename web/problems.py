"""Whatever goes wrong becomes one answer: problem details (RFC 9457), or a page for people in a browser.

An answer names the field, what is wrong and what to do, carries the request id, and holds no stack, SQL or
path (INP-4, PRF-6). What we did not foresee is logged with the same id and answered 500.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect

from accounts.identity.second_factor import SecondFactorNeeded
from carbon.errors import N_, NotFound, NotSignedIn, Problem, TooLarge, TooMany
from web.language import language_of, translate, translate_problem

Render = Callable[..., Response[Any]]
AnyConnection = ASGIConnection[Any, Any, Any, Any]
PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5

log = logging.getLogger("web")


class Unreadable(Problem):
    """The request is not what HTTP, JSON or a form looks like."""

    status = 400
    code = "unreadable-request"


class MethodUnknown(Problem):
    """The address exists, the verb does not."""

    status = 405
    code = "method-not-allowed"


class TooSlow(Problem):
    """The body did not arrive in time (INP-11)."""

    status = 408
    code = "too-slow"


class WrongType(Problem):
    """The Content-Type is none the address takes (AUT-11)."""

    status = 415
    code = "content-type-not-taken"


class Overloaded(Problem):
    """The database is busy or a time limit was reached; asking again may work (OPS-3)."""

    status = 503
    code = "overloaded"


class Unexpected(Problem):
    """Our fault: logged, and answered without its inside."""

    status = 500
    code = "unexpected"


@dataclass(frozen=True)
class Said:
    """The title of a kind of problem and what its reader can do."""

    title: str
    remedy: str


SAID = {
    "not-signed-in": Said(N_("Not signed in"), N_("Sign in, or send a valid API key, and try again.")),
    "not-permitted": Said(
        N_("Not permitted"), N_("Ask an administrator of your organisation for the permission.")
    ),
    "second-factor-needed": Said(
        N_("Second factor needed"), N_("Enter a code of your authenticator app, then try again.")
    ),
    "not-found": Said(N_("Not found"), N_("Check the address; it may also belong to someone else.")),
    "conflict": Said(N_("Not possible now"), N_("Read the current state again, then decide.")),
    "too-large": Said(N_("Too large"), N_("Send less at once, for example in several files.")),
    "idempotency-key-reused": Said(
        N_("Key already used"), N_("Use a new Idempotency-Key for a new request.")
    ),
    "too-many-attempts": Said(N_("Too many attempts"), N_("Wait a little, then try again.")),
    "invalid-input": Said(N_("Please check what you entered"), N_("Correct the value and send it again.")),
    "unreadable-request": Said(
        N_("The request cannot be read"), N_("Correct the request and send it again.")
    ),
    "method-not-allowed": Said(
        N_("Not possible here"), N_("See the API description for what is possible here.")
    ),
    "too-slow": Said(N_("Too slow"), N_("Send it again over a better connection, or in smaller parts.")),
    "content-type-not-taken": Said(
        N_("Type of content not taken"), N_("Send the Content-Type named in the API description.")
    ),
    "overloaded": Said(N_("Busy"), N_("Try again in a few seconds.")),
    "unexpected": Said(
        N_("Something went wrong on our side"),
        N_("Try again; if it happens again, tell us the request number below."),
    ),
}
"""Title and general remedy by code; the message itself may say more."""


def exception_handler(render: Render) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """The one handler of every exception; `render(request, name, status_code=…, **context)` makes a page."""

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = as_problem(error)
        if problem.status >= 500:
            # logging by hand: Litestar would log expected problems too
            log.error("request %s failed", request_id_of(request), exc_info=error)
        try:
            return problem_response(request, problem, render)
        except Exception as second:
            log.exception("request %s: the error page failed", request_id_of(request), exc_info=second)
            return problem_response(request, problem, None)

    return answer


def problem_response(request: AnyConnection, problem: Problem, render: Render | None) -> Response[Any]:
    """A page for a browser (signed out: the way to the sign-in page), problem details for everyone else."""
    body = problem_details(request, problem)
    headers = _headers_of(problem)
    if render is None or not wants_page(request):
        return Response(body, status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)
    if isinstance(problem, NotSignedIn) and request.scope.get("method") == "GET":
        return Redirect(f"/sign-in?next={quote(_here(request))}", status_code=303)
    if isinstance(problem, SecondFactorNeeded) and request.scope.get("method") == "GET":
        return Redirect(f"/second-factor?next={quote(_here(request))}", status_code=303)
    return render(request, "error.html", status_code=problem.status, headers=headers, problem=body)


def problem_details(request: AnyConnection, problem: Problem) -> dict[str, Any]:
    """RFC 9457 members, then ours: `code`, `field`, `remedy`, `request_id`, and `findings` where a file has them."""
    language = language_of(request)
    said = SAID.get(problem.code, SAID["invalid-input"])
    details: dict[str, Any] = {
        "type": f"urn:inclusive-carbon:problem:{problem.code}",
        "title": translate(language, said.title),
        "status": problem.status,
        "detail": translate_problem(language, problem),
        "instance": request.scope["path"],
        "code": problem.code,
        "remedy": translate(language, said.remedy),
        "request_id": request_id_of(request),
    }
    if problem.at is not None:
        details["field"] = problem.at
    return details


def request_id_of(connection: AnyConnection) -> str:
    """The id given to this request at the threshold; it is on the answer and in the logs."""
    return str(connection.scope.get("state", {}).get("request_id", ""))


def wants_page(request: AnyConnection) -> bool:
    """Whether a person waits for a page: not under /api, and the browser asks for HTML."""
    return not request.scope["path"].startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _here(request: AnyConnection) -> str:
    query = request.scope["query_string"].decode("ascii", "replace")
    return request.scope["path"] + (f"?{query}" if query else "")


def _headers_of(problem: Problem) -> dict[str, str]:
    if isinstance(problem, TooMany | Overloaded):
        return {"Retry-After": str(problem.values.get("retry_after_s", RETRY_AFTER_S))}
    if isinstance(problem, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="inclusive-carbon"'}
    return {}


_BUSY = {"08000", "08003", "08006", "40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03"}
"""SQLSTATE of lost connections, serialization, deadlock, too many connections, time-outs, server going or coming."""


def as_problem(error: Exception) -> Problem:
    """The problem an exception stands for."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationException):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http_problem(error)
    if isinstance(error, TimeoutError | ConnectionError) or getattr(error, "sqlstate", None) in _BUSY:
        return Overloaded(N_("The service is busy and gave up waiting."))
    return Unexpected(N_("The request met a fault of the program. It has been logged."))


def _http_problem(error: HTTPException) -> Problem:
    match error.status_code:
        case 401:
            return NotSignedIn(N_("You are not signed in."))
        case 404:
            return NotFound(N_("There is nothing here for you."))
        case 405:
            return MethodUnknown(N_("This address does not know this method."))
        case 413:
            return TooLarge(N_("The request is larger than this address takes."))
        case status if status < 500:
            return Unreadable(N_("The request is not written as it should be."))
        case _:
            return Unexpected(N_("The request met a fault of the program. It has been logged."))


_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^(?P<name>\w+): (?P<value>\S+) is outside (?P<first>\d+) to (?P<last>\d+)"),
        N_("{value} is outside {first} to {last}."),
    ),
    (
        re.compile(r"unknown field `(?P<name>[^`]{0,80})"),
        N_("The field {name} is not known here; leave it out."),
    ),
    (re.compile(r"missing required field `(?P<name>[^`]+)`"), N_("The field {name} is missing.")),
    (re.compile(r"Missing required .*parameter '(?P<name>[^']+)'"), N_("The parameter {name} is missing.")),
    (
        re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<given>[^`]+)`"),
        N_("Expected {expected}, got {given}."),
    ),
    (re.compile(r"Expected `(?P<expected>[^`]+)`(?P<rule> [^-]*)?"), N_("Expected {expected}{rule}.")),
    (
        re.compile(r"Invalid enum value (?P<value>.{0,80}?)(?: - .*)?$"),
        N_("{value} is not one of the possible values."),
    ),
)


def _invalid(error: ValidationException) -> Problem:
    """The first thing msgspec or Litestar found, said as field and rule."""
    extra = error.extra if isinstance(error.extra, list) else []
    first = extra[0] if extra and isinstance(extra[0], dict) else {}
    message = str(first.get("message", error.detail))
    field = re.search(r"at `\$?\.?([^`]{0,120})`", message)
    at = field.group(1) if field and field.group(1) else first.get("key")
    for pattern, template in _WORDINGS:
        found = pattern.search(message)
        if found:
            values = {name: text or "" for name, text in found.groupdict().items()}
            return Problem(template, at=values.get("name") or at, **values)
    return Problem(N_("The value is not as expected."), at=at)
