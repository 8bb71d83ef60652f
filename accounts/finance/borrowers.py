"""What a bank may know of a client, by the client's consent: rating, emissions, balance sheet.

The only module of this room that asks accounts/enterprise; each question is checked, recorded and shown to the
client there.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.enterprise import rating as enterprise_rating
from accounts.identity.actors import Actor
from carbon.errors import NotFound, NotPermitted, Problem


@dataclass(frozen=True)
class BorrowerRating:
    """The level of the last full year before a loan, or the reason in English why there is none."""

    year: int
    level: int | None
    reason: str = ""


async def rating_for(actor: Actor, enterprise_id: UUID, day: date) -> BorrowerRating:
    """The rating of the year before `day`; a client without one is priced as unrated.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    year = day.year - 1
    try:
        rated = await enterprise_rating.rate_enterprise(actor, enterprise_id=enterprise_id, year=year)
    except (NotFound, NotPermitted):
        raise
    except Problem as missing:
        return BorrowerRating(year, None, str(missing))
    return BorrowerRating(year, rated.level)
