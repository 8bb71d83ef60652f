"""The business day of this room, by the database's clock."""

from datetime import date

from accounts.database.transactions import Connection
from carbon.workdays import business_date


async def today(connection: Connection) -> date:
    """The day it is now in Chongqing."""
    return business_date(await connection.fetchval("select now()"))


def years_before(day: date, years: int) -> date:
    """The same day so many years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
