"""Asking the laws of the books as the auditor, beside the role the process works under (LED-8)."""

from typing import cast

import asyncpg

from accounts.database.roles import Role, role_url
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import Connection
from accounts.ledger.checks import BrokenLaw, Law, check_books


async def broken_laws(
    admin_url: str, settings: DatabaseSettings, *, check: Law = check_books
) -> list[BrokenLaw]:
    """Every breach there is at one instant; empty when the books are sound. Rooms above pass a wider `check`."""
    connection = await asyncpg.connect(role_url(admin_url, settings.role_prefix, Role.AUDITOR), timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await check(cast("Connection", connection))
    finally:
        await connection.close()
