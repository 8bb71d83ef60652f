import asyncio
from datetime import date
from decimal import Decimal

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.finance import funds, loans, pricing
from carbon.errors import Conflict, KeyReused, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.finance.city import MARCH, PROGRAMME, books_are_sound, let_in, new_city, save_product
from tests.accounts.identity.people_of_the_city import actor_in

WHOLE_SUBSIDY = 15_229_167
"""5,000,000 yuan x 1.5 % x 731 days / 360."""


@pytest.fixture
async def city(database):
    return await new_city()


async def test_an_unrated_client_is_priced_with_the_reason(city):
    quote = await pricing.price_loan(city.bank, **city.asked())
    # LPR 3.00 + 0.50 for unrated - 0.10 for green use
    assert (quote.rate_percent, quote.rating_level) == (Decimal("3.40"), None)
    assert quote.unrated_reason
    assert (quote.lpr_tenor, quote.lpr_percent, quote.lpr_quoted_on) == (
        "1Y",
        Decimal("3.00"),
        date(2026, 2, 24),
    )
    assert quote.ends_on == date(2029, 3, 2)
    assert quote.explanation["name"]["zh"] == "执行利率"
    assert await pricing.read_quote(city.bank, quote_id=quote.id) == quote
    assert await pricing.list_quotes(city.bank, enterprise_id=city.mill.tenant_id) == [quote]


async def test_a_quote_tells_what_the_programme_would_give(city):
    before = (await pricing.price_loan(city.bank, **city.asked(), programme_id=PROGRAMME)).subsidy
    assert (before.qualifies, before.expected_fen, before.enough, before.funds) == (
        True,
        WHOLE_SUBSIDY,
        False,
        (),
    )
    await city.fund(WHOLE_SUBSIDY)
    assert (await pricing.price_loan(city.bank, **city.asked(), programme_id=PROGRAMME)).subsidy.enough
    offer = (
        await pricing.price_loan(city.bank, **city.asked(purpose="working-capital"), programme_id=PROGRAMME)
    ).subsidy
    assert (offer.qualifies, offer.expected_fen) == (False, 0)
    assert [check.code for check in offer.checks if not check.met] == ["purpose"]


@pytest.mark.parametrize(
    ("changed", "kind", "told"),
    [
        ({"principal_fen": 0}, Problem, "more than zero"),
        ({"principal_fen": 10**12}, Problem, "outside what the product offers"),
        ({"term_months": 121}, Problem, "121 months is outside"),
        ({"starts_on": date(2025, 12, 31)}, Problem, "has no terms for 2025-12-31"),
        ({"starts_on": date(2999, 1, 1)}, Problem, "up to 12 months ahead"),
        ({"purpose": "yacht"}, Problem, "yacht is no purpose"),
        ({"product_id": new_id()}, NotFound, "no such product"),
        ({"enterprise_id": new_id()}, NotFound, "no such client"),
    ],
)
async def test_what_cannot_be_priced_is_told(city, changed, kind, told):
    with pytest.raises(kind, match=told):
        await pricing.price_loan(city.bank, **city.asked(**changed))


async def test_a_loan_is_registered_at_its_price(city):
    loan = await city.register()
    assert (loan.rate_percent, loan.outstanding_fen, loan.subsidy) == (Decimal("3.40"), 500_000_000, None)
    assert (loan.borrower_name_zh, loan.bank_name_zh) == ("江北造纸厂", "两江银行")
    assert await loans.list_loans(city.bank) == [loan]
    assert [own.contract_number for own in await loans.list_loans(city.mill)] == ["C-1"]


async def test_under_a_programme_the_whole_subsidy_is_held_from_the_first_day(city, database):
    fund = await city.fund(20_000_000)
    loan = await city.register(programme_id=PROGRAMME)
    assert (loan.subsidy.expected_fen, loan.subsidy.remaining_fen) == (WHOLE_SUBSIDY, WHOLE_SUBSIDY)
    assert loan.subsidy.subsidised_until == date(2028, 3, 2)
    now = await funds.read_fund(city.office, fund_id=fund.id)
    assert (now.held_fen, now.available_fen, now.due_fen) == (WHOLE_SUBSIDY, 20_000_000 - WHOLE_SUBSIDY, 0)
    detail = await loans.read_loan(city.bank, loan_id=loan.id)
    assert len(detail.checks) == 5
    assert detail.subsidy_explanation["name"]["en"] == "subsidy"
    await books_are_sound(database)


async def test_a_fund_too_small_refuses_with_the_numbers_and_leaves_nothing_behind(city):
    await city.fund(WHOLE_SUBSIDY - 1)
    with pytest.raises(Conflict) as told:
        await city.register(programme_id=PROGRAMME)
    assert "has 152,291.66 yuan left and this loan needs 152,291.67 yuan, 0.01 yuan more" in str(told.value)
    assert await loans.list_loans(city.bank) == []
    loan = await city.register(programme_id=PROGRAMME, without_subsidy_if_short=True)
    assert loan.subsidy is None


async def test_a_condition_that_is_not_met_refuses_with_its_reason(city):
    await city.fund(10**9)
    with pytest.raises(Problem, match="The loan is for “working-capital loan”"):
        await city.register(programme_id=PROGRAMME, purpose="working-capital")
    with pytest.raises(Problem, match="before the first day, 2026-01-19"):
        await city.register(programme_id=PROGRAMME, starts_on=date(2026, 1, 5))
    assert await loans.list_loans(city.bank) == []


async def test_a_programme_without_fund_or_with_two_is_told(city):
    with pytest.raises(NotFound, match="No authority has a fund"):
        await city.register(programme_id=PROGRAMME)
    first = await city.fund(10**9)
    district = await actor_in("authority")
    await funds.open_fund(district, programme_id=PROGRAMME, amount_fen=10**9)
    with pytest.raises(Problem, match="2 authorities have a fund"):
        await city.register(programme_id=PROGRAMME)
    loan = await city.register(programme_id=PROGRAMME, fund_id=first.id)
    assert loan.subsidy.fund_id == first.id


async def test_many_at_once_never_draw_the_last_yuan_twice(city, database):
    fund = await city.fund(3 * WHOLE_SUBSIDY + WHOLE_SUBSIDY // 2)
    answers = await asyncio.gather(
        *(city.register(f"C-{n}", programme_id=PROGRAMME) for n in range(8)), return_exceptions=True
    )
    registered = [answer for answer in answers if isinstance(answer, loans.Loan)]
    assert len(registered) == 3
    assert {type(answer) for answer in answers} == {loans.Loan, Conflict}
    now = await funds.read_fund(city.office, fund_id=fund.id)
    assert (now.held_fen, now.available_fen) == (3 * WHOLE_SUBSIDY, WHOLE_SUBSIDY // 2)
    assert len(await loans.list_loans(city.bank)) == 3
    await books_are_sound(database)


async def test_one_contract_is_one_loan(city):
    await city.register()
    with pytest.raises(Conflict, match="C-1 is registered already: 江北造纸厂, from 2026-03-02"):
        await city.register(" C-1 ")
    with pytest.raises(Problem, match="1 to 80 printable"):
        await city.register("")


async def test_the_same_key_registers_once(city):
    await city.fund(10**9)
    first = await city.register(programme_id=PROGRAMME, key="k")
    assert await city.register(programme_id=PROGRAMME, key="k") == first
    with pytest.raises(KeyReused):
        await city.register(principal_fen=1_000, programme_id=PROGRAMME, key="k")
    assert len(await loans.list_loans(city.bank)) == 1


async def test_without_consent_nothing_is_priced_and_nothing_seen(city):
    quote = await pricing.price_loan(city.bank, **city.asked())
    await city.withdraw()
    for refused in (
        pricing.price_loan(city.bank, **city.asked()),
        pricing.read_quote(city.bank, quote_id=quote.id),
        city.register(),
    ):
        with pytest.raises(NotFound):
            await refused
    assert await pricing.list_quotes(city.bank, enterprise_id=city.mill.tenant_id) == []


async def test_the_loan_stays_when_the_consent_ends_and_its_rating_goes(city):
    loan = await city.register()
    await city.withdraw()
    detail = await loans.read_loan(city.bank, loan_id=loan.id)
    assert detail.loan.borrower_name_zh == "江北造纸厂"
    assert detail.price_explanation is None
    assert detail.loan.rating_level is None


async def test_another_bank_and_another_borrower_see_nothing(city):
    await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME)
    stranger, rival = await actor_in("enterprise"), await actor_in("bank")
    await let_in(city.mill, rival)
    for nobody in (stranger, rival):
        assert await loans.list_loans(nobody) == []
        with pytest.raises(NotFound):
            await loans.read_loan(nobody, loan_id=loan.id)
        async with transaction(tenant=nobody.tenant_id, readonly=True) as connection:
            for table in ("loan", "subsidy", "quote", "interest_accrual", "subsidy_accrual", "product_terms"):
                assert await connection.fetchval(f"select count(*) from finance_{table}") == 0
    with pytest.raises(NotFound, match="no such product"):
        await loans.register_loan(rival, contract_number="C-1", **city.asked())


async def test_a_bank_cannot_write_a_loan_for_another(city):
    rival = await actor_in("bank")
    async with transaction(tenant=rival.tenant_id) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                """insert into finance_loan (id, bank_id, enterprise_id, borrower_name_zh, product_id, quote_id,
                       contract_number, purpose, principal_fen, rate_percent, day_count, term_months, starts_on, ends_on,
                       registered_by)
                   values ($1, $2, $3, 'x', $1, $1, 'X', 'x', 1, 1, 'ACT/360', 1, $4, $5, $1)""",
                new_id(), city.bank.tenant_id, city.mill.tenant_id, MARCH, date(2026, 4, 2),
            )  # fmt: skip


async def test_only_who_may_registers_and_reads(city):
    with pytest.raises(NotPermitted):
        await loans.register_loan(city.mill, contract_number="C-1", **city.asked())
    with pytest.raises(NotPermitted):
        await loans.list_loans(city.office)
    with pytest.raises(NotPermitted):
        await pricing.price_loan(city.office, **city.asked())


async def test_later_terms_price_later_loans_and_leave_earlier_ones(city):
    early = await city.register()
    await save_product(
        city.bank, product_id=city.product_id, valid_from=date(2026, 6, 1), unrated_margin=Decimal("0.90")
    )
    late = await city.register("C-2", starts_on=date(2026, 6, 1))
    assert (early.rate_percent, late.rate_percent) == (Decimal("3.40"), Decimal("3.80"))
    assert (await loans.read_loan(city.bank, loan_id=early.id)).loan.rate_percent == Decimal("3.40")
