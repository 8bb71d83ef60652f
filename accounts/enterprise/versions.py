"""Versions of a year's account: kept as computed on a day, recalculated by other numbers, compared part by part.

A version is written once and never touched; a recalculation is a new one that follows the last. So what was reported,
published or credited on a version stays what it was, and what changed since has its reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.activities import activity_line, activity_row
from accounts.enterprise.differences import Correction, Difference, Figures, Line, added, difference
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.enterprise.recalculation import AccountLine, recalculated_lines, stored_lines
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

LONGEST_REASON = 500


@dataclass(frozen=True)
class Version:
    """A year's account as it was computed: on which figures, by which warming potentials, why, by whom.

    `masses` are milligrams by gas; `not_recalculated` counts the lines whose rules have no answer any more and that stand
    as filed; `left_out` are facilities outside this version's boundary.
    """

    id: UUID
    year: int
    number: int
    follows: UUID | None
    basis: str
    gwp_set: str
    known_on: date | None
    left_out: tuple[str, ...]
    reason: str
    co2e_mg: int
    masses: dict[str, int]
    activities: int
    not_recalculated: int
    made_by_name: str
    made_at: datetime


@dataclass(frozen=True)
class Comparison:
    """Two versions of one year and the parts of their difference."""

    before: Version
    after: Version
    difference: Difference


async def keep_version(
    actor: Actor,
    *,
    year: int,
    reason: str,
    gwp_set: str = "AR5",
    recalculate: bool = False,
    known_on: date | None = None,
    left_out: Sequence[str] = (),
    key: str | None = None,
) -> Version:
    """Keep the year's account as a new version: as filed, or recalculated by today's numbers or those known on a day.

    `left_out` names facilities outside this version's boundary.

    Raises:
        NotPermitted: without `activity:submit`.
        NotFound: a facility there is not.
        Problem: an unknown GWP set, no reason, or a day in the future.
        Conflict: the year has no activity.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    check_gwp_set(gwp_set)
    told = checked_name(reason, at="reason", longest=LONGEST_REASON)
    if known_on and not recalculate:
        raise Problem(N_("What was known on a day only matters for a recalculation."), at="known_on")
    request = {
        "year": year,
        "gwp_set": gwp_set,
        "recalculate": recalculate,
        "known_on": str(known_on),
        "reason": told,
    }

    async def work() -> Version:
        return await _keep(connection, actor, year, told, gwp_set, recalculate, known_on, left_out)

    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute("set local statement_timeout = '5min'")
        return await once(
            connection, actor, operation="account.version", key=key,
            request={**request, "left_out": sorted(left_out)}, work=work, answer_type=Version,
        )  # fmt: skip


async def _keep(
    connection: Connection, actor: Actor, year: int, reason: str, gwp_set: str, recalculate: bool,
    known_on: date | None, left_out: Sequence[str],
) -> Version:  # fmt: skip
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"account.version:{actor.tenant_id}:{year}"
    )
    outside = await _facilities(connection, actor.tenant_id, left_out)
    lines = await stored_lines(connection, actor.tenant_id, year)
    if not lines:
        raise Conflict(N_("There is no activity in {year}, so there is no account to keep."), year=year)
    if recalculate:
        lines = await recalculated_lines(connection, actor.tenant_id, lines, known_on=known_on)
    counted = [line for line in lines if line.facility not in outside]
    masses = added(line.masses for line in counted)
    version_id, last = new_id(), await _last(connection, actor.tenant_id, year)
    await connection.execute(
        """insert into enterprise_account_version (id, tenant_id, year, number, follows, basis, gwp_set, known_on, left_out,
               reason, co2e_mg, masses, activities, not_recalculated, made_by, made_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12::jsonb, $13, $14, $15, $16)""",
        version_id, actor.tenant_id, year, (last["number"] if last else 0) + 1, last["id"] if last else None,
        "recalculated" if recalculate else "stored", gwp_set, known_on, _json(sorted(outside.values())), reason,
        Decimal(kyoto_co2e_mg(masses, gwp_set)), _json({gas: str(mg) for gas, mg in sorted(masses.items())}),
        sum(line.activities for line in counted), sum(line.problem is not None for line in counted),
        actor.person_id, actor.name,
    )  # fmt: skip
    await _keep_lines(connection, actor.tenant_id, version_id, lines, outside)
    await audit.record(
        connection, actor, act="account.version", object_kind="account_version", object_id=version_id,
        details={"year": year, "basis": "recalculated" if recalculate else "stored", "gwp_set": gwp_set, "reason": reason},
    )  # fmt: skip
    return await _one(connection, actor.tenant_id, version_id)


async def _facilities(connection: Connection, tenant_id: UUID, wanted: Sequence[str]) -> dict[int, str]:
    rows = await connection.fetch(
        "select number, id, name from enterprise_facility where tenant_id = $1", tenant_id
    )
    by_word = {word: (row["number"], row["name"]) for row in rows for word in (row["name"], str(row["id"]))}
    missing = [word for word in wanted if word not in by_word]
    if missing:
        raise NotFound(N_("There is no facility {facility}."), facility=missing[0][:80], at="left_out")
    return dict(by_word[word] for word in wanted)


async def _last(connection: Connection, tenant_id: UUID, year: int) -> Any:
    return await connection.fetchrow(
        """select id, number from enterprise_account_version where tenant_id = $1 and year = $2
            order by number desc limit 1""",
        tenant_id,
        year,
    )


async def _keep_lines(
    connection: Connection,
    tenant_id: UUID,
    version_id: UUID,
    lines: Sequence[AccountLine],
    outside: Mapping[int, str],
) -> None:
    await connection.executemany(
        """insert into enterprise_account_version_line (tenant_id, version_id, number, facility, month, months, key, scope,
               activities, amount, mg_per_unit, masses, rule_version, parameters_hash, factors, counted)
           values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11::jsonb, $12::jsonb, $13, $14, $15::jsonb, $16)""",
        [
            (
                tenant_id, version_id, number, line.facility, line.month, line.months, line.key, line.scope,
                line.activities, line.amount, _json({gas: str(one) for gas, one in line.mg_per_unit.items()}),
                _json({gas: str(mg) for gas, mg in line.masses.items()}), line.rule_version, line.parameters_hash,
                line.factors, line.facility not in outside,
            )
            for number, line in enumerate(lines)
        ],
    )  # fmt: skip


async def list_versions(actor: Actor, *, enterprise_id: UUID, year: int | None = None) -> list[Version]:
    """Versions of a year, or of all years, the newest first.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"account versions {year or ''}".strip())
        rows = await connection.fetch(
            """select * from enterprise_account_version where tenant_id = $1 and ($2::int is null or year = $2)
                order by year desc, number desc limit 500""",
            enterprise_id,
            year,
        )
    return [_version(row) for row in rows]


async def compare_versions(
    actor: Actor, *, enterprise_id: UUID, before_id: UUID, after_id: UUID
) -> Comparison:
    """Why the later version differs from the earlier one: five parts that add up to the difference exactly.

    Raises:
        NotFound: no such version, or not for the actor to see.
        Problem: the two are of different years.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, "account versions compared")
        before = await _one(connection, enterprise_id, before_id)
        after = await _one(connection, enterprise_id, after_id)
        if before.year != after.year:
            raise Problem(N_("Versions of two years are not compared; choose two of one year."), at="after")
        earlier = Figures(await _lines(connection, enterprise_id, before.id), before.gwp_set)
        later = Figures(await _lines(connection, enterprise_id, after.id), after.gwp_set)
        corrections = await _corrections(connection, enterprise_id, before, after)
    return Comparison(before, after, difference(earlier, later, corrections))


async def _lines(connection: Connection, tenant_id: UUID, version_id: UUID) -> list[Line]:
    rows = await connection.fetch(
        """select facility, month, months, key, amount, mg_per_unit, masses, counted from enterprise_account_version_line
            where tenant_id = $1 and version_id = $2 order by number""",
        tenant_id,
        version_id,
    )
    return [
        Line(
            facility=row["facility"],
            month=row["month"],
            months=row["months"],
            key=row["key"],
            source=msgspec.json.decode(row["key"])["source"],
            amount=row["amount"],
            masses={gas: int(mg) for gas, mg in msgspec.json.decode(row["masses"]).items()},
            mg_per_unit={gas: Fraction(one) for gas, one in msgspec.json.decode(row["mg_per_unit"]).items()},
            counted=row["counted"],
        )
        for row in rows
    ]


async def _corrections(
    connection: Connection, tenant_id: UUID, before: Version, after: Version
) -> list[Correction]:
    """Activities the earlier version counts, or replacements of such, that were withdrawn before the later one."""
    first, last = sorted((before, after), key=lambda one: one.made_at)
    rows = await connection.fetch(
        """select w.activity_id, w.replaced_by, s.submitted_at from enterprise_withdrawal w
             join enterprise_submission s on s.tenant_id = w.tenant_id
              and s.id = (left(w.activity_id::text, 28) || '00000000')::uuid
            where w.tenant_id = $1 and extract(year from w.month) = $2 and w.withdrawn_at > $3 and w.withdrawn_at <= $4
            order by w.withdrawn_at""",
        tenant_id,
        before.year,
        first.made_at,
        last.made_at,
    )
    found, replacements = [], set()
    for row in rows:
        if row["submitted_at"] > first.made_at and row["activity_id"] not in replacements:
            continue
        replacements.add(row["replaced_by"])
        found.append(await _correction(connection, tenant_id, row))
    backwards = first is after
    return [Correction(one.facility, one.after, one.before) for one in found] if backwards else found


async def _correction(connection: Connection, tenant_id: UUID, row: Any) -> Correction:
    old = await activity_row(connection, tenant_id, row["activity_id"])
    number = await connection.fetchval(
        "select number from enterprise_facility where tenant_id = $1 and name = $2",
        tenant_id,
        old["facility"],
    )
    if row["replaced_by"] is None:
        return Correction(number, activity_line(old, "AR5").mg)
    new = await activity_row(connection, tenant_id, row["replaced_by"])
    return Correction(number, activity_line(old, "AR5").mg, activity_line(new, "AR5").mg)


async def _one(connection: Connection, tenant_id: UUID, version_id: UUID) -> Version:
    row = await connection.fetchrow(
        "select * from enterprise_account_version where tenant_id = $1 and id = $2", tenant_id, version_id
    )
    if row is None:
        raise NotFound(N_("There is no such version."))
    return _version(row)


def _version(row: Any) -> Version:
    names = ("id", "year", "number", "follows", "basis", "gwp_set", "known_on", "reason", "activities")
    return Version(
        **{name: row[name] for name in (*names, "not_recalculated", "made_by_name", "made_at")},
        left_out=tuple(msgspec.json.decode(row["left_out"])),
        co2e_mg=int(row["co2e_mg"]),
        masses={gas: int(mg) for gas, mg in msgspec.json.decode(row["masses"]).items()},
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
