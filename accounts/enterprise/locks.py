"""Years under verification or closed take no change: the latest word on a year holds."""

import dataclasses
from datetime import date
from uuid import UUID

import polars as pl

from accounts.database.transactions import Connection
from accounts.enterprise.checking import CheckedActivities
from accounts.enterprise.findings import Message
from carbon.errors import N_, Conflict
from carbon.identifiers import new_id


async def set_lock(
    connection: Connection, enterprise_id: UUID, *, year: int, locked: bool, reason: str
) -> None:
    """Lock or unlock a year; PostgreSQL lets the enterprise and the parties of its case write this."""
    await connection.execute(
        "insert into enterprise_year_lock (id, tenant_id, year, locked, reason) values ($1, $2, $3, $4, $5)",
        new_id(),
        enterprise_id,
        year,
        locked,
        reason,
    )


async def locked_years(connection: Connection, enterprise_id: UUID) -> dict[int, str]:
    """The years that take no change now, each with the reason (an English template)."""
    rows = await connection.fetch(
        """select distinct on (year) year, locked, reason from enterprise_year_lock
            where tenant_id = $1 order by year, id desc""",
        enterprise_id,
    )
    return {row["year"]: row["reason"] for row in rows if row["locked"]}


async def refuse_locked(connection: Connection, enterprise_id: UUID, month: date) -> None:
    """Refuse a change in a locked year.

    Raises:
        Conflict: names the year and why it is locked.
    """
    reasons = await locked_years(connection, enterprise_id)
    if month.year in reasons:
        raise Conflict(
            N_("The year {year} is locked ({reason}); ask the authority to reopen it if a figure is wrong."),
            year=month.year,
            reason=reasons[month.year],
        )


def without_locked_years(checked: CheckedActivities, reasons: dict[int, str]) -> CheckedActivities:
    """The batch without rows and lines of locked years; each row left out is named as an error with the reason."""
    if not reasons:
        return checked
    return dataclasses.replace(
        checked,
        rows=_unlocked(checked, checked.rows, reasons),
        gaps=_unlocked(checked, checked.gaps, reasons),
    )


def _unlocked(checked: CheckedActivities, table: pl.DataFrame, reasons: dict[int, str]) -> pl.DataFrame:
    if not table.height:
        return table
    years = pl.Series([entry.key.month.year for entry in checked.resolved], dtype=pl.Int32)
    year = years.gather(table["resolved"])
    for locked, reason in reasons.items():
        _say_locked(checked, table.filter(year == locked), locked, reason)
    return table.filter(~year.is_in(list(reasons)))


def _say_locked(checked: CheckedActivities, rows: pl.DataFrame, year: int, reason: str) -> None:
    template = N_(
        "The year {year} is locked ({reason}); the row was left out. Ask the authority to reopen the year."
    )
    for (sheet,), part in rows.group_by("sheet", maintain_order=True):
        message = Message("year-locked", template, {"year": year, "reason": reason})
        checked.findings.add(message, sheet=int(str(sheet)), rows=part["row"], column=None, values=None)
