"""Versions of an account: kept for good, recalculated beside, their difference told by its parts."""

from datetime import date

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.account import read_account
from accounts.enterprise.corrections import correct_activity
from accounts.enterprise.submissions import submit_file
from accounts.enterprise.versions import compare_versions, keep_version, list_versions
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from tests.accounts.enterprise.conftest import csv

FIRST = csv(
    "2023-03,一厂,化石燃料燃烧,柴油,10,吨,F1",
    "2023-03,一厂,外购电力,电网电力,10,万千瓦时,F2",
    "2023-04,二厂,制冷剂逸散,R410A,3,kg,F3",
)


async def parts(actor, before, after):
    told = await compare_versions(
        actor, enterprise_id=actor.tenant_id, before_id=before.id, after_id=after.id
    )
    assert sum(part.co2e_mg for part in told.difference.parts) == after.co2e_mg - before.co2e_mg
    return {part.id: part.co2e_mg for part in told.difference.parts if part.co2e_mg}


async def kept(actor, **more):
    return await keep_version(actor, year=2023, reason="年度报告", **more)


async def test_a_version_is_the_account_of_its_moment(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    version = await kept(enterprise)
    account = await read_account(enterprise, enterprise_id=enterprise.tenant_id, year=2023)
    assert (version.co2e_mg, version.activities, version.number) == (account.co2e_mg, 3, 1)
    assert version.masses == {line.gas: line.mg for line in account.by_gas}


async def test_other_potentials_leave_the_old_version_untouched(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    first = await kept(enterprise)
    second = await kept(enterprise, gwp_set="AR6")
    assert second.follows == first.id
    assert set(await parts(enterprise, first, second)) == {"gwp"}
    assert [one.co2e_mg for one in await list_versions(enterprise, enterprise_id=enterprise.tenant_id)] == [
        second.co2e_mg, first.co2e_mg,
    ]  # fmt: skip


async def test_the_numbers_known_on_an_earlier_day_give_what_was_then(enterprise):
    """In mid-2024 the latest published grid factor was that of 2021."""
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    today = await kept(enterprise, recalculate=True)
    then = await kept(enterprise, recalculate=True, known_on=date(2024, 6, 30))
    assert await parts(enterprise, then, today) == {"factor": 100_000 * (530_600 - 556_800)}
    assert (await kept(enterprise)).co2e_mg == today.co2e_mg


async def test_a_correction_new_activities_and_a_boundary_are_told_apart(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    first = await kept(enterprise)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        power = await connection.fetchval("select id from enterprise_activity where reference = 'F2'")
    await correct_activity(enterprise, activity_id=power, changes={"amount": "8"}, reason="抄表错误")
    await submit_file(
        enterprise, file_name="b.csv", content=csv("2023-05,一厂,外购电力,电网电力,1,万千瓦时,F9")
    )
    second = await kept(enterprise)
    assert await parts(enterprise, first, second) == {
        "correction": -20_000 * 530_600,
        "activity": 10_000 * 530_600,
    }
    third = await kept(enterprise, left_out=["二厂"])
    assert await parts(enterprise, second, third) == {"boundary": -3_000_000 * 1923.5}
    assert third.left_out == ("二厂",)
    assert await parts(enterprise, third, first) == {
        "boundary": 3_000_000 * 1923.5, "correction": 20_000 * 530_600, "activity": -10_000 * 530_600,
    }  # fmt: skip


async def test_a_version_cannot_be_changed(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    await kept(enterprise)
    for statement in (
        "update enterprise_account_version set co2e_mg = 0",
        "delete from enterprise_account_version_line",
    ):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction(tenant=enterprise.tenant_id) as connection:
                await connection.execute(statement)


async def test_what_cannot_be_kept_is_refused(enterprise, bank, other_enterprise):
    with pytest.raises(Conflict):
        await kept(enterprise)
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    with pytest.raises(NotFound):
        await kept(enterprise, left_out=["三厂"])
    with pytest.raises(Problem):
        await kept(enterprise, gwp_set="AR9")
    with pytest.raises(Problem):
        await kept(enterprise, known_on=date(2024, 1, 1))
    with pytest.raises(NotPermitted):
        await kept(bank)
    version = await kept(enterprise)
    with pytest.raises(NotFound):
        await compare_versions(
            other_enterprise, enterprise_id=enterprise.tenant_id, before_id=version.id, after_id=version.id
        )
    assert await list_versions(other_enterprise, enterprise_id=other_enterprise.tenant_id) == []


async def test_the_stored_lineage_says_which_factor_won(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=FIRST)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        told = await connection.fetchval(
            "select factors->0 from enterprise_coefficient where source = 'purchased_electricity'"
        )
    assert '"factor": "electricity.average@CN"' in told
    assert '"level": "nation"' in told
