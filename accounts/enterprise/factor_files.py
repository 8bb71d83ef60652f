"""A public factor table from a CSV or workbook into records: whichever known shape it has. Needs no database.

A blank is not zero: a factor without a value is refused, a gas without one is left out. What a row lacks or writes wrongly
is said with sheet, row, column, value and remedy; the other rows go on.
"""

import contextlib
import csv
import hashlib
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from accounts.enterprise.factor_mappings import NO_VALUE, Placed, best, folded, mappings
from accounts.enterprise.factor_units import FactorUnit, activity_unit, factor_unit
from accounts.enterprise.reading import shown_name
from accounts.enterprise.workbooks import raw_sheets
from accounts.factors.public_records import ReadRecord, ReadTable, Record
from carbon.errors import N_, Finding, Problem, TooLarge
from carbon.gases import gases
from carbon.rounding import plain
from methodologies.factors.places import REGIONS

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
_LONGEST_KEY = 300
_SPOILT_HAN = re.compile(r"(?<=[A-Za-z])[\u4e00-\u9fff](?=[A-Za-z ])")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def read_factor_table(name: str, content: bytes, *, mapping: str = "") -> ReadTable:
    """Every row of a factor table as a record, or what is wrong with it; `mapping` names the shape, else it is found.

    Raises:
        Problem, TooLarge: the file as a whole cannot be read, or has no known shape.
    """
    name = shown_name(name)
    if len(content) > MOST_BYTES:
        raise TooLarge(
            N_("{name} has more than {limit_mb} MB."), name=name, limit_mb=MOST_BYTES // 1024 // 1024
        )
    if not content.strip():
        raise Problem(N_("{name} is empty."), name=name, at="file")
    sheets = (
        raw_sheets(content, name)
        if content.startswith(b"PK\x03\x04")
        else [_delimited(content, name, mapping)]
    )
    rows: list[ReadRecord] = []
    shape = ""
    for sheet, cells in sheets:
        fit = best(cells, mapping)
        if fit is None:
            continue
        index, placed = fit
        shape = shape or placed.mapping.id
        rows += _merged(_Rows(placed, sheet).read(cells, index))
    if not shape:
        raise Problem(
            N_(
                "{name} has no headings of a factor table: at least a name or id, a unit and a value. Known shapes: {known}."
            ),
            name=name,
            known=", ".join(mappings()),
            at="file",
        )
    if len(rows) > MOST_ROWS:
        raise TooLarge(N_("{name} has more than {most} rows; split it."), name=name, most=MOST_ROWS)
    return ReadTable(name, hashlib.sha256(content).hexdigest(), len(content), shape, tuple(rows))


def _delimited(content: bytes, name: str, mapping: str) -> tuple[str | None, list[list[str]]]:
    """The cells of the reading whose headings fit best, over encodings and delimiters."""
    readings = []
    for rank, text in enumerate(_texts(content)):
        for delimiter in (",", ";", "\t"):
            fit = best(_first_rows(text, delimiter), mapping)
            spoilt = len(_SPOILT_HAN.findall(text[:200_000]))
            if fit:
                readings.append((fit[1].score - spoilt, -rank, delimiter, text))
    if not readings:
        return None, []
    _, _, delimiter, text = max(readings, key=lambda reading: reading[:2])
    try:
        return None, list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Problem(
            N_("{name} cannot be read as CSV: {reason}."), name=name, reason=str(error), at="file"
        ) from error


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # said where the whole is read, if this delimiter is the one
        rows.extend(
            itertools.islice(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter), 40)
        )
    return rows


def _texts(content: bytes) -> Iterator[str]:
    for codec in ("utf-8-sig", "utf-16", "gb18030", "cp1252", "latin-1", "big5"):
        if codec == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            yield text
            if codec == "utf-8-sig":
                return


class _Rows:
    """The rows of one sheet under their headings."""

    def __init__(self, placed: Placed, sheet: str | None) -> None:
        self.placed = placed
        self.shape = placed.mapping
        self.sheet = sheet
        self.found: list[Finding] = []

    def read(self, cells: Sequence[Sequence[str]], index: int) -> Iterator[ReadRecord]:
        for number, row in enumerate(cells[index + 1 :], start=index + 2):
            if not any(cell.strip() for cell in row) or not self._wanted(row):
                continue
            years = self.placed.years or {0: -1}
            for year, place in years.items():
                self.found = []
                record = self._record(row, number, year, place)
                if record or self.found:
                    yield ReadRecord(self.sheet, number, record, tuple(self.found))

    def _cell(self, row: Sequence[str], name: str) -> str:
        place = self.placed.places.get(name)
        return row[place].strip() if place is not None and place < len(row) and row[place] else ""

    def _wanted(self, row: Sequence[str]) -> bool:
        return all(folded(self._cell(row, name)) in words for name, words in self.shape.only.items())

    def _say(self, code: str, template: str, column: str, value: str, number: int, **values: object) -> None:
        self.found.append(
            Finding(
                code,
                template,
                {"value": value[:100], **values},
                sheet=self.sheet,
                row=number,
                column=column,
                value=value[:100],
            )
        )

    def _record(self, row: Sequence[str], number: int, year: int, place: int) -> Record | None:
        archived = folded(self._cell(row, "status")) in self.shape.archived_words
        parts = [self._cell(row, name) for name in self.shape.key if name in self.placed.places]
        key = " / ".join(part for part in (*parts, str(year) if year else "") if part)
        if not any(parts):
            self._say("factor-key", N_("The row names no record: fill in {columns}."), self.shape.key[0], "", number,
                      columns=", ".join(self.shape.key))  # fmt: skip
            return None
        if len(key) > _LONGEST_KEY:
            self._say(
                "factor-key",
                N_("{value} is too long for the name of a record."),
                self.shape.key[0],
                key,
                number,
            )
            return None
        unit = self._unit(row, number)
        masses = self._values(row, number, unit, place)
        if unit is None or self.found:
            return None
        if not masses and not archived:
            if place >= 0:
                return None  # a year without a value in a table of years: nothing is said of it, and nothing is zero
            self._say("factor-blank", N_("The value is blank, and a blank is not zero. Give the number, or take the row out."),
                      "value", "", number)  # fmt: skip
            return None
        return self._filled(row, number, key, unit.per, masses, archived, year or self._year(row))

    def _unit(self, row: Sequence[str], number: int) -> FactorUnit | None:
        told, per = self._cell(row, "unit"), self._cell(row, "uom")
        written = told or (
            "kgCO2e" if "gas" not in self.placed.places else self._cell(row, "gas") or "kgCO2e"
        )
        if self.shape.layout == "years" and not told:
            written = "gCO2e/kWh"
        found = factor_unit(written) or (
            factor_unit(f"kg{self._cell(row, 'gas')}/{written}") if told else None
        )
        if found is None:
            self._say(
                "factor-unit",
                N_("{value} is no unit of a factor. Write it as kgCO2e/kWh."),
                "unit",
                written,
                number,
            )
            return None
        try:
            return replace(found, per=activity_unit(found.per or per))
        except Problem as problem:
            self._say("factor-unit", problem.template, "unit", found.per or per, number, **problem.values)
            return None

    def _values(self, row: Sequence[str], number: int, unit: FactorUnit | None, place: int) -> dict[str, str]:
        """Kilograms of each gas; parts of a figure in CO2 equivalent keep their gas: CO2e:CH4."""
        masses: dict[str, str] = {}
        for gas, text in self._written(row, unit, place):
            value = self._number(text, gas, number)
            if value is not None and unit is not None:
                masses[gas] = plain(value * unit.kg)
        return masses

    def _written(self, row: Sequence[str], unit: FactorUnit | None, place: int) -> Iterator[tuple[str, str]]:
        if place >= 0:
            yield (unit.gas if unit and unit.gas else "CO2e"), row[place] if place < len(row) else ""
        elif self.shape.layout == "gases":
            for name in ("co2e", "co2", "ch4", "n2o"):
                yield {"co2e": "CO2e"}.get(name, name.upper()), self._cell(row, name)
                yield f"CO2e:{name.upper()}", self._cell(row, f"co2e_of_{name}")
        else:
            said = self._gas(self._cell(row, "gas"))
            gas = said or (unit.gas if unit else "") or "CO2e"
            gas = f"CO2e:{unit.part}" if unit and unit.part else gas
            yield gas, self._cell(row, "value")
            for name in ("co2", "ch4", "n2o", "co2e"):
                yield {"co2e": "CO2e"}.get(name, name.upper()), self._cell(row, name)

    def _gas(self, text: str) -> str:
        wanted = folded(text).replace(" ", "").replace("-", "")
        if wanted in {"co2e", "co2eq", "ghg", "二氧化碳当量"}:
            return "CO2e"
        for id_, gas in gases().items():
            if wanted and wanted in {
                id_.casefold(),
                folded(gas.name.zh),
                folded(gas.name.en).replace(" ", ""),
            }:
                return id_
        return ""

    def _number(self, text: str, column: str, number: int) -> Fraction | None:
        written = text.strip()
        if not written or folded(written) in NO_VALUE or written.casefold() in NO_VALUE:
            return None
        try:
            value = Decimal(_with_point(written, self.shape.decimal))
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value.adjusted()) > 15:
            self._say("factor-value", N_("{value} is not a number. Write digits with one mark before the decimals."),
                      column, written, number)  # fmt: skip
            return None
        if value < 0:
            self._say("factor-value", N_("{value} is negative; a factor of emission is zero or more. A removal is reported as its own source."),
                      column, written, number)  # fmt: skip
            return None
        return Fraction(value)

    def _year(self, row: Sequence[str]) -> int:
        told = re.search(r"(?:19|20)\d\d", self._cell(row, "year"))
        return int(told[0]) if told else self.placed.year

    def _filled(
        self,
        row: Sequence[str],
        number: int,
        key: str,
        per: str,
        masses: dict[str, str],
        archived: bool,
        year: int,
    ) -> Record:
        place = self._cell(row, "region")
        english = self._cell(row, "name_en") or ", ".join(
            filter(None, (self._cell(row, name) for name in self.shape.key))
        )
        return Record(
            key=key,
            activity_unit=per,
            gases=dict(sorted(masses.items())),
            name_zh=self._cell(row, "name_zh")[:300],
            name_en=(english or self._cell(row, "name_fr"))[:300],
            category=self._cell(row, "category")[:200],
            region=REGIONS.from_text(place) or place[:100],
            gwp_basis=(self._cell(row, "gwp_basis") or self.shape.gwp_basis)[:20],
            life_cycle=self._cell(row, "life_cycle")[:60],
            starts_on=self._day(row, "starts_on", number) or (date(year, 1, 1) if year else None),
            ends_on=self._day(row, "ends_on", number)
            or (date(year, 12, 31) if year and self.placed.years else None),
            document=self._cell(row, "document")[:500],
            note=(self._cell(row, "note") or self._cell(row, "period"))[:500],
            uncertainty_percent=self._uncertainty(row, number),
            archived=archived,
        )

    def _day(self, row: Sequence[str], name: str, number: int) -> date | None:
        written = self._cell(row, name).replace("/", "-").replace(".", "-")
        if not written:
            return None
        found = _DAY.match(written) or _DAY.match(f"{written}-01-01" if len(written) == 4 else written)
        try:
            return date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            self._say("factor-day", N_("{value} is no day. Write it as 2024-01-31."), name, written, number)
            return None

    def _uncertainty(self, row: Sequence[str], number: int) -> str:
        written = self._cell(row, "uncertainty").replace("%", "").replace("±", "")
        value = self._number(written, "uncertainty", number) if written else None
        return plain(value) if value is not None else ""


def _with_point(written: str, decimal: str) -> str:
    """The digits with a point before the decimals and nothing between thousands."""
    compact = re.sub(r"[\s\u00a0\u202f'’]", "", written.replace("−", "-").replace("，", ","))
    if decimal == ",":
        return compact.replace(".", "").replace(",", ".")
    if decimal == ".":
        return compact.replace(",", "")
    comma, point = compact.rfind(","), compact.rfind(".")
    if comma > point:
        grouped = point >= 0 or (compact.count(",") > 1) or re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", compact)
        return (
            compact.replace(".", "").replace(",", ".")
            if not grouped or point >= 0
            else compact.replace(",", "")
        )
    return compact.replace(",", "")


def _merged(rows: Iterator[ReadRecord]) -> list[ReadRecord]:
    """Rows that tell one record gas by gas become one; two that tell the same gas stay two, and the second is wrong."""
    found: list[ReadRecord] = []
    places: dict[str, int] = {}
    for row in rows:
        record = row.record
        place = places.get(record.key) if record else None
        earlier = found[place].record if place is not None else None
        if (
            record
            and earlier
            and not set(record.gases) & set(earlier.gases)
            and record.activity_unit == earlier.activity_unit
        ):
            together = dict(sorted({**earlier.gases, **record.gases}.items()))
            found[place or 0] = replace(found[place or 0], record=replace(earlier, gases=together))
            continue
        if record and place is None:
            places[record.key] = len(found)
        found.append(row)
    return found
