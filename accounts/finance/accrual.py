"""What each day adds: interest of every loan, and the subsidy due on it, up to and with a day.

A day that is missing is caught up, a day that is there is left alone, so a day can be run again without a second
effect. Days that accrued before something was known of the loan (a corrected rate, an early payment) are put right
first, by an adjustment (adjustments.py). Accruals and their entries in the books stand or fall together. It runs
under the database role `scheduler`, which works for all banks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.finance import adjustments, nightly
from accounts.finance.funds import ACCRUAL_KIND
from accounts.finance.histories import LoanHistory, histories_of
from accounts.timing.tenants import acting_for
from carbon.daycount import DayCount
from carbon.errors import Problem
from methodologies.finance.interest_periods import interest_on_fen, period_start
from methodologies.finance.interest_subsidy import SubsidisedLoan, accrued_fen
from methodologies.finance.programmes import RateForm, programme, programmes

PLAIN_PROGRAMMES = [p.id for p in programmes().values() if p.rate_form is RateForm.POINTS]
"""Programmes that ask nothing but the contract of a loan to which nothing happened."""

_LOCK = "select pg_advisory_xact_lock(hashtextextended('finance accrual', 0))"


@dataclass
class AccrualRun:
    """What a run added: days of loans, fen of interest and subsidy; `refused` names loans whose subsidy waits."""

    day: date
    loans: int = 0
    days: int = 0
    interest_fen: int = 0
    subsidy_fen: int = 0
    adjusted: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Days:
    """The days of one loan that are to be added, and what each adds."""

    loan: asyncpg.Record
    days: tuple[date, ...]
    amounts_fen: tuple[int, ...]

    @property
    def total_fen(self) -> int:
        return sum(self.amounts_fen)


async def accrue_day(*, day: date) -> AccrualRun:
    """Accrue every loan up to and with `day`, in a transaction of its own."""
    async with transaction(tenant=None) as connection:
        return await accrue(connection, day)


async def accrue(connection: Connection, day: date) -> AccrualRun:
    """The same in the caller's transaction: a slot's."""
    await connection.execute(_LOCK)
    run = AccrualRun(day)
    await _accrue_interest(connection, run)
    await _accrue_subsidies(connection, run)
    return run


_LOANS = """
    select l.id, l.bank_id, l.enterprise_id, l.principal_fen, l.rate_percent, l.day_count, l.starts_on, l.ends_on, l.purpose,
           i.until as accrued_until,
           exists (select from finance_loan_terms t where t.loan_id = l.id)
           or exists (select from finance_loan_event e where e.loan_id = l.id) as changed
      from finance_loan l
      cross join lateral (select max(day) as until from finance_interest_accrual where loan_id = l.id) i
     where l.starts_on <= $1 and (i.until is null or i.until < least($1, l.ends_on - 1))
     order by l.bank_id, l.id
"""

_SUBSIDIES = """
    select l.id, l.bank_id, l.enterprise_id, l.principal_fen, l.rate_percent, l.day_count, l.starts_on, l.ends_on, l.purpose,
           s.authority_id, s.fund_id, s.programme_id, s.hold_id, s.subsidised_until, s.already_subsidised_fen,
           a.until as accrued_until, l.contract_number, f.fund_account_id, f.payable_account_id,
           s.programme_id not in (select * from unnest($2::text[])) or
           exists (select from finance_loan_terms t where t.loan_id = l.id)
           or exists (select from finance_loan_event e where e.loan_id = l.id) as changed
      from finance_subsidy s
      join finance_loan l on l.id = s.loan_id
      join finance_fund f on f.id = s.fund_id
      cross join lateral (select max(day) as until from finance_subsidy_accrual where loan_id = s.loan_id) a
     where l.starts_on <= $1 and (a.until is null or a.until < least($1, s.subsidised_until - 1))
     order by s.authority_id, s.fund_id, l.id
"""


def _missing_days(loan: asyncpg.Record, ends_on: date, day: date) -> tuple[date, ...]:
    accrued_until: date | None = loan["accrued_until"]
    first = loan["starts_on"] if accrued_until is None else accrued_until + timedelta(days=1)
    last = min(day, ends_on - timedelta(days=1))
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


async def _accrue_interest(connection: Connection, run: AccrualRun) -> None:
    run.adjusted += await adjustments.adjust_interest(connection, run.day)
    night = await nightly.accrue_plain(connection, run.day)
    run.loans += night.loans
    run.days += night.loans
    run.interest_fen += night.interest_fen
    loans = await connection.fetch(_LOANS, run.day)
    histories = await histories_of(connection, [loan["id"] for loan in loans if loan["changed"]])
    for loan in loans:
        days = _missing_days(loan, loan["ends_on"], run.day)
        starts, amounts = _interest(loan, days, histories.get(loan["id"]))
        added = _Days(loan, days, amounts)
        await connection.execute(
            """insert into finance_interest_accrual (loan_id, bank_id, enterprise_id, day, period_starts_on, amount_fen)
               select $1, $2, $3, * from unnest($4::date[], $5::date[], $6::bigint[])""",
            loan["id"],
            loan["bank_id"],
            loan["enterprise_id"],
            list(days),
            list(starts),
            list(added.amounts_fen),
        )
        run.loans += 1
        run.days += len(days)
        run.interest_fen += added.total_fen


def _interest(
    loan: asyncpg.Record, days: Sequence[date], history: LoanHistory | None
) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """Of each day the first day of its period and what it adds; nothing once all is paid back or written off."""
    if history is not None:
        found = history.schedule()
        lines = [found.line_on(day) for day in days]
        starts = tuple(line.starts_on if line else day for line, day in zip(lines, days, strict=True))
        return starts, tuple(
            line.accrued_on_fen(day) if line else 0 for line, day in zip(lines, days, strict=True)
        )
    terms: tuple[int, Decimal, DayCount, date] = (
        loan["principal_fen"],
        loan["rate_percent"],
        DayCount(loan["day_count"]),
        loan["starts_on"],
    )
    starts = tuple(period_start(day, loan["starts_on"]) for day in days)
    return starts, tuple(interest_on_fen(*terms, day) for day in days)


async def _accrue_subsidies(connection: Connection, run: AccrualRun) -> None:
    run.adjusted += await adjustments.adjust_subsidies(connection, run.day, run.refused)
    loans = await connection.fetch(_SUBSIDIES, run.day, PLAIN_PROGRAMMES)
    histories = await histories_of(connection, [loan["id"] for loan in loans if loan["changed"]])
    by_authority: dict[UUID, list[_Days]] = {}
    for loan in loans:
        days = _missing_days(loan, loan["subsidised_until"], run.day)
        amounts = _subsidies(loan, days, histories.get(loan["id"]))
        by_authority.setdefault(loan["authority_id"], []).append(_Days(loan, days, amounts))
    for authority_id, several in by_authority.items():
        async with acting_for(connection, authority_id):
            for added in several:
                await _settle(connection, run, added)


def _subsidies(loan: asyncpg.Record, days: Sequence[date], history: LoanHistory | None) -> tuple[int, ...]:
    known = programme(loan["programme_id"])
    if history is not None:
        subsidised = history.subsidised(loan["already_subsidised_fen"], known.id)
    else:
        subsidised = SubsidisedLoan(
            principal_fen=loan["principal_fen"],
            rate_percent=loan["rate_percent"],
            day_count=DayCount(loan["day_count"]),
            released_on=loan["starts_on"],
            ends_on=loan["ends_on"],
            purpose=loan["purpose"],
            already_subsidised_fen=loan["already_subsidised_fen"],
        )
    totals = [
        accrued_fen(known, subsidised, day) for day in (*days[:1], *(d + timedelta(days=1) for d in days))
    ]
    return tuple(after - before for before, after in pairwise(totals))


async def _settle(connection: Connection, run: AccrualRun, added: _Days) -> None:
    """Move what the days add from the hold to what is due; a loan whose account is frozen waits, alone."""
    loan = added.loan
    entry_id: UUID | None = None
    if added.total_fen:
        try:
            entry_id = await adjustments.draw(
                connection,
                loan,
                added.total_fen,
                key=f"{loan['id']} {added.days[-1].isoformat()}",
                kind=ACCRUAL_KIND,
                day=added.days[-1],
            )
        except Problem as refused:
            run.refused.append(f"{loan['contract_number']}: {refused}")
            return
    await connection.execute(
        """insert into finance_subsidy_accrual (loan_id, bank_id, enterprise_id, authority_id, fund_id, day, amount_fen, entry_id)
           select $1, $2, $3, $4, $5, a.day, a.fen, case when a.fen > 0 then $8::uuid end
             from unnest($6::date[], $7::bigint[]) as a (day, fen)""",
        loan["id"],
        loan["bank_id"],
        loan["enterprise_id"],
        loan["authority_id"],
        loan["fund_id"],
        list(added.days),
        list(added.amounts_fen),
        entry_id,
    )
    run.subsidy_fen += added.total_fen


def as_result(run: AccrualRun) -> dict[str, Any]:
    """The run as figures for the list of jobs."""
    return {
        "day": run.day.isoformat(),
        "loans": run.loans,
        "days": run.days,
        "interest_fen": run.interest_fen,
        "subsidy_fen": run.subsidy_fen,
        "adjusted": run.adjusted,
        "refused": run.refused,
    }
