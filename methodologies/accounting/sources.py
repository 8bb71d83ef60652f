"""What every kind of source declares: its names, what may be reported under it, and how it is computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from carbon import units
from carbon.errors import Problem
from carbon.parameters import Chosen
from carbon.rules import Rule
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey


@dataclass(frozen=True)
class Item:
    """One thing a source is reported for: a fuel, a refrigerant, a kind of power. `units` are the usual ones."""

    id: str
    name: Text
    units: tuple[str, ...]
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """A value a row may give of its own, by number (with `unit`, up to `most`) or by word (`choices`, else freely)."""

    id: str
    name: Text
    unit: str | None = None
    choices: Mapping[str, Text] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    most: Fraction | None = None


@dataclass(frozen=True)
class Branch:
    """One gas of a plan: the step of a rule that yields its mass, and the numbers that go in."""

    gas: str
    rule: Rule
    step: str
    parameters: Mapping[str, Chosen]


@dataclass(frozen=True)
class Plan:
    """How an activity is computed: how much `unit` one written unit is, then a branch for each gas.

    `notes` are assumptions made; `gaps` are what could not be counted, said aloud; `alternatives` are other methods'
    branches, never added to the total. `notes` on terms of the rules stand in `remarks` by term.
    """

    unit: str
    per_written_unit: Fraction
    branches: tuple[Branch, ...]
    notes: tuple[Text, ...] = ()
    gaps: tuple[Text, ...] = ()
    alternatives: Mapping[str, tuple[Branch, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A kind of source. `items` is empty where any text may be reported (`free_items`).

    `removes`: its lines may be below zero (carbon kept in products, captured, or taken up); they stand as lines of their
    own and are never netted inside another source. `reads_factors`: it weighs a row's own factors itself.
    `usual_item`: what a row means that names none. `own_gases`: what CO2 or CH4 is here by a row's own factor (biogenic).
    `any_item`: an item that is not listed is computed too, from the row's own values alone. `own_as`: the option that a row's own
    factor of a gas is, where the formula goes on with other values of the row (abatement, purity).
    """

    id: str
    name: Text
    scope: int
    items: Mapping[str, Item]
    plan: Callable[[ActivityKey], Plan]
    aliases: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    methods: Mapping[str, Text] = field(default_factory=dict)
    guides: Mapping[str, Text] = field(default_factory=dict)
    free_items: bool = False
    rules: tuple[Rule, ...] = ()
    removes: bool = False
    reads_factors: bool = False
    usual_item: str | None = None
    own_gases: Mapping[str, str] = field(default_factory=dict)
    any_item: bool = False
    own_as: Mapping[str, str] = field(default_factory=dict)


def per_written_unit(key: ActivityKey, unit: str) -> Fraction:
    """How many `unit` one of the unit is that the row is written in.

    Raises:
        Problem: about the row's unit: unknown, or of another dimension.
    """
    try:
        return units.to_unit(key.unit, unit)
    except Problem as problem:
        problem.at = "unit"
        raise


def source(
    content: Mapping[str, Any],
    *,
    id: str,  # noqa: A002 - the word the rest of the house uses
    plan: Callable[[ActivityKey], Plan],
    items: Mapping[str, Item],
    rules: tuple[Rule, ...],
    guides: Mapping[str, Text] | None = None,
    free_items: bool = False,
) -> Source:
    """A source from the TOML beside its rule: `zh`, `en`, `scope`, `aliases`, `[options]`, `[methods]`."""
    return Source(
        id=id,
        name=Text.of(content, id),
        scope=int(content["scope"]),
        items=items,
        plan=plan,
        aliases=tuple(content.get("aliases", ())),
        options={name: _option(name, table, id) for name, table in content.get("options", {}).items()},
        methods={name: Text.of(table, f"{id} {name}") for name, table in content.get("methods", {}).items()},
        guides=guides or {},
        free_items=free_items,
        rules=rules,
        removes=bool(content.get("removes", False)),
        reads_factors=bool(content.get("reads_factors", False)),
        usual_item=content.get("usual_item", next(iter(items)) if len(items) == 1 else None),
        own_gases=dict(content.get("own_gases", {})),
        any_item=bool(content.get("any_item", False)),
        own_as=dict(content.get("own_as", {})),
    )


def items_of(content: Mapping[str, Any], where: str) -> dict[str, Item]:
    """The `[items]` of a source's TOML."""
    return {
        id_: Item(
            id_, Text.of(table, f"{where} {id_}"), tuple(table["units"]), tuple(table.get("aliases", ()))
        )
        for id_, table in content["items"].items()
    }


def _option(name: str, table: Mapping[str, Any], where: str) -> Option:
    return Option(
        id=name,
        name=Text.of(table, f"{where} {name}"),
        unit=table.get("unit"),
        choices={
            choice: Text.of(words, f"{where} {choice}") for choice, words in table.get("choices", {}).items()
        },
        aliases=tuple(table.get("aliases", ())),
        most=Fraction(table["most"]) if "most" in table else None,
    )
