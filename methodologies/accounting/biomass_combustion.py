"""Scope 1: biomass burnt: its carbon dioxide kept apart, its methane and nitrous oxide counted."""

from typing import Any

from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("biomass_combustion")
_OTHER_GASES = {"biomass_ch4": ("CH4_biogenic", "ch4"), "biomass_n2o": ("N2O", "n2o")}


def co2(amount: Any, carbon_share: Any, co2_per_carbon: Any) -> Any:
    return amount * carbon_share * co2_per_carbon


def ch4(amount: Any, biomass_ch4: Any) -> Any:
    return amount * biomass_ch4


def n2o(amount: Any, biomass_n2o: Any) -> Any:
    return amount * biomass_n2o


RULE = _TABLE.rule("", co2, ch4, n2o)


def plan(key: ActivityKey) -> Plan:
    """Biogenic carbon dioxide; methane and nitrous oxide where the row gives their factors, else a named gap.

    Raises:
        Problem: as `Table.plan`.
    """
    numbers = {name: _TABLE.number(key, name) for name in ("carbon_share", "co2_per_carbon")}
    gases, gaps = {"CO2_biogenic": "co2"}, []
    for name, (gas, step) in _OTHER_GASES.items():
        own = _TABLE.own(key, name)
        if own:
            numbers[name], gases[gas] = own, step
        else:
            gaps.append(
                Text(f"未填报燃烧的{gas}因子，未计算", f"no {gas} factor of burning given; not counted")
            )
    return _TABLE.plan(key, RULE, gases, numbers, gaps=gaps)


SOURCE = _TABLE.source(plan, RULE)
