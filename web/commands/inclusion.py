"""`carbon inclusion`: the acts, old events under new rules, and flows of trips. No database is asked."""

import json
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table


@click.group()
def command() -> None:
    """Citizens' acts: their rules, tried on old events; flows of trips read in."""


@command.command("acts")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The rules of this day; today if not named."
)
@click.option(
    "--rules",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another file of acts.",
)
@click.option(
    "--toml", "raw", is_flag=True, help="Print the file of acts itself, as a template for another one."
)
@click.option("--json", "as_json", is_flag=True)
def acts(day: datetime | None, file: Path | None, raw: bool, as_json: bool) -> None:
    """Every act: its unit, what it saves, whose figure that is, and what is off."""
    from carbon.rounding import plain

    if raw:
        click.echo(
            resources.files("methodologies.inclusion").joinpath("acts.toml").read_text("utf-8"), nl=False
        )
        return
    on = day.date() if day else datetime.now(UTC).date()
    known = _rules(file)
    rows: list[dict[str, Any]] = []
    for act in known.acts.values():
        chosen = act.grams_at(on)
        source = chosen.dated.source if chosen and chosen.dated else None
        rows.append(
            {
                "id": act.id,
                "name": act.name.en,
                "unit": act.unit,
                "grams": plain(chosen.value) if chosen else None,
                "confidence": source.confidence.id if source else None,
                "document": source.document.en if source else None,
                "not_used": [f"{plain(one.grams)} ({one.why.en})" for one in act.candidates],
            }
        )
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("act", "unit", "g per unit", "confidence", "document", title=f"Citizens' acts on {on}")
    for row in rows:
        cells = (
            row["grams"] or "off",
            row["confidence"] or "",
            row["document"] or "; ".join(row["not_used"]),
        )
        table.add_row(f"{row['id']}  {row['name']}", row["unit"], *cells)
    Console().print(table)


@command.command("backtest")
@click.argument("rules_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("events_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def backtest(rules_file: Path, events_file: Path, as_json: bool) -> None:
    """Old events (RULES_FILE: acts in TOML; EVENTS_FILE: a JSON array or one object a line) under new rules."""
    from accounts.inclusion.backtest import backtest as judged

    content = events_file.read_bytes()
    lines = content.lstrip()[:1] != b"["
    found = judged(content, lines=lines, old=_rules(None), new=_rules(rules_file))
    names = sorted({*found.old.acts, *found.new.acts})
    figures = {name: [_figures(side.acts.get(name)) for side in (found.old, found.new)] for name in names}
    if as_json:
        answer = {
            "read": found.read,
            "unread": found.unread,
            "old": {
                "grams": found.old.credited_mg / 1000,
                "points": found.old.points / 100,
                "verdicts": found.old.verdicts,
            },
            "new": {
                "grams": found.new.credited_mg / 1000,
                "points": found.new.points / 100,
                "verdicts": found.new.verdicts,
            },
            "acts": {
                name: {
                    "counted": [a[0], b[0]],
                    "grams": [a[1] / 1000, b[1] / 1000],
                    "points": [a[2] / 100, b[2] / 100],
                }
                for name, (a, b) in figures.items()
            },
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    table = Table(
        "act", "counted", "grams", "points", title=f"{found.read} events, {found.unread} unread: old → new"
    )
    for name, (a, b) in figures.items():
        table.add_row(name, f"{a[0]} → {b[0]}", _change(a[1], b[1], 1000), _change(a[2], b[2], 100))
    total = (
        _change(found.old.credited_mg, found.new.credited_mg, 1000),
        _change(found.old.points, found.new.points, 100),
    )
    table.add_row("all", "", *total)
    console = Console()
    console.print(table)
    for name in sorted({*found.old.verdicts, *found.new.verdicts}):
        before, after = found.old.verdicts.get(name, 0), found.new.verdicts.get(name, 0)
        if before != after:
            console.print(f"{name}: {before} → {after}", highlight=False)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), default="2021-04-01", help="The day whose rules hold."
)
@click.option("--act", default="cycling", help="What the trips are.")
@click.option(
    "--events",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every trip as an event, one JSON object a line.",
)
@click.option(
    "--people",
    type=click.IntRange(1, 10_000_000),
    default=20_000,
    help="Invented persons the events are dealt to.",
)
@click.option("--json", "as_json", is_flag=True)
def import_flows(file: Path, day: datetime, act: str, out: Path | None, people: int, as_json: bool) -> None:
    """Flows of trips between stations: totals as in the file, what is credited, what is not and why."""
    from accounts.inclusion.flows import expanded, judge_flows, read_flows

    flows = read_flows(file.read_bytes())
    on: date = day.date()
    found = judge_flows(flows, day=on, rules=_rules(None), act=act)
    if out:
        with out.open("w", encoding="utf-8") as stream:
            for event in expanded(flows, day=on, people=people, act=act):
                stream.write(json.dumps(event, ensure_ascii=False) + "\n")
    figures = {name: getattr(found, name) for name in found.__dataclass_fields__}
    if as_json:
        click.echo(json.dumps({**figures, "not_counted": dict(found.not_counted)}, indent=2))
        return
    table = Table("", "", title=f"{file.name}: {found.trips} trips", show_header=False)
    for name, value in figures.items():
        shown = (
            ", ".join(f"{key} {count}" for key, count in value.items())
            if name == "not_counted"
            else str(value)
        )
        table.add_row(name.replace("_", " "), shown)
    Console().print(table)


def _rules(file: Path | None) -> Any:
    from methodologies.inclusion.acts import RulesFault, read_rules, rules

    if file is None:
        return rules()
    try:
        return read_rules(file.read_bytes())
    except RulesFault as fault:
        raise click.ClickException(f"{file.name}: {fault}") from fault


def _figures(one: Any) -> tuple[int, int, int]:
    return (one.counted, one.credited_mg, one.points) if one else (0, 0, 0)


def _change(before: int, after: int, scale: int) -> str:
    return f"{before / scale:g} → {after / scale:g} ({(after - before) / scale:+g})"
