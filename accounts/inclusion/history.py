"""What a person has done, day by day, each act with its verdict, its grams and how they came to be."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.inclusion.days import as_number, month_start, today
from accounts.inclusion.members import member_of, require_citizen
from carbon.errors import N_, NotFound
from carbon.explanation import Explanation
from carbon.text import Text
from methodologies.inclusion.acts import PROVED, STEPS, rules
from methodologies.inclusion.explaining import explain
from methodologies.inclusion.judging import ADMITTED, Events, judge
from methodologies.inclusion.verdicts import Verdict


@dataclass(frozen=True)
class ActTotal:
    """One act on one day, or over a time: milligrams credited, hundredths of points."""

    act: str
    name: Text
    events: int
    counted: int
    credited_mg: int
    points: int


@dataclass(frozen=True)
class DayLine:
    """A day in the history."""

    day: date
    acts: tuple[ActTotal, ...]
    credited_mg: int
    points: int


@dataclass(frozen=True)
class MonthTotal:
    """One month of the picture."""

    month: date
    credited_mg: int
    points: int


@dataclass(frozen=True)
class Picture:
    """The last twelve months, this month by act, this year, and all time."""

    months: tuple[MonthTotal, ...]
    month_acts: tuple[ActTotal, ...]
    year_mg: int
    total_mg: int
    active_days: int
    counted: int


@dataclass(frozen=True)
class ActLine:
    """One act with what became of it; `key` names it in an appeal."""

    key: UUID
    act: str
    name: Text
    source_zh: str
    source_en: str
    started_at: datetime
    ended_at: datetime
    proved: bool
    quantity: str
    unit: Text
    verdict: str
    words: Text
    mg: int
    can_appeal: bool
    explanation: Explanation


async def read_picture(actor: Actor) -> Picture:
    """The person's year and month.

    Raises:
        NotFound: the person does not take part.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await member_of(connection, actor)
        day = await today(connection)
        rows = await connection.fetch(
            """select date_trunc('month', day)::date as month, act, sum(events)::int as events, sum(counted)::int as counted,
                      sum(credited_mg)::bigint as mg, sum(points)::bigint as points, count(*)::int as days
                 from inclusion_day where person_id = $1 group by 1, 2 order by 1, 2""",
            actor.tenant_id,
        )
        active = await connection.fetchval(
            "select count(distinct day) from inclusion_day where person_id = $1 and counted > 0",
            actor.tenant_id,
        )
    first = month_start(day)
    months = [first]
    while len(months) < 12:
        months.append(month_start(months[-1] - timedelta(days=1)))
    return Picture(
        months=tuple(
            MonthTotal(
                month,
                sum(row["mg"] for row in rows if row["month"] == month),
                sum(row["points"] for row in rows if row["month"] == month),
            )
            for month in reversed(months)
        ),
        month_acts=tuple(_total(row) for row in rows if row["month"] == first),
        year_mg=sum(row["mg"] for row in rows if row["month"].year == day.year),
        total_mg=sum(row["mg"] for row in rows),
        active_days=active,
        counted=sum(row["counted"] for row in rows),
    )


async def list_days(actor: Actor, *, before: date | None = None, limit: int = 31) -> list[DayLine]:
    """Days with acts, latest first; the next page begins `before` the last day seen."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await member_of(connection, actor)
        rows = await connection.fetch(
            """select day, act, events, counted, credited_mg as mg, points from inclusion_day
                where person_id = $1 and events > 0 and day in (
                      select distinct day from inclusion_day
                       where person_id = $1 and events > 0 and ($2::date is null or day < $2)
                       order by day desc limit $3)
                order by day desc, act""",
            actor.tenant_id,
            before,
            min(limit, 366),
        )
    lines: dict[date, list[ActTotal]] = {}
    for row in rows:
        lines.setdefault(row["day"], []).append(_total(row))
    return [
        DayLine(day, tuple(acts), sum(act.credited_mg for act in acts), sum(act.points for act in acts))
        for day, acts in lines.items()
    ]


async def read_day(actor: Actor, *, day: date) -> list[ActLine]:
    """Every act of a day, by time. Verdicts and grams are computed again from what is kept, by the same rules.

    Raises:
        NotFound: nothing is kept of that day.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await member_of(connection, actor)
        lines = await lines_of_day(connection, actor.tenant_id, day)
    if not lines:
        raise NotFound(N_("Nothing is kept of {day}."), day=day.isoformat())
    return lines


async def lines_of_day(connection: Connection, person_id: UUID, day: date) -> list[ActLine]:
    """The same within a transaction of the person; empty where nothing is kept."""
    rows = await connection.fetch(
        """select e.*, coalesce(s.name_zh, '') as source_zh, coalesce(s.name_en, '') as source_en,
                  case when exists (select from inclusion_operator_claim c
                                     where c.source_id = e.source_id and e.day between c.from_on and c.until_on
                                       and (cardinality(c.acts) = 0 or e.act = any (c.acts))) then 'claimed' else x.sign end as sign
             from inclusion_event e
             left join inclusion_source s on s.id = e.source_id
             left join inclusion_exclusion x on x.person_id = e.person_id and x.key = e.key and x.lifted_at is null
            where e.person_id = $1 and e.day = $2 order by e.started_at, e.key""",
        person_id,
        day,
    )
    if not rows:
        return []
    judged = judge(_events(rows, day), rules())
    columns = (judged.verdict.tolist(), judged.credited.tolist(), judged.mg.tolist())
    return [
        _line(row, day, Verdict(verdict), credited, mg)
        for row, verdict, credited, mg in zip(rows, *columns, strict=True)
    ]


def _events(rows: list[Any], day: date) -> Events:
    def whole(values: list[int]) -> np.ndarray[Any, Any]:
        return np.array(values, dtype=np.int64)

    keys = [row["key"].int for row in rows]
    held = {None: 0, "admitted": ADMITTED, "claimed": int(Verdict.CLAIMED)}
    return Events(
        person=whole([0] * len(rows)),
        day=whole([as_number(day)] * len(rows)),
        act=whole([row["act"] for row in rows]),
        grade=whole([row["grade"] for row in rows]),
        quantity=whole([row["quantity"] for row in rows]),
        own=whole([row["own_baseline"] for row in rows]),
        peer=whole([row["peer_baseline"] for row in rows]),
        start=whole([int(row["started_at"].timestamp()) for row in rows]),
        end=whole([int(row["ended_at"].timestamp()) for row in rows]),
        same_place=np.array([row["same_place"] for row in rows], dtype=bool),
        held=whole([held.get(row["sign"], int(Verdict.EXCLUDED)) for row in rows]),
        key_high=np.array([key >> 64 for key in keys], dtype=np.uint64),
        key_low=np.array([key & (2**64 - 1) for key in keys], dtype=np.uint64),
    )


def _line(row: Any, day: date, verdict: Verdict, credited: int, mg: int) -> ActLine:
    act = rules().by_number[row["act"]]
    return ActLine(
        key=row["key"],
        act=act.id,
        name=act.name,
        source_zh=row["source_zh"],
        source_en=row["source_en"],
        started_at=row["started_at"].astimezone(UTC),
        ended_at=row["ended_at"].astimezone(UTC),
        proved=row["grade"] == PROVED,
        quantity=f"{row['quantity'] / STEPS:.3f}".rstrip("0").rstrip("."),
        unit=act.unit_name,
        verdict=verdict.name.lower().replace("_", "-"),
        words=verdict.words,
        mg=mg,
        can_appeal=not verdict.counts and verdict not in {Verdict.OFF, Verdict.NO_SAVING, Verdict.CLAIMED},
        explanation=explain(
            act, day, verdict=verdict, grade=row["grade"], credited=credited, told=row["quantity"], mg=mg
        ),
    )


def _total(row: Any) -> ActTotal:
    act = rules().by_number[row["act"]]
    return ActTotal(act.id, act.name, row["events"], row["counted"], row["mg"], row["points"])
