"""People in the programme: joining, being known to a source under a pseudonym, leaving."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, person_consents
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.inclusion import privacy  # noqa: F401 - offers what this room copies and erases of a person
from accounts.inclusion.programme import COMMODITY, programme_of
from accounts.inclusion.sorting import digest
from accounts.inclusion.sources import Source, read_sources
from accounts.ledger import journal
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

CREDIT, POOLING, RANKING = "credit", "pooling", "ranking"
PURPOSES = (CREDIT, POOLING, RANKING)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Membership:
    """A person in the programme; `owed` hundredths are offset by what is earned next."""

    person_id: UUID
    operator_id: UUID
    account_id: UUID
    nickname: str
    owed: int
    joined_at: datetime


@dataclass(frozen=True)
class NewLink:
    """The pseudonym under which one source knows the person; shown now, to be given to that partner."""

    id: UUID
    source_id: UUID
    link: str


@dataclass(frozen=True)
class SourceChoice:
    """A source with what the person has chosen: linked or not, and the purposes consented to."""

    source: Source
    linked_at: datetime | None
    purposes: tuple[str, ...]


async def join(actor: Actor, *, nickname: str = "") -> Membership:
    """Take part; joining again gives the membership there is.

    Raises:
        NotPermitted: the actor is no citizen.
        NotFound: the programme has not begun.
        Problem: the nickname is longer than 40 characters.
    """
    require_citizen(actor)
    if len(nickname.strip()) > 40:
        raise Problem(N_("A nickname has at most {most} characters."), at="nickname", most=40)
    async with transaction(tenant=actor.tenant_id) as connection:
        known = await maybe_member(connection, actor)
        if known is not None:
            return known
        programme = await programme_of(connection)
        account_id = await journal.open_account(
            connection, tenant_id=actor.tenant_id, code="points", commodity=COMMODITY
        )
        # The operator lets lots lapse and takes back what was credited wrongly; spending stays with the person.
        await journal.grant_mandate(
            connection, account_id=account_id, grantee_id=programme.operator_id, kind="points"
        )
        await connection.execute(
            "insert into inclusion_member (person_id, operator_id, account_id, nickname) values ($1, $2, $3, $4)",
            actor.tenant_id,
            programme.operator_id,
            account_id,
            nickname.strip(),
        )
        await audit.record(
            connection, actor, act="inclusion.join", object_kind="member", object_id=actor.tenant_id
        )
        return await member_of(connection, actor)


async def link_source(actor: Actor, *, source_id: UUID, consent_text_version: str | None = None) -> NewLink:
    """Consent to the source for credits, and get the pseudonym to give to its partner. A new one ends the old.

    Raises:
        NotFound: no such open source, or not a member yet.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await member_of(connection, actor)
        source = await _open_source(connection, source_id)
    await person_consents.give_consent(
        actor, source_id=str(source_id), purpose=CREDIT, text_version=consent_text_version
    )
    link = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    async with transaction(tenant=actor.tenant_id) as connection:
        link_id = await add_link(connection, actor.tenant_id, source, link)
        await audit.record(
            connection,
            actor,
            act="inclusion.link",
            object_kind="source",
            object_id=source_id,
            details={"link_id": link_id},
        )
    return NewLink(link_id, source_id, link)


async def add_link(connection: Connection, person_id: UUID, source: Source, link: str) -> UUID:
    """Let the source know the person under `link` from now on.

    Raises:
        Conflict: the link is another person's.
    """
    await connection.execute(
        """update inclusion_link set ended_at = now()
            where person_id = $1 and source_id = $2 and ended_at is null""",
        person_id,
        source.id,
    )
    link_id = new_id()
    try:
        await connection.execute(
            """insert into inclusion_link (id, person_id, source_id, partner_id, link_hash)
               values ($1, $2, $3, $4, $5)""",
            link_id,
            person_id,
            source.id,
            source.partner_id,
            UUID(digest(source.id.hex, "link", link)),
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("This link is in use; ask for a new one.")) from None
    return link_id


async def unlink_source(actor: Actor, *, source_id: UUID) -> None:
    """Withdraw every consent for the source and end its link; points already given stay.

    Raises:
        NotFound: the source is not linked.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        ended = await connection.execute(
            """update inclusion_link set ended_at = now()
                where person_id = $1 and source_id = $2 and ended_at is null""",
            actor.tenant_id,
            source_id,
        )
        await audit.record(
            connection, actor, act="inclusion.unlink", object_kind="source", object_id=source_id
        )
    for consent in await person_consents.list_person_consents(actor):
        if consent.source_id == str(source_id) and consent.withdrawn_at is None:
            await person_consents.withdraw(actor, source_id=str(source_id), purpose=consent.purpose)
    if ended == "UPDATE 0":
        raise NotFound(N_("This source is not linked to you."))


async def list_source_choices(actor: Actor) -> list[SourceChoice]:
    """Every open source, with the person's links and consents."""
    require_citizen(actor)
    given = await person_consents.list_person_consents(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        sources = await read_sources(connection, open_only=True)
        rows = await connection.fetch(
            "select source_id, linked_at from inclusion_link where person_id = $1 and ended_at is null",
            actor.tenant_id,
        )
    linked = {row["source_id"]: row["linked_at"] for row in rows}
    return [
        SourceChoice(
            source,
            linked.get(source.id),
            tuple(
                purpose
                for purpose in PURPOSES
                if any(
                    one.source_id == str(source.id) and one.purpose == purpose and one.withdrawn_at is None
                    for one in given
                )
            ),
        )
        for source in sources
    ]


async def maybe_member(connection: Connection, actor: Actor) -> Membership | None:
    """The actor's membership, if any."""
    row = await connection.fetchrow(
        """select person_id, operator_id, account_id, nickname, owed, joined_at from inclusion_member
            where person_id = $1 and left_at is null""",
        actor.tenant_id,
    )
    return Membership(**row) if row else None


async def member_of(connection: Connection, actor: Actor, *, lock: bool = False) -> Membership:
    """The actor's membership; with `lock` nothing else of the person's points moves until the transaction ends.

    Raises:
        NotFound: the person does not take part.
    """
    if lock:
        await connection.execute(
            "select person_id from inclusion_member where person_id = $1 for no key update", actor.tenant_id
        )
    found = await maybe_member(connection, actor)
    if found is None:
        raise NotFound(N_("You do not take part yet; join first."))
    return found


def require_citizen(actor: Actor) -> None:
    """Refuse who acts for an organisation.

    Raises:
        NotPermitted: says so.
    """
    actor.require(Permission.INCLUSION_TAKE_PART)
    person_consents.require_citizen(actor)


async def _open_source(connection: Connection, source_id: UUID) -> Source:
    for source in await read_sources(connection, open_only=True):
        if source.id == source_id:
            return source
    raise NotFound(N_("There is no such source to link."))
