"""On the sample city: nobody sees nothing, and a stranger sees what is published (TEN-3)."""

import pytest

from accounts.database.pool import current_pool
from accounts.database.transactions import transaction
from accounts.sample.city import load_city
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import organisation
from tests.promises.test_isolation import PUBLIC_ONCE_PUBLISHED, PUBLISHED, WITHOUT_TENANT

DIRECTORY = {
    **dict.fromkeys(
        [
            "inclusion_programme",
            "inclusion_source",
            "inclusion_city_day",
            "inclusion_reward",
            "inclusion_cause",
            "inclusion_team",
            "inclusion_campaign",
            "inclusion_operator_claim",
            "inclusion_pool",
        ],
        "what the citizens' programme shows to whoever is signed in: names and sums, no person",
    ),
    "identity_organisation": "banks and offices one may grant a consent to; no enterprise but itself",
    "enterprise_benchmark": "benchmarks of industries, published",
    "verification_round": "terms and days of a year's verification, which concern every enterprise",
}
"""What every signed-in organisation may read beyond PUBLISHED."""

FOR_BANKS = {
    "finance_fund": "funds a bank may draw subsidies from",
    "finance_pool": "risk pools a bank may enter its loans into",
    "finance_need": "financing needs of projects, told to every bank so that each can answer",
}


@pytest.fixture
async def city(database, tmp_path):
    await load_city(tmp_path, report=str)
    return database


async def visible(tenant) -> set[str]:
    """Tables of which the tenant sees any row, the whole rows or, where columns are secret, their ids."""
    tables = [
        row["name"]
        for row in await current_pool().fetch(
            """select relname as name from pg_class
                where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relrowsecurity
                  and has_any_column_privilege(oid, 'select')"""
        )
    ]
    assert "identity_person" in tables
    async with transaction(tenant=tenant, readonly=True) as connection:
        return {
            table for table in tables if await connection.fetchval(f"select exists (select from {table})")
        }


async def test_in_a_full_city_nobody_sees_nothing_and_strangers_what_is_published(city):
    async with city.as_superuser() as admin:
        filled = {
            name
            for name in (
                "identity_organisation",
                "identity_person",
                "identity_session",
                "identity_audit_record",
            )
            if await admin.fetchval(f"select exists (select from {name})")
        }
    assert len(filled) == 4
    nobody = await visible(None)
    someone = await visible(new_id())
    stranger = await visible(await organisation("enterprise"))
    strange_bank = await visible(await organisation("bank"))
    assert nobody <= set(PUBLISHED) | set(PUBLIC_ONCE_PUBLISHED)
    assert someone <= set(PUBLISHED) | set(PUBLIC_ONCE_PUBLISHED) | set(DIRECTORY)
    assert stranger <= set(PUBLISHED) | set(PUBLIC_ONCE_PUBLISHED) | set(DIRECTORY)
    assert strange_bank <= set(PUBLISHED) | set(PUBLIC_ONCE_PUBLISHED) | set(DIRECTORY) | set(FOR_BANKS)
    assert not set(WITHOUT_TENANT) & stranger


async def test_a_strange_enterprise_finds_no_other_enterprise(city):
    stranger = await organisation("enterprise")
    async with transaction(tenant=stranger, readonly=True) as connection:
        ids = [
            row["id"]
            for row in await connection.fetch(
                "select id from identity_organisation where kind = 'enterprise'"
            )
        ]
    assert ids == [stranger]
