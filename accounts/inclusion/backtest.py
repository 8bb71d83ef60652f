"""Old events under new rules: what would have counted, and what would be different. No database is asked.

Only what the rules decide is compared: how late an event came, or whose it is, stays as it was.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from accounts.inclusion.fates import Fate
from accounts.inclusion.sorting import Sorted, sort
from accounts.inclusion.wire import MOST_EVENTS, WireBatch, read_batch
from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.inclusion.acts import Rules
from methodologies.inclusion.crediting import credit
from methodologies.inclusion.judging import Events, day_totals, judge
from methodologies.inclusion.verdicts import Verdict

_SOURCE = UUID(int=0)
_JUDGED_BY_RULES = {Fate.ACCEPTED, Fate.LATE, Fate.FUTURE}
MOST_FILE_EVENTS = 2_000_000


@dataclass(frozen=True)
class ActSum:
    """One act under one set of rules; points in hundredths."""

    name: Text
    events: int
    counted: int
    credited_mg: int
    points: int


@dataclass(frozen=True)
class Outcome:
    """Everything under one set of rules."""

    digest: str
    events: int
    acts: dict[str, ActSum]
    verdicts: dict[str, int]

    @property
    def credited_mg(self) -> int:
        """All acts together."""
        return sum(one.credited_mg for one in self.acts.values())

    @property
    def points(self) -> int:
        """All acts together."""
        return sum(one.points for one in self.acts.values())


@dataclass(frozen=True)
class Backtest:
    """Old and new side by side."""

    read: int
    unread: int
    old: Outcome
    new: Outcome


def backtest(content: bytes, *, lines: bool, old: Rules, new: Rules) -> Backtest:
    """Judge the events of a file (the form partners send) under both.

    Raises:
        Problem: the file cannot be read, or holds more than two million events.
    """
    batches = list(read_batches(content, lines=lines))
    read = sum(len(batch.events) for batch in batches)
    unread = sum(len(batch.unread) for batch in batches)
    return Backtest(read, unread, outcome(batches, old), outcome(batches, new))


def read_batches(content: bytes, *, lines: bool) -> Iterator[WireBatch]:
    """The file in batches of at most ten thousand events.

    Raises:
        Problem: as `backtest`.
    """
    if not lines:
        yield read_batch(content, lines=False)
        return
    pieces = [piece for piece in content.split(b"\n") if piece.strip()]
    if not 1 <= len(pieces) <= MOST_FILE_EVENTS:
        raise Problem(
            N_("The file holds {count} events; 1 to {most} can be judged at once."),
            count=len(pieces),
            most=MOST_FILE_EVENTS,
        )
    for at in range(0, len(pieces), MOST_EVENTS):
        yield read_batch(b"\n".join(pieces[at : at + MOST_EVENTS]), lines=True)


def outcome(batches: Sequence[WireBatch], known: Rules) -> Outcome:
    """Verdicts, grams and points of the events under these rules."""
    now = datetime.now(UTC)
    sorted_ = [
        sort(batch, source_id=_SOURCE, acts=tuple(known.acts), now=now, rules=known) for batch in batches
    ]
    fates = Counter(
        Fate(code).word for found in sorted_ for code in found.fate.tolist() if code not in _JUDGED_BY_RULES
    )
    events = _columns(sorted_)
    judged = judge(events, known)
    totals = day_totals(events, judged)
    given = credit(totals.person, totals.day, totals.act, totals.mg, known)
    verdicts = Counter(
        {
            Verdict(code).name.lower().replace("_", "-"): int((judged.verdict == code).sum())
            for code in np.unique(judged.verdict).tolist()
        }
    )
    acts = {}
    for number in np.unique(totals.act).tolist():
        rows = totals.act == number
        act = known.by_number[number]
        acts[act.id] = ActSum(
            act.name,
            int(totals.events[rows].sum()),
            int(totals.counted[rows].sum()),
            int(given.mg[rows].sum()),
            int(given.points[rows].sum()),
        )
    return Outcome(known.digest, len(events), acts, dict(verdicts + fates))


def _columns(batches: Sequence[Sorted]) -> Events:
    """All events that rules can judge, persons numbered by their links; a repeated id counts once."""
    people: dict[str, int] = {}
    seen: set[str] = set()
    kept: list[np.ndarray[tuple[int], np.dtype[np.intp]]] = []
    for found in batches:
        rows = [
            row
            for row, (code, key) in enumerate(zip(found.fate.tolist(), found.key, strict=True))
            if code in _JUDGED_BY_RULES and _first_seen(key, seen)
        ]
        kept.append(np.array(rows, dtype=np.intp))

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.concatenate([getattr(found, name)[rows] for found, rows in zip(batches, kept, strict=True)])

    keys = [
        int(found.key[row], 16) for found, rows in zip(batches, kept, strict=True) for row in rows.tolist()
    ]
    persons = [
        people.setdefault(found.link[row], len(people))
        for found, rows in zip(batches, kept, strict=True)
        for row in rows.tolist()
    ]
    return Events(
        person=np.array(persons, dtype=np.int64),
        day=column("day"),
        act=column("act"),
        grade=column("grade"),
        quantity=column("quantity"),
        own=column("own"),
        peer=column("peer"),
        start=column("start"),
        end=column("end"),
        same_place=column("same_place").astype(bool),
        held=np.zeros(len(persons), dtype=np.int64),
        key_high=np.array([key >> 64 for key in keys], dtype=np.uint64),
        key_low=np.array([key & (2**64 - 1) for key in keys], dtype=np.uint64),
    )


def _first_seen(key: str, seen: set[str]) -> bool:
    if key in seen:
        return False
    seen.add(key)
    return True
