"""Bike-share flows between stations (trips, metres and seconds of each pair), as weighted or single trips.

Columns as HSL publishes them: departure station, return station, trip count, total distance, total duration. A pair's
metres and seconds are shared out over its trips in whole numbers, so that the trips add up to the file exactly; which
trip gets the metre more is fixed by its place, so the same file gives the same trips, under the same ids.
"""

import csv
import gzip
import hashlib
import io
import itertools
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from accounts.inclusion.days import ZONE, as_number
from carbon.errors import N_, Problem, TooLarge
from methodologies.inclusion.acts import PROVED, STEPS, Rules
from methodologies.inclusion.judging import Events, judge
from methodologies.inclusion.verdicts import Verdict

COLUMNS = ("Departure station id", "Return station id", "trip_count", "total_distance_m", "total_duration_s")
MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 2_000_000
_WHOLE = re.compile(r"[0-9]{1,12}(\.0+)?", re.ASCII)
_M_PER_KM = 1000


@dataclass(frozen=True)
class Flow:
    """One pair of stations; whole metres and seconds of all its trips together."""

    departure: str
    arrival: str
    trips: int
    metres: int
    seconds: int

    @property
    def same_place(self) -> bool:
        """Whether its trips end where they began."""
        return self.departure == self.arrival


@dataclass(frozen=True)
class Trip:
    """So many equal trips of one pair; `first` is the place of the first of them among the pair's trips."""

    flow: Flow
    first: int
    count: int
    metres: int
    seconds: int


@dataclass(frozen=True)
class FlowResult:
    """What a file holds, and what of it is credited. `digest` is equal when everything in it is."""

    pairs: int
    trips: int
    metres: int
    seconds: int
    same_place_pairs: int
    same_place_trips: int
    credited_trips: int
    credited_metres: int
    credited_mg: int
    not_counted: Mapping[str, int]
    digest: str


def read_flows(content: bytes) -> list[Flow]:
    """The flows of a CSV file, packed by gzip or not.

    Raises:
        TooLarge: more than 64 MB unpacked or two million pairs.
        Problem: not such a file; names the row and what is wrong with it.
    """
    text = io.StringIO(_unpacked(content), newline="")
    try:
        reader = csv.DictReader(text, strict=True)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise Problem(
                N_("The file has not the columns of flows; missing are: {columns}."),
                columns=", ".join(sorted(missing)),
            )
        flows = [_flow(row, number) for number, row in enumerate(reader, 2)]
    except csv.Error as error:
        raise Problem(N_("The CSV cannot be read: {reason}."), reason=str(error)) from None
    if not 1 <= len(flows) <= MOST_ROWS:
        raise TooLarge(
            N_("The file holds {count} pairs; 1 to {most} can be read."), count=len(flows), most=MOST_ROWS
        )
    _refuse_repetition(flows)
    return flows


def _unpacked(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise Problem(N_("The packed file cannot be opened: {reason}."), reason=str(error)) from None
    if len(content) > MOST_BYTES:
        raise TooLarge(N_("The file is larger than {limit} bytes unpacked."), limit=MOST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(N_("The file is not UTF-8 text.")) from None


def _flow(row: Mapping[str, str | None], number: int) -> Flow:
    def whole(column: str) -> int:
        value = (row[column] or "").strip()
        if not _WHOLE.fullmatch(value):
            raise Problem(
                N_("Row {row}: {column} is {value}; a whole number from 0 is wanted."),
                row=number,
                column=column,
                value=repr(value[:40]),
            )
        return int(value.partition(".")[0])

    departure, arrival = ((row[column] or "").strip() for column in COLUMNS[:2])
    flow = Flow(departure, arrival, whole(COLUMNS[2]), whole(COLUMNS[3]), whole(COLUMNS[4]))
    if not departure or not arrival or not flow.trips:
        raise Problem(N_("Row {row}: a pair needs two stations and at least one trip."), row=number)
    return flow


def _refuse_repetition(flows: Sequence[Flow]) -> None:
    seen: set[tuple[str, str]] = set()
    for number, flow in enumerate(flows, 2):
        pair = (flow.departure, flow.arrival)
        if pair in seen:
            raise Problem(
                N_("Row {row}: the pair {departure} → {arrival} occurs twice; its trips would count twice."),
                row=number,
                departure=flow.departure,
                arrival=flow.arrival,
            )
        seen.add(pair)


def trips_of(flow: Flow) -> list[Trip]:
    """The pair's trips in at most three groups of equal ones, whose metres and seconds add up exactly."""
    metres, more_metres = divmod(flow.metres, flow.trips)
    seconds, more_seconds = divmod(flow.seconds, flow.trips)
    cuts = sorted({0, more_metres, more_seconds, flow.trips})
    return [
        Trip(flow, first, after - first, metres + (first < more_metres), seconds + (first < more_seconds))
        for first, after in itertools.pairwise(cuts)
    ]


def judge_flows(flows: Sequence[Flow], *, day: date, rules: Rules, act: str = "cycling") -> FlowResult:
    """Each trip under the act's rule of the day, by itself: flows name no persons, so no limit of a day applies."""
    trips = [trip for flow in flows for trip in trips_of(flow)]
    judged = judge(_events(trips, day, rules.act(act).number), rules)
    counts = np.array([trip.count for trip in trips], dtype=np.int64)
    counted = judged.verdict <= Verdict.PARTLY
    not_counted: dict[str, int] = {}
    for code in np.unique(judged.verdict[~counted]).tolist():
        name = Verdict(code).name.lower().replace("_", "-")
        not_counted[name] = int(counts[judged.verdict == code].sum())
    same = [flow for flow in flows if flow.same_place]
    figures = {
        "pairs": len(flows),
        "trips": int(counts.sum()),
        "metres": sum(trip.count * trip.metres for trip in trips),
        "seconds": sum(trip.count * trip.seconds for trip in trips),
        "same_place_pairs": len(same),
        "same_place_trips": sum(flow.trips for flow in same),
        "credited_trips": int(counts[counted].sum()),
        "credited_metres": int((judged.credited[counted] * counts[counted]).sum()),
        "credited_mg": int((judged.mg * counts).sum()),
    }
    stable = json.dumps({**figures, "not_counted": not_counted, "rules": rules.digest}, sort_keys=True)
    return FlowResult(**figures, not_counted=not_counted, digest=hashlib.sha256(stable.encode()).hexdigest())


def _events(trips: Sequence[Trip], day: date, number: int) -> Events:
    count = len(trips)
    start = int(datetime.combine(day, datetime.min.time(), ZONE).timestamp()) + 8 * 3600
    same = np.full(count, 0, dtype=np.int64)
    seconds = np.array([trip.seconds for trip in trips], dtype=np.int64)
    return Events(
        person=np.arange(count, dtype=np.int64),
        day=same + as_number(day),
        act=same + number,
        grade=same + PROVED,
        quantity=np.array([trip.metres for trip in trips], dtype=np.int64) * STEPS // _M_PER_KM,
        own=same - 1,
        peer=same - 1,
        start=same + start,
        end=start + seconds,
        same_place=np.array([trip.flow.same_place for trip in trips], dtype=bool),
        held=same,
        key_high=same.astype(np.uint64),
        key_low=np.arange(count, dtype=np.uint64),
    )


def expanded(
    flows: Sequence[Flow], *, day: date, people: int, act: str = "cycling"
) -> Iterator[dict[str, object]]:
    """Every trip as an event partners could send, on days from `day` on, of `people` invented persons, in turn.

    A trip's id is its pair and place, so events sent twice are known the second time.
    """
    place = 0
    for flow in flows:
        for trip in trips_of(flow):
            for number in range(trip.first, trip.first + trip.count):
                start = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(
                    days=place // people % 28, minutes=6 * 60 + place * 7 % 960
                )
                yield {
                    "id": f"{flow.departure}-{flow.arrival}-{number}",
                    "person": f"rider-{place % people}",
                    "act": act,
                    "quantity": trip.metres,
                    "unit": "m",
                    "started_at": start.isoformat(),
                    "ended_at": (start + timedelta(seconds=trip.seconds)).isoformat(),
                    "origin": flow.departure,
                    "destination": flow.arrival,
                }
                place += 1
