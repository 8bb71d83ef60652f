"""The process: APScheduler rings the bell, the rounds do the work, SIGTERM lets the running slot finish (OPS-3)."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from accounts.database.bootstrap import server_url, with_database
from accounts.database.pool import pending_migrations, pool
from accounts.database.roles import Role
from accounts.database.server import DATABASE_NAME
from scheduler.due import ZONE, trigger
from scheduler.rounds import work_through
from scheduler.settings import SchedulerSettings
from scheduler.timetable import TIMETABLE, Series
from scheduler.work import Shop

SWEEP_SECONDS = 10
"""How soon a run that somebody wants again, or a failed one, is looked at."""

log = logging.getLogger("scheduler")


class NotReady(Exception):  # noqa: N818 - read by a person as the reason the program does not start
    """The database is not as this program needs it; the message holds the remedy."""


@contextmanager
def shop_of(settings: SchedulerSettings) -> Iterator[Shop]:
    """The shop with the running database's address, embedded or not."""
    with server_url(settings.database) as server:
        yield Shop(settings.database.database_url or with_database(server, DATABASE_NAME), settings)


@asynccontextmanager
async def opened(shop: Shop) -> AsyncIterator[None]:
    """The pool under the role `scheduler`.

    Raises:
        NotReady: the database cannot be reached, or is older than this program.
    """
    try:
        async with pool(shop.admin_url, Role.SCHEDULER, shop.settings.database):
            pending = await pending_migrations()
            if pending:
                raise NotReady(f"{len(pending)} migrations are pending; run: carbon migrate")
            yield
    except OSError as error:
        raise NotReady(f"The database cannot be reached ({error}); check DATABASE_URL.") from error


async def serve(shop: Shop, *, stop: asyncio.Event | None = None) -> None:
    """Work through what is due, then at each bell, until SIGTERM, Ctrl-C or `stop`."""
    stop = stop or asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    one_at_a_time = asyncio.Lock()
    at_work: set[asyncio.Future[None]] = set()

    async def ring(series: Series) -> None:
        async with one_at_a_time:
            if not stop.is_set():
                await _round(series, shop)

    async def sweep() -> None:
        for series in TIMETABLE:
            await ring(series)

    async def answered(*series: Series) -> None:
        """Each bell's work is a task of ours: APScheduler cancels its own when it shuts down."""
        task = asyncio.ensure_future(ring(*series) if series else sweep())
        at_work.add(task)
        task.add_done_callback(at_work.discard)
        await asyncio.shield(task)

    bell = _bell(answered)
    await sweep()
    bell.start()
    log.info("waiting for the next bell; %d series", len(TIMETABLE))
    await stop.wait()
    bell.pause()
    await asyncio.gather(*at_work)
    bell.shutdown(wait=False)
    log.info("stopped")


def _bell(answer: Callable[..., Awaitable[None]]) -> AsyncIOScheduler:
    # A bell that rings late still rings, and two missed ones ring once: what is due is read from the rows.
    bell = AsyncIOScheduler(
        timezone=ZONE, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    for series in TIMETABLE:
        bell.add_job(answer, trigger(series), args=[series], id=series.name)
    bell.add_job(answer, IntervalTrigger(seconds=SWEEP_SECONDS), id="sweep")
    return bell


async def _round(series: Series, shop: Shop) -> None:
    try:
        for slot, outcome in await work_through(series, shop):
            log.info("%s due %s: %s", series.name, slot.due_at.astimezone(ZONE).isoformat(), outcome.value)
    except Exception:
        # The database may be away for a while; the rows are there when it comes back.
        log.exception("the round of %s failed", series.name)
