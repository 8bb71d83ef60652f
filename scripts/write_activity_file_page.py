"""Writes the tables of columns and sources into docs/activity-file.md, from the lists the program itself reads.

Run it after a source or a column was added; a test of the command line compares the page with the lists.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from accounts.enterprise.columns import Column, activity_columns
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.sources import Source

PAGE = Path(__file__).parents[1] / "docs" / "activity-file.md"
COLUMNS_HEAD = "| id | 中文 | English | what belongs there | also read |\n|---|---|---|---|---|\n"
SOURCES_HEAD = (
    "| id | 中文 | English | scope | items | usual units | own values |\n|---|---|---|---|---|---|---|\n"
)
MANY_ITEMS = 40


def column_line(column: Column) -> str:
    """A line of the table of columns."""
    also = [word for word in column.also if word not in {column.zh, column.en}][:8]
    required = "**required** " if column.required else ""
    words = ", ".join(also).replace("|", "/") or "–"
    return f"| `{column.id}` | {column.zh} | {column.en} | {required}{column.note_en} | {words} |\n"


def source_line(source: Source) -> str:
    """A line of the table of sources."""
    items = [f"{item.name.zh} (`{item.id}`)" for item in source.items.values()]
    shown = ", ".join(items[:MANY_ITEMS]) + (
        f", and {len(items) - MANY_ITEMS} more" if len(items) > MANY_ITEMS else ""
    )
    units = list(dict.fromkeys(unit for item in source.items.values() for unit in item.units))
    return (
        f"| `{source.id}` | {source.name.zh} | {source.name.en} | {source.scope} | {shown or 'any text'} | "
        f"{', '.join(units[:8]) or 'any unit'} | {', '.join(source.options) or '–'} |\n"
    )


def with_table(page: str, head: str, lines: Iterable[str], which: int = 0) -> str:
    """The page with the `which`-th table of this head written anew."""
    found = list(re.finditer(re.escape(head) + r"(?:\|.*\n)*", page))[which]
    return page[: found.start()] + head + "".join(lines) + page[found.end() :]


def main() -> None:
    """Write the three tables."""
    page = PAGE.read_text(encoding="utf-8")
    columns = list(activity_columns().values())
    page = with_table(page, COLUMNS_HEAD, (column_line(column) for column in columns if not column.option))
    page = with_table(
        page, COLUMNS_HEAD, (column_line(column) for column in columns if column.option), which=1
    )
    page = with_table(page, SOURCES_HEAD, (source_line(source) for source in SOURCES.values()))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
