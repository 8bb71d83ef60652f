"""`carbon check-books`: the books, checked from their postings alone (LED-8)."""

import click
from rich.console import Console

from accounts.ledger.checks import LAWS
from accounts.registry.checks import broken_laws
from web.commands.connection import with_database_url


@click.command()
@click.pass_context
def command(context: click.Context) -> None:
    """Check every law of the books as the read-only auditor; exit 1 names the first broken one."""
    console = Console()
    broken = with_database_url(broken_laws)
    for breach in broken:
        console.print(f"[red]✗[/red] {breach}", highlight=False, soft_wrap=True)
    if broken:
        context.exit(1)
    console.print(f"The books keep all {len(LAWS)} laws.")
