"""Numbers of rules, dated and sourced.

A parameter is one quantity a document sets: the carbon content of diesel in one guide, the grid factor of a province.
Its values are dated; a new number is a new line and the old one stays. A value holds from its day until the next
value for the same place begins, or until its own `until`. A day without a value is refused, never taken as zero.

    [diesel.carbon_content]                                       # the parameter's id is "diesel.carbon_content"
    unit = "tC/TJ"
    values = [{ from = 2024-01-01, value = 20.2, document = "annex_c", confidence = "two-secondary" }]

`[documents.NAME]` gives zh, en, clause and url once; `[defaults]` gives keys that every value of the file shares.
"""

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from carbon import units
from carbon.columns import distinct
from carbon.confidence import Confidence
from carbon.errors import N_, Problem
from carbon.regions import Regions
from carbon.text import Text

_VALUE_KEYS = {"from", "until", "value", "region", "unit", "document", "clause", "url", "confidence"}
_VALUE_KEYS |= {"published", "vintage", "note", "low", "high"}

_KNOWN_ON: ContextVar[date | None] = ContextVar("known_on", default=None)


class ParameterFault(ValueError):  # noqa: N818 - what is wrong with the file, told to its author
    """A parameter file that may not be used; the program does not start with it."""


@dataclass(frozen=True)
class Source:
    """Where a value is printed."""

    document: Text
    clause: str | None
    url: str | None
    confidence: Confidence
    published_on: date | None = None


@dataclass(frozen=True)
class DatedValue:
    """A value from a day on, in one place (`region`) or everywhere (None).

    `vintage` is the year the data describe, where that differs from the years the value is used for. `origin` is where
    it stands in this house: file, then parameter (`electricity.average`). `low` and `high` are the interval of 95 % that
    the document prints with it.
    """

    value: Fraction
    starts_on: date
    ends_on: date | None
    region: str | None
    source: Source
    vintage: int | None = None
    note: Text | None = None
    origin: str = ""
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True)
class Chosen:
    """A value in use: published and picked by day and place, or given by the one who reports (`dated` is None)."""

    id: str
    value: Fraction
    unit: str
    dated: DatedValue | None = None
    asked_region: str | None = None
    place: Text | None = None
    reason: Text | None = None

    @property
    def confidence(self) -> Confidence:
        """That of the source; a reported value is as sure as its evidence, which verification judges, not we."""
        return self.dated.source.confidence if self.dated else Confidence.TEXT

    def into(self, unit: str) -> Fraction:
        """The value in another unit of the same dimension, exactly.

        Raises:
            Problem: the unit measures something else.
        """
        return self.value * units.to_unit(self.unit, unit)


def given(name: str, value: Fraction, unit: str) -> Chosen:
    """A value the reporting side measured or was told, in place of a published one."""
    return Chosen(id=name, value=value, unit=unit)


@dataclass(frozen=True)
class Parameter:
    """One quantity with all its dated values."""

    id: str
    unit: str
    values: tuple[DatedValue, ...]
    regions: Regions = field(default_factory=Regions)
    name: Text | None = None

    def at(self, day: date, region: str | None = None, *, known_on: date | None = None) -> Chosen:
        """The value that holds on `day` in `region`, or in the nearest wider place that has one.

        `known_on` leaves out what was published later, to repeat a calculation as it was made then; not given, it is
        the day of the `as_known_on` this runs in.

        Raises:
            Problem: no value holds on that day there.
        """
        chain = (*self.regions.chain(region), None) if region else (None,)
        for place in chain:
            found = self._holding(day, place, known_on or _KNOWN_ON.get())
            if found:
                return Chosen(
                    id=self.id,
                    value=found.value,
                    unit=self.unit,
                    dated=found,
                    asked_region=region,
                    place=self.regions.name(place) if place else None,
                    reason=self._reason(found, day, region),
                )
        raise Problem(
            N_(
                "{parameter} has no value on {day} in {place}; it is known for {have}. Give your own value, or correct the date or place."
            ),
            parameter=self.name or self.id,
            day=day.isoformat(),
            place=self.regions.name(region) if region else Text("任何地区", "any place"),
            have=self._described(chain),
            at="period",
        )

    def column(
        self, days: npt.NDArray[np.datetime64], regions: Sequence[str] | npt.NDArray[Any] | None = None
    ) -> Any:
        """Values for many rows as float64, each distinct day and place looked up once.

        Raises:
            Problem: a row has no value; the first such day and place are named.
        """
        first_day = days.astype("datetime64[D]").astype(np.int64)
        distinct_days, day_codes = distinct(first_day)
        places, place_codes = distinct(np.asarray(["" if regions is None else regions]).ravel())
        combinations, rows = distinct(place_codes * len(distinct_days) + day_codes)
        picked = [
            self.at(
                date(1970, 1, 1) + timedelta(days=int(distinct_days[code % len(distinct_days)])),
                str(places[code // len(distinct_days)]) or None,
            )
            for code in combinations.tolist()
        ]
        return np.array([float(chosen.value) for chosen in picked])[rows]

    def _holding(self, day: date, place: str | None, known_on: date | None) -> DatedValue | None:
        known = [
            value
            for value in self.values
            if value.region == place
            and value.starts_on <= day
            and not (known_on and value.source.published_on and value.source.published_on > known_on)
        ]
        latest = max(known, key=lambda value: value.starts_on, default=None)
        return latest if latest and (latest.ends_on is None or day <= latest.ends_on) else None

    def _reason(self, found: DatedValue, day: date, region: str | None) -> Text | None:
        parts_zh, parts_en = [], []
        if region and found.region != region:
            asked = self.regions.name(region)
            used = self.regions.name(found.region) if found.region else Text("通用", "the general")
            parts_zh.append(f"{asked.zh}没有单独的数值，采用{used.zh}的数值")
            parts_en.append(f"{asked.en} has no value of its own; {used.en} value used")
        if found.vintage and found.vintage != day.year:
            parts_zh.append(f"{day.year}年数据尚未发布，采用此前最近发布的{found.vintage}年数据")
            parts_en.append(
                f"data for {day.year} are not published; the latest before, {found.vintage}, used"
            )
        return Text(";".join(parts_zh), "; ".join(parts_en)) if parts_zh else None

    def _described(self, chain: Sequence[str | None]) -> str:
        """The days that do have a value in the nearest place that has any; days without a gap are one span."""
        near = next(
            (
                found
                for place in chain
                if (found := [value for value in self.values if value.region == place])
            ),
            list(self.values),
        )
        spans: list[tuple[date, date | None]] = []
        for value in near:
            ends_on = held_until(value, self)
            previous = spans[-1][1] if spans else None
            if previous and previous + timedelta(days=1) == value.starts_on:
                spans[-1] = (spans[-1][0], ends_on)
            else:
                spans.append((value.starts_on, ends_on))
        return ", ".join(f"{starts_on} – {ends_on or '∞'}" for starts_on, ends_on in spans[:6]) or "–"


def load(package: str, name: str, *, regions: Regions | None = None) -> dict[str, Parameter]:
    """Every parameter of a packaged TOML file by id.

    Raises:
        ParameterFault: an incomplete, unconfirmed (`memory`), repeated or overlapping value.
    """
    return read(content_of(package, name), where=name, regions=regions)


def read(content: Mapping[str, Any], *, where: str, regions: Regions | None = None) -> dict[str, Parameter]:
    """As `load`, from TOML already read with `parse_float=Fraction`."""
    documents = content.get("documents", {})
    defaults = content.get("defaults", {})
    found = {}
    for path, table in _parameter_tables(content):
        values = [_dated({**defaults, **value}, documents, where, path) for value in table["values"]]
        name = Text.of(table, f"{where} {path}") if "zh" in table or "en" in table else None
        unit = _unit(table, f"{where} {path}")
        found[path] = Parameter(path, unit, _closed(values, f"{where} {path}"), regions or Regions(), name)
    return found


def _parameter_tables(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, inner in table.items():
        if not isinstance(inner, Mapping) or (not path and key in {"documents", "defaults"}):
            continue
        here = f"{path}.{key}" if path else key
        if "values" in inner:
            yield here, inner
        else:
            yield from _parameter_tables(inner, here)


def _unit(table: Mapping[str, Any], where: str) -> str:
    unit = table.get("unit")
    if not isinstance(unit, str) or not units.is_unit(unit):
        raise ParameterFault(f"{where}: unit {unit!r} is missing or not known.")
    return unit


def _dated(entry: Mapping[str, Any], documents: Mapping[str, Any], file: str, path: str) -> DatedValue:
    where = f"{file} {path}"
    unknown = set(entry) - _VALUE_KEYS
    missing = {"from", "value", "document", "confidence"} - set(entry)
    if unknown or missing:
        raise ParameterFault(f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}.")
    confidence = Confidence.of(entry["confidence"])
    if confidence is Confidence.MEMORY:
        raise ParameterFault(f"{where}: a value marked memory is not used; confirm it or leave it out.")
    if entry["document"] not in documents:
        raise ParameterFault(f"{where}: no [documents.{entry['document']}] in the file.")
    document = documents[entry["document"]]
    note = entry.get("note")
    return DatedValue(
        value=Fraction(entry["value"]),
        starts_on=entry["from"],
        ends_on=entry.get("until"),
        region=entry.get("region"),
        source=Source(
            document=Text.of(document, f"{where} document {entry['document']}"),
            clause=entry.get("clause", document.get("clause")),
            url=entry.get("url", document.get("url")),
            confidence=confidence,
            published_on=entry.get("published", document.get("published")),
        ),
        vintage=entry.get("vintage"),
        note=Text.of(note, f"{where} note") if note else None,
        origin=f"{file.removesuffix('.toml')}.{path}",
        low=_bound(entry, "low", where),
        high=_bound(entry, "high", where),
    )


def _bound(entry: Mapping[str, Any], key: str, where: str) -> Fraction | None:
    """An end of the interval; it must lie on its side of the value."""
    if key not in entry:
        return None
    bound, value = Fraction(entry[key]), Fraction(entry["value"])
    if (bound > value) if key == "low" else (bound < value):
        raise ParameterFault(f"{where}: {key} lies on the wrong side of the value.")
    return bound


def _closed(values: list[DatedValue], where: str) -> tuple[DatedValue, ...]:
    """Sorted, refusing two values for one place and day."""
    ordered = sorted(values, key=lambda value: (value.region or "", value.starts_on))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.region != later.region:
            continue
        if earlier.starts_on == later.starts_on:
            raise ParameterFault(
                f"{where}: two values from {later.starts_on} in {later.region or 'every place'}."
            )
        if earlier.ends_on and earlier.ends_on >= later.starts_on:
            raise ParameterFault(
                f"{where}: the value until {earlier.ends_on} overlaps the one from {later.starts_on}"
                f" in {later.region or 'every place'}."
            )
    return tuple(ordered)


@contextmanager
def as_known_on(day: date) -> Iterator[None]:
    """Within it, values published after `day` do not exist: a calculation comes out as it would have then.

    What is kept between calculations (a cache) must not be asked inside.
    """
    token = _KNOWN_ON.set(day)
    try:
        yield
    finally:
        _KNOWN_ON.reset(token)


def content_of(package: str, name: str) -> dict[str, Any]:
    """A packaged TOML file, its decimal numbers as exact fractions."""
    text = resources.files(package).joinpath(name).read_text("utf-8")
    return tomllib.loads(text, parse_float=Fraction)


def held_until(value: DatedValue, parameter: Parameter) -> date | None:
    """The last day a value holds: its own `until`, or the day before its successor."""
    later = [
        v.starts_on for v in parameter.values if v.region == value.region and v.starts_on > value.starts_on
    ]
    successor = min(later) - timedelta(days=1) if later else None
    ends = [day for day in (value.ends_on, successor) if day]
    return min(ends) if ends else None


def renamed(chosen: Chosen, name: str) -> Chosen:
    """The same choice under the name a rule gives it."""
    return replace(chosen, id=name)
