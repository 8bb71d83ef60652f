"""Correcting what was reported: the old activity stays readable and no longer counts, another stands in its place.

Nothing is edited (DESIGN 3.4): a correction is a small submission of its own, computed like any other, and the
withdrawal of the old activity names it, the person and the reason. The roll-ups take the negative in the same transaction.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise import submissions
from accounts.enterprise.access import enter_account
from accounts.enterprise.activities import activity_line, activity_row, key_of
from accounts.enterprise.activity_ids import activity_id as id_at
from accounts.enterprise.certificates import give_back
from accounts.enterprise.checking import CheckedActivities, check_activities
from accounts.enterprise.locks import refuse_locked
from accounts.enterprise.reading import read_file
from accounts.enterprise.rollups import take_off_rollups
from accounts.factors.own_values import Known, codes_of
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, Problem
from carbon.periods import month_period
from methodologies.accounting.activity import FACTOR_CODE, ActivityKey, own_codes

CHANGEABLE = frozenset(
    {
        "period",
        "facility",
        "source",
        "item",
        "amount",
        "unit",
        "region",
        "method",
        "quality",
        "reference",
        "note",
    }
)
LONGEST_REASON = 500
GWP_SET = "AR5"
"""Under which the size of a correction is told; the milligrams of each gas are what counts."""


@dataclass(frozen=True)
class Correction:
    """One withdrawal; `replaced_by` is empty when nothing stands in the activity's place."""

    activity_id: UUID
    replaced_by: UUID | None
    month: date
    co2e_mg: int
    new_co2e_mg: int
    reason: str
    withdrawn_by_name: str
    withdrawn_at: datetime


async def withdraw_activity(actor: Actor, *, activity_id: UUID, reason: str) -> Correction:
    """Let an activity count no longer, with nothing in its place.

    Raises:
        NotFound: no such activity of the actor's.
        Conflict: withdrawn before, or the year is locked.
        Problem: no reason.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    reason = _reason(reason)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await _correctable(connection, actor, activity_id)
        await give_back(connection, actor, key_of(row), row["amount"])
        await _withdraw(connection, actor, row, None, reason)
        return await _one(connection, actor.tenant_id, activity_id)


async def correct_activity(
    actor: Actor, *, activity_id: UUID, changes: Mapping[str, str], reason: str
) -> Correction:
    """Put another activity in the place of one: its row with `changes`, by the column names of the activity file.

    A field that is not named stays as it was; measured values can be changed by the names of their columns.

    Raises:
        NotFound: no such activity of the actor's.
        Conflict: withdrawn before, the year is locked, or nothing changes.
        Problem: the row as changed cannot be computed; the message says which cell and why.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    reason = _reason(reason)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await _correctable(connection, actor, activity_id)
        written = written_row(row)
    changed = {**written, **{name: value for name, value in changes.items() if value is not None}}
    if all(str(changed[name]) == str(written.get(name, "")) for name in changed):
        raise Conflict(N_("Nothing would change; give at least one other value."))
    content = msgspec.json.encode([{name: value for name, value in changed.items() if value != ""}])
    codes = codes_of(changed.get(FACTOR_CODE, ""))
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        factors = await submissions.factors_under(connection, actor.tenant_id, codes)
    checked = await asyncio.to_thread(_checked, content, activity_id, factors)
    packed = submissions.packed(content)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await _correctable(connection, actor, activity_id)
        await refuse_locked(connection, actor.tenant_id, checked.resolved[0].key.month)
        await give_back(connection, actor, key_of(row), row["amount"])
        filed = await submissions.file_checked(connection, actor, checked, packed)
        if filed.rows_taken != 1:
            raise Conflict(
                N_(
                    "Another row already says exactly this; withdraw the wrong one instead of making the two alike."
                )
            )
        await _withdraw(connection, actor, row, id_at(filed.id, 1), reason)
        return await _one(connection, actor.tenant_id, activity_id)


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Problem(
            N_("Say in 1 to {limit} characters why it is corrected."), at="reason", limit=LONGEST_REASON
        )
    return reason


async def _correctable(connection: Connection, actor: Actor, activity_id: UUID) -> Any:
    row = await activity_row(connection, actor.tenant_id, activity_id)
    await refuse_locked(connection, actor.tenant_id, row["month"])
    gone = await connection.fetchrow(
        """select withdrawn_by_name, withdrawn_at from enterprise_withdrawal
            where tenant_id = $1 and activity_id = $2""",
        actor.tenant_id,
        activity_id,
    )
    if gone is not None:
        raise Conflict(
            N_("This activity was withdrawn by {person} on {day}; correct the one that stands in its place."),
            person=gone["withdrawn_by_name"],
            day=gone["withdrawn_at"].date().isoformat(),
        )
    return row


def written_row(row: Any) -> dict[str, str]:
    """The activity as a row of the activity file would say it."""
    key = key_of(row)
    months, first = row["months"], row["month"]
    last = first.month + months - 1
    period = f"{first:%Y-%m}"
    if months > 1:
        ends_on = month_period(date(first.year + (last - 1) // 12, (last - 1) % 12 + 1, 1)).ends_on
        period = f"{first.isoformat()}/{ends_on.isoformat()}"
    line = activity_line(row, GWP_SET)
    return {
        "period": period,
        "facility": line.facility,
        "source": key.source,
        "item": key.item,
        "amount": format(line.amount, "f"),
        "unit": line.unit,
        "region": key.region,
        "method": key.method,
        "guide": key.guide,
        "quality": line.quality,
        "reference": line.reference or "",
        "note": line.note or "",
        **_own_values(key),
    }


def _own_values(key: ActivityKey) -> dict[str, str]:
    """What the row gave of its own; values of accepted factors by their codes, as the row named them."""
    codes = own_codes(key)
    given = {name: value for name, value in key.overrides if name not in {*codes, FACTOR_CODE}}
    named = {FACTOR_CODE: "; ".join(dict.fromkeys(code for code, _ in codes.values()))} if codes else {}
    return given | named


def _checked(content: bytes, activity_id: UUID, factors: Known) -> CheckedActivities:
    digest = hashlib.sha256(content).hexdigest()[:8]
    read = read_file(f"correction-{str(activity_id)[-12:]}-{digest}.json", content)
    checked = check_activities(read, factors=factors)
    for finding in checked.findings.listed(1):
        if finding.severity == "error":
            raise Problem(
                finding.template, at=finding.column, **{"value": finding.value or "", **finding.values}
            )
    if checked.rows.height != 1:
        raise Problem(N_("The corrected row has no amount; withdraw the activity instead."), at="amount")
    return checked


async def _withdraw(
    connection: Connection, actor: Actor, row: Any, replaced_by: UUID | None, reason: str
) -> None:
    await take_off_rollups(connection, actor.tenant_id, row["id"])
    await connection.execute(
        """insert into enterprise_withdrawal (activity_id, tenant_id, replaced_by, month, co2e_mg, reason, withdrawn_by,
               withdrawn_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        row["id"],
        actor.tenant_id,
        replaced_by,
        row["month"],
        activity_line(row, GWP_SET).co2e_mg,
        reason,
        actor.person_id,
        actor.name,
    )
    await audit.record(
        connection,
        actor,
        act="activity.correct" if replaced_by else "activity.withdraw",
        object_kind="activity",
        object_id=row["id"],
        details={"replaced_by": replaced_by, "reason": reason},
    )


async def _one(connection: Connection, enterprise_id: UUID, activity_id: UUID) -> Correction:
    [found] = [
        one for one in await _corrections(connection, enterprise_id, None) if one.activity_id == activity_id
    ]
    return found


async def _corrections(connection: Connection, enterprise_id: UUID, year: int | None) -> list[Correction]:
    rows = await connection.fetch(
        """select activity_id, replaced_by, month, co2e_mg, reason, withdrawn_by_name, withdrawn_at
             from enterprise_withdrawal
            where tenant_id = $1 and ($2::int is null or extract(year from month) = $2) order by withdrawn_at, activity_id""",
        enterprise_id,
        year,
    )
    found = []
    for row in rows:
        new = 0
        if row["replaced_by"] is not None:
            new = activity_line(
                await activity_row(connection, enterprise_id, row["replaced_by"]), GWP_SET
            ).co2e_mg
        found.append(Correction(**row, new_co2e_mg=new))
    return found


async def list_corrections(actor: Actor, *, enterprise_id: UUID, year: int | None = None) -> list[Correction]:
    """What was corrected, in the order in which it was, with the size before and after (CO2 equivalent by AR5).

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"corrections {year or ''}".strip())
        return await _corrections(connection, enterprise_id, year)


__all__ = ["CHANGEABLE", "Correction", "correct_activity", "list_corrections", "withdraw_activity"]
