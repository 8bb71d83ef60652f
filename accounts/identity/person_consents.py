"""A citizen's consents: one for each source and purpose, under the wording agreed to, until withdrawn (DAT-2)."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, consents
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")


@dataclass(frozen=True)
class PersonConsent:
    """One consent of a citizen; `purpose` is the scope of its wording."""

    id: UUID
    source_id: str
    purpose: str
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


async def give_consent(
    actor: Actor, *, source_id: str, purpose: str, text_version: str | None = None
) -> PersonConsent:
    """Let data of `source_id` be used for `purpose`; giving twice is one consent, a newer wording replaces it.

    Raises:
        NotPermitted: the actor is no citizen.
        Problem: no such purpose or wording.
    """
    require_citizen(actor)
    source = _checked_source(source_id)
    text = consents.consent_text(purpose, text_version)
    async with transaction(tenant=actor.tenant_id) as connection:
        current = await _current(connection, actor, source, purpose)
        if current is not None and current.text_version == text.version:
            return current
        if current is not None:
            await _withdraw(connection, current.id)
        consent_id = new_id()
        try:
            await connection.execute(
                """insert into identity_person_consent (id, tenant_id, source_id, purpose, text_version)
                   values ($1, $2, $3, $4, $5)""",
                consent_id,
                actor.tenant_id,
                source,
                purpose,
                text.version,
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("This consent was given a moment ago already.")) from None
        details = {"source_id": source, "purpose": purpose, "text_version": text.version}
        await audit.record(
            connection,
            actor,
            act="person-consent.give",
            object_kind="person-consent",
            object_id=consent_id,
            details=details,
        )
        found = await _current(connection, actor, source, purpose)
    if found is None:
        raise Conflict(N_("This consent was given a moment ago already."))
    return found


async def withdraw(actor: Actor, *, source_id: str, purpose: str) -> None:
    """End a consent now; whoever processes asks at its next query and stops.

    Raises:
        NotFound: there is no such consent in force.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        current = await _current(connection, actor, _checked_source(source_id), purpose)
        if current is None:
            raise NotFound(N_("There is no such consent of yours in force."))
        await _withdraw(connection, current.id)
        await audit.record(
            connection,
            actor,
            act="person-consent.withdraw",
            object_kind="person-consent",
            object_id=current.id,
            details={"source_id": source_id, "purpose": purpose},
        )


async def withdraw_all(connection: Connection) -> None:
    """End every consent of the transaction's tenant."""
    await connection.execute(
        """update identity_person_consent set withdrawn_at = now()
            where tenant_id = current_tenant() and withdrawn_at is null"""
    )


async def list_person_consents(actor: Actor) -> list[PersonConsent]:
    """The citizen's consents, newest first, ended ones too."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_SELECT + " where tenant_id = $1 order by id desc", actor.tenant_id)
    return [PersonConsent(**row) for row in rows]


async def has_person_consent(connection: Connection, person_id: UUID, source_id: str, purpose: str) -> bool:
    """Whether the person's consent is in force now; ask it in the very query or transaction that processes."""
    found: bool = await connection.fetchval(
        "select has_person_consent($1, $2, $3)", person_id, source_id, purpose
    )
    return found


_SELECT = "select id, source_id, purpose, text_version, given_at, withdrawn_at from identity_person_consent"


async def _current(
    connection: Connection, actor: Actor, source_id: str, purpose: str
) -> PersonConsent | None:
    row = await connection.fetchrow(
        _SELECT + " where tenant_id = $1 and source_id = $2 and purpose = $3 and withdrawn_at is null",
        actor.tenant_id,
        source_id,
        purpose,
    )
    return PersonConsent(**row) if row else None


async def _withdraw(connection: Connection, consent_id: UUID) -> None:
    await connection.execute(
        "update identity_person_consent set withdrawn_at = now() where id = $1 and withdrawn_at is null",
        consent_id,
    )


def _checked_source(source_id: str) -> str:
    if not _SOURCE.fullmatch(source_id):
        raise Problem(N_("{source} is no id of a data source."), at="source_id", source=source_id[:60])
    return source_id


def require_citizen(actor: Actor) -> None:
    """Refuse who acts for an organisation.

    Raises:
        NotPermitted: says so.
    """
    actor.require(Permission.SELF_READ)
    if actor.organisation_id is not None or actor.tenant_id != actor.person_id:
        raise NotPermitted(N_("This is for citizens, who act for themselves."))
