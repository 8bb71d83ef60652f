"""Scope 1: carbon dioxide, methane and nitrous oxide from burning fuel.

CO2 = amount × net calorific value × carbon content × oxidation rate × 44/12, as in every Chinese sector guide. All
published numbers of one calculation come from one guide; the row may give measured ones. Fuel may be reported by mass,
by volume, by heat, or under a guide that prints a factor per physical unit.

Methane of combustion is counted as methane of unspecified origin: the fossil potential adds the CO2 that the methane turns
into, and that carbon is in the CO2 already.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from carbon import rules, units
from carbon.errors import N_, Problem
from carbon.parameters import Chosen, Parameter, content_of, read, renamed
from carbon.rounding import plain
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.reported_factor import by_own_factors
from methodologies.accounting.sources import Branch, Item, Plan, per_written_unit, source
from methodologies.factors.combustion import SECTORS, combustion_factor
from methodologies.factors.fuels import FUELS, GUIDES, Guide, guide

_CONTENT = content_of(__package__, "fuel_combustion.toml")
_CONTENT["options"]["sector"]["choices"] = {id_: name.as_dict() for id_, name in SECTORS.items()}
_CO2_PER_CARBON = read(
    {"documents": _CONTENT["documents"], **_CONTENT["constants"]}, where="fuel_combustion.toml"
)["co2_per_carbon"]
USUAL_SECTOR = "manufacturing"


def mass(amount: Any, density: Any) -> Any:
    """Fuel reported by volume, as mass."""
    return amount * density


def energy(amount: Any, net_calorific_value: Any) -> Any:
    return amount * net_calorific_value


def energy_of_mass(mass: Any, mass_calorific_value: Any) -> Any:
    return mass * mass_calorific_value


def energy_as_reported(amount: Any) -> Any:
    return amount


def carbon(energy: Any, carbon_content: Any) -> Any:
    return energy * carbon_content


def carbon_as_measured(amount: Any, elemental_carbon: Any) -> Any:
    return amount * elemental_carbon


def co2(carbon: Any, oxidation_rate: Any, co2_per_carbon: Any) -> Any:
    return carbon * oxidation_rate * co2_per_carbon


def co2_by_factor(amount: Any, direct_factor: Any) -> Any:
    return amount * direct_factor


def ch4(energy: Any, ch4_factor: Any) -> Any:
    return energy * ch4_factor


def n2o(energy: Any, n2o_factor: Any) -> Any:
    return energy * n2o_factor


def _rule(kind: str, unit: str, **steps: Callable[..., Any]) -> rules.Rule:
    return rules.build(_CONTENT, steps, id=f"fuel_combustion.{kind}", unit=unit)


BY_MASS = _rule("by_mass", "t", energy=energy, carbon=carbon, co2=co2, ch4=ch4, n2o=n2o)
BY_GAS_VOLUME = _rule("by_gas_volume", "Nm3", energy=energy, carbon=carbon, co2=co2, ch4=ch4, n2o=n2o)
BY_LIQUID_VOLUME = _rule(
    "by_liquid_volume", "m3", mass=mass, energy=energy_of_mass, carbon=carbon, co2=co2, ch4=ch4, n2o=n2o
)
BY_HEAT = _rule("by_heat", "GJ", energy=energy_as_reported, carbon=carbon, co2=co2, ch4=ch4, n2o=n2o)
BY_ELEMENTAL_CARBON = _rule(
    "by_elemental_carbon", "t", energy=energy, carbon=carbon_as_measured, co2=co2, ch4=ch4, n2o=n2o
)
BY_FACTOR = {unit: _rule(f"by_factor_per_{unit}", unit, co2=co2_by_factor) for unit in ("t", "kg", "L", "m3")}

_STANDARD_STATE = Text(
    "以立方米填报的气体按标准状态计量处理（1 立方米 = 1 标准立方米）",
    "gas reported in m³ is taken as metered at standard state (1 m³ = 1 Nm³)",
)
_CO2_ONLY = Text(
    "该指南只给出二氧化碳因子，甲烷和氧化亚氮未计算",
    "the guide prints a CO2 factor only; methane and nitrous oxide are not counted",
)


_OWN_NUMBERS = Text("无指南缺省值，按行内给出的数值计算", "no guide's values: by the numbers of the row")
_ALL_BURNT = Text("未填报碳氧化率，按全部氧化计", "no oxidation rate given: all carbon counts as burnt")
_NO_OTHER_GASES = Text(
    "没有可核实的CH4和N2O燃烧因子，未计算", "no confirmed CH4 and N2O factors for burning it; not counted"
)


def plan(key: ActivityKey) -> Plan:
    """How this fuel, reported in this unit, is computed under its guide.

    Raises:
        Problem: the guide has no such fuel or lacks a number for it, or the unit cannot be used with it.
    """
    if not (key.guide or _usual_guides(key)) or key.item not in FUELS:
        return _by_own_numbers(key)
    table = guide(key.guide or _usual_guides(key)[-1])
    note = Text(f"缺省值取自{table.name.zh}", f"default values of {table.name.en}")
    factor, heat = table.of(key.item, "direct_factor"), table.of(key.item, "net_calorific_value")
    if factor:
        return _by_factor(key, factor, note)
    if heat is None and _has_own_carbon(key):
        return _by_own_numbers(key)
    if heat is None:
        raise Problem(
            N_("{guide} has no numbers for {fuel}: choose another guide. It has {known}."),
            guide=table.name,
            fuel=FUELS[key.item].name,
            known=Text.listed(FUELS[fuel].name for fuel in FUELS if fuel in table.fuels()),
        )
    return _by_heat_and_carbon(key, table, heat, note)


def _usual_guides(key: ActivityKey) -> list[str]:
    return [str(entry["guide"]) for entry in _CONTENT["usual_guides"] if entry["from"] <= key.month]


def _has_own_carbon(key: ActivityKey) -> bool:
    return bool(key.override("carbon_content") or key.override("elemental_carbon"))


def _by_own_numbers(key: ActivityKey) -> Plan:
    """By the row's own carbon, where no guide has the fuel or the time.

    Raises:
        Problem: the row gives no carbon of its own; or as for every own factor.
    """
    if not _has_own_carbon(key):
        if key.item not in FUELS:
            raise Problem(
                N_(
                    "“{fuel}” is in no guide: give its carbon content and calorific value, its elemental carbon, or an emission factor."
                ),
                fuel=key.item,
                at="item",
            )
        raise Problem(
            N_("No sector guide covers {month}: choose a guide yourself."), month=f"{key.month:%Y-%m}"
        )
    column, unit, most = (
        ("elemental_carbon", "tC/t", 1)
        if key.override("elemental_carbon")
        else ("carbon_content", "tC/GJ", Fraction(1, 5))
    )
    carbon = reported(key, column, unit, _CONTENT["options"], most=most)
    if carbon is None:
        raise TypeError("asked only where the row gives it")
    factor = ("factor_co2", f"{plain(carbon.into(unit))} {unit}")
    kept = tuple(pair for pair in key.overrides if pair[0] != column)
    notes = [_OWN_NUMBERS]
    if not key.override("oxidation_rate"):
        notes.append(_ALL_BURNT)
    begun = by_own_factors(replace(key, overrides=tuple(sorted((*kept, factor)))))
    return replace(begun, notes=tuple(notes), gaps=(_NO_OTHER_GASES,))


def _by_factor(key: ActivityKey, parameter: Parameter, note: Text) -> Plan:
    unit = parameter.unit.partition("/")[2]
    notes = [note]
    if unit == "m3" and units.same_dimension(key.unit, "Nm3"):
        amount_per_unit = per_written_unit(key, "Nm3")
        notes.append(_STANDARD_STATE)
    else:
        amount_per_unit = per_written_unit(key, unit)
    numbers = {"direct_factor": renamed(parameter.at(key.month), "direct_factor")}
    notes += _unused(key, numbers)
    branch = Branch("CO2", BY_FACTOR[unit], "co2", numbers)
    return Plan(unit, amount_per_unit, (branch,), tuple(notes), (_CO2_ONLY,))


def _by_heat_and_carbon(key: ActivityKey, table: Guide, heat: Parameter, note: Text) -> Plan:
    is_gas = units.same_dimension(heat.unit, "GJ/Nm3")
    notes, numbers = [note], {"co2_per_carbon": _CO2_PER_CARBON.at(key.month)}
    numbers["oxidation_rate"] = _oxidation(key, table)
    unit, rule = ("Nm3", BY_GAS_VOLUME) if is_gas else ("t", BY_MASS)
    written = unit
    measured_heat = reported(
        key, "net_calorific_value", f"GJ/{unit}", _CONTENT["options"], alike="GJ/m3" if is_gas else None
    )
    heat_value = measured_heat or renamed(heat.at(key.month), "net_calorific_value")
    if units.same_dimension(key.unit, "GJ"):
        unit = written = "GJ"
        rule = BY_HEAT
    elif is_gas and units.same_dimension(key.unit, "m3"):
        written = "m3"
        notes.append(_STANDARD_STATE)
    elif not is_gas and units.same_dimension(key.unit, "m3"):
        unit = written = "m3"
        rule = BY_LIQUID_VOLUME
        numbers["density"] = _density(key, table)
        heat_value = renamed(heat_value, "mass_calorific_value")
    elif not is_gas and key.override("elemental_carbon"):
        rule = BY_ELEMENTAL_CARBON
    if rule is not BY_HEAT:
        numbers[heat_value.id] = heat_value
    numbers |= _carbon(key, table, rule)
    notes += _unused(key, numbers)
    return _with_other_gases(key, rule, numbers, Plan(unit, per_written_unit(key, written), (), tuple(notes)))


def _carbon(key: ActivityKey, table: Guide, rule: rules.Rule) -> dict[str, Chosen]:
    if rule is BY_ELEMENTAL_CARBON:
        measured = reported(key, "elemental_carbon", "tC/t", _CONTENT["options"], most=Fraction(1))
        return {"elemental_carbon": measured} if measured else {}
    measured = reported(key, "carbon_content", "tC/GJ", _CONTENT["options"], most=Fraction(1, 5))
    published = table.of(key.item, "carbon_content")
    if measured:
        return {"carbon_content": measured}
    if published:
        return {"carbon_content": renamed(published.at(key.month), "carbon_content")}
    raise _lacking("carbon_content", key, table)


def _oxidation(key: ActivityKey, table: Guide) -> Chosen:
    measured = reported(key, "oxidation_rate", "1", _CONTENT["options"], most=Fraction(1))
    equipment = key.override("equipment") if FUELS[key.item].phase == "solid" else None
    published = table.oxidation_in(equipment) if equipment else table.of(key.item, "oxidation_rate")
    if measured:
        return measured
    if published:
        return renamed(published.at(key.month), "oxidation_rate")
    raise _lacking("oxidation_rate", key, table)


def _unused(key: ActivityKey, numbers: Mapping[str, Chosen]) -> list[Text]:
    """The row's own values that play no part in this calculation, said rather than left out in silence."""
    used = {name for name, chosen in numbers.items() if chosen.dated is None}
    if "mass_calorific_value" in used:
        used.add("net_calorific_value")
    if FUELS[key.item].phase == "solid":
        used.add("equipment")
    if "direct_factor" not in numbers:
        used.add("sector")
    idle = [name for name in _CONTENT["options"] if key.override(name) and name not in used]
    names = Text.listed(Text.of(_CONTENT["options"][name], name) for name in idle)
    return (
        [Text(f"本行填报的{names.zh}在此算法中用不上", f"not used in this calculation: {names.en}")]
        if idle
        else []
    )


def _density(key: ActivityKey, table: Guide) -> Chosen:
    measured = reported(key, "density", "t/m3", _CONTENT["options"], most=Fraction(3))
    published = table.of(key.item, "density")
    if measured:
        return measured
    if published:
        return renamed(published.at(key.month), "density")
    raise _lacking("density", key, table)


_LACKING = {
    "oxidation_rate": N_(
        "{guide} has no oxidation rate for {fuel}: name the combustion equipment if the guide lists it, give a measured "
        "rate, or choose another guide."
    ),
    "density": N_(
        "{guide} has no density for {fuel}: report it by mass, give its density, or choose another guide."
    ),
    "carbon_content": N_(
        "{guide} has no carbon content for {fuel}: give a measured one, or choose another guide."
    ),
}


def _lacking(quantity: str, key: ActivityKey, table: Guide) -> Problem:
    return Problem(_LACKING[quantity], guide=table.name, fuel=FUELS[key.item].name, at=quantity)


def _with_other_gases(key: ActivityKey, rule: rules.Rule, numbers: dict[str, Chosen], begun: Plan) -> Plan:
    """CO2, then methane and nitrous oxide where a factor is known; else a gap is named."""
    sector = key.override("sector") or USUAL_SECTOR
    if sector not in SECTORS:
        raise Problem(
            N_("There is no combustion sector “{sector}”: choose one of {known}."),
            sector=sector,
            known=Text.listed(SECTORS.values()),
            at="sector",
        )
    branches, gaps = [], []
    found = {gas: combustion_factor(key.item, sector, gas) for gas in ("CH4", "N2O")}
    everything = dict(numbers)
    for gas, parameter in found.items():
        if parameter:
            everything[f"{gas.lower()}_factor"] = renamed(parameter.at(key.month), f"{gas.lower()}_factor")
    branches.append(Branch("CO2", rule, "co2", everything))
    for gas, parameter in found.items():
        if parameter:
            branches.append(Branch(gas, rule, gas.lower(), everything))
        else:
            gaps.append(
                Text(
                    f"没有可核实的{gas}燃烧因子，未计算",
                    f"no confirmed {gas} factor for burning it; not counted",
                )
            )
    return replace(begun, branches=tuple(branches), gaps=tuple(gaps))


def _usual_units(fuel: str) -> tuple[str, ...]:
    """What a template offers for the fuel: by volume for gases, by mass otherwise."""
    measured = [table.of(fuel, "net_calorific_value") for table in GUIDES.values()]
    is_gas = any(parameter and units.same_dimension(parameter.unit, "GJ/Nm3") for parameter in measured)
    if is_gas or (not any(measured) and FUELS[fuel].phase == "gas"):
        return ("万Nm3", "Nm3", "m3", "GJ")
    return ("t", "L", "GJ") if FUELS[fuel].phase == "liquid" else ("t", "GJ")


SOURCE = source(
    _CONTENT,
    id="fuel_combustion",
    plan=plan,
    items={id_: Item(id_, fuel.name, _usual_units(id_), fuel.aliases) for id_, fuel in FUELS.items()},
    rules=(BY_MASS, BY_GAS_VOLUME, BY_LIQUID_VOLUME, BY_HEAT, BY_ELEMENTAL_CARBON, *BY_FACTOR.values()),
    guides={id_: table.name for id_, table in GUIDES.items()},
)
