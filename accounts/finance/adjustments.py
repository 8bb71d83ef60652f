"""Putting right what accrued before something was known of a loan: a corrected rate, an early payment, overdue days.

What a loan should have accrued is computed anew from its whole history; the difference is one adjustment with its
entries in the books. Money not paid out goes back to the fund; what was paid out already is asked back (claw-back),
or set against what comes next. At every moment, for each loan,

    accrued + adjusted + asked back = paid + given up + due
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.finance.funds import ACCRUAL_KIND
from accounts.finance.histories import LoanHistory, accrued_before_fen, histories_of
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from accounts.timing.tenants import acting_for
from carbon.errors import Problem
from carbon.identifiers import new_id
from methodologies.finance.interest_subsidy import accrued_fen, expected_fen
from methodologies.finance.programmes import programme

ADJUST_KIND = "subsidy.adjustment"

_INTEREST = """
    select l.id, l.bank_id, l.enterprise_id, a.until, a.fen + coalesce(j.fen, 0) as posted_fen
      from finance_loan l
      join lateral (select max(day) as until, sum(amount_fen)::bigint as fen from finance_interest_accrual
                     where loan_id = l.id) a on a.until is not null
      left join lateral (select sum(amount_fen)::bigint as fen from finance_interest_adjustment
                          where loan_id = l.id) j on true
     where exists (select from finance_loan_event e where e.loan_id = l.id)
     order by l.id
"""

LOAN_SUMS = """
    select l.id, l.bank_id, l.enterprise_id, l.contract_number, s.authority_id, s.fund_id, s.programme_id, s.hold_id,
           s.already_subsidised_fen, s.subsidised_until, f.fund_account_id, f.payable_account_id, a.until,
           coalesce(a.fen, 0) + coalesce(j.fen, 0) as posted_fen,
           coalesce(j.demanded, 0) - coalesce(r.fen, 0) as owed_fen,
           coalesce(a.fen, 0) + coalesce(j.fen, 0) + coalesce(j.demanded, 0) - coalesce(c.fen, 0) as due_fen
      from finance_subsidy s
      join finance_loan l on l.id = s.loan_id
      join finance_fund f on f.id = s.fund_id
      left join lateral (select max(day) as until, sum(amount_fen)::bigint as fen from finance_subsidy_accrual
                          where loan_id = s.loan_id) a on true
      left join lateral (select sum(amount_fen)::bigint as fen, sum(demanded_fen)::bigint as demanded
                           from finance_subsidy_adjustment where loan_id = s.loan_id) j on true
      left join lateral (select sum(amount_fen)::bigint as fen from finance_clawback_return
                          where loan_id = s.loan_id) r on true
      left join lateral (
          select sum(e.amount_fen + coalesce((e.details ->> 'given_up_fen')::bigint, 0))::bigint as fen
            from finance_claim k join finance_claim_event e on e.claim_id = k.id and e.kind in ('paid', 'refused')
           where k.loan_id = s.loan_id) c on true
"""
"""Of each subsidised loan: accrued and adjusted, what it still owes back, and what is due and not paid out."""


async def adjust_interest(connection: Connection, day: date) -> int:
    """Put right the interest of loans to which something happened; returns how many changed."""
    loans = await connection.fetch(_INTEREST)
    histories = await histories_of(connection, [loan["id"] for loan in loans])
    changed = 0
    for loan in loans:
        should = accrued_before_fen(histories[loan["id"]].schedule(), loan["until"] + timedelta(days=1))
        if should != loan["posted_fen"]:
            await connection.execute(
                """insert into finance_interest_adjustment (id, loan_id, bank_id, enterprise_id, day, amount_fen)
                   values ($1, $2, $3, $4, $5, $6)""",
                new_id(),
                loan["id"],
                loan["bank_id"],
                loan["enterprise_id"],
                day,
                should - loan["posted_fen"],
            )
            changed += 1
    return changed


async def adjust_subsidies(connection: Connection, day: date, refused: list[str]) -> int:
    """Put right the subsidies of loans to which something happened; returns how many changed."""
    loans = await connection.fetch(
        LOAN_SUMS
        + """where a.until is not null and exists (select from finance_loan_event e where e.loan_id = l.id)
             order by s.authority_id, l.id"""
    )
    histories = await histories_of(connection, [loan["id"] for loan in loans])
    changed = 0
    for loan in loans:
        async with acting_for(connection, loan["authority_id"]):
            try:
                changed += await _adjust(connection, loan, histories[loan["id"]], day)
            except Problem as problem:
                refused.append(f"{loan['contract_number']}: {problem}")
    return changed


async def _adjust(connection: Connection, loan: asyncpg.Record, history: LoanHistory, day: date) -> bool:
    known = programme(loan["programme_id"])
    now = history.subsidised(loan["already_subsidised_fen"], known.id)
    should = accrued_fen(known, now, loan["until"] + timedelta(days=1))
    spare = await _spare(connection, loan["hold_id"], max(expected_fen(known, now) - should, 0))
    difference = should - loan["posted_fen"]
    if not difference and not spare:
        return False
    key = f"{loan['id']} {new_id()}"
    back = min(max(-difference, 0), loan["due_fen"])
    demanded = max(-difference, 0) - back
    offset = min(max(difference, 0), max(loan["owed_fen"], 0))
    entry_id: UUID | None = None
    if difference > offset:
        more = difference - offset
        entry_id = await draw(connection, loan, more, key=key, kind=ADJUST_KIND, day=day)
    if spare:
        await journal.settle_hold(
            connection,
            hold_id=loan["hold_id"],
            key=f"{key} spare",
            kind=ACCRUAL_KIND,
            occurred_on=day,
            amount=spare,
        )
    if back + spare:
        leg = Leg(loan["payable_account_id"], loan["fund_account_id"], back + spare)
        entry = await journal.post(
            connection, key=f"{key} back", kind=ADJUST_KIND, legs=[leg], occurred_on=day
        )
        entry_id = entry_id or entry.id
    if difference:
        await _write(connection, loan, day, difference, demanded - offset, entry_id, _reason(history))
    return bool(difference)


async def _spare(connection: Connection, hold_id: UUID, needed_fen: int) -> int:
    """What is held beyond what the loan can still draw."""
    return max(await _held(connection, hold_id) - needed_fen, 0)


async def _held(connection: Connection, hold_id: UUID) -> int:
    left: int | None = await connection.fetchval(
        "select amount - settled from ledger_hold where id = $1 and state = 'held'", hold_id
    )
    return left or 0


async def draw(
    connection: Connection, loan: asyncpg.Record, amount_fen: int, *, key: str, kind: str, day: date
) -> UUID:
    """Move an amount from the loan's hold to what is due; beyond the hold, from what the fund has available.

    Raises:
        Conflict: the fund has not enough, or its account is frozen.
    """
    held = min(await _held(connection, loan["hold_id"]), amount_fen)
    entry_id: UUID | None = None
    if held < amount_fen:
        leg = Leg(loan["fund_account_id"], loan["payable_account_id"], amount_fen - held)
        entry = await journal.post(connection, key=f"{key} more", kind=kind, legs=[leg], occurred_on=day)
        entry_id = entry.id
    if held:
        settled = await journal.settle_hold(
            connection, hold_id=loan["hold_id"], key=key, kind=kind, occurred_on=day, amount=held
        )
        entry_id = settled.id
    assert entry_id is not None  # noqa: S101 - the amount is above zero
    return entry_id


def _reason(history: LoanHistory) -> str:
    """The last thing that happened to the loan, as its bank recorded it."""
    last = history.events[-1] if history.events else None
    return "" if last is None else f"{last.kind} {last.on_day.isoformat()} {last.reason}".strip()


async def _write(
    connection: Connection,
    loan: asyncpg.Record,
    day: date,
    amount_fen: int,
    demanded_fen: int,
    entry_id: UUID | None,
    reason: str,
) -> None:
    values: tuple[Any, ...] = (
        new_id(), loan["id"], loan["bank_id"], loan["enterprise_id"], loan["authority_id"], loan["fund_id"], day,
        amount_fen, demanded_fen, entry_id, reason,
    )  # fmt: skip
    await connection.execute(
        """insert into finance_subsidy_adjustment (id, loan_id, bank_id, enterprise_id, authority_id, fund_id, day,
               amount_fen, demanded_fen, entry_id, reason)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        *values,
    )
