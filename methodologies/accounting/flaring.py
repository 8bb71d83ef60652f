"""Scope 1: gas burnt in flares: the carbon that burns, and the methane that does not."""

from typing import Any

from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("flaring")
_NO_METHANE = Text(
    "未填报火炬气甲烷含量，未燃尽的甲烷未计算",
    "no methane content given: methane left unburnt is not counted",
)


def co2(amount: Any, flare_carbon: Any, burnt_share: Any, co2_per_carbon: Any) -> Any:
    return amount * flare_carbon * burnt_share * co2_per_carbon


def ch4(amount: Any, flare_methane: Any, burnt_share: Any) -> Any:
    return amount * flare_methane * (1 - burnt_share)


BOTH = _TABLE.rule("both", co2, ch4)
CO2_ONLY = _TABLE.rule("co2_only", co2)


def plan(key: ActivityKey) -> Plan:
    """Carbon dioxide, and methane where the row says how much there is.

    Raises:
        Problem: as `Table.plan`.
    """
    if key.override("flare_methane"):
        return _TABLE.plan(key, BOTH, {"CO2": "co2", "CH4_fossil": "ch4"})
    return _TABLE.plan(key, CO2_ONLY, {"CO2": "co2"}, gaps=(_NO_METHANE,))


SOURCE = _TABLE.source(plan, BOTH, CO2_ONLY)
