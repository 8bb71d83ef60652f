"""Whether tonnes were used once: what the public log says about the numbers of a serial."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from accounts.database.transactions import transaction
from accounts.transparency.reading import Leaf
from carbon.credits import Serial, parse_serial
from carbon.errors import Problem

FINAL_KINDS = ("credit.cancellation", "credit.retirement")
ISSUANCE = "credit.issuance"
MOST_LISTED = 1_000


@dataclass(frozen=True)
class Uses:
    """The leaves that name any of the numbers; `once` when each was issued once and used up once."""

    serials: tuple[str, ...]
    issued: tuple[Leaf, ...]
    used: tuple[Leaf, ...]
    once: bool


async def read_uses(serials: Sequence[str]) -> Uses:
    """Every public leaf about the numbers of these serials."""
    wanted = list(_serials(serials))
    lines = sorted({_line(one) for one in wanted})
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select position, kind, content, encode(sha256('\\x00'::bytea || content), 'hex') as hash
                 from transparency_leaf l
                where kind = any ($1)
                  and exists (select from unnest($2::bytea[]) as w(line) where position(w.line in l.content) > 0)
                order by position limit $3""",
            [ISSUANCE, *FINAL_KINDS],
            [f"{line}-".encode() for line in lines],
            MOST_LISTED,
        )
    leaves = [Leaf(row["position"], row["kind"], row["content"].decode(), row["hash"]) for row in rows]
    issued = [leaf for leaf in leaves if leaf.kind == ISSUANCE and _touches(leaf, wanted)]
    used = [leaf for leaf in leaves if leaf.kind in FINAL_KINDS and _touches(leaf, wanted)]
    once = 0 < len(wanted) == len(serials) and all(
        _covered_once(one, issued) and _covered_once(one, used) for one in wanted
    )
    return Uses(tuple(serials), tuple(issued), tuple(used), once)


def serials_in(leaf: Leaf) -> tuple[str, ...]:
    """The serials a public leaf names."""
    content = msgspec.json.decode(leaf.content).get("content", {})
    named = content.get("serials") or ([content["serial"]] if "serial" in content else [])
    return tuple(str(one) for one in named)


def _serials(texts: Iterable[str]) -> Iterable[Serial]:
    for text in texts:
        try:
            yield parse_serial(text)
        except Problem:
            continue


def _line(serial: Serial) -> str:
    return f"{serial.scheme}-{serial.project_code}-{serial.vintage_year}"


def _overlap(one: Serial, other: Serial) -> tuple[int, int] | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return (first, last) if _line(one) == _line(other) and first <= last else None


def _touches(leaf: Leaf, wanted: Sequence[Serial]) -> bool:
    return any(_overlap(one, other) for one in _serials(serials_in(leaf)) for other in wanted)


def _covered_once(wanted: Serial, leaves: Sequence[Leaf]) -> bool:
    """Each number of `wanted` stands in these leaves exactly once."""
    runs = sorted(
        run
        for leaf in leaves
        for one in _serials(serials_in(leaf))
        if (run := _overlap(one, wanted)) is not None
    )
    next_number = wanted.first
    for first, last in runs:
        if first != next_number:
            return False
        next_number = last + 1
    return next_number == wanted.last + 1
