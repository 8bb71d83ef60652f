"""Second factor, citizens by phone, their consents and keys, messages outside, three administrators.

SECURITY DEFINER functions added here (each with a fixed search_path; tests/promises holds the list):

- `identity_citizen_of_phone(mac)`: a phone code is all that is known; one exact HMAC;
- `identity_forget_answers()`: answers kept for idempotency keys go after thirty days, of all tenants; no row is shown;
- `has_person_consent(person, source, purpose)`: processing asks at the query, for whichever tenant it works; it
  answers yes or no for one exact person, source and purpose (DAT-2).
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import grant, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:44:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation and functions of second factor, citizens and messages"

CONSTRAINTS = """
    alter table identity_membership
        drop constraint membership_role,
        add constraint membership_role check (role in ('administrator', 'member', 'reader',
            'system-administrator', 'security-administrator', 'auditor'));

    create index time_code_tenant on identity_time_code (tenant_id);
    alter table identity_recovery_code
        drop constraint identity_recovery_code_pkey,
        add primary key (tenant_id, person_id, code_hash),
        add constraint recovery_code_hash check (length(code_hash) = 32);

    alter table identity_citizen
        add constraint citizen_own_tenant check (tenant_id = person_id),
        add constraint citizen_phone check ((phone_mac is null) = (phone = '')),
        add constraint citizen_phone_mac check (length(phone_mac) = 32),
        add constraint citizen_phone_once unique (phone_mac),
        add constraint citizen_erased check (erased_at is null or phone_mac is null);

    alter table identity_guardian_consent
        drop constraint identity_guardian_consent_pkey, add primary key (tenant_id, id);
    alter table identity_person_consent
        drop constraint identity_person_consent_pkey, add primary key (tenant_id, id);
    create unique index person_consent_once on identity_person_consent (tenant_id, source_id, purpose)
        where withdrawn_at is null;

    alter table identity_phone_code
        add constraint phone_code_purpose check (purpose in ('register', 'sign-in', 'guardian')),
        add constraint phone_code_term check (expires_at > created_at),
        add constraint phone_code_hashes check (length(phone_mac) = 32 and length(code_mac) = 32);
    create index phone_code_over on identity_phone_code (expires_at);

    alter table identity_message
        add constraint message_channel check (channel in ('sms', 'email')),
        add constraint message_language check (language in ('zh', 'en')),
        add constraint message_state check (state in ('queued', 'sent', 'kept', 'failed')),
        add constraint message_error check (length(error) <= 500);
    create index message_due on identity_message (next_try_at) where state = 'queued';
    create index message_tenant on identity_message (tenant_id);
"""

FUNCTIONS = """
    drop function identity_session(bytea);
    create function identity_session(token_hash bytea)
        returns table (session_id uuid, expires_at timestamptz, seen_s double precision, person_id uuid,
                       tenant_id uuid, name text, organisation_id uuid, kind text, organisation_name_zh text,
                       organisation_name_en text, role text, second_factor_at timestamptz,
                       enrolled boolean)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select s.id, s.expires_at, extract(epoch from now() - s.last_seen_at)::double precision, p.id,
                     s.tenant_id, p.name, o.id, o.kind, o.name_zh, o.name_en, m.role, s.second_factor_at,
                     exists (select from public.identity_time_code t
                              where t.person_id = p.id and t.confirmed_at is not null)
                from public.identity_session s
                join public.identity_person p on p.id = s.person_id
                left join public.identity_membership m on m.person_id = p.id and m.tenant_id = s.tenant_id
                left join public.identity_organisation o on o.id = m.tenant_id
               where s.token_hash = $1 and s.ended_at is null and now() < s.expires_at
                 and now() < s.last_seen_at + s.idle_limit_s * interval '1 second'
                 and p.disabled_at is null and (o.id is not null or s.tenant_id = p.id) $$;

    create function identity_citizen_of_phone(mac bytea) returns table (person_id uuid, disabled boolean)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select c.person_id, p.disabled_at is not null
                from public.identity_citizen c join public.identity_person p on p.id = c.person_id
               where c.phone_mac = $1 $$;

    -- Answers kept for idempotency keys stay as they were written, and go after thirty days.
    drop trigger identity_idempotency_record_append_only on identity_idempotency_record;
    create trigger identity_idempotency_record_append_only before update on identity_idempotency_record
        for each row execute function refuse_change();
    create function identity_answer_is_old() returns trigger language plpgsql as $$
    begin
        if old.created_at > now() - interval '30 days' then
            raise exception 'the answer to an idempotency key is kept for thirty days' using errcode = 'restrict_violation';
        end if;
        return old;
    end $$;
    create trigger identity_answer_is_old before delete on identity_idempotency_record
        for each row execute function identity_answer_is_old();
    create function identity_forget_answers() returns bigint language sql security definer
        set search_path = pg_catalog, public, pg_temp
        as $$ with gone as (delete from public.identity_idempotency_record
                             where created_at < now() - interval '30 days' returning 1)
              select count(*) from gone $$;

    -- Whoever keeps an authority's people counts: otherwise a first administrator could be made twice.
    create or replace function identity_has_administrator() returns boolean language sql stable security definer
        set search_path = pg_catalog, public, pg_temp
        as $$ select exists (select from public.identity_membership m
                               join public.identity_organisation o on o.id = m.tenant_id
                              where o.kind = 'authority' and m.role in ('administrator', 'security-administrator')) $$;

    create function has_person_consent(person uuid, source text, purpose text) returns boolean
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select exists (select from public.identity_person_consent c
                              where c.tenant_id = $1 and c.source_id = $2 and c.purpose = $3
                                and c.withdrawn_at is null) $$;

    -- A consent of a person changes once: it is withdrawn.
    create trigger identity_person_consent_ends_once before update on identity_person_consent
        for each row execute function identity_consent_ends_once();

    -- System administrator, security administrator and auditor are three human beings (DUAL-7); an
    -- organisation's first administrator keeps the keys to its people and counts as its security administrator.
    create function identity_duties_apart() returns trigger language plpgsql
        set search_path = pg_catalog, public, pg_temp as $$
    declare
        apart constant text[] := array['system-administrator', 'security-administrator', 'auditor', 'administrator'];
    begin
        if exists (
            select from public.identity_membership m
              join public.identity_person p on p.id = m.person_id
              join public.identity_membership n on n.tenant_id = m.tenant_id and n.person_id <> m.person_id
              join public.identity_person q on q.id = n.person_id
              join public.identity_organisation o on o.id = m.tenant_id
             where o.kind = 'authority' and p.natural_person_id = q.natural_person_id
               and m.role <> n.role and m.role = any (apart) and n.role = any (apart)
               and p.disabled_at is null and q.disabled_at is null
        ) then
            raise exception 'one human being cannot hold two of the three administrators'' offices'
                using errcode = 'restrict_violation';
        end if;
        return null;
    end $$;
    create trigger identity_duties_apart after insert or update on identity_membership
        for each statement execute function identity_duties_apart();
    create trigger identity_duties_apart after update of natural_person_id, disabled_at on identity_person
        for each statement execute function identity_duties_apart();
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


def _isolation() -> str:
    web, scheduler = role(Role.WEB), role(Role.SCHEDULER)
    backup, auditor = role(Role.BACKUP), role(Role.AUDITOR)
    return "".join(
        [
            f"""grant select (second_factor_at), update (second_factor_at, token_hash, address, user_agent)
                    on identity_session to {web}, {scheduler};
                grant select (second_factor_at) on identity_session to {auditor};""",
            f"grant update (subject, link) on identity_notice to {web}, {scheduler};",
            tenant_isolation("identity_time_code"),
            grant("identity_time_code", "select, insert, update (secret, confirmed_at, last_step, created_at), delete"),
            _hidden_from_readers("identity_time_code", "person_id, tenant_id, created_at, confirmed_at, last_step"),
            tenant_isolation("identity_recovery_code"),
            grant("identity_recovery_code", "select, insert, update (used_at), delete"),
            _hidden_from_readers("identity_recovery_code", "id, tenant_id, person_id, used_at"),
            tenant_isolation("identity_data_key"),
            grant("identity_data_key", "select, insert, update (wrapped), delete"),
            # A key that a backup holds would bring an erased person back (DAT-4): keys are kept apart.
            f"revoke select on identity_data_key from {backup}, {auditor};"
            f"grant select (tenant_id, created_at) on identity_data_key to {auditor};",
            tenant_isolation("identity_citizen"),
            grant("identity_citizen", "select, insert, update (phone, phone_mac, birth_year, erased_at)"),
            tenant_isolation("identity_guardian_consent"),
            grant("identity_guardian_consent", "select, insert, update (guardian_name, guardian_phone)"),
            tenant_isolation("identity_person_consent"),
            grant("identity_person_consent", "select, insert, update (withdrawn_at)"),
            grant("identity_phone_code", "select, insert, update (tries, used_at), delete"),
            tenant_isolation("identity_message"),
            """create policy identity_message_nobody on identity_message
                   for insert with check (tenant_id is null and current_tenant() is null);""",
            f"create policy identity_message_scheduler on identity_message to {scheduler} using (true) with check (true);",
            grant("identity_message", "select, insert, update (recipient, content, state, tries, next_try_at, sent_at, error)"),
            f"grant delete on identity_message to {scheduler};",
            _hidden_from_readers("identity_message", "id, tenant_id, channel, kind, state, tries, created_at, sent_at, error"),
            _callable_by_the_running_roles("identity_session(bytea)"),
            _callable_by_the_running_roles("identity_citizen_of_phone(bytea)"),
            _callable_by_the_running_roles("identity_forget_answers()"),
            _callable_by_the_running_roles("has_person_consent(uuid, text, text)"),
        ]
    )


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="identity", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        for statements in (CONSTRAINTS, FUNCTIONS, _isolation()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
