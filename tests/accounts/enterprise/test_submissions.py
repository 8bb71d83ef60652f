from fractions import Fraction

import asyncpg
import pytest

from accounts.database.transactions import savepoint, transaction
from accounts.enterprise.rollups import wrong_rollups
from accounts.enterprise.submissions import list_submissions, read_content, read_submission, submit_file
from carbon.errors import Conflict, KeyReused, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.enterprise.conftest import csv

GOOD = csv(
    "2024-03,一厂,化石燃料燃烧,柴油,10,吨,F1",
    "2024-03,一厂,外购电力,电网电力,10,万千瓦时,F2",
    "2024-04,二厂,制冷剂逸散,R410A,3,kg,F3",
)

DIESEL_CO2_MG = round(
    10 * Fraction("42.652") * Fraction("20.2") / 1000 * Fraction("0.98") * Fraction(44, 12) * 10**9
)


async def activities(actor):
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await connection.fetch("select * from enterprise_activity order by id")


async def test_good_rows_are_computed_and_kept(enterprise):
    submission = await submit_file(enterprise, file_name="三月.csv", content=GOOD)
    assert (submission.status, submission.rows_taken, submission.rows_wrong) == ("accepted", 3, 0)
    rows = await activities(enterprise)
    assert [row["co2_mg"] for row in rows] == [DIESEL_CO2_MG, 53_060_000_000, 0]
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        gases = await connection.fetch("select gas, mg from enterprise_activity_gas order by gas")
        assert [tuple(row) for row in gases] == [("HFC125", 1_500_000), ("HFC32", 1_500_000)]
        assert await wrong_rollups(connection, enterprise.tenant_id) == []


async def test_wrong_rows_are_listed_with_their_place_and_the_others_count(enterprise):
    submission = await submit_file(
        enterprise, file_name="a.csv", content=GOOD + "\n2024-13,一厂,化石燃料燃烧,柴油,-5,吨,F4".encode()
    )
    assert (submission.status, submission.rows_taken, submission.rows_wrong) == ("accepted-in-part", 3, 1)
    again = await read_submission(enterprise, submission_id=submission.id)
    errors = [(f.row, f.column, f.value) for f in again.findings if f.severity == "error"]
    assert sorted(errors) == [(5, "amount", "-5"), (5, "period", "2024-13")]


async def test_the_same_file_twice_is_refused_and_the_earlier_one_named(enterprise):
    first = await submit_file(enterprise, file_name="a.csv", content=GOOD)
    with pytest.raises(Conflict, match=str(first.id)):
        await submit_file(enterprise, file_name="b.csv", content=GOOD)
    assert len(await activities(enterprise)) == 3


async def test_a_row_known_from_an_earlier_submission_is_not_counted_again(enterprise):
    await submit_file(enterprise, file_name="first.csv", content=GOOD)
    more = GOOD + "\n2024-04,一厂,化石燃料燃烧,柴油,7,吨,F9".encode()
    second = await submit_file(enterprise, file_name="second.csv", content=more)
    assert (second.rows_taken, second.rows_repeated, second.status) == (1, 3, "accepted")
    assert any("first.csv, row 2" in str(finding) for finding in second.findings)
    assert len(await activities(enterprise)) == 4


async def test_a_file_without_any_good_row_is_kept_as_rejected_and_may_come_again(enterprise):
    wrong = csv("2024-13,一厂,化石燃料燃烧,柴油,10,吨,F1")
    first = await submit_file(enterprise, file_name="a.csv", content=wrong)
    second = await submit_file(enterprise, file_name="a.csv", content=wrong)
    assert first.status == second.status == "rejected"
    assert await activities(enterprise) == []


async def test_the_same_key_gives_the_first_answer_and_another_file_is_refused(enterprise):
    first = await submit_file(enterprise, file_name="a.csv", content=GOOD, key="k1")
    assert await submit_file(enterprise, file_name="a.csv", content=GOOD, key="k1") == first
    with pytest.raises(KeyReused):
        await submit_file(enterprise, file_name="a.csv", content=GOOD + b"\n", key="k1")


async def test_a_line_with_a_notation_key_is_kept_and_not_counted_as_zero(enterprise):
    submission = await submit_file(
        enterprise, file_name="a.csv", content=csv("2024-03,一厂,化石燃料燃烧,柴油,NE,,无表计")
    )
    assert (submission.status, submission.rows_taken) == ("accepted", 1)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        assert await connection.fetchval("select notation from enterprise_gap") == "NE"
        assert await connection.fetchval("select count(*) from enterprise_activity") == 0


async def test_the_file_is_kept_byte_for_byte(enterprise):
    submission = await submit_file(enterprise, file_name="目录/三月.csv", content=GOOD)
    assert await read_content(enterprise, submission_id=submission.id) == ("三月.csv", GOOD)


async def test_another_enterprise_sees_nothing(enterprise, other_enterprise):
    submission = await submit_file(enterprise, file_name="a.csv", content=GOOD)
    assert await list_submissions(other_enterprise) == []
    assert await activities(other_enterprise) == []
    with pytest.raises(NotFound):
        await read_submission(other_enterprise, submission_id=submission.id)


async def test_a_bank_submits_nothing(bank):
    with pytest.raises(NotPermitted):
        await submit_file(bank, file_name="a.csv", content=GOOD)


async def test_an_enterprise_imports_no_totals(enterprise):
    with pytest.raises(NotPermitted):
        await submit_file(
            enterprise, file_name="a.csv", content="公司,指標,年度,數值\n甲,ghg,2022,1\n".encode()
        )


async def test_a_file_that_cannot_be_read_leaves_nothing_behind(enterprise):
    with pytest.raises(Problem):
        await submit_file(enterprise, file_name="a.csv", content=b"\x00\x01\x02")
    assert await list_submissions(enterprise) == []


async def test_activities_are_append_only(enterprise, database):
    await submit_file(enterprise, file_name="a.csv", content=GOOD)
    async with database.as_superuser() as admin:
        with pytest.raises(asyncpg.RestrictViolationError):
            await admin.execute("update enterprise_activity set co2_mg = 0")


async def test_a_large_batch_is_a_partition_that_only_policies_lead_to(
    enterprise, other_enterprise, monkeypatch
):
    from accounts.enterprise import filing

    monkeypatch.setattr(filing, "LARGE_ROWS", 3)
    monkeypatch.setattr(filing, "CHUNK_ROWS", 2)
    submission = await submit_file(enterprise, file_name="a.csv", content=GOOD)
    table = f"enterprise_activity_{submission.id.hex}"
    rows = await activities(enterprise)
    assert [row["batch"] for row in rows] == [submission.id] * 3
    assert await activities(other_enterprise) == []
    again = await submit_file(enterprise, file_name="b.csv", content=GOOD + b"\n")
    assert (again.rows_taken, again.rows_repeated) == (0, 3)
    for actor in (enterprise, other_enterprise):
        async with transaction(tenant=actor.tenant_id) as connection:
            for statement in (
                f"select * from {table}",
                f"insert into {table} select * from enterprise_activity",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with savepoint(connection):
                        await connection.execute(statement)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        assert await wrong_rollups(connection, enterprise.tenant_id) == []


async def test_an_open_batch_takes_no_row_of_another_tenant(enterprise, other_enterprise):
    await submit_file(enterprise, file_name="a.csv", content=GOOD)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        row = dict(await connection.fetchrow("select * from enterprise_activity limit 1"))
    batch = new_id()
    async with transaction(tenant=other_enterprise.tenant_id) as connection:
        table = await connection.fetchval("select enterprise_open_batch($1)", batch)
        with pytest.raises(asyncpg.CheckViolationError):
            async with savepoint(connection):
                await connection.copy_records_to_table(
                    table, records=[tuple((row | {"batch": batch}).values())], columns=list(row)
                )


async def test_a_batch_belongs_to_a_tenant(database):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=None) as connection:
            await connection.execute("select enterprise_open_batch($1)", new_id())


async def test_a_large_batch_that_fails_leaves_nothing_behind(enterprise, monkeypatch):
    from accounts.enterprise import filing

    async def broken(*_: object) -> None:
        raise RuntimeError("the line went dead")

    monkeypatch.setattr(filing, "LARGE_ROWS", 3)
    monkeypatch.setattr(filing, "add_to_rollups", broken)
    with pytest.raises(RuntimeError):
        await submit_file(enterprise, file_name="a.csv", content=GOOD)
    assert await activities(enterprise) == []
    assert await list_submissions(enterprise) == []
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        assert (
            await connection.fetchval(
                "select count(*) from pg_inherits where inhparent = 'enterprise_activity'::regclass"
            )
            == 1
        )
