"""The accounts one's credits may go to without delay (DUAL-3): adding takes two persons and four working days."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.registry.holders import names_of
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.registry.transfer_times import trusted_from


@dataclass(frozen=True)
class Trusted:
    """A trusted account; it counts from `effective_at` on."""

    id: UUID
    trusted_id: UUID
    name_zh: str
    name_en: str
    added_at: datetime
    effective_at: datetime
    effective: bool


async def list_trusted(actor: Actor) -> list[Trusted]:
    """The actor's trusted accounts, those that do not count yet included."""
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select t.id, t.trusted_id, coalesce(o.name_zh, '') as name_zh, coalesce(o.name_en, '') as name_en,
                      t.added_at, t.effective_at, t.effective_at <= now() as effective
                 from registry_trusted t left join registry_names(array[t.trusted_id], '{}') o on true
                where t.tenant_id = $1 and t.removed_at is null order by t.added_at""",
            actor.tenant_id,
        )
    return [Trusted(**dict(row)) for row in rows]


async def add_trusted(connection: Connection, actor: Actor, *, account_id: UUID) -> Trusted:
    """Put an account on the list, in the transaction of the second person's approval.

    Raises:
        NotFound: no such account.
        Conflict: it is on the list.
    """
    name = await checked_receiver(connection, actor, account_id)
    now: datetime = await connection.fetchval("select now()")
    effective_at = trusted_from(now)
    trusted_id: UUID | None = await connection.fetchval(
        """insert into registry_trusted (id, tenant_id, trusted_id, added_by, added_at, effective_at)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id""",
        new_id(),
        actor.tenant_id,
        account_id,
        actor.person_id,
        now,
        effective_at,
    )
    if trusted_id is None:
        raise Conflict(N_("{name} is on the trusted list already."), name=name["zh"], at="account_id")
    await audit.record(
        connection,
        actor,
        act="credit.trust.add",
        object_kind="account",
        object_id=account_id,
        details={"effective_at": effective_at.isoformat()},
    )
    return Trusted(trusted_id, account_id, name["zh"], name["en"], now, effective_at, effective=False)


async def remove_trusted(actor: Actor, *, account_id: UUID, key: str | None = None) -> None:
    """Take an account off the list, at once.

    Raises:
        NotPermitted: without `credit:move`.
        NotFound: not on the list.
    """
    actor.require(Permission.CREDIT_MOVE)
    async with transaction(tenant=actor.tenant_id) as connection:

        async def work() -> dict[str, str]:
            removed = await connection.fetchval(
                """update registry_trusted set removed_at = now(), removed_by = $3
                    where tenant_id = $1 and trusted_id = $2 and removed_at is null returning id""",
                actor.tenant_id,
                account_id,
                actor.person_id,
            )
            if removed is None:
                raise NotFound(N_("This account is not on your trusted list."), at="account_id")
            await audit.record(
                connection, actor, act="credit.trust.remove", object_kind="account", object_id=account_id
            )
            return {}

        request = {"account_id": account_id}
        await once(connection, actor, operation="credit.trust.remove", key=key, request=request, work=work)


async def is_trusted(connection: Connection, *, holder_id: UUID, account_id: UUID) -> bool:
    """Whether credits of the holder may go there without delay now."""
    found: bool = await connection.fetchval(
        """select exists (select from registry_trusted where tenant_id = $1 and trusted_id = $2
                          and removed_at is null and effective_at <= now())""",
        holder_id,
        account_id,
    )
    return found


async def checked_receiver(connection: Connection, actor: Actor, account_id: UUID) -> dict[str, str]:
    """The names of an account that may receive credits.

    Raises:
        Problem: it is the actor's own.
        NotFound: no such account.
    """
    if account_id == actor.tenant_id:
        raise Problem(N_("Sender and receiver are the same account."), at="to_account_id")
    known = await names_of(connection, [account_id])
    if account_id not in known:
        raise NotFound(N_("There is no account {account} here."), at="to_account_id", account=account_id)
    return known[account_id]
