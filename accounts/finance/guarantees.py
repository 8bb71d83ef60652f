"""Risk-compensation pools: covering a loan, sharing a loss, paying by two persons, sharing what is recovered.

Three ledger accounts of the authority: the budget (issuing), the pool (never below zero), and what was paid out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance.days import today
from accounts.finance.funds import COMMODITY
from accounts.identity import approvals, audit
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.identity.idempotency import once
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen, yuan_text
from carbon.text import Text
from methodologies.finance.risk_sharing import (
    PARTIES,
    PoolState,
    coverable_fen,
    is_stopped,
    risk_programme,
    share_loss,
    share_recovery,
)

ACT = "pool.pay"


@dataclass(frozen=True)
class Pool:
    """A pool with its figures in fen; `stopped` when its stop line is reached."""

    id: UUID
    authority_id: UUID
    programme_id: str
    programme: Text
    opened_at: datetime
    covered_fen: int
    covered_ever_fen: int
    compensated_fen: int
    recovered_fen: int
    available_fen: int
    stopped: bool

    @property
    def state(self) -> PoolState:
        """The same for the rule."""
        return PoolState(
            self.covered_fen,
            self.covered_ever_fen,
            self.compensated_fen,
            self.recovered_fen,
            self.available_fen,
        )


@dataclass(frozen=True)
class LossStep:
    """What the pool paid, refused or got back."""

    kind: str
    amount_fen: int
    shares: dict[str, int]
    note: str
    by_name: str
    happened_at: datetime


@dataclass(frozen=True)
class Guarantee:
    """A covered loan, and its loss if there is one: who bears it, what limited the pool, what was paid and recovered."""

    id: UUID
    pool_id: UUID
    authority_id: UUID
    bank_id: UUID
    loan_id: UUID
    contract_number: str
    borrower_name_zh: str
    borrower_name_en: str
    risk_class: str
    principal_fen: int
    covered_fen: int
    ends_on: date
    loss_id: UUID | None
    loss_fen: int | None
    shares: dict[str, int]
    limits: list[tuple[str, dict[str, Any]]]
    reason: str
    steps: tuple[LossStep, ...]

    @property
    def state(self) -> str:
        """covered, reported, paid or refused."""
        kinds = {step.kind for step in self.steps}
        return next(
            (kind for kind in ("paid", "refused") if kind in kinds), "reported" if self.loss_id else "covered"
        )


async def open_pool(actor: Actor, *, programme_id: str, amount_fen: int, key: str | None = None) -> Pool:
    """Open the authority's pool for a programme with its first money; again for one that is open puts more in.

    Raises:
        NotPermitted: no authority that manages funds.
        NotFound: no such programme.
        Problem: the amount is not above zero.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    known = risk_programme(programme_id)
    positive_fen(amount_fen, at="amount_fen")

    async def work() -> dict[str, str]:
        async def account(code: str, kind: str = "holding") -> UUID:
            return await journal.open_account(
                connection, tenant_id=actor.tenant_id, code=code, commodity=COMMODITY, kind=kind
            )

        budget = await account("pool.budget", "issuing")
        pool, paid = await account(f"pool.money.{known.id}"), await account(f"pool.paid.{known.id}")
        await connection.execute(
            """insert into finance_pool (id, authority_id, programme_id, budget_account_id, pool_account_id, paid_account_id,
                   opened_by) values ($1, $2, $3, $4, $5, $6, $7) on conflict (authority_id, programme_id) do nothing""",
            new_id(), actor.tenant_id, known.id, budget, pool, paid, actor.person_id,
        )  # fmt: skip
        await journal.post(
            connection,
            key=key or new_id().hex,
            kind="pool.top-up",
            legs=[Leg(budget, pool, amount_fen)],
            occurred_on=await today(connection),
        )
        await audit.record(
            connection,
            actor,
            act="pool.open",
            object_kind="pool",
            object_id=actor.tenant_id,
            details={"programme": known.id, "fen": amount_fen},
        )
        return {}

    async with transaction(tenant=actor.tenant_id) as connection:
        request = {"programme_id": programme_id, "amount_fen": amount_fen}
        await once(connection, actor, operation="pool.open", key=key, request=request, work=work)
        return next(
            pool
            for pool in await pools_of(connection)
            if pool.programme_id == known.id and pool.authority_id == actor.tenant_id
        )


async def list_pools(actor: Actor) -> list[Pool]:
    """An authority's own; for a bank all.

    Raises:
        NotPermitted: without `fund:read`.
    """
    actor.require(Permission.FUND_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await pools_of(connection)


async def pools_of(connection: Connection) -> list[Pool]:
    """Every pool the transaction may see."""
    rows = await connection.fetch(
        """select p.id, p.authority_id, p.programme_id, p.opened_at, s.* from finance_pool p
             cross join lateral finance_pool_state(p.id) s order by p.programme_id, p.opened_at"""
    )
    found = []
    for row in rows:
        known = risk_programme(row["programme_id"])
        state = PoolState(*(row[name] for name in PoolState.__dataclass_fields__))
        found.append(Pool(**row, programme=known.name, stopped=is_stopped(known, state)))
    return found


async def _pool(connection: Connection, pool_id: UUID) -> Pool:
    for pool in await pools_of(connection):
        if pool.id == pool_id:
            return pool
    raise NotFound(N_("There is no such pool."), at="pool_id")


async def _lock(connection: Connection, pool_id: UUID) -> None:
    """Cover and payments of one pool come one after another, also of two banks at once."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"pool {pool_id}")


async def cover_loan(actor: Actor, *, pool_id: UUID, loan_id: UUID, risk_class: str) -> Guarantee:
    """Bring a loan under a pool, as far as the ceilings of firm and plan allow.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such pool, or loan of the bank.
        Problem: no such class, a full ceiling, or the stop line.
        Conflict: the loan is covered already.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _lock(connection, pool_id)
        pool = await _pool(connection, pool_id)
        known = risk_programme(pool.programme_id)
        known.risk_class(risk_class)
        loan = await connection.fetchrow(
            """select id, enterprise_id, contract_number, borrower_name_zh, borrower_name_en, principal_fen, ends_on
                 from finance_loan where id = $1 and bank_id = $2""",
            loan_id,
            actor.tenant_id,
        )
        if loan is None:
            raise NotFound(N_("There is no such loan."), at="loan_id")
        firm = await connection.fetchval(
            "select finance_firm_covered($1, $2)", pool_id, loan["enterprise_id"]
        )
        covered = coverable_fen(known, loan["principal_fen"], firm, pool.state)
        guarantee_id = new_id()
        try:
            async with savepoint(connection):
                await connection.execute(
                    """insert into finance_guarantee (id, pool_id, authority_id, bank_id, enterprise_id, loan_id,
                           contract_number, borrower_name_zh, borrower_name_en, risk_class, principal_fen, covered_fen,
                           ends_on, registered_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
                    guarantee_id, pool_id, pool.authority_id, actor.tenant_id, loan["enterprise_id"], loan_id,
                    loan["contract_number"], loan["borrower_name_zh"], loan["borrower_name_en"], risk_class,
                    loan["principal_fen"], covered, loan["ends_on"], actor.person_id,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("The loan is covered by a pool already."), at="loan_id") from None
        await _note(connection, actor, "guarantee.cover", guarantee_id, {"covered_fen": covered})
        return await _guarantee(connection, guarantee_id)


async def report_loss(actor: Actor, *, guarantee_id: UUID, loss_fen: int, reason: str) -> Guarantee:
    """Report a covered loan's loss; the programme shares it at once, the authority pays the pool's share.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such covered loan of the bank.
        Problem: a loss that is nothing or more than the loan, or no reason.
        Conflict: reported already.
    """
    actor.require(Permission.LOAN_REGISTER)
    text = checked_name(reason, at="reason", longest=500)
    async with transaction(tenant=actor.tenant_id) as connection:
        before = await _guarantee(connection, guarantee_id)
        if before.bank_id != actor.tenant_id:
            raise NotFound(N_("There is no such covered loan."), at="guarantee_id")
        if loss_fen > before.principal_fen:
            raise Problem(
                N_("The loss cannot be more than the loan of {amount} yuan."),
                at="loss_fen",
                amount=yuan_text(before.principal_fen),
            )
        await _lock(connection, before.pool_id)
        if (await _guarantee(connection, guarantee_id)).loss_id is not None:
            raise Conflict(N_("The loss of this loan is reported already."))
        pool = await _pool(connection, before.pool_id)
        shared = share_loss(
            risk_programme(pool.programme_id), before.risk_class, loss_fen, before.covered_fen,
            before.principal_fen, pool.state,
        )  # fmt: skip
        await connection.execute(
            """insert into finance_loss (id, guarantee_id, pool_id, authority_id, bank_id, enterprise_id, loss_fen, shares,
                   limits, reason, reported_by)
               select $1, g.id, g.pool_id, g.authority_id, g.bank_id, g.enterprise_id, $3, $4::jsonb, $5::jsonb, $6, $7
                 from finance_guarantee g where g.id = $2""",
            new_id(), guarantee_id, loss_fen, msgspec.json.encode(dict(shared.shares_fen)).decode(),
            msgspec.json.encode(shared.limits).decode(), text, actor.person_id,
        )  # fmt: skip
        await _note(connection, actor, "guarantee.loss", guarantee_id, {"loss_fen": loss_fen, "reason": text})
        return await _guarantee(connection, guarantee_id)


async def draft_compensation(
    actor: Actor, *, guarantee_id: UUID, refuse: bool = False, reason: str = ""
) -> Draft:
    """Draw up the payment of the pool's share, or its refusal, for a colleague to approve.

    Raises:
        NotPermitted: no authority that manages funds.
        NotFound: no reported loss of the authority's pools.
        Conflict: decided already.
        Problem: a refusal without its reason.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    text = checked_name(reason, at="reason", longest=500, required=refuse)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _guarantee(connection, guarantee_id)
        if found.authority_id != actor.tenant_id or found.loss_id is None:
            raise NotFound(N_("There is no such covered loan."), at="guarantee_id")
        if found.state != "reported":
            raise Conflict(N_("This loss is decided already."))
        pay = 0 if refuse else found.shares.get("pool", 0)
        return await approvals.draft_within(
            connection,
            actor,
            act=ACT,
            content={"guarantee_id": str(guarantee_id), "pay_fen": pay, "reason": text},
            object_kind="guarantee",
            object_id=guarantee_id,
            summary={
                N_("Contract"): found.contract_number,
                N_("Loss, in yuan"): yuan_text(found.loss_fen or 0),
                N_("Paid by the pool, in yuan"): yuan_text(pay),
                N_("Reason"): text or found.reason,
            },
        )


@approvals.act(ACT, permission=Permission.FUND_MANAGE, words=N_("Compensate a loss from the pool"))
async def compensate(connection: Connection, actor: Actor, content: dict[str, Any]) -> dict[str, Any]:
    """Carry out an approved compensation, or its refusal.

    Raises:
        Conflict: decided otherwise, or the pool has not enough any more.
    """
    found = await _guarantee(connection, UUID(content["guarantee_id"]))
    await _lock(connection, found.pool_id)
    found = await _guarantee(connection, found.id)
    if found.state != "reported" or found.loss_id is None:
        raise Conflict(N_("This loss is decided already."))
    entry_id: UUID | None = None
    if content["pay_fen"]:
        accounts = await _accounts(connection, found.pool_id)
        entry = await journal.post(
            connection,
            key=str(found.loss_id),
            kind=ACT,
            legs=[Leg(accounts["pool_account_id"], accounts["paid_account_id"], content["pay_fen"])],
            occurred_on=await today(connection),
        )
        entry_id = entry.id
    kind = "paid" if content["pay_fen"] else "refused"
    await _step(connection, actor, found.loss_id, kind, content["pay_fen"], {}, entry_id, content["reason"])
    await _note(connection, actor, f"guarantee.{kind}", found.id, {"fen": content["pay_fen"]})
    return {"paid_fen": content["pay_fen"]}


async def record_recovery(
    actor: Actor, *, guarantee_id: UUID, recovered_fen: int, note: str = "", key: str | None = None
) -> Guarantee:
    """Money recovered from the borrower is shared back as the loss was borne; the pool's part returns to it.

    Raises:
        NotPermitted: no authority that manages funds.
        NotFound: no paid loss of the authority's pools.
        Problem: more than is still out.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    text = checked_name(note, at="note", longest=500, required=False)

    async def work() -> dict[str, str]:
        found = await _guarantee(connection, guarantee_id)
        if found.authority_id != actor.tenant_id or found.state != "paid" or found.loss_id is None:
            raise NotFound(N_("There is no such covered loan."), at="guarantee_id")
        await _lock(connection, found.pool_id)
        found = await _guarantee(connection, guarantee_id)
        assert found.loss_id is not None  # noqa: S101 - asked above
        returned = {
            party: sum(step.shares.get(party, 0) for step in found.steps if step.kind == "recovered")
            for party in PARTIES
        }
        back = share_recovery(recovered_fen, found.shares, returned)
        entry_id: UUID | None = None
        if back["pool"]:
            accounts = await _accounts(connection, found.pool_id)
            entry = await journal.post(
                connection,
                key=new_id().hex,
                kind="pool.recovery",
                legs=[Leg(accounts["paid_account_id"], accounts["pool_account_id"], back["pool"])],
                occurred_on=await today(connection),
            )
            entry_id = entry.id
        await _step(connection, actor, found.loss_id, "recovered", back["pool"], back, entry_id, text)
        await _note(
            connection, actor, "guarantee.recovery", guarantee_id, {"fen": recovered_fen, "back": back}
        )
        return {}

    async with transaction(tenant=actor.tenant_id) as connection:
        request = {"guarantee_id": guarantee_id, "recovered_fen": recovered_fen, "note": text}
        await once(connection, actor, operation="guarantee.recovery", key=key, request=request, work=work)
        return await _guarantee(connection, guarantee_id)


async def _accounts(connection: Connection, pool_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(
        "select pool_account_id, paid_account_id from finance_pool where id = $1", pool_id
    )
    assert row is not None  # noqa: S101 - the guarantee names it
    return row


async def _step(
    connection: Connection,
    actor: Actor,
    loss_id: UUID,
    kind: str,
    amount_fen: int,
    shares: dict[str, int],
    entry_id: UUID | None,
    note: str,
) -> None:
    await connection.execute(
        """insert into finance_loss_step (id, loss_id, authority_id, bank_id, enterprise_id, kind, amount_fen, shares, entry_id,
               note, by_person, by_name)
           select $1, l.id, l.authority_id, l.bank_id, l.enterprise_id, $3, $4, $5::jsonb, $6, $7, $8, $9
             from finance_loss l where l.id = $2""",
        new_id(), loss_id, kind, amount_fen, msgspec.json.encode(shares).decode(), entry_id, note, actor.person_id,
        actor.name,
    )  # fmt: skip


async def _note(
    connection: Connection, actor: Actor, act: str, guarantee_id: UUID, details: dict[str, Any]
) -> None:
    await audit.record(
        connection, actor, act=act, object_kind="guarantee", object_id=guarantee_id, details=details
    )


_SELECT = """
    select g.id, g.pool_id, g.authority_id, g.bank_id, g.loan_id, g.contract_number, g.borrower_name_zh, g.borrower_name_en,
           g.risk_class, g.principal_fen, g.covered_fen, g.ends_on, l.id as loss_id, l.loss_fen,
           coalesce(l.shares, '{}') as shares, coalesce(l.limits, '[]') as limits, coalesce(l.reason, '') as reason,
           coalesce((select jsonb_agg(jsonb_build_object('kind', s.kind, 'amount_fen', s.amount_fen, 'shares', s.shares,
                        'note', s.note, 'by_name', s.by_name, 'happened_at', s.happened_at) order by s.happened_at, s.id)
                       from finance_loss_step s where s.loss_id = l.id), '[]') as steps
      from finance_guarantee g left join finance_loss l on l.guarantee_id = g.id
"""


async def list_guarantees(actor: Actor) -> list[Guarantee]:
    """Covered loans of the actor's side, latest first.

    Raises:
        NotPermitted: neither `loan:read` nor `fund:read`.
    """
    if Permission.FUND_READ not in actor.permissions:
        actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_SELECT + "order by g.registered_at desc, g.id limit 1000")
    return [_read(row) for row in rows]


async def _guarantee(connection: Connection, guarantee_id: UUID) -> Guarantee:
    row = await connection.fetchrow(_SELECT + "where g.id = $1", guarantee_id)
    if row is None:
        raise NotFound(N_("There is no such covered loan."), at="guarantee_id")
    return _read(row)


def _read(row: asyncpg.Record) -> Guarantee:
    values = dict(row)
    decode = msgspec.json.decode
    return Guarantee(
        **values
        | {
            "shares": decode(values["shares"]),
            "limits": [(limit[0], limit[1]) for limit in decode(values["limits"])],
            "steps": decode(values["steps"], type=tuple[LossStep, ...]),
        }
    )
