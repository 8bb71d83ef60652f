"""Drafts of protected acts: what waits for a second person, what that person reads, and the decision."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import approvals
from accounts.identity.permissions import Permission
from accounts.identity.second_factor import SecondFactorNeeded
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

STATES_IN_WORDS: dict[str, str] = {
    "drafted": N_("waiting"),
    "approved": N_("approved and done"),
    "rejected": N_("rejected"),
    "withdrawn": N_("taken back"),
    "expired": N_("expired"),
}
STATE_BADGES = {"drafted": "info", "approved": "good", "rejected": "bad", "withdrawn": "", "expired": "warn"}
SHOWN = 100


@get("/approvals", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def approvals_page(request: AnyRequest) -> Response[str]:
    """Waiting drafts first, then what was decided lately."""
    actor = actor_of(request)
    drafts = await approvals.list_drafts(actor, limit=SHOWN)
    return render(
        request,
        "approvals.html",
        waiting=[draft for draft in drafts if draft.state == "drafted"],
        decided=[draft for draft in drafts if draft.state != "drafted"],
        states=STATES_IN_WORDS,
        badges=STATE_BADGES,
    )


@get("/approvals/{draft_id:uuid}", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def approval_page(request: AnyRequest, draft_id: FromPath[UUID]) -> Response[str]:
    """One draft, line by line, with the decision for who may take it."""
    return await _approval(request, draft_id)


async def _approval(request: AnyRequest, draft_id: UUID, **context: Any) -> Response[str]:
    draft = await approvals.read_draft(actor_of(request), draft_id=draft_id)
    return render(
        request,
        "approval.html",
        draft=draft,
        states=STATES_IN_WORDS,
        badges=STATE_BADGES,
        here=f"/approvals/{draft_id}",
        **context,
    )


@post("/approvals/{draft_id:uuid}/approve", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def approve(request: AnyRequest, draft_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Approves what was on the page: the form carries its digest."""
    form = await form_of(request)
    try:
        await approvals.approve(actor_of(request), draft_id=draft_id, digest=form.text("digest", maximum=64))
    except SecondFactorNeeded:
        return Redirect(f"/second-factor?next=/approvals/{draft_id}", status_code=303)
    except Problem as problem:
        return await _approval(request, draft_id, mistake=problem, fields=form.without())
    return Redirect(f"/approvals/{draft_id}?done=draft-approved", status_code=303)


@post("/approvals/{draft_id:uuid}/reject", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def reject(request: AnyRequest, draft_id: FromPath[UUID]) -> Response[str] | Redirect:
    """With a reason, which the drafter reads."""
    form = await form_of(request)
    try:
        await approvals.reject(actor_of(request), draft_id=draft_id, reason=form.text("reason", maximum=500))
    except Problem as problem:
        return await _approval(request, draft_id, mistake=problem, fields=form.without())
    return Redirect(f"/approvals/{draft_id}?done=draft-rejected", status_code=303)


@post(
    "/approvals/{draft_id:uuid}/withdraw", opt={"permission": Permission.SELF_READ}, include_in_schema=False
)
async def withdraw(request: AnyRequest, draft_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Takes the draft back."""
    try:
        await approvals.withdraw(actor_of(request), draft_id=draft_id)
    except Problem as problem:
        return await _approval(request, draft_id, mistake=problem, fields={})
    return Redirect(f"/approvals/{draft_id}?done=draft-withdrawn", status_code=303)


handlers = [approvals_page, approval_page, approve, reject, withdraw]
