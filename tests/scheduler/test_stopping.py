import asyncio
import logging

from accounts.timing.runs import rerun_here
from accounts.timing.slots import Due
from scheduler import run
from tests.scheduler.test_rounds import SHOP, counting, effects, runs, tally

__all__ = ["tally"]


async def test_a_slot_at_work_when_the_process_is_stopped_is_finished(tally, monkeypatch, caplog):
    at_work = asyncio.Event()
    yearly = counting(cron="0 0 1 1 *")

    async def does(shop, due_at):
        work = await yearly.does(shop, due_at)

        async def slow_the_second_time(connection, due):
            if await connection.fetchval("select count(*) from tally"):
                at_work.set()
                await asyncio.sleep(0.5)
            return await work(connection, due)

        return slow_the_second_time

    monkeypatch.setattr(run, "SWEEP_SECONDS", 0.1)
    monkeypatch.setattr(run, "TIMETABLE", (run.Series("count", yearly.cron, does),))
    stop = asyncio.Event()
    with caplog.at_level(logging.ERROR):
        serving = asyncio.ensure_future(run.serve(SHOP, stop=stop))
        async with asyncio.timeout(60):
            while not (done := await effects()):  # noqa: ASYNC110 - the database tells, not this loop
                await asyncio.sleep(0.05)
            assert await rerun_here(Due("count", done[0]))
            await at_work.wait()
            stop.set()
            await serving
    assert len(await effects()) == 2
    assert [one.state for one in await runs()] == ["done"]
    assert not [record for record in caplog.records if record.exc_info]
