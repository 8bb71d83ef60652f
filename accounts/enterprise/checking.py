"""Checking an activity file, column by column: what can be computed, what cannot and why. Needs no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from accounts.enterprise.cells import AMOUNT, named_columns, read_amounts
from accounts.enterprise.columns import activity_column, activity_columns, recognised
from accounts.enterprise.emissions import Int64s, largest_amount
from accounts.enterprise.findings import Findings, Message
from accounts.enterprise.resolving import PRODUCT, WORD_COLUMNS, Defaults, Resolution, Resolved, resolve
from accounts.enterprise.sheets import ReadFile, Sheet
from accounts.factors.own_values import Known
from carbon.errors import N_, Finding
from methodologies.accounting.activity import FACTOR_CODE
from methodologies.accounting.catalogue import SOURCES

NOTATION_KEYS = ("NO", "NE", "IE", "C")
_NOTATIONS = [
    "".join(letters) for key in NOTATION_KEYS for letters in product(*((one, one.lower()) for one in key))
]
"""In small letters and capitals, however mixed."""
QUALITIES = {"measured": 0, "calculated": 1, "estimated": 2}
QUALITY_NAMES = ("实测", "计算", "估算")
"""What the template offers, in the order of their numbers."""
_QUALITY_WORDS = {
    "measured": ("measured", "实测", "實測", "监测", "计量"),
    "calculated": ("calculated", "计算", "計算", "核算"),
    "estimated": ("estimated", "估算", "估計", "估计", "estimate"),
}

ROWS: dict[str, pl.DataType | type[pl.DataType]] = {
    "sheet": pl.Int32,
    "row": pl.Int64,
    "resolved": pl.Int32,
    "facility": pl.String,
    "amount": AMOUNT,
    "quality": pl.Int8,
    "reference": pl.String,
    "note": pl.String,
}
"""Columns of accepted rows; `resolved` points into `CheckedActivities.resolved`."""


@dataclass(frozen=True)
class CheckedActivities:
    """Rows that can be computed, lines with a notation key, and everything that was noticed."""

    read: ReadFile
    rows: pl.DataFrame
    gaps: pl.DataFrame
    resolved: tuple[Resolved, ...]
    findings: Findings
    rows_read: int
    rows_repeated: int = 0

    @property
    def rows_wrong(self) -> int:
        """How many rows hold an error."""
        return self.findings.wrong_rows().height

    @property
    def has_errors(self) -> bool:
        """Whether any row, sheet or heading is wrong."""
        return self.findings.count("error") > 0


def check_activities(
    read: ReadFile, *, guide: str | None = None, region: str | None = None, factors: Known | None = None
) -> CheckedActivities:
    """Check every row; `guide` and `region` hold where a row says nothing, `factors` are those rows may name by code.

    A row with an error is kept out, named, and never stops another row.
    """
    defaults = Defaults(region or Defaults.region, guide or "", factors or {})
    findings = Findings(sheets=[sheet.name for sheet in read.sheets], general=list(read.findings))
    check = _Check(defaults, findings)
    for index, sheet in enumerate(read.sheets):
        if len(read.sheets) > 1 and recognised(sheet.headings) < 2:
            findings.general.append(_no_data(sheet))
        else:
            check.sheet(index, sheet)
    if check.rows_read == 0 and not any(finding.severity == "error" for finding in findings.general):
        findings.general.append(_no_rows())
    rows = _concatenated(check.rows)
    named = _with_kind(rows, check.resolved)
    repeated = _repeated(named)
    _say_repeated(named, repeated, findings)
    return CheckedActivities(
        read=read,
        rows=rows.filter(~repeated) if repeated.any() else rows,
        gaps=_concatenated(check.gaps, {"notation": pl.String}),
        resolved=tuple(check.resolved),
        findings=findings,
        rows_read=check.rows_read,
        rows_repeated=int(repeated.sum()),
    )


def _concatenated(
    parts: Sequence[pl.DataFrame], more: dict[str, pl.DataType | type[pl.DataType]] | None = None
) -> pl.DataFrame:
    return pl.concat(parts) if parts else pl.DataFrame(schema={**ROWS, **(more or {})})


def _no_data(sheet: Sheet) -> Finding:
    template = N_("The sheet has no headings of an activity table and was left out.")
    return Finding("not-a-table", template, severity="warning", sheet=sheet.name)


def _no_rows() -> Finding:
    return Finding(
        "no-rows", N_("The file has headings but no row of data. Fill in rows and upload it again.")
    )


def numbered(cells: pl.DataFrame, names: Sequence[str]) -> tuple[pl.Series, pl.DataFrame]:
    """Each row's number of its combination of texts, and the combinations in the order they first appear.

    Column by column the texts become small numbers, which are combined: texts of many columns are never compared at once.
    """
    number, count = np.zeros(cells.height, dtype=np.int64), 1
    for name in names:
        # Categories of its own, so that no words of one file outlive it.
        coded = cells[name].cast(pl.Categorical(pl.Categories.random()))
        codes = coded.to_physical().cast(pl.Int64).fill_null(-1).to_numpy() + 1
        size = int(codes.max(initial=0)) + 1
        number, count = _closed_up(number * size + codes, count * size)
    firsts = np.full(count, -1)
    firsts[number[::-1]] = np.arange(cells.height)[::-1]
    return pl.Series(number, dtype=pl.Int32), cells[firsts].select(names)


_MOST_ROOM = 10_000_000


def _closed_up(numbers: Int64s, size: int) -> tuple[Int64s, int]:
    """The same numbers without gaps, in the order they first appear; and how many there are."""
    if size > _MOST_ROOM:
        distinct, numbers = np.unique(numbers, return_inverse=True)
        size = len(distinct)
    first = np.full(size, -1)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    there = np.flatnonzero(first >= 0)
    place = np.zeros(size, dtype=np.int64)
    place[there[np.argsort(first[there])]] = np.arange(len(there))
    return place[numbers], len(there)


class _Check:
    """The sheets of one file, one after another; keys are shared among them."""

    def __init__(self, defaults: Defaults, findings: Findings) -> None:
        self.defaults = defaults
        self.findings = findings
        self.resolved: list[Resolved] = []
        self.rows: list[pl.DataFrame] = []
        self.gaps: list[pl.DataFrame] = []
        self.rows_read = 0

    def sheet(self, index: int, sheet: Sheet) -> None:
        wrong_before = self.findings.count("error")
        cells = named_columns(sheet, activity_columns(), activity_column, self.findings, index)
        if cells is None:
            self.rows_read += sheet.frame.height
            return
        self.rows_read += cells.height
        for name in ("facility", "quality", "reference", "note"):
            if name not in cells.columns:
                cells = cells.with_columns(pl.lit(None, dtype=pl.String).alias(name))
        cells = self._quality(cells, index)
        notation = pl.col("amount").is_in(_NOTATIONS)
        gaps = cells.filter(notation).with_columns(pl.col("amount").str.to_uppercase().alias("notation"))
        cells = cells.filter(notation.fill_null(value=False).not_()) if gaps.height else cells
        self._keep(self._amounts(cells, index, sheet), index, wrong_before, with_amount=True)
        self._keep(
            gaps.with_columns(pl.lit(None, dtype=AMOUNT).alias("amount")),
            index,
            wrong_before,
            with_amount=False,
        )

    def _amounts(self, cells: pl.DataFrame, index: int, sheet: Sheet) -> pl.DataFrame:
        blank = cells.filter(pl.col("amount").is_null())
        self.findings.add(_BLANK_AMOUNT, sheet=index, rows=blank["row"], column="amount", values=None)
        return read_amounts(cells, "amount", self.findings, index, semicolons=sheet.semicolons)

    def _quality(self, cells: pl.DataFrame, index: int) -> pl.DataFrame:
        if cells["quality"].null_count() == cells.height:
            return cells.with_columns(pl.lit(QUALITIES["calculated"], dtype=pl.Int8).alias("quality"))
        words = {
            word: QUALITIES[quality] for quality, spellings in _QUALITY_WORDS.items() for word in spellings
        }
        read = cells["quality"].str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Int8)
        unknown = cells.filter(read.is_null() & pl.col("quality").is_not_null())
        self.findings.add(
            _QUALITY_UNKNOWN, sheet=index, rows=unknown["row"], column="quality", values=unknown["quality"]
        )
        return cells.with_columns(read.fill_null(QUALITIES["calculated"]).alias("quality"))

    def _keep(self, cells: pl.DataFrame, index: int, wrong_before: int, *, with_amount: bool) -> None:
        if cells.height == 0:
            return
        cells = self._resolve(cells, index, with_amount=with_amount)
        if self.findings.count("error") > wrong_before:
            wrong = self.findings.wrong_rows().filter(pl.col("sheet") == index)["row"]
            cells = cells.filter(~pl.col("row").is_in(wrong.implode()))
        kept = cells.with_columns(
            pl.lit(index, dtype=pl.Int32).alias("sheet"),
            pl.col("facility").str.normalize("NFKC")
            if cells["facility"].null_count() < cells.height
            else pl.col("facility"),
        )
        if with_amount:
            self.rows.append(kept.select(*ROWS))
        else:
            self.gaps.append(kept.select(*ROWS, "notation"))

    def _resolve(self, cells: pl.DataFrame, index: int, *, with_amount: bool) -> pl.DataFrame:
        """Resolve each distinct combination of words once and give every row the number of its own."""
        options = [name for name, column in activity_columns().items() if column.option]
        names = [name for name in (*WORD_COLUMNS, *options) if name in cells.columns]
        if FACTOR_CODE in cells.columns and cells[FACTOR_CODE].null_count() < cells.height:
            names += [FACTOR_CODE, "facility"]
        combination, combinations = numbered(cells, names)
        resolutions = [
            resolve(words, self.defaults, with_amount=with_amount)
            for words in combinations.iter_rows(named=True)
        ]
        numbers = []
        for resolution in resolutions:
            numbers.append(len(self.resolved) if resolution.resolved else None)
            if resolution.resolved:
                self.resolved.append(resolution.resolved)
        joined = cells.with_columns(
            pl.Series("resolved", numbers, dtype=pl.Int32).gather(combination),
            combination.alias("combination"),
        )
        self._say(joined, resolutions, index)
        if with_amount:
            self._refuse_immense(joined, index)
        return joined

    def _refuse_immense(self, cells: pl.DataFrame, index: int) -> None:
        """Refuse amounts whose milligrams would not fit 64 bits: 9.2 billion tonnes of a gas."""
        limits = [
            largest_amount(entry.coefficient.mg_per_unit) if entry.coefficient else None
            for entry in self.resolved
        ]
        most = pl.Series(
            [10**15 if limit is None else min(int(limit), 10**15) for limit in limits], dtype=pl.Int64
        )
        if all(limit >= 10**15 for limit in most):
            return
        immense = cells.filter(pl.col("amount") > most.gather(cells["resolved"]))
        self.findings.add(
            _IMMENSE, sheet=index, rows=immense["row"], column="amount", values=immense["amount"]
        )

    def _say(self, cells: pl.DataFrame, resolutions: Sequence[Resolution], index: int) -> None:
        said = [
            (number, column, message)
            for number, resolution in enumerate(resolutions)
            for column, message in resolution.said
        ]
        for column in dict.fromkeys(column for _, column, _ in said):
            here = [(number, message) for number, about, message in said if about == column]
            table = pl.DataFrame(
                {"combination": [number for number, _ in here], "message": range(len(here))},
                schema={"combination": pl.Int32, "message": pl.Int32},
            )
            value = pl.col(column) if column in cells.columns else pl.lit(None, dtype=pl.String)
            told = cells.select("row", "combination", value.alias("value")).join(
                table, on="combination", how="inner"
            )
            told = told.with_columns(pl.lit(column).alias("column"))
            self.findings.add_joined(told, [message for _, message in here], sheet=index)


_BLANK_AMOUNT = Message(
    "amount-missing",
    N_(
        "The amount is empty. Give it, or say why there is none: NO (not occurring), NE (not estimated), "
        "IE (included elsewhere), C (confidential)."
    ),
)
_IMMENSE = Message(
    "amount", N_("{value} would emit more than 9 billion tonnes. Check the number and its unit.")
)
_QUALITY_UNKNOWN = Message(
    "quality", N_("{value} is not known here. Write 实测 (measured), 计算 (calculated) or 估算 (estimated).")
)

SAME = ("kind", "facility", "amount", "reference", "note")
"""Two rows of a file with the same of these are one row written twice; `kind` is what its words say, whichever method
counts the power."""


def _with_kind(rows: pl.DataFrame, resolved: Sequence[Resolved]) -> pl.DataFrame:
    numbers: dict[tuple[object, ...], int] = {}
    said = [(*activity_kind(entry), entry.key.overrides) for entry in resolved]
    kinds = [numbers.setdefault(kind, len(numbers)) for kind in said]
    return rows.with_columns(pl.Series(kinds, dtype=pl.Int32).gather(rows["resolved"]).alias("kind"))


def activity_kind(entry: Resolved) -> tuple[object, ...]:
    """What, with facility, amount and evidence, makes two rows the same activity.

    A choice (which manure system) or a year (of deposit) makes another activity; a measured value only says more
    exactly what the same activity emits.
    """
    key = entry.key
    options = SOURCES[key.source].options
    told = [
        (name, value)
        for name, value in key.overrides
        if name == PRODUCT or (name in options and (options[name].choices or name.endswith("_year")))
    ]
    return (key.month, entry.months, key.source, key.item, key.unit, *told)


def _repeated(rows: pl.DataFrame) -> pl.Series:
    if rows.height < 2:
        return pl.repeat(value=False, n=rows.height, eager=True)
    # A hash says of nearly all rows that no other is the same; only the rest are compared.
    digest = rows.select(pl.struct(SAME).hash()).to_series()
    alike = digest.is_duplicated().arg_true()
    repeated = pl.repeat(value=False, n=rows.height, eager=True)
    if len(alike):
        repeated = repeated.scatter(
            alike, ~rows[alike].select(pl.struct(SAME).is_first_distinct()).to_series()
        )
    return repeated


def _say_repeated(rows: pl.DataFrame, repeated: pl.Series, findings: Findings) -> None:
    if not repeated.any():
        return
    place = pl.struct("sheet", "row")
    firsts = rows.filter(~repeated).select(*SAME, place.alias("first"))
    told = rows.filter(repeated).join(firsts, on=SAME, how="left", nulls_equal=True, maintain_order="left")
    for (sheet,), part in told.partition_by("sheet", as_dict=True, maintain_order=True).items():
        cells = part.select("row", pl.col("first").struct.field("row").alias("first_row"))
        first_rows = cells["first_row"].unique(maintain_order=True)
        numbers = pl.DataFrame(
            {"first_row": first_rows, "message": pl.Series(range(len(first_rows)), dtype=pl.Int32)}
        )
        cells = cells.join(numbers, on="first_row", how="left").with_columns(
            pl.lit(None, dtype=pl.String).alias("column"), pl.lit(None, dtype=pl.String).alias("value")
        )
        messages = [Message("repeated-row", _REPEATED, {"first_row": row}, "warning") for row in first_rows]
        findings.add_joined(cells, messages, sheet=int(sheet))


_REPEATED = N_(
    "The row says the same as row {first_row} and was counted once. If both happened, give them different evidence numbers."
)
