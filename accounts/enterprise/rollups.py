"""Sums per month, facility, scope, method, source, quality and gas, kept in the transaction of every submission.

A sum under the empty gas counts the activities of its group; the others count those that emit the gas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.emissions import Emitted, Int64s
from carbon.errors import N_, Problem

GROUP = ("month", "months", "facility", "scope", "method", "source", "quality", "gas", "beside")
LARGEST_MG = 2**63 - 1
_HALF = 2**26 - 1

_ADD = """
    insert into enterprise_rollup as r (tenant_id, month, months, facility, scope, method, source, quality, gas,
                                        beside, mg, activities)
    select $1, * from unnest($2::date[], $3::smallint[], $4::int[], $5::smallint[], $6::text[], $7::text[],
                             $8::smallint[], $9::text[], $10::boolean[], $11::bigint[], $12::int[])
    on conflict (tenant_id, month, months, facility, scope, method, source, quality, gas, beside)
    do update set mg = r.mg + excluded.mg, activities = r.activities + excluded.activities
"""

_RECOMPUTED = """
    with line as (
        select a.*, c.scope, c.method, c.source, c.other_method, c.mg_per_unit
          from enterprise_activity a join enterprise_coefficient c on (c.tenant_id, c.id) = (a.tenant_id, a.coefficient_id)
         where a.tenant_id = $1 and ($2::uuid is null or a.id = $2)
           and ($2 is not null or not exists (select from enterprise_withdrawal w
                                               where w.tenant_id = $1 and w.activity_id = a.id))
    ), gas as (
        select l.*, g.gas, g.mg, false as beside from line l
         cross join lateral (values ('CO2', l.co2_mg), ('CH4', l.ch4_mg), ('N2O', l.n2o_mg)) g (gas, mg)
         where l.mg_per_unit ? g.gas
        union all
        select l.*, g.gas, g.mg, false from line l join enterprise_activity_gas g using (tenant_id, id)
        union all
        select l.*, 'CO2', l.other_method_co2_mg, true from line l where l.other_method <> ''
        union all
        select l.*, '', 0, false from line l
    )
    select month, months, facility, scope, case when beside then other_method else method end as method, source,
           quality, gas, beside, sum(mg)::numeric as mg, count(*)::int as activities
      from gas group by 1, 2, 3, 4, 5, 6, 7, 8, 9
"""


def rolled_up(
    rows: pl.DataFrame, keys: pl.DataFrame, gases: Mapping[str, Emitted], other: Emitted | None
) -> pl.DataFrame:
    """The sums of new rows: a gas counts the rows whose coefficient names it, the empty gas counts all.

    `rows` has resolved, facility and quality; `keys` says what each resolved key is (month, months, scope, method,
    other_method, source). `other` is what the method not chosen would give.

    Raises:
        Problem: a sum leaves the range of 64 bits.
    """
    groups = _groups(rows)
    parts = [_sums(groups, None, "", beside=False)]
    parts += [_sums(groups, emitted, gas, beside=False) for gas, emitted in gases.items()]
    if other is not None:
        parts.append(_sums(groups, other, "CO2", beside=True))
    sums = pl.concat(parts).join(keys, on="resolved", how="left")
    method = pl.when("beside").then("other_method").otherwise("method")
    return sums.with_columns(method.alias("method")).select(*GROUP, "mg", "activities")


@dataclass(frozen=True)
class _Groups:
    """Each row's group, and what the groups are: numbered once, summed for every gas."""

    of_row: Int64s
    table: pl.DataFrame


def _groups(rows: pl.DataFrame) -> _Groups:
    """Groups of rows with the same resolved key, facility and quality."""
    key = (pl.col("resolved").cast(pl.Int64) * 2**31 + pl.col("facility")) * 2**7 + pl.col("quality")
    keys = rows.select(key.alias("key"))
    table = keys.unique(maintain_order=True).with_row_index("group")
    of_row = (
        keys.join(table, on="key", how="left", maintain_order="left")["group"].to_numpy().astype(np.int64)
    )
    facility = pl.col("key") // 2**7
    return _Groups(
        of_row,
        table.select(
            (facility // 2**31).cast(rows.schema["resolved"]).alias("resolved"),
            (facility % 2**31).cast(rows.schema["facility"]).alias("facility"),
            (pl.col("key") % 2**7).cast(rows.schema["quality"]).alias("quality"),
        ),
    )


def _sums(groups: _Groups, emitted: Emitted | None, gas: str, *, beside: bool) -> pl.DataFrame:
    """The sums of one gas over the groups that emit it; without a gas, only how many rows each has."""
    of_row = groups.of_row
    if emitted is not None and len(emitted.rows) < len(of_row):
        of_row = of_row[emitted.rows.to_numpy()]
    count = np.bincount(of_row, minlength=groups.table.height)
    there = np.flatnonzero(count)
    mg = (
        np.zeros(len(there), dtype=object)
        if emitted is None
        else _exact_sums(of_row, emitted.mg, groups.table.height)[there]
    )
    return groups.table[there].with_columns(
        pl.Series("mg", mg.tolist(), dtype=pl.Int128),
        pl.Series("activities", count[there], dtype=pl.Int64),
        pl.lit(gas).alias("gas"),
        pl.lit(beside).alias("beside"),
    )


def _exact_sums(of_row: Int64s, mg: pl.Series, height: int) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Whole sums by group: floats add halves of at most 26 bits exactly, for up to a hundred million rows."""
    values = mg.to_numpy()
    low, middle, high = values & _HALF, (values >> 26) & _HALF, values >> 52
    sums = [
        np.bincount(of_row, weights=part, minlength=height).astype(np.int64).astype(object)
        for part in (low, middle, high)
    ]
    whole: np.ndarray[tuple[int], np.dtype[np.object_]] = sums[0] + sums[1] * 2**26 + sums[2] * 2**52
    return whole


def added_up(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The sums of several chunks as one.

    Raises:
        Problem: a sum leaves the range of 64 bits.
    """
    sums = pl.concat(parts).group_by(GROUP).agg(pl.col("mg").sum(), pl.col("activities").sum())
    if sums.filter(pl.col("mg").abs() > LARGEST_MG).height:
        raise Problem(
            N_(
                "The rows of one month, facility and source add up to more than 9 billion tonnes. "
                "Check the amounts and units."
            )
        )
    return sums.with_columns(pl.col("mg").cast(pl.Int64))


async def add_to_rollups(connection: Connection, tenant_id: UUID, sums: pl.DataFrame) -> None:
    """Add the sums of a submission to what is kept."""
    sums = sums.sort(GROUP)
    columns = [sums[name].to_list() for name in (*GROUP, "mg", "activities")]
    await connection.execute(_ADD, tenant_id, *columns)


_TAKE_OFF = f"""
    insert into enterprise_rollup as r (tenant_id, month, months, facility, scope, method, source, quality, gas, beside,
                                        mg, activities)
    select $1, month, months, facility, scope, method, source, quality, gas, beside, -mg, -activities from ({_RECOMPUTED}) one
    on conflict (tenant_id, month, months, facility, scope, method, source, quality, gas, beside)
    do update set mg = r.mg + excluded.mg, activities = r.activities + excluded.activities
"""


async def take_off_rollups(connection: Connection, tenant_id: UUID, activity_id: UUID) -> None:
    """Post the negative of an activity that no longer counts."""
    await connection.execute(_TAKE_OFF, tenant_id, activity_id)


async def wrong_rollups(connection: Connection, tenant_id: UUID) -> list[dict[str, object]]:
    """Kept sums that differ from the sum of the activities themselves; empty when all agree."""
    names = ", ".join(GROUP)
    rows = await connection.fetch(
        f"""with kept as (select {names}, mg::numeric, activities from enterprise_rollup
                       where tenant_id = $1 and (activities <> 0 or mg <> 0)),
                 computed as ({_RECOMPUTED})
            select 'kept' as side, * from (select * from kept except select * from computed) k
            union all select 'computed', * from (select * from computed except select * from kept) c""",
        tenant_id,
        None,
    )
    return [dict(row) for row in rows]
