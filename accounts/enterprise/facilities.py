"""Facilities by name: found, or made when a file names one for the first time, and then said."""

import difflib
from uuid import UUID

import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.findings import Findings
from carbon.errors import N_, Finding
from carbon.identifiers import new_id

WHOLE_ENTERPRISE = "全企业"
"""The facility of rows that name none."""


async def facility_numbers(
    connection: Connection, tenant_id: UUID, names: pl.Series, findings: Findings
) -> dict[str | None, int]:
    """The number of each name (None: the whole enterprise), new ones being taken on with a warning that lists them."""
    wanted: list[str | None] = list(names.unique(maintain_order=True))
    rows = await connection.fetch(
        "select name, number from enterprise_facility where tenant_id = $1 order by number", tenant_id
    )
    known = {row["name"]: row["number"] for row in rows}
    new = [name for name in dict.fromkeys(name or WHOLE_ENTERPRISE for name in wanted) if name not in known]
    findings.general += [_taken_on(name, list(known)) for name in new if name != WHOLE_ENTERPRISE]
    first = max(known.values(), default=0) + 1
    known |= {name: first + place for place, name in enumerate(new)}
    await connection.executemany(
        "insert into enterprise_facility (id, tenant_id, number, name, district) values ($1, $2, $3, $4, '')",
        [(new_id(), tenant_id, known[name], name) for name in new],
    )
    return {name: known[name or WHOLE_ENTERPRISE] for name in wanted}


def _taken_on(name: str, known: list[str]) -> Finding:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    template = (
        N_("{facility} is a new facility and was added. If {suggestion} was meant, correct the name.")
        if near
        else N_("{facility} is a new facility and was added.")
    )
    values = {"facility": name, "suggestion": near[0] if near else ""}
    return Finding("new-facility", template, values, severity="warning", column="facility", value=name)
