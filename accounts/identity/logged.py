"""How audit records and decisions on drafts are committed to in the public log: whole, by salted commitment."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.transparency.canonical import canonical
from accounts.transparency.sources import NOBODY, Source, Sourced, register

_AUDIT = (
    "id", "tenant_id", "person_id", "person_name", "via", "act", "object_kind", "object_id", "result",
    "request_id", "address", "recorded_at", "details",
)  # fmt: skip
_DECISION = (
    "draft_id", "tenant_id", "approver_tenant_id", "decision", "digest", "decided_by", "natural_person_id",
    "decided_at", "reason",
)  # fmt: skip


def _source(
    kind: str, trigger: str, key: str, columns: Sequence[str], read: str, see: str, count: str
) -> Source:
    """A kind whose rows are committed to with these columns; `read` is for the sequencer, `see` for anybody else."""

    def sourced(rows: Sequence[asyncpg.Record]) -> list[Sourced]:
        return [
            Sourced(
                row[key],
                row["tenant_id"] or NOBODY,
                canonical({name: row[name] for name in columns}),
            )
            for row in rows
        ]

    def by(query: str) -> Callable[[Connection, Sequence[UUID]], Awaitable[list[Sourced]]]:
        async def rows(connection: Connection, ids: Sequence[UUID]) -> list[Sourced]:
            return sourced(await connection.fetch(query, ids))

        return rows

    async def counted(connection: Connection) -> int:
        number: int = await connection.fetchval(count)
        return number

    return register(Source(kind, by(read), by(see), counted, trigger))


AUDIT_RECORD = _source(
    "audit.record",
    "identity_audit_logged",
    "id",
    _AUDIT,
    "select * from identity_read_audit($1)",
    "select * from identity_audit_record where id = any ($1)",
    "select count(*) from identity_audit_record",
)
APPROVAL = _source(
    "approval",
    "identity_decision_logged",
    "draft_id",
    _DECISION,
    "select * from identity_read_decisions($1)",
    "select * from identity_decision where draft_id = any ($1)",
    "select count(*) from identity_decision",
)
