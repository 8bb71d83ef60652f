"""From a sheet of text to named, tidy columns: which heading means what, and which cells cannot be read at all."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from accounts.enterprise.columns import Column
from accounts.enterprise.findings import Findings, Message
from accounts.enterprise.numbers import DECIMAL_COMMA, DECIMALS, PLAIN, POINT_THOUSANDS, ROUNDED, read_number
from accounts.enterprise.sheets import Sheet
from accounts.enterprise.workbooks import UNSAVED_FORMULA
from carbon import units
from carbon.errors import N_, Finding, Problem

AMOUNT = pl.Decimal(38, DECIMALS)
TEXT_CHARACTERS = 500
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"

_REMARKS = {
    DECIMAL_COMMA: N_("{value} was read with the comma before its decimals."),
    POINT_THOUSANDS: N_("{value} was read with points between thousands."),
    ROUNDED: N_("{value} was rounded to the 12 decimals we keep."),
}


def named_columns(
    sheet: Sheet,
    columns: Mapping[str, Column],
    meaning: Callable[[str], str | None],
    findings: Findings,
    index: int,
) -> pl.DataFrame | None:
    """The sheet's cells under our column ids, trimmed, blank as null, with `row`; None when headings are wrong.

    Unknown columns are listed and kept out; a required one that is missing, or one named twice, is an error.
    """
    positions: dict[str, int] = {}
    twice = False
    for position, heading in enumerate(sheet.headings):
        found = meaning(heading) if heading.strip() else None
        if found is None:
            _note_unknown(sheet, position, heading, columns, findings)
        elif found in positions:
            twice = True
            findings.general.append(
                _named_twice(sheet, heading, sheet.headings[positions[found]], columns[found])
            )
        else:
            positions[found] = position
    told = _units_told(sheet, positions, columns)
    implied = {"unit"} if "amount" in told and "unit" in columns else set()
    missing = [
        column for column in columns.values() if column.required and column.id not in {*positions, *implied}
    ]
    if missing:
        findings.general.append(_missing(sheet, missing))
    if missing or twice:
        return None
    cells = _tidy(sheet, positions, findings, index)
    return _with_units(cells, told, has_unit="unit" in positions)


_IN_BRACKETS = re.compile(r"[(（\[【]\s*([^()（）\[\]【】]{1,40}?)\s*[)）\]】]\s*$")
_BARE = r"^[+-]?[\d.,]+(?:[eE][+-]?\d+)?$"


def _units_told(sheet: Sheet, positions: Mapping[str, int], columns: Mapping[str, Column]) -> dict[str, str]:
    """The units that stand in the headings' brackets: 排放因子（tCO2/t）, Amount (kWh), oxidation rate (%)."""
    told = {}
    for name, position in positions.items():
        found = _IN_BRACKETS.search(sheet.headings[position])
        measured = name == "amount" or (columns[name].option and name not in _WORDS)
        if found and measured and units.is_unit(found[1]):
            told[name] = found[1]
    return told


_WORDS = {
    "gas",
    "scope",
    "certificate",
    "factor_unit",
    "distribution",
    "amount_uncertainty",
    "factor_uncertainty",
}


def _with_units(cells: pl.DataFrame, told: Mapping[str, str], *, has_unit: bool) -> pl.DataFrame:
    """Bare numbers with the unit of their heading behind them; the amount's is the row's unit where it has no column."""
    for name, unit in told.items():
        if name == "amount":
            if not has_unit:
                unit_of_row = pl.when(pl.col("amount").is_not_null()).then(pl.lit(unit)).alias("unit")
                cells = cells.with_columns(unit_of_row)
            continue
        bare = pl.col(name).str.contains(_BARE)
        written = pl.concat_str([pl.col(name), pl.lit("%" if unit == "%" else f" {unit}")])
        cells = cells.with_columns(pl.when(bare).then(written).otherwise(pl.col(name)).alias(name))
    return cells


def _note_unknown(
    sheet: Sheet, position: int, heading: str, columns: Mapping[str, Column], findings: Findings
) -> None:
    cells = (
        sheet.frame[f"c{position}"] if f"c{position}" in sheet.frame.columns else pl.Series(dtype=pl.String)
    )
    if not heading.strip() and cells.is_null().all():
        return
    known = [name for column in columns.values() for name in (column.zh, column.en)]
    near = difflib.get_close_matches(heading.strip(), known, n=1, cutoff=0.5)
    template = (
        N_("The column {heading} is not known and was left out. Did you mean {suggestion}?")
        if near
        else N_("The column {heading} is not known and was left out.")
    )
    findings.general.append(
        Finding(
            code="unknown-column",
            template=template,
            values={"heading": heading.strip()[:80] or "–", "suggestion": near[0] if near else ""},
            severity="warning",
            sheet=sheet.name,
            row=sheet.first_row - 1 or None,
            column=heading.strip()[:80],
        )
    )


def _named_twice(sheet: Sheet, heading: str, first: str, column: Column) -> Finding:
    return Finding(
        code="column-twice",
        template=N_("The columns {first} and {second} both mean {meaning}. Keep one of them."),
        values={"first": first, "second": heading, "meaning": f"{column.zh} {column.en}"},
        sheet=sheet.name,
        row=sheet.first_row - 1 or None,
        column=heading[:80],
    )


def _missing(sheet: Sheet, missing: list[Column]) -> Finding:
    return Finding(
        code="column-missing",
        template=N_(
            "Columns are missing: {missing}. The headings found are: {found}. Add them, or use the template."
        ),
        values={
            "missing": ", ".join(f"{column.zh} {column.en}" for column in missing),
            "found": ", ".join(heading.strip() for heading in sheet.headings if heading.strip())[:300] or "–",
        },
        sheet=sheet.name,
        row=sheet.first_row - 1 or None,
    )


def _tidy(sheet: Sheet, positions: Mapping[str, int], findings: Findings, index: int) -> pl.DataFrame:
    columns = {name: _trimmed(sheet.frame[f"c{position}"]) for name, position in positions.items()}
    row = pl.int_range(sheet.first_row, sheet.first_row + sheet.frame.height, dtype=pl.Int64, eager=True)
    cells = pl.DataFrame({"row": row, **{name: column.cells for name, column in columns.items()}})
    cells = cells.filter(pl.any_horizontal(pl.exclude("row").is_not_null()))
    for name, column in columns.items():
        if column.distinct.select(_SUSPICIOUS).item():
            _refuse_unreadable(cells, name, findings, index)
    return cells


@dataclass(frozen=True)
class _Trimmed:
    """A column's cells, and a column `text` that holds each of its texts at least once."""

    cells: pl.Series
    distinct: pl.DataFrame


_SUSPICIOUS = (
    pl.col("text").str.contains(_CONTROL) | (pl.col("text").str.len_bytes() > TEXT_CHARACTERS)
).any()
_FEW = 50
"""Rows for each distinct text from which on it is cheaper to look at the distinct texts alone."""


def _trimmed(texts: pl.Series) -> _Trimmed:
    """Without spaces around, blank as null; words that repeat are looked at once."""
    if len(texts) and texts.head(_SAMPLE_ROWS).n_unique() * _FEW <= min(len(texts), _SAMPLE_ROWS):
        distinct = texts.unique(maintain_order=True)
        if len(distinct) * _FEW <= len(texts):
            trimmed = _trim(distinct)
            if trimmed.equals(distinct, null_equal=True):
                return _Trimmed(texts, pl.DataFrame({"text": distinct}))
            return _Trimmed(texts.replace_strict(distinct, trimmed), pl.DataFrame({"text": trimmed}))
    trimmed = _trim(texts)
    return _Trimmed(trimmed, pl.DataFrame({"text": trimmed}))


_SAMPLE_ROWS = 10_000


def _trim(texts: pl.Series) -> pl.Series:
    trimmed = texts.str.strip_chars()
    return trimmed.set(trimmed == "", None) if (trimmed == "").any() else trimmed


def _refuse_unreadable(cells: pl.DataFrame, name: str, findings: Findings, index: int) -> None:
    formula = cells.filter(pl.col(name) == UNSAVED_FORMULA)
    findings.add(
        Message(
            "formula-without-value",
            N_(
                "The cell holds a formula that was saved without its value. Open the workbook, let it calculate, save it."
            ),
        ),
        sheet=index,
        rows=formula["row"],
        column=name,
        values=None,
    )
    control = cells.filter(pl.col(name).str.contains(_CONTROL) & (pl.col(name) != UNSAVED_FORMULA))
    findings.add(
        Message("control-character", N_("The cell holds a control character. Type the value anew.")),
        sheet=index,
        rows=control["row"],
        column=name,
        values=control[name].str.replace_all(_CONTROL, "\ufffd"),
    )
    long = cells.filter(pl.col(name).str.len_chars() > TEXT_CHARACTERS)
    findings.add(
        Message(
            "too-long",
            N_("The text is longer than {limit} characters. Shorten it."),
            {"limit": TEXT_CHARACTERS},
        ),
        sheet=index,
        rows=long["row"],
        column=name,
        values=long[name],
    )


def read_amounts(
    cells: pl.DataFrame, column: str, findings: Findings, index: int, *, semicolons: bool
) -> pl.DataFrame:
    """The cells with `column` as exact decimals; those that are no amount become null and are said so."""
    plain = cells[column].str.contains(PLAIN).fill_null(value=False)
    if plain.all():
        return cells.with_columns(pl.col(column).cast(AMOUNT))
    readings: dict[str, str | None] = {}
    messages: dict[str, Message] = {}
    for text in cells.filter(~plain)[column].drop_nulls().unique(maintain_order=True):
        if text == UNSAVED_FORMULA:
            readings[text] = None
            continue
        try:
            number = read_number(text, semicolons=semicolons)
        except Problem as problem:
            readings[text] = None
            messages[text] = Message("amount", problem.template)
        else:
            readings[text] = format(number.value, "f")
            if number.remark:
                messages[text] = Message("number-read-as", _REMARKS[number.remark], severity="warning")
    say(cells, column, messages, findings, index)
    odd = (~plain).arg_true()
    read = cells[column][odd].replace_strict(
        list(readings), list(readings.values()), default=None, return_dtype=pl.String
    )
    texts = pl.select(pl.when(plain).then(cells[column])).to_series().cast(AMOUNT)
    return cells.with_columns(texts.scatter(odd, read.cast(AMOUNT)).alias(column))


def say(
    cells: pl.DataFrame, column: str, messages: Mapping[str, Message], findings: Findings, index: int
) -> None:
    """Say of each cell of `column` the message its text has, each distinct message kept once."""
    distinct: dict[tuple[str, str, str], int] = {}
    numbers = []
    kept: list[Message] = []
    for message in messages.values():
        identity = (message.code, message.template, repr(sorted(message.values.items(), key=str)))
        if identity not in distinct:
            distinct[identity] = len(kept)
            kept.append(message)
        numbers.append(distinct[identity])
    table = pl.DataFrame(
        {"value": list(messages), "message": numbers}, schema={"value": pl.String, "message": pl.Int32}
    )
    said = cells.select("row", pl.col(column).cast(pl.String).alias("value")).join(
        table, on="value", how="inner"
    )
    if said.height:
        findings.add_joined(said.with_columns(pl.lit(column).alias("column")), kept, sheet=index)
