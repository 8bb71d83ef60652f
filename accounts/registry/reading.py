"""What an account holds, now or at the end of any past day, and what became of a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import asyncpg

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.registry.batches import BLOCK_QUERY, Block, batch_of_serial, block_of
from accounts.registry.freezes import QUERY as FREEZES
from accounts.registry.freezes import Freeze
from accounts.registry.pledges import QUERY as PLEDGES
from accounts.registry.pledges import Pledge
from carbon.credits import Tally, tally_of
from carbon.errors import N_, NotPermitted
from carbon.workdays import ZONE

LIST_LIMIT = 500


@dataclass(frozen=True)
class Balance:
    """Tonnes of one batch in one account by state; `tally.issued` is what the account has in all states together."""

    account_id: UUID
    batch_number: int
    scheme: str
    project_code: str
    project_name: str
    vintage_year: int
    tally: Tally


@dataclass(frozen=True)
class Account:
    """An account's credits: each batch, and all together. `at` is the past instant asked for; without one the balances are the present ones."""

    account_id: UUID
    at: datetime | None
    frozen: bool
    total: Tally
    balances: tuple[Balance, ...]


@dataclass(frozen=True)
class HistoryLine:
    """Numbers, what brought them into a state, and how long they stayed. `holder_id` shows to parties alone."""

    serial: str
    first: int
    last: int
    quantity_t: int
    act: str
    state: str
    holder_id: UUID | None
    holder_name_zh: str
    holder_name_en: str
    entry_id: UUID
    from_at: datetime
    until_at: datetime | None


@dataclass(frozen=True)
class History:
    """The whole life of the numbers of a serial, and where each is now."""

    serial: str
    batch_number: int
    project_name: str
    quantity_t: int
    now: Tally
    lines: tuple[HistoryLine, ...]


async def read_account(
    actor: Actor, *, account_id: UUID | None = None, at: datetime | date | None = None
) -> Account:
    """The credits of the actor's account; an authority reads any. A day means its end in Asia/Shanghai.

    Raises:
        NotPermitted: another's account, by no authority.
    """
    actor.require(Permission.CREDIT_READ)
    whose = _readable(actor, account_id)
    instant = end_of(at) if at is not None else None
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _NOW if instant is None else _AT, whose, *([instant] if instant else [])
        )
        frozen: bool = await connection.fetchval(
            """select exists (select from registry_freeze where tenant_id = $1 and batch_number is null
                  and frozen_at <= coalesce($2, now()) and (lifted_at is null or lifted_at > coalesce($2, now())))""",
            whose,
            instant,
        )
    balances = _balances(whose, rows)
    return Account(whose, instant, frozen, _sum([each.tally for each in balances]), balances)


async def list_blocks(
    actor: Actor,
    *,
    account_id: UUID | None = None,
    state: str | None = None,
    batch_number: int | None = None,
    after: tuple[int, int] | None = None,
    limit: int = 100,
) -> list[Block]:
    """The runs of numbers the account holds now, by batch and number, neighbours shown as one; `after` is batch and last number seen."""
    actor.require(Permission.CREDIT_READ)
    whose = _readable(actor, account_id)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _RUNS, whose, state, batch_number, *(after or (None, None)), min(limit, LIST_LIMIT)
        )
    return [block_of(row) for row in rows]


async def read_history(actor: Actor | None, *, serial: str) -> History:
    """What became of the numbers of a serial; who held them shows to parties and the authority.

    Raises:
        Problem: no serial of this register.
        NotFound: nothing was issued under it.
    """
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        batch, found = await batch_of_serial(connection, serial)
        rows = await connection.fetch(
            """select h.*, coalesce(o.name_zh, '') as holder_name_zh, coalesce(o.name_en, '') as holder_name_en
                 from registry_history($1, $2, $3) with ordinality h(first, last, act, state, holder_id, entry_id,
                      opened_at, closed_at, place)
                 left join identity_organisation o on o.id = h.holder_id order by h.place""",
            batch.number,
            found.first,
            found.last,
        )
    lines = tuple(
        HistoryLine(
            serial=batch.serial(row["first"], row["last"]),
            first=row["first"],
            last=row["last"],
            quantity_t=row["last"] - row["first"] + 1,
            act=row["act"],
            state=row["state"],
            holder_id=row["holder_id"],
            holder_name_zh=row["holder_name_zh"],
            holder_name_en=row["holder_name_en"],
            entry_id=row["entry_id"],
            from_at=row["opened_at"],
            until_at=row["closed_at"],
        )
        for row in rows
    )
    tonnes: dict[str, int] = {}
    for line in lines:
        if line.until_at is None:
            tonnes[line.state] = tonnes.get(line.state, 0) + line.quantity_t
    return History(str(found), batch.number, batch.project_name, found.size, tally_of(tonnes), lines)


async def list_pledges(actor: Actor) -> list[Pledge]:
    """Pledges of the actor's credits, and those in its favour; newest first."""
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(f"{PLEDGES} order by opened_at desc limit {LIST_LIMIT}")
    return [Pledge(**dict(row)) for row in rows]


async def list_freezes(actor: Actor) -> list[Freeze]:
    """Freezes of the actor's account; for an authority all. Newest first."""
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(f"{FREEZES} order by frozen_at desc limit {LIST_LIMIT}")
    return [Freeze(**dict(row)) for row in rows]


def end_of(at: datetime | date) -> datetime:
    """The instant itself, or the end of the day in Asia/Shanghai."""
    if isinstance(at, datetime):
        return at
    return (datetime.combine(at + timedelta(days=1), time(), ZONE) - timedelta(microseconds=1)).astimezone(
        UTC
    )


def _readable(actor: Actor, account_id: UUID | None) -> UUID:
    whose = account_id or actor.tenant_id
    if whose != actor.tenant_id and actor.organisation_kind is not OrganisationKind.AUTHORITY:
        raise NotPermitted(N_("An account is read by its holder and by authorities."))
    return whose


def _balances(whose: UUID, rows: Sequence[asyncpg.Record]) -> tuple[Balance, ...]:
    grouped: dict[int, tuple[asyncpg.Record, dict[str, int]]] = {}
    for row in rows:
        grouped.setdefault(row["number"], (row, {}))[1][row["state"]] = row["quantity_t"]
    return tuple(
        Balance(
            account_id=whose,
            batch_number=number,
            scheme=row["scheme"],
            project_code=row["project_code"],
            project_name=row["project_name"],
            vintage_year=row["vintage_year"],
            tally=tally_of(tonnes),
        )
        for number, (row, tonnes) in grouped.items()
        if any(tonnes.values())
    )


def _sum(tallies: Sequence[Tally]) -> Tally:
    names = Tally.__dataclass_fields__
    return Tally(**{name: sum(getattr(tally, name) for tally in tallies) for name in names})


_NOW = """
    select n.number, n.scheme, n.project_code, n.project_name, n.vintage_year, a.code as state, a.posted as quantity_t
      from ledger_account a join registry_batch n on n.commodity = a.commodity
     where a.tenant_id = $1 and a.kind = 'holding'
     order by n.scheme, n.project_code, n.vintage_year
"""

_AT = """
    select n.number, n.scheme, n.project_code, n.project_name, n.vintage_year, a.code as state,
           coalesce((ledger_balance_at(a.id, $2)).posted, 0) as quantity_t
      from ledger_account a join registry_batch n on n.commodity = a.commodity
     where a.tenant_id = $1 and a.kind = 'holding'
     order by n.scheme, n.project_code, n.vintage_year
"""

_RUNS = f"""
    with block as (
        {BLOCK_QUERY}
         where b.closed_at is null and b.account_id = any (array(
                   select a.id from ledger_account a
                    where a.tenant_id = $1 and starts_with(a.commodity, 'credit.') and ($2::text is null or a.code = $2)
                      and ($3::bigint is null or a.commodity = 'credit.' || $3)))
           and ($4::bigint is null or (b.batch_number, b.first) > ($4, $5))
    ), edge as (
        select *, case when lag(last) over run + 1 = first
                        and lag(state) over run = state and lag(claim_id) over run is not distinct from claim_id
                        and lag(freeze_id) over run is not distinct from freeze_id
                        and (state not in ('retired', 'cancelled', 'forced-cancelled') or lag(opened_at) over run = opened_at)
                       then 0 else 1 end as begins
          from block window run as (partition by batch_number order by first)
    ), grouped as (
        select *, sum(begins) over (partition by batch_number order by first) as run from edge
    )
    select batch_number, scheme, project_code, project_name, vintage_year, min(first) as first, max(last) as last,
           (max(last) - min(first) + 1) as quantity_t, holder_id, state, claim_id, freeze_id,
           (array_agg(act order by first))[1] as act, max(opened_at) as opened_at, null::timestamptz as closed_at
      from grouped
     group by batch_number, scheme, project_code, project_name, vintage_year, holder_id, state, claim_id, freeze_id, run
     order by batch_number, min(first) limit $6
"""
