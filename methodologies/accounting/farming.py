"""Livestock is counted by its mean stock of a year, or by head-days: shared by the sources of animals."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from carbon import rules, units
from carbon.parameters import Chosen
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan, Source, per_written_unit
from methodologies.factors.places import FARMING_REGIONS

_DAYS_OF_A_YEAR = 365


def heads(key: ActivityKey) -> Fraction:
    """How many animals kept all year one written unit is.

    Raises:
        Problem: the unit is neither heads nor head-days.
    """
    if units.is_unit(key.unit) and units.same_dimension(key.unit, "head*day"):
        return units.to_unit(key.unit, "head*day") / _DAYS_OF_A_YEAR
    return per_written_unit(key, "head")


def livestock_plan(
    table: Table,
    key: ActivityKey,
    rule: rules.Rule,
    gases: Mapping[str, str],
    numbers: Mapping[str, Chosen] | None = None,
) -> Plan:
    """As `Table.plan`, for a rule whose amount is heads.

    Raises:
        Problem: as `heads` and `Table.number`.
    """
    by_head = table.plan(replace(key, unit="head"), rule, gases, numbers)
    return replace(by_head, per_written_unit=heads(key))


def livestock_source(name: str, *steps: rules.Step, gases: Mapping[str, str]) -> Source:
    """A source of one formula over heads, with regional numbers by the farming regions."""
    table = Table(name, regions=FARMING_REGIONS)
    rule = table.rule("", *steps)

    def plan(key: ActivityKey) -> Plan:
        return livestock_plan(table, key, rule, gases)

    return table.source(plan, rule)
