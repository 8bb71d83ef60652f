"""Citizens join and sign in by a code to their phone: two short steps, usable without script."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.identity import citizens
from accounts.identity.citizens import Guardian, Started
from accounts.identity.consents import consent_text
from accounts.identity.sign_in import SignedIn
from carbon.errors import N_, Problem
from web.guard import address_of, maybe_actor_of, session_cookie
from web.language import language_of
from web.pages.forms import Form, form_of
from web.pages.navigation import home_of
from web.pages.rendering import AnyRequest, render
from web.problems import request_id_of

OPEN = {
    "public": "registering and signing in is how one becomes known; codes and attempts are counted",
    "recognise": True,
}


@get("/join", opt=OPEN, include_in_schema=False, sync_to_thread=False)
def join_page(request: AnyRequest) -> Response[str] | Redirect:
    """The phone first, and whether a guardian is needed."""
    actor = maybe_actor_of(request)
    if actor is not None:
        return Redirect(home_of(actor), status_code=303)
    return render(request, "join.html")


@post("/join/code", opt=OPEN, include_in_schema=False)
async def join_code(request: AnyRequest) -> Response[str]:
    """Sends the code, and a guardian theirs; then the second step."""
    form = await form_of(request)
    try:
        phone = form.text("phone", maximum=20)
        child = form.text("child", required=False) == "yes"
        guardian_phone = form.text("guardian_phone", maximum=20) if child else ""
        known = {"address": address_of(request), "language": language_of(request)}
        started = await citizens.register_start(phone, **known)
        guardian = await citizens.guardian_start(guardian_phone, **known) if child else None
    except Problem as problem:
        return render(request, "join.html", mistake=problem, fields=form.without(), here="/join")
    sent = _sent(phone, started) | _guardian_sent(guardian_phone, guardian)
    return _second_step(request, sent, trial=[started.trial_code, guardian.trial_code if guardian else None])


@post("/join", opt=OPEN, include_in_schema=False)
async def join(request: AnyRequest) -> Response[str] | Redirect:
    """Checks the code and opens the account with its first session."""
    form = await form_of(request)
    try:
        signed_in = await _registered(request, form)
    except Problem as problem:
        return _second_step(
            request, form.without("code", "guardian_code"), mistake=problem, asked=form.without()
        )
    return _entered(request, signed_in)


async def _registered(request: AnyRequest, form: Form) -> SignedIn:
    if form.text("agree", required=False) != "yes":
        raise Problem(N_("Please read the text and agree to it; without it there is no account."), at="agree")
    child = bool(form.text("guardian_phone", required=False))
    return await citizens.register_confirm(
        challenge_id=form.identifier("challenge_id"),
        phone=form.text("phone", maximum=20),
        code=form.text("code", maximum=10),
        text_version=form.text("text_version", maximum=20),
        name=form.text("name", required=False, maximum=30),
        birth_year=form.whole("birth_year") if child else None,
        guardian=_guardian(form) if child else None,
        address=address_of(request),
        request_id=request_id_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )


def _guardian(form: Form) -> Guardian:
    return Guardian(
        name=form.text("guardian_name", maximum=60),
        phone=form.text("guardian_phone", maximum=20),
        challenge_id=form.identifier("guardian_challenge_id"),
        code=form.text("guardian_code", maximum=10),
    )


@get("/sign-in/phone", opt=OPEN, include_in_schema=False, sync_to_thread=False)
def phone_page(request: AnyRequest) -> Response[str] | Redirect:
    """For citizens: the phone."""
    actor = maybe_actor_of(request)
    if actor is not None:
        return Redirect(home_of(actor), status_code=303)
    return render(request, "sign_in_phone.html", sent=None, trial="")


@post("/sign-in/phone/code", opt=OPEN, include_in_schema=False)
async def phone_code(request: AnyRequest) -> Response[str]:
    """The same answer for every number."""
    form = await form_of(request)
    try:
        phone = form.text("phone", maximum=20)
        started = await citizens.sign_in_start(
            phone, address=address_of(request), language=language_of(request)
        )
    except Problem as problem:
        return _phone(request, None, mistake=problem, fields=form.without())
    return _phone(request, _sent(phone, started), trial=started.trial_code or "")


@post("/sign-in/phone", opt=OPEN, include_in_schema=False)
async def phone_sign_in(request: AnyRequest) -> Response[str] | Redirect:
    """A session for the citizen with this phone."""
    form = await form_of(request)
    try:
        signed_in = await citizens.sign_in_confirm(
            challenge_id=form.identifier("challenge_id"),
            phone=form.text("phone", maximum=20),
            code=form.text("code", maximum=10),
            address=address_of(request),
            request_id=request_id_of(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except Problem as problem:
        return _phone(request, form.without("code"), mistake=problem, fields={"code": ""})
    return _entered(request, signed_in)


def _sent(phone: str, started: Started) -> dict[str, Any]:
    return {"phone": phone, "challenge_id": str(started.challenge_id)}


def _guardian_sent(phone: str, started: Started | None) -> dict[str, Any]:
    if started is None:
        return {"guardian_phone": "", "guardian_challenge_id": ""}
    return {"guardian_phone": phone, "guardian_challenge_id": str(started.challenge_id)}


def _second_step(
    request: AnyRequest,
    sent: dict[str, Any],
    *,
    trial: list[str | None] | None = None,
    mistake: Problem | None = None,
    asked: dict[str, Any] | None = None,
) -> Response[str]:
    """What was sent to whom stays in hidden fields; the codes are what counts."""
    kept = {
        name: str(sent.get(name, ""))
        for name in ("phone", "challenge_id", "guardian_phone", "guardian_challenge_id")
    }
    fields = {name: value for name, value in (asked or {}).items() if "code" not in name}
    return render(
        request,
        "join_code.html",
        sent=kept,
        text=consent_text(citizens.REGISTRATION_TEXT),
        guardian_text=consent_text(citizens.GUARDIAN_TEXT),
        trial=[code for code in trial or [] if code],
        mistake=mistake,
        fields=fields | {"code": "", "guardian_code": "", "agree": ""} if mistake else None,
        here="/join",
    )


def _phone(
    request: AnyRequest, sent: dict[str, Any] | None, *, trial: str = "", **context: Any
) -> Response[str]:
    return render(request, "sign_in_phone.html", sent=sent, trial=trial, here="/sign-in/phone", **context)


def _entered(request: AnyRequest, signed_in: SignedIn) -> Redirect:
    answer = Redirect(home_of(signed_in.actor), status_code=303)
    answer.set_cookie(session_cookie(request, signed_in.token, signed_in.expires_at))
    return answer


handlers = [join_page, join_code, join, phone_page, phone_code, phone_sign_in]
