"""The account as a bank prints one: what came in when, what it did to the year, and where the year stands.

Two times are kept apart. *Happened* is the month an activity belongs to; *known* is the instant its submission, or its
withdrawal, was taken in. A statement "as known on" a day counts what was known by its end, so any earlier statement can be printed again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.identity.actors import Actor
from carbon.errors import N_, Problem
from carbon.workdays import ZONE
from methodologies.accounting.catalogue import SOURCES

SUBMITTED = N_("Submission of activities")
CORRECTED = N_("Correction: {reason}")
WITHDRAWN = N_("Withdrawal: {reason}")


@dataclass(frozen=True)
class Entry:
    """One posting: `template` and `values` make its words; `co2e_mg` is what it did, `balance_mg` where the year stood after."""

    known_at: datetime
    template: str
    values: dict[str, str]
    activities: int
    co2e_mg: int
    balance_mg: int


@dataclass(frozen=True)
class MonthRow:
    """A month, or a longer period reported as one, by scope."""

    month: date
    months: int
    by_scope: dict[int, int]
    co2e_mg: int


@dataclass(frozen=True)
class SourceRow:
    """A kind of source in a scope."""

    source: str
    name_zh: str
    name_en: str
    scope: int
    co2e_mg: int


@dataclass(frozen=True)
class Statement:
    """A year's statement. `before_mg` is the year before as known at the same instant, None if nothing was reported."""

    enterprise_id: UUID
    name_zh: str
    name_en: str
    year: int
    gwp_set: str
    known_on: date
    is_latest: bool
    before_mg: int | None
    entries: tuple[Entry, ...]
    months: tuple[MonthRow, ...]
    sources: tuple[SourceRow, ...]
    gases: dict[str, int]
    by_scope: dict[int, int]
    biogenic_mg: int
    closing_mg: int


async def read_statement(
    actor: Actor, *, enterprise_id: UUID, year: int, gwp_set: str = "AR5", known_on: date | None = None
) -> Statement:
    """The statement of a year as known at the end of a day in China (today if not given).

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: an unknown GWP set, or a day that has not come.
    """
    check_gwp_set(gwp_set)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"account {year}")
        now: datetime = await connection.fetchval("select now()")
        today = now.astimezone(ZONE).date()
        if known_on is not None and known_on > today:
            raise Problem(
                N_("{day} has not come yet; a statement tells what is known by today."),
                at="known_on",
                day=known_on.isoformat(),
            )
        day = known_on or today
        until = datetime.combine(day + timedelta(days=1), time(), ZONE).astimezone(UTC)
        names = await connection.fetchrow(
            "select name_zh, coalesce(name_en, '') as name_en from identity_organisation where id = $1",
            enterprise_id,
        )
        lines = await _lines(connection, enterprise_id, year, until)
        before = await _lines(connection, enterprise_id, year - 1, until)
    entries = _entries(lines, gwp_set)
    standing = _summed(lines)
    return Statement(
        enterprise_id=enterprise_id,
        name_zh=names["name_zh"] if names else "",
        name_en=names["name_en"] if names else "",
        year=year,
        gwp_set=gwp_set,
        known_on=day,
        is_latest=day == today,
        before_mg=kyoto_co2e_mg(_by_gas(before), gwp_set) if before else None,
        entries=entries,
        months=_months(standing, gwp_set),
        sources=_sources(standing, gwp_set),
        gases=_by_gas(lines),
        by_scope=_group(standing, "scope", gwp_set),
        biogenic_mg=_by_gas(lines).get("CO2_biogenic", 0),
        closing_mg=entries[-1].balance_mg if entries else 0,
    )


Line = Mapping[str, Any]

_LINES = """
    with activity as (
        select a.id, a.month, a.months, a.co2_mg, a.ch4_mg, a.n2o_mg, c.scope, c.source, c.mg_per_unit,
               w.withdrawn_at, w.replaced_by, w.reason
          from enterprise_activity a
          join enterprise_coefficient c on (c.tenant_id, c.id) = (a.tenant_id, a.coefficient_id)
          left join enterprise_withdrawal w on w.tenant_id = a.tenant_id and w.activity_id = a.id and w.withdrawn_at < $4
         where a.tenant_id = $1 and a.month >= $2 and a.month < $3
    ), gas as (
        select a.*, g.gas, g.mg from activity a
         cross join lateral (values ('CO2', a.co2_mg), ('CH4', a.ch4_mg), ('N2O', a.n2o_mg)) g (gas, mg)
         where a.mg_per_unit ? g.gas
        union all
        select a.*, g.gas, g.mg from activity a
          join enterprise_activity_gas g on g.tenant_id = $1 and g.id = a.id
    )
    select left(id::text, 28) as batch, withdrawn_at, reason, replaced_by, month, months, scope, source, gas,
           sum(mg)::numeric as mg, count(distinct id)::int as activities
      from gas group by 1, 2, 3, 4, 5, 6, 7, 8, 9
"""


async def _lines(connection: Connection, enterprise_id: UUID, year: int, until: datetime) -> list[Line]:
    """Sums of what came with one submission, or left by one withdrawal, known before `until`."""
    rows = await connection.fetch(_LINES, enterprise_id, date(year, 1, 1), date(year + 1, 1, 1), until)
    corrections = {
        row["replaced_by"]: row
        for row in await connection.fetch(
            """select replaced_by, reason from enterprise_withdrawal
                where tenant_id = $1 and replaced_by is not null and withdrawn_at < $2""",
            enterprise_id,
            until,
        )
    }
    replacing = {str(one)[:28]: row["reason"] for one, row in corrections.items()}
    found: list[Line] = []
    for row in rows:
        known_at = _instant(row["batch"])
        if known_at >= until:
            continue
        line = dict(row) | {"known_at": known_at, "mg": int(row["mg"]), "sign": 1}
        line["corrects"] = replacing.get(row["batch"])
        found.append(line)
        if row["withdrawn_at"] is not None:
            found.append(
                line | {"known_at": row["withdrawn_at"], "mg": -line["mg"], "sign": -1, "corrects": None}
            )
    return found


def _instant(batch: str) -> datetime:
    """When a submission was taken in: its id is a UUIDv7, whose first 48 bits are milliseconds."""
    return datetime.fromtimestamp(int(batch.replace("-", "")[:12], 16) / 1000, UTC)


def _entries(lines: list[Line], gwp_set: str) -> tuple[Entry, ...]:
    """The postings in the order in which they became known."""
    groups: dict[tuple[datetime, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        template, reason = _words(line)
        groups[line["known_at"], template, reason].append(line)
    entries: list[Entry] = []
    balance = 0
    masses: dict[str, int] = defaultdict(int)
    for (known_at, template, reason), group in sorted(
        groups.items(), key=lambda one: (one[0][0], one[0][1] != WITHDRAWN)
    ):
        for line in group:
            masses[line["gas"]] += line["mg"]
        # CO2e is linear in the gases, so the posting is the difference of two exact totals.
        standing = kyoto_co2e_mg(masses, gwp_set)
        count = len({(line["batch"], line["source"], line["month"], line["scope"]) for line in group})
        values = {"reason": reason} if reason else {}
        activities = (
            max((line["activities"] for line in group), default=0) if count == 1 else _activities(group)
        )
        entries.append(
            Entry(known_at, template, values, group[0]["sign"] * activities, standing - balance, standing)
        )
        balance = standing
    return tuple(entries)


def _activities(group: list[Line]) -> int:
    """How many activities: a line of several gases counts once."""
    most: dict[tuple[Any, ...], int] = defaultdict(int)
    for line in group:
        place = (
            line["batch"],
            line["withdrawn_at"],
            line["month"],
            line["months"],
            line["scope"],
            line["source"],
        )
        most[place] = max(most[place], line["activities"])
    return sum(most.values())


def _words(line: Line) -> tuple[str, str]:
    if line["sign"] < 0:
        return (CORRECTED if line["replaced_by"] else WITHDRAWN), line["reason"]
    if line["corrects"]:
        return CORRECTED, line["corrects"]
    return SUBMITTED, ""


def _summed(lines: list[Line]) -> list[Line]:
    """What stands: postings and their withdrawals added up."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for line in lines:
        sums[line["month"], line["months"], line["scope"], line["source"], line["gas"]] += line["mg"]
    names = ("month", "months", "scope", "source", "gas")
    return [dict(zip(names, key, strict=True)) | {"mg": mg} for key, mg in sums.items() if mg]


def _by_gas(lines: list[Line]) -> dict[str, int]:
    masses: dict[str, int] = defaultdict(int)
    for line in lines:
        masses[line["gas"]] += line["mg"]
    return {gas: mg for gas, mg in sorted(masses.items()) if mg}


def _group(lines: list[Line], name: str, gwp_set: str) -> dict[Any, int]:
    groups: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        groups[line[name]][line["gas"]] += line["mg"]
    return {key: kyoto_co2e_mg(masses, gwp_set) for key, masses in sorted(groups.items())}


def _months(lines: list[Line], gwp_set: str) -> tuple[MonthRow, ...]:
    groups: dict[tuple[date, int], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["month"], line["months"]].append(line)
    return tuple(
        MonthRow(month, months, _group(group, "scope", gwp_set), kyoto_co2e_mg(_by_gas(group), gwp_set))
        for (month, months), group in sorted(groups.items())
    )


def _sources(lines: list[Line], gwp_set: str) -> tuple[SourceRow, ...]:
    groups: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line["scope"], line["source"]].append(line)
    return tuple(
        SourceRow(
            source,
            SOURCES[source].name.zh,
            SOURCES[source].name.en,
            scope,
            kyoto_co2e_mg(_by_gas(group), gwp_set),
        )
        for (scope, source), group in sorted(groups.items())
    )
