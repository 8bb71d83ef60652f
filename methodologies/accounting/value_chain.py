"""Scope 3: the fifteen categories of the value chain, by activity, distance, weight or spend, with factors in the row."""

from dataclasses import replace

from carbon import units
from carbon.explanation import amount
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.reported_factor import GASES, by_own_factors, rule_of
from methodologies.accounting.sources import Plan

_TABLE = Table("value_chain")
_BASES = {
    "CNY": Text("按支出法", "spend-based"),
    "t*km": Text("按运输周转量", "distance-based, freight"),
    "person*km": Text("按旅客周转量", "distance-based, passengers"),
    "t": Text("按质量", "weight-based"),
}
_SUPPLIER = Text("采用供应商碳足迹因子", "by the supplier's own footprint")
_SET_ASIDE = Text(
    "行内另有排放因子，因供应商因子优先而未采用",
    "another factor of the row stands aside: the supplier's goes first",
)


def plan(key: ActivityKey) -> Plan:
    """By the supplier's footprint if given, else by the row's factors; a distance makes an activity of the amount.

    Raises:
        Problem: no factor at all, or as for every own factor.
    """
    distance = _TABLE.own(key, "distance")
    carried = replace(key, unit=f"{key.unit}*km") if distance else key
    begun = by_own_factors(_with_supplier(carried))
    notes = [note for unit, note in _BASES.items() if units.same_dimension(carried.unit, unit)]
    per_unit = begun.per_written_unit
    if distance:
        per_unit *= distance.into("km")
        written = amount(distance.value, distance.unit)
        notes.append(Text(f"活动量 × 距离 {written}", f"activity × distance of {written}"))
    return replace(begun, per_written_unit=per_unit, notes=(*notes, *begun.notes, *_said(key)))


def _with_supplier(key: ActivityKey) -> ActivityKey:
    """The supplier's footprint in place of every other factor."""
    footprint = key.override("supplier_footprint")
    if not footprint:
        return key
    kept = [pair for pair in key.overrides if pair[0] not in GASES]
    return replace(key, overrides=tuple(sorted([*kept, ("factor_co2e", footprint)])))


def _said(key: ActivityKey) -> tuple[Text, ...]:
    if not key.override("supplier_footprint"):
        return ()
    aside = any(key.override(name) for name in GASES)
    return (_SUPPLIER, _SET_ASIDE) if aside else (_SUPPLIER,)


SOURCE = _TABLE.source(plan, rule_of("CO2e", "t"))
