"""Scope 1: fluorinated gases of etching and chamber cleaning: what did not react, and what formed beside."""

from typing import Any

from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Branch, Plan, per_written_unit

_TABLE = Table("electronics_gases")
_BY_PRODUCTS = {"byproduct_cf4": ("CF4", "cf4"), "byproduct_c2f6": ("C2F6", "c2f6")}
_NOT_GIVEN = Text(
    "未填报副产率，副产的 CF4 和 C2F6 未计算",
    "no by-product rates given: CF4 and C2F6 formed beside are not counted",
)


def fed(amount: Any, heel_share: Any) -> Any:
    return amount * (1 - heel_share)


def gas(fed: Any, used_share: Any, collected_share: Any, destroyed_share: Any) -> Any:
    return fed * (1 - used_share) * (1 - collected_share * destroyed_share)


def cf4(fed: Any, byproduct_cf4: Any, collected_share: Any, destroyed_share: Any) -> Any:
    return fed * byproduct_cf4 * (1 - collected_share * destroyed_share)


def c2f6(fed: Any, byproduct_c2f6: Any, collected_share: Any, destroyed_share: Any) -> Any:
    return fed * byproduct_c2f6 * (1 - collected_share * destroyed_share)


RULE = _TABLE.rule("", fed, gas, cf4, c2f6)


def plan(key: ActivityKey) -> Plan:
    """The gas itself, and each by-product whose rate the row gives; without any, the gap is named.

    Raises:
        Problem: the share used up is missing, or as `Table.plan`.
    """
    names = ("heel_share", "used_share", "collected_share", "destroyed_share")
    numbers = {name: _TABLE.number(key, name) for name in names}
    own = {name: chosen for name in _BY_PRODUCTS if (chosen := _TABLE.own(key, name))}
    numbers |= own
    branches = [Branch(key.item, RULE, "gas", numbers)]
    branches += [Branch(*_branch(name), numbers) for name in own]
    return Plan("kg", per_written_unit(key, "kg"), tuple(branches), gaps=() if own else (_NOT_GIVEN,))


def _branch(name: str) -> tuple[str, Any, str]:
    made, step = _BY_PRODUCTS[name]
    return made, RULE, step


SOURCE = _TABLE.source(plan, RULE)
