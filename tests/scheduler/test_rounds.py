import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from accounts.database.pool import close_pool, current_pool, open_pool
from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.timing.runs import read_runs
from accounts.timing.slots import Outcome
from scheduler.rounds import work_through
from scheduler.timetable import Series

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SHOP = None  # these works need nothing


@pytest.fixture
async def tally(database):
    async with database.as_superuser() as admin:
        await admin.execute(
            "create table tally (place serial, due_at timestamptz); grant all on tally, tally_place_seq to public"
        )
    await close_pool()
    await open_pool(database.admin_url, Role.SCHEDULER, database.settings)
    return database


def counting(*, fails_at=(), each=True, cron="0 * * * *"):
    async def does(shop, due_at):
        async def work(connection, due):
            await connection.execute("insert into tally (due_at) values ($1)", due)
            await asyncio.sleep(0.01)
            if due in fails_at:
                raise ValueError("broken")
            return {"n": 1}

        return work

    return Series("count", cron, does, each)


async def effects():
    rows = await current_pool().fetch("select due_at from tally order by place")
    return [row["due_at"] for row in rows]


async def runs():
    async with transaction(tenant=None, readonly=True) as connection:
        return await read_runs(connection)


async def test_missed_times_are_worked_through_in_order_and_marked_late(tally):
    series = counting()
    await work_through(series, SHOP, now=NOON)
    assert await effects() == [NOON]
    await work_through(series, SHOP, now=NOON + timedelta(hours=3, minutes=1))
    assert await effects() == [NOON + timedelta(hours=n) for n in range(4)]
    assert [run.late for run in await runs()] == [False, True, True, False]
    assert await work_through(series, SHOP, now=NOON + timedelta(hours=3, minutes=2)) == []


async def test_of_a_series_that_only_says_how_things_are_the_latest_counts(tally):
    series = counting(each=False)
    await work_through(series, SHOP, now=NOON)
    await work_through(series, SHOP, now=NOON + timedelta(hours=30))
    assert await effects() == [NOON, NOON + timedelta(hours=30)]


async def test_several_schedulers_give_each_effect_once_and_in_order(tally):
    series, later = counting(), NOON + timedelta(hours=8)
    await work_through(series, SHOP, now=NOON)

    async def scheduler():
        while (await runs())[0].due_at != later:
            await work_through(series, SHOP, now=later)

    await asyncio.gather(*(scheduler() for _ in range(3)))
    assert await effects() == [NOON + timedelta(hours=n) for n in range(9)]


async def test_a_failed_time_is_seen_and_does_not_keep_the_next_from_running(tally):
    broken = NOON + timedelta(hours=1)
    series = counting(fails_at=[broken])
    await work_through(series, SHOP, now=NOON)
    outcomes = await work_through(series, SHOP, now=NOON + timedelta(hours=2))
    assert [outcome for _, outcome in outcomes] == [Outcome.FAILED, Outcome.DONE]
    assert await effects() == [NOON, NOON + timedelta(hours=2)]
    assert [run.error for run in await runs()] == ["", "ValueError: broken", ""]
