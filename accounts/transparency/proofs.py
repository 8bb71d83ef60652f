"""Proofs from the log as it is stored: a few dozen rows, however many leaves there are.

Hashes of full subtrees are kept at every fourth level; one between two kept levels is folded from at most eight
below it. The lowest are hashed from the leaves' own bytes, so that a leaf that was changed cannot be proved.
"""

from collections.abc import Iterable

from accounts.database.transactions import Connection
from carbon.merkle import Place, Range, consistency_ranges, inclusion_ranges, needed, node_hash, proof

STORED_EVERY = 4
"""Levels from one whose hashes are stored to the next; part of the stored form."""


async def prove_inclusion(connection: Connection, index: int, size: int) -> list[bytes]:
    """The path from the leaf at `index` to the root of the first `size` leaves.

    Raises:
        ValueError: no such leaf among them.
    """
    return await _proof(connection, inclusion_ranges(index, size))


async def prove_consistency(connection: Connection, first: int, second: int) -> list[bytes]:
    """The hashes that show the first `second` leaves to begin with the first `first`.

    Raises:
        ValueError: not 0 < first <= second.
    """
    return await _proof(connection, consistency_ranges(first, second))


async def _proof(connection: Connection, ranges: list[Range]) -> list[bytes]:
    stored = await _read(connection, {below for place in needed(ranges) for below in _kept_below(place)})

    def node(level: int, index: int) -> bytes:
        hashes = [stored[place] for place in _kept_below((level, index))]
        while len(hashes) > 1:
            sides = iter(hashes)
            hashes = [node_hash(left, right) for left, right in zip(sides, sides, strict=True)]
        return hashes[0]

    return proof(ranges, node)


def _kept_below(place: Place) -> Iterable[Place]:
    """The kept full subtrees that make up one that may lie between two kept levels."""
    level, index = place
    above = level % STORED_EVERY
    return [(level - above, at) for at in range(index << above, (index + 1) << above)]


async def _read(connection: Connection, places: set[Place]) -> dict[Place, bytes]:
    leaves = [index for level, index in places if level == 0]
    higher = [place for place in places if place[0]]
    rows = await connection.fetch(
        """select 0::smallint as level, position, sha256('\\x00'::bytea || content) as hash
             from transparency_leaf where position = any ($1)
           union all
           select n.level, n.position, n.hash from transparency_node n
             join unnest($2::smallint[], $3::bigint[]) as w(level, position) using (level, position)""",
        leaves,
        [level for level, _ in higher],
        [index for _, index in higher],
    )
    return {(row["level"], row["position"]): row["hash"] for row in rows}
