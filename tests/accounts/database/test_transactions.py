import asyncio

import asyncpg
import pytest

from accounts.database.engine import DB
from accounts.database.pool import current_pool
from accounts.database.transactions import NestedTransactionError, savepoint, serializable, transaction
from carbon.identifiers import new_id


async def test_the_tenant_is_set_for_the_transaction_and_gone_after_it(database):
    tenant = new_id()
    async with transaction(tenant=tenant) as connection:
        assert await connection.fetchval("select current_tenant()") == tenant
    assert await current_pool().fetchval("select current_tenant()") is None


async def test_silent_nesting_is_refused(database):
    async with transaction(tenant=None):
        with pytest.raises(NestedTransactionError, match="savepoint"):
            async with transaction(tenant=None):
                pass


async def test_a_failing_commit_returns_the_connection_and_clears_the_context(database):
    async with database.as_superuser() as admin:
        await admin.execute("""
            create table promise (id int primary key, other int references promise deferrable initially deferred);
            grant all on promise to public;
        """)
    before = current_pool().get_idle_size()
    for _ in range(20):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with transaction(tenant=None) as connection:
                await connection.execute("insert into promise values (1, 99)")
        assert DB.current_transaction.get() is None
    assert current_pool().get_idle_size() >= before


async def test_a_savepoint_fails_alone(database):
    async with transaction(tenant=None) as connection:
        await connection.execute("create temporary table kept (id int)")
        with pytest.raises(asyncpg.UndefinedTableError):
            async with savepoint(connection):
                await connection.execute("select * from nowhere")
        assert await connection.fetchval("select count(*) from kept") == 0


async def test_piccolo_queries_join_the_transaction(database):
    tenant = new_id()
    async with transaction(tenant=tenant):
        rows = await DB._run_in_new_connection("select 1") if DB.current_transaction.get() is None else None
        assert rows is None
        from piccolo.querystring import QueryString

        found = await DB.run_querystring(QueryString("select current_tenant() as tenant"))
        assert found[0]["tenant"] == tenant


async def test_a_serialization_failure_is_retried(database):
    async with database.as_superuser() as admin:
        await admin.execute(
            "create table tally (id int, n int); insert into tally values (1, 0); grant all on tally to public"
        )

    async def add_one(connection):
        n = await connection.fetchval("select n from tally where id = 1")
        await asyncio.sleep(0.01)
        await connection.execute("update tally set n = $1 where id = 1", n + 1)

    await asyncio.gather(*(serializable(add_one, tenant=None) for _ in range(3)))
    assert await current_pool().fetchval("select n from tally") == 3


async def test_the_running_roles_own_nothing_and_bypass_nothing(database):
    rows = await current_pool().fetch(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'carbon\\_%'"
    )
    assert {row["rolname"] for row in rows} >= {
        "carbon_web",
        "carbon_scheduler",
        "carbon_auditor",
        "carbon_owner",
    }
    assert not [
        dict(row)
        for row in rows
        if row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] or row["rolcreatedb"]
    ]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await current_pool().execute("create table mine (id int)")
