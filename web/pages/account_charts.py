"""The four views of an account as charts: by gas, scope, month and facility, each bar leading to its activities."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from carbon.errors import N_
from carbon.gases import gases
from web import charts
from web.language import translate
from web.pages import formats

Link = Callable[..., str]
"""Makes the address of the activities behind a figure, from filters by name."""


@dataclass(frozen=True)
class Reader:
    """Who looks at the account: the language, and where its activities are listed for them."""

    language: str
    activities_path: str
    year: int
    gwp_set: str

    def link(self, **filters: Any) -> str:
        """The list of the activities behind a figure."""
        wanted = {
            "year": self.year,
            "gwp": self.gwp_set,
            **{key: str(value) for key, value in filters.items()},
        }
        return f"{self.activities_path}?{urlencode(wanted)}"

    def say(self, template: str, **values: Any) -> str:
        """A text in the reader's language."""
        return translate(self.language, template, **values)

    def tonnes(self, amount_mg: int) -> str:
        """Tonnes as tables show them."""
        return formats.tonnes(amount_mg, self.language)


def gas_name(gas: str, language: str) -> str:
    """The gas's own name; one unknown here keeps its id."""
    known = gases().get(gas)
    return known.name.in_language(language) if known else gas


def by_gas(reader: Reader, rows: Sequence[tuple[str, int, int, bool]]) -> charts.Chart:
    """`rows`: gas, its mass in mg, its CO2e in mg, whether the total counts it."""
    unit = reader.say(N_("t CO2e"))
    found = [
        charts.Bar(
            gas_name(gas, reader.language)
            if counted
            else reader.say(N_("{gas} (beside the total)"), gas=gas_name(gas, reader.language)),
            charts.axis_tonnes(co2e_mg),
            (formats.tonnes(mass_mg, reader.language, 6), reader.tonnes(co2e_mg)),
            reader.link(gas=gas),
            charts.gas_colour(gas),
            f"gas-{charts.gas_family(gas)}",
        )
        for gas, mass_mg, co2e_mg, counted in rows
    ]
    total_mg = sum(co2e_mg for *_, co2e_mg, counted in rows if counted)
    largest = max(rows, key=lambda row: row[2], default=None)
    return charts.bars(
        "by-gas",
        title=reader.say(N_("By gas")),
        description=reader.say(
            N_("{count} gases, {total} t CO2e in all; most of it {gas}."),
            count=len(rows),
            total=reader.tonnes(total_mg),
            gas=gas_name(largest[0], reader.language) if largest else "-",
        ),
        bars=found,
        columns=(reader.say(N_("Gas")), reader.say(N_("t of the gas")), unit),
        unit=unit,
        total=charts.Row(reader.say(N_("Total")), ("", reader.tonnes(total_mg))),
    )


SCOPE_NAMES: Mapping[str, str] = {
    "1": N_("Scope 1: own combustion and leaks"),
    "2": N_("Scope 2: purchased electricity and heat"),
    "3": N_("Scope 3: up and down the chain"),
}


def scope_name(scope: object, language: str) -> str:
    """The scope with what it holds."""
    text = SCOPE_NAMES.get(str(scope))
    return translate(language, text) if text else str(scope)


def by_scope(reader: Reader, rows: Sequence[tuple[object, int, int]]) -> charts.Chart:
    """`rows`: scope, CO2e in mg, number of activities."""
    unit = reader.say(N_("t CO2e"))
    total_mg = sum(co2e_mg for _, co2e_mg, _ in rows)
    found = [
        charts.Bar(
            scope_name(scope, reader.language),
            charts.axis_tonnes(co2e_mg),
            (
                reader.tonnes(co2e_mg),
                _share(reader, co2e_mg, total_mg),
                formats.number(count, reader.language),
            ),
            reader.link(scope=scope),
            charts.SCOPE_COLOURS.get(str(scope), charts.OTHER_COLOUR),
            f"scope-{scope}",
        )
        for scope, co2e_mg, count in rows
    ]
    return charts.bars(
        "by-scope",
        title=reader.say(N_("By scope")),
        description=reader.say(
            N_("{total} t CO2e in {count} scopes."), total=reader.tonnes(total_mg), count=len(rows)
        ),
        bars=found,
        columns=(reader.say(N_("Scope")), unit, reader.say(N_("Share")), reader.say(N_("Activities"))),
        unit=unit,
        total=charts.Row(
            reader.say(N_("Total")),
            (reader.tonnes(total_mg), "", formats.number(sum(count for *_, count in rows), reader.language)),
        ),
    )


def by_facility(reader: Reader, rows: Sequence[tuple[str, str, int, int]]) -> charts.Chart:
    """`rows`: what the filter takes, the facility's name, CO2e in mg, number of activities."""
    unit = reader.say(N_("t CO2e"))
    total_mg = sum(co2e_mg for *_, co2e_mg, _ in rows)
    found = [
        charts.Bar(
            name,
            charts.axis_tonnes(co2e_mg),
            (
                reader.tonnes(co2e_mg),
                _share(reader, co2e_mg, total_mg),
                formats.number(count, reader.language),
            ),
            reader.link(facility=key),
        )
        for key, name, co2e_mg, count in rows
    ]
    return charts.bars(
        "by-facility",
        title=reader.say(N_("By facility")),
        description=reader.say(
            N_("{total} t CO2e in {count} facilities."), total=reader.tonnes(total_mg), count=len(rows)
        ),
        bars=found,
        columns=(reader.say(N_("Facility")), unit, reader.say(N_("Share")), reader.say(N_("Activities"))),
        unit=unit,
        total=charts.Row(
            reader.say(N_("Total")),
            (reader.tonnes(total_mg), "", formats.number(sum(count for *_, count in rows), reader.language)),
        ),
    )


def by_month(reader: Reader, rows: Sequence[tuple[date, Mapping[str, int]]]) -> charts.Chart:
    """`rows`: month, and the CO2e in mg of each scope in it."""
    unit = reader.say(N_("t CO2e"))
    scopes = sorted({scope for _, parts in rows for scope in parts})
    series = [
        charts.Series(
            scope_name(scope, reader.language),
            tuple(charts.axis_tonnes(parts.get(scope, 0)) for _, parts in rows),
            charts.SCOPE_COLOURS.get(scope, charts.OTHER_COLOUR),
            f"scope-{scope}",
            tuple(reader.link(month=month.isoformat()[:7], scope=scope) for month, _ in rows),
        )
        for scope in scopes
    ]
    sums_mg = [sum(parts.values()) for _, parts in rows]
    lines = [
        charts.Row(
            formats.month(month, reader.language),
            (*(reader.tonnes(parts.get(scope, 0)) for scope in scopes), reader.tonnes(sum(parts.values()))),
            reader.link(month=month.isoformat()[:7]),
        )
        for month, parts in rows
    ]
    highest = max(zip(sums_mg, rows, strict=True), key=lambda pair: pair[0], default=None)
    return charts.stacked(
        "by-month",
        title=reader.say(N_("By month")),
        description=reader.say(
            N_("{count} months; the highest is {month} with {total} t CO2e."),
            count=len(rows),
            month=formats.month(highest[1][0], reader.language) if highest else "-",
            total=reader.tonnes(highest[0]) if highest else "-",
        ),
        places=[formats.short_month(month, reader.language) for month, _ in rows],
        series=series,
        columns=(
            reader.say(N_("Month")),
            *(reader.say(N_("Scope {scope}"), scope=scope) for scope in scopes),
            reader.say(N_("Total")),
        ),
        rows=lines,
        unit=unit,
        total=charts.Row(
            reader.say(N_("Total")),
            (
                *(reader.tonnes(sum(parts.get(scope, 0) for _, parts in rows)) for scope in scopes),
                reader.tonnes(sum(sums_mg)),
            ),
        ),
    )


def _share(reader: Reader, part_mg: int, total_mg: int) -> str:
    return formats.percent(part_mg / total_mg, reader.language, 1) if total_mg else "-"
