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

PERMISSIONS_IN_WORDS: dict[Permission, str] = {
    Permission.ACCOUNT_READ: N_("read the emissions account"),
    Permission.ACTIVITY_SUBMIT: N_("submit activities"),
    Permission.API_KEY_MANAGE: N_("make and revoke keys"),
    Permission.AUDIT_READ: N_("read the audit trail"),
    Permission.BENCHMARK_PUBLISH: N_("publish benchmarks and decide on reported totals"),
    Permission.CLIENT_READ: N_("read clients who consented"),
    Permission.CONSENT_GRANT: N_("give and withdraw consents"),
    Permission.FACTOR_READ: N_("read emission factors"),
    Permission.FUND_MANAGE: N_("open and top up subsidy funds"),
    Permission.FUND_READ: N_("read subsidy funds"),
    Permission.JOB_RUN: N_("see and repeat scheduled work"),
    Permission.LOAN_PRICE: N_("price loans"),
    Permission.LOAN_READ: N_("read loans"),
    Permission.LOAN_REGISTER: N_("register loans"),
    Permission.MEMBER_MANAGE: N_("manage colleagues"),
    Permission.RATE_ACCEPT: N_("accept reference rates"),
    Permission.RATING_READ: N_("read the rating"),
    Permission.SELF_READ: N_("see who they act for"),
    Permission.SESSION_MANAGE: N_("see and end sessions"),
}


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
        keys=await api_keys.list_api_keys(actor) if manages_keys else [],
        choices=[
            (permission.value, PERMISSIONS_IN_WORDS[permission])
            for permission in Permission
            if permission in actor.permissions and permission not in api_keys.NEVER_BY_KEY
        ],
        in_words={permission.value: text for permission, text in PERMISSIONS_IN_WORDS.items()},
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
