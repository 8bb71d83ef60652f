"""`carbon subsidy PROGRAMME FILE`: whether a loan qualifies for an interest subsidy, and what it draws. Needs no database.

FILE is as for `carbon loan schedule`; docs/finance.md names the further fields.
"""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from carbon.errors import N_, Problem
from carbon.money import yuan, yuan_text
from carbon.text import Text
from methodologies.finance.programmes import Programme, programme, programmes, words
from methodologies.finance.subsidy_case import SubsidyAnswer, answer
from web.commands.loan import read_loans
from web.language import translate, translate_problem

WRONG_INPUT, NOT_QUALIFIED = 2, 3


@click.command()
@click.argument("programme_id", metavar="[PROGRAMME]", required=False)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--explain", is_flag=True, help="Show how every number came to be.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def command(
    programme_id: str | None, file: Path | None, *, explain: bool, as_json: bool, language: str
) -> None:
    """What PROGRAMME gives on the loan or loans in FILE; without FILE its terms, without both the list.

    Exit code 2 when a loan cannot be read, 3 when one does not qualify.
    """
    try:
        if programme_id is None:
            _list(language, as_json=as_json)
            return
        known = programme(programme_id)
        if file is None:
            _write([terms_as_dict(known, language)], one=True, as_json=True)
            return
        rows = read_loans(file.name, file.read_bytes(), {})
    except Problem as problem:
        _write([_told(problem, language)], one=True, as_json=as_json)
        sys.exit(WRONG_INPUT)
    results, worst = [], 0
    for row in rows:
        try:
            found = answer(known, row.values)
        except Problem as problem:
            results.append({"row": row.row, **_told(problem, language)})
            worst = WRONG_INPUT
            continue
        results.append({"row": row.row, **as_dict(found, language, explain=explain)})
        worst = max(worst, 0 if found.qualifies else NOT_QUALIFIED) if worst != WRONG_INPUT else worst
        if not as_json:
            _show(found, language, explain=explain)
    if as_json or any("errors" in result for result in results):
        _write(results, one=len(rows) == 1, as_json=as_json)
    sys.exit(worst)


def _told(problem: Problem, language: str) -> dict[str, Any]:
    return {
        "errors": [
            {"code": problem.code, "message": translate_problem(language, problem), "field": problem.at}
        ]
    }


def _write(results: list[dict[str, Any]], *, one: bool, as_json: bool) -> None:
    for result in results:
        for error in result.get("errors", ()):
            click.echo(f"{error['field'] or ''} {error['message']}".strip(), err=True)
    if as_json:
        answer_ = results[0] if one else {"loans": results}
        sys.stdout.write(msgspec.json.encode(answer_).decode() + "\n")


def as_dict(found: SubsidyAnswer, language: str, *, explain: bool) -> dict[str, Any]:
    """The answer as JSON."""
    told = {
        "programme": found.programme.id,
        "name": found.programme.name.as_dict(),
        "confidence": found.programme.confidence.id,
        "qualifies": found.qualifies,
        "checks": [
            {"code": check.code, "met": check.met, "message": said(check.template, check.values, language)}
            for check in found.checks
        ],
        "starts_on": found.starts_on.isoformat(),
        "ends_on": found.until.isoformat(),
        "subsidy_fen": found.amount_fen,
        "subsidy": str(yuan(found.amount_fen)),
        "shares_fen": _shares(found),
        "periods": [
            {
                "starts_on": period.starts_on.isoformat(),
                "ends_on": period.ends_on.isoformat(),
                "amount_fen": period.amount_fen,
                "amount": str(yuan(period.amount_fen)),
                "shares_fen": period.shares_fen,
            }
            for period in found.periods
        ],
        "house": list(found.programme.house),
    }
    return told | ({"explanation": found.explanation.as_dict()} if explain else {})


def _shares(found: SubsidyAnswer) -> dict[str, int]:
    total = {share.level: 0 for share in found.programme.levels}
    for period in found.periods:
        for level, fen in period.shares_fen.items():
            total[level] += fen
    return total


def said(template: str, values: dict[str, Any], language: str) -> str:
    """A reason in a language, its values too."""
    told = {
        key: value.in_language(language) if isinstance(value, Text) else value
        for key, value in values.items()
    }
    return translate(language, template, **told)


def terms_as_dict(known: Programme, language: str) -> dict[str, Any]:
    """A programme's terms as JSON, texts in the language asked for."""
    return {
        "id": known.id,
        "name": known.name.in_language(language),
        "issuer": known.issuer.in_language(language),
        "document": known.document.in_language(language),
        "clause": known.clause,
        "published": known.published_on.isoformat(),
        "confidence": known.confidence.id,
        "pays": known.rate_text.in_language(language),
        "clock_starts": known.clock_starts.value,
        "months_limit": known.months_limit,
        "released_until": known.released_until.isoformat() if known.released_until else None,
        "purposes": {purpose.id: purpose.released_from.isoformat() for purpose in known.purposes},
        "levels_percent": {share.level: str(share.percent) for share in known.levels},
        "disqualifies": {reason.id: reason.name.in_language(language) for reason in known.disqualifies},
        "excludes": known.excludes.in_language(language),
        "house": list(known.house),
    }


def _list(language: str, *, as_json: bool) -> None:
    if as_json:
        told = [terms_as_dict(known, language) for known in programmes().values()]
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    for known in programmes().values():
        click.echo(f"{click.style(known.id, bold=True)}  {known.name.in_language(language)}")
        click.echo(f"    {known.rate_text.in_language(language)}; {known.document.in_language(language)}")


def _show(found: SubsidyAnswer, language: str, *, explain: bool) -> None:
    for check in found.checks:
        click.echo(f"{'✓' if check.met else '✗'} {said(check.template, check.values, language)}")
    click.echo(
        translate(
            language,
            N_("Subsidy from {first} to {until} (not counted): {amount} yuan"),
            first=found.starts_on.isoformat(),
            until=found.until.isoformat(),
            amount=yuan_text(found.amount_fen),
        )
    )
    levels = words()["levels"]
    for level, fen in _shares(found).items():
        click.echo(f"    {Text.of(levels[level], level).in_language(language)}: {yuan_text(fen)}")
    for period in found.periods:
        click.echo(f"    {period.starts_on} – {period.ends_on}: {yuan_text(period.amount_fen)}")
    if explain:
        click.echo(found.explanation.as_text(language))
