"""Constraints, isolation, grants and the functions of accounts/projects.

Who sees a row: a project its owner; the body named to validate it and the authority once it left the draft; everybody
once it is published (the rules ask for that). What hangs on a project shows to whom the project shows, documents
and events only when they are public. A doubt about uniqueness shows to the authority alone (LED-9).

SECURITY DEFINER functions of this room (each with a fixed search_path; tests/promises holds the list):

- `projects_move()`: the trigger that lets an event through, by the moves of `projects_path`, and moves the state;
- `projects_post_comment(…)`: a stranger comments on a running notice: checks that it runs, and how often an address wrote;
- `projects_is_barred(owner, scheme, day)`: one date, so that an owner learns why it may not apply;
- `projects_same_meters(project)`: whose other running projects use its meters; another tenant's name stays empty;
- `projects_energy_overlap(…)`: own, other or nothing, about a meter's period, and no row of anyone.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, isolation, grants and functions of projects"

CONSTRAINTS = """
    alter table projects_project
        add constraint projects_project_code_once unique (code),
        add constraint projects_project_names check (length(name_zh) between 1 and 200 and length(name_en) <= 200),
        add constraint projects_project_crediting check (crediting_starts_on <= crediting_ends_on),
        add constraint projects_project_expected check (expected_t_per_year between 0 and 1000000000);
    create index projects_project_owner on projects_project (tenant_id, id desc);
    create index projects_project_published on projects_project (published_on desc, id) where published_on is not null;
    create index projects_project_state on projects_project (state, due_on);

    alter table projects_boundary
        add column box box generated always as (box(point(west, south), point(east, north))) stored,
        add constraint projects_boundary_once unique (tenant_id, project_id, version, number),
        add constraint projects_boundary_degrees check (
            -180 <= west and west < east and east <= 180 and -90 <= south and south < north and north <= 90),
        add constraint projects_boundary_area check (area_ha > 0 and area_ha <> 'NaN');
    create index projects_boundary_box on projects_boundary using gist (box);

    alter table projects_installation
        add constraint projects_installation_once unique (tenant_id, project_id, version, folded),
        add constraint projects_installation_kind check (kind in ('meter', 'installation')),
        add constraint projects_installation_text check (length(identifier) between 1 and 100);
    create index projects_installation_folded on projects_installation (folded);

    alter table projects_document
        add constraint projects_document_size check (size_bytes between 1 and 33554432),
        add constraint projects_document_hash check (sha256 ~ '^[0-9a-f]{64}$');
    create unique index projects_document_version on projects_document
        (tenant_id, project_id, coalesce(claim_id, project_id), kind, version);
    create index projects_document_project on projects_document (project_id, uploaded_at);
    alter table projects_document_part drop constraint projects_document_part_pkey, add primary key (tenant_id, document_id, number);

    alter table projects_claim
        add constraint projects_claim_days check (starts_on <= ends_on),
        add constraint projects_claim_number unique (tenant_id, project_id, number),
        add constraint projects_claim_period_once exclude using gist (
            tenant_id with =, project_id with =, daterange(starts_on, ends_on, '[]') with &&) where (state <> 'withdrawn');
    create index projects_claim_verifier on projects_claim (verifier_id, state);
    create index projects_claim_project on projects_claim (project_id, number);

    alter table projects_calculation
        add constraint projects_calculation_amounts check (credits_t >= 0 and buffer_t >= 0);
    create index projects_calculation_claim on projects_calculation (claim_id, computed_at desc);

    alter table projects_event
        add constraint projects_event_role check (role in ('owner', 'validator', 'verifier', 'authority', 'system')),
        add constraint projects_event_reason check (length(reason) <= 4000);
    create index projects_event_project on projects_event (project_id, id);

    alter table projects_path add constraint projects_path_once unique (scheme, kind, source, act);

    alter table projects_hearing add constraint projects_hearing_days check (starts_on <= ends_on);
    create index projects_hearing_project on projects_hearing (project_id, id);

    alter table projects_comment
        add constraint projects_comment_text check (length(text) between 1 and 4000 and length(author) <= 100 and length(contact) <= 200),
        add constraint projects_comment_state check (state in ('waiting', 'shown', 'hidden'));
    create index projects_comment_hearing on projects_comment (hearing_id, id);
    create index projects_comment_address on projects_comment (address_hash, posted_at);
    create index projects_answer_comment on projects_answer (comment_id, id);

    create index projects_doubt_project on projects_doubt (project_id, id);
    create index projects_bar_owner on projects_bar (owner_id, until);

    alter table projects_energy_claim
        add constraint projects_energy_claim_days check (starts_on <= ends_on),
        add constraint projects_energy_claim_use check (used_for in ('credit', 'green-certificate')),
        add constraint projects_energy_claim_state check (state in ('claimed', 'held', 'released')),
        add constraint projects_energy_claim_kwh check (kwh is null or (kwh >= 0 and kwh <> 'NaN')),
        add constraint projects_energy_claim_once exclude using gist (
            folded with =, attribute with =, daterange(starts_on, ends_on, '[]') with &&) where (state = 'claimed');
    create index projects_energy_claim_source on projects_energy_claim (source_id);

    alter table projects_methodology_version
        add constraint projects_methodology_version_once unique (methodology, version),
        add constraint projects_methodology_version_fingerprint check (fingerprint ~ '^[0-9a-f]{64}$');
"""

FUNCTIONS = """
    create function projects_move() returns trigger language plpgsql security definer
        set search_path = pg_catalog, public, pg_temp as $$
    declare
        project public.projects_project;
        claim public.projects_claim;
        which text := 'project';
        here text;
        held boolean;
    begin
        select * into project from public.projects_project where id = new.project_id for update;
        if project.id is null then
            raise exception 'projects: there is no such project' using errcode = 'foreign_key_violation';
        end if;
        here := project.state;
        if new.claim_id is not null then
            select * into claim from public.projects_claim where id = new.claim_id and project_id = project.id for update;
            if claim.id is null then
                raise exception 'projects: there is no such claim' using errcode = 'foreign_key_violation';
            end if;
            which := 'claim';
            here := claim.state;
        end if;
        if here <> new.source then
            raise exception 'projects: the state is %, not %', here, new.source using errcode = 'object_not_in_prerequisite_state';
        end if;
        perform from public.projects_path p where p.scheme = project.scheme and p.kind = which and p.source = here
            and p.act = new.act and p.target = new.target and p.role = new.role;
        if not found then
            raise exception 'projects: % does not lead from % to % for the %', new.act, here, new.target, new.role
                using errcode = 'check_violation';
        end if;
        held := case new.role
            when 'owner' then project.tenant_id = public.current_tenant()
            when 'validator' then project.validator_id = public.current_tenant()
            when 'verifier' then claim.verifier_id = public.current_tenant() and claim.verifier_id is distinct from project.validator_id
            when 'authority' then public.tenant_is('authority')
            else false end;
        if held is not true then
            raise exception 'projects: the acting tenant is not the %', new.role using errcode = 'insufficient_privilege';
        end if;
        new.owner_id := project.tenant_id;
        if which = 'project' then
            update public.projects_project set state = new.target, state_since = now(), due_on = new.due_on,
                   published_on = case when new.target = 'draft' then null
                                       when new.target in ('notice', 'registered') then coalesce(published_on, new.acted_on)
                                       else published_on end,
                   registered_on = case when new.target = 'registered' then new.acted_on else registered_on end
             where id = project.id;
        else
            update public.projects_claim set state = new.target, state_since = now(), due_on = new.due_on,
                   published_on = case when new.target in ('monitoring', 'report_draft') then null
                                       when new.target in ('notice', 'registered') then coalesce(published_on, new.acted_on)
                                       else published_on end,
                   registered_on = case when new.target = 'registered' then new.acted_on else registered_on end
             where id = claim.id;
        end if;
        return new;
    end $$;
    create trigger projects_event_moves before insert on projects_event for each row execute function projects_move();

    create function projects_keep_content() returns trigger language plpgsql as $$
    declare
        moving text[] := array['state', 'state_since', 'due_on', 'published_on', 'registered_on'];
        here text := old.state;
    begin
        if to_jsonb(new) - moving is distinct from to_jsonb(old) - moving
           and not (here in ('draft', 'monitoring', 'report_draft')) then
            raise exception '%: nothing changes in the state %', tg_table_name, here using errcode = 'restrict_violation';
        end if;
        return new;
    end $$;
    create trigger projects_project_content before update on projects_project for each row execute function projects_keep_content();
    create trigger projects_claim_content before update on projects_claim for each row execute function projects_keep_content();

    create function projects_post_comment(hearing uuid, comment_id uuid, author text, contact text, body text, wanted text, address bytea)
        returns text language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
    declare
        found_hearing public.projects_hearing;
        today date := (now() at time zone 'Asia/Shanghai')::date;
    begin
        select h.* into found_hearing from public.projects_hearing h
          join public.projects_project p on p.id = h.project_id and p.published_on is not null
          left join public.projects_claim c on c.id = h.claim_id
         where h.id = hearing and coalesce(c.state, p.state) = 'notice';
        if found_hearing.id is null then return 'missing'; end if;
        if today < found_hearing.starts_on or today > found_hearing.ends_on then return 'closed'; end if;
        if (select count(*) from public.projects_comment k where k.address_hash = address and k.posted_at > now() - interval '1 hour') >= 5
        then return 'too-many'; end if;
        if (select count(*) from public.projects_comment k where k.hearing_id = hearing) >= 1000 then return 'full'; end if;
        insert into public.projects_comment (id, owner_id, project_id, hearing_id, author, contact, text, state, address_hash)
            values (comment_id, found_hearing.tenant_id, found_hearing.project_id, hearing, author, contact, body,
                    case wanted when 'shown' then 'shown' else 'waiting' end, address);
        return 'taken';
    end $$;

    create function projects_is_barred(owner uuid, wanted text, day date) returns date
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select max(b.until) from public.projects_bar b where b.owner_id = $1 and b.scheme = $2 and b.until >= $3
                 and ($1 = public.current_tenant() or public.tenant_is('authority')) $$;

    create function projects_same_meters(wanted uuid)
        returns table (other_id uuid, other_tenant_id uuid, identifier text, code text, name text)
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select p.id, case when p.tenant_id = public.current_tenant() or public.tenant_is('authority') then p.tenant_id end,
                     i.identifier,
                     case when p.tenant_id = public.current_tenant() or public.tenant_is('authority') then p.code else '' end,
                     case when p.tenant_id = public.current_tenant() or public.tenant_is('authority') then p.name_zh else '' end
                from public.projects_project mine
                join public.projects_installation i on i.project_id = mine.id
                 and i.version = (select max(v.version) from public.projects_installation v where v.project_id = mine.id)
                join public.projects_installation o on o.folded = i.folded and o.project_id <> mine.id
                 and o.version = (select max(v.version) from public.projects_installation v where v.project_id = o.project_id)
                join public.projects_project p on p.id = o.project_id
                 and p.state not in ('draft', 'on_hold', 'cancelled', 'revoked')
                 and daterange(p.crediting_starts_on, p.crediting_ends_on, '[]') && daterange(mine.crediting_starts_on, mine.crediting_ends_on, '[]')
               where mine.id = $1 and (mine.tenant_id = public.current_tenant() or public.tenant_is('authority')) $$;

    create function projects_energy_overlap(meter text, wanted text, starts date, ends date, source uuid) returns text
        language sql stable security definer set search_path = pg_catalog, public, pg_temp
        as $$ select case when bool_or(e.tenant_id = public.current_tenant()) then 'own' when count(*) > 0 then 'other' else '' end
                from public.projects_energy_claim e
               where public.current_tenant() is not null and e.folded = $1 and e.attribute = $2 and e.state = 'claimed'
                 and daterange(e.starts_on, e.ends_on, '[]') && daterange($3, $4, '[]') and e.source_id <> $5 $$;
"""

PATHS = """
    ccer project draft publish notice owner
    ccer project draft hold on_hold owner
    ccer project on_hold clear draft authority
    ccer project on_hold refuse_unique draft authority
    ccer project notice close_notice validation owner
    ccer project validation validate validated validator
    ccer project validation reject rejected_by_vvb validator
    ccer project validated revise draft owner
    ccer project rejected_by_vvb revise draft owner
    ccer project not_registered revise draft owner
    ccer project notice withdraw draft owner
    ccer project validated apply applied owner
    ccer project not_registered apply applied owner
    ccer project applied receive under_review authority
    ccer project under_review register registered authority
    ccer project under_review refuse not_registered authority
    ccer project registered cancel cancelled authority
    ccer project registered revoke revoked authority
    ccer claim monitoring draft_report report_draft owner
    ccer claim report_draft draft_report report_draft owner
    ccer claim report_draft publish notice owner
    ccer claim notice close_notice verification owner
    ccer claim verification verify verified verifier
    ccer claim verification reject rejected_by_vvb verifier
    ccer claim verified revise report_draft owner
    ccer claim rejected_by_vvb revise report_draft owner
    ccer claim not_registered revise report_draft owner
    ccer claim monitoring withdraw withdrawn owner
    ccer claim report_draft withdraw withdrawn owner
    ccer claim notice withdraw withdrawn owner
    ccer claim verified withdraw withdrawn owner
    ccer claim rejected_by_vvb withdraw withdrawn owner
    ccer claim not_registered withdraw withdrawn owner
    ccer claim verified apply applied owner
    ccer claim not_registered apply applied owner
    ccer claim applied receive under_review authority
    ccer claim under_review issue registered authority
    ccer claim under_review refuse not_registered authority
    cqcer project draft apply applied owner
    cqcer project not_registered apply applied owner
    cqcer project draft hold on_hold owner
    cqcer project on_hold clear draft authority
    cqcer project on_hold refuse_unique draft authority
    cqcer project applied receive under_review authority
    cqcer project under_review register registered authority
    cqcer project under_review refuse not_registered authority
    cqcer project not_registered revise draft owner
    cqcer project registered cancel cancelled authority
    cqcer project registered revoke revoked authority
    cqcer claim monitoring draft_report report_draft owner
    cqcer claim report_draft draft_report report_draft owner
    cqcer claim report_draft publish verification owner
    cqcer claim verification verify verified verifier
    cqcer claim verification reject rejected_by_vvb verifier
    cqcer claim verified revise report_draft owner
    cqcer claim rejected_by_vvb revise report_draft owner
    cqcer claim not_registered revise report_draft owner
    cqcer claim monitoring withdraw withdrawn owner
    cqcer claim report_draft withdraw withdrawn owner
    cqcer claim verified withdraw withdrawn owner
    cqcer claim rejected_by_vvb withdraw withdrawn owner
    cqcer claim not_registered withdraw withdrawn owner
    cqcer claim verified apply applied owner
    cqcer claim not_registered apply applied owner
    cqcer claim applied receive under_review authority
    cqcer claim under_review issue registered authority
    cqcer claim under_review refuse not_registered authority"""
"""Scheme, kind, state, act, next state, role: as routes.toml had them; a test keeps the two equal."""


def _isolation() -> str:
    own, owner = "tenant_id = current_tenant()", "owner_id = current_tenant()"
    authority = "(select tenant_is('authority'))"
    shown = "exists (select from projects_project p where p.id = project_id and p.published_on is not null)"
    parties = (
        "exists (select from projects_project p where p.id = project_id and (p.tenant_id = current_tenant()"
        " or (p.validator_id = current_tenant() and p.state <> 'draft')))"
    )
    office = (
        f"{authority} and exists (select from projects_project p where p.id = project_id and p.tenant_id <> current_tenant())"
    )
    claim_shown = (
        "claim_id is null or exists (select from projects_claim c where c.id = claim_id and c.published_on is not null)"
    )
    verifies = "exists (select from projects_claim c where c.id = claim_id and c.verifier_id = current_tenant())"
    lines = [
        tenant_isolation("projects_project", own),
        readable_when("projects_project", "published", "published_on is not null"),
        readable_when("projects_project", "validator", "validator_id = current_tenant() and state <> 'draft'"),
        readable_when("projects_project", "authority", f"{authority} and (state <> 'draft' or published_on is not null)"),
        tenant_isolation("projects_claim", own),
        readable_when("projects_claim", "published", f"published_on is not null and {shown}"),
        readable_when(
            "projects_claim", "verifier", "verifier_id = current_tenant() and state not in ('monitoring', 'report_draft')"
        ),
        readable_when("projects_claim", "authority", f"{authority} and state not in ('monitoring', 'report_draft')"),
    ]
    for table in ("projects_boundary", "projects_installation"):
        lines += [
            tenant_isolation(table, own),
            readable_when(table, "parties", parties),
            readable_when(table, "authority", office),
        ]
    lines += [readable_when("projects_boundary", "published", shown)]
    for table in ("projects_hearing", "projects_answer"):
        lines += [
            tenant_isolation(table, own),
            readable_when(table, "parties", parties),
            readable_when(table, "authority", authority),
            readable_when(table, "published", shown),
        ]
    lines += [
        tenant_isolation("projects_document", own),
        readable_when("projects_document", "project_owner", owner),
        readable_when("projects_document", "parties", f"claim_id is null and {parties}"),
        readable_when("projects_document", "verifier", verifies),
        readable_when("projects_document", "authority", office),
        readable_when("projects_document", "published", f"is_public and {shown} and ({claim_shown})"),
        tenant_isolation("projects_document_part", own),
        readable_when(
            "projects_document_part",
            "parties",
            "current_tenant() is not null and exists (select from projects_document d where d.id = document_id)",
        ),
        readable_when(
            "projects_document_part",
            "published",
            "exists (select from projects_document d join projects_project p on p.id = d.project_id"
            " where d.id = document_id and d.is_public and p.published_on is not null)",
        ),
        tenant_isolation("projects_calculation", own),
        readable_when("projects_calculation", "verifier", verifies),
        readable_when("projects_calculation", "authority", office),
        readable_when("projects_calculation", "published", f"{shown} and ({claim_shown})"),
        tenant_isolation("projects_event", own),
        readable_when("projects_event", "project_owner", owner),
        readable_when("projects_event", "parties", f"{parties} or {verifies}"),
        readable_when("projects_event", "authority", office),
        readable_when("projects_event", "published", f"is_public and {shown} and ({claim_shown})"),
        tenant_isolation("projects_comment", authority),
        readable_when("projects_comment", "project_owner", f"{owner} and state = 'shown'"),
        readable_when("projects_comment", "published", f"state = 'shown' and {shown}"),
        tenant_isolation("projects_doubt", authority),
        f"create policy projects_doubt_owner_adds on projects_doubt for insert with check ({owner});",
        tenant_isolation("projects_clearance", f"authority_id = current_tenant() and {authority}"),
        readable_when("projects_clearance", "authority", authority),
        readable_when("projects_clearance", "project_owner", owner),
        tenant_isolation("projects_bar", f"authority_id = current_tenant() and {authority}"),
        readable_when("projects_bar", "project_owner", owner),
        readable_when("projects_bar", "authority", authority),
        tenant_isolation("projects_energy_claim", own),
        readable_when("projects_energy_claim", "authority", authority),
        tenant_isolation("projects_methodology_version", f"authority_id = current_tenant() and {authority}"),
        readable_when("projects_methodology_version", "published", "true"),
    ]
    return "".join(lines)


def _grants() -> str:
    kept = (
        "boundary", "installation", "document_part", "calculation", "event", "hearing", "answer", "doubt", "clearance", "bar",
        "methodology_version",
    )  # fmt: skip
    web = role(Role.WEB)
    lines = [append_only(f"projects_{name}") for name in kept]
    lines += [
        grant(f"projects_{name}", "select, insert", Role.WEB)
        for name in (*kept, "project", "claim", "document", "energy_claim")
    ]
    lines.append(f"""
        grant update (scheme, methodology, name_zh, name_en, about, district, construction_started_on, crediting_starts_on,
            crediting_ends_on, expected_t_per_year, declarations, validator_id, validator_name_zh, validator_name_en) on projects_project to {web};
        grant update (verifier_id, verifier_name_zh, verifier_name_en) on projects_claim to {web};
        grant update (is_public) on projects_document to {web};
        grant update (state) on projects_energy_claim to {web};
        grant select (id, owner_id, project_id, hearing_id, author, text, state, posted_at), update (state) on projects_comment to {web};
        grant select on projects_path to {web};
    """)
    for function in (
        "projects_post_comment(uuid, uuid, text, text, text, text, bytea)",
        "projects_is_barred(uuid, text, date)",
        "projects_same_meters(uuid)",
        "projects_energy_overlap(text, text, date, date, uuid)",
    ):
        lines.append(f"revoke all on function {function} from public; grant execute on function {function} to {web};")
    lines.append("revoke all on function projects_move() from public;")
    return "".join(lines)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="projects", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        await connection.execute(CONSTRAINTS)
        await connection.execute(FUNCTIONS)
        await connection.executemany(
            "insert into projects_path (id, scheme, kind, source, act, target, role) values (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
            [line.split() for line in PATHS.strip().splitlines()],
        )
        for statements in (_isolation(), _grants()):
            await connection.execute(statements)

    manager.add_raw(run)
    return manager
