"""Scope 1: perfluorocarbons of anode effects in aluminium smelting, by output or by the slope."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("aluminium_anode_effects")
_GASES = {"CF4": "cf4", "C2F6": "c2f6"}


def cf4(amount: Any, cf4_factor: Any) -> Any:
    return amount * cf4_factor


def c2f6(amount: Any, c2f6_factor: Any) -> Any:
    return amount * c2f6_factor


def cf4_by_slope(amount: Any, cf4_slope: Any, effect_minutes: Any) -> Any:
    return amount * cf4_slope * effect_minutes


def c2f6_by_ratio(cf4: Any, c2f6_ratio: Any) -> Any:
    return cf4 * c2f6_ratio


BY_FACTOR = _TABLE.rule("by_factor", cf4, c2f6)
BY_SLOPE = _TABLE.rule("by_slope", cf4=cf4_by_slope, c2f6=c2f6_by_ratio)


def plan(key: ActivityKey) -> Plan:
    """By the slope where the row gives anode-effect minutes, else by output.

    Raises:
        Problem: as `Table.plan`.
    """
    return _TABLE.plan(key, BY_SLOPE if key.override("effect_minutes") else BY_FACTOR, _GASES)


SOURCE = _TABLE.source(plan, BY_FACTOR, BY_SLOPE)
