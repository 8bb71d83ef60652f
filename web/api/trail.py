"""The audit trail."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import QueryParameter

from accounts.identity import audit
from accounts.identity.audit import AuditRecord
from accounts.identity.permissions import Permission
from web.api.inputs import PageSize
from web.guard import actor_of

Word = Annotated[str | None, QueryParameter(max_length=100)]


@get("/audit", opt={"permission": Permission.AUDIT_READ}, tags=["identity"], summary="Who did what")
async def list_audit(
    request: Request[Any, Any, Any],
    act: Word = None,
    object_kind: Word = None,
    object_id: Word = None,
    person_id: Annotated[UUID | None, QueryParameter()] = None,
    before: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: PageSize = 50,
) -> list[AuditRecord]:
    """Newest first; an organisation sees its own lines, an authority all."""
    return await audit.list_audit(
        actor_of(request),
        act=act,
        object_kind=object_kind,
        object_id=object_id,
        person_id=person_id,
        before=before,
        limit=limit,
    )
