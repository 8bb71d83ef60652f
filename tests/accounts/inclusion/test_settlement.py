"""Points of any day equal a settlement by hand, in whatever batches and order the events came."""

import random
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import strategies as st

from accounts.database.transactions import transaction
from accounts.identity import person_consents
from accounts.inclusion.sorting import digest
from accounts.ledger import journal
from accounts.ledger.checks import check_books
from methodologies.inclusion.acts import GRADES, rules
from tests.accounts.inclusion.town import MORNING, Town
from tests.methodologies.inclusion.slow_settlement import Event, settle_slowly

EPOCH = date(1970, 1, 1)


async def days_of(town: Town) -> dict:
    async with town.database.as_superuser() as admin:
        rows = await admin.fetch("select person_id, day, act, credited_mg, points from inclusion_day")
    return {
        (row["person_id"], (row["day"] - EPOCH).days, row["act"]): (row["credited_mg"], row["points"])
        for row in rows
    }


async def balances(town: Town) -> list[int]:
    found = []
    for person in town.citizens:
        async with transaction(tenant=person.tenant_id, readonly=True) as connection:
            account = await connection.fetchval("select account_id from inclusion_member")
            found.append((await journal.balance(connection, account)).posted)
    return found


async def test_a_ride_becomes_grams_and_points_once(town):
    [person] = await town.move_in()
    ride = town.ride(person)
    await town.send([ride], key="a")
    settled = await town.settle()
    assert (settled.events, settled.people, settled.credited_mg, settled.points) == (1, 1, 373_600, 373)
    await town.send([ride], key="b")
    assert (await town.settle()).points == 0
    assert await balances(town) == [373]


async def test_consent_withdrawn_before_the_settlement_stops_it(town):
    [person] = await town.move_in()
    receipt = await town.send([town.ride(person)])
    await person_consents.withdraw(person, source_id=str(town.source.id), purpose="credit")
    settled = await town.settle()
    assert (receipt.accepted, settled.events, settled.without_consent, settled.points) == (1, 0, 1, 0)


async def test_rides_that_end_where_they_began_give_nothing(town):
    [person] = await town.move_in()
    await town.send([town.ride(person, destination="A")])
    assert (await town.settle()).credited_mg == 0


async def test_a_late_ride_of_an_earlier_day_changes_only_its_day_and_the_months_limit(town):
    [person] = await town.move_in()
    for days in (0, 3, 1):
        start = MORNING - timedelta(days=days)
        await town.send(
            [
                town.ride(
                    person, started_at=start.isoformat(), ended_at=(start + timedelta(minutes=20)).isoformat()
                )
            ]
        )
        await town.settle()
    assert sorted((await days_of(town)).values()) == [(373_600, 373)] * 3
    assert await balances(town) == [3 * 373]


async def test_the_citys_sums_are_those_of_its_people(town):
    people = await town.move_in(3)
    await town.send([town.ride(person, 30 * n) for n, person in enumerate(people)])
    await town.settle()
    await town.send([town.ride(people[0], 200)])
    await town.settle()
    async with town.database.as_superuser() as admin:
        city = await admin.fetchrow("select * from inclusion_city_day")
        days = await admin.fetchrow(
            "select sum(events) e, sum(credited_mg) mg, sum(points) p, count(*) n from inclusion_day"
        )
    assert (city["events"], city["credited_mg"], city["points"], city["people"]) == (
        days["e"],
        days["mg"],
        days["p"],
        3,
    )


KINDS = [
    ("metro", "passenger-km", 8),
    ("bus", "ride", 1),
    ("cycling", "km", 3),
    ("walking", "steps", 7000),
    ("e_billing", "bill", 1),
]
EVENT = st.tuples(
    st.integers(0, 1), st.sampled_from(KINDS), st.integers(0, 2), st.integers(0, 240), st.integers(0, 45),
    st.sampled_from(["proved", "proved", "self-declared"]), st.sampled_from(["A", "B"]),
)  # fmt: skip


def as_wire(town: Town, number: int, told) -> dict:
    who, (act, unit, amount), days, minute, minutes, grade, place = told
    start = MORNING - timedelta(days=days) + timedelta(minutes=minute)
    return {
        "id": f"e{number}", "person": town.link(town.citizens[who]), "act": act, "unit": unit, "quantity": amount,
        "started_at": start.isoformat(), "ended_at": (start + timedelta(minutes=minutes)).isoformat(), "evidence": grade,
        "origin": "A", "destination": place,
    }  # fmt: skip


def by_hand(town: Town, number: int, told) -> Event:
    who, (act, _, amount), days, minute, minutes, grade, place = told
    start = int((MORNING - timedelta(days=days) + timedelta(minutes=minute)).timestamp())
    key = int(digest(town.source.id.hex, "event", f"e{number}"), 16)
    return Event(
        who, (start + 8 * 3600) // 86_400, rules().acts[act].number, GRADES[grade], amount * 1000, start, start + minutes * 60,
        key, same_place=place == "A",
    )  # fmt: skip


async def check_equal(database, events, seed):
    from tests.accounts.inclusion.town import found_town

    town = await found_town(database)
    await town.move_in(2)
    shuffled = list(enumerate(events))
    random.Random(seed).shuffle(shuffled)
    wires = [as_wire(town, number, told) for number, told in shuffled]
    middle = len(wires) // 2
    for part in (wires[:middle], wires[middle:], wires[: middle + 1]):
        if part:
            await town.send(part)
            await town.settle()
    slowly = settle_slowly([by_hand(town, number, told) for number, told in enumerate(events)], rules())
    people = [person.person_id for person in town.citizens]
    found = {key: value for key, value in (await days_of(town)).items() if key[0] in people}
    assert found == {(people[who], day, act): value for (who, day, act), value in slowly.items()}
    points = defaultdict(int)
    for (who, _, _), (_, hundredths) in slowly.items():
        points[who] += hundredths
    assert await balances(town) == [points[0], points[1]]


@pytest.mark.parametrize("seed", range(2))
async def test_points_of_any_day_equal_a_settlement_by_hand(database, seed):
    chosen = random.Random(seed)
    events = [
        (chosen.randrange(2), chosen.choice(KINDS), chosen.randrange(3), chosen.randrange(240), chosen.randrange(45),
         chosen.choice(["proved", "proved", "self-declared"]), chosen.choice("ABB"))
        for _ in range(40)
    ]  # fmt: skip
    await check_equal(database, events, seed)
    async with database.as_superuser() as admin:
        assert await check_books(admin) == []
