"""From a person's days to what the month allows: grams within the acts' monthly limits, then points.

The rows of a month are taken together, by day and act, so the answer does not depend on when a day was settled.
Points are whole hundredths, rounded down once for each person, day and act.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from methodologies.inclusion.acts import HUNDREDTHS, MG_PER_G, ActRule, Programme, Rules
from methodologies.inclusion.judging import Whole, _firsts, running_before

_NEVER = 2**62
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Credited:
    """For each row the milligrams and hundredths of a point that are credited, in the order of the rows given."""

    mg: Whole
    points: Whole


def month_starts(day: Whole) -> Whole:
    """The first day of each day's month, both counted from 1970-01-01."""
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    found: Whole = months.astype("datetime64[D]").astype(np.int64)
    return found


def credit(person: Whole, day: Whole, act: Whole, mg: Whole, rules: Rules) -> Credited:
    """What is credited of each person, day and act; the months of these persons must be complete."""
    if not len(person):
        return Credited(mg[:0], mg[:0])
    month = month_starts(day)
    most_mg, numerator, denominator, per_day, per_month = _by_row(day, act, rules)
    order = np.lexsort((day, act, month, person))
    before = running_before(mg[order], _firsts(person[order], month[order], act[order]))
    within = np.empty_like(mg)
    within[order] = np.clip(most_mg[order] - before, 0, mg[order])
    points = within * numerator // denominator
    for limit, keys in ((per_day, (day, month)), (per_month, (month,))):
        order = np.lexsort((act, day, *keys[1:], person))
        before = running_before(points[order], _firsts(person[order], *(key[order] for key in keys)))
        clipped = np.empty_like(points)
        clipped[order] = np.clip(limit[order] - before, 0, points[order])
        points = clipped
    return Credited(within, points)


def points_rate(rule: ActRule | None, grams: Fraction | None, programme: Programme) -> Fraction:
    """Hundredths of a point for a milligram."""
    if rule is not None and rule.points is not None and grams:
        return rule.points * HUNDREDTHS / (grams * MG_PER_G)
    return Fraction(HUNDREDTHS, programme.grams_per_point * MG_PER_G)


def _by_row(day: Whole, act: Whole, rules: Rules) -> tuple[Whole, ...]:
    """Limits and rates of each row, looked up once for each distinct day and act."""
    distinct, code = np.unique(day * 1000 + act, return_inverse=True)
    table: npt.NDArray[np.int64] = np.empty((5, len(distinct)), dtype=np.int64)
    for at, value in enumerate(distinct.tolist()):
        number = value % 1000
        on = _EPOCH + timedelta(days=value // 1000)
        found = rules.by_number.get(number)
        rule = found.at(on) if found else None
        chosen = found.grams_at(on) if found else None
        programme = rules.programme_at(on)
        rate = points_rate(rule, chosen.value if chosen else None, programme)
        most = rule.most_grams_per_month if rule else None
        table[:, at] = (
            _NEVER if most is None else int(most * MG_PER_G),
            rate.numerator,
            rate.denominator,
            programme.points_per_day * HUNDREDTHS,
            programme.points_per_month * HUNDREDTHS,
        )
    return tuple(table[:, code])
