"""Scope 1: methane and nitrous oxide of manure, by the region's factors or by the manure system the row names."""

from typing import Any

from carbon.errors import N_, Problem
from carbon.parameters import Chosen
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.farming import livestock_plan
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan
from methodologies.factors.places import FARMING_REGIONS

_TABLE = Table("manure_management", regions=FARMING_REGIONS)
_GASES = {"CH4_biogenic": "ch4", "N2O": "n2o"}
_SYSTEMS = _TABLE.content["options"]["manure_system"]["choices"]
_COLDEST, _WARMEST = 10, 28
"""The table of conversion ends there: at or below, and at or above."""


def ch4(amount: Any, manure_ch4_factor: Any) -> Any:
    return amount * manure_ch4_factor


def n2o(amount: Any, manure_n2o_factor: Any) -> Any:
    return amount * manure_n2o_factor


def ch4_of_system(
    amount: Any, volatile_solids: Any, methane_potential: Any, ch4_density: Any, methane_conversion: Any
) -> Any:
    return amount * volatile_solids * methane_potential * ch4_density * methane_conversion


def nitrogen(amount: Any, nitrogen_excreted: Any) -> Any:
    return amount * nitrogen_excreted


def direct_n2o(nitrogen: Any, system_n2o_share: Any, n2o_per_nitrogen: Any) -> Any:
    return nitrogen * system_n2o_share * n2o_per_nitrogen


def indirect_n2o(
    nitrogen: Any,
    manure_volatilised: Any,
    volatilised_n2o: Any,
    manure_leached: Any,
    leached_n2o: Any,
    n2o_per_nitrogen: Any,
) -> Any:
    return nitrogen * (manure_volatilised * volatilised_n2o + manure_leached * leached_n2o) * n2o_per_nitrogen


def n2o_of_system(direct_n2o: Any, indirect_n2o: Any) -> Any:
    return direct_n2o + indirect_n2o


BY_FACTOR = _TABLE.rule("by_factor", ch4, n2o)
BY_SYSTEM = _TABLE.rule("by_system", nitrogen, direct_n2o, indirect_n2o, ch4=ch4_of_system, n2o=n2o_of_system)
_INDIRECT_APART = Text(
    "采用分区域因子时，挥发和淋溶的间接氧化亚氮未计算；给出粪便管理方式即可计算",
    "with the region's factors the indirect N2O of volatilised and leached nitrogen is not counted; name the manure system to count it",
)


def plan(key: ActivityKey) -> Plan:
    """By the manure system where the row names one, else by the region.

    Raises:
        Problem: no such system, no temperature to go with it, a region without factors, or as `Table.plan`.
    """
    system = key.override("manure_system")
    if not system:
        return _by_region(key)
    if system not in _SYSTEMS:
        raise Problem(
            N_("There is no manure system “{system}”: choose one of {known}."),
            system=system,
            known=Text.listed(Text.of(words, id_) for id_, words in _SYSTEMS.items()),
            at="manure_system",
        )
    numbers = {
        name: _TABLE.number(key, name, system)
        for name in BY_SYSTEM.parameters
        if name != "methane_conversion"
    }
    numbers["methane_conversion"] = _conversion(key, system)
    return livestock_plan(_TABLE, key, BY_SYSTEM, _GASES, numbers)


def _by_region(key: ActivityKey) -> Plan:
    try:
        numbers = _TABLE.numbers(key, BY_FACTOR)
    except Problem as problem:
        raise Problem(
            N_(
                "{item} has no manure factors in {region}: give the province, your own factors, or the manure system."
            ),
            item=_TABLE.item_name(key),
            region=FARMING_REGIONS.name(key.region),
            at=problem.at if problem.at in BY_FACTOR.parameters else "manure_system",
        ) from problem
    begun = livestock_plan(_TABLE, key, BY_FACTOR, _GASES, numbers)
    return Plan(begun.unit, begun.per_written_unit, begun.branches, begun.notes, (_INDIRECT_APART,))


def _conversion(key: ActivityKey, system: str) -> Chosen:
    """The row's own, else that of the system at the year's mean temperature, in whole degrees."""
    own = _TABLE.own(key, "methane_conversion")
    warmth = None if own else _TABLE.number_of_row(key, "mean_temperature")
    degrees = min(max(round(warmth.value), _COLDEST), _WARMEST) if warmth else _COLDEST
    return own or _TABLE.number(key, "methane_conversion", f"{system}_{degrees}")


SOURCE = _TABLE.source(plan, BY_FACTOR, BY_SYSTEM)
