"""Every number of the house as a searchable record: where it holds, since when, from which document, read by which rules.

The tables are read here a second time, for people; the rules read them by themselves. A number has the same id in both
(`carbon.parameters` gives each value its origin), so a result leads to its record.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from carbon.gases import gases
from carbon.parameters import Parameter, content_of, held_until, load, read
from carbon.regions import Regions
from carbon.text import Text
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Source
from methodologies.factors.combustion import SECTORS
from methodologies.factors.fuels import FUELS, GUIDES
from methodologies.factors.gwp import BLEND_NAMES
from methodologies.factors.places import FARMING_REGIONS, REGIONS
from methodologies.factors.precedence import level_of
from methodologies.factors.records import Factor, Version, digest_of

_PACKAGE = "methodologies.factors"
_WORDS = content_of(_PACKAGE, "library.toml")
LIFE_CYCLE = {id_: Text.of(entry, id_) for id_, entry in _WORDS["life_cycle"].items()}
_QUANTITIES = {id_: Text.of(entry, id_) for id_, entry in _WORDS["quantities"].items()}
_CONSTANTS = {id_: Text.of(entry, id_) for id_, entry in _WORDS["constants"].items()}
_KINDS = {id_: Text.of(entry, id_) for id_, entry in _WORDS["kinds"].items()}
_BURNING = ("fuel_combustion", "mobile_combustion")
_FARMING = ("enteric_fermentation", "manure_management")
_GAS_IN_UNIT = re.compile(r"^[a-zA-Z]*?(CO2e|CO2|CH4|N2O|SF6|CF4|C2F6|NF3|HFC\w+)(?=/|$)")


@cache
def factors() -> Mapping[str, Factor]:
    """By id, in the order of the files."""
    return {factor.id: factor for factor in itertools.chain(*(part() for part in _PARTS))}


@cache
def parameters() -> Mapping[str, Parameter]:
    """The dated parameters behind the factors, by origin."""
    found: dict[str, Parameter] = {}
    for parameter in _all_parameters():
        found.setdefault(parameter.values[0].origin, parameter)
    return found


def factor(id_: str) -> Factor | None:
    """One record; None if there is none of that id."""
    return factors().get(id_)


def _entries(parameter: Parameter, quantity: Text, item: Text | None, **more: Any) -> Iterator[Factor]:
    """A record for each place a parameter has values for."""
    by_place = itertools.groupby(
        sorted(parameter.values, key=lambda value: value.region or ""), key=lambda value: value.region
    )
    found_gases = more.pop("gases", ()) or _gases_of(parameter.unit)
    for region, values in by_place:
        kept = tuple(values)
        first = kept[0]
        yield Factor(
            id=f"{first.origin}@{region}" if region else first.origin,
            quantity=quantity,
            item=item,
            unit=parameter.unit,
            level=level_of(first, parameter).id,
            versions=tuple(
                Version(value, held_until(value, parameter), digest_of(parameter.unit, value))
                for value in kept
            ),
            region=region or "",
            place=parameter.regions.name(region) if region else None,
            gases=tuple(found_gases),
            **more,
        )


def _gases_of(unit: str) -> tuple[str, ...]:
    found = _GAS_IN_UNIT.match(unit)
    return (found[1],) if found else ()


def _electricity() -> Iterator[Factor]:
    readers = ("purchased_electricity", "exported_electricity")
    for parameter in load(_PACKAGE, "electricity.toml", regions=REGIONS).values():
        yield from _entries(
            parameter, _QUANTITIES[parameter.id], None,
            life_cycle="generation", sources=readers, words=("电网", "grid"),
        )  # fmt: skip


def _heat() -> Iterator[Factor]:
    for parameter in load(_PACKAGE, "heat.toml").values():
        yield from _entries(
            parameter, _QUANTITIES["heat"], None, life_cycle="generation", sources=("purchased_heat", "exported_heat")
        )  # fmt: skip


def _fuels() -> Iterator[Factor]:
    for guide in GUIDES.values():
        for path, parameter in guide.parameters.items():
            subject, *kind, quantity = path.split(".")
            fuel = FUELS.get(subject)
            item = fuel.name if fuel else _KINDS[kind[0]]
            yield from _entries(
                parameter, _QUANTITIES[quantity], item, life_cycle="combustion", sources=_BURNING, guide=guide.id,
                gases=("CO2",), words=(*(fuel.aliases if fuel else ()), guide.name.zh, guide.name.en, guide.id),
            )  # fmt: skip


def _combustion() -> Iterator[Factor]:
    content = content_of(_PACKAGE, "combustion.toml")
    tables = {key: table for key, table in content.items() if key not in {"sectors", "kinds"}}
    for path, parameter in read(tables, where="combustion.toml").items():
        sector, kind, gas = path.split(".")
        burnt = [FUELS[fuel] for fuel, family in content["kinds"].items() if family == kind and fuel in FUELS]
        item = Text(
            f"{_KINDS[kind].zh}（{SECTORS[sector].zh}）", f"{_KINDS[kind].en} in {SECTORS[sector].en}"
        )
        words = [word for fuel in burnt for word in (fuel.name.zh, fuel.name.en)]
        yield from _entries(
            parameter, _QUANTITIES["combustion"], item, life_cycle="combustion", sources=_BURNING, gases=(gas,),
            words=(*words, gases()[gas].name.zh, gases()[gas].name.en),
        )  # fmt: skip


def _potentials() -> Iterator[Factor]:
    for path, parameter in load(_PACKAGE, "gwp.toml").items():
        report, _, gas = path.partition(".")
        known = gases()[gas]
        yield from _entries(
            parameter, Text(f"全球变暖潜势（{report}）", f"global warming potential ({report})"), known.name,
            life_cycle="none", gases=(gas,), gwp_basis=report, words=("gwp", gas, known.formula, report),
        )  # fmt: skip


def _blends() -> Iterator[Factor]:
    content = content_of(_PACKAGE, "blends.toml")
    tables = {key: table for key, table in content.items() if key != "names"}
    for path, parameter in read(tables, where="blends.toml").items():
        blend, _, gas = path.partition(".")
        yield from _entries(
            parameter, _QUANTITIES["share"], Text(f"{BLEND_NAMES[blend].zh}中的{gas}", f"{gas} in {BLEND_NAMES[blend].en}"),
            life_cycle="none", gases=(gas,), sources=("refrigerant_leakage", "fire_protection"), words=(blend, gas),
        )  # fmt: skip


def _constants() -> Iterator[Factor]:
    for path, parameter in load(_PACKAGE, "constants.toml").items():
        yield from _entries(parameter, _CONSTANTS[path], None, life_cycle="none")


def _of_rules() -> Iterator[Factor]:
    for source in SOURCES.values():
        table = _table_of(source)
        for path, parameter in table.values.items() if table else ():
            *about, quantity = path.split(".")
            named = _quantity_name(table.content, quantity) if table else Text(quantity, quantity)
            yield from _entries(
                parameter, named, _about(source, about), life_cycle=_WORDS["parts"].get(source.id, "process"),
                sources=(source.id,), words=_words_of(source, about), gases=_gases_of(parameter.unit) or _gases_in(quantity),
            )  # fmt: skip


def _table_of(source: Source) -> Table | None:
    content = content_of("methodologies.accounting", f"{source.id}.toml")
    if "values" not in content:
        return None
    return Table(source.id, regions=_regions_of(source))


def _regions_of(source: Source) -> Regions:
    return FARMING_REGIONS if source.id in _FARMING else REGIONS


def _quantity_name(content: Mapping[str, Any], quantity: str) -> Text:
    for section in ("parameters", "options"):
        if quantity in content.get(section, {}):
            return Text.of(content[section][quantity], quantity)
    words = quantity.replace("_", " ")
    return _CONSTANTS.get(quantity) or Text(words, words)


def _about(source: Source, parts: list[str]) -> Text:
    """What the number is about: the item, or the choices the row makes; else the source itself."""
    found = [_subject(source, part) for part in parts]
    return (
        Text("·".join(text.zh for text in found), ", ".join(text.en for text in found))
        if found
        else source.name
    )


def _subject(source: Source, part: str) -> Text:
    if part in source.items:
        return source.items[part].name
    choices = {id_: name for option in source.options.values() for id_, name in option.choices.items()}
    if part in choices:
        return choices[part]
    for cut in range(1, part.count("_") + 1):
        head, tail = "_".join(part.split("_")[:cut]), "_".join(part.split("_")[cut:])
        known = {**{id_: item.name for id_, item in source.items.items()}, **choices}
        if head in known:
            rest = known.get(tail) or Text(
                f"{tail}℃" if tail.isdigit() else tail, f"{tail} °C" if tail.isdigit() else tail
            )
            return Text(f"{known[head].zh}·{rest.zh}", f"{known[head].en}, {rest.en}")
    words = part.replace("_", " ")
    return Text(words, words)


def _words_of(source: Source, parts: list[str]) -> tuple[str, ...]:
    items = [source.items[part] for part in parts if part in source.items]
    aliases = [alias for item in items for alias in item.aliases]
    return (source.name.zh, source.name.en, *source.aliases, *aliases)


def _gases_in(quantity: str) -> tuple[str, ...]:
    return tuple(gas for gas in ("CH4", "N2O", "CF4", "C2F6", "SF6") if gas.casefold() in quantity.split("_"))


def _all_parameters() -> Iterator[Parameter]:
    yield from load(_PACKAGE, "electricity.toml", regions=REGIONS).values()
    for name in ("heat.toml", "gwp.toml", "constants.toml"):
        yield from load(_PACKAGE, name).values()
    for name, aside in (("combustion.toml", {"sectors", "kinds"}), ("blends.toml", {"names"})):
        content = content_of(_PACKAGE, name)
        yield from read({key: part for key, part in content.items() if key not in aside}, where=name).values()
    for guide in GUIDES.values():
        yield from guide.parameters.values()
    for source in SOURCES.values():
        table = _table_of(source)
        yield from table.values.values() if table else ()


_PARTS = (_electricity, _heat, _fuels, _combustion, _of_rules, _constants, _potentials, _blends)
