"""A bank's loan book as a file: what its columns mean, what is wrong in which cell, and taking the good rows.

A contract that is registered with the same figures stays as it is, so that loading a file twice changes nothing; one
with other figures is told and not taken.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.reading import shown_name
from accounts.finance.loan_tables import LoanRow, LoanTable, read_tables
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Finding, Problem
from carbon.identifiers import new_id
from carbon.money import LIMIT_FEN, yuan_text
from carbon.schedules import Repayment, Terms, schedule
from methodologies.finance.interest_periods import settlement
from methodologies.finance.loan_terms import field_of, terms_of
from methodologies.finance.programmes import purposes

NO_PRODUCT = UUID(int=0)
"""The product of a loan that was not priced here."""
MOST_ROWS = 200_000
_WHOLE = {"principal_yuan": "1", "rate_percent": "1", "months": "12", "starts_on": "2026-01-01"}
_ALONE = {
    "principal_wan": "principal_yuan",
    "principal_fen": "principal_yuan",
    "years": "months",
    "ends_on": "months",
}
_CHECKED = {
    "principal_yuan", "principal_wan", "principal_fen", "rate_percent", "months", "years", "starts_on", "ends_on",
    "repayment", "day_count", "every_months", "due_day", "due_months", "instalment_yuan",
}  # fmt: skip


@dataclass(frozen=True)
class BookLoan:
    """A good row: the contract, its borrower, its terms."""

    row: int
    sheet: str | None
    contract_number: str
    borrower: str
    borrower_code: str
    purpose: str
    terms: Terms


@dataclass(frozen=True)
class Book:
    """A file as understood: what each heading is taken for, the good rows, and what is wrong where."""

    file_name: str
    sha256: str
    mapping: dict[str, str | None]
    loans: tuple[BookLoan, ...]
    findings: tuple[Finding, ...]
    rows: int


@dataclass(frozen=True)
class TakenBook:
    """What taking a book changed: loans added, contracts that were there with the same figures, and findings."""

    file_name: str
    rows: int
    added: int
    unchanged: int
    principal_fen: int
    findings: tuple[Finding, ...] = field(default=())


def read_book(name: str, content: bytes, mapping: Mapping[str, str] | None = None) -> Book:
    """Understand a file without keeping anything; `mapping` says for headings what they are (heading → field, or "").

    Raises:
        Problem: the file cannot be used.
    """
    tables = read_tables(name, content)
    known: dict[str, str | None] = {}
    loans, findings, rows = [], [], 0
    seen: dict[str, int] = {}
    for table in tables:
        chosen = _mapping(table, mapping or {})
        known |= chosen
        for row in table.rows:
            rows += 1
            if rows > MOST_ROWS:
                raise Problem(N_("A file holds at most {most} loans."), most=MOST_ROWS)
            loan, wrong = _read(row, chosen, seen)
            findings += wrong
            if loan is not None:
                loans.append(loan)
    return Book(
        shown_name(name), hashlib.sha256(content).hexdigest(), known, tuple(loans), tuple(findings), rows
    )


def _mapping(table: LoanTable, asked: Mapping[str, str]) -> dict[str, str | None]:
    return {
        heading: (asked[heading] or None) if heading in asked else found
        for heading, found in table.mapping.items()
    }


def _read(
    row: LoanRow, mapping: Mapping[str, str | None], seen: dict[str, int]
) -> tuple[BookLoan | None, list[Finding]]:
    values = {
        known: row.values[heading] for heading, known in mapping.items() if known and heading in row.values
    }
    headings = {known: heading for heading, known in mapping.items() if known}
    wrong = [
        _finding(row, headings, problem.at or name, problem)
        for name, value in values.items()
        if (problem := _wrong(name, value)) is not None
    ]
    number = str(values.get("contract_number", "")).strip()
    if not 1 <= len(number) <= 80 or not number.isprintable():
        wrong.append(
            _finding(
                row,
                headings,
                "contract_number",
                Problem(N_("A loan needs its contract number, 1 to 80 printable characters.")),
            )
        )
    elif number in seen:
        wrong.append(
            _finding(
                row,
                headings,
                "contract_number",
                Problem(
                    N_("The contract {number} stands in row {row} already."), number=number, row=seen[number]
                ),
            )
        )
    purpose = _purpose(str(values.get("purpose", "")))
    if purpose is None:
        wrong.append(
            _finding(
                row,
                headings,
                "purpose",
                Problem(
                    N_("{unknown} is no purpose known here; use one of {known}."),
                    unknown=str(values["purpose"])[:40],
                    known=", ".join(text.zh for text in purposes().values()),
                ),
            )
        )
    if not values.get("borrower") and not values.get("borrower_code"):
        wrong.append(
            _finding(
                row, headings, "borrower", Problem(N_("A loan needs its borrower's name or credit code."))
            )
        )
    if wrong:
        return None, wrong
    try:
        terms = terms_of(values)
        _check_sums(terms)
        schedule(terms)
    except Problem as problem:
        return None, [_finding(row, headings, problem.at or "", problem)]
    seen[number] = row.row or 0
    assert purpose is not None  # noqa: S101 - found above
    return (
        BookLoan(
            row.row or 0, row.sheet, number, str(values.get("borrower", "")).strip()[:200],
            str(values.get("borrower_code", "")).strip().upper(), purpose, terms,
        ),
        [],
    )  # fmt: skip


def _wrong(name: str, value: Any) -> Problem | None:
    """What is wrong with one cell alone, the others being good."""
    if name not in _CHECKED:
        return None
    values = {key: known for key, known in _WHOLE.items() if key != _ALONE.get(name)}
    try:
        terms_of(values | {name: value})
    except Problem as problem:
        # A day before the other cells' days is no fault of this cell.
        return (
            None
            if problem.at == "ends_on"
            and name in {"ends_on", "starts_on"}
            and "cannot end" in problem.template
            else problem
        )
    return None


def _check_sums(terms: Terms) -> None:
    if terms.principal_fen > LIMIT_FEN:
        raise Problem(N_("The amount is more than this system keeps."), at="principal_yuan")
    if terms.rate_percent != terms.rate_percent.quantize(Decimal("0.01")):
        raise Problem(
            N_("A loan's rate has two decimals; {rate} has more."),
            at="rate_percent",
            rate=str(terms.rate_percent),
        )


def _finding(row: LoanRow, headings: Mapping[str, str], name: str, problem: Problem) -> Finding:
    heading = headings.get(name)
    return Finding(
        code=f"loan-{name or 'row'}".replace("_", "-"),
        template=problem.template,
        values=problem.values,
        sheet=row.sheet,
        row=row.row,
        column=heading,
        value=row.values.get(heading or ""),
    )


def _purpose(text: str) -> str | None:
    asked = text.strip()
    if not asked:
        return "working-capital"
    return next((name for name, words in purposes().items() if asked in {name, words.zh, words.en}), None)


async def take_book(
    actor: Actor, *, file_name: str, content: bytes, mapping: Mapping[str, str] | None = None
) -> TakenBook:
    """Register the good rows of a file; nothing that is registered already changes.

    Raises:
        NotPermitted: without `loan:register`.
        Problem: the file cannot be used.
    """
    actor.require(Permission.LOAN_REGISTER)
    book = read_book(file_name, content, mapping)
    async with transaction(tenant=actor.tenant_id) as connection:
        known = await _registered(connection, [loan.contract_number for loan in book.loans])
        firms = await _firms(
            connection, {loan.borrower_code for loan in book.loans}, {loan.borrower for loan in book.loans}
        )
        added, unchanged, findings = [], 0, list(book.findings)
        for loan in book.loans:
            before = known.get(loan.contract_number)
            if before is None:
                added.append(loan)
            elif before == _figures(loan):
                unchanged += 1
            else:
                findings.append(_differs(loan, before))
        await _write(connection, actor, added, firms)
        await audit.record(
            connection,
            actor,
            act="loan.import",
            object_kind="loan-book",
            object_id=book.sha256[:32],
            details={"file": book.file_name, "rows": book.rows, "added": len(added), "unchanged": unchanged},
        )
    return TakenBook(
        book.file_name,
        book.rows,
        len(added),
        unchanged,
        sum(loan.terms.principal_fen for loan in added),
        tuple(findings),
    )


Figures = tuple[Any, ...]


def _figures(loan: BookLoan) -> Figures:
    terms = loan.terms
    return (
        terms.principal_fen,
        terms.rate_percent,
        terms.day_count.value,
        terms.starts_on,
        terms.ends_on,
        loan.purpose,
    )


async def _registered(connection: Connection, numbers: list[str]) -> dict[str, Figures]:
    rows = await connection.fetch(
        """select contract_number, principal_fen, rate_percent, day_count, starts_on, ends_on, purpose from finance_loan
            where bank_id = current_tenant() and contract_number = any ($1::text[])""",
        numbers,
    )
    return {row[0]: tuple(row)[1:] for row in rows}


def _differs(loan: BookLoan, before: Figures) -> Finding:
    return Finding(
        code="loan-differs",
        template=N_(
            "The contract {number} is registered with other figures: {amount} yuan at {rate} % from {first} to {last}. It is left as it is."
        ),
        values={
            "number": loan.contract_number,
            "amount": yuan_text(before[0]),
            "rate": str(before[1]),
            "first": before[3].isoformat(),
            "last": before[4].isoformat(),
        },
        sheet=loan.sheet,
        row=loan.row,
        value=loan.contract_number,
    )


@dataclass(frozen=True)
class _Firm:
    id: UUID
    name_zh: str
    name_en: str


async def _firms(connection: Connection, codes: set[str], names: set[str]) -> dict[str, _Firm]:
    """Organisations of the city by credit code or name, as far as they are known here."""
    rows = await connection.fetch(
        """select id, name_zh, name_en, coalesce(credit_code, '') as code from identity_organisation
            where kind = 'enterprise' and (credit_code = any ($1::text[]) or name_zh = any ($2::text[]))""",
        sorted(codes - {""}),
        sorted(names - {""}),
    )
    found = {}
    for row in rows:
        firm = _Firm(row["id"], row["name_zh"], row["name_en"] or "")
        found[row["name_zh"]] = firm
        if row["code"]:
            found[row["code"]] = firm
    return found


def _firm(actor: Actor, loan: BookLoan, firms: Mapping[str, _Firm]) -> _Firm:
    """The organisation, or, for a borrower that is not here, a mark of the bank's own for it."""
    found = firms.get(loan.borrower_code) or (firms.get(loan.borrower) if not loan.borrower_code else None)
    if found is not None:
        return found
    own = uuid5(NAMESPACE_URL, f"borrower {actor.tenant_id} {loan.borrower_code or loan.borrower}")
    return _Firm(own, loan.borrower or loan.borrower_code, "")


async def _write(
    connection: Connection, actor: Actor, loans: list[BookLoan], firms: Mapping[str, _Firm]
) -> None:
    rows, terms = [], []
    for loan in loans:
        loan_id, firm, own = new_id(), _firm(actor, loan, firms), loan.terms
        months = (own.ends_on.year - own.starts_on.year) * 12 + own.ends_on.month - own.starts_on.month
        rows.append(
            (loan_id, actor.tenant_id, firm.id, firm.name_zh, firm.name_en, NO_PRODUCT, loan_id, loan.contract_number,
             loan.purpose, own.principal_fen, own.rate_percent, own.day_count.value, max(months, 1), own.starts_on,
             own.ends_on, actor.person_id)
        )  # fmt: skip
        if not _is_usual(own):
            terms.append(
                (loan_id, actor.tenant_id, firm.id, own.repayment.value, own.every_months, own.due_day,
                 list(own.due_months), own.due_day_counted, own.rounding.value, own.roll.value)
            )  # fmt: skip
    await connection.executemany(
        """insert into finance_loan (id, bank_id, enterprise_id, borrower_name_zh, borrower_name_en, product_id, quote_id,
               contract_number, purpose, principal_fen, rate_percent, day_count, term_months, starts_on, ends_on,
               registered_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)""",
        rows,
    )
    await connection.executemany(
        """insert into finance_loan_terms (loan_id, bank_id, enterprise_id, repayment, every_months, due_day, due_months,
               due_day_counted, rounding, roll) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        terms,
    )


def _is_usual(terms: Terms) -> bool:
    usual = settlement()
    return terms.repayment is Repayment.INTEREST_ONLY and (
        terms.due_day,
        terms.due_months,
        terms.due_day_counted,
    ) == (usual["day_of_month"], tuple(usual["months"]), True)


__all__ = ["Book", "BookLoan", "TakenBook", "field_of", "read_book", "take_book"]
