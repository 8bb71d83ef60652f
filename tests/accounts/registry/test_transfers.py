"""To whom credits may go, how fast, and how much: trusted accounts, hours, limits, and the scheduler that sends them."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.registry import limits, transfers, trust, units
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from methodologies.registry.transfer_times import executes_at, trusted_from
from tests.accounts.identity.people_of_the_city import reader_of
from tests.accounts.registry.register import pick, register, sound

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("approved", "goes"),
    [
        ("2026-11-23T03:59:59", "2026-11-24T04:00:00"),  # Monday before noon in China: Tuesday noon
        ("2026-11-23T04:00:00", "2026-11-25T04:00:00"),  # Monday noon: Wednesday
        ("2026-11-27T02:00:00", "2026-11-30T04:00:00"),  # Friday morning: Monday
        ("2026-11-28T02:00:00", "2026-12-01T04:00:00"),  # Saturday: the second working day after
        ("2026-09-30T02:00:00", "2026-10-08T04:00:00"),  # the day before the National Day week
    ],
)
def test_a_transfer_outside_the_list_goes_at_noon_of_a_working_day(approved, goes):
    assert executes_at(datetime.fromisoformat(approved).replace(tzinfo=UTC)) == datetime.fromisoformat(
        goes
    ).replace(tzinfo=UTC)


def test_a_trusted_account_counts_from_noon_of_the_fourth_working_day():
    monday = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert trusted_from(monday) == datetime(2026, 11, 27, 4, tzinfo=UTC)


async def send(city, blocks, quantity_t, to=None):
    return await city.by(
        city.mill,
        transfers.send,
        picks=[pick(blocks, quantity_t)],
        to_account_id=(to or city.works).tenant_id,
        memo="",
    )


async def trusted_now(database, city):
    async with transaction(tenant=city.mill.tenant_id) as connection:
        await trust.add_trusted(connection, city.mill, account_id=city.works.tenant_id)
    async with database.as_superuser() as admin:
        await admin.execute("alter table registry_trusted disable trigger registry_trusted_final")
        await admin.execute("update registry_trusted set effective_at = now() - interval '1 hour'")
        await admin.execute("alter table registry_trusted enable trigger registry_trusted_final")


async def test_to_a_trusted_account_at_once_and_after_removal_no_more(database):
    city = await register()
    blocks = await city.issue(100)
    async with transaction(tenant=city.mill.tenant_id) as connection:
        await trust.add_trusted(connection, city.mill, account_id=city.works.tenant_id)
    assert (await send(city, blocks, 1)).state == "pending"  # on the list, but not yet counting
    await trust.remove_trusted(city.mill, account_id=city.works.tenant_id)
    await trusted_now(database, city)
    sent = await send(city, blocks, 10)
    assert (sent.state, sent.serials) == ("executed", ("CQCER-CQ0001-2025-2-11",))
    await trust.remove_trusted(city.mill, account_id=city.works.tenant_id)
    assert (await send(city, blocks, 1)).state == "pending"
    with pytest.raises(NotFound):
        await trust.remove_trusted(city.mill, account_id=city.works.tenant_id)
    await sound(database)


async def test_the_scheduler_sends_what_is_due_once_and_stops_what_is_frozen(database):
    city = await register()
    blocks = await city.issue(100)
    first = await send(city, blocks, 10)
    second = await city.by(
        city.works, transfers.send, picks=[pick(await city.issue(7, to=city.works), 7)],
        to_account_id=city.mill.tenant_id, memo="",
    )  # fmt: skip
    async with transaction(tenant=city.office.tenant_id) as connection:
        await connection.execute(
            """insert into registry_freeze (id, tenant_id, authority_id, reason, frozen_by, frozen_at, lifted_reason)
               values (gen_random_uuid(), $1, $2, '调查', $3, now(), '')""",
            city.works.tenant_id,
            city.office.tenant_id,
            city.office.person_id,
        )
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert await transfers.execute_due(connection, first.executes_at - timedelta(seconds=1)) == {
            "went": 0,
            "stopped": 0,
        }
        assert await transfers.execute_due(connection, LATER) == {"went": 1, "stopped": 1}
        assert await transfers.execute_due(connection, LATER) == {"went": 0, "stopped": 0}
    assert await city.tonnes(city.works) == {"held": 17}
    stopped = await transfers.find_reservation(city.works, reservation_id=second.transfer_id, kind="transfer")
    assert stopped.state == "stopped"
    assert "frozen" in stopped.closed_reason
    await sound(database)


async def test_holds_end_by_themselves(database):
    city = await register()
    blocks = await city.issue(100)
    now = datetime.now(UTC)
    placed = await city.by(
        city.mill,
        units.hold,
        picks=[pick(blocks, 10)],
        to_tenant_id=city.works.tenant_id,
        expires_at=now + timedelta(hours=1),
    )
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert await transfers.expire_holds(connection, now) == {"expired": 0}
        assert await transfers.expire_holds(connection, now + timedelta(hours=1)) == {"expired": 1}
    with pytest.raises(Conflict):
        await city.by(city.mill, units.settle, reservation_id=placed.id)
    assert await city.tonnes(city.mill) == {"held": 100}
    await sound(database)


async def test_any_representative_stops_a_transfer_that_waits_and_nobody_else(database):
    city = await register()
    blocks = await city.issue(100)
    sent = await send(city, blocks, 10)
    with pytest.raises(NotPermitted):
        await transfers.end_reservation(city.works, reservation_id=sent.transfer_id, kind="transfer")
    with pytest.raises(NotPermitted):
        await transfers.end_reservation(
            reader_of(city.mill), reservation_id=sent.transfer_id, kind="transfer"
        )
    with pytest.raises(NotFound):
        await transfers.end_reservation(city.bank, reservation_id=sent.transfer_id, kind="transfer")
    await transfers.end_reservation(city.mill, reservation_id=sent.transfer_id, kind="transfer", reason="错")
    assert await city.tonnes(city.mill) == {"held": 100}


async def test_the_lowest_limit_holds_and_raising_takes_two(database):
    city = await register()
    blocks = await city.issue(1000)
    await limits.lower_limits(city.mill, per_transfer_t=50, per_day_t=80)
    await limits.lower_limits(city.office, per_transfer_t=40, per_day_t=None, account_id=city.mill.tenant_id)
    with pytest.raises(Conflict, match="At most 40 t"):
        await send(city, blocks, 41)
    await send(city, blocks, 40)
    await send(city, blocks, 40)
    with pytest.raises(Conflict, match="in a day"):
        await send(city, blocks, 1)
    with pytest.raises(Conflict, match="second person"):
        await limits.lower_limits(city.mill, per_transfer_t=51, per_day_t=80)
    with pytest.raises(NotPermitted):
        await limits.lower_limits(city.works, per_transfer_t=0, per_day_t=0, account_id=city.mill.tenant_id)
    found = await limits.read_limits(city.office, account_id=city.mill.tenant_id)
    assert (found.per_transfer_t, found.per_day_t, found.gone_today_t) == (40, 80, 80)


async def test_nobody_sends_to_themselves_or_nowhere(database):
    city = await register()
    blocks = await city.issue(10)
    with pytest.raises(Problem):
        await send(city, blocks, 1, to=city.mill)
    city.works, works = reader_of(city.works), city.works
    stranger = type(works)(**{**works.__dict__, "tenant_id": works.person_id})
    with pytest.raises(NotFound):
        await send(city, blocks, 1, to=stranger)
