"""Freezes, the buffer, false claims: what is stopped stays put, what is lost is covered, and nothing is hidden."""

import pytest

from accounts.database.transactions import transaction
from accounts.registry import buffer, freezes, units
from carbon.errors import Conflict, NotFound, NotPermitted
from tests.accounts.registry.register import pick, register, sound


async def test_a_frozen_range_stops_pending_transfers_and_comes_back_as_it_was(database):
    city = await register()
    blocks = await city.issue(100)
    waiting = await city.by(
        city.mill, units.hold, picks=[pick(blocks, 10)], to_tenant_id=city.works.tenant_id, kind="transfer"
    )
    pledge = await city.by(
        city.mill,
        units.pledge_lock,
        picks=[pick(blocks, 20)],
        pledgee_tenant_id=city.bank.tenant_id,
        contract_id="1",
    )
    async with transaction(tenant=city.office.tenant_id) as connection:
        (frozen,) = await freezes.freeze_numbers(
            connection, city.office, pick=units.Pick(blocks[0].batch_number, 25, 1), reason="涉嫌虚报"
        )
    assert await city.tonnes(city.mill) == {"frozen": 25, "pledged": 5, "held": 70}
    with pytest.raises(Conflict):
        await city.by(city.mill, units.settle, reservation_id=waiting.id)
    with pytest.raises(Conflict):
        await city.by(city.bank, units.pledge_release, pledge_id=pledge.id)
    await sound(database)
    async with transaction(tenant=city.office.tenant_id) as connection:
        await freezes.lift_freeze(connection, city.office, freeze_id=frozen.id, reason="查清")
    assert await city.tonnes(city.mill) == {"held": 80, "pledged": 20}
    await city.by(city.bank, units.pledge_release, pledge_id=pledge.id)
    await sound(database)


async def test_nothing_leaves_a_frozen_account_but_credits_still_arrive(database):
    city = await register()
    blocks = await city.issue(100)
    waiting = await city.by(
        city.mill, units.hold, picks=[pick(blocks, 10)], to_tenant_id=city.works.tenant_id
    )
    async with transaction(tenant=city.office.tenant_id) as connection:
        frozen = await freezes.freeze_account(
            connection, city.office, account_id=city.mill.tenant_id, reason="调查"
        )
    assert await city.tonnes(city.mill) == {"held": 100}
    for act in (
        city.retire(city.mill, pick(blocks, 1)),
        city.by(city.mill, units.transfer, picks=[pick(blocks, 1)], to_tenant_id=city.works.tenant_id),
        city.by(city.mill, units.settle, reservation_id=waiting.id),
    ):
        with pytest.raises(Conflict):
            await act
    await city.issue(5)
    assert await city.tonnes(city.mill) == {"held": 105}
    async with transaction(tenant=city.office.tenant_id) as connection:
        await freezes.lift_freeze(connection, city.office, freeze_id=frozen.id, reason="查清")
    await city.retire(city.mill, pick(blocks, 1))
    await sound(database)


async def test_only_the_issuing_authority_freezes_and_lifts(database):
    city = await register()
    blocks = await city.issue(100)
    for stranger in (city.mill, city.works):
        async with transaction(tenant=stranger.tenant_id) as connection:
            with pytest.raises(NotPermitted):
                await freezes.freeze_numbers(connection, stranger, pick=pick(blocks, 1, 1), reason="x")
    async with transaction(tenant=city.office.tenant_id) as connection:
        (frozen,) = await freezes.freeze_numbers(connection, city.office, pick=pick(blocks, 1, 1), reason="x")
    async with transaction(tenant=city.mill.tenant_id) as connection:
        with pytest.raises(NotFound):
            await freezes.lift_freeze(connection, city.mill, freeze_id=frozen.id, reason="please")


async def test_the_buffer_covers_a_loss_and_tells_what_it_could_not(database):
    city = await register()
    await city.issue(100, buffer_t=10, vintage=2024)
    await city.issue(100, buffer_t=20, vintage=2025)
    await city.issue(100, buffer_t=5, code="CQ0002")
    covered = await city.by(
        city.office,
        buffer.compensate_reversal,
        scheme="CQCER",
        project_code="CQ0001",
        quantity_t=32,
        statement="火灾",
    )
    assert (covered.covered_t, covered.shortfall_t) == (32, 0)
    assert [each.serials[0] for each in covered.cancellations] == [
        "CQCER-CQ0001-2024-91-100",
        "CQCER-CQ0001-2025-81-100",
        "CQCER-CQ0002-2025-96-97",
    ]
    rest = await city.by(
        city.office,
        buffer.compensate_reversal,
        scheme="CQCER",
        project_code="CQ0001",
        quantity_t=10,
        statement="火灾",
    )
    assert (rest.covered_t, rest.shortfall_t) == (3, 7)
    with pytest.raises(Conflict, match="empty"):
        await city.by(
            city.office,
            buffer.compensate_reversal,
            scheme="CQCER",
            project_code="CQ0001",
            quantity_t=1,
            statement="火灾",
        )
    await sound(database)


async def test_the_buffer_is_given_back_by_its_keeper_alone(database):
    city = await register()
    blocks = await city.issue(100, buffer_t=10)
    number = blocks[0].batch_number
    with pytest.raises(NotPermitted):
        await city.by(
            city.mill,
            buffer.release_buffer,
            batch_number=number,
            quantity_t=1,
            to_tenant_id=city.mill.tenant_id,
        )
    await city.by(
        city.office,
        buffer.release_buffer,
        batch_number=number,
        quantity_t=10,
        to_tenant_id=city.mill.tenant_id,
    )
    assert await city.tonnes(city.mill) == {"held": 100}
    await sound(database)


async def test_a_false_amount_is_taken_by_force_and_the_rest_is_a_shortfall(database):
    city = await register()
    blocks = await city.issue(100)
    await city.retire(city.mill, pick(blocks, 30))
    await city.by(city.mill, units.transfer, picks=[pick(blocks, 20)], to_tenant_id=city.works.tenant_id)
    async with transaction(tenant=city.office.tenant_id) as connection:
        await freezes.freeze_numbers(connection, city.office, pick=pick(blocks, 5, 31), reason="虚报")
    done = await city.by(city.office, buffer.force_cancel, pick=pick(blocks, 60, 1), statement="虚报减排量")
    assert (done.asked_t, done.cancelled_t, done.shortfall_t) == (60, 30, 30)
    assert await city.tonnes(city.works) == {"forced-cancelled": 20}
    assert await city.tonnes(city.mill) == {"retired": 30, "forced-cancelled": 10, "held": 40}
    await sound(database)
