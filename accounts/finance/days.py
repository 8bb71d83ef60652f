"""Business days of this room are days in Chongqing, which keeps Beijing time (JOB-3); stored instants are UTC."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.database.transactions import Connection

ZONE = ZoneInfo("Asia/Shanghai")


def business_date(instant: datetime) -> date:
    """The day an instant falls on in Chongqing."""
    return instant.astimezone(ZONE).date()


async def today(connection: Connection) -> date:
    """The day it is now, by the database's clock, so that all processes agree."""
    now: datetime = await connection.fetchval("select now()")
    return business_date(now)
