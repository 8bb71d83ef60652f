"""Teams: workplaces, districts, schools, friends; and rankings that never show fewer than ten."""

import secrets
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.identity import audit, person_consents
from accounts.identity.actors import Actor
from accounts.inclusion.days import month_start, today
from accounts.inclusion.members import RANKING, member_of, require_citizen
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules

KINDS = ("workplace", "district", "school", "friends")
CONSENT_SOURCE = "teams"
MOST_TEAMS = 10
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Team:
    """A team the person counts with; `code` is what others join with."""

    id: UUID
    kind: str
    name: str
    code: str
    founded: bool


@dataclass(frozen=True)
class Ranked:
    """A team in the ranking: milligrams for each member, in the days asked for."""

    place: int
    name: str
    people: int
    credited_mg: int
    mean_mg: int
    own: bool


async def found_team(actor: Actor, *, kind: str, name: str, text_version: str | None = None) -> Team:
    """A new team with its founder in it; agreeing to be counted in teams is part of it.

    Raises:
        Problem: no such kind, or no name.
        NotFound: the person does not take part.
    """
    require_citizen(actor)
    if kind not in KINDS:
        raise Problem(N_("A team is one of {kinds}."), at="kind", kinds=", ".join(KINDS))
    if not 1 <= len(name.strip()) <= 60:
        raise Problem(N_("A name has 1 to {most} characters."), at="name", most=60)
    await _consent(actor, text_version)
    team_id, code = new_id(), "".join(secrets.choice(_ALPHABET) for _ in range(8))
    async with transaction(tenant=actor.tenant_id) as connection:
        member = await member_of(connection, actor)
        await connection.execute(
            """insert into inclusion_team (id, operator_id, kind, name, code, founder_id)
               values ($1, $2, $3, $4, $5, $6)""",
            team_id,
            member.operator_id,
            kind,
            name.strip(),
            code,
            actor.tenant_id,
        )
        await _enter(connection, actor, team_id)
        return next(team for team in await _teams(connection, actor) if team.id == team_id)


async def join_team(actor: Actor, *, code: str, text_version: str | None = None) -> Team:
    """Count with the team whose code one was given.

    Raises:
        NotFound: no team has this code, or the person does not take part.
        Conflict: counted with it already, or with too many.
    """
    require_citizen(actor)
    await _consent(actor, text_version)
    async with transaction(tenant=actor.tenant_id) as connection:
        await member_of(connection, actor, lock=True)
        team_id = await connection.fetchval(
            "select id from inclusion_team where code = $1", code.strip().upper()
        )
        if team_id is None:
            raise NotFound(N_("No team has this code; check the letters."), at="code")
        if len(await _teams(connection, actor)) >= MOST_TEAMS:
            raise Conflict(N_("You count with {most} teams, which is the most."), most=MOST_TEAMS)
        await _enter(connection, actor, team_id)
        return next(team for team in await _teams(connection, actor) if team.id == team_id)


async def leave_team(actor: Actor, *, team_id: UUID) -> None:
    """Count with it no more; the consent ends with the last team.

    Raises:
        NotFound: the person does not count with it.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        left = await connection.execute(
            """update inclusion_team_member set left_at = now()
                where person_id = $1 and team_id = $2 and left_at is null""",
            actor.tenant_id,
            team_id,
        )
        if left == "UPDATE 0":
            raise NotFound(N_("You do not count with this team."))
        remaining = await _teams(connection, actor)
    if not remaining:
        await person_consents.withdraw(actor, source_id=CONSENT_SOURCE, purpose=RANKING)


async def list_teams(actor: Actor) -> list[Team]:
    """The teams the person counts with."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _teams(connection, actor)


async def read_ranking(actor: Actor, *, kind: str, month: date | None = None) -> list[Ranked]:
    """Teams of a kind by grams for each member in a month (this one if not named); none with fewer than ten members.

    Raises:
        Problem: no such kind.
    """
    require_citizen(actor)
    if kind not in KINDS:
        raise Problem(N_("A team is one of {kinds}."), at="kind", kinds=", ".join(KINDS))
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        day = await today(connection)
        first = month_start(month or day)
        last = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        rows = await connection.fetch(
            "select * from inclusion_ranking($1, $2, ($3::date - 1), $4)",
            kind,
            first,
            last,
            rules().programme_at(day).ranking_least,
        )
        own = {team.id for team in await _teams(connection, actor)}
    return [
        Ranked(
            place,
            row["name"],
            row["people"],
            int(row["credited_mg"]),
            int(row["credited_mg"]) // row["people"],
            row["team_id"] in own,
        )
        for place, row in enumerate(rows[:100], 1)
    ]


async def _consent(actor: Actor, text_version: str | None) -> None:
    await person_consents.give_consent(
        actor, source_id=CONSENT_SOURCE, purpose=RANKING, text_version=text_version
    )


async def _enter(connection: Connection, actor: Actor, team_id: UUID) -> None:
    try:
        async with savepoint(connection):
            await connection.execute(
                "insert into inclusion_team_member (id, person_id, team_id) values ($1, $2, $3)",
                new_id(),
                actor.tenant_id,
                team_id,
            )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("You count with this team already.")) from None
    await audit.record(connection, actor, act="team.join", object_kind="team", object_id=team_id)


async def _teams(connection: Connection, actor: Actor) -> list[Team]:
    rows = await connection.fetch(
        """select t.id, t.kind, t.name, t.code, t.founder_id = $1 as founded
             from inclusion_team_member m join inclusion_team t on t.id = m.team_id
            where m.person_id = $1 and m.left_at is null order by m.joined_at""",
        actor.tenant_id,
    )
    return [Team(**row) for row in rows]
