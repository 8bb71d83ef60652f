import asyncio
import random
from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.finance import accrual, funds, loans
from accounts.finance.funds import COMMODITY
from accounts.ledger import journal
from carbon.daycount import DayCount
from carbon.errors import Conflict, NotFound
from methodologies.finance.interest_periods import interest_on_fen, whole_interest_fen
from tests.accounts.finance.city import MARCH, PROGRAMME, books_are_sound, let_in, new_city, save_product
from tests.accounts.identity.people_of_the_city import actor_in

PART = {"principal_fen": 100_000_001, "term_months": 12}
ENDS = date(2027, 3, 2)


@pytest.fixture
async def city(database):
    return await new_city()


async def accrue(database, day):
    async with database.as_role(Role.SCHEDULER):
        return await accrual.accrue_day(day=day)


async def test_interest_and_subsidy_grow_by_day(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME, **PART)
    run = await accrue(database, MARCH)
    # 1,000,000.01 yuan x 3.40 % / 360 = 94.44 yuan, x 1.5 % / 360 = 41.67 yuan
    assert (run.loans, run.days, run.interest_fen, run.subsidy_fen) == (1, 1, 9_444, 4_167)
    found = (await loans.read_loan(city.bank, loan_id=loan.id)).loan
    assert (found.accrued_interest_fen, found.accrued_until) == (9_444, MARCH)
    assert (found.subsidy.accrued_fen, found.subsidy.accrued_until) == (4_167, MARCH)
    now = await funds.read_fund(city.bank, fund_id=fund.id)
    assert now.due_fen == 4_167
    assert now.held_fen == loan.subsidy.expected_fen - 4_167
    assert now.received_fen == now.available_fen + now.held_fen + now.due_fen + now.paid_fen
    await books_are_sound(database)


async def test_a_day_run_again_has_no_second_effect(city, database):
    await city.fund(10**9)
    await city.register(programme_id=PROGRAMME, **PART)
    await accrue(database, MARCH + timedelta(days=5))
    again = await accrue(database, MARCH + timedelta(days=5))
    earlier = await accrue(database, MARCH)
    for run in (again, earlier):
        assert (run.loans, run.days, run.interest_fen, run.subsidy_fen) == (0, 0, 0, 0)


async def test_two_runs_at_once_add_each_day_once(city, database):
    await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME, **PART)
    async with database.as_role(Role.SCHEDULER):
        runs = await asyncio.gather(*(accrual.accrue_day(day=date(2026, 4, 1)) for _ in range(4)))
    assert sorted(run.days for run in runs) == [0, 0, 0, 31]
    found = (await loans.read_loan(city.bank, loan_id=loan.id)).loan
    assert found.subsidy.accrued_fen == sum(run.subsidy_fen for run in runs)
    await books_are_sound(database)


async def test_over_its_whole_life_a_loan_draws_exactly_what_was_held(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME, **PART)
    day = MARCH - timedelta(days=3)
    while day < ENDS + timedelta(days=10):
        await accrue(database, day)
        day += timedelta(days=random.Random(day.toordinal()).randint(1, 40))
    detail = await loans.read_loan(city.bank, loan_id=loan.id)
    assert (detail.loan.subsidy.accrued_fen, detail.loan.subsidy.remaining_fen) == (
        loan.subsidy.expected_fen,
        0,
    )
    assert detail.loan.accrued_until == ENDS - timedelta(days=1)
    assert detail.loan.accrued_interest_fen == whole_interest_fen(
        loan.principal_fen, Decimal("3.40"), DayCount.ACT_360, MARCH, ENDS
    )
    assert sum(month.interest_fen for month in detail.months) == detail.loan.accrued_interest_fen
    assert sum(month.subsidy_fen for month in detail.months) == loan.subsidy.expected_fen
    assert sum(month.days for month in detail.months) == (ENDS - MARCH).days
    now = await funds.read_fund(city.office, fund_id=fund.id)
    assert (now.held_fen, now.due_fen) == (0, loan.subsidy.expected_fen)
    assert now.available_fen == 10**9 - loan.subsidy.expected_fen
    await books_are_sound(database)


async def test_a_frozen_fund_keeps_its_loans_waiting_and_no_other(city, database):
    await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME, **PART)
    async with transaction(tenant=city.office.tenant_id) as connection:
        account = await journal.find_account(
            connection, tenant_id=city.office.tenant_id, code=f"subsidy.fund.{PROGRAMME}", commodity=COMMODITY
        )
        await journal.freeze_account(connection, account_id=account, reason="audit")
    run = await accrue(database, MARCH)
    assert (run.interest_fen, run.subsidy_fen, len(run.refused)) == (9_444, 0, 1)
    assert "C-1" in run.refused[0]
    async with transaction(tenant=city.office.tenant_id) as connection:
        await journal.unfreeze_account(connection, account_id=account)
    assert (await accrue(database, MARCH)).subsidy_fen == 4_167
    assert (await loans.read_loan(city.bank, loan_id=loan.id)).loan.subsidy.accrued_fen == 4_167
    await books_are_sound(database)


async def test_loans_of_all_banks_are_accrued_and_each_bank_sees_its_own(city, database):
    await city.fund(10**9)
    rival = await actor_in("bank")
    await let_in(city.mill, rival)
    product = await save_product(rival)
    await city.register(programme_id=PROGRAMME, **PART)
    theirs = await loans.register_loan(
        rival,
        contract_number="R-1",
        **city.asked(product_id=product.id, programme_id=PROGRAMME, **PART),
    )
    assert (await accrue(database, MARCH)).loans == 2
    (seen,) = await loans.list_loans(rival)
    assert (seen.id, seen.accrued_interest_fen) == (theirs.id, 9_444)
    (borrowed, other) = await loans.list_loans(city.mill)
    assert {borrowed.subsidy.accrued_fen, other.subsidy.accrued_fen} == {4_167}


async def test_the_authority_sees_who_draws_on_its_fund_and_a_bank_its_own_loans(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(programme_id=PROGRAMME, **PART)
    await accrue(database, MARCH)
    (draw,) = await funds.list_draws(city.office, fund_id=fund.id)
    assert (draw.loan_id, draw.bank_name_zh, draw.borrower_name_zh) == (loan.id, "两江银行", "江北造纸厂")
    assert (draw.accrued_fen, draw.held_fen) == (4_167, loan.subsidy.expected_fen - 4_167)
    assert await funds.list_draws(city.bank, fund_id=fund.id) == [draw]
    assert await funds.list_draws(await actor_in("bank"), fund_id=fund.id) == []
    with pytest.raises(NotFound):
        await funds.list_draws(await actor_in("authority"), fund_id=fund.id)


async def test_a_web_process_cannot_accrue(city):
    await city.register(**PART)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await accrual.accrue_day(day=MARCH)


@pytest.mark.parametrize("seed", range(3))
async def test_after_any_sequence_the_books_are_exact(database, city, seed):
    chance = random.Random(seed)
    fund = await city.fund(chance.randint(10**6, 10**8))
    day, registered = MARCH, []
    for step in range(14):
        match chance.choice(["register", "register", "accrue", "top-up"]):
            case "register":
                asked = {
                    "principal_fen": chance.randint(1, 10**10),
                    "term_months": chance.randint(1, 48),
                    "starts_on": MARCH + timedelta(days=chance.randint(0, 60)),
                }
                try:
                    registered.append(await city.register(f"C-{step}", programme_id=PROGRAMME, **asked))
                except Conflict:
                    continue
            case "accrue":
                day += timedelta(days=chance.randint(0, 200))
                await accrue(database, day)
            case "top-up":
                await funds.top_up(city.office, fund_id=fund.id, amount_fen=chance.randint(1, 10**8))
    await accrue(database, day)
    now = await funds.read_fund(city.office, fund_id=fund.id)
    found = await loans.list_loans(city.bank)
    assert now.due_fen == sum(loan.subsidy.accrued_fen for loan in found)
    assert now.held_fen == sum(loan.subsidy.remaining_fen for loan in found)
    assert now.received_fen == now.available_fen + now.held_fen + now.due_fen
    assert now.available_fen >= 0
    await books_are_sound(database)


async def test_all_at_once_gives_the_fen_of_each_day_alone(city, database):
    """The set of a night against the rule loan by loan, under every day count, over the turn of a period."""
    chance = random.Random(5)
    number = 0
    for day_count in DayCount:
        product = await save_product(city.bank, name_zh=f"产品{number}", day_count=day_count.value)
        for _ in range(3):
            number += 1
            await city.register(
                f"N-{number}",
                product_id=product.id,
                principal_fen=chance.randint(1, 10**9),
                starts_on=MARCH + timedelta(days=chance.randint(0, 25)),
                term_months=4,
            )
    for offset in range(45):
        await accrue(database, MARCH + timedelta(days=offset))
    for loan in await loans.list_loans(city.bank):
        days = [
            loan.starts_on + timedelta(days=n) for n in range((loan.accrued_until - loan.starts_on).days + 1)
        ]
        expected = [
            interest_on_fen(
                loan.principal_fen, loan.rate_percent, DayCount(loan.day_count), loan.starts_on, day
            )
            for day in days
        ]
        assert loan.accrued_interest_fen == sum(expected)
        assert loan.accrued_until == MARCH + timedelta(days=44)
