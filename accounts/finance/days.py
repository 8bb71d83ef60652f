"""Business days of this room are days in Chongqing, which keeps Beijing time (JOB-3); stored instants are UTC."""

from datetime import date, datetime

from accounts.database.transactions import Connection
from carbon.workdays import business_date


async def today(connection: Connection) -> date:
    """The day it is now, by the database's clock, so that all processes agree."""
    now: datetime = await connection.fetchval("select now()")
    return business_date(now)
