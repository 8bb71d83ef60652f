"""A monitoring report as it was sent, read against what the methodology asks for.

    [project]                    what is given once
    [conditions]                 condition = true or false
    [[years]]                    one for each calendar year, or for parts of one
    year = 2024                  or a list of years that share the same yearly figures
    [[years.TABLE]]              rows: strata, herds, fields

A value that is the same for every row or year may stand once, further out. Fields are known by id, by symbol and by
their Chinese or English name. A number may carry its own unit: "1.2 万千瓦时".
"""

import difflib
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from carbon import units
from carbon.errors import N_, Problem
from carbon.explanation import amount
from carbon.parameters import Chosen, Parameter, given
from carbon.periods import Period, parse_period, year_period
from carbon.rounding import plain
from carbon.text import Text
from methodologies.factors.gwp import gwp_chosen
from methodologies.reduction.schema import PROJECT, YEAR, Condition, Field, folded

Layer = Mapping[str, Any]
_RESERVED_YEAR = {"year", "period", "note"}
_RESERVED_TOP = {
    "methodology",
    "project",
    "conditions",
    "years",
    "gwp_set",
    "route",
    "crediting",
    "title",
    "note",
}
LONGEST_NUMBER, LARGEST_POWER = 60, 30
MOST_ROWS = 200_000
REMARKS = {"name", "note"}
"""What people may write beside the data of a project, year or row."""
VINTAGE = "vintage"
"""A field of this name holds the calendar year of the record, for formulas that count years."""


@dataclass(frozen=True)
class Record:
    """One calendar year of monitoring, or a part of it."""

    period: Period
    layer: Layer
    rows: Mapping[str, Sequence[Layer]]
    at: str

    @property
    def year(self) -> int:
        """The vintage."""
        return self.period.starts_on.year


@dataclass(frozen=True)
class Report:
    """What was monitored, names resolved to the methodology's own."""

    project: Layer
    rows: Mapping[str, Sequence[Layer]]
    records: Sequence[Record]
    answers: Mapping[str, bool]
    gwp_set: str
    route: str
    crediting: Period | None = None


@dataclass(frozen=True)
class Asked:
    """What a methodology asks for, as far as reading a report needs it."""

    fields: Mapping[str, Field]
    tables: Sequence[str]
    conditions: Mapping[str, Condition]
    routes: Mapping[str, Text]
    gwp_set: str

    def words(self) -> dict[str, str]:
        """Every way to name a field, folded, → its id."""
        known: dict[str, str] = {}
        for id_, spec in self.fields.items():
            if spec.is_reported:
                for word in (id_, spec.symbol, spec.name.zh, spec.name.en):
                    known.setdefault(folded(word or id_), id_)
        return known | {folded(id_): id_ for id_, spec in self.fields.items() if spec.is_reported}


def read_report(asked: Asked, data: Mapping[str, Any]) -> Report:
    """The report in the methodology's own names.

    Raises:
        Problem: a key that is not asked for, an answer that is not yes or no, a year that is none; `at` names the place.
    """
    words = asked.words()
    if "years" not in data and "project" not in data:  # a short report: one year, everything side by side
        top = {key: value for key, value in data.items() if key in _RESERVED_TOP}
        data = top | {"years": [{key: value for key, value in data.items() if key not in _RESERVED_TOP}]}
    top = {key: value for key, value in data.items() if key not in _RESERVED_TOP}
    project = _table(data.get("project", {}), "project") | top
    layer, rows = _layer(asked, words, project, PROJECT, "project")
    return Report(
        project=layer,
        rows=rows,
        records=_records(asked, words, data.get("years")),
        answers=dict(_answers(asked, data.get("conditions", {}))),
        gwp_set=str(data.get("gwp_set", asked.gwp_set)),
        route=_route(asked, data.get("route")),
        crediting=_crediting(data.get("crediting")),
    )


def _records(asked: Asked, words: Mapping[str, str], years: Any) -> list[Record]:
    if not isinstance(years, Sequence) or isinstance(years, str) or not years:
        raise Problem(N_("The report has no years: give [[years]] with at least one year."), at="years")
    found = []
    for place, entry in enumerate(years):
        at = f"years[{place}]"
        table = _table(entry, at)
        layer, rows = _layer(
            asked, words, {k: v for k, v in table.items() if k not in _RESERVED_YEAR}, YEAR, at
        )
        found += [Record(period, layer, rows, at) for period in _periods(table, at)]
    spans = sorted((record.period for record in found), key=lambda period: period.starts_on)
    for earlier, later in itertools.pairwise(spans):
        if later.starts_on <= earlier.ends_on:
            raise Problem(
                N_("{first} and {second} overlap: the same day may be reported once only."),
                first=str(earlier),
                second=str(later),
                at="years",
            )
    return found


def _periods(table: Layer, at: str) -> list[Period]:
    if "period" in table:
        period = parse_period(str(table["period"]))
        if period.starts_on.year != period.ends_on.year:
            raise Problem(
                N_("{period} crosses the end of a year: report each calendar year by itself."),
                period=str(period),
                at=f"{at}.period",
            )
        return [period]
    years = table.get("year")
    years = years if isinstance(years, Sequence) and not isinstance(years, str) else [years]
    if not all(re.fullmatch(r"(19|20)\d\d年?", str(year)) for year in years) or not years:
        raise Problem(
            N_("“{value}” is not a year: write for example year = 2024."),
            value=str(table.get("year")),
            at=f"{at}.year",
        )
    return [year_period(int(str(year)[:4])) for year in years]


def _layer(
    asked: Asked, words: Mapping[str, str], table: Layer, per: str, at: str
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Its own values and its rows; fields of inner levels may stand here once for all."""
    layer: dict[str, Any] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    for key, value in table.items():
        if key in REMARKS:
            continue
        if key in asked.tables:
            rows[key] = _rows(asked, words, key, value, f"{at}.{key}")
            continue
        id_ = words.get(folded(key))
        if id_ is None or (per not in {PROJECT, YEAR} and asked.fields[id_].per != per):
            raise _unknown(asked, words, key, per, at)
        if id_ in layer:
            raise Problem(N_("“{field}” is given twice."), field=asked.fields[id_].name, at=f"{at}.{key}")
        layer[id_] = value
    return layer, rows


def _rows(asked: Asked, words: Mapping[str, str], name: str, value: Any, at: str) -> list[dict[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_ROWS:
        raise Problem(N_("“{value}” is a table: give its rows, each with its fields."), value=name, at=at)
    return [
        _layer(asked, words, _table(row, f"{at}[{place}]"), name, f"{at}[{place}]")[0]
        for place, row in enumerate(value)
    ]


def _unknown(asked: Asked, words: Mapping[str, str], key: str, per: str, at: str) -> Problem:
    known = {
        word: id_ for word, id_ in words.items() if per in {PROJECT, YEAR} or asked.fields[id_].per == per
    }
    near = difflib.get_close_matches(folded(key), list(known), n=3, cutoff=0.5)
    shown = sorted({known[word] for word in near} or set(known.values()))
    return Problem(
        N_("“{key}” is not asked for here. Perhaps meant: {near}."),
        key=key,
        near=", ".join([*shown, *(asked.tables if per in {PROJECT, YEAR} else ())]),
        at=f"{at}.{key}",
    )


def _answers(asked: Asked, table: Any) -> Iterator[tuple[str, bool]]:
    names = {folded(word): id_ for id_, c in asked.conditions.items() for word in (id_, c.name.zh, c.name.en)}
    for key, value in _table(table, "conditions").items():
        id_ = names.get(folded(key))
        if id_ is None:
            raise Problem(
                N_("There is no condition “{key}”. The conditions are: {known}."),
                key=key,
                known=", ".join(asked.conditions),
                at=f"conditions.{key}",
            )
        if not isinstance(value, bool):
            raise Problem(
                N_("“{key}” is answered by true or false, not by “{value}”."),
                key=key,
                value=str(value),
                at=f"conditions.{key}",
            )
        yield id_, value


def _route(asked: Asked, route: Any) -> str:
    if route is None:
        return next(iter(asked.routes))
    names = {folded(word): id_ for id_, name in asked.routes.items() for word in (id_, name.zh, name.en)}
    if folded(str(route)) not in names:
        raise Problem(
            N_("There is no route “{route}”: choose one of {known}."),
            route=str(route),
            known=", ".join(asked.routes),
            at="route",
        )
    return names[folded(str(route))]


def _crediting(value: Any) -> Period | None:
    if value is None:
        return None
    if isinstance(value, Mapping) and {"starts_on", "ends_on"} <= set(value):
        value = f"{value['starts_on']}/{value['ends_on']}"
        value = value.replace("-", "").replace("/", "至")
    return parse_period(str(value))


def _table(value: Any, at: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise Problem(N_("“{place}” must hold named values."), place=at, at=at)


@dataclass
class Scope:
    """Where a formula finds its values: the row, then the year, then the project, then the published default."""

    fields: Mapping[str, Field]
    values: Mapping[str, Parameter]
    layers: Sequence[tuple[str, Layer]]
    record: Record
    gwp_set: str
    taken: dict[str, Chosen] = field(default_factory=dict)
    notes: dict[str, list[Text]] = field(default_factory=dict)

    def chosen(self, name: str) -> Chosen:
        """The value of a field.

        Raises:
            Problem: missing without a confirmed default, out of range, or in a wrong unit; `at` names the field.
        """
        if name not in self.taken:
            self.taken[name] = self._choose(self.fields[name])
        return self.taken[name]

    def has(self, name: str) -> bool:
        """Whether the report gives it."""
        return any(name in layer for _, layer in self.layers)

    def choice(self, name: str) -> str | None:
        """The id of what was chosen, None if nothing was.

        Raises:
            Problem: not among the choices.
        """
        spec = self.fields[name]
        written = next((layer[name] for _, layer in self.layers if name in layer), None)
        if written is None or not spec.choices:
            return None
        chosen = spec.choice_words.get(folded(str(written)))
        if chosen is None:
            raise Problem(
                N_("“{value}” is none of the choices for {field}: {known}."),
                value=str(written),
                field=spec.name,
                known=Text.listed(
                    Text(f"{text.zh}（{id_}）", f"{id_} ({text.en})") for id_, text in spec.choices.items()
                ),
                at=self._at(name),
            )
        return chosen

    def _choose(self, spec: Field) -> Chosen:
        for at, layer in self.layers:
            if spec.id in layer and (spec.is_reported or spec.id == VINTAGE):
                return self._checked(spec, layer[spec.id], f"{at}.{spec.id}")
        if spec.gas:
            weight = gwp_chosen(spec.gas, self.gwp_set)
            return Chosen(spec.id, weight.value, spec.unit, weight.dated)
        parameter = self._default(spec)
        if parameter:
            chosen = self._published(parameter, spec)
            value = chosen.value * units.to_unit(_same_gas(chosen.unit, spec.unit), spec.unit)
            return Chosen(spec.id, value, spec.unit, chosen.dated, reason=chosen.reason)
        if spec.absent is not None:
            self.notes.setdefault(spec.id, []).append(Text("未填报，按此值计", "not reported: taken so"))
            return given(spec.id, spec.absent, spec.unit)
        raise self._missing(spec)

    def _published(self, parameter: Parameter, spec: Field) -> Chosen:
        try:
            return parameter.at(self.record.period.starts_on)
        except Problem as problem:
            problem.at = self._at(spec.id)
            raise

    def _default(self, spec: Field) -> Parameter | None:
        """The published value for the choices made; the more choices it is printed for, the nearer."""
        path, found = spec.id, self.values.get(spec.id)
        for name in spec.by:
            key = self.choice(name) if self.fields[name].choices else self._nearest(path, name)
            if key is None:
                break
            path = f"{path}.{key}"
            found = self.values.get(path, found)
        return found

    def _nearest(self, path: str, name: str) -> str | None:
        """The line of a table by whole numbers that a number falls on: to the careful side, inside the table's ends."""
        if not self.has(name):
            return None
        lines = [
            int(id_[len(path) + 1 :]) for id_ in self.values if re.fullmatch(re.escape(path) + r"\.\d+", id_)
        ]
        written = self.chosen(name).value
        value = math.ceil(written) if self.fields[name].rounds_up else math.floor(written)
        return str(min(max(value, min(lines)), max(lines))) if lines else None

    def _missing(self, spec: Field) -> Problem:
        asked = [self.fields[name].name for name in spec.by if not self.has(name)]
        if spec.recalled:
            return Problem(
                N_(
                    "{field} ({unit}) is missing. The figure {recalled} is only recalled, not confirmed against the "
                    "issued text, and therefore not used: give the value with your evidence."
                ),
                field=spec.name,
                unit=spec.unit,
                recalled=spec.recalled,
                at=self._at(spec.id),
            )
        if asked:
            return Problem(
                N_("{field} ({unit}) is missing: give it, or give {choice} to take the published default."),
                field=spec.name,
                unit=spec.unit,
                choice=Text.listed(asked),
                at=self._at(spec.id),
            )
        return Problem(
            N_("{field} ({unit}) is missing, and there is no confirmed default: give it."),
            field=spec.name,
            unit=spec.unit,
            at=self._at(spec.id),
        )

    def _at(self, name: str) -> str:
        place = next((at for at, layer in self.layers if name in layer), None)
        wanted = self.fields[name].per
        depth = {PROJECT: -1, YEAR: -2}.get(wanted, 0)
        return f"{place or self.layers[max(depth, -len(self.layers))][0]}.{name}"

    def _checked(self, spec: Field, written: Any, at: str) -> Chosen:
        value, unit = _number(spec, written, at)
        try:
            factor = units.to_unit(_same_gas(unit, spec.unit), spec.unit)
        except Problem as problem:
            problem.at = at
            raise
        value *= factor
        too_low = (spec.least is not None and value < spec.least) or (
            spec.above is not None and value <= spec.above
        )
        if too_low or (spec.most is not None and value > spec.most):
            raise Problem(
                N_("{value} is out of range for {field}: it must be {limits}."),
                value=amount(value, spec.unit),
                field=spec.name,
                limits=_limits(spec),
                at=at,
            )
        return given(spec.id, value, spec.unit)


def _limits(spec: Field) -> Text:
    low = (
        [f"> {plain(spec.above)}"]
        if spec.above is not None
        else [f"≥ {plain(spec.least)}"]
        if spec.least is not None
        else []
    )
    shown = " · ".join(low + ([f"≤ {plain(spec.most)}"] if spec.most is not None else []))
    return Text(shown, shown)


def _same_gas(unit: str, expected: str) -> str:
    """A factor printed in CO2 counts as CO2e: of CO2, the two weigh the same."""
    return re.sub(r"CO2(?!e)", "CO2e", unit) if "CO2e" in expected else unit


_WITH_UNIT = re.compile(r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d{1,2})?)\s*(\S.*?)?\s*$")


def _number(spec: Field, written: Any, at: str) -> tuple[Fraction, str]:
    if (
        isinstance(written, Mapping)
        and set(written) == {"value", "unit"}
        and not isinstance(written["value"], Mapping)
    ):
        return _number(spec, written["value"], at)[0], str(written["unit"])
    if isinstance(written, int | Fraction) and not isinstance(written, bool):
        return Fraction(written), spec.unit
    if isinstance(written, str):
        match = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", written))
        exact = exact_number(match[1].replace(",", "")) if match else None
        if match and exact is not None:
            return exact, (match[2] or spec.unit)
    raise Problem(
        N_("“{value}” is not a number for {field}: write a number in {unit}."),
        value=str(written)[:60],
        field=spec.name,
        unit=spec.unit,
        at=at,
    )


def exact_number(text: str) -> Fraction | None:
    """A written number as an exact fraction; None for what is none, or is longer than anyone means."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LARGEST_POWER:
        return None
    return Fraction(number)
