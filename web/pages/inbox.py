"""My tasks: what is due, and what I was told."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.identity import notices
from accounts.identity.permissions import Permission
from web.guard import actor_of
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import form_of, identifier
from web.pages.rendering import AnyRequest, render

SHOWN = 50


@get("/inbox", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def inbox_page(request: AnyRequest) -> Response[str]:
    """Open tasks by their day, then notices, the newest first."""
    actor = actor_of(request)
    before = request.query_params.get("before", "")
    listed = await notices.list_notices(
        actor, before=identifier(before, at="before") if before else None, limit=SHOWN
    )
    return render(
        request,
        "inbox.html",
        tasks=await notices.due_tasks(actor),
        notices=listed,
        older=listed[-1].id if len(listed) == SHOWN else None,
        today=datetime.now(BUSINESS_ZONE).date(),
    )


@post("/inbox/read", opt={"permission": Permission.SELF_READ}, include_in_schema=False)
async def mark_read(request: AnyRequest) -> Redirect:
    """One notice, or all of them."""
    form = await form_of(request)
    chosen = form.text("notice_id", required=False)
    notice_id: UUID | None = identifier(chosen, at="notice_id") if chosen else None
    await notices.mark_read(actor_of(request), notice_id=notice_id)
    return Redirect("/inbox", status_code=303)


handlers = [inbox_page, mark_read]
