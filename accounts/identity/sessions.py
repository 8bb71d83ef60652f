"""Sessions: made at sign-in, known by a hash, ended for every worker at once (AUT-7 to AUT-9)."""

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from accounts.database.pool import current_pool
from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import (
    BEFORE_SECOND_FACTOR,
    OrganisationKind,
    Permission,
    PersonRole,
    permissions_of,
)
from carbon.errors import N_, NotFound
from carbon.identifiers import new_id

TOKEN_BYTES = 32
TOUCH_AFTER_S = 60
"""`last_seen_at` is written at most once a minute; the idle limit is that much coarser."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session may idle and last, in seconds (AUT-9).

    Staff: 30 min idle, 12 h in all, for shared desks and a working day at most (ASVS 5.0.0, 7.3).
    Citizens: 30 days, on their own phones, where points and not money are at stake.
    """

    idle_s: int
    absolute_s: int


def session_limits(kind: OrganisationKind | None) -> SessionLimits:
    """The limits in force; `CARBON_STAFF_IDLE_S`, `CARBON_STAFF_SESSION_S`, `CARBON_CITIZEN_SESSION_S` change them."""
    if kind is None:
        absolute_s = int(os.environ.get("CARBON_CITIZEN_SESSION_S", str(30 * 86_400)))
        return SessionLimits(idle_s=absolute_s, absolute_s=absolute_s)
    return SessionLimits(
        idle_s=int(os.environ.get("CARBON_STAFF_IDLE_S", str(30 * 60))),
        absolute_s=int(os.environ.get("CARBON_STAFF_SESSION_S", str(12 * 3600))),
    )


def second_factor_required() -> bool:
    """Whether staff must have a second factor: `CARBON_REQUIRE_SECOND_FACTOR`, by default but in a local trial."""
    return _switched_on("CARBON_REQUIRE_SECOND_FACTOR")


def offices_apart() -> bool:
    """Whether an authority's three administrators are apart (DUAL-7): `CARBON_OFFICES_APART`, by default but in a trial."""
    return _switched_on("CARBON_OFFICES_APART")


def _switched_on(setting: str) -> bool:
    """As set, else on unless this is a local trial."""
    chosen = os.environ.get(setting, "").strip().lower()
    if chosen:
        return chosen in {"1", "true", "yes"}
    return os.environ.get("CARBON_LOCAL_TRIAL", "").strip().lower() not in {"1", "true", "yes"}


@dataclass(frozen=True)
class Session:
    """One of a person's sessions, without its token; `current` is the one that asks."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str
    user_agent: str
    current: bool


async def open_session(
    connection: Connection, *, person_id: UUID, kind: OrganisationKind | None, address: str, user_agent: str
) -> tuple[str, datetime]:
    """A new session of the person in the transaction's tenant: its token (told once) and its end."""
    limits = session_limits(kind)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at: datetime = await connection.fetchval(
        """insert into identity_session
               (id, tenant_id, person_id, token_hash, expires_at, idle_limit_s, address, user_agent)
           values ($1, current_tenant(), $2, $3, now() + $4 * interval '1 second', $5, $6, $7)
           returning expires_at""",
        new_id(),
        person_id,
        token_hash(token),
        limits.absolute_s,
        limits.idle_s,
        address[:100],
        user_agent[:300],
    )
    return token, expires_at


async def actor_of(token: str, *, address: str, request_id: str) -> Actor | None:
    """Who holds this token now, with the permissions of now; None when the session is over or never was."""
    row = await current_pool().fetchrow("select * from identity_session($1)", token_hash(token))
    if row is None:
        return None
    if row["seen_s"] > TOUCH_AFTER_S:
        async with transaction(tenant=row["tenant_id"]) as connection:
            await connection.execute(
                "update identity_session set last_seen_at = now() where id = $1 and ended_at is null",
                row["session_id"],
            )
    return actor_from(row, via="session", address=address, request_id=request_id)


def actor_from(row: asyncpg.Record, *, via: str, address: str, request_id: str) -> Actor:
    """The actor of a row that the functions `identity_session` and `identity_api_key_actor` answer."""
    kind = OrganisationKind(row["kind"]) if row["kind"] else None
    role = PersonRole(row["role"]) if row["role"] else PersonRole.CITIZEN
    by_session = via == "session"
    due = by_session and _second_factor_due(row, kind)
    return Actor(
        person_id=row["person_id"],
        tenant_id=row["tenant_id"],
        name=row["name"],
        permissions=BEFORE_SECOND_FACTOR if due else permissions_of(kind, role, apart=offices_apart()),
        organisation_id=row["organisation_id"],
        organisation_kind=kind,
        organisation_name=row["organisation_name_zh"] or "",
        organisation_name_en=row["organisation_name_en"] or "",
        request_id=request_id,
        address=address,
        via=via,
        session_id=row["session_id"] if by_session else None,
        second_factor_at=row["second_factor_at"] if by_session else None,
        second_factor_due=due,
    )


def _second_factor_due(row: asyncpg.Record, kind: OrganisationKind | None) -> bool:
    """Who has a second factor proves it once in each session; staff must have one where the setting says so."""
    if row["second_factor_at"] is not None:
        return False
    return bool(row["enrolled"]) or (kind is not None and second_factor_required())


async def sign_out(token: str) -> None:
    """End the session of this token; quiet when it has ended already."""
    row = await current_pool().fetchrow("select * from identity_session($1)", token_hash(token))
    if row is None:
        return
    actor = actor_from(row, via="session", address="", request_id="")
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "update identity_session set ended_at = now() where id = $1 and ended_at is null",
            row["session_id"],
        )
        await audit.record(
            connection, actor, act="session.sign-out", object_kind="session", object_id=row["session_id"]
        )


async def list_sessions(actor: Actor, *, person_id: UUID | None = None) -> list[Session]:
    """The actor's running sessions, newest first; with `member:manage`, those of a colleague too."""
    actor.require(Permission.SESSION_MANAGE)
    if person_id not in (None, actor.person_id):
        actor.require(Permission.MEMBER_MANAGE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select id, created_at, last_seen_at, expires_at, address, user_agent,
                      id is not distinct from $3 as current from identity_session
                where tenant_id = $1 and person_id = $2 and ended_at is null and now() < expires_at
                  and now() < last_seen_at + idle_limit_s * interval '1 second'
                order by id desc""",
            actor.tenant_id,
            person_id or actor.person_id,
            actor.session_id,
        )
    return [Session(**row) for row in rows]


async def end_session(actor: Actor, *, session_id: UUID) -> None:
    """End one of the actor's own sessions, or with `member:manage` a colleague's.

    Raises:
        NotFound: no such running session within reach.
    """
    actor.require(Permission.SESSION_MANAGE)
    everyone = Permission.MEMBER_MANAGE in actor.permissions
    async with transaction(tenant=actor.tenant_id) as connection:
        ended = await connection.fetchval(
            """update identity_session set ended_at = now()
                where tenant_id = $1 and id = $2 and ended_at is null and ($3 or person_id = $4) returning id""",
            actor.tenant_id,
            session_id,
            everyone,
            actor.person_id,
        )
        if ended is None:
            raise NotFound(N_("There is no such session; it may have ended."))
        await audit.record(connection, actor, act="session.end", object_kind="session", object_id=session_id)


async def end_sessions_of(connection: Connection, person_id: UUID) -> int:
    """End every session of a person, after a change of password, role or standing; returns how many."""
    status = await connection.execute(
        "update identity_session set ended_at = now() where person_id = $1 and ended_at is null", person_id
    )
    return int(status.rpartition(" ")[2])


async def forget_where(connection: Connection, person_id: UUID) -> None:
    """Empty the addresses and browsers of a person's sessions (DAT-4)."""
    await connection.execute(
        "update identity_session set address = '', user_agent = '' where person_id = $1", person_id
    )


def token_hash(token: str) -> bytes:
    """SHA-256 serves here: the token has 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def csrf_token(token: str) -> str:
    """The form token of this session: an HMAC under the session's own secret, which scripts cannot read."""
    mac = hmac.new(token.encode("utf-8", "surrogatepass"), b"carbon csrf token, version 1", hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
