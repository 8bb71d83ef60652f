"""Public notice: how long it runs, what the public says, and what the owner answers (Order 31, art. 12, 19)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, notices
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects.drafting import clean
from accounts.projects.records import Claim, Project, project_seen
from carbon.errors import N_, NotFound, NotPermitted, Problem, TooMany
from carbon.identifiers import new_id
from carbon.workdays import is_provisional, nth_working_day

LONGEST_TEXT, LONGEST_AUTHOR, LONGEST_CONTACT = 4000, 100, 200
_SUSPECT = re.compile(r"<[a-zA-Z!/]|https?://|www\.|javascript:|\{\{|\[\w+\]\(|data:", re.IGNORECASE)
"""Markup and addresses are not refused, but read by the authority before they show."""

COMMENTED = notices.register(
    "project.commented", N_("{project}: somebody commented on the notice; answer before it closes.")
)
CommentState = Literal["waiting", "shown", "hidden"]


@dataclass(frozen=True)
class Hearing:
    """A notice from its first to its last day; `is_provisional` while the year's holidays are not published."""

    id: UUID
    project_id: UUID
    claim_id: UUID | None
    starts_on: date
    ends_on: date
    is_provisional: bool


@dataclass(frozen=True)
class Answer:
    """The owner's answer."""

    text: str
    answered_at: datetime


@dataclass(frozen=True)
class Comment:
    """What somebody said; the contact they gave stays with the register."""

    id: UUID
    hearing_id: UUID
    author: str
    text: str
    state: str
    posted_at: datetime
    answers: tuple[Answer, ...] = ()


async def open_hearing(
    connection: Connection, actor: Actor, project: Project, claim: Claim | None, day: date, working_days: int
) -> date:
    """A notice from `day` on; returns its last day. The first day counts as day 1, the last is included."""
    ends_on = nth_working_day(day, working_days)
    await connection.execute(
        """insert into projects_hearing (id, tenant_id, project_id, claim_id, starts_on, ends_on, is_provisional)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        new_id(), actor.tenant_id, project.id, claim.id if claim else None, day, ends_on, is_provisional(ends_on),
    )  # fmt: skip
    return ends_on


async def hearings_of(
    connection: Connection, project_id: UUID, claim_id: UUID | None = None
) -> list[Hearing]:
    """Every notice of the project, or of one claim, the latest first."""
    rows = await connection.fetch(
        """select id, project_id, claim_id, starts_on, ends_on, is_provisional from projects_hearing
            where project_id = $1 and claim_id is not distinct from $2 order by id desc""",
        project_id, claim_id,
    )  # fmt: skip
    return [Hearing(**dict(row)) for row in rows]


async def comments_of(connection: Connection, hearings: Sequence[Hearing]) -> list[Comment]:
    """The comments on these notices that the transaction's tenant may see, with answers."""
    rows = await connection.fetch(
        """select id, hearing_id, author, text, state, posted_at from projects_comment
            where hearing_id = any ($1) order by id""",
        [hearing.id for hearing in hearings],
    )
    answers = await connection.fetch(
        "select comment_id, text, answered_at from projects_answer where comment_id = any ($1) order by id",
        [row["id"] for row in rows],
    )
    said: dict[UUID, list[Answer]] = {}
    for row in answers:
        said.setdefault(row["comment_id"], []).append(Answer(row["text"], row["answered_at"]))
    return [Comment(**dict(row), answers=tuple(said.get(row["id"], ()))) for row in rows]


async def post_comment(
    *, hearing_id: UUID, text: str, author: str = "", contact: str = "", address: str = ""
) -> CommentState:
    """A comment by anybody on a running notice; returns whether it shows at once or is read first.

    Raises:
        NotFound: no notice runs under this id.
        Problem: empty, too long, or the notice has closed.
        TooMany: more than five comments an hour from one address.
    """
    text, author, contact = clean(text), clean(author), clean(contact)
    if not text or len(text) > LONGEST_TEXT:
        raise Problem(N_("A comment has 1 to {most} characters."), most=LONGEST_TEXT, at="text")
    if len(author) > LONGEST_AUTHOR or len(contact) > LONGEST_CONTACT:
        raise Problem(N_("At most {most} characters."), most=LONGEST_AUTHOR, at="author")
    wanted: CommentState = "waiting" if _SUSPECT.search(f"{text} {author}") else "shown"
    hashed = hashlib.sha256(b"projects.comment" + address.encode()).digest()
    async with transaction(tenant=None) as connection:
        outcome = await connection.fetchval(
            "select projects_post_comment($1, $2, $3, $4, $5, $6, $7)",
            hearing_id,
            new_id(),
            author,
            contact,
            text,
            wanted,
            hashed,
        )
    if outcome in {"too-many", "full"}:
        raise TooMany(
            N_("Too many comments; try again in {minutes} minutes."), minutes=60, retry_after_s=3600
        )
    if outcome == "closed":
        raise Problem(N_("This notice is not open for comments today."), at="hearing_id")
    if outcome != "taken":
        raise NotFound(N_("There is no such notice."), at="hearing_id")
    return wanted


async def answer_comment(actor: Actor, *, comment_id: UUID, text: str) -> None:
    """The owner answers; a second answer adds to the first.

    Raises:
        NotFound, NotPermitted: no such comment, or on another's project.
        Problem: empty or too long.
    """
    actor.require(Permission.PROJECT_MANAGE)
    text = clean(text)
    if not text or len(text) > LONGEST_TEXT:
        raise Problem(N_("An answer has 1 to {most} characters."), most=LONGEST_TEXT, at="text")
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow(
            "select project_id, owner_id from projects_comment where id = $1", comment_id
        )
        if row is None:
            raise NotFound(N_("There is no such comment."), at="comment_id")
        if row["owner_id"] != actor.tenant_id:
            raise NotPermitted(N_("Only the project's owner answers."))
        await connection.execute(
            "insert into projects_answer (id, tenant_id, project_id, comment_id, text, answered_by) values ($1, $2, $3, $4, $5, $6)",
            new_id(), actor.tenant_id, row["project_id"], comment_id, text, actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="project.answer", object_kind="comment", object_id=comment_id
        )


async def moderate_comment(actor: Actor, *, comment_id: UUID, show: bool) -> None:
    """The authority lets a waiting comment show, or hides one that is no comment on the project.

    Raises:
        NotFound: no such comment.
    """
    actor.require(Permission.PROJECT_REVIEW)
    state = "shown" if show else "hidden"
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow(
            "update projects_comment set state = $2 where id = $1 returning project_id, owner_id",
            comment_id,
            state,
        )
        if row is None:
            raise NotFound(N_("There is no such comment."), at="comment_id")
        project = await project_seen(connection, row["project_id"])
        if show:
            await notices.notify(
                connection,
                tenant_id=row["owner_id"],
                kind=COMMENTED,
                subject={"project": project.name_zh},
                permission=Permission.PROJECT_MANAGE,
                link=f"/projects/{project.id}",
                object_kind="comment",
                object_id=comment_id,
            )
        await audit.record(
            connection,
            actor,
            act="project.moderate",
            object_kind="comment",
            object_id=comment_id,
            details={"state": state},
        )


async def waiting_comments(actor: Actor) -> list[Comment]:
    """What the authority has to read, the oldest first."""
    actor.require(Permission.PROJECT_REVIEW)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select id, hearing_id, author, text, state, posted_at from projects_comment where state = 'waiting' order by id limit 200"
        )
    return [Comment(**dict(row)) for row in rows]
