"""Business days of the programme: Asia/Shanghai."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.database.transactions import Connection

ZONE = ZoneInfo("Asia/Shanghai")
_EPOCH = date(1970, 1, 1)


def day_of(instant: datetime) -> date:
    """The day on which an instant falls."""
    return instant.astimezone(ZONE).date()


async def today(connection: Connection) -> date:
    """By the database's clock."""
    found: datetime = await connection.fetchval("select now()")
    return day_of(found)


def as_date(days: int) -> date:
    """The day of a count from 1970-01-01."""
    return _EPOCH + timedelta(days=days)


def as_number(day: date) -> int:
    """Days from 1970-01-01."""
    return (day - _EPOCH).days


def month_start(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)
