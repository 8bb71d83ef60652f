"""Reported totals as the authority and each company see them: sums by year, what is held out, and who decided why."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from accounts.database.transactions import transaction
from accounts.enterprise.indicators import indicators
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

NOTE_CHARACTERS = 2000

_FLAGGED = """
    with latest as (
        select distinct on (t.organisation_id, t.indicator, t.year) t.*
          from enterprise_reported_total t
         order by t.organisation_id, t.indicator, t.year, t.recorded_at desc, t.id desc
    ), decided as (
        select distinct on (flag_id) * from enterprise_flag_decision order by flag_id, decided_at desc, id desc
    ), flag as (
        select f.*, d.decision, d.note, d.decided_by_name, d.decided_at
          from enterprise_flag f left join decided d on d.flag_id = f.id
    ), total as (
        select l.*, o.name_zh as company,
               exists (select from flag f where f.total_id = l.id and coalesce(f.decision, '') <> 'accept') as held
          from latest l join identity_organisation o on o.id = l.organisation_id
    )
"""


@dataclass(frozen=True)
class YearTotal:
    """An indicator's year: the sum of what counts, and what is held out. Without sum where companies do not add up.

    `sum_as_reported` holds everything, flagged or not, so that both can be compared.
    """

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    unit_assumed: bool
    year: int
    companies: int
    held: int
    sum: Decimal | None
    sum_as_reported: Decimal | None


@dataclass(frozen=True)
class Flag:
    """A figure held out, why (`template` filled by `details`), and the decision if there is one."""

    id: UUID
    organisation_id: UUID
    company: str
    indicator: str
    year: int
    value: Decimal
    unit: str
    kind: str
    factor: Decimal
    template: str
    details: dict[str, Any]
    raised_at: datetime
    decision: str | None
    note: str | None
    decided_by_name: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class CompanyFigure:
    """One figure of one company."""

    organisation_id: UUID
    company: str
    indicator: str
    year: int
    value: Decimal
    unit: str
    unit_assumed: bool
    held: bool


@dataclass(frozen=True)
class Totals:
    """Sums by indicator and year, flags (open ones first), and a page of companies' figures."""

    years: tuple[YearTotal, ...]
    flags: tuple[Flag, ...]
    figures: tuple[CompanyFigure, ...]


async def list_totals(
    actor: Actor,
    *,
    indicator: str | None = None,
    year: int | None = None,
    organisation_id: UUID | None = None,
    after: str = "",
    limit: int = 100,
) -> Totals:
    """What was reported: an authority sees all it imported, a company its own. `after` is the last company of the page before.

    Raises:
        NotPermitted: neither an importing authority nor a reader of its own account.
    """
    if Permission.TOTALS_IMPORT not in actor.permissions:
        actor.require(Permission.ACCOUNT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        years = await connection.fetch(
            f"""{_FLAGGED} select indicator, year, count(*) as companies, count(*) filter (where held) as held,
                    min(unit) as unit, bool_or(unit_assumed) as unit_assumed, sum(value) filter (where not held) as sum,
                    sum(value) as sum_as_reported
               from total where ($1::text is null or indicator = $1) and ($2::int is null or year = $2)
                and ($3::uuid is null or organisation_id = $3)
              group by indicator, year order by indicator, year""",
            indicator,
            year,
            organisation_id,
        )
        flags = await connection.fetch(
            f"""{_FLAGGED} select f.id, f.organisation_id, t.company, t.indicator, t.year, t.value, t.unit, f.kind, f.factor,
                    f.template, f.details, f.raised_at, f.decision, f.note, f.decided_by_name, f.decided_at
               from flag f join total t on t.id = f.total_id
              where ($1::text is null or t.indicator = $1) and ($2::int is null or t.year = $2)
                and ($3::uuid is null or t.organisation_id = $3)
              order by f.decision is not null, t.company, t.indicator, t.year""",
            indicator,
            year,
            organisation_id,
        )
        figures = await connection.fetch(
            f"""{_FLAGGED} select organisation_id, company, indicator, year, value, unit, unit_assumed, held from total
              where ($1::text is null or indicator = $1) and ($2::int is null or year = $2)
                and ($3::uuid is null or organisation_id = $3) and company > $4
              order by company, indicator, year limit $5""",
            indicator,
            year,
            organisation_id,
            after,
            min(limit, 2000),
        )
    return Totals(
        tuple(_year_total(dict(row)) for row in years),
        tuple(Flag(**{**row, "details": msgspec.json.decode(row["details"])}) for row in flags),
        tuple(CompanyFigure(**row) for row in figures),
    )


def _year_total(row: dict[str, Any]) -> YearTotal:
    indicator = indicators()[row["indicator"]]
    sums = {name: row[name] if indicator.summed else None for name in ("sum", "sum_as_reported")}
    return YearTotal(**{**row, **sums}, name_zh=indicator.name.zh, name_en=indicator.name.en)


async def resolve_flag(
    actor: Actor, *, flag_id: UUID, decision: Literal["accept", "exclude"], note: str
) -> Flag:
    """Decide about a flagged figure: accept it into the totals, or keep it out; the note says why.

    Raises:
        Problem: no such decision, or no note.
        NotFound: no such flag, or not the actor's.
        Conflict: the same decision was taken already.
    """
    actor.require(Permission.TOTALS_IMPORT)
    note = note.strip()
    if decision not in {"accept", "exclude"}:
        raise Problem(
            N_("Decide accept or exclude, not {decision}."), decision=str(decision)[:40], at="decision"
        )
    if not 1 <= len(note) <= NOTE_CHARACTERS:
        raise Problem(N_("Say why, in 1 to {limit} characters."), limit=NOTE_CHARACTERS, at="note")
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await connection.fetchrow(
            "select id from enterprise_flag where id = $1 and tenant_id = $2", flag_id, actor.tenant_id
        )
        if found is None:
            raise NotFound(N_("There is no such flag."))
        last = await connection.fetchval(
            "select decision from enterprise_flag_decision where flag_id = $1 order by decided_at desc, id desc limit 1",
            flag_id,
        )
        if last == decision:
            raise Conflict(N_("This was decided already: {decision}."), decision=decision)
        await connection.execute(
            """insert into enterprise_flag_decision (id, tenant_id, flag_id, decision, note, decided_by, decided_by_name,
                   decided_at) values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())""",
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
            act="flag.resolve",
            object_kind="flag",
            object_id=flag_id,
            details={"decision": decision, "note": note},
        )
        row: Any = await connection.fetchrow(
            f"""{_FLAGGED} select f.id, f.organisation_id, t.company, t.indicator, t.year, t.value, t.unit, f.kind, f.factor,
                    f.template, f.details, f.raised_at, f.decision, f.note, f.decided_by_name, f.decided_at
               from flag f join (select t.*, o.name_zh as company from enterprise_reported_total t
                                   join identity_organisation o on o.id = t.organisation_id) t on t.id = f.total_id
              where f.id = $1""",
            flag_id,
        )
    return Flag(**{**row, "details": msgspec.json.decode(row["details"])})
