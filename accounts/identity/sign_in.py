"""Signing in: the same answer, after the same time, whether the account exists or not (AUT-4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.pool import current_pool
from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, limits, passwords, sessions
from accounts.identity.actors import Actor
from carbon.errors import N_, NotSignedIn, TooMany

LONGEST_LOGIN = 64
WRONG = N_("Login or password is wrong; check both and try again.")


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token for the cookie, told once, and who it stands for."""

    token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class _Account:
    person_id: UUID
    tenant_id: UUID
    password_hash: str


async def sign_in(
    *, login: str, password: str, address: str, request_id: str, user_agent: str = ""
) -> SignedIn:
    """Open a session under a new id.

    Raises:
        NotSignedIn: unknown login, wrong password, disabled: one answer for all.
        TooMany: the login or the address has failed too often.
    """
    name = _as_typed(login)
    account, blocked = await _account(name), await _blocked(name, address)
    if blocked is not None:
        await _refused(account, name, address, request_id, "too many attempts")
        raise blocked
    matches = await passwords.verify_password(account.password_hash if account else None, password)
    if not matches or account is None:
        await _refused(account, name, address, request_id, "login or password")
        raise NotSignedIn(WRONG)
    rehashed = (
        await passwords.hash_password(password) if passwords.needs_rehash(account.password_hash) else None
    )
    async with transaction(tenant=account.tenant_id) as connection:
        await _check_unchanged(connection, account, name)
        if rehashed:
            await connection.execute(
                "update identity_person set password_hash = $2 where id = $1", account.person_id, rehashed
            )
        await limits.forgive_attempt(connection, "sign-in", account=name, address=address)
        return await signed_in(
            connection, account.person_id, address=address, request_id=request_id, user_agent=user_agent
        )


async def signed_in(
    connection: Connection, person_id: UUID, *, address: str, request_id: str, user_agent: str = ""
) -> SignedIn:
    """A session for a person who has proved who they are, with its audit line, in the person's tenant."""
    kind = await connection.fetchval("select kind from identity_organisation where id = current_tenant()")
    token, expires_at = await sessions.open_session(
        connection, person_id=person_id, kind=kind, address=address, user_agent=user_agent
    )
    row = await connection.fetchrow("select * from identity_session($1)", sessions.token_hash(token))
    if row is None:
        raise NotSignedIn(WRONG)
    actor = sessions.actor_from(row, via="session", address=address, request_id=request_id)
    await audit.record(
        connection, actor, act="session.sign-in", object_kind="session", object_id=row["session_id"]
    )
    return SignedIn(token=token, actor=actor, expires_at=expires_at)


def _as_typed(login: str) -> str:
    """Small letters; what PostgreSQL cannot hold becomes `?`, which no login contains."""
    return login.encode("utf-8", "replace").decode().replace("\0", "?").strip().lower()


async def _account(login: str) -> _Account | None:
    row = await current_pool().fetchrow("select * from identity_credentials($1)", login)
    if row is None or row["disabled"]:
        return None
    return _Account(row["person_id"], row["tenant_id"], row["password_hash"])


async def _check_unchanged(connection: Connection, account: _Account, login: str) -> None:
    """Hashing took a while: a password changed or a person disabled meanwhile opens no session.

    The row stays locked to the end, so a change that comes now waits and then ends this session too.
    """
    await connection.execute(
        "select 1 from identity_person where id = $1 for no key update", account.person_id
    )
    row = await connection.fetchrow("select * from identity_credentials($1)", login)
    if row is None or row["disabled"] or row["password_hash"] != account.password_hash:
        raise NotSignedIn(WRONG)


async def _blocked(login: str, address: str) -> TooMany | None:
    try:
        await limits.count_attempt("sign-in", account=login, address=address)
    except TooMany as problem:
        return problem
    return None


async def _refused(account: _Account | None, login: str, address: str, request_id: str, why: str) -> None:
    """The line lies with the tenant whose login was tried, or with nobody; both cost one transaction."""
    async with transaction(tenant=account.tenant_id if account else None) as connection:
        await audit.record(
            connection,
            None,
            act="session.sign-in",
            object_kind="person",
            object_id=account.person_id if account else None,
            result="refused",
            details={"login": login[:LONGEST_LOGIN], "why": why},
            address=address,
            request_id=request_id,
        )
