"""`carbon calculate FILE`: the emissions of a file of activities, computed here and now. Needs no database.

The file's columns are described in docs/activity-file.md.
"""

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from accounts.enterprise.checking import QUALITIES, CheckedActivities, check_activities
from accounts.enterprise.inventory import GroupTotal, Inventory, source_name, take_inventory
from accounts.enterprise.reading import read_file
from accounts.enterprise.uncertainty import Assessment, assess, lines_of
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS, gases
from carbon.uncertainty import DRAWS, SEED
from methodologies.accounting.calculation import explain
from methodologies.factors.places import REGIONS
from web import uncertainty_words
from web.inventory_words import inventory_json, worded
from web.language import translate, translate_problem

WRONG_INPUT = 2
SHOWN_FINDINGS = 200
_MG_PER_T = Decimal(10**9)
_QUALITY_NAMES = {number: name for name, number in QUALITIES.items()}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--gwp",
    "gwp_set",
    type=click.Choice(GWP_SETS),
    default="AR5",
    show_default=True,
    help="Warming potentials.",
)
@click.option("--guide", default=None, help="Guide whose default values hold where a row names none.")
@click.option("--region", default=None, help="Province or grid where a row names none, such as 重庆.")
@click.option("--explain", "row", default=None, help="Explain one row: its number, or SHEET!NUMBER.")
@click.option(
    "--uncertainty",
    "with_uncertainty",
    is_flag=True,
    help="How sure the totals are, by both IPCC approaches.",
)
@click.option("--draws", type=int, default=DRAWS, show_default=True, help="Monte Carlo draws.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Seed of the draws.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def command(
    file: Path,
    gwp_set: str,
    guide: str | None,
    region: str | None,
    row: str | None,
    with_uncertainty: bool,
    draws: int,
    seed: int,
    as_json: bool,
    language: str,
) -> None:
    """Emissions of the activities in FILE (CSV, XLSX or JSON) by gas, scope and source.

    Exit code 2 when a row or the file cannot be used; the good rows are still computed and shown.
    """
    try:
        checked = check_activities(
            read_file(file.name, file.read_bytes()), guide=guide, region=_region(region)
        )
        inventory = take_inventory(checked, gwp_set)
        told = _explained(checked, inventory, row) if row else None
        sure = assess(lines_of(checked), gwp_set, draws=draws, seed=seed) if with_uncertainty else None
    except Problem as problem:
        _refuse(problem, as_json, language)
        sys.exit(WRONG_INPUT)
    if as_json:
        answer = inventory_json(checked, inventory, language) if told is None else told.as_dict()
        if sure is not None and told is None:
            answer["uncertainty"] = uncertainty_words.as_json(sure, language)
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    elif told is not None:
        click.echo(told.as_text(language))
    else:
        _show(checked, inventory, language)
        if sure is not None:
            _show_uncertainty(sure, language)
    if not as_json:
        _show_findings(checked, language)
    sys.exit(WRONG_INPUT if checked.has_errors else 0)


def _region(text: str | None) -> str | None:
    code = REGIONS.from_text(text) if text else None
    if text and code is None:
        raise Problem(
            N_("{value} is no province or grid known here. Write for example 重庆."), value=text, at="region"
        )
    return code


def _refuse(problem: Problem, as_json: bool, language: str) -> None:
    message = translate_problem(language, problem)
    if as_json:
        error = {"severity": "error", "code": problem.code, "message": message, "column": problem.at}
        sys.stdout.write(msgspec.json.encode({"errors": [error], "warnings": [], "rows": []}).decode() + "\n")
    click.echo(message, err=True)


def _explained(checked: CheckedActivities, inventory: Inventory, wanted: str) -> Any:
    """The explanation of one row, which must be among the computed ones.

    Raises:
        Problem: no such row, or one that was not computed.
    """
    sheet, _, number = wanted.rpartition("!")
    names = [entry.name for entry in checked.read.sheets]
    for row in inventory.rows.iter_rows(named=True):
        if str(row["row"]) == number and (not sheet or names[row["sheet"]] == sheet):
            return explain(checked.resolved[row["resolved"]].key, row["amount"], inventory.gwp_set)
    raise Problem(
        N_("Row {row} was not computed. Rows are numbered as in a spreadsheet, the headings being row 1."),
        row=wanted,
    )


def _show(checked: CheckedActivities, inventory: Inventory, language: str) -> None:
    console = Console()
    console.print(_gas_table(inventory, language))
    scopes = {
        total.name: translate(language, N_("Scope {number}"), number=total.name)
        for total in inventory.by_scope
    }
    console.print(_group_table(N_("By scope"), inventory.by_scope, scopes, language))
    sources = {total.name: source_name(total.name, language) for total in inventory.by_source}
    console.print(_group_table(N_("By source"), inventory.by_source, sources, language))
    for method, mg in inventory.beside.items():
        console.print(
            translate(
                language,
                N_("By the other method ({method}), not added: {amount} t CO2e"),
                method=method,
                amount=tonnes(mg),
            )
        )
    console.print(
        translate(
            language,
            N_("{calculated} of {read} rows computed, {wrong} wrong, {gaps} without amount."),
            calculated=inventory.rows.height,
            read=checked.rows_read,
            wrong=checked.rows_wrong,
            gaps=checked.gaps.height,
        )
    )


def _group_table(title: str, groups: Sequence[GroupTotal], names: Mapping[str, str], language: str) -> Table:
    table = Table(title=translate(language, title), title_justify="left")
    table.add_column("")
    table.add_column(translate(language, N_("Rows")), justify="right")
    table.add_column("t CO2e", justify="right")
    for group in groups:
        table.add_row(names[group.name], str(group.activities), tonnes(group.co2e_mg))
    return table


def _gas_table(inventory: Inventory, language: str) -> Table:
    table = Table(title=f"{translate(language, N_('By gas'))} ({inventory.gwp_set})", title_justify="left")
    table.add_column("")
    table.add_column("t", justify="right")
    table.add_column("t CO2e", justify="right")
    for total in inventory.by_gas:
        name = gases()[total.gas].name.in_language(language)
        mark = "" if total.in_total else " *"
        table.add_row(f"{total.gas}  {name}{mark}", tonnes(total.mg), tonnes(total.co2e_mg))
    table.add_section()
    table.add_row(translate(language, N_("Total")), "", tonnes(inventory.co2e_mg))
    if not all(total.in_total for total in inventory.by_gas):
        table.caption = translate(language, N_("* outside the Kyoto basket, not in the total"))
    return table


def _show_uncertainty(found: Assessment, language: str) -> None:
    console = Console()
    table = Table(title=translate(language, N_("Uncertainty, 95 %")), title_justify="left")
    table.add_column("")
    for heading in (
        "t CO2e",
        "± %",
        translate(language, N_("drawn from")),
        translate(language, N_("drawn to")),
    ):
        table.add_column(heading, justify="right")
    scopes = [(translate(language, N_("Scope {number}"), number=each.name), each) for each in found.by_scope]
    for name, each in (
        *((each.name, each) for each in found.by_gas),
        *scopes,
        (translate(language, N_("Total")), found.total),
    ):
        ends = (tonnes(round(each.drawn.low)), tonnes(round(each.drawn.high)))
        table.add_row(name, tonnes(each.co2e_mg), f"{each.percent:.2f}", *ends)
    console.print(table)
    share = f"{100 * found.known_share:.1f}"
    console.print(
        translate(
            language,
            N_(
                "Something is known of the uncertainty of {share} % of the emissions; the rest counts as exact here."
            ),
            share=share,
        )
    )
    for part in found.contributions[:5]:
        text = N_("{number}: ± {percent} %, {share} % of the variance")
        values = {"percent": f"{part.percent:.3g}", "share": f"{100 * part.variance_share:.1f}"}
        console.print(translate(language, text, number=part.name.in_language(language), **values))


def tonnes(mg: int) -> str:
    """Tonnes with thousands separators and six decimals at most."""
    text = f"{mg / _MG_PER_T:,.6f}".rstrip("0").rstrip(".")
    return text or "0"


def _show_findings(checked: CheckedActivities, language: str) -> None:
    for finding in checked.findings.listed(SHOWN_FINDINGS):
        place = [
            finding.sheet,
            f"{translate(language, N_('row'))} {finding.row}" if finding.row else None,
            finding.column,
        ]
        where = ", ".join(part for part in place if part)
        word = translate(language, N_("error") if finding.severity == "error" else N_("warning"))
        message = translate_problem(language, worded(finding, language))
        click.echo(f"{word}: {where + ': ' if where else ''}{message}", err=True)
    more = checked.findings.count("error") + checked.findings.count("warning") - SHOWN_FINDINGS
    if more > 0:
        click.echo(translate(language, N_("… and {count} more; --json lists all."), count=more), err=True)
