"""Sorting a batch: each event's fate as far as the batch itself, the rules and the clock decide it, column by column."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from accounts.inclusion.fates import Fate
from accounts.inclusion.wire import WireBatch, WireEvent
from carbon.rounding import plain
from methodologies.inclusion.acts import GRADES, STEPS, Act, Rules

ZONE_S = 8 * 3600
"""Days are those of Asia/Shanghai, which has had no summer time since 1991."""
_EPOCH = date(1970, 1, 1)
_UNSET = 2**62
Whole = npt.NDArray[np.int64]


@dataclass
class Sorted:
    """The readable events in columns, with their fates so far; `reasons` holds what the sentences need."""

    events: list[WireEvent]
    places: list[int]
    fate: npt.NDArray[np.uint8]
    key: list[str]
    link: list[str]
    act: Whole
    grade: Whole
    quantity: Whole
    own: Whole
    peer: Whole
    start: Whole
    end: Whole
    day: Whole
    same_place: npt.NDArray[np.bool_]
    device: Whole
    content: Whole
    reasons: dict[int, dict[str, Any]] = field(default_factory=dict)

    def set_aside(self, rows: npt.NDArray[np.bool_], fate: Fate) -> None:
        """Give these events the fate, unless they have one already."""
        self.fate[rows & (self.fate == Fate.ACCEPTED)] = fate


def sort(batch: WireBatch, *, source_id: UUID, acts: Sequence[str], now: datetime, rules: Rules) -> Sorted:
    """Columns and fates of a batch for this source."""
    events = batch.events
    pairs = [(event.act, event.unit) for event in events]
    known = {pair: _Told.of(pair, acts, rules) for pair in set(pairs)}
    told = [known[pair] for pair in pairs]
    start = np.array([event.started_at.timestamp() for event in events], dtype=np.float64).astype(np.int64)
    end = np.array(
        [event.ended_at.timestamp() if event.ended_at else -_UNSET for event in events], dtype=np.float64
    ).astype(np.int64)
    has_end = end > -_UNSET
    steps = np.array([one.steps for one in told], dtype=np.float64)
    salt = source_id.hex
    hashes = {text: digest(salt, "link", text) for text in {event.person for event in events}}
    devices = {text: _number(salt, text) for text in {event.device for event in events if event.device}}
    found = Sorted(
        events=events,
        places=batch.places,
        fate=np.zeros(len(events), dtype=np.uint8),
        key=_keys(salt, events),
        link=[hashes[event.person] for event in events],
        act=np.array([one.number for one in told], dtype=np.int64),
        grade=np.array([GRADES[event.evidence] for event in events], dtype=np.int64),
        quantity=_whole([event.quantity for event in events], steps),
        own=_baseline([event.own_baseline for event in events], steps),
        peer=_baseline([event.peer_baseline for event in events], steps),
        start=start,
        end=np.where(has_end, end, start),
        day=(start + ZONE_S) // 86_400,
        same_place=np.array(
            [event.origin is not None and event.origin == event.destination for event in events], dtype=bool
        ),
        device=np.array([devices.get(event.device or "", 0) for event in events], dtype=np.int64),
        content=np.zeros(len(events), dtype=np.int64),
    )
    found.content = _content(found)
    _check(found, told, salt=source_id, now=now, rules=rules)
    return found


def digest(salt: str, kind: str, text: str) -> str:
    """16 bytes that stand for a partner's own id, different for each source; in hexadecimal digits."""
    return hashlib.blake2b(
        text.encode(), digest_size=16, salt=bytes.fromhex(salt), person=kind.encode()
    ).hexdigest()


def _keys(salt: str, events: Sequence[WireEvent]) -> list[str]:
    """`digest` of every event's id, with what does not change taken out of the loop."""
    salted = hashlib.blake2b(digest_size=16, salt=bytes.fromhex(salt), person=b"event")
    found = []
    for event in events:
        one = salted.copy()
        one.update(event.id.encode())
        found.append(one.hexdigest())
    return found


def _number(salt: str, text: str) -> int:
    return int(digest(salt, "device", text)[:15], 16) or 1


def _whole(amounts: Sequence[float], steps: npt.NDArray[np.float64]) -> Whole:
    return np.rint(np.array(amounts, dtype=np.float64) * steps).astype(np.int64)


def _baseline(amounts: Sequence[float | None], steps: npt.NDArray[np.float64]) -> Whole:
    if not any(amount is not None for amount in amounts):
        return np.full(len(amounts), -1, dtype=np.int64)
    return np.maximum(_whole([-1 if amount is None else amount for amount in amounts], steps), -1)


def _content(found: Sorted) -> Whole:
    """A number that differs when anything of the event differs; it tells a repeat from a change, nothing more."""
    mixed = np.zeros(len(found.events), dtype=np.uint64)
    links = np.frombuffer(bytes.fromhex("".join(found.link)), dtype=np.int64)[::2]
    for column in (
        links,
        found.act,
        found.grade,
        found.quantity,
        found.own,
        found.peer,
        found.start,
        found.end,
        found.same_place,
    ):
        mixed = (mixed ^ column.astype(np.int64).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64)


@dataclass(frozen=True)
class _Told:
    """What an act and the way its unit is written mean for this source."""

    act: Act | None
    steps: int
    fate: Fate

    @property
    def number(self) -> int:
        return self.act.number if self.act else 0

    @classmethod
    def of(cls, pair: tuple[str, str], acts: Sequence[str], rules: Rules) -> "_Told":
        act = rules.acts.get(pair[0])
        if act is None:
            return cls(None, STEPS, Fate.UNKNOWN_ACT)
        steps = act.spellings.get(pair[1].strip())
        if pair[0] not in acts:
            return cls(act, steps or STEPS, Fate.NOT_YOURS)
        return cls(act, steps or STEPS, Fate.ACCEPTED if steps else Fate.UNIT)


def _check(found: Sorted, told: Sequence[_Told], *, salt: UUID, now: datetime, rules: Rules) -> None:
    now_s = int(now.timestamp())
    programme = rules.programme_at((now + timedelta(seconds=ZONE_S)).astimezone(UTC).date())
    given = np.array([one.fate for one in told], dtype=np.uint8)
    for fate in (Fate.UNKNOWN_ACT, Fate.NOT_YOURS, Fate.UNIT):
        found.set_aside(given == fate, fate)
    named = {event.source for event in found.events} - {None, str(salt)}
    if named:
        other = [event.source in named for event in found.events]
        found.set_aside(np.array(other, dtype=bool), Fate.NOT_YOURS)
    if "\x00" in "".join(event.id for event in found.events):
        found.set_aside(np.array(["\x00" in event.id for event in found.events], dtype=bool), Fate.BROKEN)
    found.set_aside(found.quantity < 0, Fate.NEGATIVE)
    found.set_aside(found.end < found.start, Fate.ENDS_EARLY)
    latest = np.maximum(found.start, found.end)
    found.set_aside(latest > now_s + programme.future_minutes * 60, Fate.FUTURE)
    found.set_aside(found.start < now_s - programme.late_days * 86_400, Fate.LATE)
    least, most = _bounds(found, rules)
    found.set_aside(
        (found.quantity < least) | (found.quantity > most) | (found.quantity == 0), Fate.OUT_OF_RANGE
    )
    if len(set(found.key)) < len(found.key):
        first: dict[str, int] = {}
        again = [first.setdefault(key, row) != row for row, key in enumerate(found.key)]
        found.set_aside(np.array(again, dtype=bool), Fate.DUPLICATE)


def _bounds(found: Sorted, rules: Rules) -> tuple[Whole, Whole]:
    pairs, code = np.unique(found.day * 1000 + found.act, return_inverse=True)
    least, most = np.zeros(len(pairs), dtype=np.int64), np.full(len(pairs), _UNSET, dtype=np.int64)
    for place, value in enumerate(pairs.tolist()):
        low, high = bounds_of(rules.by_number.get(value % 1000), _day(value // 1000))
        least[place] = int(low * STEPS)
        most[place] = _UNSET if high is None else int(high * STEPS)
    return least[code], most[code]


def _day(days: int) -> date:
    """Days far outside any calendar are late or in the future anyway."""
    return _EPOCH + timedelta(days=min(max(days, 0), 2_000_000))


def bounds_of(act: Act | None, day: date) -> tuple[Fraction, Fraction | None]:
    """The least and the most of one event in the act's unit; power used may be nothing at all."""
    rule = act.at(day) if act else None
    if rule is None:
        return Fraction(0), None
    return rule.least or Fraction(0), rule.most


def values_of(
    found: Sorted, row: int, rules: Rules, acts: Sequence[str], reason: str = ""
) -> Mapping[str, Any]:
    """What the sentence about an event may name."""
    event = found.events[row]
    act = rules.acts.get(event.act)
    low, high = bounds_of(act, _day(int(found.day[row])))
    return {
        "id": event.id.replace("\x00", "?"),
        "act": act.name.as_dict() if act else event.act,
        "unit": event.unit,
        "wanted": act.unit_name.as_dict() if act else "",
        "quantity": plain(Fraction(event.quantity).limit_denominator(10**6)),
        "least": plain(low),
        "most": "∞" if high is None else plain(high),
        "started_at": event.started_at.isoformat(),
        "days": rules.programmes[-1].late_days,
        "acts": ", ".join(acts),
        "known": ", ".join(sorted(rules.acts)),
        "reason": reason or "the id holds a NUL character",
    }
