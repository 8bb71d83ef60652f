"""The one that gives places: what waits in the queue becomes leaves, the tree grows, and its new head is signed.

One transaction under one advisory lock: leaves, hashes, head and the emptied queue appear together or not at all.
Nothing is signed that does not continue the last signed head, as the database holds it and as the data folder does.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.transparency.canonical import (
    SALT_BYTES,
    canonical,
    commitment,
    private_leaf,
    public_leaf,
    salt_of,
)
from accounts.transparency.proofs import STORED_EVERY, prove_consistency
from accounts.transparency.signing import Checkpoint, LogBroken, LogKey, read_note
from accounts.transparency.sources import NOBODY, SOURCES, Sourced
from carbon.errors import N_
from carbon.identifiers import new_id
from carbon.merkle import EMPTY_ROOT, Frontier, verify_consistency

SEQUENCER_LOCK = 0x00CA7B10
"""Advisory lock that lets one sequencer run at a time."""
HEAD_EVERY = timedelta(hours=1)
"""A head is signed at least this often, news or not (PRF-2)."""
ROWS_AT_ONCE = 500
MOST_LEAVES = 200_000
"""In one transaction; what is left waits for the next minute."""
OPENED = "log.opened"


@dataclass(frozen=True)
class Sequenced:
    """What one run did: leaves added, the size after it, and whether a head was signed."""

    added: int
    size: int
    signed: bool


@dataclass(frozen=True)
class _Waiting:
    """One object of the queue, read."""

    object_id: UUID
    kind: str
    tenant_id: UUID | None
    number: str | None
    public: bool
    content: bytes
    keep: bool
    """Whether a private content is kept for its tenant to open: no other table holds it."""


async def sequence(
    connection: Connection, *, key: LogKey, now: datetime, remembered: Checkpoint | None = None
) -> Sequenced:
    """Give all that waits its place and sign the head; `remembered` is the last head known outside the database.

    Raises:
        LogBroken: the log here does not continue what was signed; nothing is written.
    """
    await connection.execute("select pg_advisory_xact_lock($1)", SEQUENCER_LOCK)
    head = await connection.fetchrow(
        """select size, root, signed_at, public_key, note, stack from transparency_head
            order by size desc, signed_at desc limit 1"""
    )
    tree = await _tree(connection, head)
    if remembered is not None:
        await _refuse_other_history(connection, tree, remembered)
    before = tree.size
    if head is None:
        await _append(connection, tree, [_opening_leaf(key, now)])
    elif head["public_key"] != key.public:
        await _append(connection, tree, [_key_leaf(key, now)])
    last = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    while tree.size - before < MOST_LEAVES:
        rows = await _take(connection, last)
        if not rows:
            break
        last = (rows[-1]["queued_at"], rows[-1]["id"])
        await _append(connection, tree, await _read(connection, rows))
    signed = tree.size > before or head is None or now - head["signed_at"] >= HEAD_EVERY
    if signed:
        await _sign(connection, tree, key, now)
    return Sequenced(tree.size - before, tree.size, signed)


async def _tree(connection: Connection, head: asyncpg.Record | None) -> Frontier:
    """The tree as the last head left it, once that head and the leaves are found to belong together."""
    leaves = await connection.fetchval("select coalesce(max(position) + 1, 0) from transparency_leaf")
    size = head["size"] if head else 0
    if leaves != size:
        raise LogBroken(
            N_("The last head counts {size} leaves, but there are {leaves}."), size=size, leaves=leaves
        )
    if head is None:
        return Frontier()
    tree = Frontier.of_stack(size, head["stack"])
    said = read_note(head["note"], head["public_key"])
    if (said.size, said.root) != (size, head["root"]) or tree.root() != head["root"]:
        raise LogBroken(N_("The head of {size} leaves is not the one that was signed."), size=size)
    return tree


async def _refuse_other_history(connection: Connection, tree: Frontier, remembered: Checkpoint) -> None:
    """The head kept outside must be a beginning of the log here."""
    goes_on = remembered.size <= tree.size
    if goes_on and remembered.size:
        path = await prove_consistency(connection, remembered.size, tree.size)
        goes_on = verify_consistency(remembered.size, tree.size, remembered.root, tree.root(), path)
    if not goes_on:
        raise LogBroken(
            N_(
                "The log here ({size} leaves) does not continue the head of {kept} leaves kept in the data folder. Was a"
                " backup restored, or were rows rewritten? Compare with an outside keeper before going on."
            ),
            size=tree.size,
            kept=remembered.size,
        )


def _opening_leaf(key: LogKey, now: datetime) -> _Waiting:
    opened = new_id()
    content = canonical({"id": opened, "name": key.name, "opened_at": now, "public_key": key.public})
    return _Waiting(opened, OPENED, None, None, True, content, False)


def _key_leaf(key: LogKey, now: datetime) -> _Waiting:
    changed = new_id()
    content = canonical({"changed_at": now, "id": changed, "name": key.name, "public_key": key.public})
    return _Waiting(changed, "log.key-changed", None, None, True, content, False)


async def _take(connection: Connection, last: tuple[datetime, UUID]) -> list[asyncpg.Record]:
    """The oldest rows of the queue after `last`, out of it; from `last` on, so that rows just taken are not passed again."""
    rows = await connection.fetch(
        """with oldest as (
               select id from transparency_queue where (queued_at, id) > ($2, $3) order by queued_at, id limit $1)
           delete from transparency_queue q using oldest o where q.id = o.id returning q.*""",
        ROWS_AT_ONCE,
        *last,
    )
    return sorted(rows, key=lambda row: (row["queued_at"], row["id"]))


async def _read(connection: Connection, rows: Sequence[asyncpg.Record]) -> list[_Waiting]:
    """The objects of the rows, read, without those that have their place already."""
    read = await _read_sources(connection, rows)
    waiting: dict[tuple[UUID, str], _Waiting] = {}
    for row in rows:
        for object_id in row["object_ids"]:
            one = _waiting(row, object_id, read)
            if one is not None:
                waiting.setdefault((object_id, row["kind"]), one)
    known = await connection.fetch(
        """select p.object_id, p.kind from transparency_place p
             join unnest($1::uuid[], $2::text[]) as w(object_id, kind) using (object_id, kind)""",
        [object_id for object_id, _ in waiting],
        [kind for _, kind in waiting],
    )
    for row in known:
        del waiting[row["object_id"], row["kind"]]
    return list(waiting.values())


async def _read_sources(
    connection: Connection, rows: Iterable[asyncpg.Record]
) -> dict[tuple[UUID, str], Sourced]:
    wanted: dict[str, list[UUID]] = {}
    for row in rows:
        if row["content"] is None:
            wanted.setdefault(row["kind"], []).extend(row["object_ids"])
    read = {}
    for kind, ids in wanted.items():
        if kind not in SOURCES:
            raise LogBroken(N_("Nobody here knows how to read what is handed in as {kind}."), kind=kind)
        for one in await SOURCES[kind].read(connection, ids):
            read[one.object_id, kind] = one
    return read


def _waiting(row: asyncpg.Record, object_id: UUID, read: dict[tuple[UUID, str], Sourced]) -> _Waiting | None:
    """None for an id whose row is not there: only a forged line of the queue names such a one."""
    kind = row["kind"]
    if row["content"] is not None:
        tenant = row["tenant_id"] if row["tenant_id"] is not None or row["public"] else NOBODY
        return _Waiting(
            object_id, kind, tenant, row["number"], row["public"], row["content"], not row["public"]
        )
    found = read.get((object_id, kind))
    if found is None:
        return None
    return _Waiting(object_id, kind, found.tenant_id, row["number"], False, found.content, False)


async def _append(connection: Connection, tree: Frontier, waiting: Sequence[_Waiting]) -> None:
    """Write the leaves, where they stand, what opens them, and the hashes of the full subtrees they complete."""
    if not waiting:
        return
    first = tree.size
    secrets = await _secrets(connection, {one.tenant_id for one in waiting if not one.public}, first)
    leaves = [
        public_leaf(one.kind, one.content)
        if one.public
        else private_leaf(one.kind, commitment(salt_of(secrets[one.tenant_id], one.object_id), one.content))
        for one in waiting
    ]
    positions = list(range(first, first + len(leaves)))
    await connection.execute(
        """insert into transparency_leaf (position, kind, content)
           select * from unnest($1::bigint[], $2::text[], $3::bytea[])""",
        positions,
        [one.kind for one in waiting],
        leaves,
    )
    await connection.execute(
        """insert into transparency_place (object_id, kind, tenant_id, number, position)
           select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[])""",
        [one.object_id for one in waiting],
        [one.kind for one in waiting],
        [None if one.public else one.tenant_id for one in waiting],
        [one.number for one in waiting],
        positions,
    )
    kept = [one for one in waiting if one.keep]
    await connection.execute(
        """insert into transparency_opening (object_id, kind, tenant_id, content)
           select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[])""",
        [one.object_id for one in kept],
        [one.kind for one in kept],
        [one.tenant_id for one in kept],
        [one.content for one in kept],
    )
    await _keep_nodes(connection, first, tree.extend(leaves))


async def _secrets(
    connection: Connection, tenants: set[UUID | None], position: int
) -> dict[UUID | None, bytes]:
    """The secret of each tenant, made at its first leaf."""
    wanted = list(tenants)
    rows = await connection.fetch(
        """select distinct on (tenant_id) tenant_id, secret from transparency_secret
            where tenant_id = any ($1) order by tenant_id, from_position desc""",
        wanted,
    )
    secrets: dict[UUID | None, bytes] = {row["tenant_id"]: row["secret"] for row in rows}
    fresh = {tenant: os.urandom(SALT_BYTES) for tenant in wanted if tenant not in secrets}
    await connection.execute(
        """insert into transparency_secret (tenant_id, from_position, secret)
           select t, $2, s from unnest($1::uuid[], $3::bytea[]) as fresh(t, s)""",
        list(fresh),
        position,
        list(fresh.values()),
    )
    return secrets | fresh


async def _keep_nodes(connection: Connection, first: int, completed: list[list[bytes]]) -> None:
    rows = [
        (level, position, node)
        for level, hashes in enumerate(completed)
        if level and level % STORED_EVERY == 0
        for position, node in enumerate(hashes, first >> level)
    ]
    await connection.execute(
        """insert into transparency_node (level, position, hash)
           select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])""",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
    )


async def _sign(connection: Connection, tree: Frontier, key: LogKey, now: datetime) -> None:
    root = tree.root() if tree.size else EMPTY_ROOT
    await connection.execute(
        """insert into transparency_head (id, size, root, signed_at, key_id, public_key, note, stack)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        new_id(),
        tree.size,
        root,
        now,
        key.key_id,
        key.public,
        key.sign(Checkpoint(key.name, tree.size, root, now)),
        tree.stack(),
    )
