"""Checking a file of totals that companies reported themselves: company, indicator, year, value."""

import re
import unicodedata
from dataclasses import dataclass

import polars as pl

from accounts.enterprise.cells import AMOUNT, named_columns, read_amounts, say
from accounts.enterprise.columns import activity_column, totals_column, totals_columns
from accounts.enterprise.findings import Findings, Message
from accounts.enterprise.indicators import indicator_from_text, indicators
from accounts.enterprise.sheets import ReadFile, Sheet
from carbon.errors import N_
from carbon.periods import EARLIEST_YEAR, LATEST_YEAR

ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "sheet": pl.Int32,
    "row": pl.Int64,
    "company": pl.String,
    "indicator": pl.String,
    "year": pl.Int16,
    "value": AMOUNT,
    "unit": pl.String,
    "unit_assumed": pl.Boolean,
}
_SAME = ("company", "indicator", "year")

_MISSING = Message("missing", N_("The cell is empty. Fill it in."))
_INDICATOR = Message("unknown-indicator", N_("{value} is no indicator known here. Write one of: {known}."))
_YEAR = Message(
    "year",
    N_("{value} is no year between {earliest} and {latest}."),
    {"earliest": EARLIEST_YEAR, "latest": LATEST_YEAR},
)
_CONTRADICTION = Message(
    "contradiction",
    N_("The file gives this company, indicator and year two different values. Keep the right one."),
)
_REPEATED = Message(
    "repeated-row", N_("The row says the same as an earlier one and was counted once."), severity="warning"
)
_ZERO = Message(
    "reported-zero",
    N_(
        "A zero was reported. If the figure was not disclosed, delete the row: a zero counts as nothing emitted."
    ),
    severity="warning",
)


@dataclass(frozen=True)
class CheckedTotals:
    """Rows that can be taken, and everything noticed."""

    read: ReadFile
    rows: pl.DataFrame
    findings: Findings
    rows_read: int
    rows_repeated: int

    @property
    def rows_wrong(self) -> int:
        """How many rows hold an error."""
        return self.findings.wrong_rows().height


def holds_totals(read: ReadFile) -> bool:
    """Whether the file's headings are those of reported totals rather than of activities."""
    required = {column.id for column in totals_columns().values() if column.required}
    activity = {"source", "period", "amount"}
    for sheet in read.sheets:
        means = {totals_column(heading) for heading in sheet.headings}
        if required <= means and not activity <= {activity_column(heading) for heading in sheet.headings}:
            return True
    return False


def check_totals(read: ReadFile) -> CheckedTotals:
    """Check every row; one with an error is kept out and named."""
    findings = Findings(sheets=[sheet.name for sheet in read.sheets], general=list(read.findings))
    parts, rows_read = [], 0
    for index, sheet in enumerate(read.sheets):
        cells = named_columns(sheet, totals_columns(), totals_column, findings, index)
        rows_read += sheet.frame.height if cells is None else cells.height
        if cells is not None:
            parts.append(_checked(cells, sheet, findings, index))
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=ROWS)
    kept = _without_twins(rows, findings)
    return CheckedTotals(
        read, kept, findings, rows_read, rows.height - kept.height - _contradicting(rows).height
    )


def _checked(cells: pl.DataFrame, sheet: Sheet, findings: Findings, index: int) -> pl.DataFrame:
    for name in ("company", "indicator", "year", "value"):
        empty = cells.filter(pl.col(name).is_null())
        findings.add(_MISSING, sheet=index, rows=empty["row"], column=name, values=None)
    if "unit" not in cells.columns:
        cells = cells.with_columns(pl.lit(None, dtype=pl.String).alias("unit"))
    cells = _indicators(cells, findings, index)
    cells = _years(cells, findings, index)
    cells = read_amounts(cells, "value", findings, index, semicolons=sheet.semicolons)
    zero = cells.filter(pl.col("value") == 0)
    findings.add(
        _ZERO,
        sheet=index,
        rows=zero["row"],
        column="value",
        values=pl.Series(["0"] * zero.height, dtype=pl.String),
    )
    wrong = findings.wrong_rows().filter(pl.col("sheet") == index)["row"]
    customary = {id_: indicator.unit for id_, indicator in indicators().items()}
    return cells.filter(~pl.col("row").is_in(wrong.implode())).select(
        pl.lit(index, dtype=pl.Int32).alias("sheet"),
        "row",
        pl.col("company").str.normalize("NFKC"),
        "indicator",
        "year",
        "value",
        pl.coalesce("unit", pl.col("indicator").replace_strict(customary, default="")).alias("unit"),
        pl.col("unit").is_null().alias("unit_assumed"),
    )


def _indicators(cells: pl.DataFrame, findings: Findings, index: int) -> pl.DataFrame:
    words = cells["indicator"].drop_nulls().unique(maintain_order=True).to_list()
    known = {word: indicator_from_text(word) for word in words}
    message = Message(_INDICATOR.code, _INDICATOR.template, {"known": ", ".join(indicators())})
    say(
        cells, "indicator", {word: message for word, found in known.items() if found is None}, findings, index
    )
    return cells.with_columns(pl.col("indicator").replace_strict(known, default=None, return_dtype=pl.String))


def _years(cells: pl.DataFrame, findings: Findings, index: int) -> pl.DataFrame:
    words = cells["year"].drop_nulls().unique(maintain_order=True).to_list()
    known = {word: _year(word) for word in words}
    say(cells, "year", {word: _YEAR for word, found in known.items() if found is None}, findings, index)
    return cells.with_columns(pl.col("year").replace_strict(known, default=None, return_dtype=pl.Int16))


def _year(text: str) -> int | None:
    match = re.fullmatch(r"(\d{4})(?:\.0+)?年?度?", unicodedata.normalize("NFKC", text), re.ASCII)
    year = int(match[1]) if match else 0
    return year if EARLIEST_YEAR <= year <= LATEST_YEAR else None


def _contradicting(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("value").n_unique().over(_SAME) > 1)


def _without_twins(rows: pl.DataFrame, findings: Findings) -> pl.DataFrame:
    contradicting = _contradicting(rows)
    agreeing = rows.join(contradicting, on=["sheet", "row"], how="anti", maintain_order="left")
    first = agreeing.select(pl.struct(_SAME).is_first_distinct()).to_series()
    for message, told in ((_CONTRADICTION, contradicting), (_REPEATED, agreeing.filter(~first))):
        for (sheet,), part in told.partition_by("sheet", as_dict=True).items():
            findings.add(
                message,
                sheet=int(sheet),
                rows=part["row"],
                column="value",
                values=part["value"].cast(pl.String),
            )
    return agreeing.filter(first)
