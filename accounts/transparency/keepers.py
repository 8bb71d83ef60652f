"""Heads outside the database: in the data folder, for the signer's own memory, and with outside keepers.

A keeper that is a folder (a mounted disk of another office, a synchronised share) gets each head as a file; what other
kinds of keeper there are is the scheduler's matter. Writing twice is harmless: a head's file has one name.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.transparency.signing import Checkpoint, LogBroken, LogKey, key_of, read_note, verification_key

KEY_NAME = "key.txt"
AT_ONCE = 200


@dataclass(frozen=True)
class Undelivered:
    """A head a keeper does not hold yet, oldest first."""

    head_id: UUID
    size: int
    note: str
    file_name: str


async def undelivered(keeper: str) -> list[Undelivered]:
    """What this keeper still has to get; at most `AT_ONCE`."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select h.id, h.size, h.note, to_char(h.signed_at at time zone 'utc', 'YYYYMMDD"T"HH24MISS"Z"') as signed
                 from transparency_head h
                where not exists (select from transparency_delivery d where d.head_id = h.id and d.keeper = $1)
                order by h.size, h.signed_at limit $2""",
            keeper,
            AT_ONCE,
        )
    return [
        Undelivered(row["id"], row["size"], row["note"], f"head-{row['size']:012}-{row['signed']}.txt")
        for row in rows
    ]


async def note_deliveries(connection: Connection, delivered: Mapping[str, Sequence[UUID]]) -> None:
    """Write down who holds what, once they do."""
    for keeper, heads in delivered.items():
        await connection.execute(
            """insert into transparency_delivery (head_id, keeper)
               select unnest($1::uuid[]), $2 on conflict do nothing""",
            list(heads),
            keeper,
        )


def put_into_folder(folder: Path, heads: Sequence[Undelivered], key: LogKey) -> None:
    """Each head as a file, whole or not at all, with the verification key beside them.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    line = verification_key(key.name, key.public) + "\n"
    known = (folder / KEY_NAME).read_text("ascii") if (folder / KEY_NAME).exists() else ""
    if line not in known:
        _write(folder / KEY_NAME, known + line)
    for head in heads:
        _write(folder / head.file_name, head.note)


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def newest_in(folder: Path) -> Checkpoint | None:
    """The newest head of a folder of ours, signed by a key that the folder knows; None when there is none.

    Raises:
        LogBroken: its newest file is signed by no such key.
    """
    files = sorted(folder.glob("head-*.txt")) if folder.is_dir() else []
    if not files:
        return None
    *others, last = [key_of(line) for line in (folder / KEY_NAME).read_text("ascii").splitlines()]
    note = files[-1].read_text("utf-8")
    for public in others:
        try:
            return read_note(note, public)
        except LogBroken:
            continue
    return read_note(note, last)


def heads_in(folder: Path) -> list[tuple[str, str]]:
    """Name and text of every head of a folder, oldest first."""
    return [(path.name, path.read_text("utf-8")) for path in sorted(folder.glob("head-*.txt"))]
