"""What I was told, and my tasks."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter

from accounts.identity import notices
from accounts.identity.notices import Notice
from accounts.identity.permissions import Permission
from web.api.inputs import PageSize
from web.guard import actor_of
from web.language import language_of
from web.told import notice_words

AnyRequest = Request[Any, Any, Any]


class NoticeAnswer(msgspec.Struct, kw_only=True):
    """One notice as a sentence in the request's language; a task has a due day."""

    id: UUID
    kind: str
    message: str
    subject: dict[str, Any]
    link: str
    due_on: date | None
    created_at: datetime
    done_at: datetime | None
    read: bool


@get("/notices", opt={"permission": Permission.SELF_READ}, tags=["notice"], summary="What I was told")
async def list_notices(
    request: AnyRequest,
    unread: Annotated[bool, QueryParameter(description="Only what I have not read")] = False,
    before: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: PageSize = 50,
) -> list[NoticeAnswer]:
    """Newest first."""
    found = await notices.list_notices(actor_of(request), unread_only=unread, before=before, limit=limit)
    return [_answer(request, notice) for notice in found]


@get("/tasks", opt={"permission": Permission.SELF_READ}, tags=["notice"], summary="My open tasks")
async def list_tasks(request: AnyRequest) -> list[NoticeAnswer]:
    """The most urgent first."""
    return [_answer(request, task) for task in await notices.due_tasks(actor_of(request))]


@post(
    "/notices/{notice_id:uuid}/reading",
    opt={"permission": Permission.SELF_READ},
    tags=["notice"],
    summary="Mark as read",
    status_code=204,
)
async def mark_read(request: AnyRequest, notice_id: FromPath[UUID]) -> None:
    """For oneself; a colleague's mark is their own."""
    await notices.mark_read(actor_of(request), notice_id=notice_id)


def _answer(request: AnyRequest, notice: Notice) -> NoticeAnswer:
    return NoticeAnswer(
        id=notice.id,
        kind=notice.kind,
        message=notice_words(language_of(request), notice),
        subject=notice.subject,
        link=notice.link,
        due_on=notice.due_on,
        created_at=notice.created_at,
        done_at=notice.done_at,
        read=notice.read,
    )


notice_handlers = [list_notices, list_tasks, mark_read]
