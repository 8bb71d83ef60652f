import asyncio

import pytest

from accounts.database.transactions import transaction
from accounts.finance import funds
from accounts.finance.programmes import list_programmes, list_purposes
from carbon.errors import Conflict, KeyReused, NotFound, NotPermitted, Problem
from tests.accounts.finance.city import PROGRAMME, books_are_sound
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


async def test_a_fund_is_opened_once_and_topped_up(database):
    office = await actor_in("authority", name="市财政局")
    fund = await funds.open_fund(office, programme_id=PROGRAMME, amount_fen=5_000_000)
    assert (fund.received_fen, fund.available_fen, fund.held_fen, fund.due_fen, fund.paid_fen) == (
        5_000_000, 5_000_000, 0, 0, 0,
    )  # fmt: skip
    assert (fund.authority_name_zh, fund.programme.zh) == ("市财政局", "设备更新贷款财政贴息(2026年优化)")
    with pytest.raises(Conflict, match="top it up"):
        await funds.open_fund(office, programme_id=PROGRAMME, amount_fen=1)
    topped = await funds.top_up(office, fund_id=fund.id, amount_fen=2_500_000)
    assert topped.received_fen == topped.available_fen == 7_500_000
    assert await funds.list_funds(office) == [topped]
    await books_are_sound(database)


async def test_the_same_key_puts_money_in_once(database):
    office = await actor_in("authority")
    first = await funds.open_fund(office, programme_id=PROGRAMME, amount_fen=100, key="open")
    assert await funds.open_fund(office, programme_id=PROGRAMME, amount_fen=100, key="open") == first
    answers = await asyncio.gather(
        *(funds.top_up(office, fund_id=first.id, amount_fen=50, key="more") for _ in range(4)),
        return_exceptions=True,
    )
    assert {type(answer) for answer in answers} <= {funds.Fund, Conflict}
    assert (await funds.read_fund(office, fund_id=first.id)).received_fen == 150
    with pytest.raises(KeyReused):
        await funds.top_up(office, fund_id=first.id, amount_fen=51, key="more")


@pytest.mark.parametrize("amount_fen", [0, -1, 10**18])
async def test_an_amount_must_be_a_sum_of_money(database, amount_fen):
    with pytest.raises(Problem):
        await funds.open_fund(await actor_in("authority"), programme_id=PROGRAMME, amount_fen=amount_fen)


async def test_banks_read_funds_and_only_their_authority_puts_money_in(database):
    office, other, bank = await actor_in("authority"), await actor_in("authority"), await actor_in("bank")
    fund = await funds.open_fund(office, programme_id=PROGRAMME, amount_fen=100)
    assert (await funds.read_fund(bank, fund_id=fund.id)).available_fen == 100
    assert await funds.list_funds(other) == []
    with pytest.raises(NotFound, match="no such fund"):
        await funds.top_up(other, fund_id=fund.id, amount_fen=1)
    for nobody in (bank, reader_of(office)):
        with pytest.raises(NotPermitted):
            await funds.top_up(nobody, fund_id=fund.id, amount_fen=1)
    enterprise = await actor_in("enterprise")
    with pytest.raises(NotPermitted):
        await funds.list_funds(enterprise)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        assert await connection.fetch("select * from finance_fund") == []
        assert await connection.fetch("select * from finance_fund_numbers($1)", fund.id) == []


async def test_an_unknown_programme_has_no_fund(database):
    with pytest.raises(NotFound, match="known are: CN-MOF-EQUIP-2026"):
        await funds.open_fund(await actor_in("authority"), programme_id="CN-NONE", amount_fen=100)


async def test_programmes_show_their_document_and_what_the_house_has_chosen():
    (programme,) = [known for known in await list_programmes() if known.id == PROGRAMME]
    assert "财金〔2026〕2号" in programme.document.zh
    assert programme.confidence == "text"
    assert "accrual_basis" in programme.house
    assert {purpose.id for purpose in programme.purposes} <= set(list_purposes())
