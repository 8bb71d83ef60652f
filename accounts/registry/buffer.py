"""The buffer pool and false claims: what covers a loss, what is given back at the end, and what is taken away by force."""

from dataclasses import dataclass
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.registry.batches import Batch, read_batch
from accounts.registry.freezes import lock_freeze
from accounts.registry.moves import Leg, Move, account, move, today
from accounts.registry.retirements import Purpose, Retirement, use_up
from accounts.registry.selection import Pick
from carbon.errors import N_, Conflict, NotPermitted, Problem


@dataclass(frozen=True)
class Compensation:
    """A loss covered out of the pool: the project's own buffer first, then that of others of the scheme."""

    lost_t: int
    covered_t: int
    shortfall_t: int
    cancellations: tuple[Retirement, ...]


@dataclass(frozen=True)
class ForcedCancellation:
    """What was taken, and how much of the false amount is no longer there and must be made good by its owner."""

    asked_t: int
    cancelled_t: int
    shortfall_t: int
    cancellations: tuple[Retirement, ...]


async def compensate_reversal(
    connection: Connection,
    actor: Actor,
    *,
    scheme: str,
    project_code: str,
    quantity_t: int,
    statement: str,
    key: str,
) -> Compensation:
    """Cancel buffer for tonnes that went back into the air, oldest vintage first; a shortfall is told, not hidden.

    Raises:
        Problem: fewer than 1 t.
        Conflict: the pool is empty.
    """
    if quantity_t < 1:
        raise Problem(N_("A loss is at least 1 t."), at="quantity_t")
    rows = await connection.fetch(
        """select n.number, a.posted from registry_batch n
             join ledger_account a on a.commodity = n.commodity and a.tenant_id = n.keeper_id and a.code = 'buffer'
            where n.keeper_id = $1 and n.scheme = $2 and a.posted > 0
            order by n.project_code <> $3, n.vintage_year, n.number""",
        actor.tenant_id,
        scheme,
        project_code,
    )
    left, made = quantity_t, []
    for row in rows:
        part = min(left, row["posted"])
        if part == 0:
            break
        made.append(
            await use_up(
                connection,
                actor,
                picks=[Pick(row["number"], part)],
                holder_id=actor.tenant_id,
                kind="cancelled",
                purpose=Purpose.BUFFER_REVERSAL,
                beneficiary="",
                statement=statement.strip(),
                key=f"{key} {row['number']}",
                from_state="buffer",
            )
        )
        left -= part
    if not made:
        raise Conflict(N_("The buffer pool of {scheme} is empty."), scheme=scheme)
    return Compensation(quantity_t, quantity_t - left, left, tuple(made))


async def release_buffer(
    connection: Connection,
    actor: Actor,
    *,
    batch_number: int,
    quantity_t: int,
    to_tenant_id: UUID,
    key: str,
) -> int:
    """Give buffer back to a holder at the end of the risk; returns the tonnes.

    Raises:
        NotPermitted: another authority keeps this buffer.
        Conflict: less is in the buffer.
    """
    batch = await _kept(connection, actor, batch_number)
    pool = await account(connection, tenant_id=actor.tenant_id, batch_number=batch.number, state="buffer")
    held = await account(connection, tenant_id=to_tenant_id, batch_number=batch.number, state="held")
    moved = await move(
        connection,
        Move("buffer.release", key, (Leg(pool, held, quantity_t),), await today(connection)),
    )
    await audit.record(
        connection,
        actor,
        act="credit.buffer.release",
        object_kind="entry",
        object_id=moved.entry_id,
        details={"batch": batch.number, "quantity_t": quantity_t, "to_tenant_id": to_tenant_id},
    )
    return quantity_t


async def force_cancel(
    connection: Connection,
    actor: Actor,
    *,
    pick: Pick,
    statement: str,
    key: str,
) -> ForcedCancellation:
    """Take a false amount away from whoever holds it (管理办法(试行), article 43); the rest is a shortfall to be made good.

    Held and frozen numbers are cancelled; what is pledged, reserved, in the buffer or used up counts as shortfall.

    Raises:
        NotPermitted: another authority issued them.
        Conflict: none of the numbers can be taken.
    """
    batch = await _kept(connection, actor, pick.batch_number)
    first = pick.first or 1
    last = first + pick.quantity_t - 1
    rows = await connection.fetch(
        """select tenant_id, state, freeze_id, greatest(first, $2) as first, least(last, $3) as last from registry_block
            where batch_number = $1 and closed_at is null and first <= $3 and last >= $2 and claim_id is null
              and state in ('held', 'frozen') order by first""",
        batch.number,
        first,
        last,
    )
    made = []
    for number, row in enumerate(rows):
        if row["freeze_id"] is not None:
            await lock_freeze(connection, actor, row["freeze_id"])
        made.append(
            await use_up(
                connection,
                actor,
                picks=[Pick(batch.number, row["last"] - row["first"] + 1, row["first"])],
                holder_id=row["tenant_id"],
                kind="forced-cancelled",
                purpose=Purpose.FALSE_CLAIM,
                beneficiary="",
                statement=statement.strip(),
                key=f"{key} {number}",
                from_state=row["state"],
                freeze_id=row["freeze_id"],
            )
        )
    if not made:
        raise Conflict(
            N_("None of these numbers is held or frozen any more; demand replacement from the owner.")
        )
    taken = sum(each.quantity_t for each in made)
    return ForcedCancellation(pick.quantity_t, taken, pick.quantity_t - taken, tuple(made))


async def _kept(connection: Connection, actor: Actor, batch_number: int) -> Batch:
    batch = await read_batch(connection, batch_number)
    if batch.keeper_id != actor.tenant_id:
        raise NotPermitted(N_("Another authority keeps these credits."))
    return batch
