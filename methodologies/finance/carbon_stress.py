"""What a price on carbon does to a borrower: path of prices → cost → interest coverage → rate.

Cost of a year = emissions × (1 − free share) × price. Coverage = earnings before interest and tax, less the cost the
borrower cannot pass on, over interest. Where coverage falls, the bank's own scale says how many points the rate gains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from carbon.errors import N_, Problem
from carbon.money import round_fen

MG_PER_T = 10**9


@dataclass(frozen=True)
class Borrower:
    """A year's figures; earnings are before interest and tax."""

    emissions_mg: int
    earnings_fen: int
    interest_fen: int
    free_percent: Decimal = Decimal(0)
    passed_on_percent: Decimal = Decimal(0)


@dataclass(frozen=True)
class Stressed:
    """One year of a path: cost, coverage before and after (None without interest), and the points the rate gains."""

    year: int
    price_fen_per_t: int
    cost_fen: int
    coverage_before: Decimal | None
    coverage_after: Decimal | None
    points: Decimal


def stress(
    borrower: Borrower, path: Mapping[int, int], scale: Sequence[tuple[Decimal, Decimal]]
) -> tuple[Stressed, ...]:
    """Every year of a path of prices (year → fen per tonne) under a scale of (coverage below, points).

    Raises:
        Problem: a share out of bounds, or an empty path.
    """
    if not path:
        raise Problem(N_("A path names a price for at least one year."), at="path")
    for percent in (borrower.free_percent, borrower.passed_on_percent):
        if not 0 <= percent <= 100:
            raise Problem(N_("A share is 0 to 100 percent."), at="free_percent")
    return tuple(_year(borrower, year, path[year], scale) for year in sorted(path))


def _year(borrower: Borrower, year: int, price: int, scale: Sequence[tuple[Decimal, Decimal]]) -> Stressed:
    tonnes = Fraction(borrower.emissions_mg, MG_PER_T)
    paid = tonnes * (100 - Fraction(borrower.free_percent)) / 100 * price
    cost = round_fen(paid * (100 - Fraction(borrower.passed_on_percent)) / 100)
    before = _coverage(borrower.earnings_fen, borrower.interest_fen)
    after = _coverage(borrower.earnings_fen - cost, borrower.interest_fen)
    return Stressed(year, price, cost, before, after, points_for(after, scale))


def _coverage(earnings_fen: int, interest_fen: int) -> Decimal | None:
    return Decimal(round(Fraction(earnings_fen, interest_fen) * 100)).scaleb(-2) if interest_fen > 0 else None


def points_for(coverage: Decimal | None, scale: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The points of the lowest line the coverage falls below; nothing above all of them."""
    if coverage is None:
        return Decimal(0)
    return next((points for below, points in sorted(scale) if coverage < below), Decimal(0))
