"""Credits through their life: issue, transfer, hold, settle, release, retire, cancel, pledge. The front door of this room.

Every function takes the connection of an open `transaction(tenant=actor.tenant_id)`, so that what it does commits
with the act it belongs to; it asks for no permission: the use-case that calls it has done so. PostgreSQL keeps the
laws (docs/registry.md). Freezing is in `freezes.py`, the buffer in `buffer.py`, what a register shows in `reading.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.registry.batches import (
    BLOCK_QUERY,
    Batch,
    Block,
    batch_of_serial,
    block_of,
    open_batch,
    read_batch,
    serials_of,
)
from accounts.registry.moves import Leg, Move, Moved, account, issuing_account, move, today
from accounts.registry.pledges import pledge_enforce, pledge_lock, pledge_release
from accounts.registry.reservations import hold, no_such_reservation, release, settle
from accounts.registry.retirements import cancel, retire
from accounts.registry.selection import Pick, pick_serial, picks_of
from accounts.transparency import log
from carbon.errors import N_, KeyReused, Problem
from carbon.identifiers import new_id

__all__ = [
    "Batch", "Block", "Pick", "Transferred", "batch_of_serial", "cancel", "fresh_key", "hold", "issue", "no_such_reservation",
    "pick_serial", "picks_of", "pledge_enforce",
    "pledge_lock", "pledge_release", "read_batch", "release", "retire", "settle", "transfer",
]  # fmt: skip


async def issue(
    connection: Connection,
    actor: Actor,
    *,
    scheme: str,
    project_id: UUID | None,
    project_code: str,
    holder_tenant_id: UUID,
    vintage_year: int,
    quantity_t: int,
    buffer_t: int = 0,
    source_kind: str,
    source_id: str | UUID,
    key: str,
    project_name: str = "",
) -> list[Block]:
    """Bring `quantity_t` numbers into being, of which the last `buffer_t` go to the keeper's buffer pool.

    The transaction is an authority's, which keeps the line from its first issuance on. The same key again gives
    the same blocks.

    Raises:
        NotPermitted: no authority, or not the one that keeps this line.
        Problem: a quantity below 1, more buffer than issued, or a code that cannot stand in a serial.
        KeyReused: the key came before with another request.
    """
    if quantity_t < 1 or not 0 <= buffer_t <= quantity_t:
        raise Problem(
            N_(
                "Issue at least 1 t, of which 0 to all may go to the buffer; not {quantity} t with {buffer} t."
            ),
            at="quantity_t",
            quantity=quantity_t,
            buffer=buffer_t,
        )
    batch = await open_batch(
        connection,
        scheme=scheme,
        # A code that begins with its scheme would say it twice in every serial.
        project_code=project_code.removeprefix(f"{scheme}-"),
        vintage_year=vintage_year,
        project_id=project_id,
        project_name=project_name,
    )
    known = await connection.fetchrow(
        "select * from registry_issuance where keeper_id = $1 and key = $2", actor.tenant_id, key
    )
    if known is not None:
        same = (
            known["batch_number"],
            known["tenant_id"],
            known["buffer_t"],
            known["last"] - known["first"] + 1,
        )
        if same != (batch.number, holder_tenant_id, buffer_t, quantity_t):
            raise KeyReused(
                N_("The key {key} was used for another issuance; make a new key for a new one."), key=key
            )
        return await issued_blocks(connection, known["entry_id"])
    first: int = await connection.fetchval("select registry_take_numbers($1, $2)", batch.number, quantity_t)
    moved = await _post_issue(connection, batch, holder_tenant_id, first, quantity_t, buffer_t, key)
    issuance_id = new_id()
    await connection.execute(
        """insert into registry_issuance (id, batch_number, first, last, buffer_t, tenant_id, keeper_id, source_kind,
               source_id, key, entry_id, issued_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        issuance_id,
        batch.number,
        first,
        first + quantity_t - 1,
        buffer_t,
        holder_tenant_id,
        actor.tenant_id,
        source_kind,
        str(source_id),
        key,
        moved.entry_id,
        moved.moved_at,
    )
    serial = batch.serial(first, first + quantity_t - 1)
    await log.submit(
        connection,
        "credit.issuance",
        {
            "serial": serial,
            "quantity_t": quantity_t,
            "buffer_t": buffer_t,
            "source": f"{source_kind} {source_id}",
        },
        object_id=issuance_id,
        number=serial,
    )
    await audit.record(
        connection,
        actor,
        act="credit.issue",
        object_kind="issuance",
        object_id=issuance_id,
        details={"serial": serial, "buffer_t": buffer_t, "holder_id": holder_tenant_id},
    )
    return await issued_blocks(connection, moved.entry_id)


async def _post_issue(
    connection: Connection, batch: Batch, holder: UUID, first: int, quantity_t: int, buffer_t: int, key: str
) -> Moved:
    source = await issuing_account(connection, keeper_id=batch.keeper_id, batch_number=batch.number)
    legs: list[Leg] = []
    free = quantity_t - buffer_t
    if free:
        held = await account(connection, tenant_id=holder, batch_number=batch.number, state="held")
        legs.append(Leg(source, held, free, first))
    if buffer_t:
        pool = await account(connection, tenant_id=batch.keeper_id, batch_number=batch.number, state="buffer")
        legs.append(Leg(source, pool, buffer_t, first + free))
    return await move(connection, Move("issue", key, tuple(legs), await today(connection)))


async def issued_blocks(connection: Connection, entry_id: UUID) -> list[Block]:
    """The blocks an issuance began with; those given on since show as they were."""
    rows = await connection.fetch(
        f"{BLOCK_QUERY} where b.entry_id = $1 and b.act = 'issue' order by b.first", entry_id
    )
    return [block_of(row) for row in rows]


@dataclass(frozen=True)
class Transferred:
    """A transfer that has happened at once."""

    entry_id: UUID
    to_tenant_id: UUID
    quantity_t: int
    serials: tuple[str, ...]
    moved_at: datetime


async def transfer(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    to_tenant_id: UUID,
    key: str,
    memo: str = "",
) -> Transferred:
    """Give credits to another holder at once; several runs, of several batches, go together or not at all.

    Raises:
        Problem: to oneself, or nothing chosen.
        Conflict: not enough free, or the numbers are no longer there.
    """
    if to_tenant_id == actor.tenant_id:
        raise Problem(N_("Sender and receiver are the same account."), at="to_tenant_id")
    legs = []
    for pick in picks:
        debit = await account(
            connection, tenant_id=actor.tenant_id, batch_number=pick.batch_number, state="held"
        )
        credit = await account(
            connection, tenant_id=to_tenant_id, batch_number=pick.batch_number, state="held"
        )
        legs.append(Leg(debit, credit, pick.quantity_t, pick.first))
    moved = await move(
        connection,
        Move("transfer", key, tuple(legs), await today(connection), memo, _request(picks, to_tenant_id)),
    )
    serials = await serials_of(connection, moved.entry_id)
    await audit.record(
        connection,
        actor,
        act="credit.transfer",
        object_kind="entry",
        object_id=moved.entry_id,
        details={"serials": serials, "to_tenant_id": to_tenant_id},
    )
    return Transferred(
        moved.entry_id, to_tenant_id, sum(pick.quantity_t for pick in picks), tuple(serials), moved.moved_at
    )


def _request(picks: Sequence[Pick], to_tenant_id: UUID) -> dict[str, Any]:
    return {
        "to": to_tenant_id,
        "picks": [[pick.batch_number, pick.quantity_t, pick.first] for pick in picks],
    }


def fresh_key() -> str:
    """A key for an act whose door asked for none."""
    return str(new_id())
