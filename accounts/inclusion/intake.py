"""Receiving a batch: who sends, is it signed, what becomes of each event; what is accepted waits for the settler.

All in one transaction of the partner: the claimed event ids, the arrivals and the answer stand or fall together, so the
same batch sent again gives the first answer and no event is taken twice, whatever breaks in between.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from accounts.database.transactions import Connection, transaction
from accounts.inclusion import binary, signing
from accounts.inclusion.fates import TEMPLATES, Fate
from accounts.inclusion.sandbox import sandbox_links
from accounts.inclusion.sorting import Sorted, sort, values_of
from accounts.inclusion.wire import WireBatch, read_batch
from accounts.timing.tenants import acting_for
from carbon.errors import N_, Conflict, KeyReused, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.inclusion.acts import rules

LONGEST_KEY = 255
_UNKNOWN_KEY = UUID(int=0)


class EventFate(msgspec.Struct, frozen=True):
    """One event's fate; `place` counts from 1, `values` fill the sentence that says what to do."""

    place: int
    id: str
    fate: str
    values: dict[str, Any] | None = None

    @property
    def template(self) -> str:
        """The sentence in English, with places for the values."""
        return TEMPLATES[Fate(_CODES[self.fate])]

    @property
    def message(self) -> str:
        """The sentence in English; empty for an event that was taken."""
        return self.template.format(**self.texts()) if self.values else ""

    def texts(self) -> dict[str, Any]:
        """The values, names in both languages as texts."""
        return {
            name: Text(**value) if isinstance(value, dict) else value
            for name, value in (self.values or {}).items()
        }


@dataclass(frozen=True)
class Receipt:
    """The answer to a batch. `repeated` when the same batch was answered before; `sandbox` when nothing was kept."""

    batch_id: UUID
    received_at: datetime
    events: int
    accepted: int
    repeated: bool
    sandbox: bool
    fates: tuple[EventFate, ...]


@dataclass(frozen=True)
class SigningSource:
    """The source a key signs for."""

    source_id: UUID
    partner_id: UUID
    acts: tuple[str, ...]
    sandbox: bool


async def receive_signed(
    *, key_id: str, stamp: str, given_signature: str, idempotency_key: str, body: bytes, lines: bool
) -> Receipt:
    """Take a batch that a partner's machine sends over HTTP.

    Raises:
        NotSignedIn: the signature does not fit, or the clock differs too far.
        Problem: the batch cannot be read, or the idempotency key is none.
        KeyReused: the idempotency key was used for another batch.
    """
    _check_key(idempotency_key)
    wanted = _key_id(key_id)
    now = datetime.now(UTC)
    async with transaction(tenant=None, readonly=True) as connection:
        row = await connection.fetchrow("select * from inclusion_signing_key($1)", wanted)
    # An unknown key fails where a wrong signature does, and with the same words.
    skew = rules().programme_at(now.date()).skew_minutes
    signing.check(
        key_id=wanted if row else _UNKNOWN_KEY,
        stamp=stamp,
        given=given_signature if row else "",
        body=body,
        now=now,
        skew_minutes=skew,
    )
    assert row is not None  # noqa: S101 - an empty signature never fits
    source = SigningSource(row["source_id"], row["partner_id"], tuple(row["acts"]), row["sandbox"])
    return await receive(source, key=idempotency_key, body=body, lines=lines, way="http", now=now)


async def receive(
    source: SigningSource, *, key: str, body: bytes, lines: bool, way: str, now: datetime
) -> Receipt:
    """Take a batch whose sender is known.

    Raises:
        Problem: the batch cannot be read.
        KeyReused: the key was used for another batch.
    """
    batch = read_batch(body, lines=lines)
    found = sort(batch, source_id=source.source_id, acts=source.acts, now=now, rules=rules())
    body_hash = hashlib.sha256(body).digest()
    async with transaction(tenant=source.partner_id) as connection:
        return await _take(connection, source, batch, found, key, body_hash, way)


async def take_within(
    connection: Connection, source: SigningSource, *, key: str, body: bytes, lines: bool, way: str = "pull"
) -> Receipt:
    """The same for a job, in the transaction of its slot, acting for the partner.

    Raises:
        Problem: the batch cannot be read.
    """
    now: datetime = await connection.fetchval("select now()")
    batch = read_batch(body, lines=lines)
    found = sort(batch, source_id=source.source_id, acts=source.acts, now=now, rules=rules())
    async with acting_for(connection, source.partner_id):
        return await _take(connection, source, batch, found, key, hashlib.sha256(body).digest(), way)


async def _take(
    connection: Connection,
    source: SigningSource,
    batch: WireBatch,
    found: Sorted,
    key: str,
    body_hash: bytes,
    way: str,
) -> Receipt:
    await _lock(connection, source, key)
    known = await connection.fetchrow(
        """select id, received_at, body_hash, fates, set_aside from inclusion_batch
            where partner_id = $1 and source_id = $2 and key = $3""",
        source.partner_id,
        source.source_id,
        key,
    )
    if known is not None:
        return _repeated(known, batch, body_hash, key, source)
    links = await _links(connection, source, found)
    found.set_aside(np.array([link not in links for link in found.link], dtype=bool), Fate.UNKNOWN_PERSON)
    refusing = {link for link, (_, consents) in links.items() if not consents}
    if refusing:
        found.set_aside(np.array([link in refusing for link in found.link], dtype=bool), Fate.NO_CONSENT)
    if not source.sandbox:
        await _claim_ids(connection, source, found)
    batch_id, received_at = new_id(), await connection.fetchval("select now()")
    accepted = np.flatnonzero(found.fate == Fate.ACCEPTED)
    if len(accepted) and not source.sandbox:
        await _add_arrivals(connection, found, accepted, links, batch_id, received_at)
    fates = _fates(batch, found, source)
    await _write_batch(connection, source, batch_id, received_at, key, body_hash, way, fates)
    return Receipt(batch_id, received_at, batch.count, len(accepted), False, source.sandbox, tuple(fates))


async def _lock(connection: Connection, source: SigningSource, key: str) -> None:
    """A second request with the same key does not wait; it is told to ask again."""
    name = f"inclusion batch {source.source_id} {key}"
    if not await connection.fetchval("select pg_try_advisory_xact_lock(hashtextextended($1, 0))", name):
        raise Conflict(
            N_("The first request with the idempotency key {key} is still running; ask again in a moment."),
            at="Idempotency-Key",
            key=key,
        )


async def _links(connection: Connection, source: SigningSource, found: Sorted) -> dict[str, tuple[str, bool]]:
    """Known pseudonyms (by hash) with their link's id and whether their persons consent at this moment."""
    if source.sandbox:
        return sandbox_links(source.source_id)
    rows = await connection.fetch(
        "select link_hash, link, consents from inclusion_known_links($1, $2::text::uuid[])",
        source.source_id,
        _array(set(found.link)),
    )
    return {hashed.hex: (link.hex, consents) for hashed, link, consents in rows}


def _array(texts: Iterable[str]) -> str:
    """An array as PostgreSQL writes it; a list would be looked at element by element on its way."""
    return "{" + ",".join(texts) + "}"


async def _claim_ids(connection: Connection, source: SigningSource, found: Sorted) -> None:
    """Each id once and for good: who comes second, even at the same moment, learns that it was taken."""
    rows = np.flatnonzero(found.fate == Fate.ACCEPTED).tolist()
    rows.sort(key=found.key.__getitem__)  # everyone claims in the same order, so nobody waits in a circle
    if not rows:
        return
    keys = _array(found.key[row] for row in rows)
    taken = await connection.fetchval(
        """with claimed as (
               insert into inclusion_event_key (key, partner_id, content)
               select k, $1, c from unnest($2::text::uuid[], $3::text::bigint[]) t(k, c)
               on conflict do nothing returning 1)
           select count(*) from claimed""",
        source.partner_id,
        keys,
        _array(map(str, found.content[rows].tolist())),
    )
    if taken == len(rows):
        return
    before = await connection.fetch(
        """select key, content from inclusion_event_key
            where partner_id = $1 and key = any ($2::text::uuid[]) and xmin <> pg_current_xact_id()::xid""",
        source.partner_id,
        keys,
    )
    contents = {row["key"].hex: row["content"] for row in before}
    for row in rows:
        if found.key[row] in contents:
            same = contents[found.key[row]] == int(found.content[row])
            found.fate[row] = Fate.REPLAYED if same else Fate.CHANGED


async def _add_arrivals(
    connection: Connection,
    found: Sorted,
    rows: Any,
    links: dict[str, tuple[str, bool]],
    batch_id: UUID,
    received_at: datetime,
) -> None:
    await connection.execute("select inclusion_open_day('arrival', $1)", _received_on(received_at))
    some = rows.tolist()
    day = (_received_on(received_at) - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    columns = {
        "batch": ("uuid", np.void(batch_id.bytes)),
        "received_on": ("date", day),
        "link": ("uuid", binary.uuids([links[found.link[row]][0] for row in some])),
        "key": ("uuid", binary.uuids([found.key[row] for row in some])),
        "day": ("date", found.day[rows]),
        "act": ("int2", found.act[rows]),
        "grade": ("int2", found.grade[rows]),
        "same_place": ("bool", found.same_place[rows]),
        "quantity": ("int8", found.quantity[rows]),
        "own_baseline": ("int8", found.own[rows]),
        "peer_baseline": ("int8", found.peer[rows]),
        "started_at": ("instant", found.start[rows]),
        "ended_at": ("instant", found.end[rows]),
        "device": ("int8", found.device[rows]),
    }
    await binary.copy_in(connection, "inclusion_arrival", columns, len(some))


def _fates(batch: WireBatch, found: Sorted, source: SigningSource) -> list[EventFate]:
    """One for each event, in the order of the batch."""
    fates: list[EventFate | None] = [None] * batch.count
    for row, (place, code) in enumerate(zip(found.places, found.fate.tolist(), strict=True)):
        text = found.events[row].id
        if code == 0:
            fates[place] = EventFate(place + 1, text, "accepted")
        else:
            values = dict(values_of(found, row, rules(), source.acts))
            fates[place] = EventFate(place + 1, text.replace("\x00", "?"), _WORDS[code], values)
    for unread in batch.unread:
        reason = {"reason": unread.reason}
        fates[unread.place] = EventFate(unread.place + 1, unread.id, Fate.BROKEN.word, reason)
    return [fate for fate in fates if fate is not None]


_CODES = {fate.word: fate.value for fate in Fate}
_WORDS = {fate.value: fate.word for fate in Fate}


async def _write_batch(
    connection: Connection,
    source: SigningSource,
    batch_id: UUID,
    received_at: datetime,
    key: str,
    body_hash: bytes,
    way: str,
    fates: Sequence[EventFate],
) -> None:
    aside = [fate for fate in fates if fate.fate != Fate.ACCEPTED.word]
    accepted = len(fates) - len(aside)
    await connection.execute(
        """insert into inclusion_batch (id, partner_id, source_id, key, body_hash, way, received_at, received_on, events,
               accepted, fates, set_aside, state)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13)""",
        batch_id,
        source.partner_id,
        source.source_id,
        key,
        body_hash,
        way,
        received_at,
        _received_on(received_at),
        len(fates),
        accepted,
        bytes(_CODES[fate.fate] for fate in fates),
        msgspec.json.encode(aside).decode(),
        "received" if accepted and not source.sandbox else "empty",
    )


def _repeated(known: Any, batch: WireBatch, body_hash: bytes, key: str, source: SigningSource) -> Receipt:
    """The first answer again; the ids come from the body, which is the same."""
    if known["body_hash"] != body_hash:
        raise KeyReused(
            N_("The idempotency key {key} was used for another request; make a new key for a new request."),
            at="Idempotency-Key",
            key=key,
        )
    ids = {place: event.id for place, event in zip(batch.places, batch.events, strict=True)}
    aside = {one.place: one for one in msgspec.json.decode(known["set_aside"], type=list[EventFate])}
    fates = tuple(
        aside.get(place + 1) or EventFate(place + 1, ids[place], Fate(code).word)
        for place, code in enumerate(known["fates"])
    )
    accepted = len(fates) - len(aside)
    return Receipt(known["id"], known["received_at"], len(fates), accepted, True, source.sandbox, fates)


def _received_on(received_at: datetime) -> Any:
    return (received_at + timedelta(hours=8)).date()


def _key_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return _UNKNOWN_KEY


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(
            N_("An idempotency key has 1 to {longest} printable characters."),
            at="Idempotency-Key",
            longest=LONGEST_KEY,
        )
