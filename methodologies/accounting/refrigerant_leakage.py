"""Scope 1: refrigerant that escaped, gas by gas; blends by their components."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.gas_release import component_leaked, gas_items, released_gases
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("refrigerant_leakage")


def leaked_as_refilled(amount: Any) -> Any:
    return amount


def leaked_of_charge(amount: Any, leak_rate: Any) -> Any:
    return amount * leak_rate


REFILLED = _TABLE.rule("refilled", leaked=leaked_as_refilled, component_leaked=component_leaked)
OF_CHARGE = _TABLE.rule("of_charge", leaked=leaked_of_charge, component_leaked=component_leaked)


def plan(key: ActivityKey) -> Plan:
    """One branch for each gas that escaped.

    Raises:
        Problem: the unit is not one of mass, or the leak rate is no share.
    """
    rate = _TABLE.own(key, "leak_rate")
    return released_gases(key, OF_CHARGE if rate else REFILLED, {"leak_rate": rate} if rate else {})


SOURCE = _TABLE.source(plan, REFILLED, OF_CHARGE, items=gas_items({"HFC", "PFC", "HCFC", "SF6", "NF3"}))
