"""How a number came to be: a tree from the result down to what was reported and what was published."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from carbon.confidence import Confidence
from carbon.parameters import Chosen
from carbon.rounding import plain
from carbon.text import Text

_WORDS = {
    "document": Text("出处", "source"),
    "published": Text("公布值", "as published"),
    "from": Text("适用自", "in force from"),
    "region": Text("地区", "place"),
    "confidence": Text("可信度", "confidence"),
    "reason": Text("说明", "why"),
    "note": Text("注", "note"),
    "reported": Text("填报值", "as reported"),
    "formula": Text("公式", "formula"),
}


@dataclass(frozen=True)
class Explanation:
    """A value with its name, unit and formula, the published number it is (`chosen`), and what it was made from."""

    id: str
    name: Text
    value: Fraction
    unit: str
    formula: Text | None = None
    numbers: str | None = None
    chosen: Chosen | None = None
    reported: bool = False
    notes: tuple[Text, ...] = ()
    children: tuple["Explanation", ...] = field(default=())

    def walk(self) -> Iterator["Explanation"]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def confidence(self) -> Confidence:
        """The weakest of all numbers that went in."""
        return Confidence.weakest(node.chosen.confidence for node in self.walk() if node.chosen)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the same input gives the same bytes."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name.as_dict(),
            "value": plain(self.value),
            "unit": self.unit,
            "confidence": self.confidence.id,
        }
        if self.formula:
            shown |= {"formula": self.formula.as_dict(), "numbers": self.numbers}
        if self.chosen and self.chosen.dated:
            shown["parameter"] = _parameter(self.chosen)
        if self.reported:
            shown["reported"] = True
        if self.notes:
            shown["notes"] = [note.as_dict() for note in self.notes]
        if self.children:
            shown["children"] = [child.as_dict() for child in self.children]
        return shown

    def as_text(self, language: str) -> str:
        """Indented lines for a terminal, in `zh` or `en`."""
        return "\n".join(self._lines(language, depth=0))

    def _lines(self, language: str, depth: int) -> Iterator[str]:
        indent = "    " * depth
        yield f"{indent}{self.name.in_language(language)} = {amount(self.value, self.unit)}"
        for label, text in self._remarks(language):
            yield f"{indent}  {_WORDS[label].in_language(language)}: {text}"
        for child in self.children:
            yield from child._lines(language, depth + 1)  # noqa: SLF001 - the same class

    def _remarks(self, language: str) -> Iterator[tuple[str, str]]:
        if self.formula:
            yield "formula", f"{self.formula.in_language(language)} = {self.numbers}"
        if self.reported:
            given = (self.chosen.value, self.chosen.unit) if self.chosen else (self.value, self.unit)
            yield "reported", amount(*given)
        if self.chosen and self.chosen.dated:
            yield from _published_remarks(self.chosen, language)
        for note in self.notes:
            yield "note", note.in_language(language)


def amount(value: Fraction, unit: str) -> str:
    """A number with its unit; a plain number alone."""
    return plain(value) if unit in {"1", "dimensionless"} else f"{plain(value)} {unit}"


def _published_remarks(chosen: Chosen, language: str) -> Iterator[tuple[str, str]]:
    dated = chosen.dated
    if dated is None:
        return
    yield "published", amount(chosen.value, chosen.unit)
    clause = f" {dated.source.clause}" if dated.source.clause else ""
    yield "document", f"{dated.source.document.in_language(language)}{clause}"
    yield "from", dated.starts_on.isoformat()
    if chosen.place:
        yield "region", chosen.place.in_language(language)
    yield "confidence", dated.source.confidence.label.in_language(language)
    if chosen.reason:
        yield "reason", chosen.reason.in_language(language)
    if dated.note:
        yield "note", dated.note.in_language(language)


def _parameter(chosen: Chosen) -> dict[str, Any]:
    dated = chosen.dated
    if dated is None:
        return {}
    return {
        "id": chosen.id,
        "document": dated.source.document.as_dict(),
        "clause": dated.source.clause,
        "url": dated.source.url,
        "from": dated.starts_on.isoformat(),
        "until": dated.ends_on.isoformat() if dated.ends_on else None,
        "published": dated.source.published_on.isoformat() if dated.source.published_on else None,
        "region": dated.region,
        "place": chosen.place.as_dict() if chosen.place else None,
        "asked_region": chosen.asked_region,
        "vintage": dated.vintage,
        "reason": chosen.reason.as_dict() if chosen.reason else None,
        "note": dated.note.as_dict() if dated.note else None,
        "confidence": dated.source.confidence.id,
        "unit": chosen.unit,
        "value": plain(chosen.value),
    }
