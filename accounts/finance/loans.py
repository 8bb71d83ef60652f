"""Loans as registered: priced, kept for good, and, under a programme, with the subsidy held from the fund."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.finance import borrowers, reservations
from accounts.finance.days import today
from accounts.finance.pricing import Quote, check_purpose, require_client, write_quote
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.finance import rating
from methodologies.finance.interest_subsidy import Check
from methodologies.finance.programmes import programme

LONGEST_CONTRACT_NUMBER = 80


@dataclass(frozen=True)
class LoanSubsidy:
    """The subsidy of a loan in fen: held at registration, accrued so far, and what is still held."""

    programme_id: str
    programme: Text
    fund_id: UUID
    expected_fen: int
    accrued_fen: int
    remaining_fen: int
    accrued_until: date | None
    subsidised_until: date


@dataclass(frozen=True)
class Loan:
    """A loan repaid at its end. `rating_level` shows to the bank while the borrower's consent lasts."""

    id: UUID
    bank_id: UUID
    bank_name_zh: str
    bank_name_en: str
    enterprise_id: UUID
    borrower_name_zh: str
    borrower_name_en: str
    contract_number: str
    purpose: str
    principal_fen: int
    outstanding_fen: int
    rate_percent: Decimal
    day_count: str
    term_months: int
    starts_on: date
    ends_on: date
    registered_at: datetime
    accrued_interest_fen: int
    accrued_until: date | None
    rating_level: int | None
    rating_label: Text | None
    subsidy: LoanSubsidy | None


@dataclass(frozen=True)
class MonthAccrual:
    """Interest and subsidy of a calendar month, in fen."""

    month: date
    days: int
    interest_fen: int
    subsidy_fen: int


@dataclass(frozen=True)
class LoanDetail:
    """A loan with its reasons: the price while the consent lasts, the programme's answers, accruals by month."""

    loan: Loan
    price_explanation: dict[str, Any] | None
    checks: tuple[Check, ...]
    subsidy_explanation: dict[str, Any] | None
    months: tuple[MonthAccrual, ...]


async def register_loan(
    actor: Actor,
    *,
    enterprise_id: UUID,
    product_id: UUID,
    principal_fen: int,
    term_months: int,
    starts_on: date,
    contract_number: str,
    purpose: str,
    programme_id: str | None = None,
    without_subsidy_if_short: bool = False,
    fund_id: UUID | None = None,
    key: str | None = None,
) -> Loan:
    """Price the loan, keep it, and under a programme hold the most it can draw from the fund, all or nothing.

    Where the fund holds too little, the loan is refused with the numbers, or, if the bank says so, registered
    without subsidy. `fund_id` names the fund where several authorities have one for the programme.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such client that lets the bank read its account, product, programme or fund.
        Problem: a value out of bounds, or a condition of the programme that is not met.
        Conflict: the contract number is registered, or the fund is too small.
    """
    actor.require(Permission.LOAN_REGISTER)
    check_purpose(purpose)
    contract_number = _checked_contract_number(contract_number)
    if programme_id is not None:
        programme(programme_id)
    borrower = await borrowers.rating_for(actor, enterprise_id, starts_on)
    request = {
        "enterprise_id": enterprise_id, "product_id": product_id, "principal_fen": principal_fen,
        "term_months": term_months, "starts_on": starts_on, "contract_number": contract_number, "purpose": purpose,
        "programme_id": programme_id, "without_subsidy_if_short": without_subsidy_if_short, "fund_id": fund_id,
    }  # fmt: skip

    async def work() -> Loan:
        name = await require_client(connection, enterprise_id)
        quote = await write_quote(
            connection,
            actor,
            borrower,
            enterprise_id,
            product_id,
            principal_fen,
            term_months,
            starts_on,
            purpose,
        )
        loan_id = await _write_loan(connection, actor, name, quote, contract_number)
        reserved = None
        if programme_id is not None:
            reserved = await reservations.reserve(
                connection, loan_id, quote, programme_id, fund_id, without_if_short=without_subsidy_if_short
            )
        await audit.record(
            connection,
            actor,
            act="loan.register",
            object_kind="loan",
            object_id=loan_id,
            details={"contract_number": contract_number, "fen": principal_fen, "subsidy_fen": reserved or 0},
        )
        return await _loan(connection, loan_id)

    async with transaction(tenant=actor.tenant_id) as connection:
        return await once(
            connection,
            actor,
            operation="loan.register",
            key=key,
            request=request,
            work=work,
            answer_type=Loan,
        )


async def list_loans(actor: Actor, *, enterprise_id: UUID | None = None) -> list[Loan]:
    """A bank's loans, or a borrower's own, newest first.

    Raises:
        NotPermitted: without `loan:read`.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await loans_of(connection, enterprise_id=enterprise_id)


async def read_loan(actor: Actor, *, loan_id: UUID) -> LoanDetail:
    """A loan of the bank, or of the borrower, with its reasons.

    Raises:
        NotPermitted: without `loan:read`.
        NotFound: no such loan of the actor's.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        loan = await _loan(connection, loan_id)
        price = await connection.fetchval(
            """select q.explanation from finance_quote q join finance_loan l on l.quote_id = q.id
                where l.id = $1""",
            loan_id,
        )
        subsidy = await connection.fetchrow(
            "select checks, explanation from finance_subsidy where loan_id = $1", loan_id
        )
        months = await connection.fetch(_MONTHS, loan_id)
    return LoanDetail(
        loan=loan,
        price_explanation=None if price is None else msgspec.json.decode(price),
        checks=() if subsidy is None else msgspec.json.decode(subsidy["checks"], type=tuple[Check, ...]),
        subsidy_explanation=None if subsidy is None else msgspec.json.decode(subsidy["explanation"]),
        months=tuple(MonthAccrual(**row) for row in months),
    )


_MONTHS = """
    select date_trunc('month', i.day)::date as month, count(*)::int as days, sum(i.amount_fen)::bigint as interest_fen,
           coalesce(sum(s.amount_fen), 0)::bigint as subsidy_fen
      from finance_interest_accrual i
      left join finance_subsidy_accrual s on s.loan_id = i.loan_id and s.day = i.day
     where i.loan_id = $1 group by 1 order by 1
"""

_SELECT = """
    select l.id, l.bank_id, b.name_zh as bank_name_zh, b.name_en as bank_name_en, l.enterprise_id, l.borrower_name_zh,
           l.borrower_name_en, l.contract_number, l.purpose, l.principal_fen, l.rate_percent, l.day_count, l.term_months,
           l.starts_on, l.ends_on, l.registered_at, i.fen as accrued_interest_fen, i.until as accrued_until,
           q.rating_level, s.programme_id, s.fund_id, s.expected_fen, s.subsidised_until, a.fen as subsidy_accrued_fen,
           a.until as subsidy_accrued_until
      from finance_loan l
      join identity_organisation b on b.id = l.bank_id
      left join finance_quote q on q.id = l.quote_id
      left join finance_subsidy s on s.loan_id = l.id
      cross join lateral (
          select coalesce(sum(amount_fen), 0)::bigint
                 + coalesce((select sum(j.amount_fen) from finance_interest_adjustment j where j.loan_id = l.id), 0)::bigint
                 as fen, max(day) as until
            from finance_interest_accrual where loan_id = l.id) i
      cross join lateral (
          select coalesce(sum(amount_fen), 0)::bigint
                 + coalesce((select sum(j.amount_fen) from finance_subsidy_adjustment j where j.loan_id = l.id), 0)::bigint
                 as fen, max(day) as until
            from finance_subsidy_accrual where loan_id = l.id) a
"""


async def loans_of(connection: Connection, *, enterprise_id: UUID | None = None) -> list[Loan]:
    """Every loan the transaction's tenant is a party to, newest first."""
    rows = await connection.fetch(
        _SELECT + "where $1::uuid is null or l.enterprise_id = $1 order by l.starts_on desc, l.id desc",
        enterprise_id,
    )
    now = await today(connection)
    return [_read(dict(row), now) for row in rows]


async def _loan(connection: Connection, loan_id: UUID) -> Loan:
    row = await connection.fetchrow(_SELECT + "where l.id = $1", loan_id)
    if row is None:
        raise NotFound(N_("There is no such loan."), at="loan_id")
    return _read(dict(row), await today(connection))


def _read(row: dict[str, Any], now: date) -> Loan:
    programme_id, level = row.pop("programme_id"), row["rating_level"]
    fund_id, expected = row.pop("fund_id"), row.pop("expected_fen")
    until, accrued = row.pop("subsidised_until"), row.pop("subsidy_accrued_fen")
    accrued_until = row.pop("subsidy_accrued_until")
    subsidy = None
    if programme_id is not None:
        subsidy = LoanSubsidy(
            programme_id=programme_id,
            programme=programme(programme_id).name,
            fund_id=fund_id,
            expected_fen=expected,
            accrued_fen=accrued,
            remaining_fen=max(expected - accrued, 0),
            accrued_until=accrued_until,
            subsidised_until=until,
        )
    return Loan(
        **row,
        outstanding_fen=row["principal_fen"] if now < row["ends_on"] else 0,
        rating_label=None if level is None else rating.label_of(level),
        subsidy=subsidy,
    )


def _checked_contract_number(text: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_CONTRACT_NUMBER or not text.isprintable():
        raise Problem(
            N_("A contract number has 1 to {longest} printable characters."),
            at="contract_number",
            longest=LONGEST_CONTRACT_NUMBER,
        )
    return text


async def _write_loan(
    connection: Connection, actor: Actor, name: Text, quote: Quote, contract_number: str
) -> UUID:
    loan_id: UUID | None = await connection.fetchval(
        """insert into finance_loan (id, bank_id, enterprise_id, borrower_name_zh, borrower_name_en, product_id, quote_id,
               contract_number, purpose, principal_fen, rate_percent, day_count, term_months, starts_on, ends_on,
               registered_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
           on conflict (bank_id, contract_number) do nothing returning id""",
        new_id(), actor.tenant_id, quote.enterprise_id, name.zh, name.en, quote.product_id, quote.id, contract_number,
        quote.purpose, quote.principal_fen, quote.rate_percent, quote.day_count, quote.term_months, quote.starts_on,
        quote.ends_on, actor.person_id,
    )  # fmt: skip
    if loan_id is None:
        earlier = await connection.fetchrow(
            "select borrower_name_zh, starts_on from finance_loan where contract_number = $1", contract_number
        )
        raise Conflict(
            N_(
                "The contract {number} is registered already: {borrower}, from {day}. One contract is one loan."
            ),
            at="contract_number",
            number=contract_number,
            borrower=earlier["borrower_name_zh"] if earlier else "",
            day=earlier["starts_on"].isoformat() if earlier else "",
        )
    return loan_id
