"""Financed emissions of loans by domestic methods, side by side with PCAF: average balance over income or assets.

Methods are data (domestic_financed.toml) with their confidence; the People's Bank's own text is not public, so its
formula is shown as recalled.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.errors import N_
from carbon.text import Text
from methodologies.finance.pcaf import Gap, Position


@dataclass(frozen=True)
class Method:
    """A domestic method and how sure its formula is."""

    id: str
    name: Text
    document: Text
    formula: Text
    confidence: str
    non_project: str
    project: str


@dataclass(frozen=True)
class Share:
    """A loan's share of the borrower's or project's emissions in tCO2e by one method."""

    method: str
    share: Fraction
    denominator: str
    emissions_t: Fraction


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("domestic_financed.toml").read_text("utf-8"))


@cache
def methods() -> dict[str, Method]:
    """The methods by id."""
    return {
        name: Method(
            name,
            Text.of(table, name),
            Text.of(table["document"], name),
            Text.of(table["formula"], name),
            table["confidence"],
            table["non_project"],
            table["project"],
        )
        for name, table in _content()["methods"].items()
    }


def share_of(method_id: str, position: Position, emissions_t: Fraction | None) -> Share | Gap:
    """The loan's share by one method, or what it lacks; the balance is the year's average, else the one outstanding."""
    method = methods()[method_id]
    is_project = position.asset_class.id == "project-finance"
    name = method.project if is_project else method.non_project
    base = position.figures.get(name)
    if emissions_t is None:
        return Gap("emissions", N_("The borrower's emissions of the year are not known."), {})
    if base is None or base <= 0:
        return Gap("denominator", N_("The share needs {names} above zero."), {"names": name})
    balance = position.figures.get("average_balance", position.figures["outstanding"])
    return Share(method_id, balance / base, name, emissions_t * balance / base)


def quality_class(parts: Iterable[tuple[Fraction, Fraction]]) -> tuple[Fraction, Text] | None:
    """The portfolio's data quality, Σ(emission × score) ÷ Σ emission, and its class; None without emissions."""
    known = list(parts)
    total = sum((emission for emission, _ in known), Fraction(0))
    if total <= 0:
        return None
    rating = sum((emission * score for emission, score in known), Fraction(0)) / total
    for table in _content()["methods"]["bank-guide"]["classes"]:
        if "below" not in table or rating < Fraction(str(table["below"])):
            return rating, Text.of(table, "class")
    raise AssertionError("the last class has no bound")
