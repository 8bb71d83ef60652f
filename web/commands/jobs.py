"""`carbon jobs`: scheduled work, listed and repeated by the scheduler's own program."""

import subprocess
import sys

import click


@click.group()
def command() -> None:
    """List scheduled work and repeat it."""


@command.command("list", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def list_runs(context: click.Context, options: tuple[str, ...]) -> None:
    """The latest runs; --series, --state done|failed, --limit, --json."""
    context.exit(_scheduler("list", *options))


@command.command("rerun")
@click.argument("series")
@click.argument("due_at")
@click.pass_context
def rerun(context: click.Context, series: str, due_at: str) -> None:
    """Run one slot again, now, as the list names it; effects that happened do not happen twice."""
    context.exit(_scheduler("rerun", series, due_at))


@command.command("once")
@click.pass_context
def once(context: click.Context) -> None:
    """Work through everything that is due, then end."""
    context.exit(_scheduler("once"))


def _scheduler(*arguments: str) -> int:
    """The scheduler is a program of its own; `web` never imports it."""
    return subprocess.run([sys.executable, "-m", "scheduler", *arguments], check=False).returncode  # noqa: S603
