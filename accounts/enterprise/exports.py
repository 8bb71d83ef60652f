"""A year's activities as a workbook of the form they came in.

Read in again it changes nothing; read into an empty account it gives the same account, and the same workbook.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import xlsxwriter

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.activities import PAGE_SQL
from accounts.enterprise.columns import activity_columns
from accounts.enterprise.corrections import written_row
from accounts.identity.actors import Actor
from carbon.errors import N_, Problem

PAGE_ROWS = 5_000
MOST_ROWS = 200_000
"""What one export holds; a larger year is taken month by month."""
_GAPS = """
    select g.month, g.months, f.name as facility, g.source, g.item, g.notation, g.note from enterprise_gap g
      join enterprise_facility f on f.tenant_id = g.tenant_id and f.number = g.facility
     where g.tenant_id = $1 and g.month >= $2 and g.month < $3 order by g.month, g.id
"""


async def export_rows(
    actor: Actor, *, enterprise_id: UUID, year: int, month: int | None = None
) -> list[dict[str, str]]:
    """The activities that count, and lines with a notation key, each by the names of the activity file's columns.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: more rows than one file should hold; says to take it by months.
    """
    starts_on = date(year, month or 1, 1)
    ends_before = date(year + 1, 1, 1) if month is None else date(year + month // 12, month % 12 + 1, 1)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"activities {year}")
        rows = await _activities(connection, enterprise_id, starts_on, ends_before)
        gaps = await connection.fetch(_GAPS, enterprise_id, starts_on, ends_before)
    return [*rows, *(_gap(dict(row)) for row in gaps)]


async def _activities(
    connection: Connection, enterprise_id: UUID, starts_on: date, ends_before: date
) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    after = None
    while True:
        page = await connection.fetch(
            PAGE_SQL, enterprise_id, starts_on, ends_before, after, None, None, None, None, PAGE_ROWS
        )
        rows += [written_row(row) for row in page]
        if len(page) < PAGE_ROWS:
            return rows
        if len(rows) >= MOST_ROWS:
            raise Problem(
                N_("The year has more than {limit} activities; export it month by month."), limit=MOST_ROWS
            )
        after = page[-1]["id"]


def _gap(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "period": f"{row['month']:%Y-%m}" if row["months"] == 1 else f"{row['month']:%Y}",
        "facility": row["facility"],
        "source": row["source"],
        "item": row["item"],
        "amount": row["notation"],
        "note": row["note"] or "",
    }


def used_columns(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """The columns any row fills, in the order of the activity file."""
    filled = {name for row in rows for name, value in row.items() if value != ""}
    known = list(activity_columns())
    return [name for name in known if name in filled] + sorted(filled - set(known))


def as_workbook(rows: Sequence[Mapping[str, str]], language: str) -> bytes:
    """One sheet; amounts that a spreadsheet keeps exactly are numbers, everything else is text and never a formula."""
    names = used_columns(rows)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("活动数据" if language == "zh" else "Activities")
        heading = book.add_format({"bold": True, "bottom": 1})
        for place, name in enumerate(names):
            sheet.write_string(0, place, _heading(name, language), heading)
        for line, row in enumerate(rows, start=1):
            for place, name in enumerate(names):
                value = row.get(name, "")
                if name == "amount" and _is_plain_number(value):
                    sheet.write_number(line, place, float(value))
                elif value != "":
                    sheet.write_string(line, place, value)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _heading(name: str, language: str) -> str:
    column = activity_columns().get(name)
    if column is None:
        return name
    return column.zh if language == "zh" else column.en


def _is_plain_number(text: str) -> bool:
    """Whether a spreadsheet's number says exactly this."""
    digits = text.replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) <= 15
