"""The audit trail as an authority reads it for all, an administrator for the own organisation: who did what, when, from where, with which result."""

from urllib.parse import urlencode

from litestar import Response, get

from accounts.identity import audit
from accounts.identity.permissions import Permission
from carbon.errors import Problem
from web.guard import actor_of
from web.pages.forms import identifier
from web.pages.rendering import AnyRequest, render

LINES = 50


@get("/audit", opt={"permission": Permission.AUDIT_READ}, include_in_schema=False)
async def audit_page(request: AnyRequest) -> Response[str]:
    """Newest first, filtered by act or kind of object, onward by the last id."""
    wanted = {name: request.query_params.get(name, "").strip()[:100] for name in ("act", "object_kind")}
    before = request.query_params.get("before", "")
    mistake = None
    try:
        start = identifier(before, at="before") if before else None
    except Problem as problem:
        mistake, start = problem, None
    records = await audit.list_audit(
        actor_of(request),
        act=wanted["act"] or None,
        object_kind=wanted["object_kind"] or None,
        before=start,
        limit=LINES,
    )
    kept = {name: value for name, value in wanted.items() if value}
    older = f"/audit?{urlencode({**kept, 'before': records[-1].id})}" if len(records) == LINES else ""
    return render(request, "audit.html", mistake=mistake, fields=wanted, records=records, older_link=older)


handlers = [audit_page]
