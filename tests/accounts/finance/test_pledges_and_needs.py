from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.finance import needs, pledges
from accounts.identity import approvals
from carbon.errors import Conflict, NotFound, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in
from tests.accounts.registry.register import Register, sound


@pytest.fixture
async def city(database):
    kinds = {"office": "authority", "mill": "enterprise", "works": "enterprise", "bank": "bank"}
    return Register(**{name: await actor_in(kind, name=name) for name, kind in kinds.items()})


def now():
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


async def pledged(city):
    (block,) = await city.issue(1000)
    await pledges.record_price(
        city.office, market="CQCER", on_day=now() - timedelta(days=2), fen_per_t=6_000, source="交易所"
    )
    return await pledges.open_pledge(
        city.mill, bank_id=city.bank.tenant_id, batch_number=block.batch_number, quantity_t=600, contract_number="P-1",
        market="CQCER", haircut_percent=Decimal(30), maintenance_percent=Decimal(120), initial_percent=Decimal(150),
        secured_fen=2_400_000, ends_on=now() + timedelta(days=300),
    )  # fmt: skip


async def test_a_pledge_is_locked_valued_called_answered_and_released(city, database):
    found = await pledged(city)
    assert (found.valuation.market_fen, found.valuation.lending_fen, found.valuation.called) == (
        3_600_000,
        2_520_000,
        False,
    )
    assert await city.tonnes(city.mill) == {"held": 400, "pledged": 600}
    with pytest.raises(Conflict, match="not below"):
        await pledges.call_margin(city.bank, pledge_id=found.id)
    await pledges.record_price(city.office, market="CQCER", on_day=now(), fen_per_t=4_500, source="交易所")
    called = await pledges.call_margin(city.bank, pledge_id=found.id)
    assert (called.call_open, called.events[-1].quantity_t, called.events[-1].amount_fen) == (
        True,
        200,
        900_000,
    )
    answered = await pledges.answer_call(city.mill, pledge_id=found.id, note="已补存现金", amount_fen=900_000)
    assert not answered.call_open
    (warned,) = await pledges.list_pledges(city.mill, held_t=400, due_t=700)
    assert warned.needed_for_surrender_t == 300
    await pledges.ask_release(city.mill, pledge_id=found.id)
    with pytest.raises(NotFound):
        await pledges.release_pledge(await actor_in("bank"), pledge_id=found.id)
    left = await pledges.release_pledge(city.bank, pledge_id=found.id, quantity_t=100)
    assert (left.locked_t, left.events[-1].kind) == (500, "released")
    await sound(database)


async def test_two_persons_enforce_a_pledge_whose_call_stays_unanswered(city, database):
    found = await pledged(city)
    with pytest.raises(Conflict, match="unanswered"):
        await pledges.draft_enforcement(city.bank, pledge_id=found.id, reason="违约")
    await pledges.record_price(city.office, market="CQCER", on_day=now(), fen_per_t=1_000, source="交易所")
    await pledges.call_margin(city.bank, pledge_id=found.id)
    draft = await pledges.draft_enforcement(city.bank, pledge_id=found.id, reason="违约")
    await approvals.approve(replace(city.bank, person_id=new_id()), draft_id=draft.id, digest=draft.digest)
    assert await city.tonnes(city.bank) == {"held": 600}
    await sound(database)


async def test_too_little_cover_is_refused(city):
    found = await pledged(city)
    asked = {
        "bank_id": city.bank.tenant_id, "batch_number": 1, "quantity_t": 10, "contract_number": "P-2",
        "market": "CQCER", "haircut_percent": found.haircut_percent, "maintenance_percent": found.maintenance_percent,
        "initial_percent": found.initial_percent, "secured_fen": 2_400_000, "ends_on": found.ends_on,
    }  # fmt: skip
    with pytest.raises(Problem, match=r"150\.00 % are agreed"):
        await pledges.open_pledge(city.mill, **asked)


async def test_a_project_finds_banks_and_a_refusal_carries_its_reason(city):
    asked = {"description": "", "catalogue": "green-2025", "code": "1.1.1", "amount_fen": 10**9, "months": 36}
    need = await needs.post_need(city.mill, title="锅炉节能改造", **asked)
    (seen,) = await needs.list_needs(city.bank)
    assert (seen.title, seen.late, seen.answers) == ("锅炉节能改造", False, ())
    with pytest.raises(Problem):
        await needs.answer_need(city.bank, need_id=need.id, answer="refused")
    await needs.answer_need(city.bank, need_id=need.id, answer="refused", reason="行业限额已满")
    with pytest.raises(Conflict):
        await needs.answer_need(city.bank, need_id=need.id, answer="interested")
    (told,) = await needs.list_needs(city.mill)
    assert (told.answers[0].answer, told.answers[0].reason) == ("refused", "行业限额已满")
    assert await needs.list_needs(city.works) == []
    with pytest.raises(NotFound):
        await needs.post_need(city.mill, title="x", **(asked | {"code": "9.9.9"}))
