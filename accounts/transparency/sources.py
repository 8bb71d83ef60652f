"""How to read the rows that triggers hand in by id: entries of the books here, other kinds by their own rooms."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.transparency.canonical import canonical

NOBODY = UUID(int=0)
"""In place of a tenant where there was none, such as a sign-in that failed; never public."""


@dataclass(frozen=True)
class Sourced:
    """A row as it is committed to: whose it is, which, and its canonical content."""

    object_id: UUID
    tenant_id: UUID
    content: bytes


@dataclass(frozen=True)
class Source:
    """A kind's rows: read past the policies by the sequencer, seen as anybody else sees them by a check."""

    kind: str
    read: Callable[[Connection, Sequence[UUID]], Awaitable[Sequence[Sourced]]]
    see: Callable[[Connection, Sequence[UUID]], Awaitable[Sequence[Sourced]]]
    count: Callable[[Connection], Awaitable[int]]
    """How many there are, for a check: each must have its leaf, or wait in the queue."""
    trigger: str
    """What hands them in."""


SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Let a room above say how its rows are read; at import time."""
    SOURCES[source.kind] = source
    return source


def entry_content(row: asyncpg.Record) -> bytes:
    """An entry of the books as it is committed to: what its parties share."""
    legs = zip(
        row["debits"],
        row["debit_tenants"],
        row["credits"],
        row["credit_tenants"],
        row["commodities"],
        row["amounts"],
        strict=True,
    )
    return canonical(
        {
            "hold_id": row["hold_id"],
            "id": row["id"],
            "key": row["key"],
            "kind": row["kind"],
            "legs": [
                {
                    "amount": amount,
                    "commodity": commodity,
                    "credit": credit,
                    "credit_tenant": credit_tenant,
                    "debit": debit,
                    "debit_tenant": debit_tenant,
                }
                for debit, debit_tenant, credit, credit_tenant, commodity, amount in legs
            ],
            "memo": row["memo"],
            "occurred_on": row["occurred_on"],
            "posted_at": row["posted_at"],
            "request_hash": row["request_hash"],
            "reverses": row["reverses"],
            "tenant_id": row["tenant_id"],
        }
    )


def _sourced(rows: Sequence[asyncpg.Record]) -> list[Sourced]:
    return [Sourced(row["id"], row["tenant_id"], entry_content(row)) for row in rows]


async def _read_entries(connection: Connection, ids: Sequence[UUID]) -> list[Sourced]:
    return _sourced(await connection.fetch("select * from transparency_read_entries($1)", ids))


async def _see_entries(connection: Connection, ids: Sequence[UUID]) -> list[Sourced]:
    return _sourced(await connection.fetch("select * from transparency_entries($1)", ids))


async def _count_entries(connection: Connection) -> int:
    counted: int = await connection.fetchval("select count(*) from ledger_entry")
    return counted


LEDGER_ENTRY = register(
    Source("ledger.entry", _read_entries, _see_entries, _count_entries, "transparency_ledger_entry")
)
