"""The lines behind an account: activities listed, and each one opened to its explanation."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.activity_ids import submission_of
from accounts.enterprise.checking import QUALITIES
from accounts.enterprise.coefficients import GAS_COLUMNS
from accounts.enterprise.inventory import check_gwp_set, kyoto_co2e_mg
from accounts.identity.actors import Actor
from carbon.errors import N_, NotFound, Problem
from carbon.rounding import round_mg
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import Coefficient, coefficient, explain
from methodologies.accounting.catalogue import SOURCES

_QUALITY_NAMES = {number: name for name, number in QUALITIES.items()}
LONGEST_PAGE = 500


@dataclass(frozen=True)
class ActivityLine:
    """One activity with what it emitted, and the file, sheet and row it came from."""

    id: UUID
    month: date
    months: int
    facility: str
    source: str
    source_zh: str
    source_en: str
    item: str
    item_zh: str
    item_en: str
    amount: Decimal
    unit: str
    scope: int
    method: str
    quality: str
    reference: str | None
    note: str | None
    mg: dict[str, int]
    co2e_mg: int
    confidence: str
    submission_id: UUID
    row: int


@dataclass(frozen=True)
class ActivityExplanation:
    """How one activity's figure came to be. `explanation` is a tree as `carbon.explanation` writes it.

    `current` says that today's rules and numbers still give the stored figures; otherwise the tree is the one kept
    when the activity was taken in, for one unit of it.
    """

    activity: ActivityLine
    gwp_set: str
    rule_version: str
    parameters_hash: str
    current: bool
    explanation: dict[str, Any]
    file_name: str
    sheet: str | None
    submitted_at: datetime | None
    submitted_by_name: str | None


_COLUMNS = """
    select a.id, a.sheet, a.row, a.month, a.months, f.name as facility, c.source, c.item, a.amount, c.unit, c.scope, c.method, a.quality,
           a.reference, a.note, a.co2_mg, a.ch4_mg, a.n2o_mg, c.confidence, c.mg_per_unit, c.key, c.rule_version,
           c.parameters_hash, c.explanation,
           (select jsonb_object_agg(g.gas, g.mg) from enterprise_activity_gas g
             where g.tenant_id = a.tenant_id and g.id = a.id) as further
"""
_NAMES = """
      join enterprise_coefficient c on c.tenant_id = a.tenant_id and c.id = a.coefficient_id
      join enterprise_facility f on f.tenant_id = a.tenant_id and f.number = a.facility
"""
_SELECT = f"{_COLUMNS} from enterprise_activity a {_NAMES} where a.tenant_id = $1"


PAGE_SQL = f"""
    with page as materialized (
        select * from enterprise_activity
         where tenant_id = $1 and month >= $2 and month < $3 and ($4::uuid is null or id > $4)
           and not exists (select from enterprise_withdrawal w where w.tenant_id = $1 and w.activity_id = enterprise_activity.id)
           and coefficient_id = any (array(
                   select id from enterprise_coefficient
                    where tenant_id = $1 and ($5::int is null or scope = $5) and ($6::text is null or source = $6)
                      and ($8::text is null or mg_per_unit ? $8)))
           and facility = any (array(
                   select number from enterprise_facility
                    where tenant_id = $1 and ($7::text is null or name = $7 or id::text = $7)))
         order by id limit $9)
    {_COLUMNS} from page a {_NAMES} order by a.id"""
"""Tenant, first day, day after the last, id before, scope, source, facility, gas, lines.

The page is cut before names are joined: a batch just loaded has no statistics, and joining a million rows by a guess of one
takes minutes."""


async def list_activities(
    actor: Actor,
    *,
    enterprise_id: UUID,
    year: int,
    month: int | None = None,
    gas: str | None = None,
    scope: int | None = None,
    source: str | None = None,
    facility: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
    gwp_set: str = "AR5",
) -> list[ActivityLine]:
    """The activities behind a figure, in the order in which they came; `after` is the last id of the page before.

    `facility` is its id or name. A gas keeps the activities whose source emits it.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
        Problem: a month that does not exist, or an unknown GWP set.
    """
    check_gwp_set(gwp_set)
    starts_on, ends_before = _bounds(year, month)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"activities {year}")
        rows = await connection.fetch(
            PAGE_SQL,
            enterprise_id,
            starts_on,
            ends_before,
            after,
            scope,
            source,
            facility,
            gas,
            max(1, min(limit, LONGEST_PAGE)),
        )
    return [activity_line(row, gwp_set) for row in rows]


def _bounds(year: int, month: int | None) -> tuple[date, date]:
    try:
        if month is None:
            return date(year, 1, 1), date(year + 1, 1, 1)
        return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    except ValueError as error:
        raise Problem(
            N_("There is no month {month} in {year}."), month=month, year=year, at="month"
        ) from error


def activity_line(row: Any, gwp_set: str) -> ActivityLine:
    """A row of `PAGE_SQL` as people see it, its CO2 equivalent under a GWP set."""
    source = SOURCES[row["source"]]
    item = source.items.get(row["item"])
    mg = _masses(row)
    return ActivityLine(
        id=row["id"],
        month=row["month"],
        months=row["months"],
        facility=row["facility"],
        source=row["source"],
        source_zh=source.name.zh,
        source_en=source.name.en,
        item=row["item"],
        item_zh=item.name.zh if item else row["item"],
        item_en=item.name.en if item else row["item"],
        amount=_plain(row["amount"]),
        unit=row["unit"],
        scope=row["scope"],
        method=row["method"],
        quality=_QUALITY_NAMES[row["quality"]],
        reference=row["reference"],
        note=row["note"],
        mg=mg,
        co2e_mg=kyoto_co2e_mg(mg, gwp_set),
        confidence=row["confidence"],
        submission_id=submission_of(row["id"]),
        row=row["row"],
    )


def _plain(amount: Decimal) -> Decimal:
    """Without exponent: the driver gives 120000 as 1.2E+5."""
    return Decimal(format(amount, "f"))


def _masses(row: Any) -> dict[str, int]:
    """The gases the activity's coefficient names, with their stored milligrams."""
    further = msgspec.json.decode(row["further"]) if row["further"] else {}
    return {
        gas: row[GAS_COLUMNS[gas]] if gas in GAS_COLUMNS else further.get(gas, 0)
        for gas in msgspec.json.decode(row["mg_per_unit"])
    }


async def explain_activity(
    actor: Actor, *, enterprise_id: UUID, activity_id: UUID, gwp_set: str = "AR5"
) -> ActivityExplanation:
    """Open one activity down to every number's source.

    Raises:
        NotFound: no such activity, or not for the actor to see.
    """
    check_gwp_set(gwp_set)
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, f"activity {activity_id}")
        row = await connection.fetchrow(f"{_SELECT} and a.id = $2", enterprise_id, activity_id)
        if row is None:
            raise NotFound(N_("There is no such activity."))
        origin = await _origin(connection, enterprise_id, activity_id, row["sheet"])
    key = key_of(row)
    current = _is_current(row, key)
    tree = (
        explain(key, row["amount"], gwp_set).as_dict() if current else msgspec.json.decode(row["explanation"])
    )
    return ActivityExplanation(
        activity=activity_line(row, gwp_set),
        gwp_set=gwp_set,
        rule_version=row["rule_version"],
        parameters_hash=row["parameters_hash"],
        current=current,
        explanation=tree,
        **origin,
    )


async def _origin(
    connection: Connection, enterprise_id: UUID, activity_id: UUID, sheet: int
) -> dict[str, Any]:
    """The file it came in; a reader with consent sees the account, not the files, and gets none."""
    row = await connection.fetchrow(
        """select file_name, sheets, submitted_at, submitted_by_name from enterprise_submission
            where tenant_id = $1 and id = $2""",
        enterprise_id,
        submission_of(activity_id),
    )
    if row is None:
        return {"file_name": "", "sheet": None, "submitted_at": None, "submitted_by_name": None}
    sheets = msgspec.json.decode(row["sheets"])
    return {
        "file_name": row["file_name"],
        "sheet": sheets[sheet],
        "submitted_at": row["submitted_at"],
        "submitted_by_name": row["submitted_by_name"],
    }


async def year_lines(
    connection: Connection,
    enterprise_id: UUID,
    year: int,
    *,
    only: list[UUID] | None = None,
    withdrawn: bool = False,
    limit: int | None = None,
) -> list[Any]:
    """Rows for `activity_line`, the largest first, for rooms that read inside their own transaction.

    Activities that were withdrawn are left out unless `withdrawn`; `only` keeps those ids.
    """
    return list(
        await connection.fetch(
            f"""{_SELECT} and a.month >= $2 and a.month < $3 and ($4::uuid[] is null or a.id = any ($4))
                  and ($5 or not exists (select from enterprise_withdrawal w
                                          where w.tenant_id = $1 and w.activity_id = a.id))
                order by a.co2_mg desc, a.id limit $6""",
            enterprise_id,
            date(year, 1, 1),
            date(year + 1, 1, 1),
            only,
            withdrawn,
            limit,
        )
    )


async def activity_row(connection: Connection, enterprise_id: UUID, activity_id: UUID) -> Any:
    """The row of one activity, for `activity_line` and corrections.

    Raises:
        NotFound: no such activity, or not for the reader to see.
    """
    row = await connection.fetchrow(f"{_SELECT} and a.id = $2", enterprise_id, activity_id)
    if row is None:
        raise NotFound(N_("There is no such activity."))
    return row


async def recomputes(connection: Connection, enterprise_id: UUID, activity_id: UUID) -> bool:
    """Whether today's rules and numbers still give the stored milligrams of an activity."""
    row = await activity_row(connection, enterprise_id, activity_id)
    return _is_current(row, key_of(row))


def key_of(row: Any) -> ActivityKey:
    kept = msgspec.json.decode(row["key"])
    overrides = tuple(sorted(kept.pop("overrides").items()))
    return ActivityKey(**kept, month=row["month"], overrides=overrides)


def _is_current(row: Any, key: ActivityKey) -> bool:
    """Whether today's rules give this activity the very milligrams that are stored."""
    try:
        found: Coefficient = coefficient(key)
    except Problem:
        return False
    amount = Fraction(row["amount"])
    now = {gas: round_mg(amount * per_unit) for gas, per_unit in found.mg_per_unit.items()}
    return (
        found.parameters_hash == row["parameters_hash"]
        and found.rule_version == row["rule_version"]
        and now == _masses(row)
    )
