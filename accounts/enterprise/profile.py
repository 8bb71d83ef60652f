"""What an enterprise says of itself: industry, district, facilities, and the money figures of each year."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, Problem
from carbon.identifiers import new_id
from carbon.periods import EARLIEST_YEAR, LATEST_YEAR
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.places import REGIONS

LARGEST_FEN = 10**17
_INDUSTRY = re.compile(r"[A-T]|[A-T]?[0-9]{2,4}", re.ASCII)


@dataclass(frozen=True)
class Facility:
    """A place where emissions happen."""

    id: UUID
    name: str
    district: str


@dataclass(frozen=True)
class YearlyOutput:
    """Money figures of one year in fen; a figure that was not given is None."""

    year: int
    value_added_fen: int | None
    main_income_fen: int | None
    total_equity_and_debt_fen: int | None
    recorded_at: datetime


@dataclass(frozen=True)
class Profile:
    """The enterprise with its facilities and yearly figures; `industry_code` (GB/T 4754) is empty until recorded.

    `region` is the code of the province or grid whose electricity factors hold where a row names none.
    """

    enterprise_id: UUID
    industry_code: str
    district: str
    region: str
    guide: str | None
    facilities: tuple[Facility, ...]
    years: tuple[YearlyOutput, ...]


async def read_profile(actor: Actor, *, enterprise_id: UUID | None = None) -> Profile:
    """The profile, by default the actor's own.

    Raises:
        NotFound: not there, or no consent to see it.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        owner = enterprise_id or actor.tenant_id
        await enter_account(connection, actor, owner, "profile")
        return await _profile(connection, owner)


async def list_facilities(actor: Actor) -> list[Facility]:
    """The actor's own facilities, in the order in which they came."""
    actor.require(Permission.ACCOUNT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _facilities(connection, actor.tenant_id)


async def record_profile(
    actor: Actor, *, industry_code: str, district: str = "", region: str = "", guide: str | None = None
) -> Profile:
    """Record or replace industry, district, region (a name such as 重庆, or a code) and guide.

    Raises:
        Problem: a value that is not well formed or not known.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    values = {
        "industry_code": _industry(industry_code),
        "district": checked_name(district, at="district", required=False),
        "region": _region(region),
        "guide": _guide(guide),
    }
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            """insert into enterprise_profile (tenant_id, industry_code, district, region, guide, recorded_at)
               values ($1, $2, $3, $4, $5, now())
               on conflict (tenant_id) do update set industry_code = excluded.industry_code,
                   district = excluded.district, region = excluded.region, guide = excluded.guide, recorded_at = now()""",
            actor.tenant_id,
            *values.values(),
        )
        await audit.record(
            connection,
            actor,
            act="profile.record",
            object_kind="profile",
            object_id=actor.tenant_id,
            details=values,
        )
        return await _profile(connection, actor.tenant_id)


def _industry(code: str) -> str:
    code = code.strip().upper()
    if not _INDUSTRY.fullmatch(code):
        raise Problem(
            N_(
                "{code} is no industry code of GB/T 4754. Write a letter, or two to four digits, such as C30 or 3011."
            ),
            code=code[:20],
            at="industry_code",
        )
    return code


def _region(text: str) -> str:
    found = REGIONS.from_text(text) if text.strip() else ""
    if found is None:
        raise Problem(
            N_("{value} is no province or grid known here. Write for example 重庆."),
            value=text[:40],
            at="region",
        )
    return found


def _guide(text: str | None) -> str | None:
    known = {guide for source in SOURCES.values() for guide in source.guides}
    if text and text not in known:
        raise Problem(
            N_("{value} is no guide known here. It is one of: {known}."),
            value=text[:40],
            known=", ".join(sorted(known)),
            at="guide",
        )
    return text or None


async def record_year(
    actor: Actor,
    *,
    year: int,
    value_added_fen: int | None = None,
    main_income_fen: int | None = None,
    total_equity_and_debt_fen: int | None = None,
) -> Profile:
    """Record the money figures of a year; a later record of the same year holds from then on, the earlier is kept.

    Raises:
        Problem: the year or an amount is out of range, or nothing was given.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    amounts = {
        "value_added_fen": value_added_fen,
        "main_income_fen": main_income_fen,
        "total_equity_and_debt_fen": total_equity_and_debt_fen,
    }
    _check_year(year, amounts)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            """insert into enterprise_yearly_output (id, tenant_id, year, value_added_fen, main_income_fen,
                   total_equity_and_debt_fen, recorded_by, recorded_at)
               values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())""",
            new_id(),
            actor.tenant_id,
            year,
            *amounts.values(),
            actor.person_id,
        )
        await audit.record(
            connection,
            actor,
            act="year.record",
            object_kind="yearly-output",
            object_id=str(year),
            details={"year": year, **amounts},
        )
        return await _profile(connection, actor.tenant_id)


def _check_year(year: int, amounts: dict[str, int | None]) -> None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Problem(
            N_("{value} is no year between {earliest} and {latest}."),
            value=year,
            earliest=EARLIEST_YEAR,
            latest=LATEST_YEAR,
            at="year",
        )
    if all(amount is None for amount in amounts.values()):
        raise Problem(N_("Give at least one figure of the year."), at="value_added_fen")
    for name, amount in amounts.items():
        least = -LARGEST_FEN if name == "value_added_fen" else 0
        if amount is not None and not least <= amount <= LARGEST_FEN:
            raise Problem(
                N_("{value} fen is out of range; check the figure and its unit."), value=amount, at=name
            )


async def add_facility(actor: Actor, *, name: str, district: str = "") -> Facility:
    """Take a facility on.

    Raises:
        Conflict: there is one of this name.
        Problem: the name is not well formed.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    name, district = checked_name(name, at="name"), checked_name(district, at="district", required=False)
    facility = Facility(new_id(), name, district)
    async with transaction(tenant=actor.tenant_id) as connection:
        try:
            await connection.execute(
                """insert into enterprise_facility (id, tenant_id, number, name, district)
                   select $1, $2, coalesce(max(number), 0) + 1, $3, $4 from enterprise_facility where tenant_id = $2""",
                facility.id,
                actor.tenant_id,
                name,
                district,
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("There is a facility {name} already."), name=name, at="name") from None
        await audit.record(
            connection,
            actor,
            act="facility.add",
            object_kind="facility",
            object_id=facility.id,
            details={"name": name},
        )
    return facility


async def _profile(connection: Connection, tenant_id: UUID) -> Profile:
    row: Any = await connection.fetchrow(
        "select industry_code, district, region, guide from enterprise_profile where tenant_id = $1",
        tenant_id,
    )
    kept = dict(row) if row else {"industry_code": "", "district": "", "region": "", "guide": None}
    years = await connection.fetch(
        """select distinct on (year) year, value_added_fen, main_income_fen, total_equity_and_debt_fen, recorded_at
             from enterprise_yearly_output where tenant_id = $1 order by year desc, recorded_at desc, id desc""",
        tenant_id,
    )
    facilities = await _facilities(connection, tenant_id)
    return Profile(
        enterprise_id=tenant_id,
        **kept,
        facilities=tuple(facilities),
        years=tuple(YearlyOutput(**year) for year in years),
    )


async def _facilities(connection: Connection, tenant_id: UUID) -> list[Facility]:
    rows = await connection.fetch(
        "select id, name, district from enterprise_facility where tenant_id = $1 order by number", tenant_id
    )
    return [Facility(**row) for row in rows]
