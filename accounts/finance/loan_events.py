"""Recording what happens to a loan after release; interest and subsidy follow with the next night's run."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance.days import today
from accounts.finance.histories import LoanHistory, histories_of
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.canonical import canonical_json
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen
from carbon.schedules import Line

KINDS = {
    "rate": N_("New rate"),
    "prepayment": N_("Paid back early"),
    "supplier-paid": N_("Money reached the supplier"),
    "overdue": N_("Overdue"),
    "cured": N_("No longer overdue"),
    "written-off": N_("Written off"),
    "disqualified": N_("Disqualified from subsidy"),
}
"""What can be recorded, in words."""


@dataclass(frozen=True)
class RecordedEvent:
    """An event as it was recorded, and by whom."""

    id: UUID
    kind: str
    on_day: date
    rate_percent: Decimal | None
    amount_fen: int | None
    keeps: str
    reason: str
    recorded_by_name: str
    recorded_at: datetime


@dataclass(frozen=True)
class LoanPlan:
    """The loan's periods as they stand now, what was paid early or changed, and what it owes today."""

    loan_id: UUID
    lines: tuple[Line, ...]
    interest_fen: int
    outstanding_fen: int
    events: tuple[RecordedEvent, ...]


async def record_event(
    actor: Actor,
    *,
    loan_id: UUID,
    kind: str,
    on_day: date,
    rate_percent: Decimal | None = None,
    amount_fen: int | None = None,
    keeps: str = "term",
    reason: str = "",
    cause: dict[str, Any] | None = None,
    key: str | None = None,
) -> LoanPlan:
    """Record that something happened to a loan; a later record for the same day and rate corrects the earlier one.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank.
        Problem: a kind or figure that cannot be, a day outside the loan, or more paid back than is owed.
        Conflict: it can happen only once and has.
    """
    actor.require(Permission.LOAN_REGISTER)
    _check(kind, rate_percent, amount_fen, keeps)
    reason = checked_name(reason, at="reason", longest=500, required=False)
    request = {
        "loan_id": loan_id, "kind": kind, "on_day": on_day, "rate_percent": rate_percent, "amount_fen": amount_fen,
        "keeps": keeps, "reason": reason,
    }  # fmt: skip

    async def work() -> dict[str, str]:
        await _lock(connection, loan_id)
        await write_event(
            connection, actor, loan_id, kind, on_day,
            rate_percent=rate_percent, amount_fen=amount_fen, keeps=keeps, reason=reason, cause=cause or {},
        )  # fmt: skip
        return {}

    async with transaction(tenant=actor.tenant_id) as connection:
        await once(connection, actor, operation="loan.event", key=key, request=request, work=work)
        return await _plan(connection, loan_id)


async def write_event(
    connection: Connection,
    actor: Actor,
    loan_id: UUID,
    kind: str,
    on_day: date,
    *,
    rate_percent: Decimal | None = None,
    amount_fen: int | None = None,
    keeps: str = "term",
    reason: str = "",
    cause: dict[str, Any] | None = None,
) -> UUID:
    """The same in the caller's transaction, the loan's history checked with the event in it.

    Raises:
        NotFound, Problem, Conflict: as `record_event`.
    """
    before = await _history(connection, loan_id)
    if not before.starts_on <= on_day < before.ends_on:
        raise Problem(
            N_("{day} is not between release and end of the loan, {first} to {last}."),
            at="on_day",
            day=on_day.isoformat(),
            first=before.starts_on.isoformat(),
            last=before.ends_on.isoformat(),
        )
    event_id = new_id()
    try:
        async with savepoint(connection):
            await connection.execute(
                """insert into finance_loan_event (id, loan_id, bank_id, enterprise_id, kind, on_day, rate_percent,
                       amount_fen, keeps, reason, cause, recorded_by, recorded_by_name)
                   select $1, l.id, l.bank_id, l.enterprise_id, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11
                     from finance_loan l where l.id = $2""",
                event_id, loan_id, kind, on_day, rate_percent, amount_fen, keeps, reason, canonical_json(cause or {}),
                actor.person_id, actor.name,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("This is recorded for the loan already and happens only once."), at="kind"
        ) from None
    (await _history(connection, loan_id)).schedule()
    await audit.record(
        connection,
        actor,
        act="loan.event",
        object_kind="loan",
        object_id=loan_id,
        details={
            "kind": kind,
            "on": on_day,
            "rate_percent": rate_percent,
            "fen": amount_fen,
            "reason": reason,
        },
    )
    return event_id


async def read_plan(actor: Actor, *, loan_id: UUID) -> LoanPlan:
    """The loan's schedule with all that happened, for its bank and its borrower.

    Raises:
        NotFound: no such loan of the actor's.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _plan(connection, loan_id)


def _check(kind: str, rate_percent: Decimal | None, amount_fen: int | None, keeps: str) -> None:
    if kind not in KINDS:
        raise Problem(
            N_("{value} is not known as {field}; use one of {known}."),
            at="kind",
            value=kind[:40],
            field="kind",
            known=", ".join(KINDS),
        )
    if (kind == "rate") != (rate_percent is not None):
        raise Problem(N_("A new rate needs its percent a year, and nothing else does."), at="rate_percent")
    if rate_percent is not None and (
        not rate_percent.is_finite()
        or not 0 <= rate_percent <= 100
        or rate_percent != rate_percent.quantize(Decimal("0.01"))
    ):
        raise Problem(
            N_("A rate of {rate} % a year cannot be; write 0 to 100, such as 3.45."),
            at="rate_percent",
            rate=str(rate_percent),
        )
    if (kind == "prepayment") != (amount_fen is not None):
        raise Problem(N_("An early payment needs its amount, and nothing else does."), at="amount_fen")
    if amount_fen is not None:
        positive_fen(amount_fen, at="amount_fen")
    if keeps not in {"term", "instalment"}:
        raise Problem(N_("After an early payment either the term or the instalment is kept."), at="keeps")


async def _lock(connection: Connection, loan_id: UUID) -> None:
    """Events of one loan come one after another."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"loan {loan_id}")


async def _history(connection: Connection, loan_id: UUID) -> LoanHistory:
    found = (await histories_of(connection, [loan_id])).get(loan_id)
    if found is None:
        raise NotFound(N_("There is no such loan."), at="loan_id")
    return found


async def _plan(connection: Connection, loan_id: UUID) -> LoanPlan:
    found = (await _history(connection, loan_id)).schedule()
    rows = await connection.fetch(
        """select id, kind, on_day, rate_percent, amount_fen, keeps, reason, recorded_by_name, recorded_at
             from finance_loan_event where loan_id = $1 order by recorded_at desc, id desc""",
        loan_id,
    )
    return LoanPlan(
        loan_id=loan_id,
        lines=found.lines,
        interest_fen=found.interest_fen,
        outstanding_fen=found.balance_on(await today(connection)),
        events=tuple(RecordedEvent(**row) for row in rows),
    )
