"""Which events of a person's day count, and how much: columns in, verdicts and milligrams out.

The answer depends on the set of the day's events alone, not on the order in which they arrived: proved ones come
before declared ones, then by start, then by key. An event that counts keeps out later ones that overlap it, follow it too
closely, or declare the same act. Quantities are whole thousandths of the act's unit, times whole seconds UTC, days
those of Asia/Shanghai counted from 1970-01-01.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from carbon.exact import multiply_round
from methodologies.inclusion.acts import PROVED, SELF_DECLARED, STEPS, Act, ActRule, Rules
from methodologies.inclusion.verdicts import Verdict

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_NEVER = 2**62
ADMITTED = -1
"""Let in by a decision: no reason but a missing figure and the day's limit keeps it out."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Events:
    """One row an event; `own` and `peer` baselines are -1 where not given, `end` equals `start` where not told.

    `held` is 0, or the verdict that keeps the event out before anything is asked (excluded, claimed), or `ADMITTED` where
    a person has decided that it counts.
    """

    person: Whole
    day: Whole
    act: Whole
    grade: Whole
    quantity: Whole
    own: Whole
    peer: Whole
    start: Whole
    end: Whole
    same_place: Flags
    held: Whole
    key_high: npt.NDArray[np.uint64]
    key_low: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.person)

    def at(self, rows: Any) -> "Events":
        """Some of the rows."""
        return Events(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


@dataclass(frozen=True)
class Judged:
    """For each event its verdict, the quantity credited (thousandths) and the milligrams."""

    verdict: npt.NDArray[np.int8]
    credited: Whole
    mg: Whole


@dataclass(frozen=True)
class DayTotals:
    """One row for each person, day and act, sorted so; quantity and milligrams before the month's limits."""

    person: Whole
    day: Whole
    act: Whole
    events: Whole
    counted: Whole
    quantity: Whole
    mg: Whole


@dataclass(frozen=True)
class _Version:
    """An act's rule on some days, as whole numbers for columns."""

    act: Act | None
    rule: ActRule | None
    grams: Fraction

    def number(self, value: Fraction | None, none: int, scale: int = STEPS) -> int:
        return none if value is None else int(value * scale)


def judge(events: Events, rules: Rules) -> Judged:
    """Verdict and milligrams of every event; person-days must be complete."""
    versions, code = _versions(events, rules)
    limits = _Limits.of(versions)
    verdict = np.full(len(events), Verdict.COUNTED, dtype=np.int8)
    usable = _saving(events, versions, code, limits)
    _check_alone(events, verdict, code, limits, usable)
    _check_together(events, verdict, code, limits, rules)
    credited = _within_day(events, verdict, code, limits, usable)
    coefficients = _coefficients(versions)
    mg = multiply_round(credited, code * 2 + (events.grade == SELF_DECLARED), coefficients, scale=0)
    return Judged(verdict, credited, mg)


def day_totals(events: Events, judged: Judged) -> DayTotals:
    """Sums for each person, day and act, also where nothing counted."""
    order = np.lexsort((events.act, events.day, events.person))
    person, day, act = events.person[order], events.day[order], events.act[order]
    first = _firsts(person, day, act)
    starts = np.flatnonzero(first)
    counted = (judged.verdict <= Verdict.PARTLY).astype(np.int64)[order]
    return DayTotals(
        person[starts],
        day[starts],
        act[starts],
        _sums(np.ones(len(order), np.int64), starts),
        _sums(counted, starts),
        _sums(judged.credited[order], starts),
        _sums(judged.mg[order], starts),
    )


def _sums(values: Whole, starts: npt.NDArray[np.intp]) -> Whole:
    return np.add.reduceat(values, starts) if len(starts) else values[:0]


def _firsts(*columns: Whole) -> Flags:
    """Whether a row of sorted columns begins a group."""
    first = np.zeros(len(columns[0]), dtype=bool)
    first[:1] = True
    for column in columns:
        first[1:] |= column[1:] != column[:-1]
    return first


def _versions(events: Events, rules: Rules) -> tuple[list[_Version], npt.NDArray[np.intp]]:
    """The distinct rules that the rows fall under, and which one each row has."""
    pair = events.day * 1000 + events.act
    distinct, code = np.unique(pair, return_inverse=True)
    found: dict[tuple[int, int, Fraction], int] = {}
    versions: list[_Version] = []
    places = np.zeros(len(distinct), dtype=np.intp)
    for at, value in enumerate(distinct.tolist()):
        day, number = divmod(value, 1000)
        act = rules.by_number.get(number)
        on = _EPOCH + timedelta(days=day)
        rule = act.at(on) if act else None
        chosen = act.grams_at(on) if act else None
        grams = chosen.value if chosen else Fraction(0)
        name = (number, rule.starts_on.toordinal() if rule else 0, grams)
        if name not in found:
            found[name] = len(versions)
            versions.append(_Version(act, rule if chosen else None, grams))
        places[at] = found[name]
    return versions, places[code]


@dataclass(frozen=True)
class _Limits:
    """One entry for each version; `_NEVER` where a limit is not set."""

    on: Flags
    travel: Flags
    saving: Flags
    proved_only: Flags
    blocks_day: Flags
    least: Whole
    most: Whole
    most_saving: Whole
    most_per_day: Whole
    most_events: Whole
    per_hour: Whole
    cooling: Whole
    transfer: Whole

    @classmethod
    def of(cls, versions: Sequence[_Version]) -> "_Limits":
        def flags(test: Any) -> Flags:
            return np.array([one.rule is not None and bool(test(one)) for one in versions], dtype=bool)

        def wholes(read: Any) -> Whole:
            return np.array([read(one, one.rule) if one.rule else 0 for one in versions], dtype=np.int64)

        return cls(
            on=flags(bool),
            travel=flags(lambda one: one.act.travel),
            saving=flags(lambda one: one.act.formula == "saving"),
            proved_only=flags(lambda one: one.rule.proved_only),
            blocks_day=flags(lambda one: one.rule.proved_blocks == "day"),
            least=wholes(lambda one, rule: one.number(rule.least, 0)),
            most=wholes(lambda one, rule: one.number(rule.most, _NEVER)),
            most_saving=wholes(lambda one, rule: one.number(rule.most_saving, _NEVER)),
            most_per_day=wholes(lambda one, rule: one.number(rule.most_per_day, _NEVER)),
            most_events=wholes(lambda _, rule: rule.most_events_per_day or _NEVER),
            per_hour=wholes(lambda one, rule: one.number(rule.fastest_per_hour, _NEVER)),
            cooling=wholes(lambda _, rule: rule.cooling_minutes * 60),
            transfer=wholes(lambda _, rule: rule.transfer_minutes * 60),
        )


def _saving(
    events: Events, versions: Sequence[_Version], code: npt.NDArray[np.intp], limits: _Limits
) -> Whole:
    """The quantity that saves: itself, or for power what is below the baseline."""
    if not any(one.act and one.act.formula == "saving" for one in versions):
        return events.quantity
    below_peer = np.where(events.peer >= 0, events.peer - events.quantity, 0)
    below_own = np.where(events.own >= 0, events.own - events.quantity, 0)
    saved = np.where(below_peer > 0, below_peer, np.maximum(below_own, 0))
    return np.where(limits.saving[code], np.minimum(saved, limits.most_saving[code]), events.quantity)


def _check_alone(
    events: Events, verdict: npt.NDArray[np.int8], code: npt.NDArray[np.intp], limits: _Limits, usable: Whole
) -> None:
    """What an event shows by itself; the first reason that applies stands."""
    seconds = events.end - events.start
    too_fast = (limits.per_hour[code] < _NEVER) & (seconds > 0)
    # quantity / seconds > per_hour / 3600, in whole numbers: quantities and limits stay far below 2^51
    too_fast &= np.minimum(events.quantity, 2**50) * 3600 > np.minimum(limits.per_hour[code], 2**40) * seconds
    out_of_range = (events.quantity < limits.least[code]) | (events.quantity > limits.most[code])
    out_of_range |= (events.quantity < 0) | (seconds < 0)
    verdict[:] = np.maximum(events.held, 0)
    admitted = events.held == ADMITTED
    for flag, reason in (
        (~limits.on[code], Verdict.OFF),
        (limits.proved_only[code] & (events.grade != PROVED), Verdict.NOT_PROVED),
        (limits.travel[code] & events.same_place, Verdict.SAME_PLACE),
        (out_of_range, Verdict.OUT_OF_RANGE),
        (too_fast, Verdict.TOO_FAST),
        (limits.saving[code] & (usable <= 0), Verdict.NO_SAVING),
    ):
        applies = flag & (verdict == Verdict.COUNTED)
        if reason not in {Verdict.OFF, Verdict.NO_SAVING}:
            applies &= ~admitted
        verdict[applies] = reason


def _check_together(
    events: Events,
    verdict: npt.NDArray[np.int8],
    code: npt.NDArray[np.intp],
    limits: _Limits,
    rules: Rules,
) -> None:
    """Each event against those of the same person and day that come before it and count, rank by rank."""
    rows = np.flatnonzero(verdict == Verdict.COUNTED)
    if not len(rows):
        return
    order = rows[_precedence(events.at(rows))]
    person, day = events.person[order], events.day[order]
    starts = np.flatnonzero(_firsts(person, day))
    sizes = np.diff(np.append(starts, len(order)))
    programme = rules.programme_at(_EPOCH + timedelta(days=int(day.max())))
    most = programme.most_events_per_day
    tolerance, window = programme.overlap_seconds, programme.declared_minutes * 60
    row = _Day(events, order, code[order], limits, tolerance, window)
    result = np.zeros(len(order), dtype=np.int8)
    for rank in range(1, int(sizes.max())):
        here = starts[sizes > rank] + rank
        if rank >= most:
            result[here] = Verdict.TOO_MANY
            continue
        result[here] = row.judged(here, rank, result)
    verdict[order] = result


def _precedence(events: Events) -> npt.NDArray[np.intp]:
    return np.lexsort(
        (events.key_low, events.key_high, events.start, -events.grade, events.day, events.person)
    )


class _Day:
    """Events in order of precedence, person-day after person-day, with what comparing two of them needs."""

    def __init__(
        self,
        events: Events,
        order: npt.NDArray[np.intp],
        code: npt.NDArray[np.intp],
        limits: _Limits,
        tolerance: int,
        window: int,
    ) -> None:
        self.start = events.start[order]
        self.end = np.maximum(events.end[order], self.start + tolerance + 1)
        self.told_end = events.end[order]
        self.act = events.act[order]
        self.proved = events.grade[order] == PROVED
        self.admitted = events.held[order] == ADMITTED
        self.travel = limits.travel[code]
        self.cooling = limits.cooling[code]
        self.transfer = limits.transfer[code]
        self.most_events = limits.most_events[code]
        self.blocks_day = limits.blocks_day[code]
        self.tolerance, self.window = tolerance, window

    def judged(
        self, here: npt.NDArray[np.intp], rank: int, result: npt.NDArray[np.int8]
    ) -> npt.NDArray[np.int8]:
        """Verdicts of the rows at one rank, given those before them."""
        found = np.zeros(len(here), dtype=np.int8)
        same_act_counted = np.zeros(len(here), dtype=np.int64)
        for back in range(rank, 0, -1):
            other = here - back
            counts = result[other] == Verdict.COUNTED
            same_act = counts & (self.act[here] == self.act[other])
            same_act_counted += same_act
            reason = self._compared(here, other, counts, same_act)
            found = np.where(found == 0, reason, found)
        limit = (found == 0) & (same_act_counted >= self.most_events[here])
        found = np.where(limit, np.int8(Verdict.DAY_LIMIT), found)
        return np.where(self.admitted[here], np.int8(0), found)

    def _compared(
        self, here: npt.NDArray[np.intp], other: npt.NDArray[np.intp], counts: Flags, same_act: Flags
    ) -> npt.NDArray[np.int8]:
        shared = np.minimum(self.end[here], self.end[other]) - np.maximum(self.start[here], self.start[other])
        overlap = counts & self.travel[here] & self.travel[other] & (shared > self.tolerance)
        declared_again = same_act & self.proved[other] & ~self.proved[here]
        declared_again &= (shared > -self.window) | self.blocks_day[here]
        gap = np.where(
            self.start[here] >= self.start[other],
            self.start[here] - self.told_end[other],
            self.start[other] - self.told_end[here],
        )
        transfer = same_act & (self.transfer[here] > 0) & (gap < self.transfer[here])
        cooling = same_act & (np.abs(self.start[here] - self.start[other]) < self.cooling[here])
        reason = np.where(transfer, np.int8(Verdict.TRANSFER), np.int8(0))
        reason = np.where(cooling, np.int8(Verdict.COOLING), reason)
        reason = np.where(overlap, np.int8(Verdict.OVERLAP), reason)
        return np.where(declared_again, np.int8(Verdict.PROVED_COUNTS), reason)


def _within_day(
    events: Events, verdict: npt.NDArray[np.int8], code: npt.NDArray[np.intp], limits: _Limits, usable: Whole
) -> Whole:
    """Quantities up to the day's limit of the act: credit = max(0, min(limit, run) - min(limit, run - quantity))."""
    credited = np.where(verdict == Verdict.COUNTED, usable, 0)
    rows = np.flatnonzero((verdict == Verdict.COUNTED) & (limits.most_per_day[code] < _NEVER))
    if not len(rows):
        return credited
    some = events.at(rows)
    order = np.lexsort(
        (some.key_low, some.key_high, some.start, -some.grade, some.act, some.day, some.person)
    )
    rows = rows[order]
    before = running_before(credited[rows], _firsts(some.person[order], some.day[order], some.act[order]))
    limit = limits.most_per_day[code][rows]
    within = np.clip(limit - before, 0, credited[rows])
    cut = within < credited[rows]
    verdict[rows[cut]] = np.where(within[cut] > 0, Verdict.PARTLY, Verdict.DAY_LIMIT)
    credited[rows] = within
    return credited


def running_before(values: Whole, first: Flags) -> Whole:
    """The sum of what comes before each row in its group; `first` marks where groups begin."""
    total = np.cumsum(values) - values
    base = total[np.flatnonzero(first)]
    result: Whole = total - base[np.cumsum(first) - 1]
    return result


def _coefficients(versions: Sequence[_Version]) -> list[Fraction]:
    """Milligrams per thousandth of a unit, which is grams per unit: proved, then declared, for each version."""
    found = []
    for one in versions:
        share = one.rule.self_declared_share if one.rule else None
        found += [one.grams, one.grams * (share or 0)]
    return found
