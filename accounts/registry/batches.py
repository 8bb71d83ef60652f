"""The lines of numbers: one for each scheme, project and vintage."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from carbon.credits import Serial, parse_serial
from carbon.errors import N_, NotFound, NotPermitted, Problem


@dataclass(frozen=True)
class Batch:
    """A line of numbers from 1 to `issued`; `keeper_id` is the authority that issues on it."""

    number: int
    scheme: str
    project_code: str
    vintage_year: int
    project_id: UUID | None
    project_name: str
    keeper_id: UUID
    issued: int

    def serial(self, first: int, last: int) -> str:
        """The permanent text of a run of its numbers."""
        return str(Serial(self.scheme, self.project_code, self.vintage_year, first, last))


@dataclass(frozen=True)
class Block:
    """A run of numbers held together: where, in which state, bound by what, since when."""

    serial: str
    batch_number: int
    scheme: str
    project_code: str
    project_name: str
    vintage_year: int
    first: int
    last: int
    quantity_t: int
    holder_id: UUID
    state: str
    claim_id: UUID | None
    freeze_id: UUID | None
    act: str
    opened_at: datetime
    closed_at: datetime | None


BATCH_COLUMNS = "number, scheme, project_code, vintage_year, project_id, project_name, keeper_id, issued"

BLOCK_QUERY = """
    select b.batch_number, n.scheme, n.project_code, n.project_name, n.vintage_year, b.first, b.last,
           b.last - b.first + 1 as quantity_t, b.tenant_id as holder_id, b.state, b.claim_id, b.freeze_id, b.act,
           b.opened_at, b.closed_at
      from registry_block b join registry_batch n on n.number = b.batch_number
"""


def block_of(row: asyncpg.Record) -> Block:
    """A row of `BLOCK_QUERY` with its serial."""
    serial = Serial(row["scheme"], row["project_code"], row["vintage_year"], row["first"], row["last"])
    return Block(serial=str(serial), **dict(row))


async def open_batch(
    connection: Connection,
    *,
    scheme: str,
    project_code: str,
    vintage_year: int,
    project_id: UUID | None,
    project_name: str,
) -> Batch:
    """The line of this scheme, project and vintage; opened by the authority of the transaction if need be.

    Raises:
        NotPermitted: the transaction is no authority's, or another authority keeps the line.
        Problem: scheme or project code cannot stand in a serial.
    """
    try:
        number = await connection.fetchval(
            "select registry_open_batch($1, $2, $3, $4, $5)",
            scheme,
            project_code,
            vintage_year,
            project_id,
            project_name,
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotPermitted(N_("Credits are issued by an authority.")) from error
    except (asyncpg.CheckViolationError, asyncpg.StringDataRightTruncationError) as error:
        raise Problem(
            N_(
                "Scheme {scheme}, project {project} and vintage {vintage} cannot stand in a serial: the scheme has 2 to "
                "12 capital letters and digits, the project code letters, digits, single dots and hyphens, 32 at most."
            ),
            at="project_code",
            scheme=scheme,
            project=project_code,
            vintage=vintage_year,
        ) from error
    if number is None:
        raise NotPermitted(N_("Another authority issues credits of this scheme, project and vintage."))
    return await read_batch(connection, number)


async def read_batch(connection: Connection, number: int) -> Batch:
    """The line by its number.

    Raises:
        NotFound: no such line.
    """
    row = await connection.fetchrow(f"select {BATCH_COLUMNS} from registry_batch where number = $1", number)
    if row is None:
        raise NotFound(N_("There is no batch {batch}."), at="batch_number", batch=number)
    return Batch(**dict(row))


async def batch_of_serial(connection: Connection, text: str) -> tuple[Batch, Serial]:
    """The line a serial lies on, and the run it names.

    Raises:
        Problem: no serial of this register.
        NotFound: well formed, but nothing was ever issued under it.
    """
    serial = parse_serial(text)
    row = await connection.fetchrow(
        f"""select {BATCH_COLUMNS} from registry_batch
             where scheme = $1 and project_code = $2 and vintage_year = $3""",
        serial.scheme,
        serial.project_code,
        serial.vintage_year,
    )
    if row is None or serial.last > row["issued"]:
        raise NotFound(
            N_("No such numbers were issued: {serial}. Check every digit."), at="serial", serial=text[:200]
        )
    return Batch(**dict(row)), serial


async def serials_of(connection: Connection, entry_id: UUID) -> list[str]:
    """The serials an entry moved, for those who had a part in it."""
    rows = await connection.fetch(
        """select n.scheme, n.project_code, n.vintage_year, e.first, e.last
             from registry_entry_numbers($1) e join registry_batch n on n.number = e.batch_number
            order by e.batch_number, e.first""",
        entry_id,
    )
    return [str(Serial(*row)) for row in rows]
