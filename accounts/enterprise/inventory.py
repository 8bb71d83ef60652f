"""The emissions of checked rows as columns, and their totals by gas, scope and source. Needs no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from accounts.enterprise.checking import CheckedActivities
from accounts.enterprise.emissions import emissions_mg
from accounts.enterprise.resolving import Resolved
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS, gases
from methodologies.accounting.calculation import co2e_mg
from methodologies.accounting.catalogue import SOURCES

Masses = Mapping[str, int]


@dataclass(frozen=True)
class GasTotal:
    """One gas: its mass, its CO2 equivalent, and whether it belongs to the Kyoto basket that totals add up."""

    gas: str
    mg: int
    co2e_mg: int
    in_total: bool


@dataclass(frozen=True)
class GroupTotal:
    """The CO2 equivalent of a group of rows, such as a scope or a source, and how many rows it has."""

    name: str
    co2e_mg: int
    activities: int


@dataclass(frozen=True)
class Inventory:
    """Rows with their milligrams (`mg_<gas>`), and the sums. `beside` holds other methods' totals, never added."""

    rows: pl.DataFrame
    gwp_set: str
    by_gas: tuple[GasTotal, ...]
    by_scope: tuple[GroupTotal, ...]
    by_source: tuple[GroupTotal, ...]
    beside: Mapping[str, int]

    @property
    def co2e_mg(self) -> int:
        """The total of the gases of the Kyoto basket."""
        return sum(total.co2e_mg for total in self.by_gas if total.in_total)


def with_emissions(rows: pl.DataFrame, resolved: Sequence[Resolved]) -> pl.DataFrame:
    """Rows with a column `mg_<gas>` for each gas any of them emits."""
    masses = emissions_mg(rows["amount"], rows["resolved"], [_per_unit(entry) for entry in resolved])
    return rows.with_columns(column.alias(f"mg_{gas}") for gas, column in masses.items())


def _per_unit(entry: Resolved) -> Mapping[str, Fraction]:
    return entry.coefficient.mg_per_unit if entry.coefficient else {}


def take_inventory(checked: CheckedActivities, gwp_set: str) -> Inventory:
    """Compute and add up everything a file reports.

    Raises:
        Problem: a gas has no warming potential in `gwp_set`.
    """
    rows = with_emissions(checked.rows, checked.resolved).with_columns(
        _looked_up(checked, "scope").alias("scope"), _looked_up(checked, "source").alias("source")
    )
    names = [column for column in rows.columns if column.startswith("mg_")]
    return Inventory(
        rows=rows,
        gwp_set=gwp_set,
        by_gas=_by_gas({name[3:]: exact_sum(rows[name]) for name in names}, gwp_set),
        by_scope=_grouped(rows, "scope", names, gwp_set),
        by_source=_grouped(rows, "source", names, gwp_set),
        beside=_beside(checked, gwp_set),
    )


def _looked_up(checked: CheckedActivities, what: str) -> pl.Series:
    values = [str(entry.coefficient.scope if entry.coefficient else 0) for entry in checked.resolved]
    if what == "source":
        values = [entry.key.source for entry in checked.resolved]
    return (
        pl.Series(values, dtype=pl.String)[checked.rows["resolved"]]
        if values
        else pl.Series([], dtype=pl.String)
    )


def exact_sum(column: pl.Series) -> int:
    """A sum that cannot overflow."""
    return int(column.cast(pl.Int128).sum())


def _by_gas(masses: Masses, gwp_set: str) -> tuple[GasTotal, ...]:
    order = {gas: place for place, gas in enumerate(gases())}
    return tuple(
        GasTotal(gas, masses[gas], co2e_mg({gas: masses[gas]}, gwp_set), gases()[gas].in_kyoto_basket)
        for gas in sorted(masses, key=lambda gas: order[gas])
    )


def _grouped(rows: pl.DataFrame, by: str, names: Sequence[str], gwp_set: str) -> tuple[GroupTotal, ...]:
    groups = rows.group_by(by).agg(
        pl.len().alias("activities"), *(pl.col(name).cast(pl.Int128).sum() for name in names)
    )
    return tuple(
        GroupTotal(
            group[by], kyoto_co2e_mg({name[3:]: group[name] for name in names}, gwp_set), group["activities"]
        )
        for group in groups.sort(by).iter_rows(named=True)
    )


def kyoto_co2e_mg(masses: Masses, gwp_set: str) -> int:
    """CO2 equivalent of the gases of the Kyoto basket among these, each gas rounded by itself, as the totals by gas are."""
    return sum(
        co2e_mg({gas: mass}, gwp_set) for gas, mass in masses.items() if mass and gases()[gas].in_kyoto_basket
    )


def _beside(checked: CheckedActivities, gwp_set: str) -> dict[str, int]:
    """Totals by other methods, such as market-based electricity, beside which no total is added."""
    methods = {
        method
        for entry in checked.resolved
        if entry.coefficient
        for method in dict(entry.coefficient.alternatives)
    }
    return {method: _by_method(checked, method, gwp_set) for method in sorted(methods)}


def _by_method(checked: CheckedActivities, method: str, gwp_set: str) -> int:
    coefficients = [
        dict(entry.coefficient.alternatives).get(method, {}) if entry.coefficient else {}
        for entry in checked.resolved
    ]
    masses = emissions_mg(checked.rows["amount"], checked.rows["resolved"], coefficients)
    return kyoto_co2e_mg({gas: exact_sum(column) for gas, column in masses.items()}, gwp_set)


def source_name(source: str, language: str) -> str:
    """The source's name in `zh` or `en`."""
    return SOURCES[source].name.in_language(language)


def check_gwp_set(gwp_set: str) -> None:
    """Refuse a set that is not known.

    Raises:
        Problem: names those that are.
    """
    if gwp_set not in GWP_SETS:
        raise Problem(
            N_("There is no GWP set “{gwp_set}”: choose one of {known}."),
            gwp_set=gwp_set[:20],
            known=", ".join(GWP_SETS),
            at="gwp",
        )
