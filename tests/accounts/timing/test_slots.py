import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from accounts.database.pool import close_pool, current_pool, open_pool
from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.timing.runs import list_runs, rerun
from accounts.timing.slots import (
    ATTEMPTS,
    Due,
    Outcome,
    begin_series,
    open_slots,
    run_slot,
    worked_until,
)
from carbon.errors import NotFound, NotPermitted
from tests.accounts.identity.people_of_the_city import actor_in

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NO_WAIT = timedelta()
DUE = Due("count", NOON)


@pytest.fixture
async def tally(database):
    """A table whose rows are the effects of the work."""
    async with database.as_superuser() as admin:
        await admin.execute("create table tally (due_at timestamptz); grant all on tally to public")
    await close_pool()
    await open_pool(database.admin_url, Role.SCHEDULER, database.settings)
    return database


@asynccontextmanager
async def in_the_browser(database):
    async with database.as_role(Role.WEB):
        yield
    await close_pool()
    await open_pool(database.admin_url, Role.SCHEDULER, database.settings)


async def count_it(connection, due_at):
    await connection.execute("insert into tally values ($1)", due_at)
    await asyncio.sleep(0.05)
    return {"counted": 1}


async def fail(connection, due_at):
    await connection.execute("insert into tally values ($1)", due_at)
    raise ValueError("the fund is on fire")


def ready(work):
    async def prepare(due_at):
        return work

    return prepare


async def effects():
    return await current_pool().fetchval("select count(*) from tally")


async def test_many_schedulers_give_one_effect(tally):
    outcomes = await asyncio.gather(*(run_slot(DUE, ready(count_it), now=NOON) for _ in range(6)))
    assert outcomes.count(Outcome.DONE) == 1
    assert set(outcomes) <= {Outcome.DONE, Outcome.BUSY, Outcome.DONE_BEFORE}
    assert await effects() == 1
    assert await run_slot(DUE, ready(count_it), now=NOON) is Outcome.DONE_BEFORE


async def test_a_failure_leaves_no_effect_and_is_visible_and_tried_again_three_times(tally):
    for attempt in range(1, ATTEMPTS + 1):
        assert await run_slot(DUE, ready(fail), now=NOON) is Outcome.FAILED
        assert await effects() == 0
        assert bool(await open_slots("count", wait=NO_WAIT)) == (attempt < ATTEMPTS)
    assert await run_slot(DUE, ready(count_it), now=NOON) is Outcome.GIVEN_UP
    async with in_the_browser(tally):
        office = await actor_in("authority")
        (run,) = await list_runs(office, state="failed")
        assert (run.attempts, run.error) == (3, "ValueError: the fund is on fire")
        assert (await rerun(office, series="count", due_at=NOON)).wanted
    assert await open_slots("count", wait=NO_WAIT) == [DUE]
    assert await run_slot(DUE, ready(count_it), now=NOON) is Outcome.DONE
    assert await effects() == 1
    assert await open_slots("count", wait=NO_WAIT) == []


async def test_a_failure_is_tried_again_after_a_while(tally):
    await run_slot(DUE, ready(fail), now=NOON)
    assert await open_slots("count") == []
    assert await open_slots("count", wait=NO_WAIT) == [DUE]


async def test_what_fails_before_the_transaction_is_a_failure_too(tally):
    async def prepare(due_at):
        raise TimeoutError("nobody answered")

    assert await run_slot(DUE, prepare, now=NOON) is Outcome.FAILED
    async with in_the_browser(tally):
        (run,) = await list_runs(await actor_in("authority"))
    assert run.error == "TimeoutError: nobody answered"


async def test_a_claim_that_never_commits_leaves_the_slot_to_others(tally):
    async def hang(connection, due_at):
        await connection.execute("insert into tally values ($1)", due_at)
        await asyncio.Event().wait()

    running = asyncio.create_task(run_slot(DUE, ready(hang), now=NOON))
    await asyncio.sleep(0.2)
    assert await run_slot(DUE, ready(count_it), now=NOON) is Outcome.BUSY
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await run_slot(DUE, ready(count_it), now=NOON) is Outcome.DONE
    assert await effects() == 1


async def test_a_slot_worked_long_after_its_time_is_marked_late(tally):
    await run_slot(DUE, ready(count_it), now=NOON + timedelta(minutes=4))
    await run_slot(Due("count", NOON + timedelta(days=1)), ready(count_it), now=NOON + timedelta(days=2))
    async with in_the_browser(tally):
        runs = await list_runs(await actor_in("authority"))
    assert [run.late for run in runs] == [True, False]
    assert runs[1].result == {"counted": 1}


async def test_a_series_counts_from_when_it_was_first_met(tally):
    assert await begin_series("count", NOON) == NOON
    assert await begin_series("count", NOON + timedelta(days=9)) == NOON
    assert await worked_until("count") is None
    await run_slot(DUE, ready(count_it), now=NOON)
    assert await worked_until("count") == NOON


async def test_only_authorities_see_runs_and_ask_for_more(tally):
    await run_slot(DUE, ready(count_it), now=NOON)
    async with in_the_browser(tally):
        bank = await actor_in("bank")
        with pytest.raises(NotPermitted):
            await list_runs(bank)
        with pytest.raises(NotPermitted):
            await rerun(bank, series="count", due_at=NOON)
        async with transaction(tenant=bank.tenant_id) as connection:
            assert await connection.fetchval("select count(*) from timing_slot") == 0
        office = await actor_in("authority")
        with pytest.raises(NotFound, match="no run due at"):
            await rerun(office, series="count", due_at=NOON + timedelta(days=1))
        async with transaction(tenant=office.tenant_id) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("update timing_slot set state = 'failed'")
