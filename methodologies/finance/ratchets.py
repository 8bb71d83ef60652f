"""Loans whose rate follows targets (可持续发展挂钩, KPI/SPT): test days, a step for each, a cap, one way or both.

On each test day every target of that day is met or not. All met: the rate falls by the step. Some met: by the part of
the step that was met, or not at all where only full achievement counts. None met: nothing, or, two-way, up by the
step. The steps add up and never pass the cap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from carbon.errors import N_, Problem

MOST_INDICATORS = 2
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Target:
    """What an indicator must reach on a test day; `better` is lower or higher."""

    indicator: str
    tested_on: date
    bound: Decimal
    better: str = "lower"

    def met_by(self, value: Decimal) -> bool:
        """Whether a measured value reaches it; the bound itself does."""
        return value <= self.bound if self.better == "lower" else value >= self.bound


@dataclass(frozen=True)
class Ratchet:
    """Targets with the step in percentage points for a test day, and the cap of all steps together."""

    targets: tuple[Target, ...]
    step_points: Decimal
    cap_points: Decimal
    only_full: bool = True
    two_way: bool = False


@dataclass(frozen=True)
class Result:
    """A measured value of an indicator for a test day."""

    indicator: str
    tested_on: date
    value: Decimal


@dataclass(frozen=True)
class Outcome:
    """What a test day brought: the targets met and missed, its own step, and all steps so far within the cap."""

    tested_on: date
    met: tuple[Target, ...]
    missed: tuple[Target, ...]
    step_points: Decimal
    points: Decimal


def check_ratchet(ratchet: Ratchet) -> None:
    """Refuse a ratchet that cannot be tested.

    Raises:
        Problem: no target, more than two indicators, a step or cap that is not above zero, or a step above the cap.
    """
    indicators = {target.indicator for target in ratchet.targets}
    if not 1 <= len(indicators) <= MOST_INDICATORS:
        raise Problem(N_("A rate follows one or two indicators."), at="targets")
    if any(target.better not in {"lower", "higher"} for target in ratchet.targets):
        raise Problem(N_("An indicator is better lower or higher."), at="targets")
    if not 0 < ratchet.step_points <= ratchet.cap_points:
        raise Problem(N_("The step must be above zero and not above the cap."), at="step_points")
    if len({(target.indicator, target.tested_on) for target in ratchet.targets}) != len(ratchet.targets):
        raise Problem(N_("An indicator has one target for each test day."), at="targets")


def outcomes(ratchet: Ratchet, results: Iterable[Result], day: date) -> tuple[Outcome, ...]:
    """Every test day up to and with `day`, oldest first; a target without a result is missed once its day is over.

    Of several results for one indicator and day the last given holds.
    """
    measured = {(result.indicator, result.tested_on): result.value for result in results}
    found: list[Outcome] = []
    so_far = Decimal(0)
    for tested_on in sorted({target.tested_on for target in ratchet.targets if target.tested_on <= day}):
        asked = [target for target in ratchet.targets if target.tested_on == tested_on]
        known = [target for target in asked if (target.indicator, tested_on) in measured]
        if tested_on == day and len(known) < len(asked):
            continue
        met = tuple(t for t in known if t.met_by(measured[t.indicator, tested_on]))
        step = _step(ratchet, len(met), len(asked))
        so_far = min(
            max(so_far + step, -ratchet.cap_points), ratchet.cap_points if ratchet.two_way else Decimal(0)
        )
        missed = tuple(target for target in asked if target not in met)
        found.append(Outcome(tested_on, met, missed, step, so_far))
    return tuple(found)


def points(ratchet: Ratchet, results: Sequence[Result], day: date) -> Decimal:
    """What the tests so far add to the rate, in percentage points; negative lowers it."""
    done = outcomes(ratchet, results, day)
    return done[-1].points if done else Decimal(0)


def _step(ratchet: Ratchet, met: int, asked: int) -> Decimal:
    if met == asked:
        return -ratchet.step_points
    if met and not ratchet.only_full:
        return -(ratchet.step_points * met / asked).quantize(CENT, ROUND_HALF_UP)
    return ratchet.step_points if not met and ratchet.two_way else Decimal(0)
