from accounts.database.pool import current_pool
from accounts.database.readiness import refusals
from accounts.database.roles import Role


async def test_a_migrated_database_under_a_running_role_is_ready(database):
    assert await refusals(durable=False) == []


async def test_the_owner_may_not_serve(database):
    async with database.as_role(Role.OWNER):
        assert any("more rights" in reason for reason in await refusals(durable=False))


async def test_a_pending_migration_is_named_with_its_remedy(database):
    async with database.as_superuser() as admin:
        await admin.execute("delete from migration where app_name = 'database'")
    assert any("carbon migrate" in reason for reason in await refusals(durable=False))


async def test_a_server_that_may_lose_acknowledged_changes_is_refused(database):
    async with database.as_superuser() as admin:
        name = await admin.fetchval("select current_database()")
        await admin.execute(f'alter database "{name}" set synchronous_commit = off')
    await current_pool().expire_connections()
    assert any("synchronous_commit" in reason for reason in await refusals())
