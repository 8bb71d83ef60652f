"""Credits through their life: what moves, what may not, and that every tonne is somewhere, once."""

import pytest

from accounts.database.transactions import transaction
from accounts.registry import units
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from tests.accounts.registry.register import pick, register, sound


async def test_issuing_gives_numbers_and_sets_the_buffer_aside(database):
    city = await register()
    blocks = await city.issue(1000, buffer_t=150)
    assert [(block.serial, block.state) for block in blocks] == [
        ("CQCER-CQ0001-2025-1-850", "held"),
        ("CQCER-CQ0001-2025-851-1000", "buffer"),
    ]
    again = await city.issue(500)
    assert [block.serial for block in again] == ["CQCER-CQ0001-2025-1001-1500"]
    assert await city.tonnes(city.mill) == {"held": 1350}
    await sound(database)


async def test_only_an_authority_issues_and_the_same_key_gives_the_same_blocks(database):
    city = await register()
    first = await city.issue(10, key="claim 7")
    assert await city.issue(10, key="claim 7") == first
    with pytest.raises(Problem):
        await city.issue(11, key="claim 7")
    city.office, office = city.mill, city.office
    with pytest.raises(NotPermitted):
        await city.issue(10)
    city.office = office
    assert await city.tonnes(city.mill) == {"held": 10}


async def test_a_transfer_splits_a_block_and_the_rest_stays(database):
    city = await register()
    blocks = await city.issue(1000)
    given = await city.by(
        city.mill, units.transfer, picks=[pick(blocks, 100)], to_tenant_id=city.works.tenant_id
    )
    assert given.serials == ("CQCER-CQ0001-2025-1-100",)
    given = await city.by(
        city.mill, units.transfer, picks=[pick(blocks, 10, 501)], to_tenant_id=city.works.tenant_id
    )
    assert given.serials == ("CQCER-CQ0001-2025-501-510",)
    assert await city.serials(city.mill) == ["CQCER-CQ0001-2025-101-500", "CQCER-CQ0001-2025-511-1000"]
    over_the_gap = await city.by(
        city.mill, units.transfer, picks=[pick(blocks, 500)], to_tenant_id=city.works.tenant_id
    )
    assert over_the_gap.serials == ("CQCER-CQ0001-2025-101-500", "CQCER-CQ0001-2025-511-610")
    await sound(database)


async def test_numbers_that_are_not_there_are_refused_whole(database):
    city = await register()
    blocks = await city.issue(100)
    await city.by(city.mill, units.transfer, picks=[pick(blocks, 10, 20)], to_tenant_id=city.works.tenant_id)
    with pytest.raises(Conflict):
        await city.by(
            city.mill, units.transfer, picks=[pick(blocks, 5, 18)], to_tenant_id=city.works.tenant_id
        )
    with pytest.raises(Conflict, match="90 t are free there and 91 t are needed"):
        await city.by(city.mill, units.transfer, picks=[pick(blocks, 91)], to_tenant_id=city.works.tenant_id)
    assert await city.tonnes(city.works) == {"held": 10}
    await sound(database)


async def test_retirement_is_final_and_names_its_numbers(database):
    city = await register()
    blocks = await city.issue(100)
    used = await city.retire(
        city.mill, pick(blocks, 30), key="once", purpose="large-event", statement="半程马拉松"
    )
    assert used.serials == ("CQCER-CQ0001-2025-1-30",)
    assert (used.kind, used.quantity_t, used.beneficiary) == ("retired", 30, "两江纸业")
    again = await city.retire(
        city.mill, pick(blocks, 30), key="once", purpose="large-event", statement="半程马拉松"
    )
    assert again == used
    with pytest.raises(Conflict):
        await city.retire(city.mill, pick(blocks, 5, 10))
    with pytest.raises(Problem, match="purpose"):
        await city.retire(city.mill, pick(blocks, 5), purpose="because")
    await sound(database)


async def test_a_retirement_of_several_runs_is_one_certificate(database):
    city = await register()
    blocks = await city.issue(100)
    used = await city.retire(city.mill, pick(blocks, 5, 10), pick(blocks, 5, 50))
    assert used.serials == ("CQCER-CQ0001-2025-10-14", "CQCER-CQ0001-2025-50-54")
    other = await city.issue(100, vintage=2024)
    with pytest.raises(Problem, match="one scheme, project and vintage"):
        await city.retire(city.mill, pick(blocks, 5), pick(other, 5))
    await sound(database)


async def test_cancelling_takes_credits_away(database):
    city = await register()
    blocks = await city.issue(100)
    gone = await city.by(city.mill, units.cancel, picks=[pick(blocks, 40)], statement="自愿")
    assert (gone.kind, gone.serials) == ("cancelled", ("CQCER-CQ0001-2025-1-40",))
    assert await city.tonnes(city.mill) == {"held": 60, "cancelled": 40}
    await sound(database)


async def test_what_is_held_for_another_can_do_nothing_else(database):
    city = await register()
    blocks = await city.issue(100)
    placed = await city.by(city.mill, units.hold, picks=[pick(blocks, 60)], to_tenant_id=city.works.tenant_id)
    with pytest.raises(Conflict, match="40 t are free"):
        await city.retire(city.mill, pick(blocks, 50))
    with pytest.raises(Conflict):
        await city.retire(city.mill, pick(blocks, 1, 1))
    part = await city.by(city.mill, units.settle, reservation_id=placed.id, quantity_t=20)
    assert (part.state, part.settled_t, part.remaining_t) == ("pending", 20, 40)
    with pytest.raises(Conflict, match="40 t are set aside"):
        await city.by(city.mill, units.settle, reservation_id=placed.id, quantity_t=41)
    async with transaction(tenant=city.mill.tenant_id) as connection:
        ended = await units.release(connection, city.mill, reservation_id=placed.id)
    assert (ended.state, ended.remaining_t) == ("released", 0)
    async with transaction(tenant=city.mill.tenant_id) as connection:
        with pytest.raises(Conflict):
            await units.release(connection, city.mill, reservation_id=placed.id)
    assert await city.tonnes(city.mill) == {"held": 80}
    assert await city.tonnes(city.works) == {"held": 20}
    await sound(database)


async def test_only_the_creditor_lets_pledged_credits_go(database):
    city = await register()
    blocks = await city.issue(100)
    pledge = await city.by(
        city.mill,
        units.pledge_lock,
        picks=[pick(blocks, 70)],
        pledgee_tenant_id=city.bank.tenant_id,
        contract_id="质-1",
    )
    for act in (units.pledge_release, units.pledge_enforce):
        with pytest.raises(NotFound):
            await city.by(city.mill, act, pledge_id=pledge.id)
    with pytest.raises(Conflict):
        await city.retire(city.mill, pick(blocks, 31))
    await city.by(city.bank, units.pledge_release, pledge_id=pledge.id, quantity_t=20)
    taken = await city.by(city.bank, units.pledge_enforce, pledge_id=pledge.id)
    assert (taken.state, taken.locked_t) == ("enforced", 0)
    assert await city.tonnes(city.mill) == {"held": 50}
    assert await city.tonnes(city.bank) == {"held": 50}
    await sound(database)
