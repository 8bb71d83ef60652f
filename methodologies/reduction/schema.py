"""What a methodology asks for: fields with words, units and limits, and conditions that must hold.

A field stands `per` project, `year`, or row of a table. A field without a value in the report takes the published
default, if its TOML has one that is confirmed; a figure that is only recalled is shown as a hint, and used only where the
report says `recalled = true`: the result then says so and carries no label.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from inspect import signature
from typing import Any

from carbon import units
from carbon.confidence import Confidence
from carbon.text import Text

PROJECT, YEAR = "project", "year"
_KEPT = 8192


@lru_cache(_KEPT)
def folded(word: str) -> str:
    """Compared without case, width, spaces and punctuation between letters."""
    return re.sub(r"[\s_\-,.]", "", unicodedata.normalize("NFKC", word)).casefold()


class MethodologyFault(Exception):  # noqa: N818 - what is wrong with a methodology, told to its author
    """The methodology may not be used; the program does not start with it."""


@dataclass(frozen=True)
class Field:
    """One thing that is monitored or given."""

    id: str
    name: Text
    unit: str
    per: str
    symbol: str | None = None
    least: Fraction | None = Fraction(0)
    most: Fraction | None = None
    above: Fraction | None = None
    choices: Mapping[str, Text] | None = None
    aliases: Mapping[str, tuple[str, ...]] | None = None
    gas: str | None = None
    by: tuple[str, ...] = ()
    absent: Fraction | None = None
    fixed: bool = False
    computed_in: str | None = None
    """The unit formulas take it in, where that is another than the one it is reported in."""
    rounds_up: bool = False
    """Where a table is read by it: the next line instead of the one before, if that is the careful side."""
    recalled: Text | None = None
    recalled_values: Mapping[str, Fraction] = field(default_factory=dict)
    """The recalled figure by what was chosen, `` where it is one for all; never used unless the report asks for it."""
    words: tuple[str, ...] = ()
    """Further names a report may give it by."""
    note: Text | None = None

    @property
    def is_reported(self) -> bool:
        """Whether a report may give it: not a constant, not a warming potential."""
        return not self.fixed and self.gas is None

    @cached_property
    def choice_words(self) -> Mapping[str, str]:
        """Every way to write a choice, folded, → its id."""
        words = {
            folded(word): id_
            for id_, text in (self.choices or {}).items()
            for word in (id_, text.zh, text.en)
        }
        return words | {
            folded(word): id_ for id_, several in (self.aliases or {}).items() for word in several
        }


@dataclass(frozen=True)
class Condition:
    """Something that must hold; answered by the report, or by a `predicate` over its fields."""

    id: str
    name: Text
    unmet: Text
    confidence: Confidence
    clause: str | None = None
    predicate: Callable[..., bool] | None = None
    routes: tuple[str, ...] = ()
    """The routes it is asked on; every one if empty."""

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """The fields the predicate looks at."""
        return tuple(signature(self.predicate).parameters) if self.predicate else ()


def fields_of(content: Mapping[str, Any], where: str) -> dict[str, Field]:
    """The `[fields]` of a methodology.

    Raises:
        MethodologyFault: a field without words, with an unknown unit or key.
    """
    return {id_: _field(id_, table, f"{where} [fields.{id_}]") for id_, table in content["fields"].items()}


_KEYS = {"zh", "en", "unit", "per", "symbol", "least", "most", "above", "choices", "gas", "by", "absent"}
_KEYS |= {"fixed", "computed_in", "rounds_up", "recalled", "note", "words"}


def _field(id_: str, table: Mapping[str, Any], where: str) -> Field:
    unknown = set(table) - _KEYS
    unit = str(table.get("unit", "1"))
    if unknown or not units.is_unit(unit):
        raise MethodologyFault(f"{where}: unknown keys {sorted(unknown)} or unit “{unit}”.")
    choices = table.get("choices")
    return Field(
        id=id_,
        name=_text(table, where),
        unit=unit,
        per=str(table.get("per", PROJECT)),
        symbol=table.get("symbol"),
        least=None if table.get("least") == "any" else Fraction(table.get("least", 0)),
        most=Fraction(table["most"]) if "most" in table else None,
        above=Fraction(table["above"]) if "above" in table else None,
        choices={key: _text(words, f"{where} {key}") for key, words in choices.items()} if choices else None,
        aliases={key: tuple(words.get("aliases", ())) for key, words in choices.items()} if choices else None,
        gas=table.get("gas"),
        by=tuple(table.get("by", ())),
        absent=Fraction(table["absent"]) if "absent" in table else None,
        fixed=bool(table.get("fixed", False)),
        computed_in=table.get("computed_in"),
        rounds_up=bool(table.get("rounds_up", False)),
        recalled=_recalled(table.get("recalled"), where),
        recalled_values=_recalled_values(table.get("recalled")),
        words=tuple(table.get("words", ())),
        note=_text(table["note"], where) if "note" in table else None,
    )


def _recalled(hint: Any, where: str) -> Text | None:
    """A figure that is only recalled: a plain number is the same in both languages."""
    if hint is None or isinstance(hint, str):
        return Text(hint, hint) if hint else None
    return _text(hint, where)


def _recalled_values(hint: Any) -> dict[str, Fraction]:
    if isinstance(hint, str):
        return {"": Fraction(hint)} if re.fullmatch(r"\d+(\.\d+)?", hint) else {}
    return {key: Fraction(value) for key, value in (hint or {}).get("of", {}).items()}


def conditions_of(
    content: Mapping[str, Any], predicates: Mapping[str, Callable[..., bool]], where: str
) -> dict[str, Condition]:
    """The `[conditions]` of a methodology, with the functions that answer some of them.

    Raises:
        MethodologyFault: a predicate without words, or a condition without a reason.
    """
    tables = content.get("conditions", {})
    if set(predicates) - set(tables):
        raise MethodologyFault(f"{where}: no [conditions] for {sorted(set(predicates) - set(tables))}.")
    return {
        id_: Condition(
            id=id_,
            name=_text(table, f"{where} [conditions.{id_}]"),
            unmet=_text(table.get("unmet", {}), f"{where} [conditions.{id_}.unmet]"),
            confidence=Confidence.of(table["confidence"]),
            clause=table.get("clause"),
            predicate=predicates.get(id_),
            routes=tuple(table.get("routes", ())),
        )
        for id_, table in tables.items()
    }


def _text(table: Mapping[str, Any], where: str) -> Text:
    try:
        return Text.of(table, where)
    except ValueError as fault:
        raise MethodologyFault(str(fault)) from fault
