"""Scope 1: sulphur hexafluoride of switchgear and other electrical equipment."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("sf6_equipment")


def not_recovered(amount: Any, recovered_share: Any) -> Any:
    return amount * (1 - recovered_share)


def leaked(amount: Any, leak_rate: Any) -> Any:
    return amount * leak_rate


def topped_up(amount: Any) -> Any:
    return amount


EMPTIED = _TABLE.rule("emptied", released=not_recovered)
LEAKED = _TABLE.rule("leaked", released=leaked)
TOPPED_UP = _TABLE.rule("topped_up", released=topped_up)
_RULES = {"retirement": EMPTIED, "operation": LEAKED, "installation": LEAKED, "top_up": TOPPED_UP}


def plan(key: ActivityKey) -> Plan:
    """By what happened to the gas.

    Raises:
        Problem: no leak rate is given where one is needed, or as `Table.plan`.
    """
    return _TABLE.plan(key, _RULES[key.item], {"SF6": "released"})


SOURCE = _TABLE.source(plan, EMPTIED, LEAKED, TOPPED_UP)
