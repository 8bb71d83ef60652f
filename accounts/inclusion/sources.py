"""What partners send: sources they register, keys they sign with, batches they can look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.inclusion import signing
from accounts.inclusion.fates import Fate
from accounts.inclusion.intake import EventFate, Receipt, SigningSource, receive
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules

KEYS_AT_ONCE = 2
KEY_DAYS = 365


@dataclass(frozen=True)
class Source:
    """One stream of events of a partner."""

    id: UUID
    partner_id: UUID
    partner_name_zh: str
    partner_name_en: str
    name_zh: str
    name_en: str
    acts: tuple[str, ...]
    sandbox: bool
    pull_url: str
    registered_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Key:
    """A signing key; its secret was shown once."""

    id: UUID
    source_id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    valid: bool


@dataclass(frozen=True)
class NewKey:
    """A key just made, with its secret."""

    id: UUID
    source_id: UUID
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class BatchLine:
    """A batch in the list; `without_consent` were accepted and then not used, consent having ended in between."""

    id: UUID
    source_id: UUID
    source_name_zh: str
    source_name_en: str
    key: str
    way: str
    received_at: datetime
    events: int
    accepted: int
    without_consent: int
    state: str
    settled_at: datetime | None


@dataclass(frozen=True)
class BatchDetail:
    """A batch with the events set aside, and how many had each fate."""

    batch: BatchLine
    fates: dict[str, int]
    set_aside: tuple[EventFate, ...]


async def register_source(
    actor: Actor,
    *,
    name_zh: str,
    name_en: str,
    acts: Sequence[str],
    sandbox: bool = False,
    pull_url: str = "",
) -> Source:
    """A new source of the partner for these acts; with `sandbox` it takes everything and keeps nothing.

    Raises:
        NotPermitted: the actor is no partner that manages sources.
        Problem: an act is not known, a name is missing, or the address to pull from is not https.
    """
    _require_partner(actor)
    known = rules()
    chosen = tuple(dict.fromkeys(known.act(act).id for act in acts))
    if not chosen:
        raise Problem(N_("Name at least one act this source tells of."), at="acts")
    for field, name in (("name_zh", name_zh), ("name_en", name_en)):
        if not 1 <= len(name.strip()) <= 100:
            raise Problem(N_("A name has 1 to {most} characters."), at=field, most=100)
    _check_url(pull_url)
    source_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            """insert into inclusion_source (id, partner_id, name_zh, name_en, acts, sandbox, pull_url, registered_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            source_id,
            actor.tenant_id,
            name_zh.strip(),
            name_en.strip(),
            list(chosen),
            sandbox,
            pull_url,
            actor.person_id,
        )
        await _note(
            connection, actor, "source.register", source_id, {"acts": list(chosen), "sandbox": sandbox}
        )
        return await own_source(connection, actor, source_id)


async def close_source(actor: Actor, *, source_id: UUID) -> Source:
    """Take nothing from the source any more; what came stays.

    Raises:
        NotFound: no such source of the partner.
    """
    _require_partner(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        await own_source(connection, actor, source_id)
        await connection.execute(
            "update inclusion_source set closed_at = coalesce(closed_at, now()) where id = $1", source_id
        )
        await _note(connection, actor, "source.close", source_id, {})
        return await own_source(connection, actor, source_id)


async def list_sources(actor: Actor) -> list[Source]:
    """A partner's own; an authority's view of all; newest first."""
    actor.require(Permission.SOURCE_READ)
    own = actor.tenant_id if actor.organisation_kind is OrganisationKind.PARTNER else None
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await read_sources(connection, partner_id=own)


async def create_key(actor: Actor, *, source_id: UUID, name: str) -> NewKey:
    """A key to sign with, its secret shown now and never again. Two may be in force, so that they can be rotated.

    Raises:
        NotFound: no such source of the partner.
        Conflict: two keys are in force already; revoke the older one first.
    """
    _require_partner(actor)
    if not 1 <= len(name.strip()) <= 100:
        raise Problem(N_("A name has 1 to {most} characters."), at="name", most=100)
    key_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute("select id from inclusion_source where id = $1 for update", source_id)
        await own_source(connection, actor, source_id)
        in_force = sum(key.valid for key in await _keys(connection, source_id))
        if in_force >= KEYS_AT_ONCE:
            raise Conflict(N_("Two keys are in force; revoke the one you no longer use, then make the next."))
        expires_at = (await connection.fetchval("select now()")) + timedelta(days=KEY_DAYS)
        await connection.execute(
            """insert into inclusion_source_key (id, partner_id, source_id, name, created_by, expires_at)
               values ($1, $2, $3, $4, $5, $6)""",
            key_id,
            actor.tenant_id,
            source_id,
            name.strip(),
            actor.person_id,
            expires_at,
        )
        await _note(connection, actor, "source-key.create", key_id, {"source_id": source_id})
    return NewKey(key_id, source_id, signing.secret_of(key_id), expires_at)


async def revoke_key(actor: Actor, *, key_id: UUID) -> Key:
    """From now on nothing signed with the key is taken.

    Raises:
        NotFound: no such key of the partner.
    """
    _require_partner(actor)
    async with transaction(tenant=actor.tenant_id) as connection:
        source_id = await connection.fetchval(
            """update inclusion_source_key set revoked_at = coalesce(revoked_at, now())
                where id = $1 and partner_id = $2 returning source_id""",
            key_id,
            actor.tenant_id,
        )
        if source_id is None:
            raise NotFound(N_("There is no such key of yours."))
        await _note(connection, actor, "source-key.revoke", key_id, {"source_id": source_id})
        return next(key for key in await _keys(connection, source_id) if key.id == key_id)


async def list_keys(actor: Actor, *, source_id: UUID) -> list[Key]:
    """The source's keys, newest first, ended ones too.

    Raises:
        NotFound: no such source of the partner.
    """
    _require_partner(actor, Permission.SOURCE_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await own_source(connection, actor, source_id)
        return await _keys(connection, source_id)


async def submit_events_file(
    actor: Actor, *, source_id: UUID, content: bytes, lines: bool, key: str
) -> Receipt:
    """The same as a signed batch, from a person who is signed in and holds the file.

    Raises:
        NotFound: no such open source of the partner.
        Problem: the file cannot be read.
    """
    _require_partner(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await own_source(connection, actor, source_id)
        now = await connection.fetchval("select now()")
    if found.closed_at is not None:
        raise Conflict(N_("The source is closed; register a new one."))
    source = SigningSource(found.id, found.partner_id, found.acts, found.sandbox)
    return await receive(source, key=key, body=content, lines=lines, way="file", now=now)


async def list_batches(
    actor: Actor, *, source_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> list[BatchLine]:
    """A partner's batches, newest first; an authority sees those of all partners."""
    actor.require(Permission.SOURCE_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""{_BATCH} where ($1::uuid is null or b.source_id = $1) and ($2::uuid is null or b.id < $2)
                order by b.id desc limit $3""",
            source_id,
            before,
            min(limit, 200),
        )
    return [BatchLine(**row) for row in rows]


async def read_batch_detail(actor: Actor, *, batch_id: UUID) -> BatchDetail:
    """One batch with what was set aside and why.

    Raises:
        NotFound: no such batch, or not the actor's to see.
    """
    actor.require(Permission.SOURCE_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await connection.fetchrow(_BATCH + "where b.id = $1", batch_id)
        if row is None:
            raise NotFound(N_("There is no such batch."))
        more = await connection.fetchrow(
            "select fates, set_aside from inclusion_batch where id = $1", batch_id
        )
    assert more is not None  # noqa: S101 - read in the same transaction
    counts = {fate.word: more["fates"].count(fate.value) for fate in Fate}
    aside = msgspec.json.decode(more["set_aside"], type=tuple[EventFate, ...])
    return BatchDetail(BatchLine(**row), {word: count for word, count in counts.items() if count}, aside)


_BATCH = """
    select b.id, b.source_id, s.name_zh as source_name_zh, s.name_en as source_name_en, b.key, b.way, b.received_at,
           b.events, b.accepted, b.without_consent, b.state, b.settled_at
      from inclusion_batch b join inclusion_source s on s.id = b.source_id
"""


async def read_sources(
    connection: Connection, *, partner_id: UUID | None = None, open_only: bool = False
) -> list[Source]:
    """Sources with their partners' names, newest first."""
    rows = await connection.fetch(
        """select s.id, s.partner_id, coalesce(o.name_zh, '') as partner_name_zh, coalesce(o.name_en, '') as partner_name_en,
                  s.name_zh, s.name_en, s.acts, s.sandbox, s.pull_url, s.registered_at, s.closed_at
             from inclusion_source s left join identity_organisation o on o.id = s.partner_id
            where ($1::uuid is null or s.partner_id = $1)
              and (not $2 or (s.closed_at is null and not s.sandbox))
            order by s.id desc""",
        partner_id,
        open_only,
    )
    return [Source(**{**row, "acts": tuple(row["acts"])}) for row in rows]


async def sources_to_pull() -> list[Source]:
    """Open sources that are fetched, for the scheduler, who sees all."""
    async with transaction(tenant=None, readonly=True) as connection:
        return [source for source in await read_sources(connection, open_only=True) if source.pull_url]


async def own_source(connection: Connection, actor: Actor, source_id: UUID) -> Source:
    """The partner's source.

    Raises:
        NotFound: not there, or another's.
    """
    for source in await read_sources(connection, partner_id=actor.tenant_id):
        if source.id == source_id:
            return source
    raise NotFound(N_("There is no such source of yours."))


async def _keys(connection: Connection, source_id: UUID) -> list[Key]:
    rows = await connection.fetch(
        """select id, source_id, name, created_at, expires_at, revoked_at,
                  revoked_at is null and expires_at > now() as valid
             from inclusion_source_key where source_id = $1 order by id desc""",
        source_id,
    )
    return [Key(**row) for row in rows]


def _require_partner(actor: Actor, permission: Permission = Permission.SOURCE_MANAGE) -> None:
    actor.require(permission)
    if actor.organisation_kind is not OrganisationKind.PARTNER:
        raise NotPermitted(N_("Sources belong to partners."))


def _check_url(url: str) -> None:
    if not url:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or parts.username or len(url) > 500:
        raise Problem(
            N_("The address to pull from must begin with https:// and hold no user name."), at="pull_url"
        )


async def _note(
    connection: Connection, actor: Actor, act: str, object_id: UUID, details: dict[str, object]
) -> None:
    kind = "source-key" if act.startswith("source-key") else "source"
    await audit.record(connection, actor, act=act, object_kind=kind, object_id=object_id, details=details)
