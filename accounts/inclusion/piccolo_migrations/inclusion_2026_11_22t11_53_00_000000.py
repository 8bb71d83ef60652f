"""Partitions, constraints, isolation, grants and functions of accounts/inclusion.

A person's rows show to that person alone; the scheduler settles for all. A partner sees its sources, keys and batches,
never a person: it asks `inclusion_known_links` about the pseudonyms it made itself. Arrivals have no owner yet: the role
web may only add to them, and only the scheduler reads them.
"""

from importlib import resources

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from accounts.database.engine import DB
from accounts.database.policies import append_only, grant, readable_when, role, tenant_isolation
from accounts.database.roles import Role

ID = "2026-11-22T11:53:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "partitions, constraints, isolation, grants and functions of inclusion"

PERSON = "person_id = current_tenant()"
OPERATOR = "operator_id = current_tenant()"
PARTNER = "partner_id = current_tenant()"
SIGNED_IN = "(select current_tenant()) is not null"
AUTHORITY = "(select tenant_is('authority'))"
VERIFIER = "(select tenant_is('verifier'))"


def _isolation() -> str:
    return "".join(
        [
            tenant_isolation("inclusion_programme", f"{OPERATOR} and {AUTHORITY}"),
            readable_when("inclusion_programme", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_source", PARTNER),
            readable_when("inclusion_source", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_source_key", PARTNER),
            tenant_isolation("inclusion_member", PERSON),
            tenant_isolation("inclusion_link", PERSON),
            tenant_isolation("inclusion_batch", PARTNER),
            readable_when("inclusion_batch", "authority", AUTHORITY),
            tenant_isolation("inclusion_event_key", "partner_id = (select current_tenant())"),
            tenant_isolation("inclusion_event", "person_id = (select current_tenant())"),
            tenant_isolation("inclusion_exclusion", AUTHORITY),
            readable_when("inclusion_exclusion", "person", PERSON),
            tenant_isolation("inclusion_day", "person_id = (select current_tenant())"),
            tenant_isolation("inclusion_recount", f"{PERSON} or {AUTHORITY}"),
            tenant_isolation("inclusion_city_day", OPERATOR),
            readable_when("inclusion_city_day", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_lapse", PERSON),
            tenant_isolation("inclusion_reward", f"{OPERATOR} and {AUTHORITY}"),
            readable_when("inclusion_reward", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_redemption", f"{PERSON} or {OPERATOR}"),
            tenant_isolation("inclusion_cause", f"{OPERATOR} and {AUTHORITY}"),
            readable_when("inclusion_cause", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_gram_use", PERSON),
            tenant_isolation("inclusion_appeal", f"{PERSON} or {OPERATOR}"),
            tenant_isolation("inclusion_team", "founder_id = current_tenant()"),
            readable_when("inclusion_team", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_team_member", PERSON),
            tenant_isolation("inclusion_campaign", f"{OPERATOR} and {AUTHORITY}"),
            readable_when("inclusion_campaign", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_campaign_bonus", PERSON),
            tenant_isolation("inclusion_operator_claim", f"{OPERATOR} and {AUTHORITY}"),
            readable_when("inclusion_operator_claim", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_pool", f"({OPERATOR} and {AUTHORITY}) or {VERIFIER}"),
            readable_when("inclusion_pool", "everybody", SIGNED_IN),
            tenant_isolation("inclusion_pool_share", PERSON),
            tenant_isolation("inclusion_pool_sample", f"{OPERATOR} or {VERIFIER}"),
        ]
    )


def _scheduler(table: str, verbs: str) -> str:
    """The settler works for all."""
    return (
        f"create policy {table}_scheduler on {table} to {role(Role.SCHEDULER)} using (true) with check (true);"
        + grant(table, verbs, Role.SCHEDULER)
    )


_WEB = {
    "select, insert": (
        "programme", "batch", "event_key", "operator_claim", "gram_use", "campaign", "team", "recount",
    ),
    "select, insert, update": (
        "source", "source_key", "member", "link", "exclusion", "reward", "redemption", "cause", "appeal",
        "team_member", "pool", "pool_sample",
    ),
    "select": ("city_day", "day", "lapse", "campaign_bonus", "pool_share"),
    "select, delete": ("event",),
}  # fmt: skip
_SETTLER = {
    "select": ("programme", "source", "link", "campaign", "gram_use", "operator_claim", "redemption"),
    "select, insert": ("event", "lapse", "campaign_bonus"),
    "select, insert, update": ("member", "exclusion", "day", "city_day"),
    "select, insert, delete": ("recount",),
    "select, insert, update ": ("batch",),
    "select, insert ": ("event_key",),
}
_APPEND_ONLY = ("event_key", "gram_use", "lapse", "campaign_bonus", "operator_claim", "pool_share")


def _grants() -> str:
    lines = [append_only(f"inclusion_{name}") for name in _APPEND_ONLY]
    for verbs, names in _WEB.items():
        lines += [grant(f"inclusion_{name}", verbs, Role.WEB) for name in names]
    for verbs, names in _SETTLER.items():
        lines += [_scheduler(f"inclusion_{name}", verbs) for name in names]
    web, scheduler = role(Role.WEB), role(Role.SCHEDULER)
    lines.append(f"""
        grant insert on inclusion_arrival to {web}, {scheduler};
        grant select on inclusion_arrival to {scheduler}, {role(Role.BACKUP)}, {role(Role.AUDITOR)};
    """)
    for function, callers in _FUNCTIONS.items():
        lines.append(f"""
            revoke all on function {function} from public;
            grant execute on function {function} to {", ".join(role(caller) for caller in callers)};
        """)
    return "".join(lines)


_FUNCTIONS = {
    "inclusion_open_day(text, date)": (Role.WEB, Role.SCHEDULER),
    "inclusion_close_day(date)": (Role.SCHEDULER,),
    "inclusion_signing_key(uuid)": (Role.WEB, Role.SCHEDULER),
    "inclusion_known_links(uuid, uuid[])": (Role.WEB, Role.SCHEDULER),
    "inclusion_pending_links(uuid[], date[])": (Role.SCHEDULER,),
    "inclusion_take_stock(uuid)": (Role.WEB,),
    "inclusion_use_coupon(text)": (Role.WEB,),
    "inclusion_ranking(text, date, date, integer)": (Role.WEB,),
    "inclusion_draw_pool(uuid, smallint[], integer)": (Role.WEB,),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="inclusion", description=DESCRIPTION)

    async def run() -> None:
        connection = DB.current_transaction.get().connection
        folder = resources.files("accounts.inclusion.piccolo_migrations")
        for name in ("constraints.sql", "functions.sql"):
            await connection.execute(folder.joinpath(name).read_text("utf-8"))
        await connection.execute(_isolation())
        await connection.execute(_grants())

    manager.add_raw(run)
    return manager
