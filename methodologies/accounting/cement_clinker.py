"""Scope 1: carbon dioxide of the carbonates burnt to clinker, by output or by the composition of the clinker."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("cement_clinker")


def co2(amount: Any, process_factor: Any) -> Any:
    return amount * process_factor


def co2_of_oxides(
    amount: Any,
    cao_share: Any,
    free_cao_share: Any,
    co2_per_lime: Any,
    mgo_share: Any,
    free_mgo_share: Any,
    co2_per_magnesia: Any,
) -> Any:
    return amount * (
        (cao_share - free_cao_share) * co2_per_lime + (mgo_share - free_mgo_share) * co2_per_magnesia
    )


BY_OUTPUT = _TABLE.rule("by_output", co2)
BY_COMPOSITION = _TABLE.rule("by_composition", co2=co2_of_oxides)


def plan(key: ActivityKey) -> Plan:
    """By composition where the row gives the clinker's lime or magnesia, else by output.

    Raises:
        Problem: only one of the two oxides is given, more came from no carbonate than there is, or as `Table.plan`.
    """
    by_oxides = key.override("cao_share") or key.override("mgo_share")
    rule = BY_COMPOSITION if by_oxides else BY_OUTPUT
    numbers = _TABLE.numbers(key, rule)
    if by_oxides:
        for oxide in ("cao_share", "mgo_share"):
            _TABLE.check_part(numbers[f"free_{oxide}"], numbers[oxide])
    return _TABLE.plan(key, rule, {"CO2": "co2"}, numbers)


SOURCE = _TABLE.source(plan, BY_OUTPUT, BY_COMPOSITION)
