"""The verifier's sample: drawn by risk, each line recomputed and checked against what was seen."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.activities import ActivityLine, activity_line, recomputes, year_lines
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.consents import record_read
from accounts.identity.permissions import Permission
from accounts.verification.cases import case_row, party_of
from accounts.verification.rounds import round_by_id
from accounts.verification.sampling import Candidate, draw
from accounts.verification.states import Party, State
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

LONGEST_NOTE = 2000
LARGEST_SAMPLE_POOL = 200_000
"""Lines ranked in memory; a larger year is ranked by its largest lines, and the answer says so."""


@dataclass(frozen=True)
class SampleLine:
    """A drawn activity with the verifier's latest check, if any."""

    id: UUID
    activity: ActivityLine
    risk: Decimal
    share_percent: Decimal
    reasons: tuple[str, ...]
    agrees: bool | None
    amount_seen: Decimal | None
    recomputes: bool | None
    note: str
    checked_at: datetime | None


async def draw_sample(actor: Actor, *, case_id: UUID) -> list[SampleLine]:
    """Rank the year's activities by risk and keep those to be checked; drawing again adds, never removes.

    Raises:
        NotPermitted: without `verification:work`.
        Conflict: the case is not under verification.
    """
    actor.require(Permission.VERIFICATION_WORK)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await _under_verification(connection, actor, case_id)
        terms = await round_by_id(connection, row["round_id"])
        await record_read(
            connection, actor, owner_id=row["tenant_id"], scope="account", subject=f"sample {row['year']}"
        )
        lines = await year_lines(connection, row["tenant_id"], row["year"], limit=LARGEST_SAMPLE_POOL)
        corrected = await _corrected(connection, row["tenant_id"], row["year"])
        candidates = [_candidate(line, corrected, terms.gwp_set) for line in lines]
        drawn = draw(candidates, materiality=Fraction(terms.materiality_percent) / 100)
        await connection.executemany(
            """insert into verification_sample_line (id, case_id, tenant_id, verifier_id, authority_id, activity_id, risk,
                   share_percent, reasons) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)
               on conflict (tenant_id, case_id, activity_id) do nothing""",
            [
                (
                    new_id(), case_id, row["tenant_id"], row["verifier_id"], row["authority_id"], one.activity_id,
                    _decimal(one.risk), _decimal(one.share * 100), msgspec.json.encode(one.reasons).decode(),
                )
                for one in drawn
            ],
        )  # fmt: skip
        await audit.record(
            connection, actor, act="verification.sample", object_kind="verification-case", object_id=case_id,
            details={"lines": len(drawn), "of": len(lines)},
        )  # fmt: skip
        return await _lines(connection, row, terms.gwp_set)


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.000001"))


def _candidate(row: Any, corrected: set[UUID], gwp_set: str) -> Candidate:
    line = activity_line(row, gwp_set)
    doubts = []
    if line.quality == "estimated":
        doubts.append("estimated")
    if not line.reference:
        doubts.append("no-evidence")
    if line.confidence not in {"text", "two-secondary"}:
        doubts.append("weak-factor")
    if line.id in corrected:
        doubts.append("corrected")
    return Candidate(line.id, line.co2e_mg, tuple(doubts))


async def _corrected(connection: Connection, enterprise_id: UUID, year: int) -> set[UUID]:
    rows = await connection.fetch(
        """select replaced_by from enterprise_withdrawal
            where tenant_id = $1 and replaced_by is not null and month >= $2 and month < $3""",
        enterprise_id,
        date(year, 1, 1),
        date(year + 1, 1, 1),
    )
    return {row["replaced_by"] for row in rows}


async def _under_verification(connection: Connection, actor: Actor, case_id: UUID) -> Any:
    row = await case_row(connection, case_id)
    if party_of(actor, row) is not Party.VERIFIER:
        raise NotFound(N_("There is no such case."))
    if State(row["state"]) not in {State.UNDER_VERIFICATION, State.CORRECTED}:
        raise Conflict(N_("The case is in state {state}; begin the verification first."), state=row["state"])
    return row


async def check_line(
    actor: Actor, *, line_id: UUID, agrees: bool, amount_seen: Decimal | None = None, note: str = ""
) -> SampleLine:
    """Keep what the verifier saw at a drawn activity; the figure is recomputed from the kept key at the same time.

    Raises:
        NotFound: no such line, or not the actor's case.
        Problem: a disagreement without the amount seen or a note.
    """
    actor.require(Permission.VERIFICATION_WORK)
    note = note.strip()[:LONGEST_NOTE]
    if not agrees and amount_seen is None and not note:
        raise Problem(
            N_("Give the amount you saw, or say in the note what does not agree."), at="amount_seen"
        )
    async with transaction(tenant=actor.tenant_id) as connection:
        case_id = await connection.fetchval(
            "select case_id from verification_sample_line where id = $1 and verifier_id = current_tenant()",
            line_id,
        )
        if case_id is None:
            raise NotFound(N_("There is no such line in a sample of yours."))
        row = await _under_verification(connection, actor, case_id)
        terms = await round_by_id(connection, row["round_id"])
        [line] = await _lines(connection, row, terms.gwp_set, line_id)
        await record_read(
            connection,
            actor,
            owner_id=row["tenant_id"],
            scope="account",
            subject=f"activity {line.activity.id}",
        )
        same = await recomputes(connection, row["tenant_id"], line.activity.id)
        await connection.execute(
            """insert into verification_sample_check (id, line_id, case_id, tenant_id, verifier_id, authority_id, agrees,
                   amount_seen, recomputes, note, person_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            new_id(), line_id, case_id, row["tenant_id"], row["verifier_id"], row["authority_id"], agrees, amount_seen,
            same, note, actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="verification.check", object_kind="verification-case", object_id=case_id,
            details={"activity_id": line.activity.id, "agrees": agrees},
        )  # fmt: skip
        return (await _lines(connection, row, terms.gwp_set, line_id))[0]


async def read_sample(actor: Actor, *, case_id: UUID) -> list[SampleLine]:
    """The sample of a case, riskiest first; all parties may read it once it is drawn.

    Raises:
        NotFound: no such case.
    """
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await case_row(connection, case_id)
        terms = await round_by_id(connection, row["round_id"])
        if party_of(actor, row) is Party.AUTHORITY:
            return []
        return await _lines(connection, row, terms.gwp_set)


async def _lines(
    connection: Connection, case: Any, gwp_set: str, line_id: UUID | None = None
) -> list[SampleLine]:
    rows = await connection.fetch(
        """select l.id, l.activity_id, l.risk, l.share_percent, l.reasons, k.agrees, k.amount_seen, k.recomputes,
                  coalesce(k.note, '') as note, k.checked_at
             from verification_sample_line l
             left join lateral (select * from verification_sample_check k
                                 where k.tenant_id = l.tenant_id and k.line_id = l.id order by k.id desc limit 1) k on true
            where l.tenant_id = $1 and l.case_id = $2 and ($3::uuid is null or l.id = $3)
            order by l.risk desc, l.id""",
        case["tenant_id"],
        case["id"],
        line_id,
    )
    found = await year_lines(
        connection, case["tenant_id"], case["year"], only=[row["activity_id"] for row in rows], withdrawn=True
    )
    activities = {row["id"]: activity_line(row, gwp_set) for row in found}
    return [
        SampleLine(
            **{
                **{name: row[name] for name in ("id", "risk", "share_percent", "agrees", "amount_seen", "recomputes", "note", "checked_at")},
                "reasons": tuple(msgspec.json.decode(row["reasons"])),
                "activity": activities[row["activity_id"]],
            }
        )
        for row in rows
        if row["activity_id"] in activities
    ]  # fmt: skip
