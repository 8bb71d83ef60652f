"""The log as the scheduler and the command line run it: with every room's sources, and checked as the auditor."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import asyncpg

from accounts.database.roles import Role, role_url
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import Connection
from accounts.identity import logged
from accounts.transparency.checks import Found, check_log
from accounts.transparency.keepers import heads_in
from accounts.transparency.sources import LEDGER_ENTRY

SOURCES = (LEDGER_ENTRY, logged.AUDIT_RECORD, logged.APPROVAL)
"""Kinds that hand themselves in; importing them makes them known to the sequencer and to the check."""

MEMORY = "data folder"
"""The keeper that is the signer's own memory."""


def memory_folder(admin_url: str, settings: DatabaseSettings) -> Path:
    """Where the signer remembers what it signed: in the data folder, apart for each database."""
    return settings.home / "log-heads" / (urlsplit(admin_url).path.strip("/") or "postgres")


async def checked_log(
    admin_url: str,
    settings: DatabaseSettings,
    *,
    public_key: bytes | None = None,
    folders: Sequence[Path] = (),
) -> Found:
    """What `check_log` finds at one instant, with the heads that these folders keep."""
    kept = [
        (f"{folder.name}/{name}", text)
        for folder in folders
        for name, text in (heads_in(folder) if folder.is_dir() else [])
    ]
    connection = await asyncpg.connect(role_url(admin_url, settings.role_prefix, Role.AUDITOR), timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await check_log(cast("Connection", connection), public_key=public_key, kept=kept)
    finally:
        await connection.close()
