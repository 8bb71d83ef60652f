from accounts.finance import guarantees, needs
from accounts.sample.money import sample_risk
from tests.accounts.finance.city import new_city


async def test_the_sample_s_pool_and_project_are_made_once(database):
    city = await new_city()
    await city.register("C-1")
    for _ in range(2):
        await sample_risk(city.office, city.bank, city.mill)
    (pool,) = await guarantees.list_pools(city.bank)
    assert pool.covered_fen == 500_000_000
    assert len(await needs.list_needs(city.bank)) == 1
