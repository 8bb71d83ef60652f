"""`carbon administrator`: the first account of all, by a one-time code (AUT-14)."""

import click
from rich.console import Console

from accounts.identity import bootstrap
from web.commands.connection import with_pool

console = Console()


@click.group()
def command() -> None:
    """Make the first administrator with a one-time code."""


@command.command()
def code() -> None:
    """Print a one-time code, valid for an hour, for whoever is to be the first administrator."""
    secret, expires_at = with_pool(bootstrap.issue_code)
    console.print(f"One-time code: [bold]{secret}[/bold]", highlight=False, soft_wrap=True)
    console.print(f"Valid until {expires_at:%Y-%m-%d %H:%M} UTC. Use it by: carbon administrator create")


@command.command()
@click.option("--code", "secret", prompt="One-time code", hide_input=True)
@click.option("--login", prompt="Login")
@click.option("--name", prompt="Your name")
@click.option("--organisation", prompt="Name of the authority (Chinese)")
@click.option("--password", prompt="Password", hide_input=True, confirmation_prompt=True)
def create(secret: str, login: str, name: str, organisation: str, password: str) -> None:
    """Make the authority and its first administrator; the code is used up."""
    signed_in = with_pool(
        lambda: bootstrap.create_first_administrator(
            code=secret, login=login, name=name, password=password, organisation_name_zh=organisation
        )
    )
    console.print(f"{signed_in.actor.name} can sign in now as {login}.", highlight=False)
