"""`carbon messages`: what a trial's local sender kept instead of sending it."""

from datetime import UTC, datetime, timedelta

import click
from rich.console import Console

import accounts.identity.phone_codes  # noqa: F401 - its kinds of messages become known
from accounts.database.pool import pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.identity.messages import KINDS, Outgoing, kept_messages
from web.commands.connection import with_database_url


@click.command()
@click.option("--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How far back.")
def command(hours: int) -> None:
    """Messages that no gateway sent, the newest first; where a gateway is set there are none."""

    async def work(url: str, settings: DatabaseSettings) -> list[tuple[datetime, Outgoing]]:
        async with pool(url, Role.SCHEDULER, settings):
            return await kept_messages(since=datetime.now(UTC) - timedelta(hours=hours))

    console = Console()
    for written_at, message in with_database_url(work):
        template = KINDS.get(message.kind)
        text = template.format(**message.values) if template else f"{message.kind} {message.values}"
        console.print(
            f"{written_at:%Y-%m-%d %H:%M} UTC  {message.recipient}  {text}",
            highlight=False,
            soft_wrap=True,
            markup=False,
        )
