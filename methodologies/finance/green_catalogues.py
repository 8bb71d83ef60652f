"""The catalogues of green and transition finance as data: what an item is called, its conditions, how sure we are.

The lists are as complete as public copies let us read (`complete` says so); recognising a loan is a person's act.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from carbon.confidence import Confidence
from carbon.errors import N_, NotFound
from carbon.text import Text


@dataclass(frozen=True)
class Catalogue:
    """A catalogue with its document and first day."""

    id: str
    name: Text
    document: Text
    starts_on: date
    complete: bool


@dataclass(frozen=True)
class Item:
    """One item; conditions and standards as its copy gives them, in the copy's language."""

    catalogue: str
    code: str
    parent: str
    name: Text
    confidence: Confidence
    condition: str
    threshold: str
    standards: str


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("green_catalogues.toml").read_text("utf-8"))


@cache
def catalogues() -> dict[str, Catalogue]:
    """All catalogues by id."""
    return {
        name: Catalogue(
            name, Text.of(table, name), Text.of(table["document"], name), table["from"], table["complete"]
        )
        for name, table in _content()["catalogues"].items()
    }


@cache
def items() -> tuple[Item, ...]:
    """Every item of every catalogue.

    Raises:
        ValueError: an item from memory, which is not used.
    """
    found = []
    for table in _content()["items"]:
        confidence = Confidence.of(table["confidence"])
        if confidence is Confidence.MEMORY:
            raise ValueError(f"item {table['code']}: figures marked memory are not used.")
        told = (table.get(name, "") for name in ("condition", "threshold", "standards"))
        found.append(
            Item(
                table["catalogue"],
                table["code"],
                table["parent"],
                Text.of(table, table["code"]),
                confidence,
                *told,
            )
        )
    return tuple(found)


def item_of(catalogue: str, code: str) -> Item:
    """One item.

    Raises:
        NotFound: the catalogue has none of that code, as far as it is known here.
    """
    for item in items():
        if (item.catalogue, item.code) == (catalogue, code):
            return item
    raise NotFound(
        N_("The catalogue {catalogue} has no item {code} known here."),
        at="code",
        catalogue=catalogue[:20],
        code=code[:20],
    )
