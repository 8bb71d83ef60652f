"""A night's interest of all plain loans at once: those on the usual terms to which nothing happened.

The part of a year depends only on the day count and the period's first day, so the few distinct ones are computed
exactly here, and PostgreSQL multiplies and rounds whole numbers: the same fen as loan by loan (accrual.py).
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from accounts.database.transactions import Connection
from carbon.daycount import DayCount, year_fraction
from methodologies.finance.interest_periods import period_start


@dataclass(frozen=True)
class Night:
    """What a night added to plain loans."""

    loans: int
    interest_fen: int


_STARTS = """
    select distinct day_count, starts_on from finance_loan where starts_on > $1 and starts_on <= $2 and ends_on > $2
"""

# Amounts are whole: half a fen goes up as `div(2a + b, 2b)`, which is floor((a / b) + 1/2).
_ACCRUE = """
    with parts as (
        select * from unnest($2::text[], $3::date[], $4::numeric[], $5::numeric[], $6::numeric[])
               as p (day_count, period_starts_on, before, after, denominator)
    ), night as (
        insert into finance_interest_accrual (loan_id, bank_id, enterprise_id, day, period_starts_on, amount_fen)
        select l.id, l.bank_id, l.enterprise_id, $1, p.period_starts_on,
               div(2 * l.principal_fen * (l.rate_percent * 100) * p.after + p.denominator, 2 * p.denominator)
               - div(2 * l.principal_fen * (l.rate_percent * 100) * p.before + p.denominator, 2 * p.denominator)
          from finance_loan l
          join parts p on p.day_count = l.day_count and p.period_starts_on = greatest($7::date, l.starts_on)
          left join finance_interest_accrual y on y.day = $1::date - 1 and y.loan_id = l.id and y.bank_id = l.bank_id
         where l.starts_on <= $1 and l.ends_on > $1 and (l.starts_on = $1 or y.loan_id is not null)
           and not exists (select from finance_loan_terms t where t.loan_id = l.id)
           and not exists (select from finance_loan_event e where e.loan_id = l.id)
        on conflict (bank_id, loan_id, day) do nothing
        returning amount_fen
    )
    select count(*)::bigint as loans, coalesce(sum(amount_fen), 0)::bigint as fen from night
"""


async def accrue_plain(connection: Connection, day: date) -> Night:
    """Add `day` to every plain loan that has the day before; missed days and all others are left to accrual.py."""
    usual = period_start(day, date.min)
    rows = await connection.fetch(_STARTS, usual, day)
    kinds = {(DayCount(row["day_count"]), row["starts_on"]) for row in rows}
    kinds |= {(convention, usual) for convention in DayCount}
    parts = list(_parts(kinds, day))
    columns: list[Any] = [list(column) for column in zip(*parts, strict=True)]
    async with whole_tables(connection):
        row = await connection.fetchrow(_ACCRUE, day, *columns, usual)
    return Night(row["loans"], row["fen"]) if row else Night(0, 0)


@asynccontextmanager
async def whole_tables(connection: Connection) -> AsyncIterator[None]:
    """Join whole tables by hashing: the planner takes a day it has no statistics of for an empty one."""
    await connection.execute("set local enable_nestloop = off")
    yield
    await connection.execute("set local enable_nestloop = on")


def _parts(kinds: set[tuple[DayCount, date]], day: date) -> Iterator[tuple[str, date, int, int, int]]:
    """Before and after the day, as whole numbers over one denominator that also divides percent and hundredths."""
    for convention, starts_on in sorted(kinds):
        before = year_fraction(convention, starts_on, day)
        after = year_fraction(convention, starts_on, day + timedelta(days=1))
        common = Fraction(1, before.denominator * after.denominator)
        yield (
            convention.value,
            starts_on,
            int(before / common),
            int(after / common),
            10_000 * common.denominator,
        )
