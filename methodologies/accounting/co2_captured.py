"""Scope 1, below zero: carbon dioxide recovered, passed on, stored or bound, as a line of its own."""

from typing import Any

from carbon import units
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("co2_captured")


def co2(amount: Any, co2_share: Any) -> Any:
    return -(amount * co2_share)


def co2_mass(amount: Any, gas_share: Any, normal_density: Any) -> Any:
    return -(amount * gas_share * normal_density)


BY_MASS = _TABLE.rule("by_mass", co2)
BY_VOLUME = _TABLE.rule_in("Nm3", "by_volume", co2_mass)


def plan(key: ActivityKey) -> Plan:
    """By mass, or by standard volume with the density.

    Raises:
        Problem: a volume without its density, or as `Table.plan`.
    """
    if units.is_unit(key.unit) and units.same_dimension(key.unit, "Nm3"):
        return _TABLE.plan(key, BY_VOLUME, {"CO2": "co2_mass"})
    return _TABLE.plan(key, BY_MASS, {"CO2": "co2"})


SOURCE = _TABLE.source(plan, BY_MASS, BY_VOLUME)
