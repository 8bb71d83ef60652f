"""What an enterprise aims at, the straight path there, and where it really stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.access import enter_account
from accounts.enterprise.inventory import kyoto_co2e_mg
from accounts.enterprise.yearly import year_masses_mg
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from carbon.trajectories import Path

KINDS = {"absolute": N_("tonnes in all"), "intensity": N_("tonnes per value added")}
SCOPES = {"1": (1,), "1+2": (1, 2), "1+2+3": (1, 2, 3)}
GWP_SET = "AR5"
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


@dataclass(frozen=True)
class PathPoint:
    """A year: where the path is, and where the enterprise was (None: not reported, or no value added given).

    Absolute targets are in mg; intensities in mg per 10,000 CNY of value added.
    """

    year: int
    path: Decimal
    actual: Decimal | None


@dataclass(frozen=True)
class Target:
    """A target with its path. `on_track` compares the latest reported year with the path; None before there is one."""

    id: UUID
    name: str
    kind: str
    scopes: str
    base_year: int
    target_year: int
    reduction_percent: Decimal
    set_by_name: str
    set_at: datetime
    points: tuple[PathPoint, ...]
    on_track: bool | None
    lag_percent: Decimal | None


async def set_target(
    actor: Actor,
    *,
    name: str,
    kind: str,
    scopes: str,
    base_year: int,
    target_year: int,
    reduction_percent: Decimal,
) -> Target:
    """Set a target, or set one of the same name anew; the earlier wording stays in the books.

    Raises:
        NotPermitted: without `activity:submit`.
        Problem: an unknown kind or scope, years out of order, or no figures of the base year.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    name = " ".join(name.split())
    _check(name, kind, scopes, base_year, target_year, reduction_percent)
    async with transaction(tenant=actor.tenant_id) as connection:
        base = await _actual(connection, actor.tenant_id, base_year, kind, SCOPES[scopes])
        if not base:
            raise Problem(
                N_("There are no figures of the base year {year} to reduce from; report that year first."),
                at="base_year",
                year=base_year,
            )
        target_id = new_id()
        await connection.execute(
            """insert into enterprise_target (id, tenant_id, name, kind, scopes, base_year, target_year, reduction_percent,
                   set_by, set_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
            target_id, actor.tenant_id, name, kind, scopes, base_year, target_year, reduction_percent, actor.person_id,
            actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="target.set", object_kind="target", object_id=target_id,
            details={"name": name, "kind": kind, "target_year": target_year, "percent": str(reduction_percent)},
        )  # fmt: skip
        return next(one for one in await _targets(connection, actor.tenant_id) if one.id == target_id)


def _check(name: str, kind: str, scopes: str, base_year: int, target_year: int, percent: Decimal) -> None:
    if not 1 <= len(name) <= 100:
        raise Problem(N_("Give the target a name of 1 to {limit} characters."), at="name", limit=100)
    if kind not in KINDS:
        raise Problem(N_("{value} is no kind of target; choose one of {known}."), at="kind", value=kind, known=", ".join(KINDS))  # fmt: skip
    if scopes not in SCOPES:
        raise Problem(N_("{value} are no scopes; choose one of {known}."), at="scopes", value=scopes, known=", ".join(SCOPES))  # fmt: skip
    if not EARLIEST_YEAR <= base_year < target_year <= LATEST_YEAR:
        raise Problem(
            N_("The target year {target} comes after the base year {base}, both within {first} to {last}."),
            at="target_year",
            target=target_year,
            base=base_year,
            first=EARLIEST_YEAR,
            last=LATEST_YEAR,
        )
    if not (percent.is_finite() and 0 < percent <= 100):
        raise Problem(
            N_("A reduction of {value} % is out of range; give more than 0 and at most 100."),
            at="reduction_percent",
            value=str(percent),
        )


async def withdraw_target(actor: Actor, *, name: str) -> None:
    """Give a target up; it stays in the books and is no longer shown.

    Raises:
        NotFound: there is no target of this name.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    async with transaction(tenant=actor.tenant_id) as connection:
        latest = await connection.fetchrow(
            "select * from enterprise_target where tenant_id = $1 and name = $2 order by id desc limit 1",
            actor.tenant_id,
            name,
        )
        if latest is None or latest["withdrawn"]:
            raise NotFound(N_("There is no target {name}."), name=name[:100])
        await connection.execute(
            """insert into enterprise_target (id, tenant_id, name, kind, scopes, base_year, target_year, reduction_percent,
                   withdrawn, set_by, set_by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, true, $9, $10)""",
            new_id(), actor.tenant_id, name, latest["kind"], latest["scopes"], latest["base_year"], latest["target_year"],
            latest["reduction_percent"], actor.person_id, actor.name,
        )  # fmt: skip
        await audit.record(
            connection, actor, act="target.withdraw", object_kind="target", object_id=latest["id"]
        )


async def list_targets(actor: Actor, *, enterprise_id: UUID) -> list[Target]:
    """The targets in force with their paths and the years reported so far.

    Raises:
        NotFound: no such enterprise, or not for the actor to see.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        await enter_account(connection, actor, enterprise_id, "targets")
        return await _targets(connection, enterprise_id)


async def _targets(connection: Connection, enterprise_id: UUID) -> list[Target]:
    rows = await connection.fetch(
        """select * from (select distinct on (name) * from enterprise_target where tenant_id = $1 order by name, id desc) t
            where not withdrawn order by target_year, name""",
        enterprise_id,
    )
    names = (
        "id",
        "name",
        "kind",
        "scopes",
        "base_year",
        "target_year",
        "reduction_percent",
        "set_by_name",
        "set_at",
    )
    found = []
    for row in rows:
        points = await _points(connection, enterprise_id, **{name: row[name] for name in names[2:7]})
        told = [point for point in points if point.actual is not None and point.year > row["base_year"]]
        latest = told[-1] if told else None
        lag = None
        if latest is not None and latest.actual is not None and latest.path:
            lag = ((latest.actual - latest.path) / latest.path * 100).quantize(Decimal("0.1"))
        found.append(
            Target(
                **{name: row[name] for name in names},
                points=tuple(points),
                on_track=None if lag is None else lag <= 0,
                lag_percent=lag,
            )
        )
    return found


async def _points(
    connection: Connection,
    enterprise_id: UUID,
    *,
    kind: str,
    scopes: str,
    base_year: int,
    target_year: int,
    reduction_percent: Decimal,
) -> list[PathPoint]:
    today: datetime = await connection.fetchval("select now()")
    base = await _actual(connection, enterprise_id, base_year, kind, SCOPES[scopes]) or Fraction(0)
    path = Path(base_year, base, target_year, base * (1 - Fraction(reduction_percent) / 100))
    points = []
    for year in range(base_year, target_year + 1):
        actual = None
        if year <= today.year:
            actual = await _actual(connection, enterprise_id, year, kind, SCOPES[scopes])
        points.append(PathPoint(year, _decimal(path.at(year)), None if actual is None else _decimal(actual)))
    return points


def _decimal(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1))


async def _actual(
    connection: Connection, enterprise_id: UUID, year: int, kind: str, scopes: tuple[int, ...]
) -> Fraction | None:
    """What was reported of a year in these scopes; None when nothing was, or value added is missing."""
    by_scope = await year_masses_mg(connection, enterprise_id, year)
    wanted = {scope: masses for scope, masses in by_scope.items() if scope in scopes}
    if not wanted:
        return None
    total = Fraction(sum(kyoto_co2e_mg(masses, GWP_SET) for masses in wanted.values()))
    if kind == "absolute":
        return total
    value_added_fen = await connection.fetchval(
        """select value_added_fen from enterprise_yearly_output where tenant_id = $1 and year = $2
            order by recorded_at desc, id desc limit 1""",
        enterprise_id,
        year,
    )
    return total * 10**6 / value_added_fen if value_added_fen and value_added_fen > 0 else None


__all__ = ["KINDS", "SCOPES", "PathPoint", "Target", "list_targets", "set_target", "withdraw_target"]
