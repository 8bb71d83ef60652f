"""Scope 1, below zero: methane caught and burnt or used, as a line of its own beside what was generated.

For recovery that is metered as an amount; a share caught is a value of the generating source itself.
"""

from dataclasses import replace
from typing import Any

from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("methane_recovered")
_GASES = {"coal_mining": "CH4_fossil", "oil_gas": "CH4_fossil"}
_BESIDE = Text(
    "单列为负值；与产生甲烷的排放源分行列示",
    "a line of its own below zero, beside the source that makes the methane",
)


def ch4(amount: Any, destroyed_share: Any, oxidised_share: Any) -> Any:
    return -(amount * destroyed_share * (1 - oxidised_share))


def ch4_of_volume(
    amount: Any, gas_share: Any, ch4_density: Any, destroyed_share: Any, oxidised_share: Any
) -> Any:
    return -(amount * gas_share * ch4_density * destroyed_share * (1 - oxidised_share))


BY_MASS = _TABLE.rule("by_mass", ch4)
BY_VOLUME = _TABLE.rule_in("m3", "by_volume", ch4=ch4_of_volume)


def plan(key: ActivityKey) -> Plan:
    """By mass of methane, or by volume of gas with its share of methane.

    Raises:
        Problem: as `Table.plan`.
    """
    gas = {_GASES.get(key.item, "CH4_biogenic"): "ch4"}
    key = replace(key, unit=f"{key.unit}CH4") if _TABLE.is_in(key, "t") else key
    by_volume = _TABLE.is_in(key, "m3")
    return _TABLE.plan(key, BY_VOLUME if by_volume else BY_MASS, gas, notes=(_BESIDE,))


SOURCE = _TABLE.source(plan, BY_MASS, BY_VOLUME)
