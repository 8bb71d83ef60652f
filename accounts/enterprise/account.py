"""The account of a year: what was emitted, by gas, scope, month, facility and source, from the roll-ups kept."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.activities import (
    ActivityExplanation,
    ActivityLine,
    explain_activity,
    list_activities,
)
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.identity.actors import Actor
from carbon.errors import N_, NotFound
from carbon.gases import gases
from methodologies.accounting.calculation import co2e_mg
from methodologies.accounting.catalogue import SOURCES

__all__ = [
    "Account",
    "ActivityExplanation",
    "ActivityLine",
    "explain_activity",
    "list_activities",
    "read_account",
]

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class GasLine:
    """One gas over the year; `in_total` is false for gases outside the Kyoto basket."""

    gas: str
    mg: int
    co2e_mg: int
    in_total: bool


@dataclass(frozen=True)
class ScopeLine:
    """A scope's CO2 equivalent and the number of its activities."""

    scope: int
    co2e_mg: int
    activities: int


@dataclass(frozen=True)
class MonthLine:
    """A month, or a longer period reported as one (`months` > 1), with the CO2 equivalent of each scope."""

    month: date
    months: int
    co2e_mg: int
    by_scope: dict[int, int]
    activities: int


@dataclass(frozen=True)
class FacilityLine:
    """A facility's share."""

    facility_id: UUID
    name: str
    co2e_mg: int
    activities: int


@dataclass(frozen=True)
class SourceLine:
    """A kind of source with its names."""

    source: str
    name_zh: str
    name_en: str
    scope: int
    co2e_mg: int
    activities: int


@dataclass(frozen=True)
class Coverage:
    """How good the figures are: activities by origin of their data, lines without amount, months without any line."""

    measured: int
    calculated: int
    estimated: int
    notations: dict[str, int]
    missing_months: tuple[date, ...]


@dataclass(frozen=True)
class Account:
    """A year's account. Purchased electricity counts by the method each row chose; `scope_2` shows both methods'
    totals beside each other, and they are never added.
    """

    enterprise_id: UUID
    name_zh: str
    name_en: str
    year: int
    years: tuple[int, ...]
    gwp_set: str
    co2e_mg: int
    activities: int
    by_gas: tuple[GasLine, ...]
    by_scope: tuple[ScopeLine, ...]
    by_month: tuple[MonthLine, ...]
    by_facility: tuple[FacilityLine, ...]
    by_source: tuple[SourceLine, ...]
    scope_2: dict[str, int]
    coverage: Coverage


async def read_account(actor: Actor, *, enterprise_id: UUID, year: int, gwp_set: str = "AR5") -> Account:
    """The account of a calendar year under a GWP set.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: an unknown GWP set, or a gas it gives no value.
    """
    check_gwp_set(gwp_set)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"account {year}")
        names = await _names(connection, enterprise_id)
        rows = await connection.fetch(
            """select month, months, facility, scope, method, source, quality, gas, beside, mg, activities
                 from enterprise_rollup where tenant_id = $1 and month >= $2 and month < $3
                  and (activities <> 0 or mg <> 0) order by month""",
            enterprise_id,
            date(year, 1, 1),
            date(year + 1, 1, 1),
        )
        years = await connection.fetch(
            """select distinct extract(year from month)::int as year from enterprise_rollup where tenant_id = $1
                order by year desc""",
            enterprise_id,
        )
        facilities = await connection.fetch(
            "select number, id, name from enterprise_facility where tenant_id = $1", enterprise_id
        )
        notations = await connection.fetch(
            """select notation, count(*) as lines, array_agg(distinct month) as months from enterprise_gap
                where tenant_id = $1 and month >= $2 and month < $3 group by notation order by notation""",
            enterprise_id,
            date(year, 1, 1),
            date(year + 1, 1, 1),
        )
    lines = [dict(row) for row in rows]
    by_number = {row["number"]: (row["id"], row["name"]) for row in facilities}
    told = [dict(row) for row in notations]
    known_years = tuple(row["year"] for row in years)
    return _account(enterprise_id, names, year, known_years, gwp_set, lines, by_number, told)


async def _names(connection: Connection, enterprise_id: UUID) -> tuple[str, str]:
    row = await connection.fetchrow(
        "select name_zh, name_en from identity_organisation where id = $1 and kind = 'enterprise'",
        enterprise_id,
    )
    if row is None:
        raise NotFound(N_("There is no such enterprise."))
    return row["name_zh"], row["name_en"]


Line = Mapping[str, Any]


def _account(
    enterprise_id: UUID,
    names: tuple[str, str],
    year: int,
    years: tuple[int, ...],
    gwp_set: str,
    lines: list[dict[str, Any]],
    facilities: Mapping[int, tuple[UUID, str]],
    notations: list[dict[str, Any]],
) -> Account:
    main = [line for line in lines if not line["beside"]]
    scopes = _grouped(main, lambda line: int(line["scope"]), gwp_set)
    places = _grouped(main, lambda line: int(line["facility"]), gwp_set)
    sources = _grouped(main, lambda line: (int(line["scope"]), str(line["source"])), gwp_set)
    by_gas = tuple(_by_gas(main, gwp_set))
    return Account(
        enterprise_id=enterprise_id,
        name_zh=names[0],
        name_en=names[1],
        year=year,
        years=years,
        gwp_set=gwp_set,
        co2e_mg=sum(line.co2e_mg for line in by_gas if line.in_total),
        activities=_activities(main),
        by_gas=by_gas,
        by_scope=tuple(ScopeLine(scope, *totals) for scope, totals in sorted(scopes.items())),
        by_month=tuple(_by_month(main, gwp_set)),
        by_facility=tuple(
            FacilityLine(*facilities[number], *totals) for number, totals in sorted(places.items())
        ),
        by_source=tuple(
            SourceLine(source, SOURCES[source].name.zh, SOURCES[source].name.en, scope, *totals)
            for (scope, source), totals in sorted(sources.items())
        ),
        scope_2=_scope_2(lines, gwp_set),
        coverage=_coverage(main, year, notations),
    )


def _masses(lines: Iterable[Line]) -> dict[str, int]:
    masses: dict[str, int] = defaultdict(int)
    for line in lines:
        if line["gas"]:
            masses[line["gas"]] += line["mg"]
    return masses


def _activities(lines: Iterable[Line]) -> int:
    """How many activities stand behind roll-up rows: those under the empty gas count them."""
    return sum(line["activities"] for line in lines if line["gas"] == "")


def _grouped(lines: Iterable[Line], key: Callable[[Line], Key], gwp_set: str) -> dict[Key, tuple[int, int]]:
    """CO2 equivalent and number of activities of each group."""
    groups: dict[Key, list[Line]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return {
        name: (kyoto_co2e_mg(_masses(group), gwp_set), _activities(group)) for name, group in groups.items()
    }


def _by_gas(lines: Iterable[Line], gwp_set: str) -> Iterable[GasLine]:
    masses = _masses(lines)
    for gas, entry in gases().items():
        if gas in masses:
            yield GasLine(gas, masses[gas], co2e_mg({gas: masses[gas]}, gwp_set), entry.in_kyoto_basket)


def _by_month(lines: list[dict[str, Any]], gwp_set: str) -> Iterable[MonthLine]:
    periods: dict[tuple[date, int], list[Line]] = defaultdict(list)
    for line in lines:
        periods[line["month"], line["months"]].append(line)
    for (month, months), group in sorted(periods.items()):
        scopes = _grouped(group, lambda line: int(line["scope"]), gwp_set)
        by_scope = {scope: total for scope, (total, _) in sorted(scopes.items())}
        yield MonthLine(month, months, kyoto_co2e_mg(_masses(group), gwp_set), by_scope, _activities(group))


def _scope_2(lines: Iterable[Line], gwp_set: str) -> dict[str, int]:
    """Scope 2 by location and by market: electricity by that method, with heat and whatever has no method in both."""
    second = [line for line in lines if line["scope"] == 2]
    methods = sorted({line["method"] for line in second} - {""})
    return {
        method: kyoto_co2e_mg(_masses(line for line in second if line["method"] in {method, ""}), gwp_set)
        for method in methods
    }


def _coverage(lines: list[dict[str, Any]], year: int, notations: list[dict[str, Any]]) -> Coverage:
    told = {line["month"] for line in lines} | {month for row in notations for month in row["months"]}
    for line in lines:
        first = line["month"].month
        told |= {date(year, month, 1) for month in range(first, min(first + line["months"], 13))}
    measured, calculated, estimated = (
        _activities(line for line in lines if line["quality"] == quality) for quality in range(3)
    )
    return Coverage(
        measured=measured,
        calculated=calculated,
        estimated=estimated,
        notations={row["notation"]: row["lines"] for row in notations},
        missing_months=tuple(
            month for number in range(1, 13) if (month := date(year, number, 1)) not in told
        ),
    )
