"""Scope 1: waste burnt: fossil carbon dioxide, the biogenic part kept apart, methane and nitrous oxide by own factors."""

from typing import Any

from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("waste_incineration")
_OTHER_GASES = {"incineration_ch4": ("CH4", "ch4"), "incineration_n2o": ("N2O", "n2o")}


def co2(amount: Any, carbon_share: Any, fossil_share: Any, burnt_share: Any, co2_per_carbon: Any) -> Any:
    return amount * carbon_share * fossil_share * burnt_share * co2_per_carbon


def biogenic_co2(
    amount: Any, carbon_share: Any, fossil_share: Any, burnt_share: Any, co2_per_carbon: Any
) -> Any:
    return amount * carbon_share * (1 - fossil_share) * burnt_share * co2_per_carbon


def ch4(amount: Any, incineration_ch4: Any) -> Any:
    return amount * incineration_ch4


def n2o(amount: Any, incineration_n2o: Any) -> Any:
    return amount * incineration_n2o


RULE = _TABLE.rule("", co2, biogenic_co2, ch4, n2o)


def plan(key: ActivityKey) -> Plan:
    """Both kinds of carbon dioxide; methane and nitrous oxide where the row gives their factors, else a named gap.

    Raises:
        Problem: as `Table.plan`.
    """
    numbers = {
        name: _TABLE.number(key, name)
        for name in ("carbon_share", "fossil_share", "burnt_share", "co2_per_carbon")
    }
    gases, gaps = {"CO2": "co2", "CO2_biogenic": "biogenic_co2"}, []
    for name, (gas, step) in _OTHER_GASES.items():
        own = _TABLE.own(key, name)
        if own:
            numbers[name], gases[gas] = own, step
        else:
            gaps.append(
                Text(f"未填报焚烧的{gas}因子，未计算", f"no {gas} factor of burning given; not counted")
            )
    return _TABLE.plan(key, RULE, gases, numbers, gaps=gaps)


SOURCE = _TABLE.source(plan, RULE)
