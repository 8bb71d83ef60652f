"""Measures to reduce emissions, what they cost and avoid, and the order in which they pay."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon import trajectories
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id

STATUSES = {
    "idea": N_("idea"),
    "planned": N_("planned"),
    "running": N_("under way"),
    "done": N_("done"),
    "dropped": N_("dropped"),
}
MG_PER_T = 10**9
LARGEST_FEN = 10**15


@dataclass(frozen=True)
class Measure:
    """One measure as it stands. `avoided_mg_per_year` is what it avoids once it works."""

    number: int
    name: str
    facility: str
    status: str
    starts_on: date
    lifetime_years: int
    capital_fen: int
    yearly_cost_fen: int
    yearly_saving_fen: int
    avoided_mg_per_year: int
    note: str
    set_by_name: str
    set_at: datetime


@dataclass(frozen=True)
class CurveStep:
    """A bar of the abatement curve, in tonnes a year and fen per tonne."""

    number: int
    name: str
    fen_per_t: Decimal
    from_t: Decimal
    to_t: Decimal
    yearly_net_cost_fen: Decimal


@dataclass(frozen=True)
class Curve:
    """The measures from the cheapest tonne to the dearest, at a rate of interest a year."""

    rate_percent: Decimal
    steps: tuple[CurveStep, ...]
    avoided_t: Decimal
    paying_t: Decimal
    """Tonnes of measures that pay for themselves."""


async def record_measure(
    actor: Actor,
    *,
    name: str,
    starts_on: date,
    lifetime_years: int,
    capital_fen: int,
    yearly_cost_fen: int,
    yearly_saving_fen: int,
    avoided_mg_per_year: int,
    facility: str = "",
    status: str = "idea",
    note: str = "",
    number: int | None = None,
) -> Measure:
    """Record a measure, or with `number` what it is now; what was said before stays in the books.

    Raises:
        NotPermitted: without `activity:submit`.
        NotFound: there is no measure of this number.
        Problem: a value out of its range.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    name = " ".join(name.split())
    _check(name, status, lifetime_years, avoided_mg_per_year, capital_fen, yearly_cost_fen, yearly_saving_fen)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 11))", str(actor.tenant_id)
        )
        last = await connection.fetchval(
            "select coalesce(max(number), 0) from enterprise_measure where tenant_id = $1", actor.tenant_id
        )
        if number is not None and not 1 <= number <= last:
            raise NotFound(N_("There is no measure no. {number}."), number=number)
        number = number or last + 1
        await connection.execute(
            """insert into enterprise_measure (id, tenant_id, number, name, facility, status, starts_on, lifetime_years,
                   capital_fen, yearly_cost_fen, yearly_saving_fen, avoided_mg_per_year, note, set_by, set_by_name)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)""",
            new_id(), actor.tenant_id, number, name, facility.strip()[:500], status, starts_on, lifetime_years, capital_fen,
            yearly_cost_fen, yearly_saving_fen, avoided_mg_per_year, note.strip()[:2000], actor.person_id, actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="measure.record", object_kind="measure", object_id=number,
            details={"name": name, "status": status},
        )  # fmt: skip
        return next(one for one in await _measures(connection, actor.tenant_id) if one.number == number)


def _check(name: str, status: str, lifetime_years: int, avoided_mg: int, *sums_fen: int) -> None:
    if not 1 <= len(name) <= 200:
        raise Problem(N_("Give the measure a name of 1 to {limit} characters."), at="name", limit=200)
    if status not in STATUSES:
        raise Problem(N_("{value} is no status; choose one of {known}."), at="status", value=status, known=", ".join(STATUSES))  # fmt: skip
    if not 1 <= lifetime_years <= 60:
        raise Problem(N_("A lifetime of {value} years is out of range; give 1 to 60."), at="lifetime_years", value=lifetime_years)  # fmt: skip
    if not 0 < avoided_mg < 2**63:
        raise Problem(
            N_("Say how many tonnes a year the measure avoids; it must be more than nothing."), at="avoided_t"
        )
    if any(not 0 <= fen <= LARGEST_FEN for fen in sums_fen):
        raise Problem(
            N_("Costs and savings are not negative; a saving goes into its own field."), at="capital_fen"
        )


async def list_measures(actor: Actor, *, enterprise_id: UUID) -> list[Measure]:
    """The measures as they stand, by number.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, "measures")
        return await _measures(connection, enterprise_id)


async def _measures(connection: Connection, enterprise_id: UUID) -> list[Measure]:
    rows = await connection.fetch(
        """select distinct on (number) number, name, facility, status, starts_on, lifetime_years, capital_fen,
                  yearly_cost_fen, yearly_saving_fen, avoided_mg_per_year, note, set_by_name, set_at
             from enterprise_measure where tenant_id = $1 order by number, id desc""",
        enterprise_id,
    )
    return [Measure(**row) for row in rows]


def abatement_curve(measures: list[Measure], rate_percent: Decimal) -> Curve:
    """The measures that are not dropped, ranked by net cost per tonne at a rate of interest."""
    rate = Fraction(rate_percent) / 100
    open_ones = [
        trajectories.Measure(
            one.number, one.capital_fen, one.yearly_cost_fen, one.yearly_saving_fen, one.lifetime_years,
            one.avoided_mg_per_year,
        )
        for one in measures
        if one.status != "dropped"
    ]  # fmt: skip
    names = {one.number: one.name for one in measures}
    steps = tuple(
        CurveStep(
            number=step.measure.name,
            name=names[step.measure.name],
            fen_per_t=_rounded(step.cost * MG_PER_T, "0.01"),
            from_t=_rounded(Fraction(step.start, MG_PER_T), "0.001"),
            to_t=_rounded(Fraction(step.end, MG_PER_T), "0.001"),
            yearly_net_cost_fen=_rounded(step.measure.yearly_net_cost(rate), "1"),
        )
        for step in trajectories.abatement_curve(open_ones, rate)
    )
    paying = sum((step.to_t - step.from_t for step in steps if step.fen_per_t <= 0), Decimal(0))
    return Curve(rate_percent, steps, steps[-1].to_t if steps else Decimal(0), paying)


def _rounded(value: Fraction, scale: str) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(scale))
