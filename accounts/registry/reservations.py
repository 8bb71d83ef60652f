"""Credits set aside for another holder, in two phases: reserved, then settled, released, aborted, stopped or expired (LED-5).

A *transfer* waits for its hour (DUAL-4) and is executed by the scheduler; a *hold* waits for whoever placed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.registry.moves import Leg, Move, account, move, today
from accounts.registry.selection import Pick, one_batch
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

Ending = Literal["released", "aborted", "stopped", "expired"]


@dataclass(frozen=True)
class Reservation:
    """`remaining_t` is still set aside; `executes_at` is when a pending transfer goes, `expires_at` when a hold ends."""

    id: UUID
    kind: str
    state: str
    holder_id: UUID
    to_tenant_id: UUID
    batch_number: int
    quantity_t: int
    settled_t: int
    remaining_t: int
    trusted: bool
    memo: str
    opened_at: datetime
    executes_at: datetime | None
    expires_at: datetime | None
    closed_at: datetime | None
    closed_reason: str


QUERY = """
    select id, kind, state, tenant_id as holder_id, to_tenant_id, batch_number, quantity as quantity_t,
           settled as settled_t, case when state = 'pending' then quantity - settled else 0 end as remaining_t,
           trusted, memo, opened_at, executes_at, expires_at, closed_at, closed_reason
      from registry_transfer
"""


async def hold(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    to_tenant_id: UUID,
    key: str,
    kind: Literal["hold", "transfer"] = "hold",
    executes_at: datetime | None = None,
    expires_at: datetime | None = None,
    trusted: bool = False,
    memo: str = "",
) -> Reservation:
    """Set credits aside for another holder; they count as reserved and can do nothing else until it ends.

    Raises:
        Problem: for oneself, or the end lies in the past.
        Conflict: not enough free, or the account is frozen.
    """
    if to_tenant_id == actor.tenant_id:
        raise Problem(N_("Sender and receiver are the same account."), at="to_tenant_id")
    now: datetime = await connection.fetchval("select now()")
    if expires_at is not None and expires_at <= now:
        raise Problem(N_("The end of a hold lies in the future."), at="expires_at")
    claim, batch_number = new_id(), one_batch(picks)
    held = await account(connection, tenant_id=actor.tenant_id, batch_number=batch_number, state="held")
    reserved = await account(
        connection, tenant_id=actor.tenant_id, batch_number=batch_number, state="reserved"
    )
    legs = tuple(Leg(held, reserved, pick.quantity_t, pick.first, to_claim=claim) for pick in picks)
    moved = await move(connection, Move("reserve", key, legs, await today(connection), memo))
    if moved.replayed:
        raise Conflict(N_("This key has placed a hold before; make a new key for a new hold."), at="key")
    await connection.execute(
        """insert into registry_transfer (id, tenant_id, to_tenant_id, kind, batch_number, quantity, settled, state,
               trusted, memo, opened_by, opened_at, executes_at, expires_at, closed_reason)
           values ($1, $2, $3, $4, $5, $6, 0, 'pending', $7, $8, $9, $10, $11, $12, '')""",
        claim,
        actor.tenant_id,
        to_tenant_id,
        kind,
        batch_number,
        sum(pick.quantity_t for pick in picks),
        trusted,
        memo,
        actor.person_id,
        moved.moved_at,
        executes_at,
        expires_at,
    )
    await audit.record(
        connection,
        actor,
        act=f"credit.{kind}.open",
        object_kind=kind,
        object_id=claim,
        details={
            "batch": batch_number,
            "quantity_t": sum(pick.quantity_t for pick in picks),
            "to_tenant_id": to_tenant_id,
        },
    )
    return await read_reservation(connection, claim)


async def settle(
    connection: Connection,
    actor: Actor | None,
    *,
    reservation_id: UUID,
    key: str,
    quantity_t: int | None = None,
) -> Reservation:
    """Hand over what was set aside, or the first `quantity_t` of it; the rest stays set aside.

    Raises:
        NotFound: no such hold or transfer of the holder.
        Conflict: ended already, its time is over, or less is left.
    """
    found = await lock_reservation(connection, reservation_id)
    await _still_open(connection, found)
    part = found.remaining_t if quantity_t is None else quantity_t
    if not 1 <= part <= found.remaining_t:
        raise Conflict(
            N_("{remaining} t are set aside; {quantity} t cannot be handed over."),
            at="quantity_t",
            remaining=found.remaining_t,
            quantity=part,
        )
    reserved = await account(
        connection, tenant_id=found.holder_id, batch_number=found.batch_number, state="reserved"
    )
    theirs = await account(
        connection, tenant_id=found.to_tenant_id, batch_number=found.batch_number, state="held"
    )
    leg = Leg(reserved, theirs, part, from_claim=found.id)
    await move(connection, Move("settle", key, (leg,), await today(connection), found.memo))
    await connection.execute(
        """update registry_transfer set settled = settled + $2,
                  state = case when settled + $2 = quantity then 'executed' else state end,
                  closed_at = case when settled + $2 = quantity then clock_timestamp() end
            where id = $1""",
        found.id,
        part,
    )
    await _note(connection, actor, found, "settle", {"quantity_t": part})
    return await read_reservation(connection, found.id)


async def release(
    connection: Connection,
    actor: Actor | None,
    *,
    reservation_id: UUID,
    ending: Ending = "released",
    reason: str = "",
) -> Reservation:
    """Give back to the holder what is still set aside; the end is final.

    Raises:
        NotFound: no such hold or transfer of the holder.
        Conflict: ended already.
    """
    found = await lock_reservation(connection, reservation_id)
    if found.state != "pending":
        raise Conflict(_ENDED, state=found.state)
    reserved = await account(
        connection, tenant_id=found.holder_id, batch_number=found.batch_number, state="reserved"
    )
    held = await account(connection, tenant_id=found.holder_id, batch_number=found.batch_number, state="held")
    leg = Leg(reserved, held, found.remaining_t, from_claim=found.id)
    await move(connection, Move("release", f"{found.id} {ending}", (leg,), await today(connection), reason))
    await connection.execute(
        """update registry_transfer set state = $2, closed_at = clock_timestamp(), closed_reason = $3 where id = $1""",
        found.id,
        ending,
        reason,
    )
    await _note(connection, actor, found, ending, {"reason": reason} if reason else {})
    return await read_reservation(connection, found.id)


async def read_reservation(connection: Connection, reservation_id: UUID) -> Reservation:
    """A hold or transfer the tenant has a part in.

    Raises:
        NotFound: not there, or the tenant has no part in it.
    """
    row = await connection.fetchrow(f"{QUERY} where id = $1", reservation_id)
    if row is None:
        raise no_such_reservation()
    return reservation_of(row)


async def lock_reservation(connection: Connection, reservation_id: UUID) -> Reservation:
    """The same, locked to the end of the transaction, so that of two ends one wins."""
    row = await connection.fetchrow(f"{QUERY} where id = $1 for update", reservation_id)
    if row is None:
        raise no_such_reservation()
    return reservation_of(row)


def no_such_reservation() -> NotFound:
    """Not there, or not yours: the same answer."""
    return NotFound(N_("There is no such transfer or hold."))


def reservation_of(row: asyncpg.Record) -> Reservation:
    """A row of `QUERY`."""
    return Reservation(**dict(row))


async def _still_open(connection: Connection, found: Reservation) -> None:
    if found.state != "pending":
        raise Conflict(_ENDED, state=found.state)
    if found.expires_at is not None and found.expires_at <= await connection.fetchval("select now()"):
        raise Conflict(N_("The time of this hold is over; place a new one."))


async def _note(
    connection: Connection, actor: Actor | None, found: Reservation, act: str, details: dict[str, object]
) -> None:
    await audit.record(
        connection,
        actor,
        act=f"credit.{found.kind}.{act}",
        object_kind=found.kind,
        object_id=found.id,
        details={"batch": found.batch_number, **details},
    )


_ENDED = N_("This has ended already ({state}); what has ended stays ended.")
