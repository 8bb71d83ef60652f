"""API keys: shown once, kept as a hash, never stronger than the person behind them (AUT-13)."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.database.pool import current_pool
from accounts.database.transactions import transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.sessions import TOUCH_AFTER_S, actor_from
from carbon.errors import N_, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

ZONE = ZoneInfo("Asia/Shanghai")
MARK = "carbon_"
"""Every key begins with it, so that scanners for leaked secrets can know one."""

LONGEST_DAYS = 366
NEVER_BY_KEY = frozenset(
    {
        Permission.API_KEY_MANAGE,
        Permission.MEMBER_MANAGE,
        Permission.SECOND_FACTOR_USE,
        Permission.SESSION_MANAGE,
    }
)
"""A leaked key must not make keys, people or sessions."""


@dataclass(frozen=True)
class ApiKey:
    """A key as its owner sees it later: the first characters, never the secret."""

    id: UUID
    person_id: UUID
    name: str
    prefix: str
    permissions: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewApiKey:
    """The only time the secret is seen."""

    id: UUID
    secret: str
    expires_at: datetime


async def create_api_key(
    actor: Actor, *, name: str, permissions: Iterable[Permission | str], expires_on: date
) -> NewApiKey:
    """A key that may do `permissions`, until the end of `expires_on` (Asia/Shanghai).

    Raises:
        NotPermitted: without `api-key:manage`, or a permission the actor does not hold or no key may hold.
        Problem: an unknown permission, none at all, no name, or a term that is past or longer than a year.
    """
    actor.require(Permission.API_KEY_MANAGE)
    scopes = _scopes(actor, permissions)
    if not 1 <= len(name.strip()) <= 100:
        raise Problem(N_("A key needs a name of 1 to 100 characters, to know it by later."), at="name")
    secret = MARK + secrets.token_urlsafe(32)
    async with transaction(tenant=actor.tenant_id) as connection:
        today = (await connection.fetchval("select now()")).astimezone(ZONE).date()
        if not today <= expires_on <= today + timedelta(days=LONGEST_DAYS):
            raise Problem(
                N_("A key ends on a day from today to {latest}; {day} is not."),
                at="expires_on",
                latest=(today + timedelta(days=LONGEST_DAYS)).isoformat(),
                day=expires_on.isoformat(),
            )
        key_id = new_id()
        expires_at: datetime = await connection.fetchval(
            """insert into identity_api_key (id, tenant_id, person_id, name, prefix, secret_hash, permissions, expires_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8) returning expires_at""",
            key_id,
            actor.tenant_id,
            actor.person_id,
            name.strip(),
            secret[:12],
            _hash(secret),
            scopes,
            datetime.combine(expires_on + timedelta(days=1), datetime.min.time(), ZONE),
        )
        details = {"name": name, "permissions": scopes, "expires_at": expires_at}
        await audit.record(
            connection,
            actor,
            act="api-key.create",
            object_kind="api-key",
            object_id=key_id,
            details=details,
        )
    return NewApiKey(id=key_id, secret=secret, expires_at=expires_at)


async def list_api_keys(actor: Actor) -> list[ApiKey]:
    """The tenant's keys, newest first, ended ones too."""
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select id, person_id, name, prefix, permissions, created_at, expires_at, last_used_at, revoked_at
                 from identity_api_key where tenant_id = $1 order by id desc""",
            actor.tenant_id,
        )
    return [ApiKey(**{**row, "permissions": tuple(row["permissions"])}) for row in rows]


async def revoke_api_key(actor: Actor, *, key_id: UUID) -> None:
    """End a key of the tenant now.

    Raises:
        NotFound: no such key of the tenant that is still in force.
    """
    actor.require(Permission.API_KEY_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        revoked = await connection.fetchval(
            """update identity_api_key set revoked_at = now()
                where tenant_id = $1 and id = $2 and revoked_at is null returning id""",
            actor.tenant_id,
            key_id,
        )
        if revoked is None:
            raise NotFound(N_("There is no such key in force."))
        await audit.record(connection, actor, act="api-key.revoke", object_kind="api-key", object_id=key_id)


async def actor_of_key(secret: str, *, address: str, request_id: str) -> Actor | None:
    """Who stands behind the key, with what both key and person may do now; None when it opens nothing."""
    if not secret.startswith(MARK):
        return None
    row = await current_pool().fetchrow("select * from identity_api_key_actor($1)", _hash(secret))
    if row is None:
        return None
    if row["unused_s"] is None or row["unused_s"] > TOUCH_AFTER_S:
        async with transaction(tenant=row["tenant_id"]) as connection:
            await connection.execute(
                "update identity_api_key set last_used_at = now() where id = $1", row["key_id"]
            )
    actor = actor_from(row, via="api-key", address=address, request_id=request_id)
    granted = set(row["permissions"])
    kept = frozenset(permission for permission in actor.permissions if permission.value in granted)
    return replace(actor, permissions=kept)


def _scopes(actor: Actor, permissions: Iterable[Permission | str]) -> list[str]:
    known = {permission.value for permission in Permission}
    wanted = sorted({str(permission) for permission in permissions})
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise Problem(
            N_("Name at least one permission of the list; unknown: {unknown}."),
            at="permissions",
            unknown=", ".join(unknown) or "-",
        )
    beyond = [name for name in wanted if name not in actor.permissions or name in NEVER_BY_KEY]
    if beyond:
        raise NotPermitted(
            N_("A key cannot be given {permissions}: not yours, or never given to keys."),
            at="permissions",
            permissions=", ".join(beyond),
        )
    return wanted


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
