"""The five names under which anything touches the database (SECURITY_REQUIREMENTS TEN-5).

The owner runs migrations; web and scheduler do the work and own nothing; the auditor reads. None is a
superuser and none bypasses row-level security, in the embedded server as in an ordinary one.
"""

import hashlib
import hmac
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg


class Role(StrEnum):
    """A database role; its name there is `<prefix>_<role>`."""

    OWNER = "owner"
    WEB = "web"
    SCHEDULER = "scheduler"
    AUDITOR = "auditor"
    BACKUP = "backup"


_TIME_OUTS = {
    Role.OWNER: ("0", "10s", "0"),
    Role.WEB: ("30s", "5s", "60s"),
    Role.SCHEDULER: ("10min", "10s", "5min"),
    Role.AUDITOR: ("5min", "5s", "60s"),
    Role.BACKUP: ("0", "5s", "0"),
}
"""statement, lock and idle-in-transaction time-outs of each role (TX-4)."""


def role_name(prefix: str, role: Role) -> str:
    """The role's name in the server; the prefix is checked, since it becomes an identifier."""
    if not prefix.isidentifier() or not prefix.isascii():
        raise ValueError(f"CARBON_ROLE_PREFIX {prefix!r} is no identifier; use ASCII letters, digits and _")
    return f"{prefix}_{role.value}"


def role_url(admin_url: str, prefix: str, role: Role) -> str:
    """The administrator's URL with the role's name and password in place of the administrator's."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    name = role_name(prefix, role)
    return urlunsplit(parts._replace(netloc=f"{name}:{quote(_password(admin_url, name))}@{host}"))


def _password(admin_url: str, name: str) -> str:
    """Derived, not stored: whoever holds the administrator's URL could set it anyway."""
    secret = unquote(urlsplit(admin_url).password or "")
    return hmac.new(b"carbon-role:" + secret.encode(), name.encode(), hashlib.sha256).hexdigest()


async def create_roles(connection: asyncpg.Connection, admin_url: str, prefix: str) -> None:
    """Make the roles and let the owner build in this database. Can be run again.

    Raises:
        PermissionError: the administrator may not make roles; the message holds the remedy.
    """
    may = await connection.fetchrow(
        "select rolsuper or rolcreaterole as create_role from pg_roles where rolname = current_user"
    )
    may_create = may is not None and may["create_role"]
    existing = {row[0] for row in await connection.fetch("select rolname from pg_roles")}
    names = [role_name(prefix, role) for role in Role]
    if not may_create and not existing.issuperset(names):
        missing = ", ".join(sorted(set(names) - existing))
        raise PermissionError(
            f"The user of DATABASE_URL may not create roles and these are missing: {missing}. "
            "Give the user CREATEROLE, or let a superuser create them with LOGIN."
        )
    database = await connection.fetchval("select quote_ident(current_database())")
    if may_create:
        for role, name in zip(Role, names, strict=True):
            await _create_role(connection, role, name, _password(admin_url, name), name in existing)
            await connection.execute(f"grant connect on database {database} to {name}")
    owner = role_name(prefix, Role.OWNER)
    await connection.execute(f"grant {owner} to current_user")
    await connection.execute(f"grant create, temporary on database {database} to {owner}")
    await connection.execute(f"grant all on schema public to {owner}")
    await connection.execute("revoke create on schema public from public")


async def _create_role(
    connection: asyncpg.Connection, role: Role, name: str, password: str, exists: bool
) -> None:
    verb = "alter" if exists else "create"
    # Two copies on one server may meet here; the second one's change is the same.
    try:
        await connection.execute(
            f"{verb} role {name} login nocreatedb nocreaterole noinherit password '{password}'"
        )
        statement, lock, idle = _TIME_OUTS[role]
        await connection.execute(f"alter role {name} set statement_timeout = '{statement}'")
        await connection.execute(f"alter role {name} set lock_timeout = '{lock}'")
        await connection.execute(f"alter role {name} set idle_in_transaction_session_timeout = '{idle}'")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return
    except asyncpg.InternalServerError as error:
        if "concurrently updated" not in str(error):
            raise
