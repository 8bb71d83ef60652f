"""The user's own rows handed back: wrong cells coloured, each with its reason as a comment."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

from accounts.enterprise.columns import activity_column, totals_column
from accounts.enterprise.sheets import ReadFile, Sheet
from carbon.errors import N_, Finding

FINDINGS = 50_000
"""As many comments as a workbook shows without becoming slow."""

Translate = Callable[[str, Mapping[str, Any]], str]


def workbook(
    read: ReadFile, findings: Sequence[Finding], language: str, translate: Translate | None = None
) -> bytes:
    """The rows as a workbook. Every cell is written as text or number, never as a formula (INP-8)."""
    say = translate or (lambda template, values: template.format(**_in_language(values, language)))
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        formats = {
            "heading": book.add_format({"bold": True, "bg_color": "#E8F0EA", "border": 1}),
            "error": book.add_format({"bg_color": "#F8C9C4", "border": 1}),
            "warning": book.add_format({"bg_color": "#FBE9B7", "border": 1}),
        }
        for number, sheet in enumerate(read.sheets, start=1):
            here = [finding for finding in findings if finding.sheet == sheet.name]
            _write(book.add_worksheet(_sheet_name(sheet, number)), sheet, here, formats, say)
        _write_summary(book, findings, formats, say)
    return file.getvalue()


def _in_language(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        name: value.get(language, value) if isinstance(value, Mapping) else value
        for name, value in values.items()
    }


def _sheet_name(sheet: Sheet, number: int) -> str:
    name = "".join(" " if character in "[]:*?/\\" else character for character in sheet.name or "").strip(
        "' "
    )
    return name[:28] or f"Sheet{number}"


def _write(
    page: Any, sheet: Sheet, findings: Sequence[Finding], formats: Mapping[str, Any], say: Translate
) -> None:
    """Headings and rows stand at the row numbers the user knows."""
    heading_row = max(sheet.first_row - 2, 0)
    offset = sheet.first_row - 1 if sheet.first_row > 1 else 1
    for column, heading in enumerate(sheet.headings):
        page.write_string(heading_row, column, heading, formats["heading"])
    page.set_column(0, max(len(sheet.headings) - 1, 0), 16)
    places = _places(sheet)
    marked: dict[tuple[int, int], list[Finding]] = {}
    for finding in findings:
        if finding.row is not None:
            row = finding.row - sheet.first_row
            marked.setdefault((row, places.get(finding.column or "", 0)), []).append(finding)
    for row, cells in enumerate(sheet.frame.iter_rows()):
        for column, text in enumerate(cells):
            if text is not None and (row, column) not in marked:
                page.write_string(offset + row, column, text)
    for (row, column), said in marked.items():
        if row >= 0:
            text = (
                sheet.frame.row(row)[column]
                if row < sheet.frame.height and column < sheet.frame.width
                else None
            )
            worst = "error" if any(finding.severity == "error" for finding in said) else "warning"
            page.write_string(offset + row, column, text or "", formats[worst])
            reasons = "\n".join(say(finding.template, finding.values) for finding in said)
            page.write_comment(offset + row, column, reasons, {"x_scale": 2.5, "y_scale": 1.5})


def _places(sheet: Sheet) -> dict[str, int]:
    places: dict[str, int] = {}
    for position, heading in enumerate(sheet.headings):
        for meaning in (activity_column(heading), totals_column(heading)):
            if meaning:
                places.setdefault(meaning, position)
    return places


def _write_summary(
    book: Any, findings: Sequence[Finding], formats: Mapping[str, Any], say: Translate
) -> None:
    page = book.add_worksheet("Findings")
    words = (N_("Severity"), N_("Sheet"), N_("Row"), N_("Column"), N_("Value"), N_("Reason"))
    for column, word in enumerate(words):
        page.write_string(0, column, say(word, {}), formats["heading"])
    page.set_column(0, 4, 14)
    page.set_column(5, 5, 80)
    severities = {"error": N_("error"), "warning": N_("warning")}
    for row, finding in enumerate(findings, start=1):
        page.write_string(
            row, 0, say(severities.get(finding.severity, finding.severity), {}), formats.get(finding.severity)
        )
        page.write_string(row, 1, finding.sheet or "")
        if finding.row is not None:
            page.write_number(row, 2, finding.row)
        page.write_string(row, 3, finding.column or "")
        page.write_string(row, 4, finding.value or "")
        page.write_string(row, 5, say(finding.template, finding.values))
