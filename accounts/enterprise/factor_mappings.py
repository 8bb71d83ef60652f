"""The shapes of factor tables, read from their data, and which of them a row of headings fits."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from carbon.errors import N_, Problem
from carbon.text import Text

GASES = ("co2", "ch4", "n2o", "co2e")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CONTENT: dict[str, Any] = tomllib.loads(
    (files(__package__) / "factor_mappings.toml").read_text(encoding="utf-8")
)
UNIT_WORDS: Mapping[str, str] = _CONTENT["unit_words"]
NO_VALUE = frozenset(_CONTENT["no_value"]["words"])


@dataclass(frozen=True)
class Shape:
    """One shape: its layout, its headings by field, what names a record, how numbers are written."""

    id: str
    name: Text
    layout: str
    decimal: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    archived_words: frozenset[str]
    encoding: str = ""
    gwp_basis: str = ""
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def meaning(self, heading: str) -> str | None:
        """The field a heading means; one that ends in a year (Conversion Factor 2024) means what it begins with."""
        wanted = folded(heading)
        bare = folded(_YEAR.sub("", heading))
        for name, words in self.columns.items():
            if wanted in words or (bare and bare in words):
                return name
        return None

    def placed(self, headings: Sequence[str]) -> "Placed | None":
        """Where the fields stand in a row of headings; None when what the shape needs is not all there."""
        places: dict[str, int] = {}
        years: dict[int, int] = {}
        year = 0
        for place, heading in enumerate(headings):
            found = self.meaning(heading) if heading.strip() else None
            if found:
                places.setdefault(found, place)
                told = _YEAR.search(heading)
                year = int(told[0]) if told and found == "value" else year
            elif self.layout == "years" and _YEAR.fullmatch(
                heading.strip().removesuffix("年").removesuffix(".0")
            ):
                years[int(_YEAR.findall(heading)[0])] = place
        placed = Placed(self, places, years, year)
        return placed if placed.is_whole else None


@dataclass(frozen=True)
class Placed:
    """A mapping laid over a row of headings: field to column; `years` the columns of years; `year` that of the values."""

    mapping: Shape
    places: Mapping[str, int]
    years: Mapping[int, int]
    year: int

    @property
    def is_whole(self) -> bool:
        """Whether record, unit and values can be found."""
        named = any(name in self.places for name in self.mapping.key)
        if self.mapping.layout == "years":
            return named and len(self.years) > 1
        values = {*GASES, "value" if self.mapping.layout == "long" else "co2e_of_co2"}
        return named and bool({"unit", "uom"} & set(self.places)) and bool(values & set(self.places))

    @property
    def score(self) -> int:
        """How well it fits: headings understood, a special shape before the general."""
        return 10 * (len(self.places) + len(self.years)) + (5 if self.mapping.id != "generic" else 0)


def folded(text: str) -> str:
    """A heading without what people vary: width, case, spaces, line breaks, punctuation at its ends."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2082", "2")
    return " ".join(re.sub(r"[\s_]+", " ", plain).strip(" .:*()").split())


@functools.cache
def mappings() -> Mapping[str, Shape]:
    """By id."""
    entries = {id_: entry for id_, entry in _CONTENT.items() if "layout" in entry}
    return {id_: _mapping(id_, entry) for id_, entry in entries.items()}


def _mapping(id_: str, entry: Mapping[str, Any]) -> Shape:
    return Shape(
        id=id_,
        name=Text.of(entry, id_),
        layout=entry["layout"],
        decimal=entry["decimal"],
        key=tuple(entry["key"]),
        columns={name: tuple(folded(word) for word in words) for name, words in entry["columns"].items()},
        archived_words=frozenset(folded(word) for word in entry.get("archived_words", ())),
        encoding=entry.get("encoding", ""),
        gwp_basis=entry.get("gwp_basis", ""),
        only={name: tuple(folded(word) for word in words) for name, words in entry.get("only", {}).items()},
    )


def mapping(id_: str) -> Shape:
    """A shape by its id.

    Raises:
        Problem: there is none; names those there are.
    """
    found = mappings().get(id_)
    if found is None:
        raise Problem(
            N_("There is no shape of factor tables “{mapping}”: choose one of {known}."),
            mapping=id_[:40],
            known=", ".join(mappings()),
            at="mapping",
        )
    return found


def best(rows: Sequence[Sequence[str]], wanted: str = "") -> tuple[int, Placed] | None:
    """The row of headings and the shape that fit best, among the first thirty rows; `wanted` names the only shape tried."""
    tried = [mapping(wanted)] if wanted else list(mappings().values())
    fits = [
        (placed.score, -index, index, placed)
        for index, row in enumerate(rows[:30])
        for shape in tried
        if (placed := shape.placed(row))
    ]
    if not fits:
        return None
    _, _, index, placed = max(fits, key=lambda fit: fit[:2])
    return index, placed
