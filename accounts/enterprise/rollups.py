"""Sums per month, facility, scope, method, source, quality and gas, kept in the transaction of every submission.

A sum under the empty gas counts the activities of its group; the others count those that emit the gas.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.emissions import Emitted
from carbon.errors import N_, Problem

GROUP = ("month", "months", "facility", "scope", "method", "source", "quality", "gas", "beside")
LARGEST_MG = 2**63 - 1

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
    nothing = pl.repeat(0, rows.height, dtype=pl.Int64, eager=True)
    parts = [_summed(rows.with_columns(nothing.alias("mg")), "", beside=False)]
    parts += [_summed(_emitting(rows, emitted), gas, beside=False) for gas, emitted in gases.items()]
    if other is not None:
        parts.append(_summed(_emitting(rows, other), "CO2", beside=True))
    sums = pl.concat(parts).join(keys, on="resolved", how="left")
    method = pl.when("beside").then("other_method").otherwise("method")
    return sums.with_columns(method.alias("method")).select(*GROUP, "mg", "activities")


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


def _emitting(rows: pl.DataFrame, emitted: Emitted) -> pl.DataFrame:
    chosen = rows if len(emitted.rows) == rows.height else rows[emitted.rows]
    return chosen.with_columns(emitted.mg.alias("mg"))


def _summed(rows: pl.DataFrame, gas: str, *, beside: bool) -> pl.DataFrame:
    return (
        rows.group_by("resolved", "facility", "quality")
        .agg(pl.col("mg").cast(pl.Int128).sum(), pl.len().cast(pl.Int64).alias("activities"))
        .with_columns(pl.lit(gas).alias("gas"), pl.lit(beside).alias("beside"))
    )


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
