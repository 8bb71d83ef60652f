"""What a loan costs: the loan prime rate, a margin by rating level, a discount for green use, a floor and a cap.

The rule is here; the points are a bank's terms, handed in as data. Sums of decimals are exact: nothing is rounded.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.columns import greatest, least
from carbon.confidence import Confidence
from carbon.daycount import DayCount
from carbon.errors import N_, Problem
from carbon.explanation import Explanation
from carbon.parameters import Chosen, DatedValue, Source
from carbon.rules import Rule, build
from carbon.text import Text
from methodologies.finance import rating
from methodologies.finance.lpr import Quote, Tenor, description

PERCENT = "percent/year"
MAX_POINTS = Decimal(24)
"""A bound of ours against slips of the pen: no margin, floor or cap lies beyond it."""


def marked_rate(lpr: Any, margin: Any, green_use_discount: Any) -> Any:
    """Before floor and cap."""
    return lpr + margin - green_use_discount


def loan_rate(marked_rate: Any, floor: Any, cap: Any) -> Any:
    """What the borrower pays, per year."""
    return least(greatest(marked_rate, floor), cap)


@dataclass(frozen=True)
class Terms:
    """A bank's terms for one product from `valid_from` on; every figure in percentage points per year.

    `margins` maps the rating level (1 best to 5) to points on the loan prime rate, negative for a discount.
    """

    margins: Mapping[int, Decimal]
    unrated_margin: Decimal
    floor: Decimal
    cap: Decimal
    valid_from: date
    green_use_discount: Decimal = Decimal(0)
    five_year_tenor_above_months: int = 60
    day_count: DayCount = DayCount.ACT_360
    bank: Text = field(default=Text("银行", "the bank"))


@dataclass(frozen=True)
class Price:
    """The rate in percent per year, its parts and how it came to be."""

    rate_percent: Decimal
    lpr: Quote
    margin_points: Decimal
    green_use_discount_points: Decimal
    explanation: Explanation
    rule_version: str


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(resources.files("methodologies.finance").joinpath("pricing.toml").read_text("utf-8"))


@cache
def rule() -> Rule:
    """The rule with its words."""
    return build(_content(), [marked_rate, loan_rate], id=_content()["id"])


def tenor_of(terms: Terms, term_months: int) -> Tenor:
    """Which quotation the loan is priced on: loans longer than the terms say take the five-year one."""
    return Tenor.FIVE_YEARS if term_months > terms.five_year_tenor_above_months else Tenor.ONE_YEAR


def check_terms(terms: Terms) -> None:
    """Refuse terms that could not price every borrower.

    Raises:
        Problem: a level without margin, a figure out of bounds or finer than a basis point, floor above cap.
    """
    if set(terms.margins) != {1, 2, 3, 4, 5}:
        raise Problem(
            N_("Terms need a margin for each level from 1 to 5; these have {levels}."),
            at="margins",
            levels=", ".join(str(level) for level in sorted(terms.margins)) or "none",
        )
    figures = [
        *terms.margins.values(),
        terms.unrated_margin,
        terms.floor,
        terms.cap,
        terms.green_use_discount,
    ]
    for figure in figures:
        if not figure.is_finite() or abs(figure) > MAX_POINTS or figure != figure.quantize(Decimal("0.01")):
            raise Problem(
                N_(
                    "{points} points cannot be used: write at most two decimals, between -{limit} and {limit}."
                ),
                points=str(figure),
                limit=str(MAX_POINTS),
            )
    if terms.green_use_discount < 0:
        raise Problem(
            N_("A discount for green use cannot be negative; leave it at 0."), at="green_use_discount"
        )
    if not 0 <= terms.floor <= terms.cap:
        raise Problem(
            N_("The floor {floor} % must not be negative or above the cap {cap} %."),
            at="floor",
            floor=str(terms.floor),
            cap=str(terms.cap),
        )


def price(terms: Terms, quote: Quote, *, level: int | None, green_use: bool) -> Price:
    """The rate for a borrower of this level (None: unrated) on the given quotation.

    Raises:
        Problem: the terms have no margin for the level.
    """
    margin = terms.unrated_margin if level is None else terms.margins.get(level)
    if margin is None:
        raise Problem(N_("The terms have no margin for level {level}."), level=level)
    discount = terms.green_use_discount if green_use else Decimal(0)
    parameters = {
        "lpr": _published(quote),
        "margin": _of_terms("margin", margin, terms),
        "green_use_discount": _of_terms("green_use_discount", discount, terms),
        "floor": _of_terms("floor", terms.floor, terms),
        "cap": _of_terms("cap", terms.cap, terms),
    }
    value = rule().exactly("loan_rate", {}, parameters)["loan_rate"]
    note = _note("unrated") if level is None else _note("level", level=rating.label_of(level))
    return Price(
        rate_percent=(Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01")),
        lpr=quote,
        margin_points=margin,
        green_use_discount_points=discount,
        explanation=rule().explain("loan_rate", {}, parameters, notes={"loan_rate": [note]}),
        rule_version=rule().version,
    )


def _note(name: str, **values: Text | str) -> Text:
    texts = _content()["notes"][name]

    def filled(language: str) -> str:
        return str(texts[language]).format(
            **{
                key: value.in_language(language) if isinstance(value, Text) else value
                for key, value in values.items()
            }
        )

    return Text(filled("zh"), filled("en"))


def _published(quote: Quote) -> Chosen:
    about = description()["series"]
    tenor = Text.of(_content()["tenors"][quote.tenor.value], "tenor")
    source = Source(
        document=_note("lpr_document", tenor=tenor),
        clause=None,
        url=None,
        confidence=Confidence.of(about["confidence"]),
        published_on=quote.quoted_on,
    )
    dated = DatedValue(Fraction(quote.percent), quote.quoted_on, None, None, source)
    return Chosen("lpr", dated.value, PERCENT, dated)


def _of_terms(name: str, points: Decimal, terms: Terms) -> Chosen:
    source = Source(
        document=_note("terms", bank=terms.bank, **{"from": terms.valid_from.isoformat()}),
        clause=None,
        url=None,
        confidence=Confidence.TEXT,
    )
    dated = DatedValue(Fraction(points), terms.valid_from, None, None, source)
    return Chosen(name, dated.value, PERCENT, dated)
