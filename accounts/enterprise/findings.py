"""What was noticed in a file, kept as columns so that a million wrong rows cost no more than a million rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from carbon.errors import Finding, Problem

SHOWN_VALUE_CHARACTERS = 200

_SCHEMA = {
    "sheet": pl.Int32,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "message": pl.Int32,
}


@dataclass(frozen=True)
class Message:
    """What is the matter, the same for every cell it is said of; `{value}` is filled from the cell."""

    code: str
    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"

    @classmethod
    def of(cls, problem: Problem, *, code: str | None = None, severity: str = "error") -> "Message":
        """The message of a problem found in a cell."""
        return cls(code or problem.code, problem.template, problem.values, severity)

    def finding(self, **place: Any) -> Finding:
        """The message at its place; the cell's text fills `{value}` unless the message brings its own."""
        shown = {"value": place["value"]} if place.get("value") is not None else {}
        return Finding(self.code, self.template, {**shown, **self.values}, self.severity, **place)


@dataclass
class Findings:
    """Messages and the cells they are said of."""

    sheets: list[str | None] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    general: list[Finding] = field(default_factory=list)
    _parts: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self, message: Message, *, sheet: int, rows: pl.Series, column: str | None, values: pl.Series | None
    ) -> None:
        """Say `message` of the cells of `column` in `rows` (spreadsheet numbers)."""
        if len(rows) == 0:
            return
        self.messages.append(message)
        shown = pl.Series([None] * len(rows), dtype=pl.String) if values is None else values
        self._parts.append(
            pl.DataFrame(
                {
                    "sheet": pl.repeat(sheet, len(rows), dtype=pl.Int32, eager=True),
                    "row": rows.cast(pl.Int64),
                    "column": pl.repeat(column, len(rows), dtype=pl.String, eager=True),
                    "value": shown.cast(pl.String).str.slice(0, SHOWN_VALUE_CHARACTERS),
                    "message": pl.repeat(len(self.messages) - 1, len(rows), dtype=pl.Int32, eager=True),
                },
                schema=_SCHEMA,
            )
        )

    def add_joined(self, cells: pl.DataFrame, messages: Iterable[Message], *, sheet: int) -> None:
        """Add cells with the columns row, column, value and message, an index into `messages`."""
        start = len(self.messages)
        self.messages += messages
        self._parts.append(
            cells.select(
                pl.lit(sheet, dtype=pl.Int32).alias("sheet"),
                pl.col("row").cast(pl.Int64),
                pl.col("column").cast(pl.String),
                pl.col("value").cast(pl.String).str.slice(0, SHOWN_VALUE_CHARACTERS),
                (pl.col("message") + start).cast(pl.Int32).alias("message"),
            )
        )

    def frame(self) -> pl.DataFrame:
        """All cells, in the order of the file, with code and severity."""
        cells = pl.concat(self._parts) if self._parts else pl.DataFrame(schema=_SCHEMA)
        table = pl.DataFrame(
            {
                "message": range(len(self.messages)),
                "code": [message.code for message in self.messages],
                "severity": [message.severity for message in self.messages],
            },
            schema={"message": pl.Int32, "code": pl.String, "severity": pl.String},
        )
        return cells.join(table, on="message", how="left").sort("sheet", "row", maintain_order=True)

    def wrong_rows(self) -> pl.DataFrame:
        """The distinct (sheet, row) that hold an error."""
        return self.frame().filter(pl.col("severity") == "error").select("sheet", "row").unique()

    def count(self, severity: str) -> int:
        """How many findings have this severity."""
        general = sum(finding.severity == severity for finding in self.general)
        return general + self.frame().filter(pl.col("severity") == severity).height

    def listed(self, limit: int | None = None) -> list[Finding]:
        """Findings to show, those of the file as a whole first, then in the order of rows."""
        found = list(self.general)
        cells = self.frame()
        shown = cells if limit is None else cells.head(max(limit - len(found), 0))
        found.extend(self._finding(cell) for cell in shown.iter_rows(named=True))
        return found if limit is None else found[:limit]

    def _finding(self, cell: Mapping[str, Any]) -> Finding:
        message: Message = self.messages[cell["message"]]
        return message.finding(
            sheet=self.sheets[cell["sheet"]], row=cell["row"], column=cell["column"], value=cell["value"]
        )
