"""A page of activities through the tenant-isolated use-case, against the same query by raw asyncpg (PERFORMANCE.md, row 8).

Both sides fetch fifty lines of one tenant among twenty and build the same answers, eight requests at a time. Ours
opens a transaction, sets the tenant, and reads under forced row-level security as the role `web`; theirs asks once as
the administrator, whom no policy binds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

import asyncpg

from accounts.enterprise import activities
from accounts.enterprise.submissions import submit_file
from accounts.identity.actors import Actor
from benchmarks.ingest import enterprise_server, new_enterprise
from benchmarks.runner import Benchmark

TENANTS, ROWS_EACH = 20, 2_000
REQUESTS, AT_ONCE, PAGE = 400, 8, 50
YEAR = 2024


class Listing:
    """Requests per second of both sides."""

    name = "listing"
    goal = ">= 0.8"
    unit = "requests/s"
    against = "the same query by raw asyncpg, without isolation"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with enterprise_server() as (self.runner, self.url):
            self.actors = [self.runner.run(_filled()) for _ in range(TENANTS)]
            self.pool = self.runner.run(_pool(self.url))
            self._check()
            try:
                yield
            finally:
                self.runner.run(self.pool.close())

    def ours(self) -> float:
        return self.runner.run(_rate(self._ours_once))

    def baseline(self) -> float:
        return self.runner.run(_rate(self._theirs_once))

    async def _ours_once(self, number: int) -> list[activities.ActivityLine]:
        actor = self.actors[number % TENANTS]
        return await activities.list_activities(actor, enterprise_id=actor.tenant_id, year=YEAR, limit=PAGE)

    async def _theirs_once(self, number: int) -> list[activities.ActivityLine]:
        tenant: UUID = self.actors[number % TENANTS].tenant_id
        bounds = (date(YEAR, 1, 1), date(YEAR + 1, 1, 1))
        rows = await self.pool.fetch(activities.PAGE_SQL, tenant, *bounds, None, None, None, None, None, PAGE)
        return [activities.activity_line(row, "AR5") for row in rows]

    def _check(self) -> None:
        for number in range(TENANTS):
            if self.runner.run(self._ours_once(number)) != self.runner.run(self._theirs_once(number)):
                raise ValueError("The two sides do not give the same lines.")


async def _pool(url: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(url, min_size=AT_ONCE, max_size=AT_ONCE)


async def _filled() -> Actor:
    actor = await new_enterprise()
    rows = "\n".join(
        f"{YEAR}-{row % 12 + 1:02},{row % 5}号厂,化石燃料燃烧,柴油,{row}.5,吨,F{row}"
        for row in range(ROWS_EACH)
    )
    await submit_file(
        actor, file_name="a.csv", content=f"期间,设施,排放源,品种,数量,单位,凭证\n{rows}\n".encode()
    )
    return actor


async def _rate(once: Callable[[int], Awaitable[object]]) -> float:
    async def worker(first: int) -> None:
        for number in range(first, REQUESTS, AT_ONCE):
            await once(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker(first) for first in range(AT_ONCE)))
    return REQUESTS / (time.perf_counter() - started)


def benchmarks() -> list[Benchmark]:
    """The one of this file."""
    return [Listing()]
