"""`carbon loan schedule FILE`: what a loan costs and when. Needs no database.

FILE holds one loan (JSON or TOML) or a table of loans (CSV or XLSX, a JSON list); docs/finance.md names the fields.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from accounts.finance.loan_tables import LoanRow, read_rows
from carbon.errors import N_, Problem
from carbon.money import Rounding, yuan, yuan_text
from carbon.schedules import Line, Schedule
from methodologies.finance.instalment_checks import Checked, checked, first_payment_fen
from web.language import translate, translate_problem

WRONG_INPUT, DISAGREES = 2, 3
LARGEST_FILE = 32 * 2**20


@click.group()
def command() -> None:
    """Loan arithmetic: repayment schedules and stated instalments."""


@command.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--principal", help="Yuan, such as 1000000.00.")
@click.option("--rate", help="Percent a year, such as 3.45.")
@click.option("--months", help="Length in months.")
@click.option("--starts-on", help="Day of release, such as 2026-03-31.")
@click.option("--ends-on", help="Day of the last payment.")
@click.option(
    "--repayment", help="equal-instalment, equal-principal, interest-only, bullet, flat, or 等额本息 …"
)
@click.option("--day-count", help="months/12, months/12+days/360, ACT/360, ACT/365 or 30/360.")
@click.option("--every-months", help="Months between payments.")
@click.option("--due-day", help="Day of the month, 31 for the last.")
@click.option("--due-months", help="Months of the year, such as 3,6,9,12.")
@click.option(
    "--due-day-counted", help="true: interest runs to and with the due day and is paid the day after."
)
@click.option("--first-stub", help="short or long.")
@click.option("--last-stub", help="short or long.")
@click.option("--interest-only-months", help="Months before the first repayment.")
@click.option("--level", help="rate: the annuity formula; periods: over the real lengths of all periods.")
@click.option("--rounding", help="half-up, half-even, up or down.")
@click.option("--instalment-unit-fen", help="1: fen, 10: jiao, 100: yuan.")
@click.option("--roll", help="unadjusted, following, modified-following or preceding.")
@click.option(
    "--stated", "instalment_yuan", help="The instalment the lender states, in yuan, to be compared."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en", show_default=True)
def schedule(file: Path | None, *, as_json: bool, language: str, **options: str | None) -> None:
    """The schedule of the loan in FILE or of the options; of a table of loans each one's instalment and totals.

    Options fill what the file leaves open. Exit code 2 when a loan cannot be read, 3 when a stated instalment
    is reached by none of the roundings.
    """
    given = {_field(name): value for name, value in options.items() if value is not None}
    try:
        rows = [LoanRow(None, given)] if file is None else read_loans(file.name, file.read_bytes(), given)
        one = len(rows) == 1 and rows[0].row is None
        if one:
            result = checked(rows[0].values)
            _write_one(result, language, as_json=as_json)
            sys.exit(DISAGREES if result.stated_fen is not None and not result.agrees else 0)
    except Problem as problem:
        _refuse(problem, language, as_json=as_json)
        sys.exit(WRONG_INPUT)
    sys.exit(_write_many(rows, language, as_json=as_json))


def _field(option: str) -> str:
    return {"principal": "principal_yuan", "rate": "rate_percent"}.get(option, option)


def read_loans(name: str, content: bytes, given: Mapping[str, str]) -> list[LoanRow]:
    """The loans of a file; `given` fills fields a loan leaves open. A single object has row None.

    Raises:
        Problem: the file cannot be read.
    """
    ending = Path(name).suffix.casefold()
    try:
        if ending == ".toml":
            data: Any = tomllib.loads(content.decode("utf-8-sig"), parse_float=str)
        elif ending == ".json" or content.lstrip()[:1] in {b"{", b"["}:
            data = json.loads(content.decode("utf-8-sig"), parse_float=str)
        else:
            return [LoanRow(row.row, {**given, **row.values}) for row in read_rows(name, content)]
    except (UnicodeDecodeError, ValueError, RecursionError) as fault:
        raise Problem(N_("{file} cannot be read: {fault}"), file=name, fault=str(fault)) from fault
    if isinstance(data, Mapping) and not isinstance(data.get("loans"), list):
        return [LoanRow(None, {**given, **data})]
    listed = data["loans"] if isinstance(data, Mapping) else data
    if not isinstance(listed, list) or not all(isinstance(loan, Mapping) for loan in listed):
        raise Problem(N_("{file} must hold one loan or a list of loans."), file=name)
    return [LoanRow(number, {**given, **loan}) for number, loan in enumerate(listed, 1)]


def _refuse(problem: Problem, language: str, *, as_json: bool) -> None:
    message = translate_problem(language, problem)
    if as_json:
        error = {"code": problem.code, "message": message, "field": problem.at}
        sys.stdout.write(msgspec.json.encode({"errors": [error]}).decode() + "\n")
    click.echo(f"{problem.at}: {message}" if problem.at else message, err=True)


def _summary(result: Checked) -> dict[str, Any]:
    found = result.schedule
    first = first_payment_fen(found)
    told: dict[str, Any] = {
        "instalment_fen": first,
        "instalment": str(yuan(first)),
        "instalments": len(found.lines),
        "last_payment_fen": found.lines[-1].payment_fen,
        "last_payment": str(yuan(found.lines[-1].payment_fen)),
        "interest_fen": found.interest_fen,
        "interest": str(yuan(found.interest_fen)),
        "total_fen": found.payment_fen,
        "total": str(yuan(found.payment_fen)),
        "ends_on": found.lines[-1].ends_on.isoformat(),
        "rounding": found.terms.rounding.value,
    }
    if result.stated_fen is not None:
        told |= {
            "stated_fen": result.stated_fen,
            "difference_fen": result.difference_fen,
            "agrees_with_rounding": [rounding.value for rounding in result.agrees],
        }
    return told


def _line(line: Line) -> dict[str, Any]:
    amounts = {
        name: getattr(line, f"{name}_fen")
        for name in ("opening", "prepaid", "interest", "principal", "payment", "closing")
    }
    return {
        "number": line.number,
        "starts_on": line.starts_on.isoformat(),
        "ends_on": line.ends_on.isoformat(),
        "payable_on": line.payable_on.isoformat(),
        "rate_percent": str(line.rate_percent),
        **{f"{name}_fen": fen for name, fen in amounts.items()},
        **{name: str(yuan(fen)) for name, fen in amounts.items()},
    }


def as_dict(result: Checked) -> dict[str, Any]:
    """The whole schedule as the JSON of the command and of the API."""
    return _summary(result) | {"lines": [_line(line) for line in result.schedule.lines]}


def _write_one(result: Checked, language: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(as_dict(result)).decode() + "\n")
        return
    console = Console(highlight=False)
    console.print(_table(result.schedule, language))
    if result.stated_fen is not None:
        console.print(_said(result, language))


def _table(found: Schedule, language: str) -> Table:
    table = Table()
    headings = [
        N_("No."),
        N_("Payable on"),
        N_("Rate"),
        N_("Interest"),
        N_("Principal"),
        N_("Payment"),
        N_("Outstanding after"),
    ]
    for heading in headings:
        table.add_column(translate(language, heading), justify="right")
    for line in found.lines:
        table.add_row(
            str(line.number),
            line.payable_on.isoformat(),
            f"{line.rate_percent} %",
            *(
                yuan_text(fen)
                for fen in (line.interest_fen, line.principal_fen, line.payment_fen, line.closing_fen)
            ),
        )
    table.add_section()
    table.add_row("", "", "", yuan_text(found.interest_fen), "", yuan_text(found.payment_fen), "")
    return table


def _said(result: Checked, language: str) -> str:
    assert result.stated_fen is not None  # noqa: S101 - asked for by the caller
    if not result.agrees:
        return translate(
            language,
            N_("The lender states {stated}; no rounding of ours gives it, the nearest differs by {fen} fen."),
            stated=yuan_text(result.stated_fen),
            fen=abs(result.difference_fen or 0),
        )
    return translate(
        language,
        N_("The lender states {stated}, as rounding {rounding} gives."),
        stated=yuan_text(result.stated_fen),
        rounding=", ".join(rounding.value for rounding in result.agrees),
    )


def _write_many(rows: list[LoanRow], language: str, *, as_json: bool) -> int:
    """Each loan's instalment, and the rounding under which most of the stated ones agree."""
    loans, errors, counted = [], [], dict.fromkeys(Rounding, 0)
    stated = disagreeing = 0
    for row in rows:
        try:
            result = checked(row.values)
        except Problem as problem:
            errors.append(
                {"row": row.row, "field": problem.at, "message": translate_problem(language, problem)}
            )
            continue
        loans.append({"row": row.row, **_summary(result)})
        for rounding in result.agrees:
            counted[rounding] += 1
        stated += result.stated_fen is not None
        disagreeing += result.stated_fen is not None and not result.agrees
    told = {
        "loans": loans,
        "errors": errors,
        "stated": stated,
        "agreeing_by_rounding": {rounding.value: count for rounding, count in counted.items()},
        "disagreeing": disagreeing,
    }
    if as_json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        for loan in loans:
            click.echo(f"{loan['row']}\t{loan['instalment']}\t{loan['interest']}\t{loan['total']}")
        for error in errors:
            click.echo(f"{error['row']}: {error['field']}: {error['message']}", err=True)
        if stated:
            click.echo(
                "  ".join(f"{rounding.value}: {count}/{stated}" for rounding, count in counted.items())
            )
    return WRONG_INPUT if errors else DISAGREES if disagreeing else 0
