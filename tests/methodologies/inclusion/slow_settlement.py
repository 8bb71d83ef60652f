"""The settlement as a person would do it by hand: one event after the other, plain Python, no arrays."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from methodologies.inclusion.acts import PROVED, Rules
from methodologies.inclusion.crediting import points_rate
from methodologies.inclusion.judging import Events
from methodologies.inclusion.verdicts import Verdict

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Event:
    person: int
    day: int
    act: int
    grade: int
    quantity: int
    start: int
    end: int
    key: int
    own: int = -1
    peer: int = -1
    same_place: bool = False
    excluded: bool = False


def columns(events: list[Event]) -> Events:
    def whole(name: str) -> np.ndarray:
        return np.array([getattr(event, name) for event in events], dtype=np.int64)

    return Events(
        **{name: whole(name) for name in ("person", "day", "act", "grade", "quantity", "own", "peer", "start", "end")},
        same_place=np.array([event.same_place for event in events], dtype=bool),
        held=np.array([Verdict.EXCLUDED if event.excluded else 0 for event in events], dtype=np.int64),
        key_high=np.array([event.key >> 64 for event in events], dtype=np.uint64),
        key_low=np.array([event.key & (2**64 - 1) for event in events], dtype=np.uint64),
    )  # fmt: skip


def alone(event: Event, rules: Rules) -> Verdict | None:  # noqa: PLR0911 - one reason after the other
    act = rules.by_number[event.act]
    on = EPOCH + timedelta(days=event.day)
    rule, grams = act.at(on), act.grams_at(on)
    if event.excluded:
        return Verdict.EXCLUDED
    if rule is None or grams is None:
        return Verdict.OFF
    if rule.proved_only and event.grade != PROVED:
        return Verdict.NOT_PROVED
    if act.travel and event.same_place:
        return Verdict.SAME_PLACE
    quantity = Fraction(event.quantity, 1000)
    if (
        quantity < (rule.least or 0)
        or (rule.most is not None and quantity > rule.most)
        or event.end < event.start
    ):
        return Verdict.OUT_OF_RANGE
    hours = Fraction(event.end - event.start, 3600)
    if rule.fastest_per_hour is not None and hours > 0 and quantity / hours > rule.fastest_per_hour:
        return Verdict.TOO_FAST
    if act.formula == "saving" and usable(event, rules) <= 0:
        return Verdict.NO_SAVING
    return None


def usable(event: Event, rules: Rules) -> Fraction:
    act = rules.by_number[event.act]
    quantity = Fraction(event.quantity, 1000)
    if act.formula != "saving":
        return quantity
    rule = act.at(EPOCH + timedelta(days=event.day))
    saved = Fraction(0)
    if event.peer >= 0 and event.peer > event.quantity:
        saved = Fraction(event.peer, 1000) - quantity
    elif event.own >= 0:
        saved = max(Fraction(0), Fraction(event.own, 1000) - quantity)
    return min(saved, rule.most_saving) if rule is not None and rule.most_saving is not None else saved


def against(event: Event, other: Event, rules: Rules) -> Verdict | None:
    """What a counted `other` does to `event`."""
    on = EPOCH + timedelta(days=event.day)
    act, programme = rules.by_number[event.act], rules.programme_at(on)
    rule = act.at(on)
    touch = programme.overlap_seconds
    shared = min(max(event.end, event.start + touch + 1), max(other.end, other.start + touch + 1)) - max(
        event.start, other.start
    )
    same = event.act == other.act
    near = rule.proved_blocks == "day" or shared > -programme.declared_minutes * 60
    if same and other.grade == PROVED and event.grade != PROVED and near:
        return Verdict.PROVED_COUNTS
    if act.travel and rules.by_number[other.act].travel and shared > touch:
        return Verdict.OVERLAP
    if same and abs(event.start - other.start) < rule.cooling_minutes * 60:
        return Verdict.COOLING
    gap = event.start - other.end if event.start >= other.start else other.start - event.end
    if same and rule.transfer_minutes and gap < rule.transfer_minutes * 60:
        return Verdict.TRANSFER
    return None


def judge_slowly(events: list[Event], rules: Rules) -> dict[int, tuple[Verdict, int]]:
    """Verdict and milligrams by key."""
    answer: dict[int, tuple[Verdict, int]] = {}
    days: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in events:
        reason = alone(event, rules)
        if reason is None:
            days[event.person, event.day].append(event)
        else:
            answer[event.key] = (reason, 0)
    for found in days.values():
        counted: list[Event] = []
        for place, event in enumerate(sorted(found, key=lambda e: (-e.grade, e.start, e.key))):
            on = EPOCH + timedelta(days=event.day)
            rule = rules.by_number[event.act].at(on)
            if place >= rules.programme_at(on).most_events_per_day:
                answer[event.key] = (Verdict.TOO_MANY, 0)
                continue
            reasons = [reason for other in counted if (reason := against(event, other, rules))]
            same = sum(other.act == event.act for other in counted)
            if reasons:
                answer[event.key] = (reasons[0], 0)
            elif rule.most_events_per_day and same >= rule.most_events_per_day:
                answer[event.key] = (Verdict.DAY_LIMIT, 0)
            else:
                counted.append(event)
        run: dict[int, Fraction] = defaultdict(Fraction)
        for event in counted:
            act = rules.by_number[event.act]
            on = EPOCH + timedelta(days=event.day)
            rule, grams = act.at(on), act.grams_at(on).value
            quantity = usable(event, rules)
            left = (
                quantity
                if rule.most_per_day is None
                else max(Fraction(0), rule.most_per_day - run[event.act])
            )
            credited = min(quantity, left)
            run[event.act] += quantity
            verdict = (
                Verdict.COUNTED
                if credited == quantity
                else Verdict.PARTLY
                if credited > 0
                else Verdict.DAY_LIMIT
            )
            share = 1 if event.grade == PROVED else rule.self_declared_share
            answer[event.key] = (verdict, round(credited * grams * share * 1000))
    return answer


def settle_slowly(events: list[Event], rules: Rules) -> dict[tuple[int, int, int], tuple[int, int]]:
    """Credited milligrams and hundredths of points by person, day and act."""
    judged = judge_slowly(events, rules)
    totals: dict[tuple[int, int, int], int] = defaultdict(int)
    for event in events:
        totals[event.person, event.day, event.act] += judged[event.key][1]
    months: dict[tuple, int] = defaultdict(int)
    answer = {}
    for person, day, number in sorted(totals):
        on = EPOCH + timedelta(days=day)
        month = (on.year, on.month)
        act, programme = rules.by_number[number], rules.programme_at(on)
        rule, chosen, mg = act.at(on), act.grams_at(on), totals[person, day, number]
        credited = mg
        if rule is not None and rule.most_grams_per_month is not None:
            credited = min(
                mg, max(0, int(rule.most_grams_per_month * 1000) - months["mg", person, month, number])
            )
        months["mg", person, month, number] += mg
        rate = points_rate(rule, chosen.value if chosen else None, programme)
        points = credited * rate.numerator // rate.denominator
        within_day = min(points, max(0, programme.points_per_day * 100 - months["day", person, day]))
        months["day", person, day] += points
        within_month = min(
            within_day, max(0, programme.points_per_month * 100 - months["points", person, month])
        )
        months["points", person, month] += within_day
        answer[person, day, number] = (credited, within_month)
    return answer
