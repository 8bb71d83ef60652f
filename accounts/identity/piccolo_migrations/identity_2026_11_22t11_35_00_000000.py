"""A consent for verification opens the account and the evidence behind it, for as long as it lasts."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB

ID = "2026-11-22T11:35:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "consent for verification"

FUNCTIONS = """
    alter table identity_consent drop constraint consent_scope,
        add constraint consent_scope check (scope in ('account', 'verification'));
    create or replace function has_consent(owner uuid, scope text) returns boolean language sql stable
        as $$ select exists (select from public.identity_consent c
                              where c.tenant_id = $1 and c.grantee_id = public.current_tenant()
                                and (c.scope = $2 or c.scope = 'verification' and $2 in ('account', 'evidence'))
                                and c.withdrawn_at is null and c.granted_at <= now() and now() < c.until) $$;
    create or replace function consenting_owners(scope text) returns setof uuid language sql stable
        as $$ select c.tenant_id from public.identity_consent c
               where c.grantee_id = public.current_tenant()
                 and (c.scope = $1 or c.scope = 'verification' and $1 in ('account', 'evidence'))
                 and c.withdrawn_at is null and c.granted_at <= now() and now() < c.until $$;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run() -> None:
        await DB.current_transaction.get().connection.execute(FUNCTIONS)

    manager.add_raw(run)
    return manager
