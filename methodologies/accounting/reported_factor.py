"""Any scope: an activity with the emission factors given in its own row.

A factor without a unit is kg of the gas per the unit the amount is written in. Every kind of source accepts such
factors; they then stand in place of the published ones, and say so.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from carbon import rules, units
from carbon.errors import N_, Problem
from carbon.gases import CO2E
from carbon.parameters import Chosen, content_of, given
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import number_and_unit
from methodologies.accounting.sources import Branch, Plan, source

_CONTENT = content_of(__package__, "reported_factor.toml")
GASES = {"factor_co2": "CO2", "factor_ch4": "CH4", "factor_n2o": "N2O", "factor_co2e": CO2E}
_OWN = Text("采用行内自报的排放因子", "by the factors given in the row")


def emission(amount: Any, factor: Any) -> Any:
    return amount * factor


@lru_cache(1024)
def rule_of(gas: str, unit: str) -> rules.Rule:
    """The rule for one gas and the unit of the amount."""
    content = {**_CONTENT, "parameters": _filled("parameters", gas), "steps": _filled("steps", gas)}
    return rules.build(content, [emission], id=f"reported_factor.{gas}", unit=unit)


def plan(key: ActivityKey) -> Plan:
    """One branch for each factor the row gives.

    Raises:
        Problem: no factor, no scope, both kinds of factor, an unreadable one, or a unit that does not fit the amount's.
    """
    if key.source == "reported_factor" and key.override("scope") not in {"1", "2", "3"}:
        raise Problem(N_("Say the scope of “{item}”: 1, 2 or 3."), item=key.item, at="scope")
    return by_own_factors(key)


def by_own_factors(key: ActivityKey) -> Plan:
    """As `plan`, for a row of any source that gives its own factors.

    Raises:
        Problem: as `plan`, the scope being the source's own.
    """
    factors = {name: written for name, gas in GASES.items() if (written := key.override(name))}
    if not factors:
        raise Problem(
            N_("“{item}” needs an emission factor: give factor_co2, factor_ch4, factor_n2o or factor_co2e."),
            item=key.item,
            at="factor_co2e",
        )
    if "factor_co2e" in factors and len(factors) > 1:
        raise Problem(
            N_(
                "Give either factors by gas or factor_co2e for “{item}”, not both: the same gas would count twice."
            ),
            item=key.item,
            at="factor_co2e",
        )
    units.quantity(key.unit)
    if "/" in key.unit or "每" in key.unit:
        raise Problem(
            N_("“{unit}” is a ratio, not the unit of an amount: write for example t, kWh or m3."),
            unit=key.unit,
            at="unit",
        )
    branches = tuple(
        Branch(
            GASES[name], rule_of(GASES[name], key.unit), "emission", {"factor": _factor(name, written, key)}
        )
        for name, written in factors.items()
    )
    return Plan(key.unit, units.to_unit(key.unit, key.unit), branches, (_OWN,))


def gives_own_factors(key: ActivityKey) -> bool:
    """Whether the row brings emission factors."""
    return any(key.override(name) for name in GASES)


def _factor(name: str, written: str, key: ActivityKey) -> Chosen:
    gas, label = GASES[name], Text.of(_CONTENT["options"][name], name)
    value, written_unit = number_and_unit(written, name, label, f"kg{gas}/{key.unit}")
    if value < 0:
        raise Problem(
            N_("{value} is not usable for the {name}: a factor is zero or more."),
            value=written,
            name=label,
            at=name,
        )
    unit = _with_gas(written_unit, gas) or f"kg{gas}/{key.unit}"
    if not units.same_dimension(unit, f"kg{gas}/{key.unit}"):
        raise Problem(
            N_("The factor “{value}” does not fit an amount in {unit}: write it as kg{gas}/{unit}."),
            value=written,
            unit=key.unit,
            gas=gas,
            at=name,
        )
    return given("factor", value, unit)


def _with_gas(unit: str, gas: str) -> str:
    """kg/kWh means kg of this gas per kWh."""
    mass, slash, per = unit.partition("/")
    plain = slash and units.is_unit(mass) and units.same_dimension(mass, "kg")
    return f"{mass.strip()}{gas}/{per}" if plain else unit


def _filled(section: str, gas: str) -> Mapping[str, Any]:
    return {
        name: {**table, "unit": table["unit"].replace("{gas}", gas)}
        for name, table in _CONTENT[section].items()
    }


SOURCE = source(
    _CONTENT,
    id="reported_factor",
    plan=plan,
    items={},
    rules=(rule_of(CO2E, "t"),),
    free_items=True,
)
