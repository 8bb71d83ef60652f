"""Consents: the owner lets another organisation read, for a scope and a term, until it is withdrawn (DAT-2, DAT-8).

Row-level security of other rooms asks the same rows through `has_consent(owner, scope)`, so that a consent
withdrawn ends access with the next statement, whatever the program above believes.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

ZONE = ZoneInfo("Asia/Shanghai")
LONGEST_DAYS = 5 * 366
"""A consent is for a term that a person can oversee; longer needs a new one."""


class ConsentScope(StrEnum):
    """What a consent opens."""

    ACCOUNT = "account"
    VERIFICATION = "verification"


@dataclass(frozen=True)
class ConsentText:
    """The wording an owner agreed to."""

    scope: str
    version: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Consent:
    """One consent; `until` is the first instant at which it no longer holds."""

    id: UUID
    owner_id: UUID
    owner_name_zh: str
    owner_name_en: str
    grantee_id: UUID
    grantee_name_zh: str
    grantee_name_en: str
    scope: str
    text_version: str
    granted_at: datetime
    until: datetime
    withdrawn_at: datetime | None
    valid: bool


@dataclass(frozen=True)
class ConsentRead:
    """One read of the owner's data by the grantee."""

    id: UUID
    consent_id: UUID
    scope: str
    grantee_id: UUID
    grantee_name_zh: str
    grantee_name_en: str
    subject: str
    read_at: datetime


@cache
def consent_text(scope: str, version: str | None = None) -> ConsentText:
    """The wording of this version, or the latest one.

    Raises:
        Problem: no such scope or version.
    """
    raw = tomllib.loads(files("accounts.identity").joinpath("consent_texts.toml").read_text("utf-8"))
    entries = sorted(raw.get(scope, []), key=lambda entry: entry["from"])
    for entry in reversed(entries):
        if version in (None, entry["version"]):
            names = {name: entry[name] for name in ("version", "name_zh", "name_en", "text_zh", "text_en")}
            return ConsentText(scope=scope, **names)
    raise Problem(
        N_("There is no consent text for scope {scope}, version {version}; known scopes: {known}."),
        at="scope",
        scope=scope,
        version=version or "latest",
        known=", ".join(sorted(raw)),
    )


_SELECT = """
    select c.id, c.tenant_id as owner_id, coalesce(o.name_zh, '') as owner_name_zh,
           coalesce(o.name_en, '') as owner_name_en, c.grantee_id, coalesce(g.name_zh, '') as grantee_name_zh,
           coalesce(g.name_en, '') as grantee_name_en, c.scope, c.text_version, c.granted_at, c.until,
           c.withdrawn_at, c.withdrawn_at is null and c.granted_at <= now() and now() < c.until as valid
      from identity_consent c
      left join identity_organisation o on o.id = c.tenant_id
      left join identity_organisation g on g.id = c.grantee_id
"""


async def grant_consent(
    actor: Actor, *, grantee_id: UUID, scope: str, until_on: date, text_version: str | None = None
) -> Consent:
    """Let `grantee_id` read what `scope` names until the end of `until_on` (Asia/Shanghai).

    Raises:
        NotPermitted: without `consent:grant`.
        NotFound: no such organisation that could be granted a consent.
        Problem: the scope is unknown, or the term is past or too long.
        Conflict: this grantee already holds a consent for the scope; withdraw it first.
    """
    actor.require(Permission.CONSENT_GRANT)
    text = consent_text(scope, text_version)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _check_grantee(connection, actor, grantee_id)
        await _check_term(connection, until_on)
        until = datetime.combine(until_on + timedelta(days=1), datetime.min.time(), ZONE)
        await _close_expired(connection, actor, grantee_id, scope)
        consent_id = new_id()
        try:
            await connection.execute(
                """insert into identity_consent (id, tenant_id, grantee_id, scope, text_version, granted_by, until)
                   values ($1, $2, $3, $4, $5, $6, $7)""",
                consent_id,
                actor.tenant_id,
                grantee_id,
                scope,
                text.version,
                actor.person_id,
                until,
            )
        except asyncpg.UniqueViolationError:
            raise Conflict(
                N_(
                    "This organisation already holds a consent for {scope}; withdraw it before giving another."
                ),
                at="grantee_id",
                scope=scope,
            ) from None
        details = {"grantee_id": grantee_id, "scope": scope, "until": until, "text_version": text.version}
        await audit.record(
            connection,
            actor,
            act="consent.grant",
            object_kind="consent",
            object_id=consent_id,
            details=details,
        )
        return await _consent(connection, consent_id)


async def grant_for_verification(
    connection: Connection, actor: Actor, *, grantee_id: UUID, until_on: date
) -> UUID:
    """Let the verifier of a case see account and evidence, in the transaction that submits to it.

    A consent that still runs is kept when it lasts long enough, otherwise replaced.
    """
    text = consent_text(ConsentScope.VERIFICATION)
    until = datetime.combine(until_on + timedelta(days=1), datetime.min.time(), ZONE)
    held = await connection.fetchrow(
        """select id, until from identity_consent
            where tenant_id = $1 and grantee_id = $2 and scope = $3 and withdrawn_at is null""",
        actor.tenant_id,
        grantee_id,
        text.scope,
    )
    if held is not None and held["until"] >= until:
        return UUID(str(held["id"]))
    if held is not None:
        await connection.execute(
            "update identity_consent set withdrawn_at = now() where tenant_id = $1 and id = $2",
            actor.tenant_id,
            held["id"],
        )
    consent_id = new_id()
    await connection.execute(
        """insert into identity_consent (id, tenant_id, grantee_id, scope, text_version, granted_by, until)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        consent_id,
        actor.tenant_id,
        grantee_id,
        text.scope,
        text.version,
        actor.person_id,
        until,
    )
    await audit.record(
        connection,
        actor,
        act="consent.grant",
        object_kind="consent",
        object_id=consent_id,
        details={"grantee_id": grantee_id, "scope": text.scope, "until": until, "text_version": text.version},
    )
    return consent_id


async def withdraw_consent(actor: Actor, *, consent_id: UUID) -> Consent:
    """End a consent now; every later statement of the grantee finds nothing.

    Raises:
        NotPermitted: without `consent:grant` (withdrawing is as easy as giving).
        NotFound: not there, not the actor's.
        Conflict: withdrawn before.
    """
    actor.require(Permission.CONSENT_GRANT)
    async with transaction(tenant=actor.tenant_id) as connection:
        consent = await _consent(connection, consent_id)
        if consent.owner_id != actor.tenant_id:
            raise NotFound(N_("There is no such consent of yours."))
        done = await connection.fetchval(
            """update identity_consent set withdrawn_at = now()
                where tenant_id = $1 and id = $2 and withdrawn_at is null returning id""",
            actor.tenant_id,
            consent_id,
        )
        if done is None:
            raise Conflict(N_("This consent was already withdrawn."))
        await audit.record(
            connection, actor, act="consent.withdraw", object_kind="consent", object_id=consent_id
        )
        return await _consent(connection, consent_id)


async def list_consents(actor: Actor) -> list[Consent]:
    """Consents the actor's tenant has given or holds, newest first, ended ones too."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_SELECT + "order by c.id desc")
    return [Consent(**row) for row in rows]


async def list_reads(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> list[ConsentRead]:
    """Who read the actor's data under which consent, newest first."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select r.id, r.consent_id, c.scope, r.grantee_id, coalesce(g.name_zh, '') as grantee_name_zh,
                      coalesce(g.name_en, '') as grantee_name_en, r.subject, r.read_at
                 from identity_consent_read r
                 join identity_consent c on c.id = r.consent_id
                 left join identity_organisation g on g.id = r.grantee_id
                where r.tenant_id = $1 and ($2::uuid is null or r.id < $2)
                order by r.id desc limit $3""",
            actor.tenant_id,
            before,
            min(limit, 200),
        )
    return [ConsentRead(**row) for row in rows]


async def record_read(
    connection: Connection, actor: Actor, *, owner_id: UUID, scope: str, subject: str
) -> UUID:
    """Check the actor's consent of `owner_id` and write the read, for the owner to see, and the audit line.

    Call it in the transaction that reads, before reading; `subject` says what is read (`account 2024`).
    Returns the consent's id.

    Raises:
        NotFound: no valid consent, or no such owner: the answer does not tell which.
    """
    consent_id: UUID | None = await connection.fetchval(
        """select id from identity_consent
            where tenant_id = $1 and grantee_id = current_tenant()
              and (scope = $2 or scope = 'verification' and $2 in ('account', 'evidence'))
              and withdrawn_at is null and granted_at <= now() and now() < until""",
        owner_id,
        scope,
    )
    if consent_id is None:
        raise NotFound(N_("There is no such client, or it has not let you read its {scope}."), scope=scope)
    await connection.execute(
        """insert into identity_consent_read (id, tenant_id, grantee_id, consent_id, person_id, subject)
           values ($1, $2, current_tenant(), $3, $4, $5)""",
        new_id(),
        owner_id,
        consent_id,
        actor.person_id,
        subject,
    )
    await audit.record(
        connection,
        actor,
        act="consent.read",
        object_kind="organisation",
        object_id=owner_id,
        details={"consent_id": consent_id, "scope": scope, "subject": subject},
    )
    return consent_id


async def _consent(connection: Connection, consent_id: UUID) -> Consent:
    row = await connection.fetchrow(_SELECT + "where c.id = $1", consent_id)
    if row is None:
        raise NotFound(N_("There is no such consent of yours."))
    return Consent(**row)


async def _check_grantee(connection: Connection, actor: Actor, grantee_id: UUID) -> None:
    """The directory shows banks, verifiers, authorities and partners; an enterprise is never a grantee."""
    kind = await connection.fetchval("select kind from identity_organisation where id = $1", grantee_id)
    if kind in (None, "enterprise") or grantee_id == actor.tenant_id:
        raise NotFound(N_("There is no such organisation to give a consent to."), at="grantee_id")


async def _check_term(connection: Connection, until_on: date) -> None:
    today = (await connection.fetchval("select now()")).astimezone(ZONE).date()
    if until_on < today:
        raise Problem(
            N_("The last day {day} is past; choose today or a later day."),
            at="until_on",
            day=until_on.isoformat(),
        )
    if (until_on - today).days > LONGEST_DAYS:
        raise Problem(
            N_("The last day {day} is more than five years ahead; choose an earlier one."),
            at="until_on",
            day=until_on.isoformat(),
        )


async def _close_expired(connection: Connection, actor: Actor, grantee_id: UUID, scope: str) -> None:
    """An expired consent makes room for the next one; it is marked withdrawn at its end of term."""
    await connection.execute(
        """update identity_consent set withdrawn_at = until
            where tenant_id = $1 and grantee_id = $2 and scope = $3 and withdrawn_at is null and until <= now()""",
        actor.tenant_id,
        grantee_id,
        scope,
    )
