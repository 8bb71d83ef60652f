"""Paid claims against the bank's statement file: matched, wrong amount, unmatched, repeated, unreadable.

A line names its claim by the claim's number anywhere in its text. The same file counts once.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.reading import shown_name
from accounts.finance.claims import Claim, add_step, claims_of
from accounts.finance.sheets_of_text import Row, read_rows
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import fen_of_yuan
from methodologies.finance.loan_terms import day_of, digits_of

COLUMNS = {
    "amount": {
        "amount",
        "debit",
        "paid",
        "金额",
        "付款金额",
        "支出金额",
        "支出",
        "借方发生额",
        "借方金额",
        "发生额",
        "交易金额",
    },
    "day": {"date", "day", "paid on", "posting date", "交易日期", "记账日期", "付款日期", "日期"},
}
"""Headings of a statement; the claim's number is looked for in every cell."""

_NUMBER = re.compile(r"TX[0-9]{6}-[0-9A-F]{12}", re.ASCII)

OUTCOMES = {
    "matched": N_("matched"),
    "wrong-amount": N_("wrong amount"),
    "unmatched": N_("no claim found"),
    "repeated": N_("paid twice"),
    "unreadable": N_("cannot be read"),
}


@dataclass(frozen=True)
class StatementLine:
    """A line of a statement and what became of it."""

    line: int
    reference: str
    amount_fen: int | None
    paid_on: date | None
    outcome: str
    claim_id: UUID | None
    note: str


@dataclass(frozen=True)
class Statement:
    """A statement with its lines; `missing` are claims paid that no statement shows yet."""

    id: UUID
    file_name: str
    imported_at: datetime
    counts: dict[str, int]
    lines: tuple[StatementLine, ...]
    missing: tuple[str, ...]


async def reconcile_statement(actor: Actor, *, file_name: str, content: bytes) -> Statement:
    """Take a bank's statement in (CSV or XLSX) and mark the paid claims it shows.

    Raises:
        NotPermitted: no authority that manages funds.
        Problem: the file cannot be read, or has no column of amounts.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    rows = read_rows(file_name, content, COLUMNS)
    digest = hashlib.sha256(content).hexdigest()
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"statement {actor.tenant_id}"
        )
        known: UUID | None = await connection.fetchval(
            "select id from finance_statement where authority_id = $1 and sha256 = $2",
            actor.tenant_id,
            digest,
        )
        if known is None:
            known = await _take(connection, actor, shown_name(file_name), digest, rows)
        return await _statement(connection, known)


async def list_statements(actor: Actor) -> list[Statement]:
    """The authority's statements, newest first.

    Raises:
        NotPermitted: without `fund:read`.
    """
    actor.require(Permission.FUND_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        ids = await connection.fetch(
            "select id from finance_statement where authority_id = $1 order by imported_at desc limit 50",
            actor.tenant_id,
        )
        return [await _statement(connection, row["id"]) for row in ids]


async def _take(connection: Connection, actor: Actor, name: str, digest: str, rows: list[Row]) -> UUID:
    statement_id = new_id()
    await connection.execute(
        """insert into finance_statement (id, authority_id, file_name, sha256, lines, imported_by)
           values ($1, $2, $3, $4, $5, $6)""",
        statement_id, actor.tenant_id, name, digest, len(rows), actor.person_id,
    )  # fmt: skip
    claims = {claim.number: claim for claim in await claims_of(connection, limit=5000)}
    lines = []
    for row in rows:
        line, claim = _matched(row, claims)
        if claim is not None and line.outcome == "matched":
            day = line.paid_on.isoformat() if line.paid_on else None
            details = {"statement": name, "line": line.line, "paid_on": day}
            await add_step(connection, actor, claim, "reconciled", claim.paid_fen or 0, "", details)
            claims[claim.number] = _reconciled(claim)
        lines.append(line)
    await connection.executemany(
        """insert into finance_statement_line (statement_id, line, authority_id, reference, amount_fen, paid_on, outcome,
               claim_id, note) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        [
            (statement_id, line.line, actor.tenant_id, line.reference, line.amount_fen, line.paid_on, line.outcome,
             line.claim_id, line.note)
            for line in lines
        ],
    )  # fmt: skip
    await audit.record(
        connection,
        actor,
        act="statement.reconcile",
        object_kind="statement",
        object_id=statement_id,
        details=dict(Counter(line.outcome for line in lines)),
    )
    return statement_id


def _reconciled(claim: Claim) -> Claim:
    return Claim(**{**vars(claim), "state": "reconciled", "waits_for": ""})


def _matched(row: Row, claims: Mapping[str, Claim]) -> tuple[StatementLine, Claim | None]:
    text = " ".join(row.cells.values())
    found = _NUMBER.search(text.upper())
    number = found.group() if found else ""
    claim = claims.get(number)

    def line(outcome: str, amount: int | None = None, note: str = "") -> StatementLine:
        return StatementLine(
            row.number, (number or text)[:200], amount, _day(row), outcome, claim.id if claim else None, note
        )

    try:
        amount = abs_fen(row.fields.get("amount", ""))
    except Problem as problem:
        return line("unreadable", note=str(problem)), claim
    if claim is None or claim.paid_fen is None:
        return line("unmatched", amount), claim
    if claim.state == "reconciled":
        return line("repeated", amount), claim
    if amount != claim.paid_fen:
        return line("wrong-amount", amount, note=str(claim.paid_fen)), claim
    return line("matched", amount), claim


def abs_fen(text: str) -> int:
    """Yuan as statements write them: grouping commas, a sign or none.

    Raises:
        Problem: it is no amount of money.
    """
    return abs(fen_of_yuan(digits_of(text.strip().removeprefix("-").removeprefix("+"))))


def _day(row: Row) -> date | None:
    try:
        return day_of(row.fields["day"], "day") if row.fields.get("day") else None
    except Problem:
        return None


async def _statement(connection: Connection, statement_id: UUID) -> Statement:
    row: Any = await connection.fetchrow(
        "select id, file_name, imported_at from finance_statement where id = $1", statement_id
    )
    if row is None:
        raise NotFound(N_("There is no such statement."))
    lines = await connection.fetch(
        """select line, reference, amount_fen, paid_on, outcome, claim_id, note from finance_statement_line
            where statement_id = $1 order by line""",
        statement_id,
    )
    missing = [claim.number for claim in await claims_of(connection, limit=5000) if claim.state == "paid"]
    return Statement(
        **row,
        counts=dict(Counter(line["outcome"] for line in lines)),
        lines=tuple(StatementLine(**line) for line in lines),
        missing=tuple(missing),
    )
