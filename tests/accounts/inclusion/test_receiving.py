"""What becomes of each event of a batch."""

import asyncio
import json
from datetime import timedelta

import pytest

from accounts.identity import person_consents
from accounts.inclusion import sources
from carbon.errors import Conflict, KeyReused, NotFound, Problem
from tests.accounts.identity.people_of_the_city import actor_in
from tests.accounts.inclusion.town import NOW


def fates(receipt):
    return [fate.fate for fate in receipt.fates]


async def test_every_event_has_its_own_fate(town):
    [person, other] = await town.move_in(2)
    await person_consents.withdraw(other, source_id=str(town.source.id), purpose="credit")
    good = town.ride(person)
    batch = [
        good,
        {**good},
        town.ride(person, started_at=(NOW - timedelta(days=9)).isoformat(), ended_at=None),
        town.ride(person, started_at=(NOW + timedelta(hours=1)).isoformat(), ended_at=None),
        town.ride(person, km=5000),
        town.ride(person, km=-3),
        town.ride(person, unit="vehicle-km"),
        town.ride(person, act="flying"),
        town.ride(person, act="old_clothes", unit="kg"),
        town.ride(person, source="00000000-0000-0000-0000-000000000000"),
        {**town.ride(person), "person": "somebody else"},
        town.ride(other),
        {"id": "half"},
        town.ride(person, minutes=-5),
    ]
    receipt = await town.send(batch)
    assert fates(receipt) == [
        "accepted", "duplicate", "late", "future", "out-of-range", "negative", "unit", "unknown-act", "not-yours",
        "not-yours", "unknown-person", "no-consent", "broken", "ends-early",
    ]  # fmt: skip
    assert receipt.accepted == 1
    assert "passenger-km" in receipt.fates[6].message
    assert [fate.place for fate in receipt.fates] == list(range(1, 15))


async def test_the_same_batch_gives_the_first_answer_and_the_same_key_no_other(town):
    [person] = await town.move_in()
    batch = [town.ride(person), town.ride(person, 60, km=-1)]
    first = await town.send(batch, key="k1")
    again = await town.send(batch, key="k1")
    assert (again.repeated, first.repeated) == (True, False)
    assert (again.batch_id, again.fates) == (first.batch_id, first.fates)
    with pytest.raises(KeyReused):
        await town.send(batch[:1], key="k1")


async def test_an_event_comes_once_whatever_batch_it_is_in(town):
    [person] = await town.move_in()
    ride = town.ride(person)
    await town.send([ride])
    changed = {**ride, "quantity": 9}
    receipt = await town.send([ride, changed])
    assert fates(receipt) == ["replayed", "duplicate"]
    assert fates(await town.send([changed])) == ["changed"]


async def test_one_broken_line_costs_one_event_and_a_broken_array_says_where(town):
    [person] = await town.move_in()
    lines = [json.dumps(town.ride(person, 60 * n)).encode() for n in range(3)]
    lines[1] = lines[1][:-20]
    receipt = await town.send_body(b"\n".join(lines), lines=True)
    assert fates(receipt) == ["accepted", "broken", "accepted"]
    assert receipt.fates[1].id
    whole = b"[" + b",\n".join(json.dumps(town.ride(person)).encode() for _ in range(2)) + b',\n{"id": }]'
    with pytest.raises(Problem, match="event 3, line 3"):
        await town.send_body(whole)


@pytest.mark.parametrize("lines", [True, False])
async def test_deep_json_is_refused_and_stops_nobody(town, lines):
    deep = b"[" * 200_000 + b"]" * 200_000
    if lines:
        assert fates(await town.send_body(deep, lines=True)) == ["broken"]
    else:
        with pytest.raises(Problem):
            await town.send_body(deep)
    nested = b'[{"id": "a", "quantity": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]"
    with pytest.raises(Problem):
        await town.send_body(nested)


async def test_more_than_ten_thousand_events_are_too_many(town):
    with pytest.raises(Problem, match="at most 10000"):
        await town.send_body(b"{}\n" * 10_001, lines=True)


async def test_a_partner_cannot_use_the_links_of_another(town):
    [person] = await town.move_in()
    other = await actor_in("partner")
    theirs = await sources.register_source(other, name_zh="示例单车", name_en="Bikes", acts=["metro"])
    receipt = await town.send([town.ride(person)], source=theirs)
    assert fates(receipt) == ["unknown-person"]
    with pytest.raises(NotFound):
        await sources.create_key(other, source_id=town.source.id, name="mine")


async def test_two_keys_at_once_and_no_third(town):
    first = await sources.create_key(town.partner, source_id=town.source.id, name="first")
    await sources.create_key(town.partner, source_id=town.source.id, name="second")
    with pytest.raises(Conflict):
        await sources.create_key(town.partner, source_id=town.source.id, name="third")
    await sources.revoke_key(town.partner, key_id=first.id)
    await sources.create_key(town.partner, source_id=town.source.id, name="third")
    valid = [key.name for key in await sources.list_keys(town.partner, source_id=town.source.id) if key.valid]
    assert valid == ["third", "second"]


async def test_the_sandbox_checks_all_and_keeps_nothing(town):
    box = await sources.register_source(
        town.partner, name_zh="沙箱", name_en="Sandbox", acts=["metro"], sandbox=True
    )
    ride = {**town.ride(town.partner), "person": "test-person-1"}
    receipt = await town.send(
        [ride, {**ride, "id": "2", "person": "test-person-without-consent"}], source=box
    )
    assert fates(receipt) == ["accepted", "no-consent"]
    assert receipt.sandbox
    assert (await town.settle()).events == 0
    assert fates(await town.send([ride], source=box)) == ["accepted"]


async def test_many_first_batches_of_a_day_and_the_same_events_at_once(town):
    [person] = await town.move_in()
    ride = town.ride(person)
    receipts = await asyncio.gather(*(town.send([ride, town.ride(person, 30 * n)]) for n in range(1, 7)))
    taken = [fates(receipt)[0] for receipt in receipts]
    assert sorted(taken) == ["accepted"] + ["replayed"] * 5
    assert [fates(receipt)[1] for receipt in receipts] == ["accepted"] * 6
    assert (await town.settle()).events == 7
