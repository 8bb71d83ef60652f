"""What ran, what failed, and asking for one more run: for authorities in the browser and for the command line."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.timing.slots import Due, want_rerun
from carbon.errors import N_, NotFound

LONGEST_LIST = 500
EVERY_MINUTE = ("keep-log",)
"""Series that would crowd out all others: without being asked for, only their newest run is listed, and failures."""


@dataclass(frozen=True)
class Run:
    """A slot and what came of it; `wanted` while one more run is asked for and has not begun. Instants are UTC."""

    series: str
    due_at: datetime
    state: str
    late: bool
    attempts: int
    started_at: datetime
    finished_at: datetime
    result: dict[str, Any]
    error: str
    wanted: bool


async def list_runs(
    actor: Actor, *, series: str | None = None, state: str | None = None, limit: int = 50
) -> list[Run]:
    """Latest due first, of one series or in one state (`done`, `failed`) if named.

    Raises:
        NotPermitted: without `job:run`.
    """
    actor.require(Permission.JOB_RUN)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await read_runs(connection, series=series, state=state, limit=limit)


async def rerun(actor: Actor, *, series: str, due_at: datetime) -> Run:
    """Ask for one more run of a slot; a scheduler takes it up at its next bell. Work done before is not repeated.

    Raises:
        NotPermitted: without `job:run`.
        NotFound: the series never had such a due time.
    """
    actor.require(Permission.JOB_RUN)
    async with transaction(tenant=actor.tenant_id) as connection:
        if not await want_rerun(connection, Due(series, due_at), by=actor.person_id):
            raise NotFound(
                N_("The series {series} has no run due at {due_at}; list the runs to see which it has."),
                series=series,
                due_at=due_at.isoformat(),
            )
        await audit.record(
            connection,
            actor,
            act="job.rerun",
            object_kind="job",
            object_id=f"{series} {due_at.isoformat()}",
        )
        (run,) = await read_runs(connection, series=series, due_at=due_at)
        return run


async def list_runs_here(
    *, series: str | None = None, state: str | None = None, limit: int = 50
) -> list[Run]:
    """The same for an operator at the machine, whose process runs under the database role `scheduler`."""
    async with transaction(tenant=None, readonly=True) as connection:
        return await read_runs(connection, series=series, state=state, limit=limit)


async def rerun_here(due: Due) -> bool:
    """Ask for one more run as that operator; False when the series never had such a due time."""
    async with transaction(tenant=None) as connection:
        return await want_rerun(connection, due, by=None)


async def read_runs(
    connection: Connection,
    *,
    series: str | None = None,
    state: str | None = None,
    due_at: datetime | None = None,
    limit: int = 50,
) -> list[Run]:
    """Runs the connection's tenant or role may see."""
    rows = await connection.fetch(
        """select series, due_at, state, late, attempts, started_at, finished_at, result, error,
                  wanted_at is not null as wanted
             from timing_slot s
            where ($1::text is null or series = $1) and ($2::text is null or state = $2)
              and ($3::timestamptz is null or due_at = $3)
              and ($1 is not null or series <> all ($5) or state <> 'done'
                   or due_at = (select max(q.due_at) from timing_slot q where q.series = s.series and q.state = 'done'))
            order by due_at desc, series limit $4""",
        series,
        state,
        due_at,
        min(limit, LONGEST_LIST),
        EVERY_MINUTE,
    )
    return [Run(**{**row, "result": msgspec.json.decode(row["result"])}) for row in rows]
