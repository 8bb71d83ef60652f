"""Constraints, isolation, grants, and the functions other rooms' policies call.

SECURITY DEFINER functions of this room (each with a fixed search_path; tests/promises holds the list):

- `tenant_is(kind)`: policies of organisations ask it, so it must not depend on those policies itself;
- `identity_credentials(login)`, `identity_session(token_hash)`, `identity_api_key_actor(secret_hash)`: signing
  in happens before any tenant is known; each answers for one exact login or hash and lists nothing;
- `identity_has_administrator()`: the first administrator is made when there is none.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T08:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and functions of identity"

CONSTRAINTS = """
    alter table identity_organisation
        add constraint organisation_kind check (kind in ('enterprise', 'bank', 'verifier', 'authority', 'partner')),
        add constraint organisation_status check (status in ('active', 'listed')),
        add constraint organisation_name check (length(name_zh) between 1 and 200 and length(name_en) <= 200),
        add constraint organisation_credit_code check (credit_code ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'),
        add constraint organisation_credit_code_once unique (credit_code);
    create unique index organisation_listed_name_once on identity_organisation (name_zh) where status = 'listed';
    create index organisation_kind_name on identity_organisation (kind, name_zh, id);

    alter table identity_person
        add constraint person_login check (login = lower(login) and length(login) between 3 and 64),
        add constraint person_login_once unique (login),
        add constraint person_name check (length(name) between 1 and 100),
        add constraint person_hash check (password_hash like '$argon2id$%');
    create index person_tenant on identity_person (tenant_id, id);

    alter table identity_membership
        add constraint membership_role check (role in ('administrator', 'member', 'reader'));
    create index membership_tenant on identity_membership (tenant_id, person_id);

    alter table identity_session
        add constraint session_token_hash check (length(token_hash) = 32),
        add constraint session_token_once unique (token_hash),
        add constraint session_limits check (idle_limit_s > 0 and expires_at > created_at);
    create index session_person on identity_session (tenant_id, person_id) where ended_at is null;

    alter table identity_api_key
        add constraint api_key_secret_hash check (length(secret_hash) = 32),
        add constraint api_key_secret_once unique (secret_hash),
        add constraint api_key_name check (length(name) between 1 and 100),
        add constraint api_key_term check (expires_at > created_at);
    create index api_key_tenant on identity_api_key (tenant_id, person_id);

    alter table identity_consent
        add constraint consent_scope check (scope in ('account')),
        add constraint consent_term check (until > granted_at),
        add constraint consent_other check (grantee_id <> tenant_id);
    create unique index consent_once on identity_consent (tenant_id, grantee_id, scope) where withdrawn_at is null;
    create index consent_grantee on identity_consent (grantee_id, scope, tenant_id);

    alter table identity_consent_read drop constraint identity_consent_read_pkey, add primary key (tenant_id, id);
    create index consent_read_consent on identity_consent_read (tenant_id, consent_id);
    create index consent_read_grantee on identity_consent_read (grantee_id, id);

    alter table identity_audit_record
        add constraint audit_result check (result in ('done', 'refused', 'failed')),
        add constraint audit_details check (jsonb_typeof(details) = 'object');
    create index audit_tenant on identity_audit_record (tenant_id, id desc);
    create index audit_person on identity_audit_record (person_id, id desc);

    alter table identity_idempotency_record
        drop constraint identity_idempotency_record_pkey,
        add primary key (tenant_id, operation, key),
        add constraint idempotency_key check (length(key) between 1 and 255);

    alter table identity_attempt
        drop constraint identity_attempt_pkey,
        add primary key (kind, subject);

    alter table identity_bootstrap_code
        add constraint bootstrap_code_once unique (code_hash);
"""

FUNCTIONS = """
    -- The current tenant's organisation is of this kind. In a policy write (select tenant_is('bank')), so that
    -- PostgreSQL asks once for each query and not once for each row.
    create function tenant_is(kind text) returns boolean language sql stable parallel safe security definer
        set search_path = pg_catalog, public, pg_temp
        as $$ select exists (select from public.identity_organisation o
                              where o.id = public.current_tenant() and o.kind = $1) $$;

    -- The current tenant holds a consent of `owner` for `scope` that is in its term and not withdrawn.
    create function has_consent(owner uuid, scope text) returns boolean language sql stable
        as $$ select exists (select from public.identity_consent c
                              where c.tenant_id = $1 and c.grantee_id = public.current_tenant() and c.scope = $2
                                and c.withdrawn_at is null and c.granted_at <= now() and now() < c.until) $$;

    -- All owners for whom has_consent() holds, for policies on large tables:
    -- tenant_id = any (array(select consenting_owners('account'))) is asked once and uses the index.
    create function consenting_owners(scope text) returns setof uuid language sql stable
        as $$ select c.tenant_id from public.identity_consent c
               where c.grantee_id = public.current_tenant() and c.scope = $1
                 and c.withdrawn_at is null and c.granted_at <= now() and now() < c.until $$;

    create function identity_credentials(login text)
        returns table (person_id uuid, tenant_id uuid, password_hash text, disabled boolean)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select p.id, p.tenant_id, p.password_hash, p.disabled_at is not null
                from public.identity_person p where p.login = $1 $$;

    create function identity_session(token_hash bytea)
        returns table (session_id uuid, expires_at timestamptz, seen_s double precision, person_id uuid,
                       tenant_id uuid, name text, organisation_id uuid, kind text, organisation_name_zh text,
                       organisation_name_en text, role text)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select s.id, s.expires_at, extract(epoch from now() - s.last_seen_at)::double precision, p.id,
                     s.tenant_id, p.name, o.id, o.kind, o.name_zh, o.name_en, m.role
                from public.identity_session s
                join public.identity_person p on p.id = s.person_id
                left join public.identity_membership m on m.person_id = p.id and m.tenant_id = s.tenant_id
                left join public.identity_organisation o on o.id = m.tenant_id
               where s.token_hash = $1 and s.ended_at is null and now() < s.expires_at
                 and now() < s.last_seen_at + s.idle_limit_s * interval '1 second'
                 and p.disabled_at is null and (o.id is not null or s.tenant_id = p.id) $$;

    create function identity_api_key_actor(secret_hash bytea)
        returns table (key_id uuid, unused_s double precision, permissions text[], person_id uuid, tenant_id uuid,
                       name text, organisation_id uuid, kind text, organisation_name_zh text,
                       organisation_name_en text, role text)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select k.id, extract(epoch from now() - k.last_used_at)::double precision, k.permissions, p.id,
                     k.tenant_id, p.name, o.id, o.kind, o.name_zh, o.name_en, m.role
                from public.identity_api_key k
                join public.identity_person p on p.id = k.person_id
                left join public.identity_membership m on m.person_id = p.id and m.tenant_id = k.tenant_id
                left join public.identity_organisation o on o.id = m.tenant_id
               where k.secret_hash = $1 and k.revoked_at is null and now() < k.expires_at
                 and p.disabled_at is null and (o.id is not null or k.tenant_id = p.id) $$;

    create function identity_has_administrator() returns boolean language sql stable security definer
        set search_path = pg_catalog, public, pg_temp
        as $$ select exists (select from public.identity_membership m
                               join public.identity_organisation o on o.id = m.tenant_id
                              where o.kind = 'authority' and m.role = 'administrator') $$;

    -- A consent changes once: it is withdrawn.
    create function identity_consent_ends_once() returns trigger language plpgsql as $$
    begin
        if old.withdrawn_at is not null or new.withdrawn_at is null then
            raise exception 'a consent is withdrawn once and stays withdrawn' using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
    create trigger identity_consent_ends_once before update on identity_consent
        for each row execute function identity_consent_ends_once();
"""


def _callable_by_the_running_roles(signature: str) -> str:
    return f"""
        revoke all on function {signature} from public;
        grant execute on function {signature} to {role(Role.WEB)}, {role(Role.SCHEDULER)};
    """


def _hidden_from_readers(table: str, shown: str) -> str:
    """The auditor sees the row without its secret; only a backup holds everything."""
    return f"""
        revoke select on {table} from {role(Role.AUDITOR)};
        grant select ({shown}) on {table} to {role(Role.AUDITOR)};
    """


PERSON_SHOWN = "id, tenant_id, login, name, created_at, password_changed_at, disabled_at"
SESSION_SHOWN = "id, tenant_id, person_id, created_at, last_seen_at, expires_at, idle_limit_s, ended_at, address, user_agent"
KEY_SHOWN = "id, tenant_id, person_id, name, prefix, permissions, created_at, expires_at, last_used_at, revoked_at"


def _isolation() -> str:
    return "".join(
        [
            tenant_isolation("identity_organisation", "id = current_tenant()"),
            # Who may be granted a consent, verifies, governs: a directory every tenant needs.
            readable_when(
                "identity_organisation", "directory", "kind <> 'enterprise' and current_tenant() is not null"
            ),
            # Its name stays readable to a bank that was once let in: a lender goes on knowing its borrower.
            readable_when(
                "identity_organisation",
                "grantee",
                "id in (select c.tenant_id from identity_consent c where c.grantee_id = current_tenant())",
            ),
            """create policy identity_organisation_authority on identity_organisation
                   using ((select tenant_is('authority'))) with check ((select tenant_is('authority')));""",
            tenant_isolation("identity_person"),
            """create policy identity_person_onboarding on identity_person
                   for insert with check ((select tenant_is('authority')));""",
            tenant_isolation("identity_membership"),
            """create policy identity_membership_onboarding on identity_membership
                   for insert with check ((select tenant_is('authority')));""",
            readable_when("identity_membership", "authority", "(select tenant_is('authority'))"),
            tenant_isolation("identity_session"),
            tenant_isolation("identity_api_key"),
            tenant_isolation("identity_consent"),
            readable_when("identity_consent", "grantee", "grantee_id = current_tenant()"),
            tenant_isolation("identity_consent_read", "grantee_id = current_tenant() and has_consent(tenant_id, 'account')"),
            readable_when("identity_consent_read", "parties", "current_tenant() in (tenant_id, grantee_id)"),
            tenant_isolation("identity_audit_record"),
            readable_when("identity_audit_record", "authority", "(select tenant_is('authority'))"),
            """create policy identity_audit_record_nobody on identity_audit_record
                   for insert with check (tenant_id is null and current_tenant() is null);""",
            tenant_isolation("identity_idempotency_record"),
        ]
    )


def _grants() -> str:
    return "".join(
        [
            grant("identity_organisation", "select, insert, update (name_zh, name_en, credit_code, district, status)"),
            grant("identity_person", f"select ({PERSON_SHOWN}), insert, "
                  "update (name, password_hash, password_changed_at, disabled_at)"),
            _hidden_from_readers("identity_person", PERSON_SHOWN),
            grant("identity_membership", "select, insert, update (role, changed_at)"),
            grant("identity_session", f"select ({SESSION_SHOWN}), insert, update (last_seen_at, ended_at)"),
            _hidden_from_readers("identity_session", SESSION_SHOWN),
            grant("identity_api_key", f"select ({KEY_SHOWN}), insert, update (last_used_at, revoked_at)"),
            _hidden_from_readers("identity_api_key", KEY_SHOWN),
            grant("identity_consent", "select, insert, update (withdrawn_at)"),
            append_only("identity_consent_read"),
            grant("identity_consent_read", "select, insert"),
            append_only("identity_audit_record"),
            grant("identity_audit_record", "select, insert"),
            append_only("identity_idempotency_record"),
            grant("identity_idempotency_record", "select, insert"),
            grant("identity_attempt", "select, insert, update, delete"),
            grant("identity_bootstrap_code", "select, insert, update (used_at)"),
            _callable_by_the_running_roles("identity_credentials(text)"),
            _callable_by_the_running_roles("identity_session(bytea)"),
            _callable_by_the_running_roles("identity_api_key_actor(bytea)"),
            _callable_by_the_running_roles("identity_has_administrator()"),
        ]
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTIONS, _isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
