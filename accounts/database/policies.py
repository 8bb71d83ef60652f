"""SQL that migrations use for the promises every table keeps: isolation, append-only, grants.

Frozen once a migration has used it: change behaviour by a new function, not by editing one of these.
"""

import re

from accounts.database.roles import Role, role_name
from accounts.database.settings import settings_from_environment

_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")


def _checked(name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is no plain identifier")
    return name


def role(which: Role) -> str:
    """The role's name under the prefix in force."""
    return role_name(settings_from_environment().role_prefix, which)


def tenant_isolation(table: str, rule: str = "tenant_id = current_tenant()") -> str:
    """Row-level security, enabled and forced: a row shows and is written only where `rule` holds (TEN-3).

    `rule` may name several parties: `bank_id = current_tenant() or enterprise_id = current_tenant()`.
    The owner, who runs migrations and the few SECURITY DEFINER functions, is let through by name.
    """
    table = _checked(table)
    return f"""
        alter table {table} enable row level security;
        alter table {table} force row level security;
        create policy {table}_tenant on {table} using ({rule}) with check ({rule});
        create policy {table}_owner on {table} to {role(Role.OWNER)} using (true) with check (true);
        create policy {table}_backup on {table} for select to {role(Role.BACKUP)}, {role(Role.AUDITOR)} using (true);
        grant select on {table} to {role(Role.BACKUP)}, {role(Role.AUDITOR)};
    """


def readable_when(table: str, name: str, rule: str) -> str:
    """One more reason for which a row may be read (never written), such as a consent."""
    table, name = _checked(table), _checked(name)
    return f"create policy {table}_{name} on {table} for select using ({rule});"


def append_only(table: str) -> str:
    """PostgreSQL itself refuses UPDATE, DELETE and TRUNCATE, whoever asks (LED-3)."""
    table = _checked(table)
    return f"""
        create trigger {table}_append_only before update or delete on {table}
            for each row execute function refuse_change();
        create trigger {table}_no_truncate before truncate on {table}
            for each statement execute function refuse_change();
    """


def grant(table: str, verbs: str, *roles: Role) -> str:
    """Grant e.g. `select, insert` on the table to the roles (default: web and scheduler)."""
    names = ", ".join(role(which) for which in roles or (Role.WEB, Role.SCHEDULER))
    return f"grant {verbs} on {_checked(table)} to {names};"
