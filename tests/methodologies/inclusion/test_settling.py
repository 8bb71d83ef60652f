"""Which acts count, and that columns and hand agree."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from methodologies.inclusion.acts import PROVED, SELF_DECLARED, RulesFault, read_rules, rules
from methodologies.inclusion.crediting import credit
from methodologies.inclusion.judging import day_totals, judge
from methodologies.inclusion.verdicts import Verdict
from tests.methodologies.inclusion.slow_settlement import Event, columns, judge_slowly, settle_slowly

DAY = date(2026, 11, 3)
DAYS = (DAY - date(1970, 1, 1)).days
BUS, METRO, CYCLING, WALKING, ELECTRIC_CAR, E_MOPED, POWER, BILL = range(1, 9)
CLOTHES, PLATE = 10, 12


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    return int(datetime(2026, 11, 3, hour - 8, minute, second, tzinfo=UTC).timestamp())


def metro(hour: int, minute: int, minutes: int = 20, km: float = 8, **more) -> Event:
    start = at(hour, minute)
    given = {
        "person": 1,
        "day": DAYS,
        "act": METRO,
        "grade": PROVED,
        "key": start,
        "quantity": int(km * 1000),
    }
    return Event(**{**given, "start": start, "end": start + minutes * 60, **more})


def verdicts(*events: Event) -> list[Verdict]:
    return [Verdict(one) for one in judge(columns(list(events)), rules()).verdict]


def test_a_metro_ride_saves_its_distance_times_the_figure():
    judged = judge(columns([metro(8, 0)]), rules())
    assert judged.mg.tolist() == [8 * 46_700]


def test_a_declared_ride_counts_half_and_not_at_all_beside_the_same_proved_one():
    declared = metro(10, 0, grade=SELF_DECLARED, key=7)
    assert judge(columns([declared]), rules()).mg.tolist() == [8 * 46_700 // 2]
    assert verdicts(declared, metro(10, 5, key=8)) == [Verdict.PROVED_COUNTS, Verdict.COUNTED]


def test_one_cannot_travel_twice_at_once():
    bike = metro(8, 10, 15, 3, act=CYCLING, key=9)
    assert verdicts(metro(8, 0), bike) == [Verdict.COUNTED, Verdict.OVERLAP]
    assert verdicts(metro(8, 0), metro(8, 20, key=5, act=CYCLING, km=3)) == [Verdict.COUNTED, Verdict.COUNTED]


def test_what_does_not_count_keeps_nothing_else_out():
    first = metro(8, 0, 30)
    second = metro(8, 25, 30, act=CYCLING, km=4)
    third = metro(8, 52, 30)
    assert verdicts(first, second, third) == [Verdict.COUNTED, Verdict.OVERLAP, Verdict.COUNTED]


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (metro(8, 0, same_place=True), Verdict.SAME_PLACE),
        (metro(8, 0, 10, 30), Verdict.TOO_FAST),
        (metro(8, 0, 200, 121), Verdict.OUT_OF_RANGE),
        (metro(8, 0, act=ELECTRIC_CAR), Verdict.OFF),
        (metro(8, 0, act=E_MOPED, grade=SELF_DECLARED), Verdict.NOT_PROVED),
        (metro(8, 0, excluded=True), Verdict.EXCLUDED),
        (metro(8, 0, act=POWER, km=9, peer=8_000, own=8_500), Verdict.NO_SAVING),
        (metro(8, 0, act=POWER, km=9, peer=8_000, own=9_500), Verdict.COUNTED),
    ],
)
def test_each_reason_is_named(event, verdict):
    assert verdicts(event) == [verdict]


def test_power_below_the_peers_saves_the_difference_at_the_grids_factor():
    judged = judge(columns([metro(8, 0, act=POWER, km=5, peer=7_500)]), rules())
    assert judged.mg.tolist() == [round(2.5 * 558.1 * 1000)]


def test_changing_buses_is_one_ride():
    first = metro(8, 0, 15, 1, act=BUS)
    again = metro(8, 25, 15, 1, act=BUS)
    later = metro(9, 30, 15, 1, act=BUS)
    assert verdicts(first, again, later) == [Verdict.COUNTED, Verdict.TRANSFER, Verdict.COUNTED]


def test_the_days_limit_cuts_the_last_walk():
    walks = [metro(hour, 0, 50, 6_000, act=WALKING, key=hour) for hour in (9, 11, 13, 15)]
    judged = judge(columns(walks), rules())
    assert judged.credited.tolist() == [6_000_000, 6_000_000, 2_800_000, 0]
    assert judged.verdict.tolist() == [Verdict.COUNTED, Verdict.COUNTED, Verdict.PARTLY, Verdict.DAY_LIMIT]


def test_e_bills_beyond_the_months_grams_give_none():
    bills = [metro(9, n, 0, 1, act=BILL, day=DAYS + n % 3, key=n) for n in range(12)]
    settled = settle(bills)
    assert sum(mg for mg, _ in settled.values()) == 50_000


def test_points_of_a_bus_ride_are_those_of_chongqing():
    [(mg, points)] = settle([metro(8, 0, act=BUS, km=1)]).values()
    assert (mg, points) == (120_000, 110)


def settle(events: list[Event]) -> dict[tuple[int, int, int], tuple[int, int]]:
    found = columns(events)
    totals = day_totals(found, judge(found, rules()))
    given = credit(totals.person, totals.day, totals.act, totals.mg, rules())
    keys = zip(totals.person.tolist(), totals.day.tolist(), totals.act.tolist(), strict=True)
    return dict(zip(keys, zip(given.mg.tolist(), given.points.tolist(), strict=True), strict=True))


EVENTS = st.builds(
    lambda person, day, act, grade, minute, minutes, quantity, key, same, excluded, own, peer: Event(
        person, DAYS + day, act, grade, quantity, at(8) + day * 86_400 + minute * 60,
        at(8) + day * 86_400 + (minute + minutes) * 60, key, own, peer, same, excluded,
    ),
    st.integers(1, 2), st.integers(0, 2), st.sampled_from([BUS, METRO, CYCLING, WALKING, E_MOPED, POWER, BILL, CLOTHES, PLATE]),
    st.sampled_from([PROVED, PROVED, SELF_DECLARED]), st.integers(0, 300), st.integers(0, 60),
    st.sampled_from([1_000, 1_000, 1_000, 3_500, 8_000, 25_000, 9_000_000]), st.integers(0, 2**127), st.sampled_from([False] * 9 + [True]),
    st.sampled_from([False] * 9 + [True]), st.sampled_from([-1, 900, 9_000]), st.sampled_from([-1, 900, 9_000]),
)  # fmt: skip


@given(st.lists(EVENTS, min_size=1, max_size=40, unique_by=lambda event: event.key))
def test_columns_and_hand_agree(events):
    found = judge(columns(events), rules())
    slowly = judge_slowly(events, rules())
    assert [(Verdict(v), mg) for v, mg in zip(found.verdict.tolist(), found.mg.tolist(), strict=True)] == [
        slowly[event.key] for event in events
    ]
    assert settle(events) == settle_slowly(events, rules())


@given(st.lists(EVENTS, min_size=1, max_size=25, unique_by=lambda event: event.key), st.randoms())
def test_the_order_of_arrival_changes_nothing(events, random):
    before = settle(events)
    random.shuffle(events)
    assert settle(events) == before


def test_a_crowd_of_records_is_cut_and_stays_quick():
    found = judge(
        columns(
            [metro(8, 0, 1, 0.4, key=n, start=at(8) + 90 * n, end=at(8) + 90 * n + 60) for n in range(2_000)]
        ),
        rules(),
    )
    assert (found.verdict == Verdict.TOO_MANY).sum() == 2_000 - 60
    assert np.all(found.mg[found.verdict != Verdict.COUNTED] == 0)


@pytest.mark.parametrize(
    "broken",
    [
        b"\xff",
        b"id = 1",
        b'id="a"\nversion="1"\n[documents]\n[acts]\n[[programme]]\nfrom=2024-01-01',
    ],
)
def test_a_file_of_acts_that_cannot_be_used_says_so(broken):
    with pytest.raises(RulesFault):
        read_rules(broken)
