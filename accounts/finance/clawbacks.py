"""What was paid out too much and is asked back, and what came back (追回)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance.claim_payments import paid_account
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen, yuan_text

RETURN_KIND = "subsidy.return"


@dataclass(frozen=True)
class Clawback:
    """A loan whose firm owes money back to a fund: asked back, come back, and still owed, in fen."""

    loan_id: UUID
    contract_number: str
    bank_id: UUID
    enterprise_id: UUID
    borrower_name_zh: str
    borrower_name_en: str
    fund_id: UUID
    programme_id: str
    demanded_fen: int
    returned_fen: int
    owed_fen: int
    since: date
    reason: str


_SELECT = """
    select j.loan_id, k.contract_number, j.bank_id, j.enterprise_id, k.borrower_name_zh, k.borrower_name_en, j.fund_id,
           k.programme_id, j.demanded_fen, coalesce(r.fen, 0)::bigint as returned_fen,
           (j.demanded_fen - coalesce(r.fen, 0))::bigint as owed_fen, j.since, j.reason
      from (select loan_id, bank_id, enterprise_id, fund_id, sum(demanded_fen)::bigint as demanded_fen, max(day) as since,
                   (array_agg(reason order by recorded_at desc))[1] as reason
              from finance_subsidy_adjustment group by loan_id, bank_id, enterprise_id, fund_id) j
      join lateral (select contract_number, borrower_name_zh, borrower_name_en, programme_id from finance_claim
                     where loan_id = j.loan_id order by ends_on desc limit 1) k on true
      left join lateral (select sum(amount_fen) as fen from finance_clawback_return where loan_id = j.loan_id) r on true
     where j.demanded_fen > 0
"""


async def list_clawbacks(actor: Actor) -> list[Clawback]:
    """What is asked back, largest first: for an authority all of its funds, for bank and firm their own.

    Raises:
        NotPermitted: neither `loan:read` nor `fund:read`.
    """
    if Permission.FUND_READ not in actor.permissions:
        actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await clawbacks_of(connection)


async def clawbacks_of(connection: Connection) -> list[Clawback]:
    """The same in the caller's transaction."""
    rows = await connection.fetch(_SELECT + " order by owed_fen desc, j.loan_id")
    return [Clawback(**row) for row in rows]


async def record_return(
    actor: Actor, *, loan_id: UUID, amount_fen: int, returned_on: date, reference: str, key: str | None = None
) -> Clawback:
    """Money came back: it is the fund's again.

    Raises:
        NotPermitted: no authority that manages funds.
        NotFound: nothing is asked back for this loan.
        Problem: nothing, or more than is owed.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    positive_fen(amount_fen, at="amount_fen")
    text = checked_name(reference, at="reference", longest=200)
    request = {"loan_id": loan_id, "amount_fen": amount_fen, "returned_on": returned_on, "reference": text}

    async def work() -> dict[str, str]:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"clawback {loan_id}"
        )
        owed = await _owed(connection, loan_id)
        if amount_fen > owed.owed_fen:
            raise Problem(
                N_("Only {owed} yuan are owed back for this loan."),
                at="amount_fen",
                owed=yuan_text(owed.owed_fen),
            )
        return_id = new_id()
        fund_account = await connection.fetchval(
            "select fund_account_id from finance_fund where id = $1", owed.fund_id
        )
        paid = await paid_account(connection, actor, owed.programme_id)
        entry = await journal.post(
            connection,
            key=str(return_id),
            kind=RETURN_KIND,
            legs=[Leg(paid, fund_account, amount_fen)],
            occurred_on=returned_on,
            memo=text,
        )
        await connection.execute(
            """insert into finance_clawback_return (id, loan_id, bank_id, enterprise_id, authority_id, fund_id, amount_fen,
                   returned_on, reference, entry_id, recorded_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            return_id, loan_id, owed.bank_id, owed.enterprise_id, actor.tenant_id, owed.fund_id, amount_fen,
            returned_on, text, entry.id, actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="clawback.return",
            object_kind="loan",
            object_id=loan_id,
            details={"fen": amount_fen, "reference": text},
        )
        return {}

    async with transaction(tenant=actor.tenant_id) as connection:
        await once(connection, actor, operation="clawback.return", key=key, request=request, work=work)
        return await _owed(connection, loan_id)


async def _owed(connection: Connection, loan_id: UUID) -> Clawback:
    found = [clawback for clawback in await clawbacks_of(connection) if clawback.loan_id == loan_id]
    if not found:
        raise NotFound(N_("Nothing is asked back for this loan."), at="loan_id")
    return found[0]
