"""The template: a workbook with Chinese headings (English below), drop-downs made for the enterprise, words and examples."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from accounts.enterprise.checking import QUALITY_NAMES
from accounts.enterprise.columns import Column, activity_columns
from accounts.enterprise.workbooks import LISTS_SHEET, TEXT_SHEETS
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import sector_guide
from methodologies.accounting.reported_factor import GASES
from methodologies.accounting.sources import Source

ROWS = 5_000
"""Rows that have drop-downs; more may be filled without."""
DATA_SHEET = "活动数据 Activities"
GUIDE_SHEET, EXAMPLES_SHEET = TEXT_SHEETS
ZONE = ZoneInfo("Asia/Shanghai")

_EXAMPLES: tuple[dict[str, str | float], ...] = (
    {
        "period": "2024-03",
        "source": "fuel_combustion",
        "item": "diesel",
        "amount": 12.5,
        "unit": "t",
        "reference": "INV-0312",
    },
    {"period": "2024-03", "source": "fuel_combustion", "item": "natural_gas", "amount": 3.2, "unit": "万Nm3"},
    {
        "period": "2024-03",
        "source": "purchased_electricity",
        "item": "grid",
        "amount": 86.4,
        "unit": "万kWh",
        "region": "重庆",
    },
    {"period": "2024-03", "source": "purchased_heat", "item": "heat", "amount": 150, "unit": "GJ"},
    {"period": "2024-03", "source": "refrigerant_leakage", "item": "R410A", "amount": 3, "unit": "kg"},
    {"period": "2024-04", "source": "fuel_combustion", "item": "diesel", "amount": "NO", "note": "停产"},
)

_WORDS = (
    Text(
        "每行填写一项活动：某月、某设施、某排放源的消费量。",
        "One row is one activity: how much of what, where, in which month.",
    ),
    Text(
        "前六列之外均可留空；不要改动表头，可以增加工作表。",
        "Beyond period, source, item, amount and unit everything may stay blank. Keep the headings; sheets may be added.",
    ),
    Text(
        "没有数据时在“数量”填 NO（未发生）、NE（未估算）、IE（已计入他处）或 C（保密），不要留空，也不要填 0。",
        "Without data write NO (not occurring), NE (not estimated), IE (included elsewhere) or C (confidential) as the amount; neither blank nor 0.",
    ),
    Text(
        "数字可带千分位逗号（1,234.5）；不能为负。",
        "Numbers may have thousands separators (1,234.5) and are never negative.",
    ),
    Text(
        "同一活动只填一次；若确有两笔相同，请填写不同的凭证号。",
        "Give each activity once; two that are alike need different evidence numbers.",
    ),
    Text(
        "实测低位发热量、含碳量、碳氧化率或自有排放因子填在右侧各列，优先于缺省值；请保留检测报告。",
        "Measured calorific value, carbon content, oxidation rate or your own factors go into the columns on the right and come before default values; keep the test reports.",
    ),
)


COMMON = (
    "fuel_combustion",
    "mobile_combustion",
    "purchased_electricity",
    "purchased_heat",
    "refrigerant_leakage",
)
"""What nearly every enterprise has."""


def sources_of(guide: str) -> Sequence[str]:
    """The sources whose columns a template has: of a sector guide by its number, `all`, or else the common ones.

    Raises:
        Problem: there is no such guide.
    """
    if guide == "all":
        return tuple(SOURCES)
    return tuple(source.id for source in sector_guide(guide).sources) if guide else COMMON


def template_workbook(
    *,
    facilities: Sequence[str],
    language: str = "zh",
    year: int | None = None,
    sources: Sequence[str] = COMMON,
) -> bytes:
    """An empty workbook to fill in; `facilities` stand in its drop-down, months of `year` and the year before too.

    Of the columns for own values it has those of `sources`; every source stays in the list, and a column of another one
    may be added by its heading.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        form = _Form(book, language, year or datetime.now(ZONE).year, sources)
        form.data_sheet(facilities)
        form.guide_sheet()
        form.examples_sheet()
        form.lists_sheet(facilities)
    return file.getvalue()


class _Form:
    """One workbook being written."""

    def __init__(self, book: Any, language: str, year: int, sources: Sequence[str]) -> None:
        self.book = book
        self.language = language
        self.year = year
        options = {*GASES, *(name for source in sources for name in SOURCES[source].options)}
        self.columns = [
            column for column in activity_columns().values() if not column.option or column.id in options
        ]
        self.heading = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE9DF", "border": 1}
        )
        self.required = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#BFD9C6", "border": 1}
        )
        self.text = book.add_format({"num_format": "@"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True})

    def data_sheet(self, facilities: Sequence[str]) -> None:
        page = self.book.add_worksheet(DATA_SHEET)
        self._headings(page)
        for position, column in enumerate(self.columns):
            page.set_column(
                position,
                position,
                18 if column.id in {"source", "item"} else 14,
                None if column.id == "amount" else self.text,
            )
        lists = self._lists(facilities)
        for name in ("period", "facility", "source", "region", "method", "quality"):
            if lists.get(name):
                self._validate(
                    page, name, f"={LISTS_SHEET}!{_span(list(lists).index(name), len(lists[name]))}"
                )
        source = "$" + _letters(self._position("source")) + "2"
        number = f"MATCH({source},{LISTS_SHEET}!{_span(list(lists).index('source'), len(SOURCES))},0)"
        self._validate(page, "item", f'=INDIRECT("items_"&{number})')
        self._validate(page, "unit", f'=INDIRECT("units_"&{number})')

    def _validate(self, page: Any, name: str, source: str) -> None:
        """A drop-down that advises: other words are checked after the upload."""
        position = self._position(name)
        rule = {"validate": "list", "source": source, "error_type": "information", "ignore_blank": True}
        page.data_validation(1, position, ROWS, position, rule)

    def _position(self, name: str) -> int:
        return next(position for position, column in enumerate(self.columns) if column.id == name)

    def _headings(self, page: Any) -> None:
        page.set_row(0, 46)
        page.freeze_panes(1, 0)
        for position, column in enumerate(self.columns):
            page.write_string(0, position, _title(column), self.required if column.required else self.heading)
            note = f"{column.note_zh}\n{column.note_en}"
            page.write_comment(0, position, note, {"x_scale": 2, "y_scale": 1.2})

    def guide_sheet(self) -> None:
        page = self.book.add_worksheet(GUIDE_SHEET)
        page.set_column(0, 1, 24)
        page.set_column(2, 4, 50)
        row = 0
        for words in _WORDS:
            page.write_string(row, 0, f"{row + 1}.")
            page.merge_range(row, 1, row, 4, words.in_language(self.language), self.wrapped)
            page.set_row(row, 30)
            row += 1
        row += 1
        for column in self.columns:
            page.write_string(row, 0, column.zh, self.bold)
            page.write_string(row, 1, column.en)
            page.write_string(
                row, 2, column.note_zh if self.language == "zh" else column.note_en, self.wrapped
            )
            row += 1
        row += 1
        for source in SOURCES.values():
            row = self._source_words(page, row, source)

    def _source_words(self, page: Any, row: int, source: Source) -> int:
        page.write_string(row, 0, source.name.zh, self.bold)
        page.write_string(row, 1, source.name.en, self.bold)
        for item in source.items.values():
            row += 1
            page.write_string(row, 0, item.name.zh)
            page.write_string(row, 1, item.name.en)
            page.write_string(row, 2, " / ".join(item.units))
        return row + 2

    def examples_sheet(self) -> None:
        page = self.book.add_worksheet(EXAMPLES_SHEET)
        self._headings(page)
        page.set_column(0, len(self.columns) - 1, 14)
        for row, example in enumerate(_EXAMPLES, start=1):
            for name, value in example.items():
                shown = _shown(name, value, SOURCES[str(example["source"])])
                page.write(row, self._position(name), shown)

    def lists_sheet(self, facilities: Sequence[str]) -> None:
        page = self.book.add_worksheet(LISTS_SHEET)
        page.very_hidden()
        lists = self._lists(facilities)
        for position, values in enumerate(lists.values()):
            page.write_column(0, position, values)
        for number, source in enumerate(SOURCES.values(), start=1):
            items = [item.name.zh for item in source.items.values()] or [""]
            units = list(dict.fromkeys(unit for item in source.items.values() for unit in item.units)) or [
                "t",
                "kWh",
                "元",
            ]
            for place, (name, values) in enumerate((("items", items), ("units", units))):
                position = len(lists) + 2 * number + place
                page.write_column(0, position, values)
                self.book.define_name(f"{name}_{number}", f"={LISTS_SHEET}!{_span(position, len(values))}")

    def _lists(self, facilities: Sequence[str]) -> dict[str, list[str]]:
        electricity = SOURCES["purchased_electricity"]
        return {
            "period": [f"{year}-{month:02}" for year in (self.year - 1, self.year) for month in range(1, 13)],
            "facility": list(facilities),
            "source": [source.name.zh for source in SOURCES.values()],
            "region": ["重庆", "全国"],
            "method": [name.zh for name in electricity.methods.values()],
            "quality": list(QUALITY_NAMES),
        }


def _title(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit and column.unit != "1" else ""
    return f"{column.zh}\n{column.en}{unit}"


def _shown(name: str, value: object, source: Source) -> object:
    if name == "source":
        return source.name.zh
    if name == "item" and value in source.items:
        return source.items[str(value)].name.zh
    return value


def _letters(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _span(position: int, count: int) -> str:
    letters = _letters(position)
    return f"${letters}$1:${letters}${max(count, 1)}"
