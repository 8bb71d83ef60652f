"""Writing a checked batch: activities, further gases, gaps, roll-ups, all in the caller's transaction.

Row-level security forbids COPY into the tables themselves, so rows are copied into a temporary table of the
transaction, in binary, and inserted from there in one statement.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise import binary_copy
from accounts.enterprise.activity_ids import places
from accounts.enterprise.binary_copy import Fixed
from accounts.enterprise.checking import CheckedActivities, activity_kind
from accounts.enterprise.coefficients import GAS_COLUMNS, KeptCoefficient, keep_coefficients
from accounts.enterprise.emissions import emissions_mg
from accounts.enterprise.facilities import facility_numbers
from accounts.enterprise.natural_keys import column_digest, combined, mixed, text_digest
from accounts.enterprise.repeats import earlier_rows, say_earlier
from accounts.enterprise.resolving import Resolved
from accounts.enterprise.rollups import add_to_rollups, rolled_up

_STAGE = """
    create temporary table staged_activity (
        id uuid, coefficient_id bigint, natural_key bigint, co2_mg bigint, ch4_mg bigint, n2o_mg bigint,
        other_method_co2_mg bigint, facility int, month date, months smallint, quality smallint, amount numeric,
        reference text, note text
    ) on commit drop
"""
_TAKE = """
    insert into enterprise_activity (tenant_id, id, coefficient_id, natural_key, co2_mg, ch4_mg, n2o_mg,
        other_method_co2_mg, facility, month, months, quality, amount, reference, note)
    select $1, * from staged_activity
"""


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
    rows = _prepared(checked, numbers)
    known = await earlier_rows(connection, tenant_id, rows, checked.resolved)
    say_earlier(known, checked.findings)
    if known.height:
        rows = rows.join(known, on=["sheet", "row"], how="anti", maintain_order="left")
    if rows.height:
        await _take(connection, tenant_id, submission_id, rows, checked.resolved)
    await _file_gaps(connection, tenant_id, submission_id, checked, numbers)
    return Filed(rows.height, known.height)


def _prepared(checked: CheckedActivities, numbers: dict[str | None, int]) -> pl.DataFrame:
    """Rows with what their resolved key says, the facility's number, and the digest of what makes them one."""
    table = _key_table(checked.resolved)
    facilities = pl.DataFrame(
        {"facility": list(numbers), "facility_number": list(numbers.values())},
        schema={"facility": pl.String, "facility_number": pl.Int32},
    )
    rows = checked.rows.join(facilities, on="facility", how="left", nulls_equal=True, maintain_order="left")
    rows = rows.drop("facility").rename({"facility_number": "facility"})
    rows = rows.join(table, on="resolved", how="left", maintain_order="left")
    return rows.with_columns(_natural_keys(rows))


def _key_table(resolved: tuple[Resolved, ...]) -> pl.DataFrame:
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


def _natural_keys(rows: pl.DataFrame) -> pl.Series:
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


async def _take(
    connection: Connection,
    tenant_id: UUID,
    submission_id: UUID,
    rows: pl.DataFrame,
    resolved: tuple[Resolved, ...],
) -> None:
    kept = [KeptCoefficient(resolved[number]) for number in rows["resolved"].unique(maintain_order=True)]
    await keep_coefficients(connection, tenant_id, kept)
    masses = _masses(rows, resolved)
    gases = {
        gas: name for gas in (*GAS_COLUMNS, *_further(masses)) if (name := f"mg_{gas}") in masses.columns
    }
    ids = places(rows["sheet"].to_numpy().astype(np.int64), rows["row"].to_numpy())
    await connection.execute(_STAGE)
    await _copy(connection, "staged_activity", _encoded(rows, masses, submission_id, ids))
    await connection.execute(_TAKE, tenant_id)
    await _take_further_gases(connection, tenant_id, submission_id, masses, ids)
    group = rows.select("month", "months", "facility", "scope", "method", "other_method", "source", "quality")
    emitted = _only_emitted(masses, rows["resolved"], resolved, gases)
    sums = rolled_up(
        pl.concat([group, emitted, masses.select(pl.col("other").alias("other_mg"))], how="horizontal"), gases
    )
    await add_to_rollups(connection, tenant_id, sums)


def _masses(rows: pl.DataFrame, resolved: tuple[Resolved, ...]) -> pl.DataFrame:
    """Milligrams of each gas (`mg_<gas>`) and by the other method (`other`) of each row."""
    coefficients = [entry.coefficient.mg_per_unit if entry.coefficient else {} for entry in resolved]
    others = [
        {"other": KeptCoefficient(entry).other_method[1]}
        if entry.coefficient and entry.coefficient.alternatives
        else {}
        for entry in resolved
    ]
    columns = {
        f"mg_{gas}": mg for gas, mg in emissions_mg(rows["amount"], rows["resolved"], coefficients).items()
    }
    columns |= emissions_mg(rows["amount"], rows["resolved"], others)
    for name in ("mg_CO2", "mg_CH4", "mg_N2O", "other"):
        columns.setdefault(name, pl.repeat(0, rows.height, dtype=pl.Int64, eager=True))
    return pl.DataFrame(columns)


def _further(masses: pl.DataFrame) -> list[str]:
    return [name[3:] for name in masses.columns if name.startswith("mg_") and name[3:] not in GAS_COLUMNS]


def _only_emitted(
    masses: pl.DataFrame, numbers: pl.Series, resolved: tuple[Resolved, ...], gases: dict[str, str]
) -> pl.DataFrame:
    """Masses with null where the row's coefficient does not name the gas, so that it is not counted there."""
    columns = []
    for gas, name in gases.items():
        names = pl.Series(
            [bool(entry.coefficient and gas in entry.coefficient.mg_per_unit) for entry in resolved]
        )
        emits = names.gather(numbers)
        columns.append(masses.select(pl.when(emits).then(pl.col(name)).alias(name))[name])
    return pl.DataFrame(columns)


def _encoded(rows: pl.DataFrame, masses: pl.DataFrame, submission_id: UUID, ids: Any) -> bytes:
    def whole(values: pl.Series, dtype: str) -> Fixed:
        return Fixed(dtype, values.to_numpy())

    fields = [
        Fixed.uuids(submission_id, ids),
        whole(rows["coefficient_id"], ">i8"),
        whole(rows["natural_key"], ">i8"),
        *(whole(masses[name], ">i8") for name in ("mg_CO2", "mg_CH4", "mg_N2O", "other")),
        whole(rows["facility"], ">i4"),
        Fixed.dates(rows["month"]),
        whole(rows["months"], ">i2"),
        whole(rows["quality"], ">i2"),
        Fixed.numerics(rows["amount"]),
    ]
    return binary_copy.encode(fields, [rows["reference"], rows["note"]])


async def _copy(connection: Connection, table: str, encoded: bytes) -> None:
    await connection.copy_to_table(table, source=_Chunks(encoded), format="binary")


class _Chunks:
    """Bytes handed to asyncpg piece by piece, without a copy of the whole."""

    SIZE = 1024 * 1024

    def __init__(self, data: bytes) -> None:
        self.data = memoryview(data)

    def __aiter__(self) -> "_Chunks":
        return self

    async def __anext__(self) -> bytes:
        if not self.data:
            raise StopAsyncIteration
        chunk, self.data = self.data[: self.SIZE], self.data[self.SIZE :]
        return bytes(chunk)


async def _take_further_gases(
    connection: Connection, tenant_id: UUID, submission_id: UUID, masses: pl.DataFrame, ids: Any
) -> None:
    columns: tuple[list[UUID], list[str], list[int]] = ([], [], [])
    base = submission_id.int
    for gas in _further(masses):
        here = masses[f"mg_{gas}"].to_numpy()
        emitting = np.flatnonzero(here > 0)
        columns[0].extend(UUID(int=base | int(place)) for place in ids[emitting])
        columns[1].extend([gas] * len(emitting))
        columns[2].extend(here[emitting].tolist())
    if columns[0]:
        await connection.execute(
            """insert into enterprise_activity_gas (tenant_id, id, gas, mg)
               select $1, * from unnest($2::uuid[], $3::text[], $4::bigint[])""",
            tenant_id,
            *columns,
        )


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
    ids = places(gaps["sheet"].to_numpy().astype(np.int64), gaps["row"].to_numpy())
    entries = [checked.resolved[number] for number in gaps["resolved"]]
    await connection.execute(
        """insert into enterprise_gap (tenant_id, id, facility, month, months, source, item, notation, note)
           select $1, * from unnest($2::uuid[], $3::int[], $4::date[], $5::smallint[], $6::text[], $7::text[],
                                    $8::text[], $9::text[])""",
        tenant_id,
        [UUID(int=submission_id.int | int(place)) for place in ids],
        [numbers[name] for name in gaps["facility"]],
        [entry.key.month for entry in entries],
        [entry.months for entry in entries],
        [entry.key.source for entry in entries],
        [entry.key.item for entry in entries],
        gaps["notation"].to_list(),
        gaps["note"].to_list(),
    )
