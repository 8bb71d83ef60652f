"""The settler: what arrived becomes events, days, grams and points, once, however often and in whatever order it came.

One settler at a time works in the transaction of its slot. It moves arrivals whose persons consent at this very moment
into the events, then takes every person's day that was touched as a whole, judges it, sets it in its month, and writes
the difference to what was there: days, the city's sums, and one posting of points for each person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from accounts.database.transactions import Connection
from accounts.inclusion import binary
from accounts.inclusion.days import as_date
from accounts.inclusion.posting import post_points
from accounts.inclusion.programme import RunningProgramme, maybe_programme
from methodologies.inclusion.acts import Rules, rules
from methodologies.inclusion.crediting import credit
from methodologies.inclusion.judging import ADMITTED, Events, day_totals, judge
from methodologies.inclusion.verdicts import Verdict

LOCK = "inclusion settler"
PEOPLE_AT_ONCE = 100_000
"""Persons judged together: half a million events, so that memory stays flat."""
BATCHES_AT_ONCE = 20_000

Whole = npt.NDArray[np.int64]
_FIELDS = ("events", "counted", "quantity", "mg", "credited", "points")


@dataclass(frozen=True)
class Settled:
    """What one run did; points in hundredths."""

    batches: int = 0
    events: int = 0
    without_consent: int = 0
    people: int = 0
    credited_mg: int = 0
    points: int = 0

    def as_result(self) -> Mapping[str, Any]:
        """For the list of runs."""
        return {
            "batches": self.batches,
            "events": self.events,
            "without consent": self.without_consent,
            "people": self.people,
            "grams": self.credited_mg // 1000,
            "points": self.points // 100,
        }


async def settle(connection: Connection, *, with_rules: Rules | None = None) -> Settled:
    """Settle everything that waits, in the caller's transaction under the role `scheduler`."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", LOCK)
    programme = await maybe_programme(connection)
    if programme is None:
        return Settled()
    batches = await connection.fetch(
        """select id, received_on, accepted from inclusion_batch where state = 'received'
            order by id limit $1""",
        BATCHES_AT_ONCE,
    )
    ids = [row["id"] for row in batches]
    moved, dropped = await _move(connection, ids, sorted({row["received_on"] for row in batches}))
    people = await _touch(connection)
    credited_mg = points = 0
    for first in range(1, people + 1, PEOPLE_AT_ONCE):
        part = _Part(connection, programme, first, first + PEOPLE_AT_ONCE - 1, with_rules or rules())
        mg, hundredths = await part.settle()
        credited_mg += mg
        points += hundredths
    await connection.execute("truncate inclusion_touched, inclusion_pending_link")
    await connection.execute(
        "update inclusion_batch set state = 'settled', settled_at = now() where id = any ($1)", ids
    )
    return Settled(len(ids), moved, dropped, people, credited_mg, points)


async def drop_settled_arrivals(connection: Connection, day: date, *, days: int) -> int:
    """Drop the arrivals of days that are over and wholly settled; how many days went."""
    gone = 0
    for back in range(1, days + 1):
        gone += await connection.fetchval("select inclusion_close_day($1)", day - timedelta(days=back))
    return gone


async def _move(connection: Connection, ids: list[UUID], received_on: list[Any]) -> tuple[int, int]:
    """From arrivals to events; consent is asked here, for each link, in this transaction. Returns moved and dropped."""
    await connection.execute(
        """create temporary table if not exists inclusion_pending_link
               (id uuid primary key, person_id uuid not null, source_id uuid not null) on commit drop;
           create temporary table if not exists inclusion_touched
               (number bigint not null, person_id uuid not null, day date not null) on commit drop"""
    )
    if not ids:
        await _touched_from_recounts(connection)
        return 0, 0
    await connection.execute(
        "insert into inclusion_pending_link select id, person_id, source_id from inclusion_pending_links($1, $2)",
        ids,
        received_on,
    )
    await connection.execute("analyze inclusion_pending_link")
    for row in await connection.fetch(
        "select distinct day from inclusion_arrival where batch = any ($1) and received_on = any ($2)",
        ids,
        received_on,
    ):
        await connection.execute("select inclusion_open_day('event', $1)", row["day"])
        await connection.execute("select inclusion_open_day('day', $1)", row["day"])
    status = await connection.execute(
        """insert into inclusion_event (person_id, day, key, source_id, act, grade, same_place, quantity, own_baseline,
               peer_baseline, started_at, ended_at, device)
           select l.person_id, a.day, a.key, l.source_id, a.act, a.grade, a.same_place, a.quantity, a.own_baseline,
                  a.peer_baseline, a.started_at, a.ended_at, a.device
             from inclusion_arrival a join inclusion_pending_link l on l.id = a.link
            where a.batch = any ($1) and a.received_on = any ($2)
            order by a.day, l.person_id, a.key""",
        ids,
        received_on,
    )
    moved = int(status.rpartition(" ")[2])
    dropped = await _note_dropped(connection, ids, received_on, moved)
    await connection.execute(
        """insert into inclusion_touched
           select dense_rank() over (order by person_id), person_id, day
             from (select l.person_id, a.day
                     from inclusion_arrival a join inclusion_pending_link l on l.id = a.link
                    where a.batch = any ($1) and a.received_on = any ($2)
                    union select person_id, day from inclusion_recount) t""",
        ids,
        received_on,
    )
    return moved, dropped


async def _touched_from_recounts(connection: Connection) -> None:
    await connection.execute(
        """insert into inclusion_touched
           select dense_rank() over (order by person_id), person_id, day
             from (select distinct person_id, day from inclusion_recount) t"""
    )


async def _note_dropped(connection: Connection, ids: list[UUID], received_on: list[Any], moved: int) -> int:
    """How many of each batch were not used because consent had ended; most times none, and one count says so."""
    accepted = await connection.fetchval(
        "select coalesce(sum(accepted), 0)::bigint from inclusion_batch where id = any ($1)", ids
    )
    if accepted == moved:
        return 0
    await connection.execute(
        """update inclusion_batch b set without_consent = d.dropped
             from (select a.batch, count(*) as dropped
                     from inclusion_arrival a left join inclusion_pending_link l on l.id = a.link
                    where a.batch = any ($1) and a.received_on = any ($2) and l.id is null group by a.batch) d
            where b.id = d.batch""",
        ids,
        received_on,
    )
    return int(accepted - moved)


async def _touch(connection: Connection) -> int:
    """How many persons are touched; the recounts they asked for are taken up."""
    await connection.execute(
        """delete from inclusion_recount r using inclusion_touched t
            where t.person_id = r.person_id and t.day = r.day"""
    )
    await connection.execute("analyze inclusion_touched")
    found: int = await connection.fetchval("select coalesce(max(number), 0) from inclusion_touched")
    return found


_EVENTS = """
    select t.number, e.day, e.act, e.grade, e.quantity, e.own_baseline, e.peer_baseline, e.started_at, e.ended_at,
           e.same_place, e.key,
           (case when exists (select from inclusion_operator_claim c
                               where c.source_id = e.source_id and e.day between c.from_on and c.until_on
                                 and (cardinality(c.acts) = 0 or e.act = any (c.acts))) then $4::int
                 when x.sign is null then 0 when x.sign = 'admitted' then $5::int else $3::int end)::smallint
      from inclusion_touched t join inclusion_event e on e.person_id = t.person_id and e.day = t.day
      left join inclusion_exclusion x on x.person_id = e.person_id and x.key = e.key and x.lifted_at is null
     where t.number between $1 and $2
"""
_EVENT_KINDS = {
    "person": "int8", "day": "date", "act": "int2", "grade": "int2", "quantity": "int8", "own": "int8", "peer": "int8",
    "start": "instant", "end": "instant", "same_place": "bool", "key": "uuid", "held": "int2",
}  # fmt: skip

_DAYS = """
    select p.number, d.day, d.act, d.events, d.counted, d.quantity, d.counted_mg, d.credited_mg, d.points
      from (select distinct number, person_id, date_trunc('month', day)::date as first_day from inclusion_touched
             where number between $1 and $2) p
      join inclusion_day d on d.person_id = p.person_id and d.day >= p.first_day
           and d.day < (p.first_day + interval '1 month')::date
"""
_DAY_KINDS = {
    "person": "int8", "day": "date", "act": "int2", "events": "int4", "counted": "int4", "quantity": "int8", "mg": "int8",
    "credited": "int8", "points": "int8",
}  # fmt: skip


class _Part:
    """Some of the touched persons, with their complete days and months."""

    def __init__(
        self, connection: Connection, programme: RunningProgramme, first: int, last: int, known: Rules
    ) -> None:
        self.connection, self.programme = connection, programme
        self.first, self.last, self.rules = first, last, known

    async def settle(self) -> tuple[int, int]:
        """Milligrams and hundredths of points added."""
        judged = await self._judged()
        before = await binary.copy_out(self.connection, _DAYS, _DAY_KINDS, self.first, self.last)
        touched = await binary.copy_out(
            self.connection,
            "select number, day from inclusion_touched where number between $1 and $2",
            {"person": "int8", "day": "date"},
            self.first,
            self.last,
        )
        rows = merged(judged, before, touched)
        given = credit(rows["person"], rows["day"], rows["act"], rows["mg"], self.rules)
        rows["credited"], rows["points"] = given.mg, given.points
        old = _old_values(rows, before)
        changed = np.zeros(len(rows["person"]), dtype=bool)
        for name in _FIELDS:
            changed |= rows[name] != old[name]
        rows = {name: values[changed] for name, values in rows.items()}
        difference = {name: rows[name] - old[name][changed] for name in _FIELDS}
        await self._write_days(rows)
        await self._write_city(rows, difference, old["events"][changed])
        await self._post(rows["person"], difference["points"])
        return int(difference["credited"].sum()), int(difference["points"].sum())

    async def _judged(self) -> dict[str, Whole]:
        found = await binary.copy_out(
            self.connection,
            _EVENTS,
            _EVENT_KINDS,
            self.first,
            self.last,
            int(Verdict.EXCLUDED),
            int(Verdict.CLAIMED),
            ADMITTED,
        )
        events = events_of(found)
        totals = day_totals(events, judge(events, self.rules))
        names = ("person", "day", "act", "events", "counted", "quantity", "mg")
        return {name: getattr(totals, name) for name in names}

    async def _write_days(self, rows: Mapping[str, Whole]) -> None:
        await self.connection.execute(
            """create temporary table if not exists inclusion_changed_day (number bigint not null, day date not null,
                   act smallint not null, events integer not null, counted integer not null, quantity bigint not null,
                   counted_mg bigint not null, credited_mg bigint not null, points bigint not null) on commit drop;
               truncate inclusion_changed_day"""
        )
        names = {"mg": "counted_mg", "credited": "credited_mg", "person": "number"}
        columns = {names.get(name, name): (kind, rows[name]) for name, kind in _DAY_KINDS.items()}
        await binary.copy_in(self.connection, "inclusion_changed_day", columns, len(rows["person"]))
        await self.connection.execute(
            """insert into inclusion_day as d (person_id, day, act, events, counted, quantity, counted_mg, credited_mg, points)
               select p.person_id, c.day, c.act, c.events, c.counted, c.quantity, c.counted_mg, c.credited_mg, c.points
                 from inclusion_changed_day c
                 join (select distinct number, person_id from inclusion_touched where number between $1 and $2) p using (number)
                order by p.person_id, c.day, c.act
               on conflict (person_id, day, act) do update
                  set events = excluded.events, counted = excluded.counted, quantity = excluded.quantity,
                      counted_mg = excluded.counted_mg, credited_mg = excluded.credited_mg, points = excluded.points""",
            self.first,
            self.last,
        )

    async def _write_city(
        self, rows: Mapping[str, Whole], difference: Mapping[str, Whole], events_before: Whole
    ) -> None:
        """The roll-up moves by exactly what the days moved by."""
        if not len(rows["person"]):
            return
        pairs, code = np.unique(rows["day"] * 1000 + rows["act"], return_inverse=True)
        people = (rows["events"] > 0).astype(np.int64) - (events_before > 0)
        sums = [people, *(difference[name] for name in ("events", "counted", "credited", "points"))]
        totals = [_summed(values, code, len(pairs)) for values in sums]
        await self.connection.execute(
            """insert into inclusion_city_day as c (operator_id, day, act, people, events, counted, credited_mg, points)
               select $1, * from unnest($2::date[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
                                        $8::bigint[])
               on conflict (operator_id, day, act) do update
                  set people = c.people + excluded.people, events = c.events + excluded.events,
                      counted = c.counted + excluded.counted, credited_mg = c.credited_mg + excluded.credited_mg,
                      points = c.points + excluded.points""",
            self.programme.operator_id,
            [as_date(pair // 1000) for pair in pairs.tolist()],
            (pairs % 1000).tolist(),
            *(total.tolist() for total in totals),
        )

    async def _post(self, person: Whole, difference: Whole) -> None:
        """One posting for each person whose points changed."""
        numbers, code = np.unique(person, return_inverse=True)
        sums = _summed(difference, code, len(numbers))
        moved = sums != 0
        if moved.any():
            await post_points(self.connection, self.programme, numbers[moved].tolist(), sums[moved].tolist())


def events_of(found: Mapping[str, npt.NDArray[Any]]) -> Events:
    """What was read of the events, as the rules take it."""
    halves = found["key"].view(">u8").reshape(-1, 2).astype(np.uint64)
    plain = {name: found[name] for name in found if name != "key"}
    return Events(**plain, key_high=halves[:, 0], key_low=halves[:, 1])


def _summed(values: Whole, code: npt.NDArray[np.intp], count: int) -> Whole:
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, code, values)
    return total


def _place(rows: Mapping[str, Whole]) -> Whole:
    """One number for person, day and act: days stay below 50,000 (the year 2106), acts below 1,000."""
    found: Whole = (rows["person"] * 50_000 + rows["day"]) * 1000 + rows["act"]
    return found


def merged(
    judged: Mapping[str, Whole], before: Mapping[str, Whole], touched: Mapping[str, Whole]
) -> dict[str, Whole]:
    """The months complete: touched days as judged now (nothing where nothing is left), the other days as they were."""
    touched_days = touched["person"] * 50_000 + touched["day"]
    again = np.isin(before["person"] * 50_000 + before["day"], touched_days)
    emptied = again & ~np.isin(_place(before), _place(judged))
    names = ("person", "day", "act", "events", "counted", "quantity", "mg")
    keep = ~again
    return {
        name: np.concatenate(
            [
                judged[name],
                before[name][keep],
                before[name][emptied]
                if name in {"person", "day", "act"}
                else np.zeros(int(emptied.sum()), np.int64),
            ]
        )
        for name in names
    }


def _old_values(rows: Mapping[str, Whole], before: Mapping[str, Whole]) -> dict[str, Whole]:
    """What stood in the table for each row; zero where there was none."""
    order = np.argsort(_place(before))
    known, wanted = _place(before)[order], _place(rows)
    if not len(known):
        return {name: np.zeros(len(wanted), dtype=np.int64) for name in _FIELDS}
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found = known[at] == wanted
    return {name: np.where(found, before[name][order][at], 0) for name in _FIELDS}
