"""How sure a sum is: from what is known of each number to the interval of the whole, in two ways.

Approach 1 propagates half-widths (IPCC 2006, Volume 1, Chapter 3, equations 3.1 and 3.2); a number that stands behind several
terms moves them together, so its part is summed before it is squared. Approach 2 draws: every number from its distribution,
many times, from a seed, all terms at once. Both speak of intervals of 95 %.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from carbon.errors import N_, Problem

Z95 = 1.959963984540054
"""The half-width of 95 % of a normal distribution in standard deviations; IPCC rounds it to 1.96 or 2."""
DRAWS = 10_000
MOST_DRAWS = 100_000
SEED = 20260701
_WIDE = 30
"""Percent beyond which a symmetric interval of a positive number is taken as lognormal (IPCC 2006, Vol. 1, 3.2.2.4: a normal
one would reach below zero)."""

_NEARLY_ALL = 98
"""An interval that begins at nothing, or nearly so, has no logarithm to speak of: it is taken as a triangle."""

Distribution = Literal["normal", "lognormal", "triangular", "uniform"]
DISTRIBUTIONS: tuple[Distribution, ...] = ("normal", "lognormal", "triangular", "uniform")
Drawn = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """How far a number may lie below and above its value, in percent of it, and how it is spread between.

    For `normal` and `lognormal` the two are the ends of 95 %; for `triangular` and `uniform` the limits themselves.
    """

    below: float
    above: float
    distribution: Distribution = "normal"

    @property
    def deviation(self) -> float:
        """The standard deviation, as a share of the value."""
        width = (self.below + self.above) / 2 / 100
        if self.distribution == "uniform":
            return width / math.sqrt(3)
        if self.distribution == "triangular":
            low, high = self.below / 100, self.above / 100
            return math.sqrt((low * low + high * high + low * high) / 18)
        if self.distribution == "lognormal" and self.below != self.above:
            sigma = _sigma_of_ends(self)
            return math.sqrt(math.expm1(sigma * sigma))
        return width / Z95

    @property
    def percent(self) -> float:
        """The half-width of 95 % in percent, as approach 1 takes it."""
        return 100 * Z95 * self.deviation


def _sigma_of_ends(spread: Spread) -> float:
    low, high = max(1 - spread.below / 100, 1e-9), 1 + spread.above / 100
    return math.log(high / low) / (2 * Z95)


_NUMBER = r"\d{1,6}(?:\.\d{1,9})?"
_SYMMETRIC = re.compile(rf"(?:±|\+/?-)?({_NUMBER})%?")
_ENDS = re.compile(rf"-({_NUMBER})%?[/,;~至到]*\+({_NUMBER})%?")


def read_spread(text: str, distribution: str | None = None) -> Spread:
    """`5`, `5%`, `±5 %` or `-20/+50 %`; without a distribution normal, or lognormal where it is wide or lopsided.

    Raises:
        Problem: it cannot be read so, or names a distribution that is not known.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-"))
    ends, symmetric = _ENDS.fullmatch(plain), _SYMMETRIC.fullmatch(plain)
    if ends:
        below, above = float(ends[1]), float(ends[2])
    elif symmetric:
        below = above = float(symmetric[1])
    else:
        raise Problem(
            N_(
                "“{value}” is no uncertainty: write the half-width of 95 % such as 5 %, or both ends as -20/+50 %."
            ),
            value=text[:40],
        )
    return Spread(below, above, _distribution(distribution, below, above))


def _distribution(named: str | None, below: float, above: float) -> Distribution:
    if not named:
        return "lognormal" if below != above or below > _WIDE else "normal"
    for known in DISTRIBUTIONS:
        if known == named:
            return known
    raise Problem(
        N_("There is no distribution “{name}”: choose one of {known}."),
        name=named[:40],
        known=", ".join(DISTRIBUTIONS),
    )


def spread_of_interval(value: float, low: float, high: float) -> Spread | None:
    """The spread a document prints as the ends of 95 % beside a value; None for a value of zero.

    Lognormal where it is wide or lopsided, a triangle where it begins at nothing.
    """
    if value == 0 or high <= low:
        return None
    below, above = 100 * (value - low) / abs(value), 100 * (high - value) / abs(value)
    if below > _NEARLY_ALL:
        return Spread(min(below, 100.0), above, "triangular")
    lopsided = abs(below - above) > 0.01 * max(below, above)
    return Spread(below, above, "lognormal" if lopsided or max(below, above) > _WIDE else "normal")


def of_product(percents: Iterable[float]) -> float:
    """Equation 3.1: the half-width of a product of independent numbers, in percent."""
    return math.sqrt(sum(percent * percent for percent in percents))


def of_sum(terms: Iterable[tuple[float, float]]) -> float:
    """Equation 3.2: the half-width of a sum of independent terms (value, percent), in percent of the sum."""
    found = list(terms)
    total = abs(sum(value for value, _ in found))
    return math.sqrt(sum((value * percent) ** 2 for value, percent in found)) / total if total else 0.0


@dataclass(frozen=True)
class Part:
    """What one uncertain number contributes: how far it moves the total, and its share of the variance."""

    number: str
    moves: float
    variance_share: float


def propagate(terms: Mapping[str, Iterable[tuple[float, float]]]) -> tuple[float, tuple[Part, ...]]:
    """Approach 1 over numbers that may stand behind many terms.

    `terms` gives for each number the (sensitivity, percent) of every term it stands behind; the sensitivity is by how much the
    term moves, in its own unit, when the number grows by 100 %. Returns the half-width of the total in that unit, and each
    number's part, the largest first.
    """
    moved = {number: abs(sum(by * percent / 100 for by, percent in found)) for number, found in terms.items()}
    variance = sum(each * each for each in moved.values())
    parts = [
        Part(number, each, each * each / variance if variance else 0.0) for number, each in moved.items()
    ]
    return math.sqrt(variance), tuple(sorted(parts, key=lambda part: (-part.moves, part.number)))


def generator(seed: int = SEED, *names: str) -> np.random.Generator:
    """Draws of their own for each name, the same for the same seed in whatever order they are asked for."""
    words = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") for name in names]
    return np.random.default_rng([seed, *words])


def draw(
    spread: Spread, count: int, random: np.random.Generator, *, least: float = 0.0, most: float = math.inf
) -> Drawn:
    """`count` numbers around 1; cut where the number could not be: below `least` or above `most` (in shares of the value)."""
    drawn = _drawn(spread, count, random)
    for _ in range(50):
        outside = (drawn < least) | (drawn > most)
        left = int(outside.sum())
        if not left:
            return drawn
        drawn[outside] = _drawn(spread, left, random)
    return np.clip(drawn, least, most)


def _drawn(spread: Spread, count: int, random: np.random.Generator) -> Drawn:
    below, above = spread.below / 100, spread.above / 100
    if spread.distribution == "uniform":
        return random.uniform(1 - below, 1 + above, count)
    if spread.distribution == "triangular":
        return random.triangular(1 - below, 1.0, 1 + above, count) if below + above else np.ones(count)
    if spread.distribution == "lognormal":
        return _lognormal(spread, count, random)
    if below == above:
        return random.normal(1.0, spread.deviation, count)
    drawn = random.normal(0.0, 1.0, count)  # two halves that meet at the value
    return np.asarray(1 + drawn * np.where(drawn < 0, below, above) / Z95)


def _lognormal(spread: Spread, count: int, random: np.random.Generator) -> Drawn:
    """With the value as mean where the interval is symmetric, else with the two ends as those of 95 %."""
    if spread.below == spread.above:
        sigma = math.sqrt(math.log1p(spread.deviation**2))
        return random.lognormal(-sigma * sigma / 2, sigma, count)
    sigma = _sigma_of_ends(spread)
    low, high = max(1 - spread.below / 100, 1e-9), 1 + spread.above / 100
    return random.lognormal((math.log(low) + math.log(high)) / 2, sigma, count)


@dataclass(frozen=True)
class Interval:
    """The middle and the ends of 95 % of what was drawn."""

    mean: float
    low: float
    high: float

    @property
    def below_percent(self) -> float:
        """How far the lower end lies below the mean, in percent of it."""
        return 100 * (self.mean - self.low) / abs(self.mean) if self.mean else 0.0

    @property
    def above_percent(self) -> float:
        """How far the upper end lies above the mean, in percent of it."""
        return 100 * (self.high - self.mean) / abs(self.mean) if self.mean else 0.0


def interval(drawn: Drawn | Sequence[float]) -> Interval:
    """Mean, 2.5th and 97.5th percentile."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(np.mean(drawn)), float(low), float(high))
