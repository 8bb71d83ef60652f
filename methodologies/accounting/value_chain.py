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
_SPEND = Text("按支出法", "spend-based")
_BASES = {
    **dict.fromkeys(("CNY", "USD", "EUR", "GBP"), _SPEND),
    "t*km": Text("按运输周转量", "distance-based, freight"),
    "person*km": Text("按旅客周转量", "distance-based, passengers"),
    "t": Text("按质量", "weight-based"),
}
_SUPPLIER = Text("采用供应商碳足迹因子", "by the supplier's own footprint")
_DISTANCE_IDLE = Text(
    "因子不按里程计，距离未使用", "the factor is not per distance: the distance is not used"
)
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
    begun = by_own_factors(_with_supplier(key))
    carried = distance is not None and any("distance" in branch.parameters for branch in begun.branches)
    unit = f"{key.unit}*km" if carried else key.unit
    notes = [note for basis, note in _BASES.items() if units.same_dimension(unit, basis)]
    if distance and carried:
        written = amount(distance.value, distance.unit)
        notes.append(Text(f"活动量 × 距离 {written}", f"activity × distance of {written}"))
    elif distance:
        notes.append(_DISTANCE_IDLE)
    return replace(begun, notes=(*notes, *begun.notes, *_said(key)))


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
