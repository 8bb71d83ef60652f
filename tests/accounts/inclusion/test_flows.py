"""Real flows of Helsinki's city bikes (HSL, CC BY 4.0), and files that are none."""

import gzip
import itertools
import json
from datetime import date
from pathlib import Path

import pytest

from accounts.inclusion.backtest import backtest, outcome, read_batches
from accounts.inclusion.flows import COLUMNS, Flow, expanded, judge_flows, read_flows, trips_of
from carbon.errors import Problem
from methodologies.inclusion.acts import read_rules, rules

FILE = Path(__file__).parent / "data" / "helsinki_citybike_2021-04_od.csv.gz"
APRIL = date(2021, 4, 1)
HEAD = ",".join(COLUMNS) + "\n"


def test_the_file_gives_exactly_its_totals_and_no_credit_to_round_trips():
    flows = read_flows(FILE.read_bytes())
    found = judge_flows(flows, day=APRIL, rules=rules())
    assert (found.pairs, found.trips, found.metres, found.seconds) == (
        32_815,
        258_514,
        672_915_898,
        231_745_251,
    )
    assert (found.same_place_pairs, found.same_place_trips) == (347, 9_213)
    assert found.not_counted["same-place"] == 9_213
    assert found.credited_trips + sum(found.not_counted.values()) == found.trips
    again = judge_flows(read_flows(FILE.read_bytes()), day=APRIL, rules=rules())
    assert again == found


def test_expanded_trips_add_up_to_their_pair_and_keep_their_ids():
    flows = [Flow("1", "2", 7, 10_003, 5_005), Flow("3", "3", 2, 900, 600)]
    events = list(expanded(flows, day=APRIL, people=3))
    assert len({event["id"] for event in events}) == 9
    assert sum(event["quantity"] for event in events[:7]) == 10_003
    assert list(expanded(flows, day=APRIL, people=3)) == events


@pytest.mark.parametrize(
    "flow", [Flow("a", "b", 1, 0, 0), Flow("a", "b", 5, 12, 13), Flow("a", "b", 3, 9, 9)]
)
def test_groups_of_equal_trips_cover_all_of_them(flow):
    trips = trips_of(flow)
    assert sum(trip.count for trip in trips) == flow.trips
    assert sum(trip.count * trip.metres for trip in trips) == flow.metres
    assert sum(trip.count * trip.seconds for trip in trips) == flow.seconds
    assert len(trips) <= 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "missing are"),
        (HEAD + "1,2,3,-4,5\n", "Row 2: total_distance_m"),
        (HEAD + "1,2,3,4.5,5\n", "whole number"),
        (HEAD + "1,2,0,4,5\n", "at least one trip"),
        (HEAD + "1,2,3,4,5\n1,2,1,1,1\n", "Row 3: the pair 1 → 2 occurs twice"),
        (HEAD, "holds 0 pairs"),
    ],
)
def test_a_file_that_is_none_says_where(text, says):
    with pytest.raises(Problem, match=says):
        read_flows(text.encode())
    with pytest.raises(Problem, match=says):
        read_flows(gzip.compress(text.encode()))


def test_a_torn_packed_file_is_told():
    with pytest.raises(Problem, match="cannot be opened"):
        read_flows(FILE.read_bytes()[:5000])


def test_new_rules_on_old_events_show_the_difference():
    flows = read_flows(FILE.read_bytes())
    events = list(itertools.islice(expanded(flows, day=APRIL, people=50), 3000))
    lines = "\n".join(json.dumps(event) for event in events).encode()
    text = Path(rules.__wrapped__.__code__.co_filename).with_name("acts.toml").read_text("utf-8")
    generous = read_rules(text.replace("most_per_day = 40\n", "most_per_day = 4\n").encode())
    found = backtest(lines, lines=True, old=rules(), new=generous)
    assert (found.read, found.unread) == (3000, 0)
    assert found.new.credited_mg < found.old.credited_mg
    assert found.new.verdicts["day-limit"] > found.old.verdicts.get("day-limit", 0)
    assert found.old.acts["cycling"].events == 3000
    twice = outcome([*read_batches(lines, lines=True), *read_batches(lines, lines=True)], rules())
    assert twice == found.old
