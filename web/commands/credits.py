"""`carbon credits METHODOLOGY FILE`: the credits of a monitoring report, computed here and now. Needs no database.

FILE is TOML or JSON, or CSV where the data are one table; docs/adding-a-methodology.md shows all three, and
`carbon methodologies METHODOLOGY --template` writes an empty one.
"""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.reduction.catalogue import methodology_from_text
from methodologies.reduction.credits import PARTS, Credits, label_note, part_name
from methodologies.reduction.files import read_monitoring
from web.language import translate, translate_problem

WRONG_INPUT, NOT_APPLICABLE = 2, 3


@click.command()
@click.argument("methodology")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--explain", is_flag=True, help="Show how every number came to be.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def command(methodology: str, file: Path, *, explain: bool, as_json: bool, language: str) -> None:
    """Credits by METHODOLOGY (id, code or name) of the monitoring report in FILE (TOML, JSON or CSV).

    Exit code 2 when the report cannot be used, 3 when a condition of the methodology is not met.
    """
    try:
        method = methodology_from_text(methodology)
        result = method.calculate(read_monitoring(method, file.name, file.read_bytes()), explain=explain)
    except Problem as problem:
        _refuse(problem, language, as_json=as_json)
        sys.exit(WRONG_INPUT)
    if as_json:
        sys.stdout.write(msgspec.json.encode(result.as_dict(explain=explain)).decode() + "\n")
    else:
        _show(result, language, explain=explain)
    sys.exit(NOT_APPLICABLE if result.applicable is False else 0)


def _refuse(problem: Problem, language: str, *, as_json: bool) -> None:
    message = translate_problem(language, problem)
    if as_json:
        error = {"code": problem.code, "message": message, "field": problem.at}
        sys.stdout.write(msgspec.json.encode({"errors": [error]}).decode() + "\n")
    click.echo(f"{problem.at}: {message}" if problem.at else message, err=True)


def _show(result: Credits, language: str, *, explain: bool) -> None:
    console = Console(highlight=False)
    method = result.methodology
    console.print(f"[bold]{method.name.in_language(language)}[/bold]  {method.code}", soft_wrap=True)
    console.print(label_note(result).in_language(language), soft_wrap=True)
    console.print(
        translate(language, N_("Confidence of the weakest part: {label}"), label=result.confidence.label)
    )
    for answer in result.answers:
        mark = {True: "✓", False: "✗", None: "?"}[answer.met]
        reason = Text("", "") if answer.reason is None else answer.reason
        line = f"{mark} {answer.condition.name.in_language(language)}"
        console.print(line + (f": {reason.in_language(language)}" if answer.reason else ""), soft_wrap=True)
    console.print(_table(result, language))
    for note in result.notes:
        console.print(f"· {note.in_language(language)}", soft_wrap=True)
    if explain:
        for vintage in result.vintages:
            for period in vintage.periods:
                if period.explanation:
                    console.print(f"\n[bold]{period.period}[/bold]")
                    click.echo(period.explanation.as_text(language))


def _table(result: Credits, language: str) -> Table:
    table = Table(title="tCO2e", title_justify="left")
    table.add_column("")
    for vintage in result.vintages:
        table.add_column(str(vintage.year), justify="right")
    for part in PARTS:
        amounts = [vintage.parts[part] for vintage in result.vintages]
        if any(amounts) or part == "net":
            table.add_row(part_name(part).in_language(language), *(f"{float(a):,.3f}" for a in amounts))
    table.add_section()
    table.add_row(
        translate(language, N_("Credits, rounded down")),
        *(f"{vintage.credits:,}" for vintage in result.vintages),
    )
    return table
