"""What the log shows: heads, leaves, where things stand, and proofs. Everybody reads the public part.

A tenant finds the places of its own objects too, and what opens its commitments.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.transparency.canonical import salt_of
from accounts.transparency.proofs import prove_consistency, prove_inclusion
from accounts.transparency.signing import verification_key
from accounts.transparency.sources import SOURCES
from carbon.errors import N_, NotFound, Problem
from carbon.merkle import leaf_hash

MOST_LISTED = 1_000
MOST_LEAVES = 2**53
"""No index is larger; beyond it numbers of JSON are not exact."""


@dataclass(frozen=True)
class Head:
    """A signed head; `note` is the signed text, `root` hexadecimal."""

    size: int
    root: str
    signed_at: datetime
    key_id: str
    note: str


@dataclass(frozen=True)
class Leaf:
    """One leaf; `content` is the text whose bytes are hashed."""

    index: int
    kind: str
    content: str
    hash: str


@dataclass(frozen=True)
class Inclusion:
    """That a leaf stands in the tree of a signed head: all a verifier needs but the key. Hashes are hexadecimal."""

    leaf: Leaf
    size: int
    path: tuple[str, ...]
    head: Head


@dataclass(frozen=True)
class Consistency:
    """That the second head's tree begins with the first's."""

    first: Head
    second: Head
    path: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """What a commitment was made to: SHA-256(salt ‖ content) is in the leaf."""

    leaf: Leaf
    salt: str
    content: str


@dataclass(frozen=True)
class Key:
    """A key heads were signed with; `line` is the form to keep (signed-note)."""

    key_id: str
    line: str
    public_key: str
    first_used_at: datetime


@dataclass(frozen=True)
class Keeper:
    """An outside keeper and the newest head it holds."""

    name: str
    size: int
    delivered_at: datetime


_HEAD = "select size, root, signed_at, key_id, note from transparency_head"
_LEAF = "select position, kind, content from transparency_leaf"


def _head(row: asyncpg.Record) -> Head:
    return Head(row["size"], row["root"].hex(), row["signed_at"], row["key_id"], row["note"])


def _leaf(row: asyncpg.Record) -> Leaf:
    return Leaf(row["position"], row["kind"], row["content"].decode(), leaf_hash(row["content"]).hex())


async def latest_head() -> Head:
    """The newest signed head.

    Raises:
        NotFound: nothing has been signed yet.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        return await _head_of(connection, None)


async def _head_of(connection: Connection, size: int | None) -> Head:
    row = await connection.fetchrow(
        f"{_HEAD} where $1::bigint is null or size = $1 order by size desc, signed_at desc limit 1", size
    )
    if row is None and size is None:
        raise NotFound(N_("The log has no signed head yet; the first comes within a minute of its start."))
    if row is None:
        raise NotFound(
            N_("No head of {size} leaves was signed; the list of heads says which were."), size=size
        )
    return _head(row)


async def list_heads(*, before: int | None = None, limit: int = 50) -> list[Head]:
    """Newest first; `before` is the size of the last head of the page above."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            f"{_HEAD} where $1::bigint is null or size < $1 order by size desc, signed_at desc limit $2",
            before,
            min(limit, MOST_LISTED),
        )
    return [_head(row) for row in rows]


async def list_keys() -> list[Key]:
    """Every key heads were signed with, the newest first."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select key_id, public_key, min(signed_at) as first_used_at, split_part(min(note), e'\\n', 1) as name
                 from transparency_head group by key_id, public_key order by first_used_at desc"""
        )
    return [
        Key(
            row["key_id"],
            verification_key(row["name"], row["public_key"]),
            row["public_key"].hex(),
            row["first_used_at"],
        )
        for row in rows
    ]


async def list_keepers() -> list[Keeper]:
    """Where heads lie outside, each with the newest it holds."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select d.keeper, max(h.size) as size, max(d.delivered_at) as delivered_at
                 from transparency_delivery d join transparency_head h on h.id = d.head_id
                group by d.keeper order by d.keeper"""
        )
    return [Keeper(row["keeper"], row["size"], row["delivered_at"]) for row in rows]


async def list_leaves(*, start: int = 0, limit: int = 100) -> list[Leaf]:
    """Leaves from `start` on, in their order."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            f"{_LEAF} where position >= $1 order by position limit $2", start, min(limit, MOST_LISTED)
        )
    return [_leaf(row) for row in rows]


async def read_leaf(*, index: int) -> Leaf:
    """The leaf at a position.

    Raises:
        NotFound: there is none yet.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        return await _leaf_at(connection, index)


async def _leaf_at(connection: Connection, index: int) -> Leaf:
    there = 0 <= index < MOST_LEAVES
    row = await connection.fetchrow(f"{_LEAF} where position = $1", index) if there else None
    if row is None:
        raise NotFound(N_("The log has no leaf {index} yet."), index=index)
    return _leaf(row)


async def find_leaves(
    *,
    tenant_id: UUID | None = None,
    object_id: UUID | None = None,
    number: str | None = None,
    leaf_hash: str | None = None,
) -> list[Leaf]:
    """Leaves about an object, a number (such as a certificate's), or with a hash; of private ones only the tenant's own."""
    async with transaction(tenant=tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select l.position, l.kind, l.content from transparency_leaf l
                where l.position in (select p.position from transparency_place p
                                      where ($1::uuid is not null and p.object_id = $1)
                                         or ($2::text is not null and p.number = $2))
                   or ($3::bytea is not null and sha256('\\x00'::bytea || l.content) = $3)
                order by l.position limit $4""",
            object_id,
            number,
            _hash_of(leaf_hash),
            MOST_LISTED,
        )
    return [_leaf(row) for row in rows]


def _hash_of(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Problem(N_("{value} is no hash in hexadecimal digits."), value=text, at="hash") from None


async def prove_leaf(*, index: int, size: int | None = None) -> Inclusion:
    """That the leaf at `index` stands under the head of `size` leaves, the newest without one.

    Raises:
        NotFound: no such leaf or head, or the leaf is younger than the head.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        head = await _head_of(connection, size)
        leaf = await _leaf_at(connection, index)
        if index >= head.size:
            raise NotFound(
                N_("Leaf {index} is younger than the head of {size} leaves; ask for a later head."),
                index=index,
                size=head.size,
            )
        path = await prove_inclusion(connection, index, head.size)
    return Inclusion(leaf, head.size, tuple(one.hex() for one in path), head)


async def prove_growth(*, first: int, second: int | None = None) -> Consistency:
    """That the head of `second` leaves, the newest without one, continues the head of `first`.

    Raises:
        NotFound: no such head was signed.
        Problem: the first is empty or longer than the second.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        later = await _head_of(connection, second)
        if not 0 < first <= later.size:
            raise Problem(
                N_("The first size must be from 1 to the second, {second}; it is {first}."),
                at="first",
                first=first,
                second=later.size,
            )
        earlier = await _head_of(connection, first)
        path = await prove_consistency(connection, first, later.size)
    return Consistency(earlier, later, tuple(one.hex() for one in path))


async def open_leaf(*, tenant_id: UUID, object_id: UUID) -> list[Opening]:
    """What the commitments about an object of the tenant were made to; the tenant may show it to whom it wants.

    Raises:
        NotFound: no such object of this tenant stands in the log, or its salt was destroyed.
    """
    async with transaction(tenant=tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select l.position, l.kind, l.content, o.content as opening,
                      (select s.secret from transparency_secret s
                        where s.tenant_id = p.tenant_id and s.from_position <= p.position
                        order by s.from_position desc limit 1) as secret
                 from transparency_place p
                 join transparency_leaf l on l.position = p.position
                 left join transparency_opening o on o.object_id = p.object_id and o.kind = p.kind
                where p.object_id = $1 and p.tenant_id is not null order by l.position""",
            object_id,
        )
        openings = []
        for row in rows:
            content = row["opening"]
            if content is None and row["kind"] in SOURCES:
                seen = await SOURCES[row["kind"]].see(connection, [object_id])
                content = seen[0].content if seen else None
            if content is not None and row["secret"] is not None:
                salt = salt_of(row["secret"], object_id).hex()
                openings.append(Opening(_leaf(row), salt, content.decode()))
    if not openings:
        raise NotFound(N_("Nothing of yours stands in the log under this id, or its salt was destroyed."))
    return openings
