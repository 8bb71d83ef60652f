"""Scope 1: gas let go on purpose or by leaks, metered by volume: oil and gas, mines, biogas."""

from typing import Any

from carbon import units
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("gas_venting")
_GASES = {"methane": "CH4_fossil", "biogas": "CH4_biogenic", "co2": "CO2"}


def released(amount: Any, gas_share: Any, gas_density: Any, recovered_share: Any) -> Any:
    return amount * gas_share * gas_density * (1 - recovered_share)


def released_normal(amount: Any, gas_share: Any, normal_density: Any, recovered_share: Any) -> Any:
    return amount * gas_share * normal_density * (1 - recovered_share)


METERED = _TABLE.rule("metered", released)
NORMAL = _TABLE.rule_in("Nm3", "normal", released=released_normal)


def plan(key: ActivityKey) -> Plan:
    """By metered or by standard volume, each with its own density.

    Raises:
        Problem: the density is not known, or as `Table.plan`.
    """
    normal = units.is_unit(key.unit) and units.same_dimension(key.unit, "Nm3")
    return _TABLE.plan(key, NORMAL if normal else METERED, {_GASES[key.item]: "released"})


SOURCE = _TABLE.source(plan, METERED, NORMAL)
