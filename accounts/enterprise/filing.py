"""Writing a checked batch: activities, further gases, gaps, roll-ups, all in the caller's transaction.

PostgreSQL copies nothing into a table where row-level security holds. So a small batch is copied into a temporary
table of the transaction and inserted from there; a large one is copied into a table of its own, whose constraint holds
the tenant, and attached as a partition. Either way all of it is there at the commit, or nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise import binary_copy
from accounts.enterprise.activity_ids import PLACES, activity_id, places
from accounts.enterprise.binary_copy import Fixed
from accounts.enterprise.checking import CheckedActivities, activity_kind
from accounts.enterprise.coefficients import GAS_COLUMNS, KeptCoefficient, keep_coefficients
from accounts.enterprise.emissions import Emitted, emissions
from accounts.enterprise.facilities import facility_numbers
from accounts.enterprise.natural_keys import column_digest, combined, mixed, text_digest
from accounts.enterprise.repeats import earlier_rows, say_earlier
from accounts.enterprise.resolving import Resolved
from accounts.enterprise.rollups import add_to_rollups, added_up, rolled_up

_COLUMNS = """id, tenant_id, batch, coefficient_id, natural_key, co2_mg, ch4_mg, n2o_mg, other_method_co2_mg, "row", facility, month, sheet,
    months, quality, amount, reference, note"""
_COPIED = [name.strip('" \n') for name in _COLUMNS.split(",")]
_STAGE = f"create temporary table staged_activity on commit drop as select {_COLUMNS} from enterprise_activity with no data"
_TAKE = f"insert into enterprise_activity ({_COLUMNS}) select * from staged_activity"

LARGE_ROWS = 50_000
"""From here on a batch is a partition of its own; below, many partitions would cost readers more than it saves."""
SMALL = UUID(int=0)
"""The batch of all small submissions."""


@dataclass(frozen=True)
class Filed:
    """How many rows were taken, and how many were known from an earlier submission."""

    rows_taken: int
    rows_known: int


async def file_activities(
    connection: Connection, tenant_id: UUID, submission_id: UUID, checked: CheckedActivities
) -> Filed:
    """Write the rows that can be taken; rows known from an earlier submission are said of in the findings."""
    names = pl.concat([checked.rows["facility"], checked.gaps["facility"]])
    numbers = await facility_numbers(connection, tenant_id, names, checked.findings)
    keys = key_table(checked.resolved)
    rows = _prepared(checked, numbers, keys)
    known = await earlier_rows(connection, tenant_id, rows, checked.resolved, natural_keys)
    say_earlier(known, checked.findings)
    if known.height:
        rows = rows.join(known, on=["sheet", "row"], how="anti", maintain_order="left")
    if rows.height:
        await _take(
            connection,
            rows,
            _Keys(keys, checked.resolved, tenant_id, submission_id, _batch(rows, submission_id), _same(rows)),
        )
    await _file_gaps(connection, tenant_id, submission_id, checked, numbers)
    return Filed(rows.height, known.height)


def _batch(rows: pl.DataFrame, submission_id: UUID) -> UUID:
    return submission_id if rows.height >= LARGE_ROWS else SMALL


_SAYABLE = ("sheet", "months", "quality")


def _same(rows: pl.DataFrame) -> dict[str, int]:
    """Of what the table of a batch can say for all its rows, what is the same in all of them."""
    bounds = rows.select(
        *(pl.col(name).min().name.suffix("_least") for name in _SAYABLE), *_SAYABLE_MOST
    ).row(0, named=True)
    return {
        name: bounds[f"{name}_least"]
        for name in _SAYABLE
        if bounds[f"{name}_least"] == bounds[f"{name}_most"]
    }


_SAYABLE_MOST = [pl.col(name).max().name.suffix("_most") for name in _SAYABLE]


def _prepared(checked: CheckedActivities, numbers: dict[str | None, int], keys: pl.DataFrame) -> pl.DataFrame:
    """Rows by month, with what their resolved key says, the facility's number, and the digest of what makes them one."""
    facilities = pl.DataFrame(
        {"facility": list(numbers), "facility_number": list(numbers.values())},
        schema={"facility": pl.String, "facility_number": pl.Int32},
    )
    rows = checked.rows.join(facilities, on="facility", how="left", nulls_equal=True, maintain_order="left")
    rows = rows.drop("facility").rename({"facility_number": "facility"})
    numbers_of = keys["resolved"].to_numpy()
    place = np.zeros(len(checked.resolved), dtype=np.int64)
    place[numbers_of] = np.arange(len(numbers_of))
    said = pl.Series(place[rows["resolved"].to_numpy()])
    rows = rows.with_columns(
        keys[name].gather(said) for name in ("coefficient_id", "month", "months", "kind")
    )
    return rows.sort("month", maintain_order=True)


def key_table(resolved: tuple[Resolved, ...]) -> pl.DataFrame:
    """What each resolved key contributes to its rows; keys of lines without amount have no row here."""
    kept = [(number, entry) for number, entry in enumerate(resolved) if entry.coefficient]
    coefficients = [KeptCoefficient(entry) for _, entry in kept]
    return pl.DataFrame(
        {
            "resolved": [number for number, _ in kept],
            "coefficient_id": [entry.id for entry in coefficients],
            "scope": [entry.coefficient.scope for entry in coefficients],
            "method": [entry.method for entry in coefficients],
            "other_method": [entry.other_method[0] for entry in coefficients],
            "source": [entry.key.source for _, entry in kept],
            "month": [entry.key.month for _, entry in kept],
            "months": [entry.months for _, entry in kept],
            "kind": [text_digest(repr([str(part) for part in activity_kind(entry)])) for _, entry in kept],
        },
        schema={
            "resolved": pl.Int32,
            "coefficient_id": pl.Int64,
            "scope": pl.Int16,
            "method": pl.String,
            "other_method": pl.String,
            "source": pl.String,
            "month": pl.Date,
            "months": pl.Int16,
            "kind": pl.Int64,
        },
    )


def natural_keys(rows: pl.DataFrame) -> pl.Series:
    """Month, facility, source, item, unit, amount and evidence in 63 bits."""
    halves = pl.DataFrame({"amount": rows["amount"].to_physical()}).select(
        (pl.col("amount") // 2**62).cast(pl.Int64).alias("high"),
        (pl.col("amount") % 2**62).cast(pl.Int64).alias("low"),
    )
    digests = combined(
        rows["kind"].to_numpy().astype(np.uint64),
        rows["facility"].to_numpy().astype(np.uint64),
        halves["high"].to_numpy().astype(np.uint64),
        halves["low"].to_numpy().astype(np.uint64),
        column_digest(rows["reference"]),
    )
    return pl.Series("natural_key", (mixed(digests) >> np.uint64(1)).astype(np.int64))


CHUNK_ROWS = 200_000


@dataclass(frozen=True)
class _Computed:
    """A chunk ready to be sent: activities and further gases in binary, and its sums."""

    activities: list[bytes]
    gases: list[bytes] | None
    sums: pl.DataFrame


async def _take(connection: Connection, rows: pl.DataFrame, keys: "_Keys") -> None:
    """Send chunk after chunk; while PostgreSQL takes one in, a thread computes the next."""
    kept = [KeptCoefficient(keys.resolved[number]) for number in rows["resolved"].unique(maintain_order=True)]
    await keep_coefficients(connection, keys.tenant_id, kept)
    table = await _opened(connection, keys)
    await connection.execute(_STAGE_GASES)
    starts = range(0, rows.height, CHUNK_ROWS)
    upcoming = _begun(rows, 0, keys)
    sums = []
    for start in starts:
        computed = await upcoming
        if start + CHUNK_ROWS < rows.height:
            upcoming = _begun(rows, start + CHUNK_ROWS, keys)
        await _send(connection, table, computed, [name for name in _COPIED if name not in keys.unsent])
        sums.append(computed.sums)
    await _closed(connection, keys.batch)
    await add_to_rollups(connection, keys.tenant_id, added_up(sums))


@dataclass(frozen=True)
class _Keys:
    """What every chunk of a batch needs to know."""

    table: pl.DataFrame
    resolved: tuple[Resolved, ...]
    tenant_id: UUID
    submission_id: UUID
    batch: UUID
    same: Mapping[str, int]
    """Columns of one value in the whole batch, which its table knows by default."""

    @property
    def unsent(self) -> frozenset[str]:
        """Columns that are not sent row by row."""
        return frozenset() if self.batch == SMALL else frozenset({"tenant_id", "batch", *self.same})

    @cached_property
    def per_unit(self) -> list[Mapping[str, Fraction]]:
        """What one unit emits, by resolved key."""
        return [entry.coefficient.mg_per_unit if entry.coefficient else {} for entry in self.resolved]

    @cached_property
    def other_per_unit(self) -> list[Mapping[str, Fraction]]:
        """What one unit would emit by the method not chosen."""
        return [
            {"CO2": KeptCoefficient(entry).other_method[1]}
            if entry.coefficient and entry.coefficient.alternatives
            else {}
            for entry in self.resolved
        ]


async def _opened(connection: Connection, keys: _Keys) -> str:
    """The table to copy into."""
    if keys.batch == SMALL:
        await connection.execute(_STAGE)
        return "staged_activity"
    said = [keys.same.get(name) for name in _SAYABLE]
    return str(
        await connection.fetchval(
            "select enterprise_open_batch($1, $2::smallint, $3::smallint, $4::smallint)", keys.batch, *said
        )
    )


async def _closed(connection: Connection, batch: UUID) -> None:
    if batch == SMALL:
        await connection.execute(_TAKE)
    else:
        await connection.execute("select enterprise_close_batch($1)", batch)


def _begun(rows: pl.DataFrame, start: int, keys: _Keys) -> "asyncio.Future[_Computed]":
    return asyncio.ensure_future(asyncio.to_thread(_computed, rows.slice(start, CHUNK_ROWS), start, keys))


def _computed(rows: pl.DataFrame, start: int, keys: _Keys) -> _Computed:
    gases = emissions(rows["amount"], rows["resolved"], keys.per_unit)
    other = emissions(rows["amount"], rows["resolved"], keys.other_per_unit).get("CO2")
    ids = places(rows.height) + np.uint32(start)
    return _Computed(
        activities=_encoded(rows, gases, other, ids, keys),
        gases=_encoded_gases(gases, keys.submission_id, ids),
        sums=rolled_up(rows.select("resolved", "facility", "quality"), keys.table, gases, other),
    )


async def _send(connection: Connection, table: str, computed: _Computed, columns: list[str]) -> None:
    await _copy(connection, table, computed.activities, columns)
    if computed.gases:
        await _copy(connection, "staged_gas", computed.gases)
        await connection.execute(_TAKE_GASES)
        await connection.execute("truncate staged_gas")


def _encoded(
    rows: pl.DataFrame,
    gases: Mapping[str, Emitted],
    other: Emitted | None,
    ids: npt.NDArray[np.uint32],
    keys: _Keys,
) -> list[bytes]:
    def whole(values: pl.Series, dtype: str) -> Fixed:
        return Fixed(dtype, values.to_numpy())

    def mass(emitted: Emitted | None) -> Fixed:
        return Fixed(">i8", 0) if emitted is None else whole(emitted.dense(rows.height), ">i8")

    fields = {
        "id": Fixed.uuids(keys.submission_id, ids),
        "tenant_id": Fixed.uuid(keys.tenant_id),
        "batch": Fixed.uuid(keys.batch),
        "coefficient_id": whole(rows["coefficient_id"], ">i8"),
        "natural_key": whole(natural_keys(rows), ">i8"),
        **{column: mass(gases.get(gas)) for gas, column in GAS_COLUMNS.items()},
        "other_method_co2_mg": mass(other),
        "row": whole(rows["row"], ">i4"),
        "facility": whole(rows["facility"], ">i4"),
        "month": Fixed.dates(rows["month"]),
        "sheet": whole(rows["sheet"], ">i2"),
        "months": whole(rows["months"], ">i2"),
        "quality": whole(rows["quality"], ">i2"),
        "amount": Fixed.numerics(rows["amount"]),
    }
    sent = [field for name, field in fields.items() if name not in keys.unsent]
    return list(binary_copy.blocks(sent, [rows["reference"], rows["note"]]))


async def _copy(
    connection: Connection, table: str, encoded: list[bytes], columns: list[str] | None = None
) -> None:
    await connection.copy_to_table(table, source=_pieces(encoded), format="binary", columns=columns)


async def _pieces(encoded: list[bytes]) -> AsyncIterator[bytes]:
    """As asyncpg takes it in; each block is let go once it is sent."""
    for place, block in enumerate(encoded):
        encoded[place] = b""
        yield block


_STAGE_GASES = "create temporary table staged_gas (id uuid, mg bigint, gas text) on commit drop"
_TAKE_GASES = """
    insert into enterprise_activity_gas (tenant_id, id, gas, mg)
    select (select current_tenant()), id, gas, mg from staged_gas
"""


def _encoded_gases(
    gases: Mapping[str, Emitted], submission_id: UUID, ids: npt.NDArray[np.uint32]
) -> list[bytes] | None:
    """Refrigerants and the like: a row for each activity and gas its coefficient names."""
    further = {gas: emitted for gas, emitted in gases.items() if gas not in GAS_COLUMNS and len(emitted.rows)}
    if not further:
        return None
    table = pl.concat(
        pl.DataFrame({"row": emitted.rows, "mg": emitted.mg}).with_columns(pl.lit(gas).alias("gas"))
        for gas, emitted in further.items()
    ).sort("row", "gas")
    fields = [Fixed.uuids(submission_id, ids[table["row"].to_numpy()]), Fixed(">i8", table["mg"].to_numpy())]
    return list(binary_copy.blocks(fields, [table["gas"]]))


async def _file_gaps(
    connection: Connection,
    tenant_id: UUID,
    submission_id: UUID,
    checked: CheckedActivities,
    numbers: dict[str | None, int],
) -> None:
    gaps = checked.gaps
    if not gaps.height:
        return
    entries = [checked.resolved[number] for number in gaps["resolved"]]
    await connection.execute(
        """insert into enterprise_gap (tenant_id, id, sheet, "row", facility, month, months, source, item, notation, note)
           select $1, * from unnest($2::uuid[], $3::smallint[], $4::int[], $5::int[], $6::date[], $7::smallint[],
                                    $8::text[], $9::text[], $10::text[], $11::text[])
                  as n (id, sheet, line, facility, month, months, source, item, notation, note)
            where not exists (select from enterprise_gap g
                               where g.tenant_id = $1 and g.facility = n.facility and g.month = n.month and g.months = n.months
                                 and g.source = n.source and g.item = n.item and g.notation = n.notation)""",
        tenant_id,
        [activity_id(submission_id, PLACES - number) for number in range(gaps.height)],
        gaps["sheet"].to_list(),
        gaps["row"].to_list(),
        [numbers[name] for name in gaps["facility"]],
        [entry.key.month for entry in entries],
        [entry.months for entry in entries],
        [entry.key.source for entry in entries],
        [entry.key.item for entry in entries],
        gaps["notation"].to_list(),
        gaps["note"].to_list(),
    )
