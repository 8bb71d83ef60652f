"""Credits with serial ranges, and retirements by API, against pgbench's TPC-B on the same durable server.

Transfers: the registry settles an exchange's results in batches of 1,000. Each moves 1 to 100 credits between any two
of 5,000 holders of a line of numbers: an idempotency key, a posting with both balances, and a run of serial numbers,
the debtor's lowest, split off the block it lay in under an exclusion constraint. There are ten lines.

Retirements: through the whole application in process, by people signed in. One drafts and another approves, by which
the credits are used up, certified and logged; each retirement is two requests, and both are counted and timed.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from accounts.database.bootstrap import with_database
from accounts.database.pool import ensure_database, migrate
from accounts.database.transactions import transaction
from accounts.identity import bootstrap, organisations, people, sign_in
from accounts.identity.actors import Actor
from accounts.registry import units
from accounts.registry.moves import Leg, Move, Moved, account, move_batch
from benchmarks.ledger import Bench
from carbon.identifiers import new_id
from web.app import create_app
from web.settings import WebSettings

LINES = 10
HOLDERS = 5_000
EACH_T = 100_000
BATCH, BATCHES, WRITERS = 1_000, 40, 3
ENTERPRISES = 8
RETIREMENTS = 240
DAY = date(2026, 1, 1)
ORIGIN = "http://127.0.0.1"
PASSWORD = "a bridge over two rivers"  # noqa: S105 - of people who live for the length of a benchmark
API = "/api/v1"


@dataclass
class RegistryBench(Bench):
    """The ledger's bench, its books filled with credits instead of money."""

    office: Actor | None = None
    lines: list[list[UUID]] = field(default_factory=list)
    """For each line of numbers the accounts of its holders."""
    moved: int = 0

    async def _fill(self) -> None:
        for name in ("pgbench", "books"):
            await ensure_database(self.url, name)
        await migrate(with_database(self.url, "books"), self.settings)
        async with self.pool():
            code, _ = await bootstrap.issue_code()
            signed_in = await bootstrap.create_first_administrator(
                code=code,
                login="office",
                name="Office",
                password=PASSWORD,
                organisation_name_zh="示例市生态环境局",
            )
            self.office = signed_in.actor
            await people.create_person(
                self.office, login="office-2", name="Second", password=PASSWORD, role="member"
            )
            self.lines = [await _line(self.office, vintage) for vintage in range(2001, 2001 + LINES)]

    def wanted(self, turn: int) -> Move:
        """Between any two holders of the line whose turn it is."""
        debit, credit = random.sample(self.lines[turn % LINES], 2)
        self.moved += 1
        leg = Leg(debit, credit, random.randint(1, 100))
        return Move("transfer", f"settled {self.moved}", (leg,), DAY)

    def settle(self) -> float:
        """Transfers per second, in batches of 1,000, by a few writers at a time."""
        assert self.office is not None  # noqa: S101 - filled before
        tenant = self.office.tenant_id
        todo = iter([[self.wanted(turn) for _ in range(BATCH)] for turn in range(BATCHES)])

        async def write() -> None:
            for moves in todo:
                async with transaction(tenant=tenant) as connection:
                    _all_moved(await move_batch(connection, moves))

        return asyncio.run(self._timed(BATCH * BATCHES, lambda: _together(write, WRITERS)))

    async def _timed(self, count: int, work: Callable[[], Awaitable[None]]) -> float:
        async with self.pool():
            begun = time.perf_counter()
            await work()
            return count / (time.perf_counter() - begun)

    def retire(self) -> float:
        """Requests per second, two for each retirement, by eight enterprises at once."""
        return asyncio.run(self._retire())

    async def _retire(self) -> float:
        assert self.office is not None  # noqa: S101 - filled before
        async with self.pool(), AsyncExitStack() as stack:
            app: Any = create_app(WebSettings(database=self.settings, local_trial=True))

            async def enter(login: str) -> httpx.AsyncClient:
                transport = httpx.ASGITransport(app=app)
                client = await stack.enter_async_context(
                    httpx.AsyncClient(transport=transport, base_url=ORIGIN)
                )
                await _sign_in(client, login)
                return client

            made = [await _enterprise(self.office, new_id().hex[-12:], enter) for _ in range(ENTERPRISES)]
            turns = RETIREMENTS // ENTERPRISES
            begun = time.perf_counter()
            await asyncio.gather(
                *(_use_up(drafter, approver, batch, turns) for drafter, approver, batch in made)
            )
            return 2 * turns * ENTERPRISES / (time.perf_counter() - begun)


async def _line(office: Actor, vintage: int) -> list[UUID]:
    """A line of numbers shared out: each holder has one block."""
    holders = [new_id() for _ in range(HOLDERS)]
    async with transaction(tenant=office.tenant_id) as connection:
        (block,) = await _issue(connection, office, office.tenant_id, "BENCH", vintage, HOLDERS * EACH_T)
        source = await account(
            connection, tenant_id=office.tenant_id, batch_number=block.batch_number, state="held"
        )
        accounts: list[UUID] = await connection.fetchval(
            "select array_agg(registry_account(h, $2, 'held')) from unnest($1::uuid[]) h",
            holders,
            block.batch_number,
        )
        for start in range(0, HOLDERS, BATCH):
            shares = accounts[start : start + BATCH]
            moves = [Move("transfer", f"share {each}", (Leg(source, each, EACH_T),), DAY) for each in shares]
            _all_moved(await move_batch(connection, moves))
    return accounts


async def _issue(
    connection: Any, office: Actor, holder: UUID, project: str, vintage: int, quantity_t: int
) -> list[units.Block]:
    return await units.issue(
        connection,
        office,
        scheme="CQCER",
        project_id=None,
        project_code=project,
        holder_tenant_id=holder,
        vintage_year=vintage,
        quantity_t=quantity_t,
        source_kind="bench",
        source_id=project,
        key=f"{project} {vintage}",
    )


async def _enterprise(
    office: Actor, login: str, enter: Callable[[str], Awaitable[httpx.AsyncClient]]
) -> tuple[httpx.AsyncClient, httpx.AsyncClient, int]:
    """An enterprise with two people signed in and a million credits."""
    organisation = await organisations.create_organisation(office, kind="enterprise", name_zh=login)
    for name, role in ((login, "administrator"), (f"{login}-2", "member")):
        actor = office if role == "administrator" else await _actor(login)
        await people.create_person(
            actor,
            login=name,
            name=name,
            password=PASSWORD,
            role=role,
            organisation_id=organisation.id if role == "administrator" else None,
        )
    async with transaction(tenant=office.tenant_id) as connection:
        (block,) = await _issue(connection, office, organisation.id, f"P{login}", 2025, 1_000_000)
    return await enter(login), await enter(f"{login}-2"), block.batch_number


async def _actor(login: str) -> Actor:
    return (await sign_in.sign_in(login=login, password=PASSWORD, address="", request_id="")).actor


async def _sign_in(client: httpx.AsyncClient, login: str) -> None:
    answer = await client.post(f"{API}/sessions", json={"login": login, "password": PASSWORD})
    answer.raise_for_status()
    client.headers.update({"Origin": ORIGIN, "X-CSRF-Token": answer.json()["me"]["csrf_token"]})


async def _use_up(drafter: httpx.AsyncClient, approver: httpx.AsyncClient, batch: int, turns: int) -> None:
    for _ in range(turns):
        body = {
            "batch_number": batch,
            "quantity_t": random.randint(1, 100),
            "purpose": "corporate-offset",
            "beneficiary": "Benchmark",
        }
        draft = await drafter.post(
            f"{API}/registry/retirements", json=body, headers={"Idempotency-Key": new_id().hex}
        )
        draft.raise_for_status()
        told = draft.json()
        done = await approver.post(f"{API}/approvals/{told['id']}/approval", json={"digest": told["digest"]})
        done.raise_for_status()


def _all_moved(answers: list[Any]) -> None:
    refused = [each for each in answers if not isinstance(each, Moved) or each.replayed]
    if refused:
        raise RuntimeError(f"{len(refused)} transfers were not made; the first: {refused[0]}")


async def _together(work: Callable[[], Awaitable[None]], times: int) -> None:
    await asyncio.gather(*(work() for _ in range(times)))


@dataclass
class RegistryBenchmark:
    """One row of the table; see `benchmarks.runner.Benchmark`."""

    name: str
    goal: str
    unit: str
    measured: Callable[[RegistryBench], float]
    against: str = "pgbench TPC-B, scale 10, 8 clients, prepared, same server"
    bench: RegistryBench = field(default_factory=RegistryBench)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        # People sign in by password alone, as in a local trial: a code of six digits is not what is measured.
        os.environ.setdefault("CARBON_LOCAL_TRIAL", "1")
        with self.bench.prepared():
            yield

    def ours(self) -> float:
        return self.measured(self.bench)

    def baseline(self) -> float:
        return self.bench.tpc_b()


def benchmarks() -> list[RegistryBenchmark]:
    return [
        RegistryBenchmark("registry-batch", ">= 6", "transfers/s", RegistryBench.settle),
        RegistryBenchmark("registry-retirement-api", ">= 0.02", "requests/s", RegistryBench.retire),
    ]
