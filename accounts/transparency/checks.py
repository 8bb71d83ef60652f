"""The laws of the log, asked again from the leaves alone: what `carbon log check` runs as the auditor.

The tree is hashed anew from the first leaf to the last; each head ever signed, here and with the keepers, must be a
beginning of it; and every row that must have a leaf is compared with its leaf, byte for byte.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.ledger.checks import MOST_SHOWN, BrokenLaw
from accounts.transparency.canonical import commitment, private_leaf, salt_of
from accounts.transparency.log import SALT_DESTROYED
from accounts.transparency.proofs import STORED_EVERY
from accounts.transparency.signing import LogBroken, read_note
from accounts.transparency.sources import SOURCES, Source
from carbon.merkle import EMPTY_ROOT, Frontier

AT_ONCE = 5_000


@dataclass
class Found:
    """What a check looked at, and what does not hold."""

    leaves: int = 0
    heads: int = 0
    compared: int = 0
    waiting: int = 0
    root: bytes = EMPTY_ROOT
    broken: list[BrokenLaw] = field(default_factory=list)

    def add(self, law: str, about: str, expected: object, found: object) -> None:
        """One breach more; of each law no more than fit a screen."""
        if sum(one.law == law for one in self.broken) < MOST_SHOWN:
            self.broken.append(BrokenLaw(law, about, str(expected), str(found)))


async def check_log(
    connection: Connection, *, public_key: bytes | None = None, kept: Iterable[tuple[str, str]] = ()
) -> Found:
    """Every breach there is; `public_key` is the log's, known from outside; `kept` are (name, text) of keepers' heads.

    Needs a connection that sees all rows, in one transaction of REPEATABLE READ: the auditor's.
    """
    found = Found()
    roots = await _check_heads(connection, found, public_key, kept)
    await _check_tree(connection, found, roots)
    for source in SOURCES.values():
        await _check_rows(connection, found, source)
    await _check_guards(connection, found)
    return found


async def _check_heads(
    connection: Connection, found: Found, public_key: bytes | None, kept: Iterable[tuple[str, str]]
) -> dict[int, list[tuple[str, bytes]]]:
    """Signatures; returns by size the roots that heads claim, and where each claim stands."""
    rows = await connection.fetch(
        "select size, root, public_key, note from transparency_head order by size, signed_at"
    )
    keys = {row["public_key"] for row in rows} | ({public_key} if public_key else set())
    if public_key is not None and rows and rows[-1]["public_key"] != public_key:
        found.add(
            "heads are signed by the log's key", "newest head", public_key.hex(), rows[-1]["public_key"].hex()
        )
    roots: dict[int, list[tuple[str, bytes]]] = {}
    claims = [(f"head of {row['size']} leaves", row["note"], {row["public_key"]}) for row in rows]
    for where, note, allowed in [*claims, *((f"kept {name}", text, keys) for name, text in kept)]:
        said = None
        for key in allowed:
            try:
                said = read_note(note, key)
            except LogBroken:
                continue
        found.heads += 1
        if said is None:
            found.add("heads are signed by the log's key", where, "a good signature", "none")
        else:
            roots.setdefault(said.size, []).append((where, said.root))
    for row in rows:
        if all(root != row["root"] for _, root in roots.get(row["size"], [])):
            found.add(
                "a head's row says what was signed",
                f"head of {row['size']} leaves",
                "the signed root",
                row["root"].hex(),
            )
    return roots


async def _check_tree(
    connection: Connection, found: Found, roots: dict[int, list[tuple[str, bytes]]]
) -> None:
    tree = Frontier()
    async for first, contents in _leaves(connection):
        if first != tree.size:
            found.add("leaves are numbered without gaps", f"leaf {tree.size}", tree.size, first)
            break
        stops = sorted(size for size in roots if tree.size < size < tree.size + len(contents))
        for stop in [*stops, tree.size + len(contents)]:
            start = tree.size
            completed = tree.extend(contents[start - first : stop - first])
            await _compare_nodes(connection, found, start, completed)
            _compare_roots(found, tree, roots)
    found.leaves, found.root = tree.size, tree.root()
    homeless = await connection.fetch(
        """select l.position, l.kind from transparency_leaf l
            where not exists (select from transparency_place p where p.position = l.position and p.kind = l.kind)
            order by 1 limit $1""",
        MOST_SHOWN,
    )
    for row in homeless:
        found.add("every leaf is some object's", f"leaf {row['position']}", row["kind"], "no object")
    for size, claims in roots.items():
        if size > tree.size:
            found.add("a head's tree is the leaves'", claims[0][0], f"{size} leaves", f"{tree.size} leaves")


async def _leaves(connection: Connection) -> AsyncIterator[tuple[int, list[bytes]]]:
    position = 0
    while True:
        rows = await connection.fetch(
            "select position, content from transparency_leaf where position >= $1 order by position limit $2",
            position,
            AT_ONCE,
        )
        if not rows:
            return
        # A gap ends the batch, so that the caller sees it.
        run = [row["content"] for at, row in enumerate(rows) if row["position"] == rows[0]["position"] + at]
        yield rows[0]["position"], run
        position = rows[0]["position"] + len(run)


def _compare_roots(found: Found, tree: Frontier, roots: dict[int, list[tuple[str, bytes]]]) -> None:
    for where, root in roots.get(tree.size, []):
        if root != tree.root():
            found.add("a head's tree is the leaves'", where, root.hex(), tree.root().hex())


async def _compare_nodes(
    connection: Connection, found: Found, start: int, completed: list[list[bytes]]
) -> None:
    for level in range(STORED_EVERY, len(completed), STORED_EVERY):
        first = start >> level
        rows = await connection.fetch(
            "select position, hash from transparency_node where level = $1 and position between $2 and $3",
            level,
            first,
            first + len(completed[level]) - 1,
        )
        stored = {row["position"]: row["hash"] for row in rows}
        for position, node in enumerate(completed[level], first):
            if stored.get(position) != node:
                found.add(
                    "stored hashes are the leaves'",
                    f"subtree {level}/{position}",
                    node.hex(),
                    stored.get(position, b"").hex(),
                )


async def _check_rows(connection: Connection, found: Found, source: Source) -> None:
    """Each place's row is there and gives its leaf; and there are as many rows as places and waiting ones."""
    law = f"a row of {source.kind} is what its leaf committed to"
    after, placed = -1, 0
    while rows := await connection.fetch(_PLACES, source.kind, after, AT_ONCE):
        after, placed = rows[-1]["position"], placed + len(rows)
        seen = {
            one.object_id: one.content
            for one in await source.see(connection, [row["object_id"] for row in rows])
        }
        destroyed = await _destroyed(connection, [row["tenant_id"] for row in rows if row["secret"] is None])
        for row in rows:
            about = f"{source.kind} {row['object_id']} (leaf {row['position']})"
            if row["object_id"] not in seen:
                found.add(law, about, "its row", "none")
            elif row["secret"] is None:
                if row["tenant_id"] not in destroyed:
                    found.add("a missing salt was destroyed on purpose", about, "its salt", "none")
            else:
                salt = salt_of(row["secret"], row["object_id"])
                leaf = private_leaf(source.kind, commitment(salt, seen[row["object_id"]]))
                if leaf != row["content"]:
                    there = row["content"].decode(errors="replace") if row["content"] else None
                    found.add(law, about, there, leaf.decode())
        found.compared += len(rows)
    waiting = await connection.fetchval(
        """select count(distinct one) from transparency_queue q, unnest(q.object_ids) one
            where q.kind = $1 and q.content is null
              and not exists (select from transparency_place p where p.object_id = one and p.kind = $1)""",
        source.kind,
    )
    found.waiting += waiting
    there = await source.count(connection)
    if there > placed + waiting:
        found.add(
            f"every row of {source.kind} has its leaf or waits for it",
            source.kind,
            f"{there} rows",
            f"{placed} leaves and {waiting} waiting",
        )


GUARDS = tuple(
    f"transparency_{table}_{guard}"
    for table in ("leaf", "node", "head", "place")
    for guard in ("append_only", "no_truncate")
)
"""Triggers that refuse changes; those that hand rows in are named by their sources."""


async def _check_guards(connection: Connection, found: Found) -> None:
    names = [*GUARDS, *(source.trigger for source in SOURCES.values())]
    rows = await connection.fetch(
        "select tgname from pg_trigger where tgenabled in ('O', 'A') and tgname = any ($1)", names
    )
    for name in sorted({*names} - {row["tgname"] for row in rows}):
        found.add("the guards of the log are in place and on", f"trigger {name}", "enabled", "missing or off")


_PLACES = """
    select p.object_id, p.tenant_id, p.position, l.content,
           (select s.secret from transparency_secret s
             where s.tenant_id = p.tenant_id and s.from_position <= p.position
             order by s.from_position desc limit 1) as secret
      from transparency_place p left join transparency_leaf l on l.position = p.position
     where p.kind = $1 and p.position > $2 order by p.position limit $3
"""


async def _destroyed(connection: Connection, tenants: Sequence[UUID]) -> set[UUID]:
    rows = await connection.fetch(
        "select object_id from transparency_place where kind = $1 and object_id = any ($2)",
        SALT_DESTROYED,
        list(set(tenants)),
    )
    return {row["object_id"] for row in rows}
