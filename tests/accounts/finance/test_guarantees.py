import asyncio
from dataclasses import replace

import pytest

from accounts.finance import guarantees
from accounts.identity import approvals
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.finance.city import books_are_sound, new_city
from tests.accounts.identity.people_of_the_city import actor_in

PLAN = "NFGF-PRIVATE-2026"


@pytest.fixture
async def city(database):
    return await new_city()


async def approved(city, draft):
    return await approvals.approve(
        replace(city.office, person_id=new_id()), draft_id=draft.id, digest=draft.digest
    )


async def covered(city, number="C-1"):
    pool = await guarantees.open_pool(city.office, programme_id=PLAN, amount_fen=10**8)
    loan = await city.register(number, purpose="working-capital")
    return await guarantees.cover_loan(city.bank, pool_id=pool.id, loan_id=loan.id, risk_class="standard")


async def test_a_loss_is_shared_paid_by_two_persons_and_recovered_in_the_same_shares(city, database):
    found = await covered(city)
    # Five percent of 5,000,000 yuan ever covered is all the pool pays: 250,000 yuan.
    told = await guarantees.report_loss(city.bank, guarantee_id=found.id, loss_fen=100_000_000, reason="破产")
    assert told.shares == {"guarantor": 40_000_000, "pool": 25_000_000, "bank": 35_000_000}
    assert "compensation ceiling" in told.limits[0][0]
    draft = await guarantees.draft_compensation(city.office, guarantee_id=found.id)
    with pytest.raises(NotPermitted):
        await approvals.approve(city.office, draft_id=draft.id, digest=draft.digest)
    assert (await approved(city, draft)).result == {"paid_fen": 25_000_000}
    back = await guarantees.record_recovery(city.office, guarantee_id=found.id, recovered_fen=40_000_000)
    assert back.steps[-1].shares == {"guarantor": 16_000_000, "pool": 10_000_000, "bank": 14_000_000}
    (pool,) = await guarantees.list_pools(city.bank)
    assert (pool.available_fen, pool.compensated_fen, pool.recovered_fen) == (
        85_000_000,
        25_000_000,
        10_000_000,
    )
    assert not pool.stopped
    with pytest.raises(Problem, match="still out"):
        await guarantees.record_recovery(city.office, guarantee_id=found.id, recovered_fen=60_000_001)
    await books_are_sound(database)


async def test_the_stop_line_stops_new_cover(city):
    found = await covered(city)
    await guarantees.report_loss(city.bank, guarantee_id=found.id, loss_fen=100_000_000, reason="破产")
    await approved(city, await guarantees.draft_compensation(city.office, guarantee_id=found.id))
    loan = await city.register("C-2", purpose="working-capital")
    with pytest.raises(Problem, match="stop line"):
        await guarantees.cover_loan(city.bank, pool_id=found.pool_id, loan_id=loan.id, risk_class="standard")


async def test_a_refusal_carries_its_reason_and_is_final(city):
    found = await covered(city)
    await guarantees.report_loss(city.bank, guarantee_id=found.id, loss_fen=100, reason="逾期")
    with pytest.raises(Problem):
        await guarantees.draft_compensation(city.office, guarantee_id=found.id, refuse=True)
    await approved(
        city,
        await guarantees.draft_compensation(
            city.office, guarantee_id=found.id, refuse=True, reason="用途不符"
        ),
    )
    (told,) = await guarantees.list_guarantees(city.mill)
    assert (told.state, told.steps[0].note) == ("refused", "用途不符")
    with pytest.raises(Conflict):
        await guarantees.draft_compensation(city.office, guarantee_id=found.id)


async def test_one_loan_is_covered_and_lost_once(city):
    found = await covered(city)
    with pytest.raises(Conflict, match="covered by a pool already"):
        await guarantees.cover_loan(
            city.bank, pool_id=found.pool_id, loan_id=found.loan_id, risk_class="standard"
        )
    both = await asyncio.gather(
        *(
            guarantees.report_loss(city.bank, guarantee_id=found.id, loss_fen=100, reason="逾期")
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, guarantees.Guarantee) for one in both) == 1
    stranger = await actor_in("bank", name="外地银行")
    with pytest.raises(NotFound):
        await guarantees.report_loss(stranger, guarantee_id=found.id, loss_fen=100, reason="x")
