"""What people are told inside the application: notices, and tasks with a due day that are reminded of in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.identity.canonical import plain
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound
from carbon.identifiers import new_id
from carbon.workdays import add_working_days

LIST_LIMIT = 200

KINDS: dict[str, str] = {}
"""Each kind with its sentence, an English template filled from the notice's subject."""


def register(kind: str, template: str) -> str:
    """Make a kind known with its sentence (`N_("… {name} …")`), once, where its room is imported; returns the kind."""
    if KINDS.setdefault(kind, template) != template:
        raise ValueError(f"the notice kind {kind!r} is registered with another sentence")
    return kind


REMIND_WORKING_DAYS = 3
REMINDER = register("task.reminder", N_("Due on {day}: {task}"))


@dataclass(frozen=True)
class Notice:
    """One notice as its reader sees it; a task has a `due_on` and is open until `done_at`.

    `template` is the sentence of its kind; a value of `subject` may be a pair {"zh": …, "en": …}.
    """

    id: UUID
    kind: str
    template: str
    subject: dict[str, Any]
    object_kind: str
    object_id: str
    link: str
    due_on: date | None
    created_at: datetime
    done_at: datetime | None
    read: bool


async def notify(
    connection: Connection,
    *,
    tenant_id: UUID,
    kind: str,
    subject: Mapping[str, Any] | None = None,
    person_id: UUID | None = None,
    except_person_id: UUID | None = None,
    permission: Permission | None = None,
    due_on: date | None = None,
    link: str = "",
    object_kind: str = "",
    object_id: object = "",
) -> UUID:
    """Tell one person, or all people of a tenant (only those with `permission`, if given), in the caller's transaction.

    With `due_on` it is a task: it is reminded of before that day and stays open until `close_tasks` of its object.

    Raises:
        ValueError: the kind was never registered.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of notice; register it with its sentence first")
    notice_id = new_id()
    await connection.execute(
        """insert into identity_notice (id, tenant_id, from_tenant_id, person_id, except_person_id, permission, kind,
               subject, object_kind, object_id, link, due_on)
           values ($1, $2, current_tenant(), $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)""",
        notice_id,
        tenant_id,
        person_id,
        except_person_id,
        permission.value if permission else "",
        kind,
        msgspec.json.encode(plain(dict(subject or {}))).decode(),
        object_kind,
        str(object_id),
        link,
        due_on,
    )
    return notice_id


async def close_tasks(connection: Connection, *, object_kind: str, object_id: object) -> int:
    """End the open tasks about this object, whoever has them; returns how many."""
    status = await connection.execute(
        """update identity_notice set done_at = now()
            where object_kind = $1 and object_id = $2 and due_on is not null and done_at is null""",
        object_kind,
        str(object_id),
    )
    return int(status.rpartition(" ")[2])


async def forget_notices(connection: Connection) -> None:
    """Empty what the transaction's tenant was told (DAT-4)."""
    await connection.execute(
        """update identity_notice set subject = '{}', link = '', done_at = coalesce(done_at, now())
            where tenant_id = current_tenant()"""
    )


_MINE = """
      from identity_notice n
      left join identity_notice_read r
        on r.tenant_id = n.tenant_id and r.notice_id = n.id and r.person_id = $2
     where n.tenant_id = $1 and (n.person_id is null or n.person_id = $2)
       and n.except_person_id is distinct from $2
       and (n.permission = '' or n.permission = any ($3::text[]))
"""

_COLUMNS = """select n.id, n.kind, n.subject, n.object_kind, n.object_id, n.link, n.due_on, n.created_at,
                     n.done_at, r.person_id is not null as read"""

_LIST = (
    _COLUMNS
    + _MINE
    + """ and (not $4 or r.person_id is null) and ($5::uuid is null or n.id < $5) order by n.id desc limit $6"""
)

_TASKS = _COLUMNS + _MINE + " and n.due_on is not null and n.done_at is null order by n.due_on, n.id limit $4"


async def list_notices(
    actor: Actor, *, unread_only: bool = False, before: UUID | None = None, limit: int = 50
) -> list[Notice]:
    """What the actor was told, newest first; `before` is the last id of the page above."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_LIST, *_identity(actor), unread_only, before, min(limit, LIST_LIMIT))
    return [_notice(row) for row in rows]


async def due_tasks(actor: Actor, *, limit: int = 100) -> list[Notice]:
    """The actor's open tasks, the most urgent first, overdue ones too."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_TASKS, *_identity(actor), min(limit, LIST_LIMIT))
    return [_notice(row) for row in rows]


async def count_open(actor: Actor) -> int:
    """How many open tasks and unread notices the actor has, for the bar at the top."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        count: int = await connection.fetchval(
            "select count(*)"
            + _MINE
            + """ and case when n.due_on is null then r.person_id is null else n.done_at is null end""",
            *_identity(actor),
        )
    return count


async def mark_read(actor: Actor, *, notice_id: UUID | None = None) -> int:
    """Mark one notice as read, or all of them; returns how many were new.

    Raises:
        NotFound: there is no such notice for the actor.
    """
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await connection.fetch(
            "select n.id" + _MINE + " and ($4::uuid is null or n.id = $4)", *_identity(actor), notice_id
        )
        if notice_id is not None and not found:
            raise NotFound(N_("There is no such notice for you."))
        status = await connection.execute(
            """insert into identity_notice_read (id, tenant_id, notice_id, person_id)
               select gen_random_uuid(), $1, one, $2 from unnest($3::uuid[]) as one
               on conflict do nothing""",
            actor.tenant_id,
            actor.person_id,
            [row["id"] for row in found],
        )
    return int(status.rpartition(" ")[2])


async def remind(connection: Connection, today: date) -> dict[str, int]:
    """Tell of open tasks three working days and one day before they are due, once each; for the scheduler.

    Tasks about drafts end with the day on which the draft expires.
    """
    ended = await connection.execute(
        """update identity_notice set done_at = now()
            where object_kind = 'draft' and due_on < $1 and done_at is null""",
        today,
    )
    rows = await connection.fetch(
        """select * from identity_notice
            where due_on between $1 and $2 and done_at is null and (reminded_on is null or reminded_on < $1)
            order by due_on, id""",
        today,
        add_working_days(today, REMIND_WORKING_DAYS) + timedelta(days=1),
    )
    due = [row for row in rows if _is_to_be_reminded(row["due_on"], row["reminded_on"], today)]
    for row in due:
        await _remind(connection, row, today)
    return {"reminded": len(due), "ended": int(ended.rpartition(" ")[2])}


def _is_to_be_reminded(due_on: date, reminded_on: date | None, today: date) -> bool:
    """Whether one of the two days of reminding has come since the last reminder."""
    days = (add_working_days(due_on, -REMIND_WORKING_DAYS), due_on - timedelta(days=1))
    return any(day <= today and (reminded_on is None or reminded_on < day) for day in days)


async def _remind(connection: Connection, row: asyncpg.Record, today: date) -> None:
    task = {"text": KINDS.get(row["kind"], row["kind"]), **msgspec.json.decode(row["subject"])}
    await notify(
        connection,
        tenant_id=row["tenant_id"],
        kind=REMINDER,
        subject={"task": task, "day": row["due_on"]},
        person_id=row["person_id"],
        except_person_id=row["except_person_id"],
        permission=Permission(row["permission"]) if row["permission"] else None,
        link=row["link"],
        object_kind=row["object_kind"],
        object_id=row["object_id"],
    )
    await connection.execute(
        "update identity_notice set reminded_on = $3 where tenant_id = $1 and id = $2",
        row["tenant_id"],
        row["id"],
        today,
    )


def _notice(row: asyncpg.Record) -> Notice:
    fields = {**row, "subject": msgspec.json.decode(row["subject"])}
    return Notice(**fields, template=KINDS.get(row["kind"], row["kind"]))


def _identity(actor: Actor) -> tuple[UUID, UUID, list[str]]:
    return actor.tenant_id, actor.person_id, [permission.value for permission in actor.permissions]
