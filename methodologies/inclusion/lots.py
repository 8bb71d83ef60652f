"""Lots of points: each month's earnings lapse together, and what is spent comes out of the oldest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from methodologies.inclusion.acts import Rules


@dataclass(frozen=True)
class Lot:
    """Points earned in one month (hundredths); `left` of them are still there and lapse after `expires_on`."""

    month: date
    earned: int
    left: int
    expires_on: date
    announced: bool


def expiry_of(month: date, rules: Rules) -> date:
    """The last day on which points of this month can be spent."""
    months = month.year * 12 + month.month - 1 + rules.programme_at(month).lot_months + 1
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def lots_of(earned: Mapping[date, int], gone: int, *, today: date, rules: Rules) -> list[Lot]:
    """The lots, oldest first, after `gone` hundredths were spent, given away or lapsed.

    `earned` is by first day of month; a month taken back (below zero) is taken from the oldest that is left.
    """
    gone += -sum(min(0, amount) for amount in earned.values())
    found = []
    for month in sorted(earned):
        amount = max(0, earned[month])
        used = min(gone, amount)
        gone -= used
        ends = expiry_of(month, rules)
        ahead = timedelta(days=rules.programme_at(month).announce_days)
        found.append(Lot(month, amount, amount - used, ends, ends - ahead <= today))
    return found


def lapsed(lots: list[Lot], *, today: date) -> int:
    """Hundredths in lots whose last day is past."""
    return sum(lot.left for lot in lots if lot.expires_on < today)
