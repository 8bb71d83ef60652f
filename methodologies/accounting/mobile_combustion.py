"""Scope 1: fuel of vehicles, ships, aircraft and machines.

Carbon dioxide follows the fuel's carbon and is computed as in fuel combustion. Methane and nitrous oxide follow the engine: only
factors of mobile sources count, never those of boilers.
"""

from dataclasses import replace
from fractions import Fraction

from carbon import units
from carbon.explanation import amount
from carbon.parameters import renamed
from carbon.text import Text
from methodologies.accounting import fuel_combustion
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import Branch, Plan

_TABLE = Table("mobile_combustion")
_OTHER_GASES = {"mobile_ch4": "CH4", "mobile_n2o": "N2O"}
_OWN = set(_OTHER_GASES) | {"fuel_per_distance"}
_BY_DISTANCE = {"natural_gas": "Nm3", "lng": "kg", "lpg": "kg"}
"""In what the fuel of a distance is told, where not in litres."""


def plan(key: ActivityKey) -> Plan:
    """By fuel, or by distance with the fuel each takes.

    Raises:
        Problem: a distance without its fuel, or as in fuel combustion.
    """
    fuel_key, fuel_per_unit, notes = _as_fuel(key)
    begun = fuel_combustion.plan(fuel_key)
    [co2] = [branch for branch in begun.branches if branch.gas == "CO2"]
    branches, gaps = [co2], []
    for name, gas in _OTHER_GASES.items():
        own = _TABLE.own(key, name)
        if own and gas.lower() in co2.rule.steps:
            numbers = {**co2.parameters, f"{gas.lower()}_factor": renamed(own, f"{gas.lower()}_factor")}
            branches.append(Branch(gas, co2.rule, gas.lower(), numbers))
        else:
            gaps.append(
                Text(
                    f"未填报移动源{gas}因子，未计算", f"no {gas} factor of mobile burning given; not counted"
                )
            )
    return replace(
        begun,
        per_written_unit=begun.per_written_unit * fuel_per_unit,
        branches=tuple(branches),
        notes=(*begun.notes, *notes),
        gaps=tuple(gaps),
    )


def _as_fuel(key: ActivityKey) -> tuple[ActivityKey, Fraction, tuple[Text, ...]]:
    """The same activity as fuel burnt, how much fuel one written unit is, and what was assumed."""
    left = tuple(pair for pair in key.overrides if pair[0] not in _OWN)
    fuel = replace(key, source=fuel_combustion.SOURCE.id, overrides=left)
    by_distance = units.is_unit(key.unit) and units.same_dimension(key.unit, "km")
    if not by_distance:
        return fuel, Fraction(1), ()
    unit = _BY_DISTANCE.get(key.item, "L")
    taken = reported(key, "fuel_per_distance", f"{unit}/100km", _TABLE.content["options"])
    taken = taken or _TABLE.number_of_row(key, "fuel_per_distance")
    note = Text(
        f"按单位里程燃料消耗 {amount(taken.value, taken.unit)} 计",
        f"by fuel per distance of {amount(taken.value, taken.unit)}",
    )
    return replace(fuel, unit=unit), taken.into(f"{unit}/km") * units.to_unit(key.unit, "km"), (note,)


SOURCE = _TABLE.source(plan, guides=fuel_combustion.SOURCE.guides)
