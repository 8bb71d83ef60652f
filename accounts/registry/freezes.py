"""Stopping credits at once (DUAL-8): a range of numbers wherever it lies, or everything that leaves an account.

Only the authority that issued the numbers stops a range; what it meets that waits for transfer is stopped too. Lifting
takes two persons and is offered as a protected act in `acts.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.registry.batches import Batch, read_batch
from accounts.registry.holders import names_of
from accounts.registry.moves import Leg, Move, account, move, today
from accounts.registry.reservations import release
from accounts.registry.selection import Pick, pick_serial
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

LONGEST_REASON = 500


@dataclass(frozen=True)
class Freeze:
    """A stop in force or lifted: of `serial`, or, where that is None, of all that leaves the account."""

    id: UUID
    account_id: UUID
    authority_id: UUID
    batch_number: int | None
    first: int | None
    last: int | None
    reason: str
    frozen_at: datetime
    lifted_at: datetime | None
    lifted_reason: str


QUERY = """
    select id, tenant_id as account_id, authority_id, batch_number, first, last, reason, frozen_at, lifted_at, lifted_reason
      from registry_freeze
"""


async def freeze(
    actor: Actor,
    *,
    reason: str,
    account_id: UUID | None = None,
    serial: str | None = None,
    key: str | None = None,
) -> list[Freeze]:
    """Freeze an account, or the numbers of a serial wherever they lie; one person suffices.

    Raises:
        NotPermitted: without `credit:keep`, or another authority issued the numbers.
        NotFound: no such account or serial.
        Problem: neither or both named, or no reason.
    """
    actor.require(Permission.CREDIT_KEEP)
    if (account_id is None) == (serial is None):
        raise Problem(N_("Name either an account or a serial to freeze."), at="serial")
    async with transaction(tenant=actor.tenant_id) as connection:

        async def work() -> list[Freeze]:
            if account_id is not None:
                return [await freeze_account(connection, actor, account_id=account_id, reason=reason)]
            pick = await pick_serial(connection, serial or "")
            return await freeze_numbers(connection, actor, pick=pick, reason=reason)

        request = {"account_id": account_id, "serial": serial, "reason": reason}
        return await once(
            connection,
            actor,
            operation="credit.freeze",
            key=key,
            request=request,
            work=work,
            answer_type=list[Freeze],
        )


async def freeze_account(connection: Connection, actor: Actor, *, account_id: UUID, reason: str) -> Freeze:
    """Let nothing leave the account until the freeze is lifted; what waits of this authority's batches is stopped now.

    Raises:
        NotFound: no such account.
        Problem: no reason.
    """
    if account_id not in await names_of(connection, [account_id]):
        raise NotFound(N_("There is no account {account} here."), at="account_id", account=account_id)
    found = await _write(connection, actor, account_id, None, reason)
    waiting = await connection.fetch(
        """select t.id from registry_transfer t join registry_batch n on n.number = t.batch_number
            where t.tenant_id = $1 and t.state = 'pending' and n.keeper_id = $2 order by t.id""",
        account_id,
        actor.tenant_id,
    )
    for row in waiting:
        await release(connection, actor, reservation_id=row["id"], ending="stopped", reason=found.reason)
    return found


async def freeze_numbers(connection: Connection, actor: Actor, *, pick: Pick, reason: str) -> list[Freeze]:
    """Freeze every number of a range that is held, reserved or pledged, whoever holds it; one freeze for each holder.

    Raises:
        NotPermitted: another authority issued them.
        Conflict: all of them are used up, in the buffer or frozen already.
        Problem: no reason.
    """
    batch = await read_batch(connection, pick.batch_number)
    if batch.keeper_id != actor.tenant_id:
        raise NotPermitted(N_("The authority that issued credits freezes them."))
    first = pick.first or 1
    last = first + pick.quantity_t - 1
    await _stop_reservations(connection, actor, batch, first, last, reason)
    rows = await connection.fetch(
        """select b.tenant_id, b.state, b.claim_id, greatest(b.first, $2) as first, least(b.last, $3) as last
             from registry_block b
            where b.batch_number = $1 and b.closed_at is null and b.first <= $3 and b.last >= $2
              and b.state in ('held', 'pledged') order by b.tenant_id, b.first""",
        batch.number,
        first,
        last,
    )
    if not rows:
        raise Conflict(
            N_("None of these numbers can be frozen: they are used up, in the buffer or frozen already.")
        )
    freezes: dict[UUID, Freeze] = {}
    for number, row in enumerate(rows):
        holder: UUID = row["tenant_id"]
        if holder not in freezes:
            theirs = [each for each in rows if each["tenant_id"] == holder]
            span = (batch.number, min(each["first"] for each in theirs), max(each["last"] for each in theirs))
            freezes[holder] = await _write(connection, actor, holder, span, reason)
        claim = freezes[holder].id
        source = await account(connection, tenant_id=holder, batch_number=batch.number, state=row["state"])
        frozen = await account(connection, tenant_id=holder, batch_number=batch.number, state="frozen")
        leg = Leg(
            source,
            frozen,
            row["last"] - row["first"] + 1,
            row["first"],
            from_claim=row["claim_id"],
            to_claim=row["claim_id"],
            freeze_id=claim,
        )
        await move(
            connection, Move("freeze", f"{claim} {number}", (leg,), await today(connection), reason[:500])
        )
    return list(freezes.values())


async def lift_freeze(connection: Connection, actor: Actor, *, freeze_id: UUID, reason: str) -> Freeze:
    """End a freeze: its numbers are held, or pledged, as before.

    Raises:
        NotFound: no such freeze of this authority.
        Conflict: lifted before.
    """
    found = await lock_freeze(connection, actor, freeze_id)
    if found.lifted_at is not None:
        raise Conflict(N_("This freeze was lifted already."))
    text = checked_name(reason, at="reason", longest=LONGEST_REASON)
    if found.batch_number is not None:
        await _thaw(connection, found, text)
    await connection.execute(
        "update registry_freeze set lifted_at = clock_timestamp(), lifted_reason = $2 where id = $1",
        found.id,
        text,
    )
    await audit.record(
        connection,
        actor,
        act="credit.unfreeze",
        object_kind="freeze",
        object_id=found.id,
        details={"reason": text},
    )
    return await read_freeze(connection, found.id)


async def read_freeze(connection: Connection, freeze_id: UUID) -> Freeze:
    """A freeze the tenant may see.

    Raises:
        NotFound: not there, or not for this tenant.
    """
    row = await connection.fetchrow(f"{QUERY} where id = $1", freeze_id)
    if row is None:
        raise NotFound(N_("There is no such freeze."))
    return Freeze(**dict(row))


async def lock_freeze(connection: Connection, actor: Actor, freeze_id: UUID) -> Freeze:
    """A freeze of this authority, locked to the end of the transaction."""
    row = await connection.fetchrow(
        f"{QUERY} where id = $1 and authority_id = $2 for update", freeze_id, actor.tenant_id
    )
    if row is None:
        raise NotFound(N_("There is no such freeze of yours."))
    return Freeze(**dict(row))


async def _thaw(connection: Connection, found: Freeze, reason: str) -> None:
    rows = await connection.fetch(
        """select first, last, claim_id from registry_block
            where batch_number = $1 and freeze_id = $2 and closed_at is null order by first""",
        found.batch_number,
        found.id,
    )
    assert found.batch_number is not None  # noqa: S101 - asked before
    for number, row in enumerate(rows):
        state = "held" if row["claim_id"] is None else "pledged"
        frozen = await account(
            connection, tenant_id=found.account_id, batch_number=found.batch_number, state="frozen"
        )
        back = await account(
            connection, tenant_id=found.account_id, batch_number=found.batch_number, state=state
        )
        leg = Leg(
            frozen,
            back,
            row["last"] - row["first"] + 1,
            row["first"],
            from_claim=row["claim_id"],
            to_claim=row["claim_id"],
            freeze_id=found.id,
        )
        await move(
            connection, Move("unfreeze", f"{found.id} {number}", (leg,), await today(connection), reason)
        )


async def _stop_reservations(
    connection: Connection, actor: Actor, batch: Batch, first: int, last: int, reason: str
) -> None:
    rows = await connection.fetch(
        """select distinct claim_id from registry_block
            where batch_number = $1 and closed_at is null and state = 'reserved' and first <= $3 and last >= $2
            order by claim_id""",
        batch.number,
        first,
        last,
    )
    for row in rows:
        await release(connection, actor, reservation_id=row["claim_id"], ending="stopped", reason=reason)


async def _write(
    connection: Connection, actor: Actor, account_id: UUID, span: tuple[int, int, int] | None, reason: str
) -> Freeze:
    freeze_id = new_id()
    text = checked_name(reason, at="reason", longest=LONGEST_REASON)
    await connection.execute(
        """insert into registry_freeze (id, tenant_id, authority_id, batch_number, first, last, reason, frozen_by,
               frozen_at, lifted_reason) values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), '')""",
        freeze_id,
        account_id,
        actor.tenant_id,
        *(span or (None, None, None)),
        text,
        actor.person_id,
    )
    await audit.record(
        connection,
        actor,
        act="credit.freeze",
        object_kind="freeze",
        object_id=freeze_id,
        details={"account_id": account_id, "numbers": span, "reason": text},
    )
    return await read_freeze(connection, freeze_id)
