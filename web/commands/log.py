"""`carbon log`: the public log from the machine that keeps it: its key, its whole check, its export for strangers."""

import json
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console

from accounts.database.settings import DatabaseSettings, settings_from_environment
from accounts.timing import public_log
from accounts.transparency import reading
from accounts.transparency.checks import Found
from accounts.transparency.signing import key_of, log_key, verification_key
from web.commands.connection import with_database_url, with_pool

PAGE = 1_000


@click.group()
def command() -> None:
    """The public log: key, check, export."""


@command.command()
def key() -> None:
    """Print the verification key, one line to publish where others can vouch for it."""
    kept = log_key(settings_from_environment().home)
    click.echo(verification_key(kept.name, kept.public))


@command.command()
@click.option("--key", "line", default=None, help="The log's key (name+id+base64), known from elsewhere.")
@click.option(
    "--heads",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of signed heads kept elsewhere; may be given several times.",
)
@click.pass_context
def check(context: click.Context, line: str | None, folders: tuple[Path, ...]) -> None:
    """Hash the log from its first record, compare it with every head and every row; exit 1 names what does not hold."""
    console = Console(highlight=False)

    async def work(url: str, settings: DatabaseSettings) -> Found:
        public = key_of(line) if line else log_key(settings.home).public
        memory = public_log.memory_folder(url, settings)
        return await public_log.checked_log(url, settings, public_key=public, folders=[memory, *folders])

    found = with_database_url(work)
    for breach in found.broken:
        console.print(f"[red]✗[/red] {breach}", soft_wrap=True)
    if found.broken:
        context.exit(1)
    console.print(
        f"{found.leaves} leaves, {found.heads} heads and {found.compared} rows agree; {found.waiting} wait."
        f" Root {found.root.hex()}",
        soft_wrap=True,
    )


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write every record and every signed head to FILE, for `verify_log.py export`; nothing in it is secret."""

    async def work() -> int:
        size = 0
        with file.open("w", encoding="utf-8", newline="\n") as out:
            head = await reading.latest_head()
            while size < head.size:
                for leaf in await reading.list_leaves(start=size, limit=min(PAGE, head.size - size)):
                    _write(out, {"index": leaf.index, "content": leaf.content})
                    size = leaf.index + 1
            before: int | None = head.size + 1
            while heads := await reading.list_heads(before=before, limit=PAGE):
                for one in heads:
                    _write(out, {"head": one.note})
                before = heads[-1].size
        return size

    click.echo(f"{with_pool(work)} records written to {file}")


def _write(out: TextIO, line: dict[str, object]) -> None:
    out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
