"""Paths from a base year to a target, and what measures cost per tonne: plain arithmetic, no regulation."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Name = TypeVar("Name")


@dataclass(frozen=True)
class Path:
    """A straight line from (base_year, base) to (target_year, target); beyond either end it stays at that end."""

    base_year: int
    base: Fraction
    target_year: int
    target: Fraction

    def __post_init__(self) -> None:
        """Refuse a path that does not run forward.

        Raises:
            ValueError: the target year is not after the base year.
        """
        if self.target_year <= self.base_year:
            raise ValueError("the target year comes after the base year")

    def at(self, year: int) -> Fraction:
        """Where the path is in a year."""
        if year <= self.base_year:
            return self.base
        if year >= self.target_year:
            return self.target
        part = Fraction(year - self.base_year, self.target_year - self.base_year)
        return self.base + (self.target - self.base) * part

    def lag(self, year: int, actual: Fraction) -> Fraction:
        """How far `actual` lies above the path (negative: ahead of it)."""
        return actual - self.at(year)


def annuity_factor(rate: Fraction, years: int) -> Fraction:
    """What of a sum is due each year so that it is paid back with interest in `years` equal parts.

    Raises:
        ValueError: less than one year, or a rate of -1 or less.
    """
    if years < 1 or rate <= -1:
        raise ValueError("an annuity runs at least a year, at a rate above -1")
    if rate == 0:
        return Fraction(1, years)
    growth = (1 + rate) ** years
    return rate * growth / (growth - 1)


@dataclass(frozen=True)
class Measure(Generic[Name]):
    """Something that can be done: money once and each year, in one unit, and the amount it avoids each year."""

    name: Name
    capital: int
    yearly_cost: int
    yearly_saving: int
    lifetime_years: int
    avoided_per_year: int

    def yearly_net_cost(self, rate: Fraction) -> Fraction:
        """Capital spread over the lifetime, with running cost, less what is saved."""
        return (
            self.capital * annuity_factor(rate, self.lifetime_years) + self.yearly_cost - self.yearly_saving
        )

    def cost_per_unit(self, rate: Fraction) -> Fraction:
        """Net cost of one unit avoided; negative when the measure pays for itself."""
        return self.yearly_net_cost(rate) / self.avoided_per_year


@dataclass(frozen=True)
class Step(Generic[Name]):
    """One bar of the abatement curve: from `start` to `end` avoided a year, at this cost per unit."""

    measure: Measure[Name]
    cost: Fraction
    start: int
    end: int


def abatement_curve(measures: Sequence[Measure[Name]], rate: Fraction) -> list[Step[Name]]:
    """The measures from the cheapest tonne to the dearest, each as wide as what it avoids; equal costs keep their order."""
    ranked = sorted(measures, key=lambda one: one.cost_per_unit(rate))
    steps, reached = [], 0
    for one in ranked:
        end = reached + one.avoided_per_year
        steps.append(Step(one, one.cost_per_unit(rate), reached, end))
        reached = end
    return steps
