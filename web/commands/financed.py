"""`carbon financed FILE`: financed emissions of a book by PCAF, and by domestic methods beside it. Needs no database.

FILE is JSON (a list, or {"positions": […]}), CSV or XLSX, one position a row; docs/finance.md names the fields.
"""

import csv
import io
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from carbon.errors import N_, Problem
from methodologies.finance.domestic_financed import Share, methods, quality_class, share_of
from methodologies.finance.pcaf import (
    Attributed,
    Gap,
    Position,
    attribute,
    document,
    position_of,
    weighted_score,
)
from web.commands.subsidy import said
from web.language import translate, translate_problem

WRONG_INPUT, GAPS = 2, 3


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def command(file: Path, *, as_json: bool, language: str) -> None:
    """Financed emissions of the positions in FILE: share, tonnes, option and data-quality score of each.

    Exit code 2 when a position cannot be read, 3 when one lacks a figure; gaps are listed and never zero.
    """
    try:
        rows = read_positions(file.name, file.read_bytes())
    except Problem as problem:
        click.echo(translate_problem(language, problem), err=True)
        sys.exit(WRONG_INPUT)
    told, exit_code = financed_book(rows, language)
    if as_json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        _show(told, language)
    sys.exit(exit_code)


def read_positions(name: str, content: bytes) -> list[tuple[int, Mapping[str, Any]]]:
    """The positions of a file with their numbers.

    Raises:
        Problem: the file cannot be read.
    """
    try:
        if content[:4] == b"PK\x03\x04":
            from accounts.enterprise.reading import read_file

            return [
                (sheet.row_number(at), dict(zip(sheet.headings, row, strict=False)))
                for sheet in read_file(name, content).sheets
                for at, row in enumerate(sheet.frame.rows())
            ]
        text = content.decode("utf-8-sig")
        if text.lstrip()[:1] in {"[", "{"}:
            data = json.loads(text, parse_float=str)
            listed = data.get("positions", [data]) if isinstance(data, Mapping) else data
            if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
                raise Problem(N_("{file} must hold one position or a list of positions."), file=name)
            return list(enumerate(listed, 1))
        return list(enumerate(csv.DictReader(io.StringIO(text, newline="")), 2))
    except (UnicodeDecodeError, ValueError, RecursionError, csv.Error) as fault:
        raise Problem(N_("{file} cannot be read: {fault}"), file=name, fault=str(fault)) from fault


def financed_book(rows: list[tuple[int, Mapping[str, Any]]], language: str) -> tuple[dict[str, Any], int]:
    """The book as JSON, and the exit code."""
    positions, errors, exit_code = [], [], 0
    known: list[tuple[Position, Attributed]] = []
    domestic: dict[str, list[Fraction]] = defaultdict(list)
    for number, row in rows:
        try:
            position = position_of(row)
        except Problem as problem:
            errors.append(
                {"row": number, "field": problem.at, "message": translate_problem(language, problem)}
            )
            continue
        found = attribute(position)
        if isinstance(found, Attributed):
            known.append((position, found))
        else:
            exit_code = GAPS
        positions.append({"row": number, **_position(position, found, domestic, language)})
    told = {
        "standard": document().as_dict(),
        "positions": positions,
        "classes": _classes(known),
        "total": _total([found for _, found in known]),
        "gaps": sum("gap" in position for position in positions),
        "domestic": _domestic(domestic, known, language),
        "errors": errors,
    }
    return told, WRONG_INPUT if errors else exit_code


def _position(
    position: Position, found: Attributed | Gap, domestic: dict[str, list[Fraction]], language: str
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": position.words.get("id"),
        "name": position.words.get("name"),
        "asset_class": position.asset_class.id,
        "section": position.asset_class.clause,
        "outstanding": number(position.figures["outstanding"]),
    }
    if isinstance(found, Gap):
        return told | {"gap": said(found.template, found.values, language)}
    told |= {
        "attribution_factor": None if found.share is None else number(found.share),
        "denominator": found.denominator,
        "financed_emissions_t": number(found.emissions_t),
        "financed_scope_3_t": None if found.scope_3_t is None else number(found.scope_3_t),
        "option": found.option,
        "data_quality_score": number(found.score),
        "formula": found.formula,
        "above_one": found.above_one,
        "apart_t": {name: number(value) for name, value in found.apart_t.items()},
        "undrawn_t": None if found.undrawn_t is None else number(found.undrawn_t),
        "would_raise_the_score": [
            {"option": better.id, "score": better.score, "needs": better.needs.in_language(language)}
            for better in found.better
        ],
    }
    whole = None if found.share in (None, 0) else found.emissions_t / (found.share or 1)
    beside = {}
    for name in methods():
        share = share_of(name, position, whole)
        if isinstance(share, Share):
            domestic[name].append(share.emissions_t)
            beside[name] = {
                "share": number(share.share),
                "denominator": share.denominator,
                "emissions_t": number(share.emissions_t),
            }
    return told | {"domestic": beside}


def _classes(known: list[tuple[Position, Attributed]]) -> list[dict[str, Any]]:
    by_class: dict[str, list[Attributed]] = defaultdict(list)
    for position, found in known:
        by_class[position.asset_class.id].append(found)
    return [{"asset_class": name, **_total(several)} for name, several in by_class.items()]


def _total(several: list[Attributed]) -> dict[str, Any]:
    outstanding = sum((one.outstanding for one in several), Fraction(0))
    emissions = sum((one.emissions_t for one in several), Fraction(0))
    with_3 = [one for one in several if one.scope_3_t is not None]
    score = weighted_score((one.outstanding, one.score) for one in several)
    score_3 = weighted_score((one.outstanding, one.score) for one in with_3)
    return {
        "positions": len(several),
        "outstanding": number(outstanding),
        "financed_emissions_t": number(emissions),
        "financed_scope_3_t": number(sum((one.scope_3_t or Fraction(0) for one in with_3), Fraction(0)))
        if with_3
        else None,
        "data_quality_score": None if score is None else number(score),
        "data_quality_score_scope_3": None if score_3 is None else number(score_3),
        "tonnes_per_million": number(emissions / outstanding * 10**6) if outstanding else None,
    }


def _domestic(
    sums: Mapping[str, list[Fraction]], known: list[tuple[Position, Attributed]], language: str
) -> list[dict[str, Any]]:
    quality = quality_class((found.emissions_t, found.score) for _, found in known)
    return [
        {
            "method": method.id,
            "name": method.name.in_language(language),
            "formula": method.formula.in_language(language),
            "confidence": method.confidence,
            "loans": len(sums.get(method.id, ())),
            "emissions_t": number(sum(sums.get(method.id, ()), Fraction(0))),
            "data_quality": None
            if quality is None
            else {"value": number(quality[0]), "class": quality[1].in_language(language)},
        }
        for method in methods().values()
    ]


def number(value: Fraction) -> float | int:
    """As JSON writes it; whole numbers stay whole."""
    return value.numerator if value.denominator == 1 else float(value)


def _show(told: dict[str, Any], language: str) -> None:
    table = Table()
    for heading in (
        N_("Row"),
        N_("Class"),
        N_("Outstanding"),
        N_("Share"),
        N_("tCO2e"),
        N_("Option"),
        N_("Score"),
    ):
        table.add_column(translate(language, heading), justify="right")
    for one in told["positions"]:
        share = one.get("attribution_factor")
        cells = [str(one["row"]), one["asset_class"], f"{one['outstanding']:,}"]
        if "gap" in one:
            table.add_row(*cells, "", "", "", one["gap"])
        else:
            cells += ["" if share is None else f"{share:.6g}", f"{one['financed_emissions_t']:,.3f}"]
            table.add_row(*cells, one["option"], str(one["data_quality_score"]))
    total = told["total"]
    table.add_section()
    table.add_row(
        "",
        "",
        f"{total['outstanding']:,}",
        "",
        f"{total['financed_emissions_t']:,.3f}",
        "",
        str(total["data_quality_score"]),
    )
    Console(highlight=False).print(table)
    for error in told["errors"]:
        click.echo(f"{error['row']}: {error['field']}: {error['message']}", err=True)
