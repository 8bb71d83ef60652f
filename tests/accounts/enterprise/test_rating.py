import pytest

from accounts.enterprise.profile import record_profile, record_year
from accounts.enterprise.rating import list_benchmarks, publish_benchmark, rate_enterprise
from accounts.enterprise.submissions import submit_file
from accounts.identity.permissions import OrganisationKind
from carbon.errors import NotFound, NotPermitted, Problem
from tests.accounts.enterprise.conftest import csv, member_of


async def account_of(name: str, diesel_t: int, value_added_fen: int = 10**9, period: str = "2024"):
    actor = await member_of(OrganisationKind.ENTERPRISE, name)
    await record_profile(actor, industry_code="C30")
    await record_year(actor, year=2024, value_added_fen=value_added_fen)
    await submit_file(actor, file_name="a.csv", content=csv(f"{period},,化石燃料燃烧,柴油,{diesel_t},吨,"))
    return actor


@pytest.fixture
async def industry(authority):
    return [await account_of(f"企业{number}", diesel_t=10 * number) for number in range(1, 11)]


async def test_a_benchmark_is_the_sum_of_ten_accounts_and_rates_them(industry, authority):
    benchmark = await publish_benchmark(authority, industry_code="C30", year=2024)
    assert benchmark.accounts == 10
    assert benchmark.value_added_fen == 10**10
    best = await rate_enterprise(industry[0], enterprise_id=industry[0].tenant_id, year=2024)
    worst = await rate_enterprise(industry[9], enterprise_id=industry[9].tenant_id, year=2024)
    # 10 t against a mean of 55 t of diesel: K = 0.18; 100 t: K = 1.82.
    assert (best.level, worst.level) == (1, 4)
    assert float(best.efficiency) == pytest.approx(10 / 55)
    assert best.explanation["children"]
    assert [found.id for found in await list_benchmarks(industry[0])] == [benchmark.id]


async def test_a_benchmark_is_not_published_again_for_a_few_accounts_more(industry, authority):
    await publish_benchmark(authority, industry_code="C30", year=2024)
    await account_of("企业11", diesel_t=500)
    with pytest.raises(Problem, match="show single"):
        await publish_benchmark(authority, industry_code="C30", year=2024)


async def test_fewer_than_ten_accounts_make_no_benchmark(authority):
    await account_of("企业1", diesel_t=10)
    with pytest.raises(Problem, match="needs 10 accounts"):
        await publish_benchmark(authority, industry_code="C30", year=2024)


async def test_an_account_of_some_months_is_left_out_of_the_benchmark(industry, authority):
    await account_of("企业11", diesel_t=1, period="2024-03")
    assert (await publish_benchmark(authority, industry_code="C30", year=2024)).accounts == 10


async def test_only_an_authority_publishes(enterprise):
    with pytest.raises(NotPermitted):
        await publish_benchmark(enterprise, industry_code="C30", year=2024)


async def test_what_is_missing_for_a_rating_is_said(enterprise, other_enterprise):
    async def refused(match: str):
        with pytest.raises(Problem, match=match):
            await rate_enterprise(enterprise, enterprise_id=enterprise.tenant_id, year=2024)

    await refused("industry is not recorded")
    await record_profile(enterprise, industry_code="C30")
    await refused("no emissions of 2024")
    await submit_file(enterprise, file_name="a.csv", content=csv("2024-03,,化石燃料燃烧,柴油,1,吨,"))
    await refused("11 months of 2024 have no data yet: 2024-01, 2024-02, 2024-04")
    rows = [f"2024-{month:02},,化石燃料燃烧,柴油,NO,吨," for month in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12)]
    await submit_file(enterprise, file_name="b.csv", content=csv(*rows))
    await refused("Value added of 2024")
    await record_year(enterprise, year=2024, value_added_fen=1)
    await refused("No benchmark")
    with pytest.raises(NotFound):
        await rate_enterprise(other_enterprise, enterprise_id=enterprise.tenant_id, year=2024)
