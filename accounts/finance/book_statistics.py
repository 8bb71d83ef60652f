"""A bank's book for disclosure and stress: the carbon-reduction form, a price on carbon, roll-ups, a workbook.

The roll-up is summed each night by the scheduler; the dashboard reads it instead of the loans.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import xlsxwriter

from accounts.database.transactions import Connection, transaction
from accounts.finance import borrowers
from accounts.finance.nightly import whole_tables
from accounts.finance.portfolio import Portfolio
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.finance.carbon_stress import Borrower, Stressed, stress
from methodologies.finance.green_catalogues import item_of

SCALE = (
    (Decimal("2.00"), Decimal("0.20")),
    (Decimal("1.50"), Decimal("0.40")),
    (Decimal("1.00"), Decimal("0.80")),
)
"""Points a rate gains below a coverage, of this house, until a bank gives its own."""


@dataclass(frozen=True)
class ReductionLine:
    """One line of the carbon-reduction form: a field, its projects, money, mean rate and yearly reduction."""

    field: str
    projects: int
    amount_fen: int
    mean_rate_percent: Decimal | None
    reduction_t: Decimal


@dataclass(frozen=True)
class ReductionForm:
    """The quarterly disclosure of carbon-reduction loans (PBoC form): this quarter, this year, since the first loan."""

    quarter_starts_on: date
    quarter_ends_on: date
    quarter: ReductionLine
    year: ReductionLine
    ever: ReductionLine
    fields: tuple[ReductionLine, ...]


@dataclass(frozen=True)
class StressedLoan:
    """What a path of prices does to one borrower, or why it cannot be said."""

    loan_id: UUID
    contract_number: str
    borrower_name_zh: str
    borrower_name_en: str
    years: tuple[Stressed, ...]
    missing: str


@dataclass(frozen=True)
class BookSum:
    """A line of the roll-up: loans of one purpose at one rate; the interest is that of the day `as_of`."""

    purpose: str
    rate_percent: Decimal
    loans: int
    principal_fen: int
    interest_fen: int
    as_of: date


async def recognise(
    actor: Actor,
    *,
    loan_id: UUID,
    catalogue: str,
    code: str,
    met: bool,
    reason: str,
    avoided_t: Decimal | None = None,
) -> None:
    """Put down whether a loan's use meets an item of a catalogue, why, and the yearly reduction it brings.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank, or item.
        Problem: no reason, or a reduction below zero.
    """
    actor.require(Permission.LOAN_REGISTER)
    item_of(catalogue, code)
    if avoided_t is not None and (not avoided_t.is_finite() or avoided_t < 0):
        raise Problem(N_("A reduction is not below zero."), at="avoided_t")
    text = checked_name(reason, at="reason", longest=1000)
    async with transaction(tenant=actor.tenant_id) as connection:
        written = await connection.fetchval(
            """insert into finance_recognition (id, loan_id, bank_id, enterprise_id, catalogue, code, met, reason, avoided_t,
                   recorded_by, recorded_by_name)
               select $1, l.id, l.bank_id, l.enterprise_id, $3, $4, $5, $6, $7, $8, $9 from finance_loan l
                where l.id = $2 and l.bank_id = current_tenant() returning id""",
            new_id(), loan_id, catalogue, code, met, text, avoided_t, actor.person_id, actor.name,
        )  # fmt: skip
        if written is None:
            raise NotFound(N_("There is no such loan."), at="loan_id")
        details = {"catalogue": catalogue, "code": code, "met": met}
        await audit.record(
            connection, actor, act="loan.recognise", object_kind="loan", object_id=loan_id, details=details
        )


_REDUCTION = """
    select l.starts_on, l.principal_fen, l.rate_percent, r.code, coalesce(r.avoided_t, 0) as avoided_t
      from finance_loan l
      join lateral (select code, met, avoided_t from finance_recognition where loan_id = l.id and catalogue = 'green-2025'
                     order by recorded_at desc limit 1) r on r.met
     where l.bank_id = current_tenant() and l.starts_on < $1
"""


async def reduction_form(actor: Actor, *, year: int, quarter: int) -> ReductionForm:
    """The disclosure for a quarter: recognised loans by number, money, weighted rate and yearly reduction.

    Raises:
        NotPermitted: without `loan:read`.
        Problem: no such quarter.
    """
    actor.require(Permission.LOAN_READ)
    if quarter not in {1, 2, 3, 4}:
        raise Problem(N_("A quarter is 1 to 4."), at="quarter")
    starts_on = date(year, 3 * quarter - 2, 1)
    ends_on = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = [dict(row) for row in await connection.fetch(_REDUCTION, ends_on)]
    fields = sorted({row["code"].split(".")[0] for row in rows})
    return ReductionForm(
        starts_on,
        ends_on,
        _line("", [row for row in rows if row["starts_on"] >= starts_on]),
        _line("", [row for row in rows if row["starts_on"] >= date(year, 1, 1)]),
        _line("", rows),
        tuple(_line(field, [row for row in rows if row["code"].split(".")[0] == field]) for field in fields),
    )


def _line(field: str, rows: Sequence[Mapping[str, Any]]) -> ReductionLine:
    amount = sum(row["principal_fen"] for row in rows)
    weighted = sum(Fraction(row["rate_percent"]) * row["principal_fen"] for row in rows)
    rate = Decimal(round(weighted / amount * 100)).scaleb(-2) if amount else None
    return ReductionLine(field, len(rows), amount, rate, sum((row["avoided_t"] for row in rows), Decimal(0)))


async def stress_book(
    actor: Actor,
    book: Portfolio,
    *,
    path: Mapping[int, int],
    margin_percent: Decimal,
    free_percent: Decimal = Decimal(0),
    passed_on_percent: Decimal = Decimal(0),
    scale: Sequence[tuple[Decimal, Decimal]] = SCALE,
) -> list[StressedLoan]:
    """A path of carbon prices on every borrower whose account the bank may read.

    Earnings before interest and tax are taken as `margin_percent` of main income, where no better is told.

    Raises:
        NotPermitted: without `client:read`.
        Problem: a path or share that cannot be.
    """
    actor.require(Permission.CLIENT_READ)
    found = []
    for loan in book.book:
        if not loan.outstanding_fen:
            continue
        years: tuple[Stressed, ...] = ()
        missing = ""
        try:
            figures = await borrowers.figures_of(actor, loan.enterprise_id, book.financed.year)
            income = await _income(actor, loan.enterprise_id, book.financed.year)
            if figures.emissions_mg is None or income is None:
                missing = "The borrower's emissions or main income of the year are not known."
            else:
                interest = round(Fraction(loan.outstanding_fen) * Fraction(loan.rate_percent) / 100)
                earnings = round(Fraction(income) * Fraction(margin_percent) / 100)
                borrower = Borrower(figures.emissions_mg, earnings, interest, free_percent, passed_on_percent)
                years = stress(borrower, path, scale)
        except NotFound:
            missing = "The borrower does not let the bank read its account."
        found.append(
            StressedLoan(
                loan.id, loan.contract_number, loan.borrower_name_zh, loan.borrower_name_en, years, missing
            )
        )
    return found


async def _income(actor: Actor, enterprise_id: UUID, year: int) -> int | None:
    profile = await borrowers.profile_of(actor, enterprise_id)
    return next((known.main_income_fen for known in profile.years if known.year == year), None)


_ROLL_UP = """
    with sums as (
        select l.bank_id, l.purpose, l.rate_percent, count(*) as loans, sum(l.principal_fen)::bigint as principal_fen,
               sum(l.rate_percent * l.principal_fen) as rate_weighted,
               coalesce(sum(i.amount_fen), 0)::bigint as interest_fen
          from finance_loan l
          left join finance_interest_accrual i on i.day = $1 and i.loan_id = l.id and i.bank_id = l.bank_id
         where l.ends_on > $1 group by 1, 2, 3
    )
    insert into finance_book_rollup (bank_id, purpose, rate_percent, loans, principal_fen, rate_weighted, interest_fen, as_of)
    select bank_id, purpose, rate_percent, loans, principal_fen, rate_weighted, interest_fen, $1 from sums
"""


async def roll_up(connection: Connection, day: date) -> int:
    """Sum every bank's book anew, in the caller's transaction: a slot's. Returns the lines written."""
    await connection.execute("delete from finance_book_rollup")
    async with whole_tables(connection):
        status = await connection.execute(_ROLL_UP, day)
    return int(status.rpartition(" ")[2])


async def read_sums(actor: Actor) -> list[BookSum]:
    """The bank's book as summed last night.

    Raises:
        NotPermitted: without `loan:read`.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select purpose, rate_percent, loans, principal_fen, interest_fen, as_of from finance_book_rollup
                where bank_id = current_tenant() order by purpose, rate_percent"""
        )
    return [BookSum(**row) for row in rows]


def book_workbook(book: Portfolio, headings: Sequence[str]) -> bytes:
    """The book as XLSX: texts are written as texts, so that nothing in them is ever run as a formula (INP-8)."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    workbook = xlsxwriter.Workbook(content, options)
    sheet = workbook.add_worksheet("book")
    money, bold = workbook.add_format({"num_format": "#,##0.00"}), workbook.add_format({"bold": True})
    financed = {line.loan_id: line for line in book.financed.loans}
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    for row, loan in enumerate(book.book, 1):
        line = financed.get(loan.id)
        tonnes = None if line is None or line.financed_mg is None else line.financed_mg / 10**9
        texts = (loan.contract_number, loan.borrower_name_zh, loan.purpose)
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 3, loan.principal_fen / 100, money)
        sheet.write_number(row, 4, loan.outstanding_fen / 100, money)
        sheet.write_number(row, 5, float(loan.rate_percent))
        sheet.write_string(row, 6, loan.starts_on.isoformat())
        sheet.write_string(row, 7, loan.ends_on.isoformat())
        sheet.write_number(row, 8, loan.accrued_interest_fen / 100, money)
        sheet.write_number(row, 9, (loan.subsidy.accrued_fen if loan.subsidy else 0) / 100, money)
        if tonnes is not None and line is not None:
            sheet.write_number(row, 10, tonnes)
            sheet.write_number(row, 11, line.score or 0)
    sheet.freeze_panes(1, 1)
    sheet.autofit()
    workbook.close()
    return content.getvalue()
