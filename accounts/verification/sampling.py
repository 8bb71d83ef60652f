"""Which activities a verifier should look at first: those that could be wrong by much, and those least supported.

The ranking is the house's own and says its reasons: it orders a verifier's attention and decides nothing. An
activity's risk is its share of the year's total times a weight for what speaks against it; lines are drawn until what is not
drawn could not, even if wholly wrong, exceed the materiality, and every flagged line is drawn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

WEIGHTS = {"estimated": 3, "no-evidence": 2, "weak-factor": 2, "corrected": 2, "flagged": 4}
"""How much more a doubt counts than the bare share. A house's choice; a flag counts most, for a rule already objected."""


@dataclass(frozen=True)
class Candidate:
    """An activity with what is known of it."""

    activity_id: UUID
    co2e_mg: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """An activity to be checked; `share` is its part of the total, `risk` its rank's number."""

    activity_id: UUID
    share: Fraction
    risk: Fraction
    reasons: tuple[str, ...]


def draw(candidates: Sequence[Candidate], *, materiality: Fraction, at_least: int = 5) -> list[Drawn]:
    """The sample, riskiest first.

    What stays undrawn adds up to at most `materiality` of the total; flagged ones are always in, and at least
    `at_least` lines where there are as many.
    """
    total = sum(abs(one.co2e_mg) for one in candidates)
    ranked = sorted(
        (_ranked(one, total) for one in candidates), key=lambda one: (-one.risk, one.activity_id.int)
    )
    drawn: list[Drawn] = []
    left = Fraction(1) if total else Fraction(0)
    for one in ranked:
        if left > materiality or len(drawn) < at_least or "flagged" in one.reasons:
            drawn.append(one)
            left -= one.share
    return drawn


def _ranked(one: Candidate, total: int) -> Drawn:
    share = Fraction(abs(one.co2e_mg), total) if total else Fraction(0)
    weight = 1 + sum(WEIGHTS[doubt] for doubt in one.doubts)
    # The share orders by size; doubts lift small lines too, by a hundredth of a share each weight.
    risk = share * weight + Fraction(weight - 1, 100)
    return Drawn(
        one.activity_id, share, risk, ("material", *one.doubts) if share >= Fraction(1, 100) else one.doubts
    )


def share_checked(drawn: Iterable[Drawn]) -> Fraction:
    """How much of the total the sample covers."""
    return sum((one.share for one in drawn), Fraction(0))
