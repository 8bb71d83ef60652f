"""Findings: raised by the verifier, answered by the enterprise, closed or reopened by the verifier."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.verification.cases import WORKS, case_row, locked_case, party_of
from accounts.verification.states import Party, State
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

SEVERITIES = {
    "material": N_("material"),
    "non-material": N_("not material"),
    "observation": N_("observation"),
}
LONGEST_TEXT = 4000
_RAISED_IN = {State.UNDER_VERIFICATION, State.CORRECTED}


@dataclass(frozen=True)
class FindingEntry:
    """An answer, a closing or a reopening."""

    kind: str
    text: str
    person_name: str
    entered_at: datetime


@dataclass(frozen=True)
class VerificationFinding:
    """One finding with what was said to it since."""

    id: UUID
    number: int
    severity: str
    activity_id: UUID | None
    facility: str
    title: str
    text: str
    raised_by_name: str
    raised_at: datetime
    closed: bool
    entries: tuple[FindingEntry, ...]


async def raise_finding(
    actor: Actor,
    *,
    case_id: UUID,
    severity: str,
    title: str,
    text: str,
    activity_id: UUID | None = None,
    facility: str = "",
) -> VerificationFinding:
    """Raise a finding while the case is under verification; it reaches the enterprise when the case is returned.

    Raises:
        NotPermitted: without `verification:work`.
        NotFound: no such case of the actor's.
        Problem: an unknown severity, or words missing.
        Conflict: the case is not under verification.
    """
    actor.require(Permission.VERIFICATION_WORK)
    title, text = _words(title, "title", 200), _words(text, "text", LONGEST_TEXT)
    if severity not in SEVERITIES:
        raise Problem(N_("The severity is {value}; choose one of {known}."), at="severity", value=severity, known=", ".join(SEVERITIES))  # fmt: skip
    async with transaction(tenant=actor.tenant_id) as connection:
        row, state, party = await locked_case(connection, actor, case_id)
        if party is not Party.VERIFIER:
            raise NotFound(N_("There is no such case."))
        if state not in _RAISED_IN:
            raise Conflict(N_("The case is in state {state}; findings are raised under verification."), state=state.value)  # fmt: skip
        finding_id = new_id()
        number = 1 + await connection.fetchval(
            "select coalesce(max(number), 0) from verification_finding where case_id = $1", case_id
        )
        await connection.execute(
            """insert into verification_finding (id, case_id, tenant_id, verifier_id, authority_id, number, severity,
                   activity_id, facility, title, text, raised_by, raised_by_name)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
            finding_id, case_id, row["tenant_id"], row["verifier_id"], row["authority_id"], number, severity, activity_id,
            facility[:500], title, text, actor.person_id, actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="verification.finding", object_kind="verification-case", object_id=case_id,
            details={"number": number, "severity": severity},
        )  # fmt: skip
        return await _one(connection, finding_id)


def _words(text: str, field: str, limit: int) -> str:
    text = text.strip()
    if not 1 <= len(text) <= limit:
        raise Problem(N_("Write 1 to {limit} characters here; there are {length}."), at=field, limit=limit, length=len(text))  # fmt: skip
    return text


ENTRY_BY = {"answer": Party.ENTERPRISE, "close": Party.VERIFIER, "reopen": Party.VERIFIER}
_ENTRY_IN = {
    "answer": {State.FINDINGS},
    "close": {State.UNDER_VERIFICATION, State.CORRECTED},
    "reopen": {State.UNDER_VERIFICATION, State.CORRECTED},
}


async def enter(actor: Actor, *, finding_id: UUID, kind: str, text: str = "") -> VerificationFinding:
    """Answer a finding (the enterprise), close or reopen it (the verifier).

    Raises:
        NotFound: no such finding, or not this party's to do.
        NotPermitted: the actor only reads.
        Conflict: not in this state, or a finding closed already.
        Problem: an answer or a reopening without words.
    """
    if kind not in ENTRY_BY:
        raise Problem(N_("{value} is none of answer, close, reopen."), at="kind", value=kind)
    if kind != "close":
        text = _words(text, "text", LONGEST_TEXT)
    async with transaction(tenant=actor.tenant_id) as connection:
        finding = await connection.fetchrow(
            """select *, verification_finding_closed(tenant_id, id) as closed from verification_finding where id = $1""",
            finding_id,
        )
        if finding is None:
            raise NotFound(N_("There is no such finding."))
        row, state, party = await locked_case(connection, actor, finding["case_id"])
        if party is not ENTRY_BY[kind]:
            raise NotFound(N_("There is no such finding for you to {kind}."), kind=kind)
        actor.require(WORKS[party])
        _check_entry(kind, state, closed=finding["closed"])
        await connection.execute(
            """insert into verification_finding_entry (id, finding_id, case_id, tenant_id, verifier_id, authority_id, kind,
                   text, person_id, person_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
            new_id(), finding_id, row["id"], row["tenant_id"], row["verifier_id"], row["authority_id"], kind, text.strip(),
            actor.person_id, actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act=f"verification.finding-{kind}", object_kind="verification-case", object_id=row["id"],
            details={"number": finding["number"]},
        )  # fmt: skip
        return await _one(connection, finding_id)


def _check_entry(kind: str, state: State, *, closed: bool) -> None:
    if state not in _ENTRY_IN[kind]:
        raise Conflict(
            N_("The case is in state {state}; to {kind} a finding it must be {needed}."),
            state=state.value,
            kind=kind,
            needed=", ".join(sorted(one.value for one in _ENTRY_IN[kind])),
        )
    if kind == "close" and closed:
        raise Conflict(N_("This finding is closed already."))
    if kind == "reopen" and not closed:
        raise Conflict(N_("This finding is open already."))


async def list_findings(actor: Actor, *, case_id: UUID) -> list[VerificationFinding]:
    """The findings of a case in order; the enterprise sees them once the case is returned to it.

    Raises:
        NotFound: no such case.
    """
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await case_row(connection, case_id)
        hidden_since = None
        if party_of(actor, row) is Party.ENTERPRISE:
            hidden_since = await connection.fetchval(
                """select coalesce(max(taken_at), '-infinity') from verification_step
                    where case_id = $1 and to_state in ('findings', 'verified')""",
                case_id,
            )
        rows = await connection.fetch(
            f"{_SELECT} where case_id = $1 and ($2::timestamptz is null or raised_at <= $2) order by number",
            case_id,
            hidden_since,
        )
        return [await _with_entries(connection, row) for row in rows]


_SELECT = "select *, verification_finding_closed(tenant_id, id) as closed from verification_finding"


async def _one(connection: Connection, finding_id: UUID) -> VerificationFinding:
    return await _with_entries(connection, await connection.fetchrow(f"{_SELECT} where id = $1", finding_id))


async def _with_entries(connection: Connection, row: Any) -> VerificationFinding:
    entries = await connection.fetch(
        """select kind, text, person_name, entered_at from verification_finding_entry
            where tenant_id = $1 and finding_id = $2 order by id""",
        row["tenant_id"],
        row["id"],
    )
    names = (
        "id",
        "number",
        "severity",
        "activity_id",
        "facility",
        "title",
        "text",
        "raised_by_name",
        "raised_at",
        "closed",
    )
    return VerificationFinding(
        **{name: row[name] for name in names}, entries=tuple(FindingEntry(**entry) for entry in entries)
    )
