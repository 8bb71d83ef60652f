"""Questions about a year's activities, kept until a person answers each with a note.

Checking a year again asks only what was not asked before. A question never takes anything out of the account; how much of it
is in question stands beside the total.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.facilities import WHOLE_ENTERPRISE
from accounts.enterprise.inventory import kyoto_co2e_mg
from accounts.enterprise.plausibility_checks import (
    Question,
    Reported,
    far_from_benchmark,
    questions,
)
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import planned

NOTE_CHARACTERS = 2000
ROWS = 100_000
"""Beyond so many rows in two years the checks look at the sums of each series and month, not at every row."""
GWP_SET = "AR5"
"""Under which the size of what is in question is told."""

Decision = Literal["as-reported", "corrected", "open"]
DECISIONS: tuple[Decision, ...] = ("as-reported", "corrected", "open")


@dataclass(frozen=True)
class ActivityFlag:
    """A question with its sentence (`template`, `details`), what it concerns, and the latest answer."""

    id: UUID
    year: int
    kind: str
    facility: str
    source: str
    item: str
    month: date | None
    activities: tuple[UUID, ...]
    co2e_mg: int
    template: str
    details: Mapping[str, Any]
    raised_at: datetime
    decision: str | None
    note: str | None
    decided_by_name: str | None
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether nobody answered yet, or it was opened again."""
        return self.decision in {None, "open"}


@dataclass(frozen=True)
class Checked:
    """A year that was looked through: how many activities, how many questions are new, how many open in all."""

    year: int
    activities: int
    new: int
    open: int


async def check_year(actor: Actor, *, year: int) -> Checked:
    """Look through a year of one's own account and keep the questions that were not asked before.

    Raises:
        NotPermitted: the actor may not submit activities.
        Problem: no such year.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    if not 1990 <= year <= 2100:
        raise Problem(N_("{value} is not a year; write for example 2025."), value=year, at="year")
    async with transaction(tenant=actor.tenant_id) as connection:
        rows, masses = await _reported(connection, actor.tenant_id, year)
        found = [*questions(rows, year), *await _against_benchmark(connection, actor.tenant_id, year)]
        new = await _keep(connection, actor.tenant_id, year, found, masses)
        if new:
            details = {"year": year, "new": new, "activities": len(rows)}
            await audit.record(
                connection,
                actor,
                act="flags.raise",
                object_kind="account",
                object_id=actor.tenant_id,
                details=details,
            )
        listed = await flags_of(connection, actor.tenant_id, year)
    return Checked(year, len(rows), new, sum(flag.is_open for flag in listed))


async def list_flags(
    actor: Actor, *, enterprise_id: UUID, year: int | None = None
) -> tuple[ActivityFlag, ...]:
    """The questions of an account, open ones first, the largest first.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"flags {year or ''}".strip())
        return await flags_of(connection, enterprise_id, year)


async def flags_of(
    connection: Connection, enterprise_id: UUID, year: int | None = None
) -> tuple[ActivityFlag, ...]:
    """As `list_flags`, for rooms that read inside their own transaction (verification)."""
    rows = await connection.fetch(
        f"{_SELECT} where f.tenant_id = $1 and ($2::int is null or f.year = $2) order by f.year desc, abs(f.co2e_mg) desc, f.id",
        enterprise_id,
        year,
    )
    return tuple(sorted(map(_flag, rows), key=lambda flag: not flag.is_open))


async def resolve_flag(actor: Actor, *, flag_id: UUID, decision: Decision, note: str) -> ActivityFlag:
    """Answer a question: it is right as reported, it was corrected, or it is open again; the note says why.

    Raises:
        Problem: no such decision, or no note.
        NotFound: no such flag, or not the actor's.
        Conflict: the same was decided already.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    note = note.strip()
    if decision not in DECISIONS:
        raise Problem(
            N_("Decide one of {known}, not {decision}."),
            known=", ".join(DECISIONS),
            decision=str(decision)[:40],
            at="decision",
        )
    if not 1 <= len(note) <= NOTE_CHARACTERS:
        raise Problem(N_("Say why, in 1 to {limit} characters."), limit=NOTE_CHARACTERS, at="note")
    async with transaction(tenant=actor.tenant_id) as connection:
        flag = await _one(connection, actor.tenant_id, flag_id)
        if flag.decision == decision:
            raise Conflict(N_("This was decided already: {decision}."), decision=decision)
        await connection.execute(
            """insert into enterprise_activity_flag_decision (id, tenant_id, flag_id, decision, note, decided_by,
                   decided_by_name, decided_at) values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())""",
            new_id(),
            actor.tenant_id,
            flag_id,
            decision,
            note,
            actor.person_id,
            actor.name,
        )
        await audit.record(
            connection,
            actor,
            act="flag.answer",
            object_kind="activity-flag",
            object_id=flag_id,
            details={"decision": decision, "note": note},
        )
        return await _one(connection, actor.tenant_id, flag_id)


async def read_history(actor: Actor, *, flag_id: UUID) -> list[dict[str, Any]]:
    """All answers to one question, the first first.

    Raises:
        NotFound: no such flag, or not the actor's.
    """
    actor.require(Permission.ACCOUNT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await _one(connection, actor.tenant_id, flag_id)
        rows = await connection.fetch(
            """select decision, note, decided_by_name, decided_at from enterprise_activity_flag_decision
                where tenant_id = $1 and flag_id = $2 order by id""",
            actor.tenant_id,
            flag_id,
        )
    return [dict(row) for row in rows]


_SELECT = """
    select f.id, f.year, f.kind, p.name as facility, f.source, f.item, f.month, f.activities, f.co2e_mg, f.template, f.details,
           f.raised_at, d.decision, d.note, d.decided_by_name, d.decided_at
      from enterprise_activity_flag f
      left join enterprise_facility p on p.tenant_id = f.tenant_id and p.number = f.facility
      left join lateral (select * from enterprise_activity_flag_decision d
                          where d.tenant_id = f.tenant_id and d.flag_id = f.id order by d.id desc limit 1) d on true"""


async def _one(connection: Connection, tenant_id: UUID, flag_id: UUID) -> ActivityFlag:
    row = await connection.fetchrow(f"{_SELECT} where f.tenant_id = $1 and f.id = $2", tenant_id, flag_id)
    if row is None:
        raise NotFound(N_("There is no such flag."))
    return _flag(row)


def _flag(row: Any) -> ActivityFlag:
    values = dict(row)
    values["details"] = msgspec.json.decode(row["details"])
    values["activities"] = tuple(UUID(each) for each in msgspec.json.decode(row["activities"]))
    values["facility"] = "" if row["facility"] in {None, WHOLE_ENTERPRISE} else row["facility"]
    values["co2e_mg"] = int(row["co2e_mg"])
    return ActivityFlag(**values)


async def _reported(
    connection: Connection, tenant_id: UUID, year: int
) -> tuple[list[Reported], dict[Any, int]]:
    """The activities of the year and the one before, withdrawn ones left out, and the CO2e of each."""
    span = (tenant_id, date(year - 1, 1, 1), date(year + 1, 1, 1))
    count = await connection.fetchval(
        "select count(*) from enterprise_activity where tenant_id = $1 and month >= $2 and month < $3", *span
    )
    rows = await connection.fetch(_ROWS_SQL if count <= ROWS else _SUMS_SQL, *span)
    masses = {row["id"]: _co2e_mg(row) for row in rows}
    return [_as_reported(row) for row in rows], masses


_KEPT = """
      from enterprise_activity a
      join enterprise_coefficient c on c.tenant_id = a.tenant_id and c.id = a.coefficient_id
      join enterprise_facility f on f.tenant_id = a.tenant_id and f.number = a.facility
     where a.tenant_id = $1 and a.month >= $2 and a.month < $3
       and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = a.id)"""
_ROWS_SQL = f"""
    select a.id, f.name as facility, a.month, a.months, c.source, c.item, c.unit, a.amount, a.co2_mg, a.ch4_mg, a.n2o_mg,
           a.reference, c.key,
           (select jsonb_object_agg(g.gas, g.mg) from enterprise_activity_gas g
             where g.tenant_id = a.tenant_id and g.id = a.id) as further {_KEPT} order by a.id"""
_SUMS_SQL = f"""
    select (array_agg(a.id order by a.id))[1] as id, f.name as facility, a.month, a.months, c.source, c.item, c.unit,
           sum(a.amount) as amount, sum(a.co2_mg)::bigint as co2_mg, sum(a.ch4_mg)::bigint as ch4_mg,
           sum(a.n2o_mg)::bigint as n2o_mg, null as reference, c.key, null as further {_KEPT}
     group by f.name, a.month, a.months, c.id, c.source, c.item, c.unit, c.key order by 1"""


def _co2e_mg(row: Any) -> int:
    masses = {"CO2": row["co2_mg"], "CH4": row["ch4_mg"], "N2O": row["n2o_mg"]}
    masses |= msgspec.json.decode(row["further"]) if row["further"] else {}
    return kyoto_co2e_mg({gas: mg for gas, mg in masses.items() if mg}, GWP_SET)


def _as_reported(row: Any) -> Reported:
    key = msgspec.json.decode(row["key"])
    overrides = dict(key["overrides"])
    amount = float(row["amount"])
    per_unit = _energy_per_unit(row["source"], row["item"], row["unit"], row["month"], row["key"])
    return Reported(
        id=row["id"],
        facility="" if row["facility"] == WHOLE_ENTERPRISE else row["facility"],
        month=row["month"],
        months=row["months"],
        source=row["source"],
        item=row["item"],
        unit=row["unit"],
        amount=amount,
        co2_mg=row["co2_mg"],
        reference=row["reference"],
        overrides=overrides,
        energy_gj=None if per_unit is None else amount * per_unit,
    )


@lru_cache(8192)
def _energy_per_unit(source: str, item: str, unit: str, month: date, kept: str) -> float | None:
    """GJ in one written unit of a fuel, where its rule goes by way of heat; None where it does not."""
    key = msgspec.json.decode(kept)
    overrides = tuple(sorted(key.pop("overrides").items()))
    try:
        _, plan = planned(
            ActivityKey(
                **{**key, "source": source, "item": item, "unit": unit}, month=month, overrides=overrides
            )
        )
    except Problem:
        return None
    for branch in plan.branches:
        if "energy" in branch.rule.steps:
            amount = {"amount": Fraction(plan.per_written_unit)}
            try:
                return float(branch.rule.exactly("energy", amount, branch.parameters)["energy"])
            except KeyError:
                return None
    return None


async def _against_benchmark(connection: Connection, tenant_id: UUID, year: int) -> list[Question]:
    """CO2 per value added against the industry's published benchmark, made of ten accounts or more."""
    row = await connection.fetchrow(
        """select b.co2_mg, b.value_added_fen as sector_fen, b.accounts, o.value_added_fen as own_fen, p.industry_code
             from enterprise_profile p
             join lateral (select * from enterprise_yearly_output y where y.tenant_id = p.tenant_id and y.year = $2
                            order by y.recorded_at desc limit 1) o on true
             join lateral (select * from enterprise_benchmark b where b.industry_code = p.industry_code and b.year = $2
                            order by b.published_at desc limit 1) b on true
            where p.tenant_id = $1""",
        tenant_id,
        year,
    )
    if row is None or not row["own_fen"] or row["own_fen"] <= 0:
        return []
    own_mg = await connection.fetchval(
        """select coalesce(sum(mg), 0)::numeric from enterprise_rollup where tenant_id = $1 and month >= $2 and month < $3
              and gas = 'CO2' and scope in (1, 2) and not beside""",
        tenant_id,
        date(year, 1, 1),
        date(year + 1, 1, 1),
    )
    factor = far_from_benchmark(
        float(own_mg) / row["own_fen"], float(row["co2_mg"]) / float(row["sector_fen"])
    )
    if factor is None:
        return []
    values = {
        "factor": f"{factor:.3g}",
        "industry": row["industry_code"],
        "accounts": row["accounts"],
        "year": str(year),
    }
    return [Question("sector-outlier", (f"{year}",), "", "", "", None, _OUTLIER, values)]


_OUTLIER = N_(
    "{year}: CO2 per value added is {factor} times that of industry {industry} (benchmark of {accounts} accounts). What sets the enterprise apart?"
)


async def _keep(
    connection: Connection, tenant_id: UUID, year: int, found: Iterable[Question], masses: Mapping[Any, int]
) -> int:
    """Store the new ones; how many they are."""
    numbers = {
        "" if row["name"] == WHOLE_ENTERPRISE else row["name"]: row["number"]
        for row in await connection.fetch(
            "select name, number from enterprise_facility where tenant_id = $1", tenant_id
        )
    }
    new = 0
    for question in found:
        activities = [each for each in question.rows if isinstance(each, UUID)]
        written = await connection.execute(
            """insert into enterprise_activity_flag (id, tenant_id, year, kind, facility, source, item, month, activities,
                   co2e_mg, template, details, fingerprint, raised_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp())
               on conflict (tenant_id, fingerprint) do nothing""",
            new_id(),
            tenant_id,
            year,
            question.kind,
            numbers.get(question.facility, 0),
            question.source,
            question.item,
            question.month,
            msgspec.json.encode([str(each) for each in activities]).decode(),
            sum(masses.get(each, 0) for each in activities),
            question.template,
            msgspec.json.encode(dict(question.values)).decode(),
            question.fingerprint,
        )
        new += written.endswith(" 1")
    return new
