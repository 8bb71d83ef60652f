"""The command `carbon`. Each subcommand's module is read only when it is asked for: `calculate` needs no database."""

from importlib import import_module
from typing import Any

import click
from rich.console import Console

from carbon.errors import Problem

COMMANDS = {
    "administrator": "Make the first administrator with a one-time code.",
    "calculate": "Emissions of a file of activities; no database needed.",
    "check-books": "Check every law of the books; exit 1 names the first broken one.",
    "credits": "Credits of a monitoring report by a methodology; no database needed.",
    "demo": "Set up, load the sample city, start web and scheduler.",
    "factors": "Search every factor of the house, show one, list the gaps; no database needed.",
    "field-keys": "Keys of encrypted values: make one, rotate.",
    "financed": "Financed emissions of a book by PCAF; no database needed.",
    "inclusion": "Citizens' acts: rules, old events under new rules, flows of trips; no database needed.",
    "jobs": "List scheduled work and repeat it.",
    "loan": "What a loan costs and when; no database needed.",
    "log": "The public log: key, check, export.",
    "messages": "What a trial kept instead of sending it.",
    "methodologies": "List the reduction methodologies, or show one.",
    "migrate": "Create or update the database.",
    "serve": "Serve API and pages.",
    "subsidy": "What a subsidy programme gives on a loan; no database needed.",
}
"""Name → first help line; the module is `web.commands.<name>` with `_` for `-`, the command in it `command`."""


class LazyGroup(click.Group):
    """A group that imports a subcommand when it is named and tells problems without a stack."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, read from its module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"web.commands.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Problems and refusals are said in a sentence, exit code 1."""
        from web.settings import StartRefused

        try:
            return super().invoke(ctx)
        except (Problem, StartRefused, PermissionError) as problem:
            Console(stderr=True).print(f"[red]✗[/red] {problem}", highlight=False)
            ctx.exit(1)


@click.group(cls=LazyGroup)
@click.version_option(package_name="inclusive-carbon", prog_name="carbon")
def main() -> None:
    """A city's carbon accounts and carbon finance."""
