"""The second factor: codes of an authenticator app, each used once, with recovery codes for a lost phone (AUT-3).

RFC 6238, SHA-1, six digits, 30 seconds: what every app speaks; one step of drift either way. A session proves
the factor by a code (`step_up`), which gives it a new token (AUT-7); what needs two persons asks that the proof is
ten minutes old at most (`require_fresh`). Changing the factor ends the person's other sessions (AUT-8).
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pyotp

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit, limits, sessions
from accounts.identity.actors import Actor
from accounts.identity.encryption import Place, keyring
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, NotPermitted, NotSignedIn
from carbon.identifiers import new_id

FRESH = timedelta(minutes=10)
RECOVERY_CODES = 10
ISSUER = "Inclusive Carbon"
STEP_S = 30
DRIFT = 1
WRONG = N_("The code is wrong or was used already; wait for the next one in your app.")


class SecondFactorNeeded(NotPermitted):
    """The act or the session waits for a code of the second factor."""

    code = "second-factor-needed"


@dataclass(frozen=True)
class Factor:
    """The actor's second factor; `required` when the actor may do nothing without one."""

    enrolled: bool
    enrolled_at: datetime | None
    recovery_codes_left: int
    required: bool
    fresh: bool


@dataclass(frozen=True)
class Enrolment:
    """Shown once: the secret to type and the `otpauth:` address for the picture to scan."""

    secret: str
    address: str


@dataclass(frozen=True)
class SteppedUp:
    """The session's new token, told once; its end stays."""

    token: str
    expires_at: datetime


def is_fresh(actor: Actor) -> bool:
    """Whether the actor's session proved the factor within the last ten minutes."""
    return actor.second_factor_at is not None and datetime.now(UTC) - actor.second_factor_at < FRESH


async def require_fresh(connection: Connection, actor: Actor) -> None:
    """Refuse a protected act without a recent code, from all who have a factor or must have one.

    Raises:
        SecondFactorNeeded: says whether to enrol or to enter a code.
    """
    if is_fresh(actor):
        return
    enrolled = await connection.fetchval(
        "select confirmed_at is not null from identity_time_code where person_id = $1", actor.person_id
    )
    if enrolled:
        raise SecondFactorNeeded(
            N_("Enter a code of your second factor first; the last one is older than 10 minutes.")
        )
    if actor.organisation_id is not None and sessions.second_factor_required():
        raise SecondFactorNeeded(N_("Set up your second factor first; protected acts need it."))


async def read_factor(actor: Actor) -> Factor:
    """What the actor has."""
    actor.require(Permission.SECOND_FACTOR_USE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        confirmed_at = await connection.fetchval(
            "select confirmed_at from identity_time_code where person_id = $1", actor.person_id
        )
        left = await connection.fetchval(
            "select count(*) from identity_recovery_code where person_id = $1 and used_at is null",
            actor.person_id,
        )
    return Factor(
        enrolled=confirmed_at is not None,
        enrolled_at=confirmed_at,
        recovery_codes_left=left,
        required=sessions.second_factor_required() and actor.organisation_id is not None,
        fresh=is_fresh(actor),
    )


async def enrol_start(actor: Actor) -> Enrolment:
    """A new secret, in force once `enrol_confirm` has seen a code of it; the factor in force stays until then.

    Raises:
        Conflict: a factor is in force; remove it first.
    """
    _require_session(actor)
    secret = pyotp.random_base32()
    stored = keyring().encrypt(secret, _place(actor))
    async with transaction(tenant=actor.tenant_id) as connection:
        done = await connection.fetchval(
            """insert into identity_time_code as t (person_id, tenant_id, secret) values ($1, $2, $3)
               on conflict (person_id) do update set secret = excluded.secret, created_at = now(), last_step = 0
                  where t.confirmed_at is null
            returning person_id""",
            actor.person_id,
            actor.tenant_id,
            stored,
        )
        if done is None:
            raise _in_force()
        await _record(connection, actor, "second-factor.start")
    address = pyotp.TOTP(secret).provisioning_uri(name=actor.name, issuer_name=ISSUER)
    return Enrolment(secret, address)


async def enrolment(actor: Actor) -> Enrolment:
    """The enrolment begun and not confirmed, to be shown again.

    Raises:
        NotFound: none is under way.
    """
    _require_session(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        stored = await connection.fetchval(
            "select secret from identity_time_code where person_id = $1 and confirmed_at is null",
            actor.person_id,
        )
    if stored is None:
        raise NotFound(N_("No second factor is being set up."))
    secret = keyring().decrypt(stored, _place(actor))
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=actor.name, issuer_name=ISSUER))


async def enrol_confirm(actor: Actor, *, code: str) -> tuple[list[str], SteppedUp]:
    """Put the factor in force: its recovery codes, told once, and the session's new token.

    Raises:
        NotFound: no enrolment is under way.
        NotSignedIn: the code is wrong.
        TooMany: too many wrong codes.
    """
    _require_session(actor)
    await _count(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await _lock(connection, actor)
        if row is None:
            raise NotFound(N_("No second factor is being set up."))
        if row["confirmed_at"] is not None:
            raise _in_force()
        await _use_time_code(connection, actor, row["secret"], code)
        await connection.execute(
            "update identity_time_code set confirmed_at = now() where person_id = $1", actor.person_id
        )
        codes = await _new_recovery_codes(connection, actor)
        await _end_other_sessions(connection, actor)
        await _record(connection, actor, "second-factor.enrol")
        stepped = await _replace_token(connection, actor)
        await limits.forgive_attempt(
            connection, "second-factor", account=str(actor.person_id), address=actor.address
        )
    return codes, stepped


async def step_up(actor: Actor, *, code: str) -> SteppedUp:
    """Prove the factor by a code of the app, or by a recovery code that is gone afterwards.

    Raises:
        NotFound: the actor has no second factor.
        NotSignedIn: the code is wrong or was used.
        TooMany: too many wrong codes.
    """
    _require_session(actor)
    await _count(actor)
    try:
        async with transaction(tenant=actor.tenant_id) as connection:
            await _prove(connection, actor, code)
            await _record(connection, actor, "second-factor.prove")
            await limits.forgive_attempt(
                connection, "second-factor", account=str(actor.person_id), address=actor.address
            )
            return await _replace_token(connection, actor)
    except NotSignedIn:
        await audit.record_refusal(
            actor, act="second-factor.prove", object_kind="person", object_id=actor.person_id
        )
        raise


async def remove(actor: Actor, *, code: str) -> None:
    """Take the factor away, proved by a code; every session of the person ends.

    Raises:
        NotFound: the actor has no second factor.
        NotSignedIn: the code is wrong or was used.
    """
    _require_session(actor)
    await _count(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _prove(connection, actor, code)
        await _delete(connection, actor.person_id)
        await sessions.end_sessions_of(connection, actor.person_id)
        await _record(connection, actor, "second-factor.remove")


async def reset(actor: Actor, *, person_id: UUID) -> None:
    """Take a colleague's factor away after the device and the recovery codes were lost; the sessions end.

    Raises:
        NotPermitted: without `member:manage`, for oneself, or without a fresh code of one's own.
        NotFound: no such colleague with a second factor.
    """
    actor.require(Permission.MEMBER_MANAGE)
    if person_id == actor.person_id:
        raise NotPermitted(N_("Another administrator resets your second factor."))
    async with transaction(tenant=actor.tenant_id) as connection:
        await require_fresh(connection, actor)
        if not await _delete(connection, person_id):
            raise NotFound(N_("There is no such colleague with a second factor."))
        await sessions.end_sessions_of(connection, person_id)
        await audit.record(
            connection, actor, act="second-factor.reset", object_kind="person", object_id=person_id
        )


async def _prove(connection: Connection, actor: Actor, code: str) -> None:
    row = await _lock(connection, actor)
    if row is None or row["confirmed_at"] is None:
        raise NotFound(N_("You have no second factor yet; set one up first."))
    if len(code.strip()) > 6:
        await _use_recovery_code(connection, actor, code)
    else:
        await _use_time_code(connection, actor, row["secret"], code)


async def _use_time_code(connection: Connection, actor: Actor, stored: str, code: str) -> None:
    """Find the step the code belongs to; only a later step than the last one used is taken."""
    generator = pyotp.TOTP(keyring().decrypt(stored, _place(actor)))
    now = int(time.time()) // STEP_S
    given = code.strip()
    steps = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if secrets.compare_digest(generator.generate_otp(step).encode(), given.encode("utf-8", "replace"))
    ]
    taken = steps and await connection.fetchval(
        """update identity_time_code set last_step = $2 where person_id = $1 and last_step < $2
            returning person_id""",
        actor.person_id,
        max(steps),
    )
    if not taken:
        raise NotSignedIn(WRONG, at="code")


async def _use_recovery_code(connection: Connection, actor: Actor, code: str) -> None:
    used = await connection.fetchval(
        """update identity_recovery_code set used_at = now()
            where tenant_id = $1 and person_id = $2 and code_hash = $3 and used_at is null returning id""",
        actor.tenant_id,
        actor.person_id,
        _recovery_hash(code),
    )
    if used is None:
        raise NotSignedIn(WRONG, at="code")


async def _new_recovery_codes(connection: Connection, actor: Actor) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    await connection.execute("delete from identity_recovery_code where person_id = $1", actor.person_id)
    await connection.executemany(
        "insert into identity_recovery_code (id, tenant_id, person_id, code_hash) values ($1, $2, $3, $4)",
        [(new_id(), actor.tenant_id, actor.person_id, _recovery_hash(code)) for code in codes],
    )
    return codes


async def _replace_token(connection: Connection, actor: Actor) -> SteppedUp:
    """A new id for the session at the step up, so that one seen before it opens nothing (AUT-7)."""
    token = secrets.token_urlsafe(sessions.TOKEN_BYTES)
    expires_at = await connection.fetchval(
        """update identity_session set token_hash = $2, second_factor_at = now()
            where id = $1 and ended_at is null returning expires_at""",
        actor.session_id,
        sessions.token_hash(token),
    )
    if expires_at is None:
        raise NotSignedIn(N_("You are not signed in, or your session has ended."))
    return SteppedUp(token, expires_at)


async def _end_other_sessions(connection: Connection, actor: Actor) -> None:
    await connection.execute(
        "update identity_session set ended_at = now() where person_id = $1 and id <> $2 and ended_at is null",
        actor.person_id,
        actor.session_id,
    )


async def _lock(connection: Connection, actor: Actor) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "select secret, confirmed_at from identity_time_code where person_id = $1 for update", actor.person_id
    )


async def _delete(connection: Connection, person_id: UUID) -> bool:
    await connection.execute("delete from identity_recovery_code where person_id = $1", person_id)
    status = await connection.execute("delete from identity_time_code where person_id = $1", person_id)
    return bool(int(status.rpartition(" ")[2]))


async def _count(actor: Actor) -> None:
    await limits.count_attempt("second-factor", account=str(actor.person_id), address=actor.address)


async def _record(connection: Connection, actor: Actor, act: str) -> None:
    await audit.record(connection, actor, act=act, object_kind="person", object_id=actor.person_id)


def _require_session(actor: Actor) -> None:
    actor.require(Permission.SECOND_FACTOR_USE)
    if actor.via != "session" or actor.session_id is None:
        raise NotPermitted(N_("A second factor belongs to a person who is signed in, not to a key."))


def _in_force() -> Conflict:
    return Conflict(N_("You have a second factor already; remove it before you set up another."))


def _recovery_code() -> str:
    """Twenty characters of base 32, a hundred random bits, in groups to be written down."""
    text = base64.b32encode(secrets.token_bytes(13)).decode()[:20].lower()
    return "-".join(text[start : start + 5] for start in range(0, 20, 5))


def _recovery_hash(code: str) -> bytes:
    """SHA-256 serves: a hundred random bits cannot be guessed."""
    text = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _place(actor: Actor) -> Place:
    return Place(actor.tenant_id, "identity_time_code", actor.person_id, "secret")
