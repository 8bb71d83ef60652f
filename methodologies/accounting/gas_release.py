"""Fluorinated gases by name or as a blend, each component a gas of its own: shared by every source that lets them go."""

from collections import Counter
from collections.abc import Mapping

from carbon import rules
from carbon.gases import Gas, gases
from carbon.parameters import Chosen, renamed
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Branch, Item, Plan, Source, per_written_unit
from methodologies.factors.gwp import BLEND_NAMES, components

_FAMILIES = {"HFC", "PFC", "HCFC", "SF6", "NF3"}
OUTSIDE_KYOTO = Text(
    "《蒙特利尔议定书》管控物质，不属于京都议定书气体，仅作信息项",
    "controlled by the Montreal Protocol and outside the Kyoto basket: for information only",
)


def component_leaked(leaked: float, share: float) -> float:
    """The part of a component in what was let go."""
    return leaked * share


def released_gases(key: ActivityKey, rule: rules.Rule, numbers: Mapping[str, Chosen]) -> Plan:
    """A branch for the gas, or for each component of the blend.

    Raises:
        Problem: the unit is not one of mass.
    """
    parts = components(key.item)
    if parts:
        shares = {gas: renamed(share.at(key.month), "share") for gas, share in parts.items()}
        branches = [
            Branch(gas, rule, "component_leaked", {**numbers, "share": share})
            for gas, share in shares.items()
        ]
    else:
        branches = [Branch(key.item, rule, "leaked", numbers)]
    outside = any(not gases()[branch.gas].in_kyoto_basket for branch in branches)
    return Plan("kg", per_written_unit(key, "kg"), tuple(branches), (OUTSIDE_KYOTO,) if outside else ())


def gas_items(families: set[str]) -> dict[str, Item]:
    """Every gas of the families, and every blend, by the ways people write them."""
    named = Counter(gas.name.zh.split()[0] for gas in gases().values())
    single = {
        id_: Item(id_, gas.name, ("kg", "t"), (*_spellings(id_, gas.formula), *_common(gas, named)))
        for id_, gas in gases().items()
        if gas.family in families
    }
    blends = {id_: Item(id_, name, ("kg", "t"), _spellings(id_, id_)) for id_, name in BLEND_NAMES.items()}
    return single | blends


_COMMON = {
    "HFC227ea": ("FM-200", "FM200"),
    "HFC23": ("R-23", "氟仿"),
    "SF6": ("六氟化硫",),
    "NF3": ("三氟化氮",),
}


def _common(gas: Gas, named: Counter[str]) -> tuple[str, ...]:
    """The plain Chinese name where it is of this gas alone, and names of the trade."""
    plain = gas.name.zh.split()[0]
    return (*((plain,) if named[plain] == 1 else ()), *_COMMON.get(gas.id, ()))


def _spellings(id_: str, formula: str) -> tuple[str, ...]:
    """R-134a, R134a, HFC-134a beside the id and the formula."""
    bare = next((id_[len(family) :] for family in ("HCFC", "HFC", "R") if id_.startswith(family)), "")
    return tuple(dict.fromkeys((formula, *([f"R{bare}", f"R-{bare}"] if bare else []))))


def gas_source(name: str, released: rules.Step, *, of_charge: rules.Step | None = None) -> Source:
    """A source of gas that is let go; with `of_charge`, also by a charge and the row's leak rate."""
    table = Table(name)
    whole = table.rule("released", leaked=released, component_leaked=component_leaked)
    leaking = of_charge and table.rule("of_charge", leaked=of_charge, component_leaked=component_leaked)

    def plan(key: ActivityKey) -> Plan:
        rate = table.own(key, "leak_rate") if leaking else None
        if rate and leaking:
            return released_gases(key, leaking, {"leak_rate": rate})
        return released_gases(key, whole, {})

    return table.source(plan, *filter(None, (whole, leaking)), items=gas_items(_FAMILIES))
