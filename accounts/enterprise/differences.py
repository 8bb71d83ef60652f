"""Why two versions of an account differ: boundary, correction, activity, factor, GWP, to the milligram. Needs no database.

The parts are told in this order, each on top of those before it:

1. boundary: facilities that only one of the two counts, at the earlier version's figures;
2. correction: activities withdrawn or replaced between the two, at the figures they were filed with;
3. activity: everything else that was reported more or less, at the earlier version's factors;
4. factor: the later version's factors in place of the earlier's;
5. GWP: the later version's warming potentials in place of the earlier's.

After each step the masses of the gases are whole milligrams and their CO2 equivalent is computed as an account computes it;
a part is the difference of two such totals. So the parts add up to the whole difference exactly, whatever was rounded.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from accounts.enterprise.inventory import kyoto_co2e_mg
from carbon.rounding import round_mg

PARTS = ("boundary", "correction", "activity", "factor", "gwp")
Masses = Mapping[str, int]


@dataclass(frozen=True)
class Line:
    """All activities of one key in one month and facility, as a version counts them.

    `key` tells the activity (source, item, unit, region, guide, method, own values) as text; `masses` are whole
    milligrams; `mg_per_unit` the exact factor; `counted` is false for a facility the version leaves out.
    """

    facility: int
    month: date
    months: int
    key: str
    source: str
    amount: Decimal
    masses: Masses
    mg_per_unit: Mapping[str, Fraction]
    counted: bool = True

    @property
    def place(self) -> tuple[int, date, int, str]:
        """What makes two lines of two versions the same one."""
        return self.facility, self.month, self.months, self.key


@dataclass(frozen=True)
class Correction:
    """An activity withdrawn between two versions: what it weighed, and what its replacement weighs."""

    facility: int
    before: Masses
    after: Masses = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """What a version says: its lines and its warming potentials."""

    lines: Sequence[Line]
    gwp_set: str


@dataclass(frozen=True)
class Part:
    """One part of a difference, in milligrams of CO2 equivalent; `total_mg` is the sum up to here."""

    id: str
    co2e_mg: int
    total_mg: int


@dataclass(frozen=True)
class Difference:
    """From one total to another; the parts add up to `after_mg - before_mg` exactly."""

    before_mg: int
    after_mg: int
    parts: tuple[Part, ...]

    @property
    def co2e_mg(self) -> int:
        """The whole difference."""
        return self.after_mg - self.before_mg


def difference(before: Figures, after: Figures, corrections: Iterable[Correction] = ()) -> Difference:
    """The parts of the difference between two versions, in the order of `PARTS`."""
    left_out = {line.facility for line in after.lines if not line.counted}
    left_out |= {line.facility for line in before.lines if not line.counted} - {
        line.facility for line in after.lines if line.counted
    }
    start = added(line.masses for line in before.lines if line.counted)
    bounded = added(line.masses for line in before.lines if line.facility not in left_out)
    corrected = _corrected(bounded, [one for one in corrections if one.facility not in left_out])
    counted = [line for line in after.lines if line.counted]
    reported = _at_factors_of(before.lines, counted)
    final = added(line.masses for line in counted)
    totals = [
        kyoto_co2e_mg(masses, before.gwp_set) for masses in (start, bounded, corrected, reported, final)
    ]
    totals.append(kyoto_co2e_mg(final, after.gwp_set))
    parts = tuple(
        Part(name, later - earlier, later)
        for name, (earlier, later) in zip(PARTS, itertools.pairwise(totals), strict=True)
    )
    return Difference(totals[0], totals[-1], parts)


def added(several: Iterable[Masses]) -> dict[str, int]:
    """The masses of several together."""
    total: dict[str, int] = defaultdict(int)
    for masses in several:
        for gas, mg in masses.items():
            total[gas] += mg
    return dict(total)


def _corrected(masses: Masses, corrections: Sequence[Correction]) -> dict[str, int]:
    taken = added(one.before for one in corrections)
    given = added(one.after for one in corrections)
    gases = {*masses, *taken, *given}
    return {gas: masses.get(gas, 0) - taken.get(gas, 0) + given.get(gas, 0) for gas in gases}


def _at_factors_of(before: Sequence[Line], after: Sequence[Line]) -> dict[str, int]:
    """The later amounts at the earlier factors; a line the earlier version does not know keeps its own."""
    known: dict[tuple[int, date, int, str], list[Line]] = defaultdict(list)
    for line in before:
        known[line.place].append(line)
    together: dict[tuple[int, date, int, str], list[Line]] = defaultdict(list)
    for line in after:
        together[line.place].append(line)
    return added(_revalued(known.get(place, ()), lines) for place, lines in together.items())


def _revalued(earlier: Sequence[Line], later: Sequence[Line]) -> Masses:
    factors = {tuple(sorted(line.mg_per_unit.items())) for line in (*earlier, *later)}
    if not earlier or len(factors) == 1:
        return added(line.masses for line in later)
    amount = sum((Fraction(line.amount) for line in later), Fraction(0))
    return {gas: round_mg(amount * factor) for gas, factor in _mean_factor(earlier).items()}


def _mean_factor(lines: Sequence[Line]) -> dict[str, Fraction]:
    """The factor of lines of one key: their own where it is one, else what they weigh by their amount."""
    if len({tuple(sorted(line.mg_per_unit.items())) for line in lines}) == 1:
        return dict(lines[0].mg_per_unit)
    amount = sum((Fraction(line.amount) for line in lines), Fraction(0))
    if not amount:
        return dict(lines[-1].mg_per_unit)
    return {gas: mg / amount for gas, mg in added(line.masses for line in lines).items()}
