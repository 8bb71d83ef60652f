"""Rows that an earlier submission already brought: found by digest, believed only when every column agrees."""

from collections.abc import Callable
from uuid import UUID

import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.cells import AMOUNT
from accounts.enterprise.findings import Findings, Message
from accounts.enterprise.resolving import Resolved
from carbon.errors import N_

_KNOWN_MONTHS = (
    "select distinct month from enterprise_rollup where tenant_id = $1 and month = any ($2::date[])"
)
_CANDIDATES = """
    select a.row, a.natural_key, a.facility, a.month, a.months, a.amount, coalesce(a.reference, '') as reference,
           c.source, c.item, c.unit, s.file_name, s.submitted_at
      from enterprise_activity a
      join enterprise_coefficient c on (c.tenant_id, c.id) = (a.tenant_id, a.coefficient_id)
      join enterprise_submission s on s.tenant_id = a.tenant_id
           and s.id = (left(a.id::text, 28) || '00000000')::uuid
     where a.tenant_id = $1 and a.month = any ($2::date[]) and a.natural_key = any ($3::bigint[])
"""
_SAME = ["natural_key", "facility", "months", "amount", "reference", "source", "item", "unit"]

_MESSAGE = N_("The row is known from {file_name}, row {row}, submitted on {day}; it was not counted again.")


async def earlier_rows(
    connection: Connection,
    tenant_id: UUID,
    rows: pl.DataFrame,
    resolved: tuple[Resolved, ...],
    natural_keys: Callable[[pl.DataFrame], pl.Series],
) -> pl.DataFrame:
    """Of the new rows those already known: sheet, row, and where they first stood (file_name, first_row, day).

    Only months that have sums can hold one, so a first submission asks nothing more.
    """
    schema = {
        "sheet": pl.Int32,
        "row": pl.Int64,
        "file_name": pl.String,
        "first_row": pl.Int64,
        "day": pl.String,
    }
    months = [
        row["month"]
        for row in await connection.fetch(_KNOWN_MONTHS, tenant_id, rows["month"].unique().to_list())
    ]
    if not months:
        return pl.DataFrame(schema=schema)
    suspects = rows.filter(pl.col("month").is_in(months))
    suspects = suspects.with_columns(natural_keys(suspects))
    found = await connection.fetch(_CANDIDATES, tenant_id, months, suspects["natural_key"].to_list())
    if not found:
        return pl.DataFrame(schema=schema)
    known = pl.DataFrame(
        {
            **{name: [row[name] for row in found] for name in _SAME if name != "amount"},
            "amount": pl.Series([row["amount"] for row in found], dtype=AMOUNT),
            "file_name": [row["file_name"] for row in found],
            "first_row": [row["row"] for row in found],
            "day": [row["submitted_at"].date().isoformat() for row in found],
        },
        schema_overrides={
            "facility": pl.Int32,
            "months": pl.Int16,
            "natural_key": pl.Int64,
            "first_row": pl.Int64,
        },
    ).unique(_SAME, keep="first", maintain_order=True)
    named = suspects.with_columns(
        pl.col("reference").fill_null(""),
        *(
            pl.Series(name, [getattr(entry.key, name) for entry in resolved], dtype=pl.String)
            .gather(suspects["resolved"])
            .alias(name)
            for name in ("source", "item", "unit")
        ),
    )
    return named.join(known, on=_SAME, how="inner").select(*schema)


def say_earlier(known: pl.DataFrame, findings: Findings) -> None:
    """List each known row with the submission it first came in."""
    for (sheet,), part in known.partition_by("sheet", as_dict=True, maintain_order=True).items():
        messages = [
            Message("known-row", _MESSAGE, {"file_name": name, "row": row, "day": day}, "warning")
            for name, row, day in part.select("file_name", "first_row", "day").iter_rows()
        ]
        cells = part.select(
            "row",
            pl.lit(None, dtype=pl.String).alias("column"),
            pl.lit(None, dtype=pl.String).alias("value"),
            pl.int_range(pl.len(), dtype=pl.Int32).alias("message"),
        )
        findings.add_joined(cells, messages, sheet=int(sheet))
