"""Interest-subsidy programmes as data, read from interest_subsidy.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from carbon.confidence import Confidence
from carbon.daycount import DayCount
from carbon.errors import N_, NotFound
from carbon.text import Text


@dataclass(frozen=True)
class Purpose:
    """A kind of loan the programme takes, and the first day of release for it."""

    id: str
    released_from: date


@dataclass(frozen=True)
class Programme:
    """Who pays how much on what, for how long; `accrual_basis` None counts days as the loan does.

    `house` names the fields where the document is silent and the choice is ours.
    """

    id: str
    name: Text
    issuer: Text
    document: Text
    clause: str
    published_on: date
    confidence: Confidence
    points_percent: Decimal
    months_limit: int
    released_until: date
    purposes: tuple[Purpose, ...]
    accrual_basis: DayCount | None
    principal_ceiling_fen: int | None
    house: tuple[str, ...]
    excludes: Text

    def window(self, purpose: str) -> Purpose | None:
        """The terms for this purpose; None when the programme does not take it."""
        return next((window for window in self.purposes if window.id == purpose), None)


class ProgrammeFault(ValueError):  # noqa: N818 - named like RuleFault and ParameterFault
    """A programme the rule cannot compute; the program does not start with it."""


@cache
def _content() -> dict[str, Any]:
    package = resources.files("methodologies.finance")
    return tomllib.loads(package.joinpath("interest_subsidy.toml").read_text("utf-8"))


@cache
def purposes() -> dict[str, Text]:
    """What a loan may be for, by id."""
    return {name: Text.of(table, f"purpose {name}") for name, table in _content()["purposes"].items()}


@cache
def programmes() -> dict[str, Programme]:
    """All programmes by id.

    Raises:
        ProgrammeFault: a form of rate, clock or purpose the rule does not know, or an unconfirmed figure.
    """
    return {table["id"]: read(table) for table in _content()["programmes"]}


def programme(programme_id: str) -> Programme:
    """One programme.

    Raises:
        NotFound: none has this id.
    """
    found = programmes().get(programme_id)
    if found is None:
        raise NotFound(
            N_("There is no subsidy programme {id}; known are: {known}."),
            id=programme_id,
            known=", ".join(programmes()),
        )
    return found


def read(table: dict[str, Any]) -> Programme:
    """A programme from its TOML.

    Raises:
        ProgrammeFault: as `programmes`.
    """
    where = f"programme {table.get('id')}"
    confidence = Confidence.of(table["confidence"])
    known = {"rate_form": "points-of-principal", "clock_starts": "release", "own_rate_ceiling": True}
    for name, value in known.items():
        if table[name] != value:
            raise ProgrammeFault(f"{where}: {name} = {table[name]!r} is not computed yet; known: {value!r}.")
    if confidence is Confidence.MEMORY:
        raise ProgrammeFault(f"{where}: figures marked memory are not used; confirm them or leave them out.")
    unknown = {purpose["id"] for purpose in table["purposes"]} - set(purposes())
    if unknown or not table["purposes"]:
        raise ProgrammeFault(f"{where}: purposes {sorted(unknown)} are not among {sorted(purposes())}.")
    basis = table["accrual_basis"]
    return Programme(
        id=table["id"],
        name=Text.of(table, where),
        issuer=Text.of(table["issuer"], f"{where} issuer"),
        document=Text.of(table["document"], f"{where} document"),
        clause=table["clause"],
        published_on=table["published"],
        confidence=confidence,
        points_percent=Decimal(table["points_percent"]),
        months_limit=table["months_limit"],
        released_until=table["released_until"],
        purposes=tuple(Purpose(purpose["id"], purpose["released_from"]) for purpose in table["purposes"]),
        accrual_basis=None if basis == "loan" else DayCount(basis),
        principal_ceiling_fen=table.get("principal_ceiling_fen"),
        house=tuple(table.get("house", ())),
        excludes=Text.of(table["excludes"], f"{where} excludes"),
    )
