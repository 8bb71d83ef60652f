"""`carbon check-books`: the books, checked from their postings alone (LED-8)."""

import click
from rich.console import Console

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger.checks import LAWS, BrokenLaw, check_books
from web.commands.connection import with_pool


@click.command()
@click.pass_context
def command(context: click.Context) -> None:
    """Check every law of the books as the read-only auditor; exit 1 names the first broken one."""
    console = Console()
    broken = with_pool(_check, Role.AUDITOR)
    for breach in broken:
        console.print(f"[red]✗[/red] {breach}", highlight=False, soft_wrap=True)
    if broken:
        context.exit(1)
    console.print(f"The books keep all {len(LAWS)} laws.")


async def _check() -> list[BrokenLaw]:
    async with transaction(tenant=None, isolation="repeatable_read", readonly=True) as connection:
        return await check_books(connection)
