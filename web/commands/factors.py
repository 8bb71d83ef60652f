"""`carbon factors`: search every number of the house, show one with its history, list what is only recalled."""

import sys
from datetime import date
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from carbon.errors import N_, NotFound
from carbon.rounding import plain
from methodologies.factors.gaps import gaps
from methodologies.factors.library import LIFE_CYCLE, factor
from methodologies.factors.precedence import Level
from methodologies.factors.records import Version
from methodologies.factors.search import Hit, Wish, found
from web.language import translate

LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")


@click.group()
def command() -> None:
    """The factor library: search, show one, list the gaps. No database needed."""


@command.command()
@click.argument("words", nargs=-1)
@click.option("--source", default="", help="Only factors this kind of source reads, such as fuel_combustion.")
@click.option("--gas", default="", help="Only factors of a gas, such as CH4.")
@click.option("--region", default="", help="Only factors of a place by code, such as CN-CQ.")
@click.option("--guide", default="", help="Only numbers of a fuel table, such as GBT2024.")
@click.option(
    "--life-cycle", type=click.Choice(["", *LIFE_CYCLE]), default="", help="Only a part of the life cycle."
)
@click.option(
    "--level", type=click.Choice(["", *(level.id for level in Level)]), default="", help="Only a level."
)
@click.option("--confidence", default="", help="At least this confidence, such as two-secondary.")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Only values that hold that day."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@JSON
@LANGUAGE
def search(
    words: tuple[str, ...], day: Any, limit: int, language: str, *, as_json: bool, **wished: str
) -> None:
    """Find factors by Chinese or English words, places and years: carbon factors search 电网 重庆 2023."""
    hits = found(" ".join(words), Wish(day=day.date() if day else None, **wished))
    shown = hits[:limit]
    if as_json:
        answer = {"total": len(hits), "factors": [as_dict(hit) for hit in shown]}
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        return
    table = Table(box=None, header_style="bold")
    for heading in (N_("Factor"), N_("Value"), N_("Unit"), N_("From"), N_("Id")):
        table.add_column(translate(language, heading), overflow="fold")
    for hit in shown:
        name, value = hit.factor.name.in_language(language), plain(hit.version.value)
        table.add_row(name, value, hit.factor.unit, hit.version.dated.starts_on.isoformat(), hit.factor.id)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    said = (
        N_("{shown} of {total} factors.") if hits else N_("No factor answers this. Use fewer or other words.")
    )
    click.echo(translate(language, said, shown=len(shown), total=len(hits)))


@command.command()
@click.argument("id_", metavar="ID")
@JSON
@LANGUAGE
def show(id_: str, language: str, *, as_json: bool) -> None:
    """One factor with every version of its value and its document."""
    known = factor(id_)
    if known is None:
        raise NotFound(N_("There is no factor “{id}”: search for it by words."), id=id_[:80])
    if as_json:
        sys.stdout.write(msgspec.json.encode(known.as_dict()).decode() + "\n")
        return
    click.echo(click.style(known.name.in_language(language), bold=True))
    click.echo(f"{known.id} · {known.unit} · {LIFE_CYCLE[known.life_cycle].in_language(language)}")
    for version in sorted(known.versions, key=lambda version: version.dated.starts_on, reverse=True):
        click.echo(f"  {plain(version.value)}  {_days(version)}  {_document(version, language)}")


@command.command(name="gaps")
@JSON
@LANGUAGE
def list_gaps(language: str, *, as_json: bool) -> None:
    """Figures that documents print and that could not be confirmed: they are off; a row gives its own."""
    if as_json:
        sys.stdout.write(msgspec.json.encode([gap.as_dict() for gap in gaps()]).decode() + "\n")
        return
    for gap in gaps():
        click.echo(
            f"{gap.name.in_language(language)}  ({gap.document.in_language(language)})  → {gap.column or '–'}"
        )


def as_dict(hit: Hit) -> dict[str, Any]:
    """A hit for JSON: the factor, and the version that answers."""
    return {**hit.factor.as_dict(), "version": hit.version.as_dict()}


def _days(version: Version) -> str:
    starts_on, until = version.dated.starts_on, version.held_until
    return f"{starts_on} – {until if isinstance(until, date) else '…'}"


def _document(version: Version, language: str) -> str:
    source = version.dated.source
    clause = f" {source.clause}" if source.clause else ""
    return (
        f"{source.document.in_language(language)}{clause} ({source.confidence.label.in_language(language)})"
    )
