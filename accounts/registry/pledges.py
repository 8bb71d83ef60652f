"""Credits locked for a creditor under a contract: they stay the holder's, and only the creditor lets them go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.registry.moves import Leg, Move, account, move, today
from accounts.registry.selection import Pick, one_batch
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id


@dataclass(frozen=True)
class Pledge:
    """`locked_t` is still locked for the pledgee; `state` is locked, released or enforced."""

    id: UUID
    holder_id: UUID
    pledgee_id: UUID
    batch_number: int
    quantity_t: int
    freed_t: int
    locked_t: int
    contract_id: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


QUERY = """
    select id, tenant_id as holder_id, pledgee_id, batch_number, quantity as quantity_t, freed as freed_t,
           quantity - freed as locked_t, contract_id, state, opened_at, closed_at
      from registry_pledge
"""


async def pledge_lock(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    pledgee_tenant_id: UUID,
    contract_id: str | UUID,
    key: str,
) -> Pledge:
    """Lock the holder's credits for a creditor, in the holder's transaction.

    Raises:
        Problem: for oneself.
        Conflict: not enough free, or the account is frozen.
    """
    if pledgee_tenant_id == actor.tenant_id:
        raise Problem(N_("Credits are pledged to somebody else."), at="pledgee_tenant_id")
    pledge_id, batch_number = new_id(), one_batch(picks)
    quantity_t = sum(pick.quantity_t for pick in picks)
    held = await account(connection, tenant_id=actor.tenant_id, batch_number=batch_number, state="held")
    pledged = await account(connection, tenant_id=actor.tenant_id, batch_number=batch_number, state="pledged")
    legs = tuple(Leg(held, pledged, pick.quantity_t, pick.first, to_claim=pledge_id) for pick in picks)
    moved = await move(connection, Move("pledge.lock", key, legs, await today(connection)))
    if moved.replayed:
        raise Conflict(N_("This key has locked a pledge before; make a new key for a new pledge."), at="key")
    await connection.execute(
        """insert into registry_pledge (id, tenant_id, pledgee_id, batch_number, quantity, freed, contract_id, state,
               opened_at) values ($1, $2, $3, $4, $5, 0, $6, 'locked', $7)""",
        pledge_id,
        actor.tenant_id,
        pledgee_tenant_id,
        batch_number,
        quantity_t,
        str(contract_id),
        moved.moved_at,
    )
    details = {"quantity_t": quantity_t, "pledgee_id": pledgee_tenant_id, "contract": str(contract_id)}
    await _note(connection, actor, pledge_id, "lock", details)
    return await read_pledge(connection, pledge_id)


async def pledge_release(
    connection: Connection, actor: Actor, *, pledge_id: UUID, key: str, quantity_t: int | None = None
) -> Pledge:
    """Let the holder have the credits back, all or the first `quantity_t`; in the creditor's transaction.

    Raises:
        NotFound: no such pledge, or the transaction is not the creditor's.
        Conflict: freed already, or less is locked; frozen credits wait for their release.
    """
    return await _free(connection, actor, pledge_id, key, quantity_t, "released")


async def pledge_enforce(
    connection: Connection, actor: Actor, *, pledge_id: UUID, key: str, quantity_t: int | None = None
) -> Pledge:
    """Take the credits for the creditor, who holds them from then on; in the creditor's transaction.

    Raises:
        NotFound: no such pledge, or the transaction is not the creditor's.
        Conflict: freed already, or less is locked; frozen credits wait for their release.
    """
    return await _free(connection, actor, pledge_id, key, quantity_t, "enforced")


async def read_pledge(connection: Connection, pledge_id: UUID) -> Pledge:
    """A pledge the tenant has a part in.

    Raises:
        NotFound: not there, or the tenant has no part in it.
    """
    row = await connection.fetchrow(f"{QUERY} where id = $1", pledge_id)
    if row is None:
        raise NotFound(_NOT_THERE)
    return Pledge(**dict(row))


async def _free(
    connection: Connection, actor: Actor, pledge_id: UUID, key: str, quantity_t: int | None, state: str
) -> Pledge:
    row = await connection.fetchrow(
        f"{QUERY} where id = $1 and pledgee_id = $2 for update", pledge_id, actor.tenant_id
    )
    if row is None:
        raise NotFound(_NOT_THERE)
    found = Pledge(**dict(row))
    part = found.locked_t if quantity_t is None else quantity_t
    if found.state != "locked" or not 1 <= part <= found.locked_t:
        raise Conflict(
            N_("{locked} t are locked under this pledge; {quantity} t cannot be let go."),
            locked=found.locked_t if found.state == "locked" else 0,
            quantity=part,
        )
    receiver = found.holder_id if state == "released" else actor.tenant_id
    pledged = await account(
        connection, tenant_id=found.holder_id, batch_number=found.batch_number, state="pledged"
    )
    held = await account(connection, tenant_id=receiver, batch_number=found.batch_number, state="held")
    leg = Leg(pledged, held, part, from_claim=found.id)
    kind = "pledge.release" if state == "released" else "pledge.enforce"
    await move(connection, Move(kind, key, (leg,), await today(connection)))
    await connection.execute(
        """update registry_pledge set freed = freed + $2,
                  state = case when freed + $2 = quantity then $3 else state end,
                  closed_at = case when freed + $2 = quantity then clock_timestamp() end
            where id = $1""",
        found.id,
        part,
        state,
    )
    await _note(connection, actor, found.id, state, {"quantity_t": part})
    return await read_pledge(connection, found.id)


async def _note(
    connection: Connection, actor: Actor, pledge_id: UUID, act: str, details: dict[str, object]
) -> None:
    await audit.record(
        connection,
        actor,
        act=f"credit.pledge.{act}",
        object_kind="pledge",
        object_id=pledge_id,
        details=details,
    )


_NOT_THERE = N_("There is no such pledge in your favour or of your credits.")
