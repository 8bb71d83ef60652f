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
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbon.errors import N_, Problem
from carbon.periods import Period, parse_period, year_period
from carbon.text import Text
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
    "recalled",
    "title",
    "note",
}
MOST_ROWS = 200_000
REMARKS = {"name", "note"}
"""What people may write beside the data of a project, year or row."""


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
    recalled: bool = False
    """Whether figures that are only recalled may stand where nothing is given."""


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
                for word in (id_, spec.symbol, spec.name.zh, spec.name.en, *spec.words):
                    known.setdefault(folded(word or id_), id_)
        return known | {folded(id_): id_ for id_, spec in self.fields.items() if spec.is_reported}


def read_report(asked: Asked, data: Mapping[str, Any]) -> Report:
    """The report in the methodology's own names.

    Raises:
        Problem: a key that is not asked for, an answer that is not yes or no, a year that is none; `at` names the place.
    """
    words = asked.words()
    if "years" not in data and (data.keys() & {"year", "period"} or "project" not in data):
        # a short report: one year, everything side by side
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
        recalled=_recalled(data.get("recalled", False)),
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


def _recalled(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Problem(
            N_("“{key}” is answered by true or false, not by “{value}”."),
            key="recalled",
            value=str(value),
            at="recalled",
        )
    return value


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
