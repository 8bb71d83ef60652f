"""Scope 2: carbon dioxide of heat bought, by the supplier's factor or the default."""

from typing import Any

from carbon import rules, units
from carbon.errors import N_, Problem
from carbon.parameters import content_of, load, read, renamed
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import Branch, Plan, items_of, per_written_unit, source

_CONTENT = content_of(__package__, "purchased_heat.toml")
_WATER = read({"documents": _CONTENT["documents"], **_CONTENT["constants"]}, where="purchased_heat.toml")
_MOST = {"steam_enthalpy": 5000, "water_temperature": 200}
_DEFAULT = load("methodologies.factors", "heat.toml")["average"]


def heat_of_steam(amount: Any, steam_enthalpy: Any, feedwater_enthalpy: Any) -> Any:
    return amount * (steam_enthalpy - feedwater_enthalpy)


def heat_of_water(amount: Any, water_temperature: Any, feedwater_temperature: Any, water_heat: Any) -> Any:
    return amount * (water_temperature - feedwater_temperature) * water_heat


def co2_of_heat(heat: Any, heat_factor: Any) -> Any:
    return heat * heat_factor


def co2(amount: Any, heat_factor: Any) -> Any:
    return amount * heat_factor


RULE = rules.build(_CONTENT, [co2], id="purchased_heat")
_BY_MASS = {**_CONTENT, "inputs": {"amount": {**_CONTENT["inputs"]["amount"], "unit": "t"}}}
_STEAM: dict[str, rules.Step] = {"heat": heat_of_steam, "co2": co2_of_heat}
_WARM: dict[str, rules.Step] = {"heat": heat_of_water, "co2": co2_of_heat}
OF_STEAM = rules.build(_BY_MASS, _STEAM, id="purchased_heat.steam")
OF_WATER = rules.build(_BY_MASS, _WARM, id="purchased_heat.water")


def plan(key: ActivityKey) -> Plan:
    """Heat by its factor.

    Raises:
        Problem: the unit is not one of energy, or the supplier's factor cannot be read.
    """
    chosen = reported(key, "supplier_factor", "tCO2/GJ", _CONTENT["options"]) or _DEFAULT.at(key.month)
    factor = {"heat_factor": renamed(chosen, "heat_factor")}
    if units.is_unit(key.unit) and units.same_dimension(key.unit, "t"):
        rule, name = _by_mass(key)
        own = reported(key, name, _CONTENT["options"][name]["unit"], _CONTENT["options"], most=_MOST[name])
        fixed = {other: _WATER[other].at(key.month) for other in rule.parameters if other in _WATER}
        numbers = {**factor, **fixed, **({name: own} if own else {})}
        return Plan("t", per_written_unit(key, "t"), (Branch("CO2", rule, "co2", numbers),))
    branch = Branch("CO2", RULE, "co2", factor)
    return Plan("GJ", per_written_unit(key, "GJ"), (branch,))


def _by_mass(key: ActivityKey) -> tuple[rules.Rule, str]:
    """Steam by its enthalpy, water by its temperature.

    Raises:
        Problem: neither is given.
    """
    if key.override("steam_enthalpy"):
        return OF_STEAM, "steam_enthalpy"
    if key.override("water_temperature"):
        return OF_WATER, "water_temperature"
    raise Problem(
        N_(
            "Heat in {unit} needs the enthalpy of the steam or the temperature of the water: give it in the column {column}, or report GJ."
        ),
        unit=key.unit,
        column="steam_enthalpy",
        at="steam_enthalpy",
    )


SOURCE = source(
    _CONTENT,
    id="purchased_heat",
    plan=plan,
    items=items_of(_CONTENT, "purchased_heat"),
    rules=(RULE, OF_STEAM, OF_WATER),
)
