"""`carbon field-keys`: keys of the values that are encrypted in the database (DAT-6)."""

import os

import click
from rich.console import Console

from accounts.database.pool import pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.identity.encryption import KEY_FILE, new_keys, parsed
from accounts.identity.rotation import rotate_values
from web.commands.connection import with_database_url

console = Console()


@click.group()
def command() -> None:
    """Keys of encrypted values: make one, rotate."""


@command.command()
@click.option("--id", "key_id", default="k1", show_default=True, help="What values under this key will name.")
def new(key_id: str) -> None:
    """Print a key ring with a fresh key in front of the ones in CARBON_FIELD_KEYS; keep it outside the database."""
    written = new_keys(os.environ.get("CARBON_FIELD_KEYS", ""), key_id=key_id)
    parsed(written)
    click.echo(f"CARBON_FIELD_KEYS={written}")
    console.print(
        f"Set this for web and scheduler (a trial without it keeps its keys in the file {KEY_FILE} of CARBON_HOME), "
        "then run: carbon field-keys rotate",
        highlight=False,
    )


@command.command()
def rotate() -> None:
    """Write every encrypted value again under the current key; afterwards the older keys can go."""

    async def work(url: str, settings: DatabaseSettings) -> dict[str, int]:
        async with pool(url, Role.OWNER, settings):
            return await rotate_values()

    for column, count in with_database_url(work).items():
        console.print(f"{column}: {count}", highlight=False)
