"""What all may see: the acts with their figures, and the city's sums by day and act."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.inclusion.days import ZONE
from carbon.errors import N_, Problem
from carbon.rounding import plain
from carbon.text import Text
from methodologies.inclusion.acts import Act, rules

LONGEST_DAYS = 400


@dataclass(frozen=True)
class CitySum:
    """One day and act of everybody together; points in hundredths."""

    day: date
    act: str
    name: Text
    people: int
    events: int
    counted: int
    credited_mg: int
    points: int


async def read_city(actor: Actor, *, from_on: date, until_on: date) -> list[CitySum]:
    """From the roll-up; a day and act of fewer people than a ranking shows are left out.

    Raises:
        Problem: the days are out of order, or too many.
    """
    actor.require(Permission.SELF_READ)
    if not 0 <= (until_on - from_on).days <= LONGEST_DAYS:
        raise Problem(N_("Ask for days in order, at most {most}."), at="until_on", most=LONGEST_DAYS)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select day, act, people, events, counted, credited_mg, points from inclusion_city_day
                where day between $1 and $2 and people >= $3 order by day, act""",
            from_on,
            until_on,
            rules().programme_at(until_on).ranking_least,
        )
    acts = rules().by_number
    return [
        CitySum(**{**row, "act": acts[row["act"]].id}, name=acts[row["act"]].name)
        for row in rows
        if row["act"] in acts
    ]


def acts_today() -> list[dict[str, Any]]:
    """Each act as it holds now, for lists."""
    day = datetime.now(ZONE).date()
    return [_shown(act, day) for act in rules().acts.values()]


def _shown(act: Act, day: date) -> dict[str, Any]:
    rule, chosen = act.at(day), act.grams_at(day)
    source = chosen.dated.source if chosen and chosen.dated else None
    return {
        "id": act.id,
        "name": act.name.as_dict(),
        "unit": act.unit,
        "spellings": list(act.spellings),
        "on": chosen is not None,
        "grams": plain(chosen.value) if chosen else None,
        "document": source.document.as_dict() if source else None,
        "confidence": source.confidence.id if source else None,
        "proved_only": rule.proved_only if rule else False,
    }
