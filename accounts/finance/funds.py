"""An authority's money for a programme, in the ledger: what came in, what is held for loans, what is due to banks.

Three accounts of the authority: the budget (issuing), the fund (never below zero), and what is due. Any bank may
draw on the fund, but only to the account of what is due, and only through the use-cases of this room.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance.days import today
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from carbon.errors import N_, Conflict, NotFound
from carbon.identifiers import new_id
from carbon.money import positive_fen
from carbon.text import Text
from methodologies.finance.programmes import programme

COMMODITY = "CNY-fen"
HOLD_KIND = "subsidy.hold"
ACCRUAL_KIND = "subsidy.accrual"
TOP_UP_KIND = "fund.top-up"
MANDATE_KIND = "subsidy"


@dataclass(frozen=True)
class Fund:
    """All in fen: received = available + held + what has left the fund; due is owed to banks, paid has been paid."""

    id: UUID
    authority_id: UUID
    authority_name_zh: str
    authority_name_en: str
    programme_id: str
    programme: Text
    opened_at: datetime
    received_fen: int
    held_fen: int
    available_fen: int
    due_fen: int
    paid_fen: int


async def open_fund(actor: Actor, *, programme_id: str, amount_fen: int, key: str | None = None) -> Fund:
    """Open the authority's fund for a programme and put the first amount in.

    Raises:
        NotPermitted: the actor is no authority that manages funds.
        NotFound: no such programme.
        Problem: the amount is not above zero.
        Conflict: the authority has a fund for the programme; top it up.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    programme(programme_id)
    positive_fen(amount_fen, at="amount_fen")

    async def work() -> Fund:
        fund_id = await _write_fund(connection, actor, programme_id)
        await _put_in(connection, fund_id, amount_fen, key or new_id().hex)
        await _note(connection, actor, "fund.open", fund_id, {"programme": programme_id, "fen": amount_fen})
        return await _fund(connection, fund_id)

    async with transaction(tenant=actor.tenant_id) as connection:
        request = {"programme_id": programme_id, "amount_fen": amount_fen}
        return await once(
            connection, actor, operation="fund.open", key=key, request=request, work=work, answer_type=Fund
        )


async def top_up(actor: Actor, *, fund_id: UUID, amount_fen: int, key: str | None = None) -> Fund:
    """Put more in.

    Raises:
        NotPermitted: the actor is no authority that manages funds.
        NotFound: no such fund of the authority.
        Problem: the amount is not above zero.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    positive_fen(amount_fen, at="amount_fen")

    async def work() -> Fund:
        await _own(connection, actor, fund_id)
        await _put_in(connection, fund_id, amount_fen, key or new_id().hex)
        await _note(connection, actor, "fund.top-up", fund_id, {"fen": amount_fen})
        return await _fund(connection, fund_id)

    async with transaction(tenant=actor.tenant_id) as connection:
        request = {"fund_id": fund_id, "amount_fen": amount_fen}
        return await once(
            connection, actor, operation="fund.top-up", key=key, request=request, work=work, answer_type=Fund
        )


async def read_fund(actor: Actor, *, fund_id: UUID) -> Fund:
    """A fund with its sums, for its authority and for banks.

    Raises:
        NotFound: no such fund, or not for the actor to see.
    """
    actor.require(Permission.FUND_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _fund(connection, fund_id)


async def list_funds(actor: Actor) -> list[Fund]:
    """An authority's own funds; for a bank all it may draw on."""
    actor.require(Permission.FUND_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await funds_of(connection)


@dataclass(frozen=True)
class Draw:
    """A loan that draws on a fund, in fen: held at first, accrued so far, still held."""

    loan_id: UUID
    bank_name_zh: str
    bank_name_en: str
    borrower_name_zh: str
    borrower_name_en: str
    reserved_at: datetime
    subsidised_until: date
    expected_fen: int
    accrued_fen: int
    held_fen: int


async def list_draws(actor: Actor, *, fund_id: UUID) -> list[Draw]:
    """The loans that draw on a fund, latest first: for its authority all, for a bank its own.

    Raises:
        NotFound: no such fund, or not for the actor to see.
    """
    actor.require(Permission.FUND_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await _fund(connection, fund_id)
        rows = await connection.fetch(_DRAWS, fund_id)
    return [Draw(**row, held_fen=row["expected_fen"] - row["accrued_fen"]) for row in rows]


_DRAWS = """
    select s.loan_id, b.name_zh as bank_name_zh, b.name_en as bank_name_en, coalesce(e.name_zh, '') as borrower_name_zh,
           coalesce(e.name_en, '') as borrower_name_en, s.reserved_at, s.subsidised_until, s.expected_fen,
           (select coalesce(sum(a.amount_fen), 0)::bigint from finance_subsidy_accrual a
             where a.loan_id = s.loan_id) as accrued_fen
      from finance_subsidy s
      join identity_organisation b on b.id = s.bank_id
      left join identity_organisation e on e.id = s.enterprise_id
     where s.fund_id = $1 order by s.reserved_at desc, s.loan_id
"""


async def funds_of(connection: Connection, *, programme_id: str | None = None) -> list[Fund]:
    """Every fund the transaction's tenant may see, of one programme if named."""
    rows = await connection.fetch(
        """select f.id, f.authority_id, o.name_zh as authority_name_zh, o.name_en as authority_name_en,
                  f.programme_id, f.opened_at, n.*
             from finance_fund f
             join identity_organisation o on o.id = f.authority_id
             cross join lateral finance_fund_numbers(f.id) n
            where $1::text is null or f.programme_id = $1
            order by f.programme_id, f.opened_at""",
        programme_id,
    )
    return [Fund(**row, programme=programme(row["programme_id"]).name) for row in rows]


async def _fund(connection: Connection, fund_id: UUID) -> Fund:
    for fund in await funds_of(connection):
        if fund.id == fund_id:
            return fund
    raise NotFound(N_("There is no such fund."), at="fund_id")


async def _own(connection: Connection, actor: Actor, fund_id: UUID) -> None:
    if (await _fund(connection, fund_id)).authority_id != actor.tenant_id:
        raise NotFound(N_("There is no such fund."), at="fund_id")


async def _write_fund(connection: Connection, actor: Actor, programme_id: str) -> UUID:
    async def account(code: str, kind: str = "holding") -> UUID:
        return await journal.open_account(
            connection, tenant_id=actor.tenant_id, code=code, commodity=COMMODITY, kind=kind
        )

    budget = await account("subsidy.budget", "issuing")
    fund = await account(f"subsidy.fund.{programme_id}")
    due = await account(f"subsidy.due.{programme_id}")
    fund_id: UUID | None = await connection.fetchval(
        """insert into finance_fund (id, authority_id, programme_id, budget_account_id, fund_account_id,
               payable_account_id, opened_by)
           values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id""",
        new_id(),
        actor.tenant_id,
        programme_id,
        budget,
        fund,
        due,
        actor.person_id,
    )
    if fund_id is None:
        raise Conflict(N_("There is a fund for {programme} already; top it up."), programme=programme_id)
    await journal.grant_mandate(
        connection, account_id=fund, grantee_id=None, kind=MANDATE_KIND, to_account_id=due
    )
    return fund_id


async def _put_in(connection: Connection, fund_id: UUID, amount_fen: int, key: str) -> None:
    row = await connection.fetchrow(
        "select budget_account_id, fund_account_id from finance_fund where id = $1", fund_id
    )
    assert row is not None  # noqa: S101 - written or read just before
    leg = Leg(row["budget_account_id"], row["fund_account_id"], amount_fen)
    day = await today(connection)
    await journal.post(connection, key=key, kind=TOP_UP_KIND, legs=[leg], occurred_on=day)


async def _note(
    connection: Connection, actor: Actor, act: str, fund_id: UUID, details: dict[str, object]
) -> None:
    await audit.record(connection, actor, act=act, object_kind="fund", object_id=fund_id, details=details)
