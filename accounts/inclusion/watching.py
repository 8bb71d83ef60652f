"""The nightly watch: what looks like a farm of accounts is held out until a person has looked."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from accounts.database.transactions import Connection
from accounts.inclusion import binary
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules
from methodologies.inclusion.farms import Suspicion, suspicions


@dataclass(frozen=True)
class Watched:
    """What a night's watch found."""

    events: int
    held_out: int
    groups: int


_ROWS = """
    select dense_rank() over (order by e.person_id), e.person_id, e.key, e.device, e.started_at, e.quantity,
           dense_rank() over (order by e.source_id)
      from inclusion_event e where e.day = $1
"""
_KINDS = {
    "person": "int8", "person_id": "uuid", "key": "uuid", "device": "int8", "start": "instant", "quantity": "int8",
    "source": "int8",
}  # fmt: skip


async def watch(connection: Connection, day: date) -> Watched:
    """Hold out the suspicious events of a day and ask for their days to be settled again, as the scheduler.

    An event a person has decided on is left as decided.
    """
    rows = await binary.copy_out(connection, _ROWS, _KINDS, day)
    found = suspicions(
        rows["person"],
        rows["device"],
        rows["source"],
        rows["start"],
        rows["quantity"],
        rules().programme_at(day),
    )
    held = 0
    for suspicion in found:
        held += await _hold_out(connection, day, suspicion, rows)
    return Watched(len(rows["person"]), held, len(found))


async def _hold_out(
    connection: Connection,
    day: date,
    suspicion: Suspicion,
    rows: dict[str, np.ndarray[tuple[int], np.dtype[np.void]]],
) -> int:
    people = [value.tobytes().hex() for value in rows["person_id"][suspicion.rows]]
    keys = [value.tobytes().hex() for value in rows["key"][suspicion.rows]]
    added = await connection.fetch(
        """insert into inclusion_exclusion (id, person_id, day, key, sign, detail)
           select i, p, $1, k, $2, $3 from unnest($4::uuid[], $5::uuid[], $6::uuid[]) t(i, p, k)
            where not exists (select from inclusion_exclusion x where x.person_id = p and x.key = k)
           returning person_id""",
        day,
        suspicion.sign,
        f"{suspicion.people} people",
        [new_id() for _ in keys],
        people,
        keys,
    )
    touched = sorted({row["person_id"] for row in added})
    await connection.execute(
        "insert into inclusion_recount (id, person_id, day) select i, p, $1 from unnest($2::uuid[], $3::uuid[]) t(i, p)",
        day,
        [new_id() for _ in touched],
        touched,
    )
    return len(added)
