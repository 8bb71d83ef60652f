"""A person asks to look again at an act that was not counted; staff decide and say why; the day is settled again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.identity import audit, notices
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.inclusion.days import today
from accounts.inclusion.history import ActLine, lines_of_day
from accounts.inclusion.members import member_of, require_citizen
from accounts.inclusion.programme import programme_of, require_operator
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.workdays import add_working_days

DECIDED = notices.register("appeal.decided", N_("Your appeal about {day} is decided: {note}"))
WORKING_DAYS = 15
"""Within which staff decide."""


@dataclass(frozen=True)
class Appeal:
    """An appeal; `snapshot` is the act as the person saw it, without who it is."""

    id: UUID
    day: date
    reason: str
    snapshot: dict[str, Any]
    state: str
    note: str
    made_at: datetime
    due_on: date
    decided_at: datetime | None


async def appeal(actor: Actor, *, day: date, key: UUID, reason: str) -> Appeal:
    """Ask to look again at one act.

    Raises:
        NotFound: no such act of the person.
        Conflict: it counts already, no review can change it, or an appeal about it is open.
        Problem: no reason.
    """
    require_citizen(actor)
    if not 1 <= len(reason.strip()) <= 1000:
        raise Problem(N_("Say why, in 1 to {most} characters."), at="reason", most=1000)
    async with transaction(tenant=actor.tenant_id) as connection:
        member = await member_of(connection, actor)
        line = next(
            (one for one in await lines_of_day(connection, actor.tenant_id, day) if one.key == key), None
        )
        if line is None:
            raise NotFound(N_("There is no such act of yours."))
        if not line.can_appeal:
            raise Conflict(N_("This act counts, or no review can change it: {words}."), words=line.words)
        appeal_id, made_on = new_id(), await today(connection)
        try:
            async with savepoint(connection):
                await connection.execute(
                    """insert into inclusion_appeal (id, person_id, operator_id, day, key, reason, snapshot, due_on)
                       values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)""",
                    appeal_id,
                    actor.tenant_id,
                    member.operator_id,
                    day,
                    key,
                    reason.strip(),
                    msgspec.json.encode(_snapshot(line)).decode(),
                    add_working_days(made_on, WORKING_DAYS),
                )
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("An appeal about this act is open already.")) from None
        await audit.record(connection, actor, act="appeal.make", object_kind="appeal", object_id=appeal_id)
        return await _appeal(connection, appeal_id)


async def list_appeals(actor: Actor, *, state: str | None = None, limit: int = 100) -> list[Appeal]:
    """A person's own, or those the operator decides; open ones first, then newest."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _APPEAL + "where $1::text is null or state = $1 order by state <> 'open', id desc limit $2",
            state,
            min(limit, 500),
        )
    return [_read(row) for row in rows]


async def decide(actor: Actor, *, appeal_id: UUID, granted: bool, note: str) -> Appeal:
    """Grant (the act counts, and the day is settled again) or refuse, with the reason.

    Raises:
        NotFound: no such appeal of this programme.
        Conflict: decided before.
        Problem: no reason.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    if not 1 <= len(note.strip()) <= 1000:
        raise Problem(N_("Say why, in 1 to {most} characters."), at="note", most=1000)
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        row = await connection.fetchrow(
            "select person_id, day, key, state from inclusion_appeal where id = $1 for update", appeal_id
        )
        if row is None:
            raise NotFound(N_("There is no such appeal."))
        if row["state"] != "open":
            raise Conflict(N_("This appeal was decided before."))
        await connection.execute(
            """update inclusion_appeal set state = $2, note = $3, decided_by = $4, decided_at = now() where id = $1""",
            appeal_id,
            "granted" if granted else "refused",
            note.strip(),
            actor.person_id,
        )
        if granted:
            await let_in(connection, actor, row["person_id"], row["day"], row["key"], note.strip())
        await notices.notify(
            connection,
            tenant_id=row["person_id"],
            person_id=row["person_id"],
            kind=DECIDED,
            subject={"day": row["day"].isoformat(), "note": note.strip()},
            link=f"/my/history/{row['day']}",
            object_kind="appeal",
            object_id=appeal_id,
        )
        await audit.record(
            connection,
            actor,
            act="appeal.decide",
            object_kind="appeal",
            object_id=appeal_id,
            details={"granted": granted},
        )
        return await _appeal(connection, appeal_id)


async def let_in(
    connection: Connection, actor: Actor, person_id: UUID, day: date, key: UUID, why: str
) -> None:
    """Lift what holds the event out, let it in by decision, and ask for the day to be settled again."""
    await connection.execute(
        """update inclusion_exclusion set lifted_at = now(), lifted_by = $3
            where person_id = $1 and key = $2 and lifted_at is null""",
        person_id,
        key,
        actor.person_id,
    )
    await connection.execute(
        """insert into inclusion_exclusion (id, person_id, day, key, sign, detail, made_by)
           values ($1, $2, $3, $4, 'admitted', $5, $6)""",
        new_id(),
        person_id,
        day,
        key,
        why,
        actor.person_id,
    )
    await connection.execute(
        "insert into inclusion_recount (id, person_id, day) values ($1, $2, $3)", new_id(), person_id, day
    )


_APPEAL = "select id, day, reason, snapshot, state, note, made_at, due_on, decided_at from inclusion_appeal "


async def _appeal(connection: Connection, appeal_id: UUID) -> Appeal:
    return _read(await connection.fetchrow(_APPEAL + "where id = $1", appeal_id))


def _read(row: Any) -> Appeal:
    return Appeal(**{**row, "snapshot": msgspec.json.decode(row["snapshot"])})


def _snapshot(line: ActLine) -> dict[str, Any]:
    return {
        "act": line.name.as_dict(),
        "source": {"zh": line.source_zh, "en": line.source_en},
        "started_at": line.started_at.isoformat(),
        "ended_at": line.ended_at.isoformat(),
        "quantity": line.quantity,
        "unit": line.unit.as_dict(),
        "proved": line.proved,
        "verdict": line.verdict,
        "words": line.words.as_dict(),
    }
