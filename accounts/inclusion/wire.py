"""A batch as it comes over the wire, read into columns: JSON array or one JSON object a line, nothing else decided yet.

One broken line is one broken event. A JSON array that breaks is refused as a whole, with the place, since nobody can
know what follows.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from carbon.errors import N_, Problem, TooLarge

MOST_EVENTS = 10_000
BODY_BYTES = 8 * 1024 * 1024
LINES = "application/x-ndjson"

_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Amount = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class WireEvent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One event. `person` is the pseudonymous link; places are compared and not kept; baselines are for power saving."""

    id: _Short
    person: _Short
    act: _Short
    quantity: _Amount
    unit: _Short
    started_at: _Instant
    ended_at: _Instant | None = None
    evidence: Literal["proved", "self-declared"] = "proved"
    origin: _Short | None = None
    destination: _Short | None = None
    device: _Short | None = None
    source: _Short | None = None
    own_baseline: _Amount | None = None
    peer_baseline: _Amount | None = None


@dataclass(frozen=True)
class Unread:
    """An event that could not be read: its place in the batch (from 0), its id if that much was there, why."""

    place: int
    id: str
    reason: str


@dataclass(frozen=True)
class WireBatch:
    """What was read, each with its place, and what was not."""

    places: list[int]
    events: list[WireEvent]
    unread: list[Unread]

    @property
    def count(self) -> int:
        """All events of the batch."""
        return len(self.places) + len(self.unread)


_EVENT = msgspec.json.Decoder(WireEvent)
_EVENTS = msgspec.json.Decoder(list[WireEvent])
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


def read_batch(body: bytes, *, lines: bool) -> WireBatch:
    """The batch in `body`; `lines` when its content type is one object a line.

    Raises:
        TooLarge: more than 10,000 events.
        Problem: not a list of events; says where it breaks.
    """
    batch = _from_lines(body) if lines else _from_array(body)
    if batch.count > MOST_EVENTS:
        raise TooLarge(
            N_("A batch holds at most {most} events; this one has {count}. Send it in parts."),
            most=MOST_EVENTS,
            count=batch.count,
        )
    if not batch.count:
        raise Problem(N_("The batch is empty; send a JSON array of events, or one JSON object a line."))
    return batch


def _from_array(body: bytes) -> WireBatch:
    try:
        events = _EVENTS.decode(body)
    except msgspec.ValidationError:
        return _one_by_one(_split(body))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _broken(body, error) from error
    return WireBatch(list(range(len(events))), events, [])


def _split(body: bytes) -> Sequence[Any]:
    try:
        return _RAWS.decode(body)
    except msgspec.ValidationError:
        raise Problem(N_("The body is JSON, but no array of events.")) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _broken(body, error) from error


def _from_lines(body: bytes) -> WireBatch:
    return _one_by_one([line for line in body.split(b"\n") if line.strip()])


def _one_by_one(pieces: Sequence[Any]) -> WireBatch:
    places, events, unread = [], [], []
    for place, piece in enumerate(pieces[: MOST_EVENTS + 1]):
        try:
            events.append(_EVENT.decode(piece))
            places.append(place)
        except RecursionError:
            unread.append(Unread(place, "", "nested too deep"))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            unread.append(Unread(place, _id_of(bytes(piece)), _plain(str(error))))
    return WireBatch(places, events, unread)


_ID = re.compile(rb'"id"\s*:\s*"([^"\\\x00-\x1f]{1,100})"')


def _id_of(piece: bytes) -> str:
    """The id of a broken event as far as it can be seen, so that its sender finds it."""
    found = _ID.search(piece[:100_000])
    return found.group(1).decode("utf-8", "replace") if found else ""


def _plain(reason: str) -> str:
    return reason.replace("`", "'")[:200]


_BYTE = re.compile(r"byte (\d+)")


def _broken(body: bytes, error: Exception) -> Problem:
    """Where an array breaks: the event's number counted from 1, line and column."""
    if isinstance(error, RecursionError):
        return Problem(N_("The JSON is nested too deep; an event is a flat object."))
    found = _BYTE.search(str(error))
    before = body[: int(found.group(1))] if found else body
    return Problem(
        N_(
            "The JSON breaks in event {number}, line {line}, column {column}: {reason}. Nothing of the batch was taken; "
            "send one JSON object a line (application/x-ndjson) and one broken line costs one event."
        ),
        number=_events_before(before) + 1,
        line=before.count(b"\n") + 1,
        column=len(before) - (before.rfind(b"\n") + 1) + 1,
        reason=_plain(str(error)),
    )


def _events_before(text: bytes) -> int:
    """Whole objects of the array before the break."""
    decoder = json.JSONDecoder()
    shown = text.decode("utf-8", "replace")
    at, count = shown.find("[") + 1, 0
    while True:
        while at < len(shown) and shown[at] in " \t\r\n,":
            at += 1
        try:
            _, at = decoder.raw_decode(shown, at)
        except (ValueError, RecursionError):
            return count
        count += 1
