"""One round through the timetable: what was missed, what failed, what is due (JOB-2)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from accounts.timing.slots import Due, Outcome, Work, begin_series, open_slots, run_slot, worked_until
from scheduler.due import due_times, latest_due
from scheduler.timetable import TIMETABLE, Series
from scheduler.work import Shop

_BEFORE = timedelta(microseconds=1)


async def work_through(
    series: Series, shop: Shop, *, now: datetime | None = None
) -> list[tuple[Due, Outcome]]:
    """Run what is open and due of one series, oldest first; stops where another scheduler is at work.

    The first time a series is met, its latest due time before now counts as missed.
    """
    now = now or datetime.now(UTC)
    began = await begin_series(series.name, latest_due(series, now) - _BEFORE)
    done_until = await worked_until(series.name)
    due = due_times(series, max(began, done_until) if done_until else began, now)
    slots = sorted(
        {*await open_slots(series.name), *(Due(series.name, moment) for moment in _counted(series, due))},
        key=lambda slot: slot.due_at,
    )

    async def prepare(due_at: datetime) -> Work:
        return await series.does(shop, due_at)

    outcomes = []
    for slot in slots:
        outcome = await run_slot(slot, prepare, now=now)
        outcomes.append((slot, outcome))
        if outcome is Outcome.BUSY:
            break
    return outcomes


def _counted(series: Series, due: list[datetime]) -> list[datetime]:
    return due if series.each else due[-1:]


async def work_through_all(
    shop: Shop, *, now: datetime | None = None, timetable: Sequence[Series] = TIMETABLE
) -> list[tuple[Due, Outcome]]:
    """One round of every series, one after another."""
    return [done for series in timetable for done in await work_through(series, shop, now=now)]
