"""How whole an account is, and how its gaps are filled."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.enterprise.account import list_activities, read_account
from accounts.enterprise.gap_filling import Told, estimates, file_estimates, propose_estimates
from accounts.enterprise.quality import assess_account, read_quality
from accounts.enterprise.submissions import submit_file
from carbon.errors import NotFound, Problem

HEAD = "期间,设施,排放源,品种,数量,单位,数据来源,凭证,不确定度"
FILE = "\n".join(
    [
        HEAD,
        *(f"2024-{month:02d},一厂,化石燃料燃烧,柴油,{month},吨,实测,F{month},5%" for month in range(1, 10)),
        "2024-10,一厂,化石燃料燃烧,柴油,10,吨,估算,,",
        "2024-03,二厂,净购入电力,电网电力,10,万千瓦时,,,",
        "2024-11,一厂,化石燃料燃烧,柴油,C,,,,",
    ]
).encode()


@pytest.fixture
async def filled(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FILE)
    return enterprise


async def test_coverage_splits_the_total_by_origin_and_names_missing_months(filled):
    found = await read_quality(filled, enterprise_id=filled.tenant_id, year=2024)
    account = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    assert found.measured_mg + found.calculated_mg + found.estimated_mg == found.co2e_mg
    assert found.co2e_mg == pytest.approx(account.co2e_mg, abs=10)
    diesel = next(line for line in found.coverage if line.source == "fuel_combustion")
    assert diesel.months[9] == "measured"
    assert diesel.months[10] == "estimated"
    assert diesel.missing == (12,)
    power = next(line for line in found.coverage if line.source == "purchased_electricity")
    assert power.missing == tuple(month for month in range(1, 13) if month != 3)


async def test_what_is_not_disclosed_is_listed_and_in_no_total(filled):
    found = await read_quality(filled, enterprise_id=filled.tenant_id, year=2024)
    [line] = found.undisclosed
    assert (line.notation, line.month, line.facility) == ("C", date(2024, 11, 1), "一厂")


async def test_measured_fuel_with_evidence_scores_better_than_power_without(filled):
    found = await read_quality(filled, enterprise_id=filled.tenant_id, year=2024)
    scores = {each.source: each.score for each in found.by_source}
    assert scores["fuel_combustion"] < scores["purchased_electricity"]
    assert 1 <= found.score <= 5


async def test_the_account_says_how_sure_it_is(filled):
    found = await assess_account(filled, enterprise_id=filled.tenant_id, year=2024, draws=1000)
    assert 0 < found.known_share < 1
    assert 0 < found.total.percent < 5
    assert found.total.drawn.low < found.total.co2e_mg < found.total.drawn.high


async def test_nobody_reads_anothers_quality(filled, other_enterprise):
    with pytest.raises(NotFound):
        await read_quality(other_enterprise, enterprise_id=filled.tenant_id, year=2024)
    with pytest.raises(NotFound):
        await assess_account(other_enterprise, enterprise_id=filled.tenant_id, year=2024)


async def test_a_gap_is_filled_as_an_estimate_that_names_its_method(filled):
    proposals = await propose_estimates(filled, enterprise_id=filled.tenant_id, year=2024)
    [december] = proposals
    assert (december.month, december.amount) == (date(2024, 12, 1), Decimal(10))
    await file_estimates(filled, year=2024, ids=[december.id])
    assert await propose_estimates(filled, enterprise_id=filled.tenant_id, year=2024) == ()
    lines = await list_activities(filled, enterprise_id=filled.tenant_id, year=2024, month=12)
    assert [(line.quality, "mean of 2024-10" in line.note) for line in lines] == [("estimated", True)]
    with pytest.raises(Problem):
        await file_estimates(filled, year=2024, ids=[december.id])


def series(*months, **more):
    key = {
        "source": "fuel_combustion",
        "item": "diesel",
        "unit": "t",
        "region": "CN",
        "guide": "",
        "method": "",
        "overrides": {},
    }
    return [Told("一厂", key | more, date(2024, month, 1), Decimal(month)) for month in months]


def test_a_month_between_two_is_their_mean():
    [found] = list(estimates(series(1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12), 2024))
    assert found.amount == Decimal(5)
    assert found.neighbours == (date(2024, 4, 1), date(2024, 6, 1))


def test_five_months_are_no_basis_for_seven():
    assert estimates(series(1, 2, 3, 4, 5), 2024) == []


def test_a_month_with_a_notation_key_is_not_filled():
    told = series(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
    assert estimates(told, 2024, [("一厂", "fuel_combustion", "diesel", date(2024, 12, 1))]) == []
