"""Which part of a borrower's emissions a business loan finances (PCAF Part A, section 5.2), and how well it is known.

A loan whose borrower lacks a figure is a gap with a reason, never a zero. Words, formula and scores:
financed_emissions.toml, financed_emissions_scores.toml.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.errors import N_
from carbon.explanation import Explanation
from carbon.parameters import Parameter, load
from carbon.rounding import round_mg
from carbon.rules import Rule, build
from carbon.text import Text

MG_PER_T = 10**9


class Option(StrEnum):
    """How the borrower's emissions are known."""

    VERIFIED = "1a"
    REPORTED = "1b"
    FROM_ENERGY = "2a"


@dataclass(frozen=True)
class Borrowing:
    """What the rule asks of one loan; None where the figure is not known."""

    outstanding_fen: int
    equity_and_debt_fen: int | None
    emissions_mg: int | None
    option: Option


@dataclass(frozen=True)
class Gap:
    """Why a loan has no figure, as an English template with its values."""

    code: str
    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """The reason in English."""
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Financed:
    """The loan's share of emissions, its score (1 best, 5 worst) and how it came to be."""

    financed_mg: int
    attribution: Fraction
    score: int
    option: Option
    above_one: bool
    explanation: Explanation


def attribution(outstanding: Any, equity_and_debt: Any) -> Any:
    """The share of the borrower that the loan finances; not capped."""
    return outstanding / equity_and_debt


def financed_emissions(attribution: Any, emissions: Any) -> Any:
    """The borrower's emissions times the share."""
    return attribution * emissions


@cache
def _content() -> dict[str, Any]:
    package = resources.files("methodologies.finance")
    return tomllib.loads(package.joinpath("financed_emissions.toml").read_text("utf-8"))


@cache
def rule() -> Rule:
    """The rule with its words."""
    return build(_content(), [attribution, financed_emissions], id=_content()["id"])


@cache
def scores() -> dict[str, Parameter]:
    """The dated data-quality scores by `score.<option>`."""
    return load("methodologies.finance", "financed_emissions_scores.toml")


def score_of(option: Option, day: date) -> int:
    """The data-quality score of an option for a report of `day`; the edition in force is the earliest we hold.

    Days before that edition take its scores too: a portfolio of 2024 is restated by today's table.
    """
    parameter = scores()[f"score.{option.value}"]
    return int(parameter.at(max(day, parameter.values[0].starts_on)).value)


def financed(borrowing: Borrowing, *, day: date) -> Financed | Gap:
    """The loan's financed emissions, or what is missing for them."""
    if borrowing.emissions_mg is None:
        return Gap("emissions", N_("The borrower's emissions of the year are not known."), {})
    if borrowing.equity_and_debt_fen is None:
        return Gap("equity-and-debt", N_("The borrower's total equity and debt are not known."), {})
    if borrowing.equity_and_debt_fen <= 0:
        return Gap("equity-and-debt", N_("The borrower's total equity and debt are not above zero."), {})
    inputs = {
        "outstanding": Fraction(borrowing.outstanding_fen, 100),
        "equity_and_debt": Fraction(borrowing.equity_and_debt_fen, 100),
        "emissions": Fraction(borrowing.emissions_mg, MG_PER_T),
    }
    values = rule().exactly("financed_emissions", inputs, {})
    score = score_of(borrowing.option, day)
    above_one = values["attribution"] > 1
    remarks = {"financed_emissions": [_score_note(borrowing.option, score)]}
    if above_one:
        remarks["attribution"] = [Text.of(_content()["notes"]["above_one"], "note above_one")]
    return Financed(
        financed_mg=round_mg(values["financed_emissions"] * MG_PER_T),
        attribution=values["attribution"],
        score=score,
        option=borrowing.option,
        above_one=above_one,
        explanation=rule().explain("financed_emissions", inputs, {}, notes=remarks),
    )


def portfolio_score(parts: Iterable[tuple[int, int]]) -> Decimal | None:
    """Scores weighted by outstanding (`(outstanding_fen, score)`), two decimals; None for an empty portfolio.

    PCAF Part A, sections 6.1 and 6.2: sum(outstanding x score) / sum(outstanding).
    """
    known = list(parts)
    total = sum(outstanding for outstanding, _ in known)
    if total <= 0:
        return None
    weighted = Fraction(sum(outstanding * score for outstanding, score in known), total)
    return Decimal(round(weighted * 100)).scaleb(-2)


def _score_note(option: Option, score: int) -> Text:
    note, name = _content()["notes"]["score"], _content()["options"][option.value]
    return Text(
        note["zh"].format(score=score, option=option.value, name=name["zh"]),
        note["en"].format(score=score, option=option.value, name=name["en"]),
    )
