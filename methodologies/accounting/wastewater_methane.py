"""Scope 1: methane of wastewater, by the organics removed, by volume with their concentration, or by persons."""

from typing import Any

from carbon import units
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("wastewater_methane")


def ch4(amount: Any, methane_capacity: Any, methane_correction: Any, recovered_share: Any) -> Any:
    return amount * methane_capacity * methane_correction * (1 - recovered_share)


def organics(amount: Any, organics_removed: Any) -> Any:
    return amount * organics_removed


def ch4_of_organics(
    organics: Any, methane_capacity: Any, methane_correction: Any, recovered_share: Any
) -> Any:
    return organics * methane_capacity * methane_correction * (1 - recovered_share)


def organics_of_persons(amount: Any, organics_per_person: Any, days_of_year: Any, co_discharge: Any) -> Any:
    return amount * organics_per_person * days_of_year * co_discharge


BY_ORGANICS = _TABLE.rule("by_organics", ch4)
BY_VOLUME = _TABLE.rule_in("m3", "by_volume", organics, ch4=ch4_of_organics)
BY_PERSONS = _TABLE.rule_in("person", "by_persons", organics=organics_of_persons, ch4=ch4_of_organics)


def plan(key: ActivityKey) -> Plan:
    """By mass of organics, or by volume with what was removed from each.

    Raises:
        Problem: a volume without its concentration, or as `Table.plan`.
    """
    if units.is_unit(key.unit) and units.same_dimension(key.unit, "person"):
        return _TABLE.plan(key, BY_PERSONS, {"CH4_biogenic": "ch4"})
    by_volume = units.is_unit(key.unit) and units.same_dimension(key.unit, "m3")
    if not by_volume:
        return _TABLE.plan(key, BY_ORGANICS, {"CH4_biogenic": "ch4"})
    numbers = {name: _TABLE.number(key, name) for name in BY_VOLUME.parameters if name != "organics_removed"}
    numbers["organics_removed"] = _TABLE.number_of_row(key, "organics_removed")
    return _TABLE.plan(key, BY_VOLUME, {"CH4_biogenic": "ch4"}, numbers)


SOURCE = _TABLE.source(plan, BY_ORGANICS, BY_VOLUME, BY_PERSONS)
