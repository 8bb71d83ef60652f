"""How much may leave an account at once and in a day (DUAL-5): of system, authority and account the lowest holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.credits import MOST_NUMBERS
from carbon.errors import N_, Conflict, NotPermitted, Problem
from carbon.identifiers import new_id
from methodologies.registry.transfer_times import day_bounds

SYSTEM_PER_TRANSFER_T = 10_000_000
SYSTEM_PER_DAY_T = 50_000_000
"""Against a slip of the keyboard: above any single city's credits of a year."""


@dataclass(frozen=True)
class Limits:
    """What holds for an account now; an own or authority's limit is None where none was set."""

    account_id: UUID
    per_transfer_t: int
    per_day_t: int
    own_per_transfer_t: int | None
    own_per_day_t: int | None
    authority_per_transfer_t: int | None
    authority_per_day_t: int | None
    gone_today_t: int


async def read_limits(actor: Actor, *, account_id: UUID | None = None) -> Limits:
    """The actor's limits; an authority may read those of any account.

    Raises:
        NotPermitted: another's limits, by no authority.
    """
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await limits_of(connection, _whose(actor, account_id))


async def lower_limits(
    actor: Actor,
    *,
    per_transfer_t: int | None,
    per_day_t: int | None,
    account_id: UUID | None = None,
    key: str | None = None,
) -> Limits:
    """Set tighter limits, at once: of one's own account, or, as an authority, of another's.

    Raises:
        NotPermitted: the actor may not set them.
        Problem: below zero.
        Conflict: wider than the limits before; raising takes a second person (draft it).
    """
    whose, level = _settable(actor, account_id)
    async with transaction(tenant=actor.tenant_id) as connection:

        async def work() -> Limits:
            before = await _latest(connection, whose, level)
            if wider(per_transfer_t, before[0]) or wider(per_day_t, before[1]):
                raise Conflict(
                    N_("Raising a limit takes a second person: draft it, and a colleague approves."),
                    at="per_transfer_t",
                )
            return await set_limits(
                connection, actor, account_id=whose, per_transfer_t=per_transfer_t, per_day_t=per_day_t
            )

        request = {"account_id": whose, "per_transfer_t": per_transfer_t, "per_day_t": per_day_t}
        return await once(
            connection,
            actor,
            operation="credit.limits",
            key=key,
            request=request,
            work=work,
            answer_type=Limits,
        )


async def set_limits(
    connection: Connection,
    actor: Actor,
    *,
    account_id: UUID,
    per_transfer_t: int | None,
    per_day_t: int | None,
) -> Limits:
    """Write new limits whatever they were before, in the transaction of an approval."""
    whose, level = _settable(actor, account_id)
    for at, value in (("per_transfer_t", per_transfer_t), ("per_day_t", per_day_t)):
        if value is not None and not 0 <= value <= MOST_NUMBERS:
            raise Problem(N_("A limit is a whole number of tonnes from 0 on."), at=at)
    await connection.execute(
        """insert into registry_limit (id, tenant_id, level, set_by_tenant_id, per_transfer_t, per_day_t, set_by, set_at)
           values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())""",
        new_id(),
        whose,
        level,
        actor.tenant_id,
        per_transfer_t,
        per_day_t,
        actor.person_id,
    )
    await audit.record(
        connection,
        actor,
        act="credit.limits",
        object_kind="account",
        object_id=whose,
        details={"level": level, "per_transfer_t": per_transfer_t, "per_day_t": per_day_t},
    )
    return await limits_of(connection, whose)


async def check_limits(connection: Connection, *, holder_id: UUID, quantity_t: int) -> None:
    """Refuse what would leave the account beyond its limits; locks the account's day to the end of the transaction.

    Raises:
        Conflict: names the limit and what has gone today.
    """
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"credits leaving {holder_id}"
    )
    limits = await limits_of(connection, holder_id)
    if quantity_t > limits.per_transfer_t:
        raise Conflict(
            N_("At most {limit} t may leave this account at once; {quantity} t were asked for."),
            at="quantity_t",
            limit=limits.per_transfer_t,
            quantity=quantity_t,
        )
    if limits.gone_today_t + quantity_t > limits.per_day_t:
        raise Conflict(
            N_(
                "At most {limit} t may leave this account in a day; {gone} t have, {quantity} t were asked for."
            ),
            at="quantity_t",
            limit=limits.per_day_t,
            gone=limits.gone_today_t,
            quantity=quantity_t,
        )


async def limits_of(connection: Connection, account_id: UUID) -> Limits:
    """The limits in force, and what has been given away today, pending transfers included."""
    own = await _latest(connection, account_id, "account")
    theirs = await _latest(connection, account_id, "authority")
    now: datetime = await connection.fetchval("select now()")
    gone: int = await connection.fetchval(_GONE, account_id, *day_bounds(now))
    return Limits(
        account_id=account_id,
        per_transfer_t=min(
            [SYSTEM_PER_TRANSFER_T, *(each[0] for each in (own, theirs) if each[0] is not None)]
        ),
        per_day_t=min([SYSTEM_PER_DAY_T, *(each[1] for each in (own, theirs) if each[1] is not None)]),
        own_per_transfer_t=own[0],
        own_per_day_t=own[1],
        authority_per_transfer_t=theirs[0],
        authority_per_day_t=theirs[1],
        gone_today_t=gone,
    )


_GONE = """
    select (coalesce((select sum(p.amount) from ledger_posting p
                        join ledger_entry e on e.id = p.entry_id and e.tenant_id = p.tenant_id
                       where p.debit_tenant_id = $1 and p.credit_tenant_id <> $1 and e.kind = 'credit.transfer'
                         and p.posted_at >= $2 and p.posted_at < $3), 0)
          + coalesce((select sum(case state when 'pending' then quantity when 'executed' then quantity else settled end)
                        from registry_transfer
                       where tenant_id = $1 and opened_at >= $2 and opened_at < $3), 0))::bigint
"""


async def _latest(connection: Connection, account_id: UUID, level: str) -> tuple[int | None, int | None]:
    row = await connection.fetchrow(
        """select per_transfer_t, per_day_t from registry_limit where tenant_id = $1 and level = $2
            order by set_at desc, id desc limit 1""",
        account_id,
        level,
    )
    return (row["per_transfer_t"], row["per_day_t"]) if row else (None, None)


def wider(wanted: int | None, before: int | None) -> bool:
    """Whether a limit would let more through than the one before; None lets everything."""
    return before is not None and (wanted is None or wanted > before)


def _whose(actor: Actor, account_id: UUID | None) -> UUID:
    whose = account_id or actor.tenant_id
    if whose != actor.tenant_id and actor.organisation_kind is not OrganisationKind.AUTHORITY:
        raise NotPermitted(N_("Only an authority sees or sets the limits of other accounts."))
    return whose


def _settable(actor: Actor, account_id: UUID | None) -> tuple[UUID, str]:
    whose = _whose(actor, account_id)
    actor.require(Permission.CREDIT_MOVE if whose == actor.tenant_id else Permission.CREDIT_KEEP)
    return whose, "account" if whose == actor.tenant_id else "authority"
