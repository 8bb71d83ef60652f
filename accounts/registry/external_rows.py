"""Public issuance and retirement records of other registries, row by row, checked without a database.

A row is an issuance; with a date or status of retirement it is a use too. Within a file no number may be issued or
used up twice, nothing used up that the file shows as never issued, and no vintage issued beyond its stated total.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Literal

from accounts.registry.external_serials import ExternalSerial, parse_external, tidy
from carbon.errors import N_, Finding, Problem

Kind = Literal["issued", "retired", "cancelled"]


@dataclass(frozen=True)
class Table:
    """A sheet of text as read: headings, and rows below them; `first_row` is what a person sees for the first."""

    sheet: str | None
    headings: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    first_row: int


@dataclass(frozen=True)
class Record:
    """One range of one row, of one kind; the quantity is that of the range."""

    kind: Kind
    serial: ExternalSerial
    quantity: int
    project_code: str
    project_name: str
    vintage: str
    country: str
    dated_on: date | None
    beneficiary: str
    reason: str
    sheet: str | None
    row: int
    vintage_total: int | None = None


@dataclass
class Checked:
    """What a file yields: records that may be kept, and what is wrong, each with its place."""

    records: list[Record] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0


@cache
def columns() -> dict[str, dict[str, Any]]:
    """The logical columns with their names and headings."""
    text = resources.files("accounts.registry").joinpath("external_columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _by_heading() -> dict[str, str]:
    return {_plain(heading): name for name, entry in columns().items() for heading in entry["headings"]}


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "", tidy(heading).lower())


def looks_like_records(headings: Sequence[str]) -> bool:
    """Whether a table can be one of records: it has a serial."""
    return "serial" in named(headings) or "serial_first" in named(headings)


def named(headings: Sequence[str]) -> dict[str, int]:
    """Which column is what, by heading; the first that fits."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = _by_heading().get(_plain(heading or ""))
        if name is not None:
            found.setdefault(name, place)
    return found


def check_records(tables: Sequence[Table], *, kind: Kind | None = None) -> Checked:
    """Read and check every row; `kind` says what all rows are, where the file itself does not say.

    Raises:
        Problem: no table with serial numbers.
    """
    checked = Checked()
    usable = [table for table in tables if looks_like_records(table.headings)]
    if not usable:
        raise Problem(
            N_(
                "No table with serial numbers was found. The file needs a heading such as Serial Number and a quantity; "
                "take the register's own export."
            ),
            at="file",
        )
    for table in usable:
        _Reader(table, kind, checked).read()
    _Batchwise(checked).check()
    return checked


class _Reader:
    """One table on its way to records."""

    def __init__(self, table: Table, kind: Kind | None, checked: Checked) -> None:
        self.table, self.kind, self.checked = table, kind, checked
        self.place = named(table.headings)
        self.order = self._day_order()
        words = _plain(" ".join(table.headings)) + _plain(table.sheet or "")
        self.uses = any(word in words for word in ("retire", "cancel", "注销"))

    def read(self) -> None:
        for index, row in enumerate(self.table.rows):
            if any((cell or "").strip() for cell in row):
                self.checked.rows += 1
                self._row(row, self.table.first_row + index)

    def _cell(self, row: Sequence[str | None], name: str) -> str:
        place = self.place.get(name)
        return tidy(row[place] or "") if place is not None and place < len(row) else ""

    def _say(self, code: str, template: str, number: int, column: str, value: str, **values: Any) -> None:
        place = self.place.get(column)
        heading = self.table.headings[place] if place is not None else columns()[column]["en"]
        self.checked.findings.append(
            Finding(code, template, values, "error", self.table.sheet, number, heading, value[:200])
        )

    def _row(self, row: Sequence[str | None], number: int) -> None:
        serials = self._serials(row, number)
        if serials is None:
            return
        sizes = [serial.size for serial in serials]
        ranged = sum(size for size in sizes if size is not None)
        stated = self._quantity(row, number, needed=None in sizes)
        if stated is None and self._cell(row, "quantity"):
            return
        if stated is not None and None not in sizes and stated != ranged:
            self._say(
                "quantity-differs",
                N_(
                    "The serial counts {counted} units and the quantity says {stated}; correct whichever is wrong."
                ),
                number,
                "quantity",
                self._cell(row, "quantity"),
                counted=ranged,
                stated=stated,
            )
            return
        kinds = self._kinds(row, number)
        if kinds is None:
            return
        for serial in serials:
            for kind, day in kinds:
                self.checked.records.append(self._record(row, number, serial, kind, day, stated))

    def _record(
        self,
        row: Sequence[str | None],
        number: int,
        serial: ExternalSerial,
        kind: Kind,
        day: date | None,
        stated: int | None,
    ) -> Record:
        used = kind != "issued"
        return Record(
            kind=kind,
            serial=serial,
            quantity=serial.size if serial.size is not None else stated or 0,
            project_code=self._cell(row, "project_code")[:60] or serial.project_code,
            project_name=self._cell(row, "project_name")[:300],
            vintage=(serial.vintage or self._cell(row, "vintage"))[:40],
            country=self._cell(row, "country")[:60] or serial.country,
            dated_on=day,
            beneficiary=self._cell(row, "beneficiary")[:500] if used else "",
            reason=self._cell(row, "reason")[:500] if used else "",
            sheet=self.table.sheet,
            row=number,
            vintage_total=self._whole(row, "vintage_total"),
        )

    def _whole(self, row: Sequence[str | None], name: str) -> int | None:
        """A whole number where there is one; what else stands there is not needed."""
        found = re.fullmatch(r"(\d{1,3}(?:[, ]\d{3})+|\d{1,15})(?:\.0+)?", self._cell(row, name))
        return int(re.sub(r"\D", "", found.group(1))) if found else None

    def _serials(self, row: Sequence[str | None], number: int) -> list[ExternalSerial] | None:
        column, place = "serial", self.place.get("serial")
        raw = (row[place] or "") if place is not None and place < len(row) else ""
        if not raw.strip() and "serial_first" in self.place:
            column = "serial_first"
            raw = f"{self._cell(row, 'serial_first')} - {self._cell(row, 'serial_last')}"
        if not raw.strip(" -"):
            self._say(
                "serial-missing",
                N_("There is no serial number; give it as the register writes it."),
                number,
                column,
                "",
            )
            return None
        try:
            return [parse_external(part) for part in re.split(r"[;\n]+", raw) if part.strip()]
        except Problem as problem:
            self._say("serial-unknown", problem.template, number, column, raw, **problem.values)
            return None

    def _quantity(self, row: Sequence[str | None], number: int, *, needed: bool) -> int | None:
        text = self._cell(row, "quantity")
        if not text and not needed:
            return None
        number_of_units = self._whole(row, "quantity")
        if not number_of_units:
            self._say(
                "quantity-wrong",
                N_(
                    "The quantity is not a whole number of units above zero; write it with the digits 0 to 9."
                ),
                number,
                "quantity",
                text,
            )
            return None
        return number_of_units

    def _kinds(self, row: Sequence[str | None], number: int) -> list[tuple[Kind, date | None]] | None:
        """What the row tells: an issuance, a use, or both, each with its day; None when a day cannot be read."""
        issued_on = self._day(row, number, "issued_on")
        used_on = self._day(row, number, "retired_on")
        dated_on = self._day(row, number, "dated_on")
        if False in (issued_on, used_on, dated_on):
            return None
        days = {"issued": issued_on or dated_on or None, "used": used_on or dated_on or None}
        use = self._use(_plain(self._cell(row, "status")), used_on=bool(used_on))
        both = use is not None and "issued_on" in self.place and self.kind is None
        told: list[tuple[Kind, date | None]] = []
        if use is None or both:
            told.append(("issued", days["issued"] or None))
        if use is not None:
            told.append((use, days["used"] or None))
        return told

    def _use(self, status: str, *, used_on: bool) -> Kind | None:
        """Whether the row is of units used up: its status says so, its day of use, or the whole file."""
        if "cancel" in status or self.kind == "cancelled":
            return "cancelled"
        told = "retire" in status or "注销" in status or self.kind == "retired" or used_on
        alone = not status and self.kind is None and self.uses and "retired_on" not in self.place
        return "retired" if told or alone else None

    def _day(self, row: Sequence[str | None], number: int, column: str) -> date | Literal[False] | None:
        text = self._cell(row, column)
        if not text or text in {"-", "N/A", "n/a"}:
            return None
        day = read_day(text, self.order)
        if day is None:
            self._say(
                "day-wrong",
                N_("This is not a day that can be read for sure; write it like 2025-03-31."),
                number,
                column,
                text,
            )
            return False
        return day

    def _day_order(self) -> str:
        """Whether 03/04/2021 is 3 April or 4 March: what the file's other days prove, else as the register writes."""
        for name in ("issued_on", "retired_on", "dated_on", "vintage"):
            place = self.place.get(name)
            for row in self.table.rows if place is not None else ():
                cell = row[place] if place is not None and place < len(row) else None
                found = re.match(r"(\d{1,2})[/.](\d{1,2})[/.]\d{4}", tidy(cell or ""))
                if found and int(found.group(1)) > 12:
                    return "dmy"
                if found and int(found.group(2)) > 12:
                    return "mdy"
        place = self.place.get("serial")
        starts = {
            (row[place] or "")[:3] for row in self.table.rows[:50] if place is not None and place < len(row)
        }
        return "mdy" if starts & {"CAR", "ACR"} else "dmy"


_FORMATS: tuple[str, ...] = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y%m%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%B %d, %Y",
)
_FORMATS += ("%d-%b-%y", "%d %B %Y", "%b %d %Y")


def read_day(text: str, order: str) -> date | None:
    """A day as registers write it; with `order` dmy or mdy for those of figures alone."""
    plain = re.sub(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?( ?Z| ?GMT| ?UTC)?$", "", text.strip())
    figures = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", plain)
    if figures:
        one, two, year = (int(part) for part in figures.groups())
        month, day = (two, one) if order == "dmy" else (one, two)
        try:
            return date(year, month, day)
        except ValueError:
            return None
    for form in _FORMATS:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


class _Batchwise:
    """Checks over all rows of a file: twice the same, overlaps, more used up than issued, more than the vintage."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked

    def check(self) -> None:
        kept = list(self._once(self.checked.records))
        kept = self._apart(kept, issued=True)
        kept = self._apart(kept, issued=False)
        self.checked.records = self._conserved(self._within_vintages(kept))

    def _say(self, code: str, template: str, record: Record, **values: Any) -> None:
        self.checked.findings.append(
            Finding(
                code,
                template,
                values,
                "error",
                record.sheet,
                record.row,
                columns()["serial"]["en"],
                record.serial.text,
            )
        )

    def _once(self, records: Sequence[Record]) -> Iterator[Record]:
        seen: dict[tuple[str, str], Record] = {}
        for record in records:
            first = seen.setdefault((record.serial.text, record.kind), record)
            if first is record:
                yield record
            else:
                self._say(
                    "serial-twice",
                    N_("This row says the same as row {row}: {kind} once is enough; take one of them out."),
                    record,
                    row=first.row,
                    kind=record.kind,
                )

    def _apart(self, records: list[Record], *, issued: bool) -> list[Record]:
        """Those of one kind whose ranges meet none before; of two that meet, the later row is refused."""
        mine = [
            each for each in records if (each.kind == "issued") == issued and each.serial.first is not None
        ]
        refused: set[int] = set()
        lines: dict[str, list[Record]] = {}
        for each in mine:
            lines.setdefault(each.serial.line, []).append(each)
        for those in lines.values():
            ranges = sorted(those, key=lambda each: (each.serial.first or 0, each.serial.last or 0))
            reach: Record | None = None
            for each in ranges:
                if reach is not None and (each.serial.first or 0) <= (reach.serial.last or 0):
                    late, early = (each, reach) if (each.row, 1) > (reach.row, 0) else (reach, each)
                    refused.add(id(late))
                    self._say(
                        "numbers-overlap",
                        N_(
                            "Its numbers overlap {other} of row {row}: no number is {kind} twice; compare both with the register."
                        ),
                        late,
                        other=early.serial.text,
                        row=early.row,
                        kind=late.kind,
                    )
                    reach = early if late is reach else reach
                further = reach is None or (each.serial.last or 0) > (reach.serial.last or 0)
                if further and id(each) not in refused:
                    reach = each
        return [each for each in records if id(each) not in refused]

    def _within_vintages(self, records: list[Record]) -> list[Record]:
        """Without what goes beyond the total its own rows state for the project and vintage."""
        issued: dict[tuple[str, str, str], int] = {}
        refused_rows: set[tuple[str | None, int]] = set()
        for each in records:
            if each.kind == "issued" and each.vintage_total is not None:
                at = (each.serial.registry, each.project_code, each.vintage)
                issued[at] = issued.get(at, 0) + each.quantity
                if issued[at] > each.vintage_total:
                    refused_rows.add((each.sheet, each.row))
                    self._say(
                        "more-than-vintage",
                        N_(
                            "With this row {sum} units of the vintage are issued, more than its stated total {total}."
                        ),
                        each,
                        sum=issued[at],
                        total=each.vintage_total,
                    )
        return [each for each in records if (each.sheet, each.row) not in refused_rows]

    def _conserved(self, records: list[Record]) -> list[Record]:
        """Without what was used up but, by this very file, never issued."""
        issued: dict[str, list[tuple[int, int]]] = {}
        totals: dict[str, int] = {}
        for each in records:
            if each.kind == "issued" and each.serial.first is not None and each.serial.last is not None:
                issued.setdefault(each.serial.line, []).append((each.serial.first, each.serial.last))
            elif each.kind == "issued":
                totals[each.serial.line] = totals.get(each.serial.line, 0) + each.quantity
        used: dict[str, int] = {}
        kept = []
        for each in records:
            if each.kind != "issued" and not self._was_issued(each, issued, totals, used):
                self._say(
                    "never-issued",
                    N_(
                        "Some of these numbers were used up but never issued in this file's batch; compare with the register."
                    ),
                    each,
                )
                continue
            kept.append(each)
        return kept

    def _was_issued(
        self,
        record: Record,
        issued: dict[str, list[tuple[int, int]]],
        totals: dict[str, int],
        used: dict[str, int],
    ) -> bool:
        line = record.serial.line
        if record.serial.first is None:
            used[line] = used.get(line, 0) + record.quantity
            return line not in totals or used[line] <= totals[line]
        if line not in issued or record.serial.last is None:
            return True
        return covered(record.serial.first, record.serial.last, issued[line])


def covered(first: int, last: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether every number from first to last lies in one of the ranges."""
    return not uncovered(first, last, ranges)


def uncovered(first: int, last: int, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of first to last when the ranges are taken out."""
    left, at = [], first
    for low, high in sorted(ranges):
        if high < at:
            continue
        if low > last:
            break
        if low > at:
            left.append((at, low - 1))
        at = max(at, high + 1)
    if at <= last:
        left.append((at, last))
    return left
