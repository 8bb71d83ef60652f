"""Giving credits to another holder: at once to a trusted account, else reserved until its hour (DUAL-3 to DUAL-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.identity import notices
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.registry import units
from accounts.registry.batches import read_batch
from accounts.registry.holders import names_of
from accounts.registry.limits import check_limits
from accounts.registry.reservations import (
    QUERY,
    Reservation,
    lock_reservation,
    read_reservation,
    reservation_of,
)
from accounts.registry.selection import Pick, one_batch
from accounts.registry.trust import checked_receiver, is_trusted
from accounts.timing.tenants import acting_for
from carbon.errors import N_, Conflict, NotPermitted, Problem
from methodologies.registry.transfer_times import executes_at

WAITS = notices.register(
    "credit.transfer-waits",
    N_("{quantity} t of credits go to {receiver} at {at}; until then you can stop it."),
)
WENT = notices.register("credit.transfer-went", N_("{quantity} t of credits went to {receiver}."))
CAME = notices.register("credit.transfer-came", N_("{quantity} t of credits came from {sender}."))
ENDED = notices.register(
    "credit.transfer-ended", N_("A transfer of {quantity} t of credits was stopped: {reason}")
)
HERE = "/credits"
LONGEST_REASON = 500


@dataclass(frozen=True)
class Sent:
    """What became of a transfer: `executed` with its serials, or `pending` until `executes_at`."""

    state: str
    quantity_t: int
    to_account_id: UUID
    trusted: bool
    serials: tuple[str, ...] = ()
    transfer_id: UUID | None = None
    executes_at: datetime | None = None


async def send(
    connection: Connection, actor: Actor, *, picks: Sequence[Pick], to_account_id: UUID, memo: str, key: str
) -> Sent:
    """Transfer credits in the transaction of the second person's approval.

    Raises:
        NotFound: no such receiver.
        Conflict: beyond a limit, not enough free, or the account is frozen.
    """
    receiver = await checked_receiver(connection, actor, to_account_id)
    quantity_t = sum(pick.quantity_t for pick in picks)
    await check_limits(connection, holder_id=actor.tenant_id, quantity_t=quantity_t)
    subject = {"quantity": quantity_t, "receiver": receiver, "sender": _name(actor)}
    if await is_trusted(connection, holder_id=actor.tenant_id, account_id=to_account_id):
        done = await units.transfer(
            connection, actor, picks=picks, to_tenant_id=to_account_id, key=key, memo=memo
        )
        await _tell(connection, actor.tenant_id, WENT, subject)
        await _tell(connection, to_account_id, CAME, subject)
        return Sent("executed", quantity_t, to_account_id, trusted=True, serials=done.serials)
    one_batch(picks)
    due = executes_at(await connection.fetchval("select now()"))
    waiting = await units.hold(
        connection,
        actor,
        picks=picks,
        to_tenant_id=to_account_id,
        key=key,
        kind="transfer",
        executes_at=due,
        memo=memo,
    )
    await _tell(connection, actor.tenant_id, WAITS, {**subject, "at": due.isoformat()})
    return Sent("pending", quantity_t, to_account_id, trusted=False, transfer_id=waiting.id, executes_at=due)


async def place_hold(
    actor: Actor,
    *,
    serials: Sequence[str] = (),
    batch_number: int | None = None,
    quantity_t: int | None = None,
    to_account_id: UUID,
    expires_at: datetime | None,
    memo: str = "",
    key: str | None = None,
) -> Reservation:
    """Set credits aside for a buyer; settling them takes a second person, and, to an account not trusted, its hour.

    Raises:
        NotPermitted: without `credit:move`.
        NotFound: no such receiver or batch.
        Conflict: beyond a limit, not enough free, or the account is frozen.
    """
    actor.require(Permission.CREDIT_MOVE)
    memo = checked_name(memo, at="memo", longest=LONGEST_REASON, required=False)
    async with transaction(tenant=actor.tenant_id) as connection:

        async def work() -> Reservation:
            await checked_receiver(connection, actor, to_account_id)
            picks = await units.picks_of(
                connection, serials=serials, batch_number=batch_number, quantity_t=quantity_t
            )
            total = sum(pick.quantity_t for pick in picks)
            await check_limits(connection, holder_id=actor.tenant_id, quantity_t=total)
            trusted = await is_trusted(connection, holder_id=actor.tenant_id, account_id=to_account_id)
            earliest = None if trusted else executes_at(await connection.fetchval("select now()"))
            return await units.hold(
                connection,
                actor,
                picks=picks,
                to_tenant_id=to_account_id,
                key=key or units.fresh_key(),
                executes_at=earliest,
                expires_at=expires_at,
                trusted=trusted,
                memo=memo,
            )

        request = {
            "serials": list(serials),
            "batch_number": batch_number,
            "quantity_t": quantity_t,
            "to": to_account_id,
            "expires_at": expires_at,
            "memo": memo,
        }
        return await once(
            connection,
            actor,
            operation="credit.hold",
            key=key,
            request=request,
            work=work,
            answer_type=Reservation,
        )


async def settle_hold(
    connection: Connection, actor: Actor, *, hold_id: UUID, quantity_t: int | None, key: str
) -> Reservation:
    """Hand over what a hold set aside, in the transaction of the second person's approval.

    Raises:
        NotFound: no such hold of the actor's.
        Conflict: ended, too much, or before the hour of an account that is not trusted.
    """
    found = await lock_reservation(connection, hold_id)
    _own(actor, found, "hold")
    now: datetime = await connection.fetchval("select now()")
    trusted = await is_trusted(connection, holder_id=actor.tenant_id, account_id=found.to_tenant_id)
    if found.executes_at is not None and now < found.executes_at and not trusted:
        raise Conflict(
            N_("The receiver is not on your trusted list: these credits can go from {instant} on."),
            at="hold_id",
            instant=found.executes_at.isoformat(),
        )
    return await units.settle(connection, actor, reservation_id=hold_id, quantity_t=quantity_t, key=key)


async def end_reservation(
    actor: Actor,
    *,
    reservation_id: UUID,
    kind: Literal["transfer", "hold"],
    reason: str = "",
    key: str | None = None,
) -> Reservation:
    """Abort a transfer that waits, or release a hold: any one representative of the holder, at once.

    Raises:
        NotPermitted: without `credit:move`, or the receiver asks.
        NotFound: no such transfer or hold.
        Conflict: ended already.
    """
    actor.require(Permission.CREDIT_MOVE)
    text = checked_name(reason, at="reason", longest=LONGEST_REASON, required=False)
    async with transaction(tenant=actor.tenant_id) as connection:

        async def work() -> Reservation:
            found = await lock_reservation(connection, reservation_id)
            _own(actor, found, kind)
            ended = await units.release(
                connection,
                actor,
                reservation_id=reservation_id,
                ending="aborted" if kind == "transfer" else "released",
                reason=text,
            )
            if kind == "transfer":
                subject: dict[str, object] = {"quantity": found.quantity_t, "reason": text or "-"}
                await _tell(connection, actor.tenant_id, ENDED, subject)
            return ended

        return await once(
            connection,
            actor,
            operation=f"credit.{kind}.end",
            key=key,
            request={"id": reservation_id, "reason": text},
            work=work,
            answer_type=Reservation,
        )


async def list_reservations(
    actor: Actor,
    *,
    kind: Literal["transfer", "hold"],
    state: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Reservation]:
    """Those the actor's account gives or is to receive, newest first."""
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""{QUERY} where kind = $1 and ($2::text is null or state = $2) and ($3::uuid is null or id < $3)
                 and (tenant_id = $4 or to_tenant_id = $4) order by id desc limit $5""",
            kind,
            state,
            before,
            actor.tenant_id,
            min(limit, 200),
        )
    return [reservation_of(row) for row in rows]


async def find_reservation(
    actor: Actor, *, reservation_id: UUID, kind: Literal["transfer", "hold"]
) -> Reservation:
    """One of them.

    Raises:
        NotFound: not there, or the actor has no part in it.
    """
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await read_reservation(connection, reservation_id)
        if found.kind != kind:
            raise units.no_such_reservation()
        return found


async def execute_due(connection: Connection, now: datetime) -> dict[str, int]:
    """Execute every transfer whose hour has come, each for its holder; one that cannot go is stopped and told."""
    rows = await connection.fetch(
        """select id, tenant_id from registry_transfer
            where state = 'pending' and kind = 'transfer' and executes_at <= $1 order by executes_at, id""",
        now,
    )
    went = stopped = 0
    for row in rows:
        async with acting_for(connection, row["tenant_id"]):
            try:
                async with savepoint(connection):
                    await _execute(connection, row["id"])
                went += 1
            except Problem as problem:
                await _stop(connection, row["id"], str(problem))
                stopped += 1
    return {"went": went, "stopped": stopped}


async def expire_holds(connection: Connection, now: datetime) -> dict[str, int]:
    """Give back what holds set aside whose time is over."""
    rows = await connection.fetch(
        "select id, tenant_id from registry_transfer where state = 'pending' and expires_at <= $1 order by id",
        now,
    )
    for row in rows:
        async with acting_for(connection, row["tenant_id"]):
            await units.release(connection, None, reservation_id=row["id"], ending="expired")
    return {"expired": len(rows)}


async def _execute(connection: Connection, transfer_id: UUID) -> None:
    found = await units.settle(connection, None, reservation_id=transfer_id, key=f"execute {transfer_id}")
    known = await names_of(connection, [found.holder_id, found.to_tenant_id])
    blank = {"zh": "", "en": ""}
    subject: dict[str, object] = {
        "quantity": found.quantity_t,
        "receiver": known.get(found.to_tenant_id, blank),
        "sender": known.get(found.holder_id, blank),
    }
    await _tell(connection, found.holder_id, WENT, subject)
    await _tell(connection, found.to_tenant_id, CAME, subject)


async def _stop(connection: Connection, transfer_id: UUID, reason: str) -> None:
    found = await units.release(
        connection, None, reservation_id=transfer_id, ending="stopped", reason=reason[:500]
    )
    await _tell(connection, found.holder_id, ENDED, {"quantity": found.quantity_t, "reason": reason})


async def _tell(connection: Connection, tenant_id: UUID, kind: str, subject: dict[str, object]) -> None:
    await notices.notify(
        connection,
        tenant_id=tenant_id,
        permission=Permission.CREDIT_READ,
        kind=kind,
        subject=subject,
        link=HERE,
        object_kind="credits",
        object_id=tenant_id,
    )


def _own(actor: Actor, found: Reservation, kind: str) -> None:
    if found.kind != kind:
        raise units.no_such_reservation()
    if found.holder_id != actor.tenant_id:
        raise NotPermitted(N_("Only the holder of the credits can do this."))


def _name(actor: Actor) -> dict[str, str]:
    return {
        "zh": actor.organisation_name or actor.name,
        "en": actor.organisation_name_en or actor.organisation_name or actor.name,
    }


async def batch_words(connection: Connection, picks: Sequence[Pick]) -> str:
    """The serials chosen, or the line whose lowest free numbers go."""
    words = []
    for pick in picks:
        batch = await read_batch(connection, pick.batch_number)
        if pick.first is None:
            words.append(f"{batch.scheme}-{batch.project_code}-{batch.vintage_year}")
        else:
            words.append(batch.serial(pick.first, pick.first + pick.quantity_t - 1))
    return ", ".join(words)
