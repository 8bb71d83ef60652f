"""How a factor given in a row meets the amount: which gas it is of, and what lies between their units.

A factor per GJ meets tonnes by the row's calorific value, litres by density too, tonnes by the row's distance where it is
per tonne-kilometre. A factor in carbon or nitrogen becomes the gas by the ratio of molar masses. Every such number is a
parameter of the rule and stands in its explanation.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from carbon import rules, units
from carbon.errors import N_, Problem
from carbon.gases import CO2E, gases
from carbon.parameters import Chosen, content_of, given, renamed
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import number_and_unit, reported
from methodologies.factors.constants import CONSTANTS

CONTENT = content_of(__package__, "reported_factor.toml")
OPTIONS = CONTENT["options"]
_FAMILIES = ("HFC", "PFC", "HCFC")
_TRACKED = {"CO2": "CO2", "CO2_biogenic": "CO2", "CO2_land": "CO2", "CH4": "CH4", "N2O": "N2O", CO2E: "CO2e"}
_TRACKED |= {"CH4_fossil": "CH4", "CH4_biogenic": "CH4"}
"""Gases whose name is part of the unit of their mass."""
_ELEMENTS = {
    ("CO2", "carbon"): "co2_per_carbon",
    ("CH4", "carbon"): "ch4_per_carbon",
    ("N2O", "nitrogen"): "n2o_per_nitrogen",
}
_AS_ELEMENT = re.compile(r"(?:(CO2|CH4)-?C|(N2O)[-–]?N)$", re.IGNORECASE)
_CUBIC = Text(
    "立方米与标准立方米按 1:1 处理", "a cubic metre is taken as one at standard state (1 m³ = 1 Nm³)"
)


_OF_THE_YEAR = Text(
    "按年给出的因子视为报告期全年的因子", "a factor per year is taken as that of the year reported"
)


@dataclass(frozen=True)
class OwnFactor:
    """A factor as written: its gas, its number, the mass it is told in, and the unit it is per."""

    name: str
    gas: str
    value: Fraction
    mass: str
    per: str
    element: str | None
    written: str


@dataclass
class Way:
    """From the amount to what the factor is per: the steps in order, their numbers, and what was assumed."""

    unit: str
    steps: dict[str, Callable[..., Any]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Chosen] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    last: str = "amount"


# --- the steps; a rule takes those its row needs -----------------------------------------------------------------------


def transport(amount: Any, distance: Any) -> Any:
    return amount * distance


def mass_of_amount(amount: Any, density: Any) -> Any:
    return amount * density


def volume_of_amount(amount: Any, density: Any) -> Any:
    return amount / density


def energy_of_amount(amount: Any, net_calorific_value: Any) -> Any:
    return amount * net_calorific_value


def energy_of_mass(mass: Any, net_calorific_value: Any) -> Any:
    return mass * net_calorific_value


def emission(amount: Any, factor: Any) -> Any:
    return amount * factor


def emission_of_transport(transport: Any, factor: Any) -> Any:
    return transport * factor


def emission_of_mass(mass: Any, factor: Any) -> Any:
    return mass * factor


def emission_of_volume(volume: Any, factor: Any) -> Any:
    return volume * factor


def emission_of_energy(energy: Any, factor: Any) -> Any:
    return energy * factor


def as_gas(emission: Any, gas_per_element: Any) -> Any:
    return emission * gas_per_element


def oxidised(emission: Any, oxidation_rate: Any) -> Any:
    return emission * oxidation_rate


def oxidised_gas(as_gas: Any, oxidation_rate: Any) -> Any:
    return as_gas * oxidation_rate


_EMISSION = {
    "amount": emission,
    "transport": emission_of_transport,
    "mass": emission_of_mass,
    "volume": emission_of_volume,
    "energy": emission_of_energy,
}


@cache
def _gas_words() -> dict[str, str]:
    """Every spelling of every gas, folded, to its id: SF6, R-134a, HFC-134a, 甲烷."""
    words: dict[str, str] = {}
    for id_, gas in gases().items():
        bare = next((id_[len(family) :] for family in _FAMILIES if id_.startswith(family)), "")
        more = (f"R{bare}", f"HFC-{bare}") if bare else ()
        for word in (id_, id_.replace("_", " "), gas.formula, gas.name.zh, gas.name.en, *more):
            words.setdefault(_folded(word), id_)
    for word, id_ in OPTIONS["gas"]["words"].items():
        words[_folded(word)] = id_
    words[_folded("CO2e")] = words[_folded("CO2eq")] = CO2E
    return words


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_–-]+", "", re.sub(r"[（(].*?[)）]", "", plain)) or plain.strip()


def gas_from_text(text: str) -> str | None:
    """The id of a gas from any of its names; None if unknown."""
    return _gas_words().get(_folded(text))


def read_factor(name: str, gas: str, key: ActivityKey) -> OwnFactor:
    """The factor of column `name`, with the unit after its number, in the column `factor_unit`, or kg per unit of the amount.

    `gas` is the one the column stands for; a general factor (`factor_co2e`) is of the gas its unit names.

    Raises:
        Problem: not a number, below zero, or a unit that is no mass per something.
    """
    written, label = str(key.override(name)), Text.of(OPTIONS[name], name)
    value, unit = number_and_unit(written, name, label, f"kg{gas}/{key.unit}")
    if value < 0:
        raise Problem(
            N_("{value} is not usable for the {name}: a factor is zero or more."),
            value=written,
            name=label,
            at=name,
        )
    unit = _with_stroke(unit or key.override("factor_unit") or "")
    mass, slash, per = unit.partition("/")
    if unit and not slash and not _is_mass(mass):
        mass, per = "", unit.removeprefix("/")  # only what it is per was written
    found, base, element = _mass(mass.strip(), gas, general=name == "factor_co2e")
    if base is None:
        raise _unfit(written, name, gas, key.unit)
    per = _per(per) or _usual(key)
    if not units.is_unit(per):
        raise _unfit(written, name, gas, key.unit)
    return OwnFactor(name, found, value, base, per, element, written)


def _with_stroke(unit: str) -> str:
    """`kg CO2 per kWh` and `kgCO2·kWh^-1` as `kgCO2/kWh`."""
    plain = re.sub(
        r"\s+per\s+", "/", unicodedata.normalize("NFKC", unit).replace("／", "/"), flags=re.IGNORECASE
    )
    return re.sub(r"[·*\s]([A-Za-z]+)\^?[-−]1$", r"/\1", plain).strip()


def _per(text: str) -> str:
    """What a factor is per: `kg/km` after a stroke means for each kilogram and kilometre, `(t·km)` the same without brackets."""
    plain = text.strip()
    plain = plain[1:-1] if plain.startswith("(") and plain.endswith(")") else plain
    return "*".join(part.strip() for part in plain.split("/"))


def _is_yearly(per: str) -> bool:
    """Per something and year: of the year that is reported."""
    return per.rpartition("*")[2].strip().casefold() in {"year", "years", "yr", "a", "annum", "年"}


def _usual(key: ActivityKey) -> str:
    """What a bare factor is per: the unit of the amount, carried over the distance if there is one."""
    return f"{key.unit}*km" if key.override("distance") else key.unit


def _is_mass(text: str) -> bool:
    return bool(_mass(text, CO2E, general=True)[1])


def _mass(text: str, gas: str, *, general: bool) -> tuple[str, str | None, str | None]:
    """The gas, the unit of mass written with its kind, and the element it is told in (carbon, nitrogen) if it is.

    The unit is None where it is no mass of this gas.
    """
    if not text:
        return gas, f"kg{_kind(gas)}", None
    as_element = _AS_ELEMENT.search(re.sub(r"\s+", "", text))
    if as_element:
        text = re.sub(r"\s+", "", text)[: as_element.start()]
        named = (as_element[1] or as_element[2]).upper()
        return _element(text, named, gas, general)
    if units.is_unit(text) and units.same_dimension(text, "kg"):
        return gas, f"{text}{_kind(gas)}", None
    kinds = [_TRACKED.get(gas), *([] if not general else dict.fromkeys(_TRACKED.values()))]
    for kind in filter(None, kinds):
        if units.is_unit(text) and units.same_dimension(text, f"kg{kind}"):
            found = (
                gas if _TRACKED.get(gas) == kind else next(id_ for id_, k in _TRACKED.items() if k == kind)
            )
            return found, text, None
    kind = _TRACKED.get(gas, "")
    for element, letter in (("carbon", "C"), ("nitrogen", "N")):
        if units.is_unit(text) and units.same_dimension(text, f"kg{letter}"):
            mine = kind if (kind, element) in _ELEMENTS else ""
            mine = mine or ("CO2" if general and element == "carbon" else "")
            return (
                (gas if mine == kind else mine, text, _ELEMENTS[mine, element]) if mine else (gas, None, None)
            )
    return _named_in(text, gas, general)


def _element(mass: str, named: str, gas: str, general: bool) -> tuple[str, str | None, str | None]:
    """kgN2O-N: nitrogen that leaves as N2O."""
    element, letter = ("nitrogen", "N") if named == "N2O" else ("carbon", "C")
    fits = _TRACKED.get(gas) == named or general
    if not fits or not units.is_unit(mass):
        return gas, None, None
    return (gas if _TRACKED.get(gas) == named else named), f"{mass}{letter}", _ELEMENTS[named, element]


def _named_in(text: str, gas: str, general: bool) -> tuple[str, str | None, str | None]:
    """kgSF6, g HFC-134a: a mass followed by the name of a gas whose mass is plain mass."""
    found = re.fullmatch(r"\s*(kg|g|mg|t|kt|lbs?|吨|公斤|千克|克)\s*(.+)", text, flags=re.IGNORECASE)
    named = gas_from_text(found[2]) if found else None
    if (
        found
        and named
        and (named == gas or (general and gas == CO2E) or _TRACKED.get(named) == _TRACKED.get(gas, 0))
    ):
        return (
            (gas if _TRACKED.get(named) == _TRACKED.get(gas, 0) else named),
            f"{found[1]}{_kind(named)}",
            None,
        )
    return gas, None, None


def _kind(gas: str) -> str:
    return _TRACKED.get(gas, "")


def _unfit(written: str, name: str, gas: str, unit: str) -> Problem:
    return Problem(
        N_("The factor “{value}” does not fit an amount in {unit}: write it as kg{gas}/{unit}."),
        value=written,
        unit=unit,
        gas=_kind(gas) or gas,
        at=name,
    )


def way_to(factor: OwnFactor, key: ActivityKey) -> Way:
    """What turns the amount into what the factor is per.

    Raises:
        Problem: the two cannot meet, or a number between them is missing; its column is named.
    """
    per, unit = factor.per, key.unit
    assumed = _taken_alike(per, unit)
    if assumed is not None:
        return Way(unit, notes=assumed)
    if key.override("distance") and _has_length(per):
        return _carried(factor, key)
    if units.same_dimension(per, "GJ"):
        return _to_energy(factor, key)
    if units.same_dimension(per, "t") and _cubic(unit):
        return _step(
            Way(unit), "mass", mass_of_amount, "density", _density(key, f"t/{unit}"), "t", f"t/{unit}"
        )
    if _cubic(per) and units.same_dimension(unit, "t"):
        wanted = f"{unit}/{_cubic(per)}"
        return _step(
            Way(unit), "volume", volume_of_amount, "density", _density(key, wanted), _cubic(per), wanted
        )
    raise _unfit(factor.written, factor.name, factor.gas, unit)


def _taken_alike(per: str, unit: str) -> list[Text] | None:
    """What is assumed where factor and amount meet without a further number; None where they do not."""
    if units.same_dimension(per, unit):
        return []
    if {_cubic(per), _cubic(unit)} == {"m3", "Nm3"}:
        return [_CUBIC]
    if _is_yearly(per) and units.same_dimension(per, f"{unit}*year"):
        return [_OF_THE_YEAR]
    return None


def _cubic(unit: str) -> str:
    return next((cube for cube in ("m3", "Nm3") if units.same_dimension(unit, cube)), "")


def _has_length(unit: str) -> bool:
    return any(
        units.same_dimension(unit, each)
        for each in ("km", "t*km", "person*km", "vehicle*km", "piece*km", "head*km")
    )


def _carried(factor: OwnFactor, key: ActivityKey) -> Way:
    """Amount × distance; trips of so many kilometres are kilometres."""
    found = reported(key, "distance", "km", OPTIONS)
    if found is None:
        raise _unfit(factor.written, factor.name, factor.gas, key.unit)
    if units.same_dimension(f"{key.unit}*km", factor.per):
        return _step(Way(key.unit), "transport", transport, "distance", found, f"{key.unit}*km", "km")
    if not units.same_dimension(factor.per, "km"):
        raise _unfit(factor.written, factor.name, factor.gas, key.unit)
    each = given("distance", found.into("km"), f"km/{key.unit}")
    return _step(Way(key.unit), "transport", transport, "distance", each, "km", f"km/{key.unit}")


def _to_energy(factor: OwnFactor, key: ActivityKey) -> Way:
    """By the calorific value of the amount's own unit, or by mass where a density leads there."""
    unit, per = key.unit, factor.per
    written = key.override("net_calorific_value")
    if written is None:
        raise Problem(
            N_(
                "The factor “{value}” does not fit an amount in {unit}: it is per heat, so give the calorific value in the column {column}."
            ),
            value=factor.written,
            unit=unit,
            column="net_calorific_value",
            at="net_calorific_value",
        )
    heat_unit = number_and_unit(written, "net_calorific_value", Text("热值", "calorific value"), "GJ/t")[1]
    by_mass = not heat_unit or units.same_dimension(_with_stroke(heat_unit), "GJ/t")
    if units.same_dimension(unit, "t") or not by_mass:
        wanted = f"{per}/{unit}"
        heat = _heat(key, wanted, "GJ/t" if units.same_dimension(unit, "t") else f"GJ/{_cubic(unit) or unit}")
        return _step(Way(unit), "energy", energy_of_amount, "net_calorific_value", heat, per, wanted)
    density = _density(key, f"t/{unit}")
    way = _step(Way(unit), "mass", mass_of_amount, "density", density, "t", f"t/{unit}")
    heat = _heat(key, f"{per}/t", "GJ/t")
    return _step(way, "energy", energy_of_mass, "net_calorific_value", heat, per, f"{per}/t")


def _heat(key: ActivityKey, wanted: str, usual: str) -> Chosen:
    """The row's calorific value; m³ and Nm³ are taken as alike."""
    alike = usual.replace("Nm3", "m3") if "Nm3" in usual else usual.replace("m3", "Nm3")
    found = reported(key, "net_calorific_value", usual, OPTIONS, alike=alike if alike != usual else None)
    if found is None or not units.same_dimension(found.unit, wanted):
        raise Problem(
            N_("The calorific value “{value}” does not fit an amount in {unit}."),
            value=str(key.override("net_calorific_value")),
            unit=key.unit,
            at="net_calorific_value",
        )
    return found


def _density(key: ActivityKey, wanted: str) -> Chosen:
    found = reported(key, "density", "t/m3", OPTIONS, alike="t/Nm3")
    if found is None:
        raise Problem(
            N_("The factor and the amount in {unit} meet by a density: give it in the column {column}."),
            unit=key.unit,
            column="density",
            at="density",
        )
    if not units.same_dimension(found.unit, wanted):
        return given("density", found.into("t/m3"), "t/Nm3")
    return found


def _step(
    way: Way, name: str, step: Callable[..., Any], number: str, chosen: Chosen, unit: str, number_unit: str
) -> Way:
    steps = {**way.steps, name: step}
    stages = {**way.units, name: unit, number: number_unit}
    return Way(way.unit, steps, stages, {**way.numbers, number: renamed(chosen, number)}, way.notes, name)


def branch_numbers(
    factor: OwnFactor, way: Way, key: ActivityKey
) -> tuple[rules.Rule, str, dict[str, Chosen]]:
    """The rule, the step that yields the gas, and its numbers.

    Raises:
        Problem: an oxidation rate that is no share.
    """
    per = way.units.get(way.last, way.unit)
    base = f"kg{'' if factor.element else _kind(factor.gas)}"
    letter = {"co2_per_carbon": "C", "ch4_per_carbon": "C", "n2o_per_nitrogen": "N"}.get(
        factor.element or "", ""
    )
    base += letter
    numbers = {**way.numbers, "factor": _as_written(factor, per)}
    last = "emission"
    if factor.element:
        numbers["gas_per_element"] = renamed(CONSTANTS[factor.element].at(key.month), "gas_per_element")
        last = "as_gas"
    if _TRACKED.get(factor.gas) == "CO2" and key.override("oxidation_rate"):
        share = reported(key, "oxidation_rate", "1", OPTIONS, most=Fraction(1))
        if share:
            numbers["oxidation_rate"], last = share, f"oxidised_{last}"
    stages = tuple(way.units.items())
    return (
        rule_of(factor.gas, way.unit, tuple(way.steps.items()), stages, way.last, base, last),
        _named(last),
        numbers,
    )


def _named(last: str) -> str:
    return "oxidised" if last.startswith("oxidised") else last


def emitted_gas(unit: str) -> str | None:
    """The gas a unit is a mass of: tCO2e, kgCH4; None for every other unit."""
    if not units.is_unit(unit):
        return None
    kinds = {kind: id_ for id_, kind in reversed(_TRACKED.items())}
    return next((id_ for kind, id_ in kinds.items() if units.same_dimension(unit, f"kg{kind}")), None)


def as_told(gas: str, unit: str) -> rules.Rule:
    """The rule of an emission that was reported or measured as such: times one."""
    filled = {"amount": unit, "factor": "1", "emission": unit}
    content = {**CONTENT, **{part: _filled(part, filled) for part in ("inputs", "parameters", "steps")}}
    return rules.build(content, [emission], id=f"reported_factor.told.{gas}")


def _as_written(factor: OwnFactor, per: str) -> Chosen:
    """The factor as the row has it; one per m³ stands for one per Nm³."""
    if units.same_dimension(factor.per, per):
        return given("factor", factor.value, f"{factor.mass}/{factor.per}")
    if _is_yearly(factor.per):
        return given(
            "factor", factor.value / units.to_unit(factor.per, f"{per}*year"), f"{factor.mass}/{per}"
        )
    cubes = units.to_unit(factor.per, _cubic(factor.per)) * units.to_unit(_cubic(per), per)
    return given("factor", factor.value / cubes, f"{factor.mass}/{per}")


@lru_cache(1024)
def rule_of(
    gas: str,
    unit: str,
    steps: tuple[tuple[str, Callable[..., Any]], ...] = (),
    stages: tuple[tuple[str, str], ...] = (),
    reached: str = "amount",
    base: str = "",
    last: str = "emission",
) -> rules.Rule:
    """The rule for one gas, the unit of the amount, and the way between amount and factor."""
    base = base or f"kg{_kind(gas)}"
    per = dict(stages).get(reached, unit)
    made = dict(steps) | {"emission": _EMISSION[reached]}
    if last.endswith("as_gas"):
        made["as_gas"] = as_gas
    if last.startswith("oxidised"):
        made["oxidised"] = oxidised_gas if last.endswith("as_gas") else oxidised
    filled = {
        **dict(stages),
        "amount": unit,
        "factor": f"{base}/{per}",
        "emission": base,
        "as_gas": f"kg{_kind(gas)}",
        "gas_per_element": f"kg{_kind(gas)}/{base}",
        "oxidation_rate": "1",
        "oxidised": f"kg{_kind(gas)}" if last.endswith("as_gas") else base,
    }
    content = {**CONTENT, **{part: _filled(part, filled) for part in ("inputs", "parameters", "steps")}}
    return rules.build(content, made, id=f"reported_factor.{gas}")


def _filled(section: str, filled: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        name: {**table, "unit": filled[name]} for name, table in CONTENT[section].items() if name in filled
    }
