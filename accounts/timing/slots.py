"""Claim and effect in one transaction: how a due time takes effect once (SECURITY_REQUIREMENTS JOB-1, JOB-2).

The row `(series, due_at)` is written in the transaction of the work itself, under an advisory lock of its own. Any
number of schedulers may try; one works, the others see `BUSY` or `DONE_BEFORE`. A failure rolls the work back and
is then written down apart, with its reason.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from carbon.errors import Problem
from carbon.identifiers import new_id

__all__ = [
    "Connection",
    "Due",
    "Outcome",
    "Prepare",
    "Work",
    "begin_series",
    "open_slots",
    "run_slot",
    "want_rerun",
    "worked_until",
]

ATTEMPTS = 3
"""Runs of a failing slot before it waits for a person."""
WAIT = timedelta(minutes=1)
"""After the first failure; twice that after the second."""
LATE_AFTER = timedelta(minutes=5)
LONGEST_ERROR = 2_000

Work = Callable[[Connection, datetime], Awaitable[Mapping[str, Any]]]
"""What a slot does: it takes part in the slot's transaction, and says in figures what it did."""

Prepare = Callable[[datetime], Awaitable[Work]]
"""What comes before, outside any transaction and without effect here, such as asking another system."""

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What came of trying a slot."""

    DONE = "done"
    DONE_BEFORE = "done before"
    FAILED = "failed"
    GIVEN_UP = "given up"
    BUSY = "busy"


@dataclass(frozen=True)
class Due:
    """One slot to be worked."""

    series: str
    due_at: datetime


async def begin_series(series: str, begins_at: datetime) -> datetime:
    """Note that due times of `series` count from `begins_at`, unless that is known; returns what holds."""
    async with transaction(tenant=None) as connection:
        await connection.execute(
            """insert into timing_series (id, series, begins_at) values ($1, $2, $3)
               on conflict (series) do nothing""",
            new_id(),
            series,
            begins_at,
        )
        began: datetime = await connection.fetchval(
            "select begins_at from timing_series where series = $1", series
        )
        return began


async def worked_until(series: str) -> datetime | None:
    """The latest due time that has a row, whatever came of it."""
    async with transaction(tenant=None, readonly=True) as connection:
        latest: datetime | None = await connection.fetchval(
            "select max(due_at) from timing_slot where series = $1", series
        )
        return latest


async def open_slots(series: str, *, wait: timedelta = WAIT) -> list[Due]:
    """Slots somebody wants run again, and failed ones whose wait is over, longer each time; oldest first."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select series, due_at from timing_slot
                where series = $1
                  and (wanted_at is not null
                       or (state = 'failed' and attempts < $2 and finished_at + attempts * $3::interval <= clock_timestamp()))
                order by due_at""",
            series,
            ATTEMPTS,
            wait,
        )
    return [Due(row["series"], row["due_at"]) for row in rows]


async def run_slot(due: Due, prepare: Prepare, *, now: datetime) -> Outcome:
    """Do the work of one slot unless it is done; whatever fails is written down and not raised."""
    try:
        work = await prepare(due.due_at)
        async with transaction(tenant=None) as connection:
            if not await _lock(connection, due):
                return Outcome.BUSY
            refused = await _claim(connection, due, now)
            if refused:
                return refused
            result = await work(connection, due.due_at)
            await _finish(connection, due, result)
            return Outcome.DONE
    except Exception as error:  # noqa: BLE001 - a slot's failure is a row for people, whatever it was
        # A problem says all there is to say; anything else is ours and is logged with its stack.
        foreseen = isinstance(error, Problem)
        _log.error(
            "%s due at %s failed: %s", due.series, due.due_at.isoformat(), error, exc_info=not foreseen
        )
        await _note_failure(due, error, now)
        return Outcome.FAILED


async def _lock(connection: Connection, due: Due) -> bool:
    locked: bool = await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{due.series} {due.due_at.isoformat()}"
    )
    return locked


async def _claim(connection: Connection, due: Due, now: datetime) -> Outcome | None:
    """Write the row as it will be if the work succeeds; says why when the slot is not to be run."""
    row = await connection.fetchrow(
        "select state, attempts, wanted_at from timing_slot where series = $1 and due_at = $2",
        due.series,
        due.due_at,
    )
    if row is None:
        await connection.execute(
            """insert into timing_slot (id, series, due_at, state, late, attempts, started_at, finished_at)
               values ($1, $2, $3, 'done', $4, 1, clock_timestamp(), clock_timestamp())""",
            new_id(),
            due.series,
            due.due_at,
            now - due.due_at > LATE_AFTER,
        )
        return None
    if row["wanted_at"] is None:
        if row["state"] == "done":
            return Outcome.DONE_BEFORE
        if row["attempts"] >= ATTEMPTS:
            return Outcome.GIVEN_UP
    await connection.execute(
        """update timing_slot
              set state = 'done', error = '', wanted_at = null, attempts = attempts + 1,
                  late = late or $3, started_at = clock_timestamp()
            where series = $1 and due_at = $2""",
        due.series,
        due.due_at,
        now - due.due_at > LATE_AFTER,
    )
    return None


async def _finish(connection: Connection, due: Due, result: Mapping[str, Any]) -> None:
    await connection.execute(
        """update timing_slot set result = $3::jsonb, finished_at = clock_timestamp()
            where series = $1 and due_at = $2""",
        due.series,
        due.due_at,
        msgspec.json.encode(dict(result), enc_hook=str).decode(),
    )


async def _note_failure(due: Due, error: Exception, now: datetime) -> None:
    """A row of its own, after the work has rolled back; a slot done meanwhile by another stays done."""
    async with transaction(tenant=None) as connection:
        await connection.execute(
            """insert into timing_slot as slot (id, series, due_at, state, late, attempts, started_at, finished_at, error)
               values ($1, $2, $3, 'failed', $4, 1, $5, clock_timestamp(), $6)
               on conflict (series, due_at) do update
                  set state = 'failed', attempts = slot.attempts + 1, wanted_at = null,
                      started_at = excluded.started_at, finished_at = excluded.finished_at, error = excluded.error
                where slot.state = 'failed' or slot.wanted_at is not null""",
            new_id(),
            due.series,
            due.due_at,
            now - due.due_at > LATE_AFTER,
            now,
            f"{type(error).__name__}: {error}"[:LONGEST_ERROR].replace("\x00", ""),
        )


async def want_rerun(connection: Connection, due: Due, *, by: UUID | None) -> bool:
    """Ask for one more run of a slot that has a row; False when there is none."""
    done: str = await connection.execute(
        "update timing_slot set wanted_at = now(), wanted_by = $3 where series = $1 and due_at = $2",
        due.series,
        due.due_at,
        by,
    )
    return done == "UPDATE 1"
