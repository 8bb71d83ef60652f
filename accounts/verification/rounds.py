"""A round: the authority orders a year's verification, with its terms."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.inventory import check_gwp_set
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id

ASSURANCES = ("limited", "reasonable")


@dataclass(frozen=True)
class Round:
    """The terms of a year's verification. `materiality_percent` is of the enterprise's total; the terms are the authority's."""

    id: UUID
    year: int
    gwp_set: str
    assurance: str
    materiality_percent: Decimal
    longest_years_in_a_row: int
    submit_by_on: date
    verify_by_on: date
    opened_at: datetime


async def open_round(
    actor: Actor,
    *,
    year: int,
    gwp_set: str,
    assurance: str,
    materiality_percent: Decimal,
    longest_years_in_a_row: int,
    submit_by_on: date,
    verify_by_on: date,
) -> Round:
    """Order the verification of a year; a later order for the same year changes the terms of cases assigned after it.

    Raises:
        NotPermitted: without `verification:order`.
        Problem: a term is out of its range.
    """
    actor.require(Permission.VERIFICATION_ORDER)
    check_gwp_set(gwp_set)
    _check_terms(assurance, materiality_percent, longest_years_in_a_row, submit_by_on, verify_by_on)
    async with transaction(tenant=actor.tenant_id) as connection:
        round_id = new_id()
        await connection.execute(
            """insert into verification_round (id, authority_id, year, gwp_set, assurance, materiality_percent,
                   longest_years_in_a_row, submit_by_on, verify_by_on, opened_by)
               values ($1, current_tenant(), $2, $3, $4, $5, $6, $7, $8, $9)""",
            round_id,
            year,
            gwp_set,
            assurance,
            materiality_percent,
            longest_years_in_a_row,
            submit_by_on,
            verify_by_on,
            actor.person_id,
        )
        await audit.record(
            connection, actor, act="verification.round", object_kind="verification-round", object_id=round_id,
            details={"year": year, "materiality_percent": str(materiality_percent)},
        )  # fmt: skip
        return await round_by_id(connection, round_id)


def _check_terms(
    assurance: str, materiality: Decimal, years: int, submit_by_on: date, verify_by_on: date
) -> None:
    if assurance not in ASSURANCES:
        raise Problem(
            N_("The level of assurance is {value}; it is limited or reasonable."),
            at="assurance",
            value=assurance,
        )
    if not (materiality.is_finite() and 0 < materiality <= 100):
        raise Problem(
            N_("The materiality is {value} %; give more than 0 and at most 100."),
            at="materiality_percent",
            value=str(materiality),
        )
    if not 1 <= years <= 20:
        raise Problem(
            N_("A verifier may serve {value} years in a row; give 1 to 20."),
            at="longest_years_in_a_row",
            value=years,
        )
    if submit_by_on >= verify_by_on:
        raise Problem(
            N_("Verification ends on {verify}, which must be after the last day of submitting, {submit}."),
            at="verify_by_on",
            verify=verify_by_on.isoformat(),
            submit=submit_by_on.isoformat(),
        )


_SELECT = """select id, year, gwp_set, assurance, materiality_percent, longest_years_in_a_row, submit_by_on, verify_by_on,
                    opened_at from verification_round"""


async def list_rounds(actor: Actor) -> list[Round]:
    """The rounds in force, the latest year first."""
    actor.require(Permission.VERIFICATION_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(f"{_SELECT} order by year desc, id desc")
    latest: dict[int, Round] = {}
    for row in rows:
        latest.setdefault(row["year"], Round(**row))
    return list(latest.values())


async def round_by_id(connection: Connection, round_id: UUID) -> Round:
    """The round of this id.

    Raises:
        NotFound: there is none.
    """
    row = await connection.fetchrow(f"{_SELECT} where id = $1", round_id)
    if row is None:
        raise NotFound(N_("There is no such round of verification."))
    return Round(**row)


async def round_of_year(connection: Connection, year: int) -> Round:
    """The actor's own latest round of a year.

    Raises:
        NotFound: the year's verification is not ordered yet.
    """
    row = await connection.fetchrow(
        f"{_SELECT} where year = $1 and authority_id = current_tenant() order by id desc limit 1", year
    )
    if row is None:
        raise NotFound(N_("The verification of {year} is not ordered yet; open a round first."), year=year)
    return Round(**row)
