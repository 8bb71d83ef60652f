"""Scope 1: refrigerant that escaped, gas by gas; blends by their components."""

from typing import Any

from carbon import rules
from carbon.gases import gases
from carbon.parameters import content_of, renamed
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import Branch, Item, Plan, per_written_unit, source
from methodologies.factors.gwp import BLEND_NAMES, components

_CONTENT = content_of(__package__, "refrigerant_leakage.toml")
_FAMILIES = {"HFC", "PFC", "HCFC"}
_OUTSIDE_KYOTO = Text(
    "《蒙特利尔议定书》管控物质，不属于京都议定书气体，仅作信息项",
    "controlled by the Montreal Protocol and outside the Kyoto basket: for information only",
)


def leaked_as_refilled(amount: Any) -> Any:
    return amount


def leaked_of_charge(amount: Any, leak_rate: Any) -> Any:
    return amount * leak_rate


def component_leaked(leaked: Any, share: Any) -> Any:
    return leaked * share


_BY_REFILL: dict[str, rules.Step] = {"leaked": leaked_as_refilled, "component_leaked": component_leaked}
_BY_CHARGE: dict[str, rules.Step] = {"leaked": leaked_of_charge, "component_leaked": component_leaked}
REFILLED = rules.build(
    _CONTENT,
    _BY_REFILL,
    id="refrigerant_leakage.refilled",
)
OF_CHARGE = rules.build(
    _CONTENT,
    _BY_CHARGE,
    id="refrigerant_leakage.of_charge",
)


def plan(key: ActivityKey) -> Plan:
    """One branch for each gas that escaped.

    Raises:
        Problem: the unit is not one of mass, or the leak rate is no share.
    """
    rate = reported(key, "leak_rate", "1", _CONTENT["options"], most=1)
    rule = OF_CHARGE if rate else REFILLED
    numbers = {"leak_rate": rate} if rate else {}
    parts = components(key.item)
    if parts:
        branches = [
            Branch(gas, rule, "component_leaked", {**numbers, "share": renamed(share.at(key.month), "share")})
            for gas, share in parts.items()
        ]
    else:
        branches = [Branch(key.item, rule, "leaked", numbers)]
    outside = any(not gases()[branch.gas].in_kyoto_basket for branch in branches)
    return Plan("kg", per_written_unit(key, "kg"), tuple(branches), (_OUTSIDE_KYOTO,) if outside else ())


def _items() -> dict[str, Item]:
    single = {
        id_: Item(id_, gas.name, ("kg", "t"), _spellings(id_, gas.formula))
        for id_, gas in gases().items()
        if gas.family in _FAMILIES
    }
    blends = {id_: Item(id_, name, ("kg", "t"), _spellings(id_, id_)) for id_, name in BLEND_NAMES.items()}
    return single | blends


def _spellings(id_: str, formula: str) -> tuple[str, ...]:
    """R-134a, R134a, HFC-134a beside the id and the formula."""
    bare = next((id_[len(family) :] for family in ("HCFC", "HFC", "R") if id_.startswith(family)), "")
    return tuple(dict.fromkeys((formula, *([f"R{bare}", f"R-{bare}"] if bare else []))))


SOURCE = source(
    _CONTENT,
    id="refrigerant_leakage",
    plan=plan,
    items=_items(),
    rules=(REFILLED, OF_CHARGE),
)
