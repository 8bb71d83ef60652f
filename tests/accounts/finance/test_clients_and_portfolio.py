from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.database.roles import Role
from accounts.enterprise.profile import record_profile, record_year
from accounts.enterprise.rating import publish_benchmark
from accounts.enterprise.submissions import submit_file
from accounts.finance import accrual, clients, loans, portfolio, pricing
from accounts.identity import consents
from carbon.errors import NotFound, NotPermitted
from tests.accounts.enterprise.conftest import csv
from tests.accounts.finance.city import MARCH, PROGRAMME, let_in, new_city
from tests.accounts.identity.people_of_the_city import actor_in

YEAR = 2025


async def report(actor, diesel_t, value_added_fen=10**9, **output):
    """A year of diesel, in industry C30."""
    await record_profile(actor, industry_code="C30")
    await record_year(actor, year=YEAR, value_added_fen=value_added_fen, **output)
    await submit_file(actor, file_name="a.csv", content=csv(f"{YEAR},,化石燃料燃烧,柴油,{diesel_t},吨,"))


@pytest.fixture
async def city(database):
    """The mill burns 10 t where its industry burns 55 t for the same value added; it owes and owns 20 million yuan."""
    city = await new_city()
    for number in range(2, 11):
        await report(await actor_in("enterprise"), 10 * number)
    await report(city.mill, 10, total_equity_and_debt_fen=2_000_000_000)
    await publish_benchmark(city.office, industry_code="C30", year=YEAR)
    return city


async def test_a_rated_client_pays_by_its_level_and_the_quote_says_so(city):
    quote = await pricing.price_loan(city.bank, **city.asked())
    assert (quote.rating_level, quote.rating_year, quote.unrated_reason) == (1, YEAR, "")
    assert quote.rating_label.zh == "等级1 碳效率高"
    # LPR 3.00 - 0.50 for level 1 - 0.10 for green use = 2.40, which is the floor
    assert quote.rate_percent == Decimal("2.40")
    next_year = await pricing.price_loan(city.bank, **city.asked(starts_on=MARCH.replace(year=2027)))
    assert (next_year.rating_level, next_year.rating_year) == (1, YEAR)


async def test_a_client_is_seen_while_its_consent_lasts(city):
    (client,) = await clients.list_clients(city.bank)
    assert (client.name_zh, client.loans) == ("江北造纸厂", 0)
    assert client.consent_until is not None
    view = await clients.read_client(city.bank, enterprise_id=city.mill.tenant_id, year=YEAR)
    assert view.account.activities == 1
    assert view.rating.level == 1
    assert view.profile.years[0].total_equity_and_debt_fen == 2_000_000_000
    subjects = {read.subject for read in await consents.list_reads(city.mill)}
    assert {"account 2025", "rating 2025", "profile"} <= subjects
    blank = await clients.read_client(city.bank, enterprise_id=city.mill.tenant_id, year=2019)
    assert (blank.rating, "2019" in blank.unrated) == (None, True)


async def test_from_the_moment_of_withdrawal_only_the_banks_own_loans_are_left(city):
    await city.register()
    await city.withdraw()
    (client,) = await clients.list_clients(city.bank)
    assert (client.consent_until, client.loans, client.outstanding_fen) == (None, 1, 500_000_000)
    view = await clients.read_client(city.bank, enterprise_id=city.mill.tenant_id)
    assert (view.account, view.profile, view.rating, view.quotes) == (None, None, None, ())
    assert [loan.contract_number for loan in view.loans] == ["C-1"]
    book = await portfolio.read_portfolio(city.bank)
    assert [line.level for line in book.levels] == [None]
    assert (book.financed.financed_mg, book.financed.gaps, book.financed.loans[0].gap.code) == (
        0,
        1,
        "consent",
    )


async def test_without_loan_a_withdrawn_client_is_gone(city):
    await city.withdraw()
    assert await clients.list_clients(city.bank) == []
    with pytest.raises(NotFound):
        await clients.read_client(city.bank, enterprise_id=city.mill.tenant_id)


async def test_a_bank_without_consent_sees_no_client(city):
    rival = await actor_in("bank")
    assert await clients.list_clients(rival) == []
    with pytest.raises(NotFound):
        await clients.read_client(rival, enterprise_id=city.mill.tenant_id)
    for nobody in (city.mill, city.office):
        with pytest.raises(NotPermitted):
            await clients.list_clients(nobody)


async def test_the_portfolio_adds_up(city, database):
    await city.fund(10**9)
    silent = await actor_in("enterprise", name="默厂")
    await let_in(silent, city.bank)
    first = await city.register(programme_id=PROGRAMME)
    await city.register("C-2", principal_fen=1_500_000_000, enterprise_id=silent.tenant_id)
    async with database.as_role(Role.SCHEDULER):
        await accrual.accrue_day(day=MARCH)
    book = await portfolio.read_portfolio(city.bank, year=YEAR)
    assert (book.loans, book.active_loans, book.outstanding_fen) == (2, 2, 2_000_000_000)
    # (5 million x 2.40 % + 15 million x 3.40 %) / 20 million
    assert book.mean_rate_percent == Decimal("3.15")
    assert [(line.level, line.loans, line.mean_percent) for line in book.levels] == [
        (1, 1, Decimal("2.40")),
        (None, 1, Decimal("3.40")),
    ]
    (line,) = book.subsidies
    assert (line.loans, line.expected_fen) == (1, first.subsidy.expected_fen)
    assert line.accrued_fen + line.held_fen == line.expected_fen
    assert line.fund.due_fen == line.accrued_fen > 0
    assert line.fund.held_fen == line.held_fen


async def test_financed_tonnes_are_the_share_of_the_balance_sheet_and_gaps_are_listed(city):
    silent = await actor_in("enterprise", name="默厂")
    await let_in(silent, city.bank)
    await city.register()
    await city.register("C-2", enterprise_id=silent.tenant_id, principal_fen=100_000_000)
    found = (await portfolio.read_portfolio(city.bank, year=YEAR)).financed
    account = (await clients.read_client(city.bank, enterprise_id=city.mill.tenant_id, year=YEAR)).account
    known, gap = sorted(found.loans, key=lambda line: line.contract_number)
    # 5 million of 20 million yuan: a quarter
    assert known.attribution == Decimal("0.25")
    assert abs(known.financed_mg * 4 - account.co2e_mg) <= 2
    assert (known.score, known.option, known.missing_months) == (2, "2a", 0)
    assert known.explanation["name"]["zh"] == "融资排放"
    assert (gap.financed_mg, gap.gap.code) == (None, "emissions")
    assert (found.financed_mg, found.gaps, found.score) == (known.financed_mg, 1, Decimal("2.00"))
    assert (found.covered_fen, found.outstanding_fen) == (500_000_000, 600_000_000)


async def test_a_bank_without_loans_has_an_empty_book(database):
    book = await portfolio.read_portfolio(await actor_in("bank"))
    assert (book.loans, book.mean_rate_percent, book.levels, book.financed.score) == (0, None, (), None)


async def test_a_borrower_reads_its_own_loan_and_not_the_banks_reasons(city):
    loan = await city.register()
    detail = await loans.read_loan(city.mill, loan_id=loan.id)
    assert (detail.loan.rate_percent, detail.price_explanation) == (Decimal("2.40"), None)
    with pytest.raises(NotPermitted):
        await portfolio.read_portfolio(replace(city.mill))
