"""A night of the loan book against COPY of the same rows, and the dashboard's sums against the raw loans.

The night adds a day's interest to every loan and sums the book; the baseline reads the loans out by COPY and writes as
many daily rows back in by COPY, into a table with the same columns and keys. The dashboard reads the roll-up a night
leaves; its baseline sums the loans themselves. Subsidies post to the books loan by loan and are not in this figure.

`CARBON_BENCH_LOANS` sets the size, one million by default.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from accounts.database.bootstrap import with_database
from accounts.database.pool import close_pool, ensure_database, migrate, open_pool
from accounts.database.roles import Role
from accounts.database.server import embedded_server
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import transaction
from accounts.finance import book_statistics, nightly

LOANS = int(os.environ.get("CARBON_BENCH_LOANS", "1000000"))
BANKS = 10
FIRST = date(2026, 3, 2)

FILL = """
    insert into finance_loan (id, bank_id, enterprise_id, borrower_name_zh, borrower_name_en, product_id, quote_id,
        contract_number, purpose, principal_fen, rate_percent, day_count, term_months, starts_on, ends_on, registered_by)
    select gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad((n % $2)::text, 12, '0'))::uuid, gen_random_uuid(), '借款人',
           '', gen_random_uuid(), gen_random_uuid(), 'B-' || n, (array['green-project', 'working-capital'])[1 + n % 2],
           1000000 + n * 37, 2.40 + (n % 200) / 100.0, (array['ACT/360', 'ACT/365', '30/360'])[1 + n % 3], 36,
           $3::date - (n % 300)::int, $3::date + 730, gen_random_uuid()
      from generate_series(1, $1) as n
"""
BEFORE = """
    insert into finance_interest_accrual (loan_id, bank_id, enterprise_id, day, period_starts_on, amount_fen)
    select id, bank_id, enterprise_id, $1, $1, 1 from finance_loan
"""
SCRATCH = "create table bench_copy (like finance_interest_accrual including all)"


@dataclass
class FinanceBench:
    """A durable server with a book of loans that have all accrued up to the day before the first night."""

    url: str = ""
    settings: DatabaseSettings = field(default_factory=lambda: DatabaseSettings(home=Path()))
    night: date = FIRST

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="carbon-bench-") as home:
            self.settings = DatabaseSettings(home=Path(home))
            with embedded_server(self.settings.home) as self.url:
                asyncio.run(self._fill())
                yield

    async def _fill(self) -> None:
        await ensure_database(self.url, "books")
        await migrate(with_database(self.url, "books"), self.settings)
        connection = await asyncpg.connect(with_database(self.url, "books"))
        try:
            await connection.execute(SCRATCH)
            await connection.execute(FILL, LOANS, BANKS, FIRST)
            await connection.execute(BEFORE, FIRST - timedelta(days=1))
            await connection.execute("analyze finance_loan, finance_interest_accrual")
        finally:
            await connection.close()

    async def run_night(self) -> float:
        """Seconds for one night: interest of every loan, and the roll-up."""
        await open_pool(with_database(self.url, "books"), Role.SCHEDULER, self.settings)
        try:
            began = time.perf_counter()
            async with transaction(tenant=None) as connection:
                done = await nightly.accrue_plain(connection, self.night)
                await book_statistics.roll_up(connection, self.night)
            spent = time.perf_counter() - began
        finally:
            await close_pool()
        if done.loans != LOANS:
            raise RuntimeError(f"the night reached {done.loans} of {LOANS} loans")
        self.night += timedelta(days=1)
        return spent

    async def copy_rows(self) -> float:
        """Seconds to read the loans and write as many daily rows, both by binary COPY."""
        connection = await asyncpg.connect(with_database(self.url, "books"))
        with tempfile.TemporaryFile() as loans, tempfile.TemporaryFile() as rows:
            await connection.copy_from_query(
                "select loan_id, day, bank_id, enterprise_id, period_starts_on, amount_fen, accrued_at"
                " from finance_interest_accrual where day = $1",
                self.night - timedelta(days=1),
                output=rows,
                format="binary",
            )
            rows.seek(0)
            await connection.execute("truncate bench_copy")
            began = time.perf_counter()
            await connection.copy_from_table("finance_loan", output=loans, format="binary")
            await connection.copy_to_table("bench_copy", source=rows, format="binary", columns=[
                "loan_id", "day", "bank_id", "enterprise_id", "period_starts_on", "amount_fen", "accrued_at",
            ])  # fmt: skip
            spent = time.perf_counter() - began
        await connection.close()
        return spent

    async def sums(self, statement: str) -> float:
        """Seconds for the dashboard's totals of one bank."""
        connection = await asyncpg.connect(with_database(self.url, "books"))
        bank = "00000000-0000-7000-8000-000000000001"
        await connection.fetch(statement, bank)
        began = time.perf_counter()
        await connection.fetch(statement, bank)
        spent = time.perf_counter() - began
        await connection.close()
        return 1 / spent


FROM_ROLLUP = """
    select purpose, sum(loans), sum(principal_fen), sum(rate_weighted) / sum(principal_fen) from finance_book_rollup
     where bank_id = $1 group by purpose
"""
FROM_LOANS = """
    select purpose, count(*), sum(principal_fen), sum(rate_percent * principal_fen) / sum(principal_fen) from finance_loan
     where bank_id = $1 group by purpose
"""


@dataclass
class FinanceBenchmark:
    """One of the two comparisons."""

    name: str
    goal: str
    unit: str
    against: str
    own: Callable[[FinanceBench], float]
    other: Callable[[FinanceBench], float]
    bench: FinanceBench = field(default_factory=FinanceBench)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with self.bench.prepared():
            if self.name == "finance-dashboard":
                asyncio.run(self.bench.run_night())
            yield

    def ours(self) -> float:
        return self.own(self.bench)

    def baseline(self) -> float:
        return self.other(self.bench)


def benchmarks() -> list[FinanceBenchmark]:
    """The night (interest and roll-up), and the dashboard's totals."""
    return [
        FinanceBenchmark(
            "finance-night", "<= 3", "s", "COPY of the loans out and of as many daily rows in",
            lambda bench: asyncio.run(bench.run_night()), lambda bench: asyncio.run(bench.copy_rows()),
        ),
        FinanceBenchmark(
            "finance-dashboard", ">= 50", "1/s", "the same totals summed over the loans",
            lambda bench: asyncio.run(bench.sums(FROM_ROLLUP)), lambda bench: asyncio.run(bench.sums(FROM_LOANS)),
        ),
    ]  # fmt: skip
