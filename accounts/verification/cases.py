"""A case: one enterprise's year on its way from draft to closed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.locks import set_lock
from accounts.identity import audit, notices
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.verification.independence import refuse_dependent
from accounts.verification.rounds import Round, round_by_id, round_of_year
from accounts.verification.states import (
    MOVE_WORDS,
    OPEN_TO_CHANGE,
    STATE_WORDS,
    Move,
    Party,
    State,
    moves_from,
)
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

LONGEST_NOTE = 2000
LIST_LIMIT = 500

ASSIGNED = notices.register(
    "verification.assigned", N_("{verifier} verifies your account of {year}; submit it by {day}.")
)
TO_VERIFY = notices.register("verification.to-verify", N_("You verify {enterprise}, year {year}, by {day}."))
MOVED = notices.register("verification.moved", N_("{enterprise}, year {year}: {state}. {note}"))


@dataclass(frozen=True)
class Step:
    """One step on the way; `taken_at` is UTC, `co2e_mg` the year's total at that moment."""

    number: int
    from_state: str
    to_state: str
    note: str
    person_name: str
    party: str
    co2e_mg: int | None
    taken_at: datetime


@dataclass(frozen=True)
class Case:
    """Where an enterprise's year stands. `moves` are what the reader may do now (`open_findings`: all still open)."""

    id: UUID
    enterprise_id: UUID
    enterprise_zh: str
    enterprise_en: str
    verifier_id: UUID
    verifier_zh: str
    verifier_en: str
    authority_id: UUID
    year: int
    state: str
    round: Round
    party: str
    moves: tuple[str, ...]
    findings: int
    open_findings: int
    open_material: int
    sampled: int
    checked: int
    opinion: str | None
    since: datetime
    due_on: date | None
    steps: tuple[Step, ...] = ()


def party_of(actor: Actor, row: Any) -> Party:
    """Which party of the case the actor is.

    Raises:
        NotFound: none: the case is not theirs to see.
    """
    for party, column in (
        (Party.ENTERPRISE, "tenant_id"),
        (Party.VERIFIER, "verifier_id"),
        (Party.AUTHORITY, "authority_id"),
    ):
        if row[column] == actor.tenant_id:
            return party
    raise NotFound(N_("There is no such case."))


async def assign_verifier(actor: Actor, *, enterprise_id: UUID, year: int, verifier_id: UUID) -> Case:
    """Give an enterprise's year to a verifier, who must not have helped prepare it nor served too long in a row.

    While the case is in draft the verifier can be changed.

    Raises:
        NotPermitted: without `verification:order`.
        NotFound: the year is not ordered, or there is no such enterprise or verifier.
        Conflict: the verifier is not independent, or the case has left the draft.
    """
    actor.require(Permission.VERIFICATION_ORDER)
    async with transaction(tenant=actor.tenant_id) as connection:
        terms = await round_of_year(connection, year)
        await _check_kinds(connection, enterprise_id, verifier_id)
        await refuse_dependent(connection, enterprise_id, year, verifier_id, terms.longest_years_in_a_row)
        case_id = await _put(connection, actor, terms, enterprise_id, verifier_id)
        names = await case_row(connection, case_id)
        await _tell_assigned(connection, names, terms)
        await audit.record(
            connection, actor, act="verification.assign", object_kind="verification-case", object_id=case_id,
            details={"enterprise_id": enterprise_id, "year": year, "verifier_id": verifier_id},
        )  # fmt: skip
        return await _read(connection, actor, case_id)


async def _check_kinds(connection: Connection, enterprise_id: UUID, verifier_id: UUID) -> None:
    kinds = {
        row["id"]: row["kind"]
        for row in await connection.fetch(
            "select id, kind from identity_organisation where id = any ($1)", [enterprise_id, verifier_id]
        )
    }
    if kinds.get(enterprise_id) != "enterprise":
        raise NotFound(N_("There is no such enterprise."), at="enterprise_id")
    if kinds.get(verifier_id) != "verifier":
        raise NotFound(N_("There is no such verifier."), at="verifier_id")


async def _put(
    connection: Connection, actor: Actor, terms: Round, enterprise_id: UUID, verifier_id: UUID
) -> UUID:
    known = await connection.fetchrow(
        "select id, authority_id from verification_case where tenant_id = $1 and year = $2",
        enterprise_id,
        terms.year,
    )
    if known is not None:
        return await _reassign(connection, actor, known["id"], verifier_id)
    case_id = new_id()
    try:
        await connection.execute(
            """insert into verification_case (id, tenant_id, verifier_id, authority_id, round_id, year, assigned_by)
               values ($1, $2, $3, current_tenant(), $4, $5, $6)""",
            case_id,
            enterprise_id,
            verifier_id,
            terms.id,
            terms.year,
            actor.person_id,
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("The year {year} of this enterprise is assigned already."), year=terms.year
        ) from None
    return case_id


async def _reassign(connection: Connection, actor: Actor, case_id: UUID, verifier_id: UUID) -> UUID:
    if await state_of(connection, case_id) is not State.DRAFT:
        raise Conflict(N_("The case was submitted to its verifier; reopen it before giving it to another."))
    await connection.execute(
        "update verification_case set verifier_id = $2, assigned_by = $3, assigned_at = now() where id = $1",
        case_id,
        verifier_id,
        actor.person_id,
    )
    return case_id


async def _tell_assigned(connection: Connection, row: Any, terms: Round) -> None:
    about = {"object_kind": "verification-case", "object_id": row["id"]}
    await notices.notify(
        connection,
        tenant_id=row["tenant_id"],
        kind=ASSIGNED,
        subject={"verifier": _pair(row, "verifier"), "year": row["year"], "day": terms.submit_by_on},
        due_on=terms.submit_by_on,
        link=f"/verification/{row['id']}",
        **about,
    )
    await notices.notify(
        connection,
        tenant_id=row["verifier_id"],
        kind=TO_VERIFY,
        subject={"enterprise": _pair(row, "enterprise"), "year": row["year"], "day": terms.verify_by_on},
        due_on=terms.verify_by_on,
        link=f"/verification/{row['id']}",
        **about,
    )


def _pair(row: Any, name: str) -> dict[str, str]:
    return {"zh": row[f"{name}_zh"], "en": row[f"{name}_en"] or row[f"{name}_zh"]}


_CASE = """
    select c.id, c.tenant_id, c.verifier_id, c.authority_id, c.round_id, c.year, c.assigned_at,
           coalesce(e.name_zh, '') as enterprise_zh, coalesce(e.name_en, '') as enterprise_en,
           coalesce(v.name_zh, '') as verifier_zh, coalesce(v.name_en, '') as verifier_en,
           coalesce(s.to_state, 'draft') as state, coalesce(s.taken_at, c.assigned_at) as since,
           (select count(*) from verification_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id) as findings,
           (select count(*) from verification_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id
               and not verification_finding_closed(f.tenant_id, f.id)) as open_findings,
           (select count(*) from verification_finding f where f.tenant_id = c.tenant_id and f.case_id = c.id
               and f.severity = 'material' and not verification_finding_closed(f.tenant_id, f.id)) as open_material,
           (select count(*) from verification_sample_line l where l.tenant_id = c.tenant_id and l.case_id = c.id) as sampled,
           (select count(distinct k.line_id) from verification_sample_check k
             where k.tenant_id = c.tenant_id and k.case_id = c.id) as checked,
           (select o.opinion from verification_opinion o where o.tenant_id = c.tenant_id and o.case_id = c.id
             order by o.id desc limit 1) as opinion
      from verification_case c
      left join identity_organisation e on e.id = c.tenant_id
      left join identity_organisation v on v.id = c.verifier_id
      left join lateral (select to_state, taken_at from verification_step s
                          where s.tenant_id = c.tenant_id and s.case_id = c.id order by number desc limit 1) s on true
"""


async def case_row(connection: Connection, case_id: UUID) -> Any:
    """The case as its parties see it.

    Raises:
        NotFound: there is none, or the tenant is no party of it.
    """
    row = await connection.fetchrow(f"{_CASE} where c.id = $1", case_id)
    if row is None:
        raise NotFound(N_("There is no such case."))
    return row


async def state_of(connection: Connection, case_id: UUID) -> State:
    """Where the case stands: the target of its latest step."""
    found = await connection.fetchval(
        "select to_state from verification_step where case_id = $1 order by number desc limit 1", case_id
    )
    return State(found or State.DRAFT)


async def locked_case(connection: Connection, actor: Actor, case_id: UUID) -> tuple[Any, State, Party]:
    """The case, held for the rest of the transaction so that two moves cannot pass each other."""
    row = await case_row(connection, case_id)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 7))", str(case_id))
    return row, await state_of(connection, case_id), party_of(actor, row)


async def take(
    connection: Connection, actor: Actor, row: Any, move: Move, *, note: str, co2e_mg: int | None
) -> None:
    """Write the step, lock or unlock the year, tell the other parties."""
    note = note.strip()
    if move.needs_note and not note:
        raise Problem(N_("Say why; the others read it."), at="note")
    if len(note) > LONGEST_NOTE:
        raise Problem(N_("The note has {length} characters; {limit} are allowed."), at="note", length=len(note), limit=LONGEST_NOTE)  # fmt: skip
    number = 1 + await connection.fetchval(
        "select coalesce(max(number), 0) from verification_step where case_id = $1", row["id"]
    )
    await connection.execute(
        """insert into verification_step (id, case_id, tenant_id, verifier_id, authority_id, number, from_state, to_state,
               note, person_id, person_name, party, co2e_mg)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        new_id(),
        row["id"],
        row["tenant_id"],
        row["verifier_id"],
        row["authority_id"],
        number,
        move.origin.value,
        move.target.value,
        note,
        actor.person_id,
        actor.name,
        move.party.value,
        co2e_mg,
    )
    await set_lock(
        connection,
        row["tenant_id"],
        year=row["year"],
        locked=move.target not in OPEN_TO_CHANGE,
        reason=STATE_WORDS[move.target],
    )
    await _tell_moved(connection, actor, row, move, note)
    await audit.record(
        connection, actor, act=f"verification.{move.name}", object_kind="verification-case", object_id=row["id"],
        details={"from": move.origin.value, "to": move.target.value, "note": note},
    )  # fmt: skip


async def _tell_moved(connection: Connection, actor: Actor, row: Any, move: Move, note: str) -> None:
    for column in ("tenant_id", "verifier_id", "authority_id"):
        if row[column] == actor.tenant_id:
            continue
        await notices.notify(
            connection,
            tenant_id=row[column],
            kind=MOVED,
            subject={
                "enterprise": _pair(row, "enterprise"),
                "year": row["year"],
                "state": move.target.value,
                "note": note,
            },
            link=f"/verification/{row['id']}",
            object_kind="verification-case",
            object_id=row["id"],
        )


async def list_cases(actor: Actor, *, year: int | None = None, state: str | None = None) -> list[Case]:
    """The actor's cases, those that wait longest first.

    Raises:
        NotPermitted: without `verification:read`.
    """
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""{_CASE} where ($1::int is null or c.year = $1) and ($2::text is null or coalesce(s.to_state, 'draft') = $2)
                order by since, c.id limit {LIST_LIMIT}""",
            year,
            state,
        )
        terms = {one: await round_by_id(connection, one) for one in {row["round_id"] for row in rows}}
    return [_case(actor, row, terms[row["round_id"]]) for row in rows]


async def read_case(actor: Actor, *, case_id: UUID) -> Case:
    """One case with its steps.

    Raises:
        NotFound: there is none, or the actor is no party of it.
    """
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _read(connection, actor, case_id)


async def _read(connection: Connection, actor: Actor, case_id: UUID) -> Case:
    row = await case_row(connection, case_id)
    steps = await connection.fetch(
        """select number, from_state, to_state, note, person_name, party, co2e_mg, taken_at from verification_step
            where case_id = $1 order by number""",
        case_id,
    )
    terms = await round_by_id(connection, row["round_id"])
    return _case(actor, row, terms, tuple(Step(**step) for step in steps))


def _case(actor: Actor, row: Any, terms: Round, steps: tuple[Step, ...] = ()) -> Case:
    party, state = party_of(actor, row), State(row["state"])
    names = (
        "id", "enterprise_zh", "enterprise_en", "verifier_id", "verifier_zh", "verifier_en", "authority_id", "year",
        "state", "findings", "open_findings", "open_material", "sampled", "checked", "opinion", "since",
    )  # fmt: skip
    due_on = {
        State.DRAFT: terms.submit_by_on,
        State.ACCEPTED: None,
        State.CLOSED: None,
    }.get(state, terms.verify_by_on)
    return Case(
        **{name: row[name] for name in names},
        enterprise_id=row["tenant_id"],
        round=terms,
        party=party.value,
        moves=tuple(dict.fromkeys(move.name for move in moves_from(state, party)))
        if _acts(actor, party)
        else (),
        due_on=due_on,
        steps=steps,
    )


WORKS = {
    Party.ENTERPRISE: Permission.ACTIVITY_SUBMIT,
    Party.VERIFIER: Permission.VERIFICATION_WORK,
    Party.AUTHORITY: Permission.VERIFICATION_ORDER,
}
"""What a person of the party needs in order to act and not only to read."""


def _acts(actor: Actor, party: Party) -> bool:
    return WORKS[party] in actor.permissions


def words_of_move(name: str) -> str:
    """The move as a button says it."""
    return MOVE_WORDS[name]
