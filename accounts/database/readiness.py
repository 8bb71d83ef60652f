"""Reasons not to start (SECURITY_REQUIREMENTS OPS-1, TX-6): each one sentence with its remedy."""

from accounts.database.pool import current_pool, pending_migrations

OLDEST_SERVER = 150000
"""PostgreSQL 15: `security_invoker` views and `nulls not distinct` are used."""

_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


async def refusals(*, durable: bool = True) -> list[str]:
    """Everything that forbids serving from the open pool; empty when all is well.

    `durable=False` leaves out the promises that an acknowledged change survives a crash, for tests only.
    """
    found = await _of_the_role() + await _of_the_server()
    if durable:
        found += await _of_durability()
    pending = await pending_migrations()
    if pending:
        found.append(f"{len(pending)} migrations are pending ({pending[0]} …); run: carbon migrate")
    return found


async def _of_the_role() -> list[str]:
    row = await current_pool().fetchrow(
        """select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as too_much,
                  exists (select from pg_class where relowner = r.oid) as owns
           from pg_roles r where rolname = current_user"""
    )
    assert row is not None  # noqa: S101 - the current role exists
    if row["too_much"] or row["owns"]:
        return [
            f"The database role {row['rolname']} has more rights than a running role may; run: carbon migrate"
        ]
    return []


async def _of_the_server() -> list[str]:
    version = int(await current_pool().fetchval("show server_version_num"))
    if version < OLDEST_SERVER:
        return [f"PostgreSQL {version // 10000} is too old; point DATABASE_URL at version 15 or later."]
    return []


async def _of_durability() -> list[str]:
    """Checksums are not asked for: a server of PostgreSQL 17 or older has them off unless told at initdb."""
    off = [name for name in _DURABLE if await current_pool().fetchval(f"show {name}") == "off"]
    if not off:
        return []
    return [f"PostgreSQL runs with {', '.join(off)} off: a crash could lose money; switch on and restart."]
