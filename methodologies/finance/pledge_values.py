"""What pledged credits or allowances are worth to a creditor: price by day, haircut, maintenance line, margin call.

Worth = tonnes × price × (1 − haircut). Cover = worth before haircut ÷ what is secured. Below the maintenance line the
creditor calls for what brings the cover back to where it began.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from carbon.errors import N_, Problem
from carbon.money import round_fen


@dataclass(frozen=True)
class Price:
    """A closing price in fen for a tonne."""

    on_day: date
    fen_per_t: int


@dataclass(frozen=True)
class PledgeTerms:
    """As contracted: haircut and lines in percent; `initial_percent` is the cover agreed at the start."""

    haircut_percent: Decimal
    maintenance_percent: Decimal
    initial_percent: Decimal
    secured_fen: int


@dataclass(frozen=True)
class Valuation:
    """The pledge on a day, in fen; `call_t` more tonnes (or `call_fen` in cash) bring the cover back to its start."""

    on_day: date
    price: Price
    market_fen: int
    lending_fen: int
    cover_percent: Decimal
    called: bool
    call_fen: int
    call_t: int


def check_terms(terms: PledgeTerms) -> None:
    """Refuse terms that cannot work.

    Raises:
        Problem: a percentage out of bounds, or lines the wrong way round.
    """
    if not 0 <= terms.haircut_percent < 100:
        raise Problem(N_("A haircut is 0 to below 100 percent."), at="haircut_percent")
    if not 0 < terms.maintenance_percent <= terms.initial_percent <= 1000:
        raise Problem(
            N_("The maintenance line is above zero and not above the cover at the start."),
            at="maintenance_percent",
        )


def price_on(prices: Iterable[Price], day: date, *, oldest_days: int = 30) -> Price:
    """The last price on or before `day`, no older than `oldest_days`.

    Raises:
        Problem: there is none.
    """
    known = [price for price in prices if price.on_day <= day]
    latest = max(known, key=lambda price: price.on_day, default=None)
    if latest is None or (day - latest.on_day).days > oldest_days:
        raise Problem(
            N_("No price of the last {days} days is known on {day}; enter one first."),
            at="price",
            days=oldest_days,
            day=day.isoformat(),
        )
    return latest


def value(terms: PledgeTerms, quantity_t: int, price: Price, day: date) -> Valuation:
    """The pledge's worth on a day and whether more is called for."""
    market = quantity_t * price.fen_per_t
    lending = round_fen(market * (100 - Fraction(terms.haircut_percent)) / 100)
    cover = Fraction(market * 100, terms.secured_fen)
    called = cover < Fraction(terms.maintenance_percent)
    wanted = round_fen(terms.secured_fen * Fraction(terms.initial_percent) / 100)
    short = max(wanted - market, 0) if called else 0
    return Valuation(
        on_day=day,
        price=price,
        market_fen=market,
        lending_fen=lending,
        cover_percent=Decimal(round(cover * 100)).scaleb(-2),
        called=called,
        call_fen=short,
        call_t=-(-short // price.fen_per_t) if short else 0,
    )


def short_for_surrender(held_t: int, pledged_t: int, due_t: int) -> int:
    """How many pledged tonnes are needed for surrender: what the free holding lacks, no more than is pledged."""
    return max(min(due_t - held_t, pledged_t), 0)
