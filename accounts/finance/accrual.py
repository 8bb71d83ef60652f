"""What each day adds: interest of every loan, and the subsidy due on it, up to and with a day.

A day that is missing is caught up, a day that is there is left alone, so a day can be run again without a second
effect. Accruals and the settlement of holds in the books stand or fall together. It runs under the database role
`scheduler`, which works for all banks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.finance.funds import ACCRUAL_KIND
from accounts.ledger import journal
from accounts.timing.tenants import acting_for
from carbon.daycount import DayCount
from carbon.errors import Problem
from methodologies.finance.interest_periods import interest_on_fen, period_start
from methodologies.finance.interest_subsidy import SubsidisedLoan, accrued_on_fen
from methodologies.finance.programmes import programme

_LOCK = "select pg_advisory_xact_lock(hashtextextended('finance accrual', 0))"


@dataclass
class AccrualRun:
    """What a run added: days of loans, fen of interest and subsidy; `refused` names loans whose subsidy waits."""

    day: date
    loans: int = 0
    days: int = 0
    interest_fen: int = 0
    subsidy_fen: int = 0
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
           i.until as accrued_until
      from finance_loan l
      cross join lateral (select max(day) as until from finance_interest_accrual where loan_id = l.id) i
     where l.starts_on <= $1 and (i.until is null or i.until < least($1, l.ends_on - 1))
     order by l.bank_id, l.id
"""

_SUBSIDIES = """
    select l.id, l.bank_id, l.enterprise_id, l.principal_fen, l.rate_percent, l.day_count, l.starts_on, l.ends_on, l.purpose,
           s.authority_id, s.fund_id, s.programme_id, s.hold_id, s.subsidised_until, s.already_subsidised_fen,
           a.until as accrued_until, l.contract_number
      from finance_subsidy s
      join finance_loan l on l.id = s.loan_id
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
    for loan in await connection.fetch(_LOANS, run.day):
        days = _missing_days(loan, loan["ends_on"], run.day)
        terms: tuple[int, Decimal, DayCount, date] = (
            loan["principal_fen"],
            loan["rate_percent"],
            DayCount(loan["day_count"]),
            loan["starts_on"],
        )
        added = _Days(loan, days, tuple(interest_on_fen(*terms, day) for day in days))
        await connection.execute(
            """insert into finance_interest_accrual (loan_id, bank_id, enterprise_id, day, period_starts_on, amount_fen)
               select $1, $2, $3, * from unnest($4::date[], $5::date[], $6::bigint[])""",
            loan["id"],
            loan["bank_id"],
            loan["enterprise_id"],
            list(days),
            [period_start(day, loan["starts_on"]) for day in days],
            list(added.amounts_fen),
        )
        run.loans += 1
        run.days += len(days)
        run.interest_fen += added.total_fen


async def _accrue_subsidies(connection: Connection, run: AccrualRun) -> None:
    by_authority: dict[UUID, list[_Days]] = {}
    for loan in await connection.fetch(_SUBSIDIES, run.day):
        days = _missing_days(loan, loan["subsidised_until"], run.day)
        by_authority.setdefault(loan["authority_id"], []).append(_Days(loan, days, _subsidies(loan, days)))
    for authority_id, several in by_authority.items():
        async with acting_for(connection, authority_id):
            for added in several:
                await _settle(connection, run, added)


def _subsidies(loan: asyncpg.Record, days: Sequence[date]) -> tuple[int, ...]:
    known = programme(loan["programme_id"])
    subsidised = SubsidisedLoan(
        principal_fen=loan["principal_fen"],
        rate_percent=loan["rate_percent"],
        day_count=DayCount(loan["day_count"]),
        released_on=loan["starts_on"],
        ends_on=loan["ends_on"],
        purpose=loan["purpose"],
        already_subsidised_fen=loan["already_subsidised_fen"],
    )
    return tuple(accrued_on_fen(known, subsidised, day) for day in days)


async def _settle(connection: Connection, run: AccrualRun, added: _Days) -> None:
    """Move what the days add from the hold to what is due; a loan whose account is frozen waits, alone."""
    loan = added.loan
    entry_id: UUID | None = None
    if added.total_fen:
        try:
            entry = await journal.settle_hold(
                connection,
                hold_id=loan["hold_id"],
                key=f"{loan['id']} {added.days[-1].isoformat()}",
                kind=ACCRUAL_KIND,
                occurred_on=added.days[-1],
                amount=added.total_fen,
            )
        except Problem as refused:
            run.refused.append(f"{loan['contract_number']}: {refused}")
            return
        entry_id = entry.id
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
        "refused": run.refused,
    }
