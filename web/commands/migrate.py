"""`carbon migrate`: create or update the database."""

import asyncio

import click
from rich.console import Console

from accounts.database.bootstrap import prepared_database, server_url
from accounts.database.settings import settings_from_environment


@click.command()
def command() -> None:
    """Create or update the database of DATABASE_URL, or the embedded one in CARBON_HOME."""
    settings = settings_from_environment()
    console = Console()
    with console.status("Migrating …"), server_url(settings) as server:
        asyncio.run(prepared_database(server, settings))
    console.print("The database is up to date.")
