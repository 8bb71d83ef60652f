"""Drafts of protected acts: list, read, approve, reject, take back (two persons for each)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity import approvals
from accounts.identity.approvals import Approved, Draft
from accounts.identity.permissions import Permission
from web.api.inputs import Input, PageSize
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
State = Literal["drafted", "approved", "rejected", "withdrawn", "expired"]


class Approval(Input):
    """The digest of the draft that was read; another content is not approved."""

    digest: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]


class Rejection(Input):
    """Why not."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


@get("/approvals", opt={"permission": Permission.SELF_READ}, tags=["approval"], summary="Drafts I may see")
async def list_drafts(
    request: AnyRequest,
    wanted: Annotated[State | None, QueryParameter(name="state")] = None,
    before: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: PageSize = 50,
) -> list[Draft]:
    """Newest first: one's own, and those one may decide."""
    return await approvals.list_drafts(actor_of(request), state=wanted, before=before, limit=limit)


@get(
    "/approvals/{draft_id:uuid}",
    opt={"permission": Permission.SELF_READ},
    tags=["approval"],
    summary="One draft",
)
async def read_draft(request: AnyRequest, draft_id: FromPath[UUID]) -> Draft:
    """With the summary to be read and the digest to be approved."""
    return await approvals.read_draft(actor_of(request), draft_id=draft_id)


@post(
    "/approvals/{draft_id:uuid}/approval",
    opt={"permission": Permission.SELF_READ},
    tags=["approval"],
    summary="Approve and carry out",
)
async def approve_draft(request: AnyRequest, draft_id: FromPath[UUID], data: JSONBody[Approval]) -> Approved:
    """By another person than the drafter, with the act's permission; the act happens in this request."""
    return await approvals.approve(actor_of(request), draft_id=draft_id, digest=data.digest)


@post(
    "/approvals/{draft_id:uuid}/rejection",
    opt={"permission": Permission.SELF_READ},
    tags=["approval"],
    summary="Reject",
)
async def reject_draft(request: AnyRequest, draft_id: FromPath[UUID], data: JSONBody[Rejection]) -> Draft:
    """For good; a changed act is a new draft."""
    return await approvals.reject(actor_of(request), draft_id=draft_id, reason=data.reason)


@post(
    "/approvals/{draft_id:uuid}/withdrawal",
    opt={"permission": Permission.SELF_READ},
    tags=["approval"],
    summary="Take back",
)
async def withdraw_draft(request: AnyRequest, draft_id: FromPath[UUID]) -> Draft:
    """By its drafter or a colleague who may draft such acts."""
    return await approvals.withdraw(actor_of(request), draft_id=draft_id)


approval_handlers = [list_drafts, read_draft, approve_draft, reject_draft, withdraw_draft]
