"""From a line of the timetable to due times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from scheduler.timetable import ZONE_NAME, Series

ZONE = ZoneInfo(ZONE_NAME)
_LOOK_BACK = (timedelta(hours=2), timedelta(days=2), timedelta(days=62), timedelta(days=800))


def trigger(series: Series) -> CronTrigger:
    """The series' cron line as APScheduler reads it, in our zone and not the host's."""
    return CronTrigger.from_crontab(series.cron, timezone=ZONE)


def due_times(series: Series, after: datetime, until: datetime) -> list[datetime]:
    """Every due time after `after` up to and with `until`, in UTC, in order."""
    bell = trigger(series)
    found = []
    moment = bell.get_next_fire_time(None, (after + timedelta(microseconds=1)).astimezone(ZONE))
    while moment is not None and moment <= until:
        found.append(moment.astimezone(UTC))
        moment = bell.get_next_fire_time(moment, moment + timedelta(microseconds=1))
    return found


def latest_due(series: Series, now: datetime) -> datetime:
    """The last due time that is not after `now`.

    Raises:
        ValueError: there is none in two years, so the line is no timetable.
    """
    for span in _LOOK_BACK:
        found = due_times(series, now - span, now)
        if found:
            return found[-1]
    raise ValueError(f"{series.name}: “{series.cron}” was not due once in two years.")
