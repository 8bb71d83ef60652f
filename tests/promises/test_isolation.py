"""House rules of the database, asked of PostgreSQL's own catalogue (SECURITY_REQUIREMENTS TEN-3 to TEN-7, LED-3)."""

import re

import pytest

from accounts.database.pool import current_pool
from accounts.database.roles import Role, role_name

WITHOUT_TENANT = {
    "projects_path": "the moves the rules lay down; written by migrations alone",
    "migration": "Piccolo's list of migrations run",
    "identity_attempt": "counters by hash of login and address, before anybody is known",
    "registry_ticket": "ids of transactions that move credits just now; nobody but the owner's function may touch it",
    "identity_phone_code": "codes to phones, before anybody is known: hashes under a key outside the database",
    "inclusion_arrival": "events under pseudonyms on their way to the settler: web may only add, the scheduler alone reads",
    "identity_bootstrap_code": "codes for the first administrator, before there is any tenant",
}
"""Tables without row-level security, each with its reason; everything else is isolated."""

PARTY_COLUMNS = {
    "tenant_id", "owner_id", "grantee_id", "enterprise_id", "bank_id", "person_id", "organisation_id", "citizen_id",
    "authority_id", "partner_id", "operator_id",
}  # fmt: skip

_ONLY_WRITER = (
    "the journal is the only writer of the books; the function checks the tenant's account or mandate"
)

DEFINERS = {
    "projects_energy_overlap": "own, other or nothing about one meter's days, so that energy is used once (LED-9)",
    "projects_is_barred": "one date, for the owner it is about and for authorities",
    "projects_move": "an event moves the state by the moves of the rules, and nothing else can",
    "projects_post_comment": "a stranger comments on a running notice; counts how often an address wrote",
    "projects_same_meters": "whose running project uses the same meters; another tenant's name stays empty (LED-9)",
    "registry_entry_numbers": "the numbers of an entry the tenant has a part in, wherever they went",
    "registry_history": "where numbers came from and how they ended is public; holders in between show to parties",
    "registry_let_creditor_draw": "a pledge gives its creditor the mandate on the pledged account",
    "registry_merge": "neighbours in one account become one block; no number moves",
    "registry_names": "whom an account belongs to, by its exact number or credit code, before something is sent there",
    "registry_totals": "sums over all holders for the public register, no holder",
    **dict.fromkeys(
        ["registry_account", "registry_move", "registry_open_batch", "registry_take_numbers"],
        "credits move with their postings, by these alone; they check the tenant's part",
    ),
    "tenant_is": "policies ask it, so it cannot depend on them",
    "identity_credentials": "signing in happens before any tenant is known; one exact login",
    "identity_session": "a token is all that is known; one exact hash",
    "identity_api_key_actor": "a key is all that is known; one exact hash",
    "identity_citizen_of_phone": "a phone code is all that is known; one exact HMAC",
    "identity_forget_answers": "answers older than thirty days go, of all tenants; it tells a number",
    "has_person_consent": "processing asks for one exact person, source and purpose (DAT-2): yes or no",
    "identity_has_administrator": "the first administrator is made when there is none",
    "enterprise_open_batch": "a table for one large batch, whose constraint holds the current tenant",
    "enterprise_certificate_taken": "one yes or no over all enterprises' green certificates, for the double-claim check",
    "enterprise_close_batch": "the same table becomes a partition behind the policies",
    "finance_firm_covered": "one sum of a firm's covered loans at all banks, for a bank that lends to it",
    "finance_pool_state": "a bank sees what a pool can cover: five sums, no rows",
    "finance_fund_numbers": "a bank sees what a fund still holds before it draws on it: sums, no rows",
    "finance_subsidised_principal": "one sum over all banks' loans of a firm, for a bank that holds its consent",
    "inclusion_close_day": "drops arrivals of a day that is over and wholly settled, nothing else",
    "inclusion_draw_pool": "the operator pools consenting persons' grams: it learns sums and numbered samples, no person",
    "inclusion_known_links": "a partner asks about the pseudonyms of its own source: known and consenting, no person",
    "inclusion_open_day": "a partition for a day, behind the parent's policies; anyone may need today's",
    "inclusion_pending_links": "the settler asks every person's consent in one query",
    "inclusion_ranking": "sums of teams of at least ten",
    "inclusion_signing_key": "a key's id is all that is known before the signature is checked; no secret",
    "inclusion_take_stock": "one piece of a reward for the person asking",
    "inclusion_use_coupon": "a merchant takes in a coupon that was made for it; nothing about its person",
    "ledger_balance_at": "sums over postings with others, for an account or mandate of the tenant",
    "ledger_statement": "names the account across, for an account of the tenant",
    "ledger_expire_holds": "holds of all tenants end at their time",
    "identity_read_audit": "the sequencer commits to records of all tenants, by id",
    "identity_read_decisions": "the sequencer commits to decisions of all tenants, by id",
    "transparency_read_entries": "the sequencer commits to entries of all tenants; what the parties share",
    **dict.fromkeys(
        [
            "ledger_end_mandate", "ledger_freeze", "ledger_grant_mandate", "ledger_open_account",
            "ledger_place_hold", "ledger_post", "ledger_register_commodity", "ledger_release_hold",
            "ledger_reverse", "ledger_settle_hold",
        ],
        _ONLY_WRITER,
    ),
}  # fmt: skip
"""Every SECURITY DEFINER function, with why it may see past the policies."""

FIXED_PATHS = {"search_path=pg_catalog, public, pg_temp", "search_path=public, pg_temp"}
"""Either way pg_catalog comes first and temporary objects last."""

PUBLISHED = {
    "ledger_commodity": "names and units of what is counted",
    "registry_batch": "what was ever issued is public",
    "registry_block": "numbers used up are public; all others show to their parties",
    "registry_external": "public records of other registries",
    "registry_issuance": "what was ever issued is public",
    "registry_retirement": "certificates are public",
    "factors_published": "tables of public emission factors, taken over by two persons of an authority",
    "projects_methodology_version": "methodologies as published",
    "finance_price": "prices of credits as published",
    "finance_rate": "loan prime rates as published",
    "finance_rate_decision": "which published rates are accepted",
    "transparency_leaf": "the public log: contents of public kinds, salted commitments of all others",
    "transparency_node": "hashes of the public log",
    "transparency_head": "signed heads of the public log",
    "transparency_delivery": "which keeper holds which head",
    "transparency_place": "where public leaves stand; places of a tenant's objects are its own",
}
"""Isolated against writing, readable by all."""

PUBLIC_ONCE_PUBLISHED = {
    "projects_project": "the rules publish a project for comment and in the register (Order 31, art. 12, 15)",
    "projects_claim": "the rules publish a claim for comment and in the register (Order 31, art. 19, 22)",
    "projects_boundary": "where a published project is",
    "projects_document": "documents the rules publish",
    "projects_document_part": "their bytes",
    "projects_calculation": "the tonnes of a published claim",
    "projects_event": "the history of a published project",
    "projects_hearing": "public notices",
    "projects_comment": "comments that show",
    "projects_answer": "answers to them",
}
"""Written by their parties, and readable by all from the day the party publishes them."""

SCHEDULER_SEES_ALL = {
    "identity_message": "the outbox of every tenant is sent",
    "identity_notice": "tasks of every tenant are reminded of before their day",
    **dict.fromkeys(
        [
            "inclusion_programme", "inclusion_source", "inclusion_link", "inclusion_campaign", "inclusion_gram_use",
            "inclusion_operator_claim", "inclusion_redemption", "inclusion_event", "inclusion_lapse",
            "inclusion_campaign_bonus", "inclusion_member", "inclusion_exclusion", "inclusion_day", "inclusion_city_day",
            "inclusion_recount", "inclusion_batch", "inclusion_event_key",
        ],
        "the settler works for all persons and partners",
    ),
    "timing_series": "the timetable is the scheduler's own",
    "timing_slot": "the timetable is the scheduler's own",
    "registry_transfer": "transfers go and holds end at their hour",
    "finance_rate": "feeds propose rates",
    "finance_rate_decision": "accruals read the rate in force",
    "finance_loan": "interest accrues on every bank's loans",
    "finance_fund": "subsidies are due from every fund",
    "finance_subsidy": "subsidies accrue for every bank",
    "finance_book_rollup": "every bank's book is summed each night",
    "finance_claim": "claims are computed for every bank",
    "finance_message": "messages of every tenant are sent",
    "finance_message_attempt": "attempts to send are recorded for every tenant",
    "finance_claim_event": "what was paid of claims counts in corrections",
    "finance_clawback_return": "what came back counts in corrections",
    "finance_interest_accrual": "interest accrues on every bank's loans",
    "finance_interest_adjustment": "corrections change the interest of every bank's loans",
    "finance_loan_event": "interest follows what happened to every bank's loans",
    "finance_loan_terms": "interest follows every loan's own terms",
    "finance_subsidy_adjustment": "corrections change subsidies of every bank",
    "finance_subsidy_accrual": "subsidies accrue for every bank",
    **dict.fromkeys(
        [
            "transparency_queue", "transparency_leaf", "transparency_node", "transparency_head",
            "transparency_place", "transparency_secret", "transparency_opening", "transparency_delivery",
        ],
        "the sequencer gives what all tenants handed in its place in the one log",
    ),
}  # fmt: skip
"""Tables the role `scheduler` reaches without a tenant; the role `web` never does."""

UNIQUE_ACROSS_TENANTS = {
    "projects_methodology_version_once": "a version of a methodology is published once; only authorities publish",
    "projects_project_code_once": "a code people know a project by; eight random letters",
    "organisation_credit_code_once": "an organisation is taken in once; only an authority is told",
    "organisation_listed_name_once": "an import of reported figures finds it again by its name",
    "person_login_once": "a login names one person before any tenant is known",
    "citizen_phone_once": "a number registers one citizen; the index holds HMACs and codes prove the number",
    "session_token_once": "a hash of 256 random bits",
    "api_key_secret_once": "a hash of 256 random bits",
    "registry_batch_commodity": "a line of numbers has one commodity; public",
    "registry_batch_line": "scheme, project and vintage name one line of numbers; public",
    "registry_batch_pkey": "a line of numbers is common to all; public",
    "registry_external_once": "a public record is taken in once",
    "registry_issuance_once": "a key of the authority that issues",
    "registry_retirement_entry": "an entry's id is random",
    "registry_retirement_number": "a certificate's number; public",
    "ledger_commodity_pkey": "a commodity is common to all",
    "ledger_posting_credits": "an account has one tenant and a random id; only the journal writes here",
    "ledger_posting_debits": "an account has one tenant and a random id; only the journal writes here",
    "transparency_leaf_pkey": "a place in the one log, without tenant",
    "transparency_node_pkey": "a place in the one tree, without tenant",
    "transparency_place_pkey": "an object stands in the log once for each kind; its id is random",
    "transparency_delivery_pkey": "a head reaches a keeper once",
    "ledger_entry_one_reversal": "an entry is reversed once; its id is random",
    "finance_evidence_once": "an invoice stands for one loan at one bank (LED-9); a digest, and only loan officers write it",
    "finance_rate_once": "a published rate is proposed once",
    "finance_rate_decision_once": "a proposed rate is decided once",
    "finance_subsidy_once": "a loan is subsidised once; its id is random",
    "flag_once": "a reported total is flagged once for each reason; its id is random",
    "inclusion_link_once": "a source's pseudonym names one person; its hash is random, and only a person links it",
    "inclusion_pool_sample_once": "numbers within a pool, whose id is random",
    "inclusion_redemption_coupon_once": "a coupon is twelve random letters",
    "inclusion_team_code_once": "a team's code is eight random letters",
    "timing_series_once": "the timetable is common to all",
    "timing_slot_once": "a due time is claimed once (JOB-1)",
}
"""Unique indexes of isolated tables that do not include a party; what a refusal tells is weighed in each."""

MUST_BE_APPEND_ONLY = {
    "identity_audit_record", "identity_consent_read", "identity_decision", "identity_draft",
    "identity_idempotency_record", "ledger_entry", "ledger_posting",
    "enterprise_account_version", "enterprise_account_version_line", "enterprise_activity",
    "enterprise_certificate_claim", "factors_own_factor", "factors_published", "finance_interest_accrual", "finance_subsidy_accrual",
    "transparency_leaf", "transparency_node", "transparency_head", "transparency_place",
}  # fmt: skip


@pytest.fixture
async def tables(database) -> dict[str, dict]:
    rows = await current_pool().fetch("""
        select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
               pg_get_userbyid(c.relowner) as owner,
               array(select a.attname::text from pg_attribute a
                      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
          from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    """)
    found = {row["name"]: dict(row) for row in rows}
    assert "identity_consent" in found
    return found


def isolated(tables):
    return {name for name, table in tables.items() if table["enabled"]}


async def test_every_table_is_isolated_or_on_the_short_list(tables):
    open_tables = {name for name in tables if not (tables[name]["enabled"] and tables[name]["forced"])}
    assert open_tables == set(WITHOUT_TENANT) & set(tables), "enable and force RLS, or give a reason here"


async def test_no_table_with_a_party_lacks_isolation(tables):
    assert not [name for name in WITHOUT_TENANT if PARTY_COLUMNS & set(tables[name]["columns"])]


async def test_every_policy_for_the_running_roles_asks_for_the_tenant(tables):
    rows = await current_pool().fetch("""
        select tablename, policyname, roles::text[] as roles, coalesce(qual, '') as using_rule,
               coalesce(with_check, qual, '') as check_rule, cmd
          from pg_policies where schemaname = 'public'
    """)
    asks = re.compile(r"current_tenant\(\)|tenant_is\(|has_consent\(|consenting_owners\(")
    served = {role_name("carbon", Role.WEB), role_name("carbon", Role.SCHEDULER), "public"}
    careless = {
        (row["tablename"], role)
        for row in rows
        for role in served & set(row["roles"])
        if not asks.search(row["using_rule"] + row["check_rule"])
    }
    scheduler = role_name("carbon", Role.SCHEDULER)
    known = {(table, scheduler) for table in SCHEDULER_SEES_ALL} | {(table, "public") for table in PUBLISHED}
    known |= {(table, "public") for table in PUBLIC_ONCE_PUBLISHED}
    assert careless == known
    assert isolated(tables) == {row["tablename"] for row in rows}


async def test_what_becomes_public_does_so_by_its_publication_alone(tables):
    rows = await current_pool().fetch(
        """select tablename, policyname, cmd, coalesce(qual, '') as rule from pg_policies
            where tablename = any ($1) and 'public' = any (roles)""",
        list(PUBLIC_ONCE_PUBLISHED),
    )
    open_policies = [row for row in rows if not re.search(r"current_tenant\(\)|tenant_is\(", row["rule"])]
    assert {row["tablename"] for row in open_policies} == set(PUBLIC_ONCE_PUBLISHED)
    for row in open_policies:
        assert row["cmd"] == "SELECT", row
        assert "published_on IS NOT NULL" in row["rule"], row


async def test_what_all_may_read_only_authorities_or_the_journal_write(tables):
    for table in PUBLISHED:
        rows = await current_pool().fetch(
            """select cmd, coalesce(with_check, qual) as rule from pg_policies
                where tablename = $1 and 'public' = any (roles) and cmd <> 'SELECT'""",
            table,
        )
        may_write = await current_pool().fetchval(
            "select has_table_privilege('carbon_web', $1, 'insert, update, delete')", table
        )
        assert not may_write or all("tenant_is('authority'" in row["rule"] for row in rows), table


async def test_the_running_roles_own_nothing_and_have_no_special_powers(tables):
    owner = role_name("carbon", Role.OWNER)
    assert {table["owner"] for table in tables.values()} == {owner}
    rows = await current_pool().fetch(
        """select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as power,
                  pg_has_role(rolname, $2, 'member') as is_owner, coalesce(rolconfig, '{}') as settings,
                  exists (select from pg_proc p where p.proowner = r.oid) as owns_functions
             from pg_roles r where rolname = any ($1)""",
        [role_name("carbon", role) for role in Role if role is not Role.OWNER],
        owner,
    )
    assert len(rows) == len(Role) - 1
    for row in rows:
        assert not row["power"], row["rolname"]
        assert not row["is_owner"], row["rolname"]
        assert not row["owns_functions"], row["rolname"]
        limited = {setting.partition("=")[0] for setting in row["settings"]}
        assert limited >= {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}


async def test_definer_functions_are_the_short_list_with_a_fixed_search_path(database):
    rows = await current_pool().fetch("""
        select p.proname as name, coalesce(p.proconfig, '{}') as settings
          from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
    """)
    assert {row["name"] for row in rows} == set(DEFINERS)
    for row in rows:
        [path] = [one for one in row["settings"] if one.startswith("search_path=")]
        assert path.replace('"', "") in FIXED_PATHS, row["name"]


async def test_looking_up_a_login_or_token_is_for_the_running_roles_only(database):
    rows = await current_pool().fetch(
        """select p.proname as name,
                  array(select r.rolname::text from pg_roles r
                         where r.rolname like 'carbon\\_%' and has_function_privilege(r.rolname, p.oid, 'execute'))
                      as callers
             from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
              and p.proname <> 'tenant_is'"""
    )
    for row in rows:
        assert set(row["callers"]) <= {"carbon_owner", "carbon_web", "carbon_scheduler"}, row["name"]


async def test_views_obey_the_callers_policies_and_nothing_is_materialised(database):
    rows = await current_pool().fetch("""
        select relname as name, relkind::text as kind, coalesce(reloptions, '{}') as options from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
    """)
    assert [row["name"] for row in rows if row["kind"] == "m"] == []
    for row in rows:
        assert {"security_invoker=true", "security_invoker=on"} & set(row["options"]), row["name"]


async def test_append_only_tables_refuse_by_trigger_and_by_grant(tables):
    rows = await current_pool().fetch("""
        select c.relname as name, array_agg(t.tgname::text) as triggers from pg_trigger t
          join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
         where p.proname = 'refuse_change' group by c.relname
    """)
    guarded = {row["name"]: set(row["triggers"]) for row in rows}
    append_only = {name for name, triggers in guarded.items() if f"{name}_append_only" in triggers}
    assert append_only >= MUST_BE_APPEND_ONLY
    for name in append_only:
        assert f"{name}_no_truncate" in guarded[name]
        for role in (Role.WEB, Role.SCHEDULER, Role.AUDITOR, Role.BACKUP):
            for verb in ("update", "delete", "truncate"):
                may = await current_pool().fetchval(
                    "select has_table_privilege($1, $2, $3)", role_name("carbon", role), name, verb
                )
                assert not may, f"{role} may {verb} {name}"


async def test_nobody_but_the_owner_truncates_or_builds(tables):
    for name in tables:
        for role in (Role.WEB, Role.SCHEDULER, Role.AUDITOR, Role.BACKUP):
            for verb in ("truncate", "references", "trigger"):
                may = await current_pool().fetchval(
                    "select has_table_privilege($1, $2, $3)", role_name("carbon", role), name, verb
                )
                assert not may, f"{role} may {verb} {name}"


async def test_readers_write_nothing(tables):
    for name in tables:
        for role in (Role.AUDITOR, Role.BACKUP):
            for verb in ("insert", "update", "delete"):
                may = await current_pool().fetchval(
                    "select has_table_privilege($1, $2, $3) or ($3 <> 'delete' and has_any_column_privilege($1, $2, $3))",
                    role_name("carbon", role),
                    name,
                    verb,
                )
                assert not may, f"{role} may {verb} {name}"


async def test_unique_keys_of_tenant_data_include_a_party(tables):
    rows = await current_pool().fetch("""
        select t.relname as name, i.relname as index,
               array(select a.attname::text from pg_attribute a
                      where a.attrelid = t.oid and a.attnum = any (x.indkey)) as columns
          from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
         where t.relnamespace = 'public'::regnamespace and x.indisunique
    """)
    telling = {
        row["index"]
        for row in rows
        if row["name"] in isolated(tables)
        and row["columns"] != ["id"]
        and not PARTY_COLUMNS & set(row["columns"])
    }
    assert telling == set(UNIQUE_ACROSS_TENANTS), "include the tenant, or give a reason here"
