"""A person's own things: where they are signed in, and the keys of their programs."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import api_keys, sessions
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

PERMISSIONS_IN_WORDS: dict[str, str] = {
    "account:read": N_("read the emissions account"),
    "activity:submit": N_("submit activities"),
    "api-key:manage": N_("make and revoke keys"),
    "audit:read": N_("read the audit trail"),
    "benchmark:publish": N_("publish benchmarks and decide on reported totals"),
    "claim:confirm": N_("confirm subsidy claims"),
    "client:read": N_("read clients who consented"),
    "consent:grant": N_("give and withdraw consents"),
    "factor:accept": N_("accept factors on their evidence"),
    "factor:propose": N_("propose factors and import factor tables"),
    "credit:issue": N_("issue credits"),
    "credit:keep": N_("freeze and release credits, keep the buffer and limits"),
    "credit:move": N_("transfer, retire and cancel credits"),
    "credit:read": N_("read credit accounts"),
    "factor:read": N_("read emission factors"),
    "fund:manage": N_("open and top up subsidy funds"),
    "fund:read": N_("read subsidy funds"),
    "inclusion:manage": N_("run the citizens' programme"),
    "inclusion:take-part": N_("take part in the citizens' programme"),
    "inclusion:verify": N_("verify samples of citizens' acts"),
    "job:run": N_("see and repeat scheduled work"),
    "loan:price": N_("price loans"),
    "loan:read": N_("read loans"),
    "loan:register": N_("register loans"),
    "member:manage": N_("manage colleagues"),
    "methodology:publish": N_("publish a methodology's version"),
    "project:manage": N_("draft reduction projects and claim their reductions"),
    "project:read": N_("see reduction projects it has a part in"),
    "project:review": N_("register projects and issue credits, with a second person"),
    "project:verify": N_("validate projects and verify reductions"),
    "rate:accept": N_("accept reference rates"),
    "rating:read": N_("read the rating"),
    "second-factor:use": N_("use a second factor"),
    "self:read": N_("see who they act for"),
    "session:manage": N_("see and end sessions"),
    "source:manage": N_("register sources of events and their keys"),
    "source:read": N_("read sources and batches of events"),
    "totals:import": N_("import reported totals"),
    "verification:order": N_("order verifications and accept them"),
    "verification:read": N_("see cases of verification"),
    "verification:work": N_("verify and sign opinions"),
}


def permission_in_words(code: str) -> str:
    """The text of a permission; one that no words are known for shows its code."""
    return PERMISSIONS_IN_WORDS.get(code, code)


@get("/settings", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def settings_page(request: AnyRequest) -> Response[str]:
    """Who I am, my sessions, and where allowed the organisation's keys."""
    return await _settings(request)


async def _settings(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    manages_keys = Permission.API_KEY_MANAGE in actor.permissions
    return render(
        request,
        "settings.html",
        sessions=await sessions.list_sessions(actor),
        manages_keys=manages_keys,
        manages_people=Permission.MEMBER_MANAGE in actor.permissions,
        reads_trail=Permission.AUDIT_READ in actor.permissions,
        keys=await api_keys.list_api_keys(actor) if manages_keys else [],
        choices=[
            (permission.value, permission_in_words(permission.value))
            for permission in Permission
            if permission in actor.permissions and permission not in api_keys.NEVER_BY_KEY
        ],
        in_words=permission_in_words,
        expires_on=(date.today() + timedelta(days=90)).isoformat(),  # noqa: DTZ011 - only a suggestion
        **{"new_key": None, **context},
    )


@post(
    "/settings/sessions/{session_id:uuid}/end",
    opt={"permission": Permission.SESSION_MANAGE},
    include_in_schema=False,
)
async def end_session(request: AnyRequest, session_id: FromPath[UUID]) -> Redirect:
    """Ends it on every worker."""
    await sessions.end_session(actor_of(request), session_id=session_id)
    return Redirect("/settings?done=session-ended", status_code=303)


@post("/settings/keys", opt={"permission": Permission.API_KEY_MANAGE}, include_in_schema=False)
async def create_key(request: AnyRequest) -> Response[str]:
    """Shows the secret once; it is in no address and no list."""
    form = await form_of(request)
    try:
        key = await api_keys.create_api_key(
            actor_of(request),
            name=form.text("name", maximum=100),
            permissions=form.texts("permissions"),
            expires_on=form.day("expires_on"),
        )
    except Problem as problem:
        return await _settings(request, mistake=problem, fields=form.without())
    return await _settings(request, new_key=key)


@post(
    "/settings/keys/{key_id:uuid}/revoke",
    opt={"permission": Permission.API_KEY_MANAGE},
    include_in_schema=False,
)
async def revoke_key(request: AnyRequest, key_id: FromPath[UUID]) -> Redirect:
    """From now on the key opens nothing."""
    await api_keys.revoke_api_key(actor_of(request), key_id=key_id)
    return Redirect("/settings?done=key-revoked", status_code=303)


handlers = [settings_page, end_session, create_key, revoke_key]
