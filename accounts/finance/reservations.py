"""Holding a loan's subsidy from the fund: the most it can draw, from the day it is registered."""

from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.finance.funds import HOLD_KIND, Fund, funds_of
from accounts.finance.offers import with_ceiling_used
from accounts.finance.pricing import Quote
from accounts.ledger import journal
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.money import yuan_text
from methodologies.finance import interest_subsidy as rule
from methodologies.finance.programmes import programme


async def reserve(
    connection: Connection,
    loan_id: UUID,
    quote: Quote,
    programme_id: str,
    fund_id: UUID | None,
    *,
    without_if_short: bool,
) -> int | None:
    """Hold the subsidy in the caller's transaction; returns the fen held, or None for a loan left without.

    Raises:
        NotFound: no such fund.
        Problem: a condition of the programme is not met.
        Conflict: the fund holds too little and the bank has not said that the loan goes without.
    """
    known = programme(programme_id)
    loan = await with_ceiling_used(connection, known, quote.enterprise_id, quote.as_subsidised())
    answers = rule.checks(known, loan)
    for refused in rule.refusals(answers):
        raise Problem(refused.template, at="programme_id", **refused.values)
    fund = await _fund_for(connection, programme_id, fund_id)
    expected = rule.expected_fen(known, loan)
    if expected == 0:
        raise Problem(N_("The subsidy of this loan would be less than one fen."), at="programme_id")
    hold = await _hold(connection, loan_id, fund, expected)
    if hold is None:
        if without_if_short:
            return None
        raise await _too_small(connection, fund, expected)
    await connection.execute(
        """insert into finance_subsidy (loan_id, bank_id, enterprise_id, authority_id, fund_id, programme_id, hold_id,
               expected_fen, subsidised_until, already_subsidised_fen, checks, explanation)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb)""",
        loan_id, quote.bank_id, quote.enterprise_id, fund.authority_id, fund.id, programme_id, hold,
        expected, rule.subsidised_until(known, loan), loan.already_subsidised_fen,
        msgspec.json.encode(answers).decode(), msgspec.json.encode(rule.explain(known, loan).as_dict()).decode(),
    )  # fmt: skip
    return expected


async def _fund_for(connection: Connection, programme_id: str, fund_id: UUID | None) -> Fund:
    funds = [
        fund
        for fund in await funds_of(connection, programme_id=programme_id)
        if fund_id is None or fund.id == fund_id
    ]
    if not funds:
        raise NotFound(
            N_("No authority has a fund for the programme {programme} yet."),
            at="programme_id",
            programme=programme_id,
        )
    if len(funds) > 1:
        raise Problem(
            N_("{count} authorities have a fund for {programme}; say which one by fund_id."),
            at="fund_id",
            count=len(funds),
            programme=programme_id,
        )
    return funds[0]


async def _hold(connection: Connection, loan_id: UUID, fund: Fund, amount_fen: int) -> UUID | None:
    """The hold, or None when the fund holds too little; PostgreSQL decides under the account's lock."""
    accounts = await connection.fetchrow(
        "select fund_account_id, payable_account_id from finance_fund where id = $1", fund.id
    )
    assert accounts is not None  # noqa: S101 - read just before, and funds are never deleted
    try:
        held = await journal.hold(
            connection,
            key=str(loan_id),
            kind=HOLD_KIND,
            debit=accounts["fund_account_id"],
            credit=accounts["payable_account_id"],
            amount=amount_fen,
        )
    except Conflict as refused:
        if refused.values.get("available") is None:
            raise
        return None
    return held.id


async def _too_small(connection: Connection, fund: Fund, expected: int) -> Conflict:
    now = await connection.fetchrow("select * from finance_fund_numbers($1)", fund.id)
    available = now["available_fen"] if now else 0
    return Conflict(
        N_(
            "The fund for {programme} has {available} yuan left and this loan needs {needed} yuan, {missing} yuan more."
            " Register it without subsidy, or wait until the fund is topped up."
        ),
        at="programme_id",
        programme=fund.programme,
        available=yuan_text(available),
        needed=yuan_text(expected),
        missing=yuan_text(expected - available),
    )
