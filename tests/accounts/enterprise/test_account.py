from datetime import date, datetime, timedelta

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.account import explain_activity, list_activities, read_account
from accounts.enterprise.profile import (
    add_facility,
    list_facilities,
    read_profile,
    record_profile,
    record_year,
)
from accounts.enterprise.submissions import submit_file
from accounts.identity.consents import ZONE, grant_consent, list_reads, withdraw_consent
from carbon.errors import Conflict, NotFound, Problem
from tests.accounts.enterprise.conftest import csv

FILE = csv(
    "2024-03,一厂,化石燃料燃烧,柴油,10,吨,F1",
    "2024-03,一厂,外购电力,电网电力,10,万千瓦时,F2",
    "2024-04,二厂,制冷剂逸散,R410A,3,kg,F3",
    "2024-04,二厂,制冷剂逸散,HCFC22,2,kg,F4",
    "2024-05,二厂,化石燃料燃烧,天然气,NE,,F5",
)


@pytest.fixture
async def filled(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FILE)
    return enterprise


async def test_the_account_adds_up_the_same_by_every_view(filled):
    account = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    total = account.co2e_mg
    assert total > 0
    assert account.activities == 4
    assert sum(line.co2e_mg for line in account.by_gas if line.in_total) == total
    assert sum(line.co2e_mg for line in account.by_scope) == total
    assert sum(line.co2e_mg for line in account.by_month) == pytest.approx(total, abs=10)
    assert sum(line.co2e_mg for line in account.by_facility) == pytest.approx(total, abs=10)
    assert sum(line.co2e_mg for line in account.by_source) == pytest.approx(total, abs=10)
    assert [(line.name, line.activities) for line in account.by_facility] == [("一厂", 2), ("二厂", 2)]


async def test_a_gas_outside_the_kyoto_basket_is_shown_and_not_added(filled):
    account = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    outside = next(line for line in account.by_gas if line.gas == "HCFC22")
    assert outside.mg == 2_000_000
    assert not outside.in_total


async def test_scope_2_is_shown_by_both_methods_and_counted_once(filled):
    account = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    assert account.scope_2 == {"location": 53_060_000_000, "market": 60_960_000_000}
    assert next(line.co2e_mg for line in account.by_scope if line.scope == 2) == 53_060_000_000


async def test_coverage_names_what_is_missing(filled):
    coverage = (await read_account(filled, enterprise_id=filled.tenant_id, year=2024)).coverage
    assert (coverage.measured, coverage.calculated, coverage.estimated) == (0, 4, 0)
    assert coverage.notations == {"NE": 1}
    assert date(2024, 5, 1) not in coverage.missing_months
    assert len(coverage.missing_months) == 9


async def test_another_gwp_set_changes_the_equivalent_and_no_mass(filled):
    ar5 = await read_account(filled, enterprise_id=filled.tenant_id, year=2024, gwp_set="AR5")
    ar6 = await read_account(filled, enterprise_id=filled.tenant_id, year=2024, gwp_set="AR6")
    assert [(line.gas, line.mg) for line in ar5.by_gas] == [(line.gas, line.mg) for line in ar6.by_gas]
    assert ar5.co2e_mg != ar6.co2e_mg
    with pytest.raises(Problem, match="AR7"):
        await read_account(filled, enterprise_id=filled.tenant_id, year=2024, gwp_set="AR7")


async def test_every_activity_opens_to_an_explanation_that_equals_what_is_stored(filled):
    lines = await list_activities(filled, enterprise_id=filled.tenant_id, year=2024)
    assert len(lines) == 4
    for line in lines:
        told = await explain_activity(filled, enterprise_id=filled.tenant_id, activity_id=line.id)
        assert told.current
        assert (told.file_name, told.activity.row) == ("a.csv", line.row)
        if line.item != "HCFC22":
            assert round(float(told.explanation["value"]) * 10**9) == pytest.approx(line.co2e_mg, rel=1e-9)


async def test_activities_are_filtered_and_paged(filled):
    async def listed(**filters):
        return [
            line.item for line in await list_activities(filled, enterprise_id=filled.tenant_id, **filters)
        ]

    assert await listed(year=2024, month=3) == ["diesel", "grid"]
    assert await listed(year=2024, scope=2) == ["grid"]
    assert await listed(year=2024, gas="HFC32") == ["R410A"]
    assert await listed(year=2024, facility="二厂") == ["R410A", "HCFC22"]
    assert await listed(year=2023) == []
    first = await list_activities(filled, enterprise_id=filled.tenant_id, year=2024, limit=1)
    rest = await listed(year=2024, after=first[0].id)
    assert rest == ["grid", "R410A", "HCFC22"]
    with pytest.raises(Problem, match="month 13"):
        await listed(year=2024, month=13)


async def test_a_bank_sees_the_account_by_consent_only_and_the_read_is_recorded(filled, bank):
    with pytest.raises(NotFound):
        await read_account(bank, enterprise_id=filled.tenant_id, year=2024)
    consent = await grant_consent(
        filled,
        grantee_id=bank.tenant_id,
        scope="account",
        until_on=datetime.now(ZONE).date() + timedelta(days=30),
    )
    seen = await read_account(bank, enterprise_id=filled.tenant_id, year=2024)
    assert seen.co2e_mg == (await read_account(filled, enterprise_id=filled.tenant_id, year=2024)).co2e_mg
    lines = await list_activities(bank, enterprise_id=filled.tenant_id, year=2024)
    assert (
        await explain_activity(bank, enterprise_id=filled.tenant_id, activity_id=lines[0].id)
    ).file_name == ""
    assert any(read.subject == "account 2024" for read in await list_reads(filled))
    await withdraw_consent(filled, consent_id=consent.id)
    with pytest.raises(NotFound):
        await read_account(bank, enterprise_id=filled.tenant_id, year=2024)
    async with transaction(tenant=bank.tenant_id, readonly=True) as connection:
        assert await connection.fetchval("select count(*) from enterprise_activity") == 0
        assert await connection.fetchval("select count(*) from enterprise_rollup") == 0


async def test_another_enterprise_gets_the_same_answer_as_for_nothing(filled, other_enterprise):
    with pytest.raises(NotFound):
        await read_account(other_enterprise, enterprise_id=filled.tenant_id, year=2024)


async def test_a_profile_is_recorded_and_read(enterprise):
    await record_profile(enterprise, industry_code="c30", district="渝北区", region="重庆", guide="GBT2024")
    profile = await record_year(enterprise, year=2024, value_added_fen=10**10)
    assert (profile.industry_code, profile.region) == ("C30", "CN-CQ")
    assert profile.years[0].value_added_fen == 10**10
    assert (await record_year(enterprise, year=2024, value_added_fen=5)).years[0].value_added_fen == 5
    assert (await read_profile(enterprise)).years[0].value_added_fen == 5


async def test_what_a_profile_cannot_hold_is_refused(enterprise):
    for values in (
        {"industry_code": "9"},
        {"industry_code": "C30", "region": "火星"},
        {"industry_code": "C30", "guide": "x"},
    ):
        with pytest.raises(Problem):
            await record_profile(enterprise, **values)
    for year, amount in ((1800, 1), (2024, 10**18), (2024, None)):
        with pytest.raises(Problem):
            await record_year(enterprise, year=year, main_income_fen=amount)


async def test_a_facility_is_taken_on_once(enterprise):
    await add_facility(enterprise, name="一厂")
    with pytest.raises(Conflict):
        await add_facility(enterprise, name="一厂")
    await submit_file(enterprise, file_name="a.csv", content=FILE)
    assert [facility.name for facility in await list_facilities(enterprise)] == ["一厂", "二厂"]
