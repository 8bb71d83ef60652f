"""A person's grams: credited by the settler, used once: given to a cause, set against an event, or pooled."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.inclusion.members import member_of, require_citizen
from accounts.inclusion.programme import programme_of, require_operator
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id

_LOCK = "inclusion grams"
MG_PER_G = 1000


@dataclass(frozen=True)
class Grams:
    """In milligrams: all that was credited, what of it is used, and by what."""

    credited_mg: int
    donated_mg: int
    neutral_mg: int
    pooled_mg: int

    @property
    def free_mg(self) -> int:
        """What can still be given or used."""
        return max(0, self.credited_mg - self.donated_mg - self.neutral_mg - self.pooled_mg)


@dataclass(frozen=True)
class GramUse:
    """One use of grams; `subject` is the cause's name or what the person wrote."""

    id: UUID
    kind: str
    subject_zh: str
    subject_en: str
    mg: int
    used_at: datetime


@dataclass(frozen=True)
class Cause:
    """Something grams can be given to; `given_mg` is what the reader has given."""

    id: UUID
    name_zh: str
    name_en: str
    needed_mg: int
    given_mg: int


async def read_grams(actor: Actor) -> Grams:
    """The person's grams."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await grams_of(connection, actor.tenant_id)


async def grams_of(connection: Connection, person_id: UUID) -> Grams:
    """The same within a transaction of the person."""
    credited = await connection.fetchval(
        "select coalesce(sum(credited_mg), 0)::bigint from inclusion_day where person_id = $1", person_id
    )
    rows = await connection.fetch(
        "select kind, sum(mg)::bigint as mg from inclusion_gram_use where person_id = $1 group by kind",
        person_id,
    )
    used = {row["kind"]: row["mg"] for row in rows}
    return Grams(credited, used.get("donated", 0), used.get("neutral", 0), used.get("pooled", 0))


async def create_cause(actor: Actor, *, name_zh: str, name_en: str, needed_kg: int) -> Cause:
    """Let people give grams to something.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme.
        Problem: a name is missing or the need is not a number from 1.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    if not (1 <= len(name_zh.strip()) <= 100 and 1 <= len(name_en.strip()) <= 100):
        raise Problem(N_("A name has 1 to {most} characters."), at="name_zh", most=100)
    if not 1 <= needed_kg <= 10**9:
        raise Problem(N_("Say how many kilograms are needed, from 1."), at="needed_kg")
    cause_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        await connection.execute(
            """insert into inclusion_cause (id, operator_id, name_zh, name_en, needed_mg, created_by)
               values ($1, $2, $3, $4, $5, $6)""",
            cause_id,
            actor.tenant_id,
            name_zh.strip(),
            name_en.strip(),
            needed_kg * 10**6,
            actor.person_id,
        )
        await audit.record(connection, actor, act="cause.create", object_kind="cause", object_id=cause_id)
    return Cause(cause_id, name_zh.strip(), name_en.strip(), needed_kg * 10**6, 0)


async def list_causes(actor: Actor) -> list[Cause]:
    """What grams can be given to now."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select c.id, c.name_zh, c.name_en, c.needed_mg,
                      coalesce((select sum(u.mg) from inclusion_gram_use u where u.subject_id = c.id), 0)::bigint as given_mg
                 from inclusion_cause c where c.closed_at is null order by c.id"""
        )
    return [Cause(**row) for row in rows]


async def donate(actor: Actor, *, cause_id: UUID, grams: int, key: str | None = None) -> Grams:
    """Give grams to a cause. A gift of reductions, no payment and no claim on anything.

    Raises:
        NotFound: no such cause, or the person does not take part.
        Conflict: not so many free grams.
    """
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await connection.fetchval(
            "select id from inclusion_cause where id = $1 and closed_at is null", cause_id
        )
    if found is None:
        raise NotFound(N_("There is no such cause."))
    return await _use(actor, kind="donated", subject_id=cause_id, subject="", grams=grams, key=key)


async def neutralise(actor: Actor, *, event: str, grams: int, key: str | None = None) -> Grams:
    """Set grams against an event of one's own, such as a birthday party.

    Raises:
        NotFound: the person does not take part.
        Conflict: not so many free grams.
        Problem: the event is not named.
    """
    if not 1 <= len(event.strip()) <= 200:
        raise Problem(N_("Name the event in 1 to {most} characters."), at="event", most=200)
    return await _use(actor, kind="neutral", subject_id=None, subject=event.strip(), grams=grams, key=key)


async def list_uses(actor: Actor) -> list[GramUse]:
    """Every use of the person's grams, newest first."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select u.id, u.kind, coalesce(c.name_zh, u.subject) as subject_zh, coalesce(c.name_en, u.subject) as subject_en,
                      u.mg, u.used_at
                 from inclusion_gram_use u left join inclusion_cause c on c.id = u.subject_id
                where u.person_id = $1 order by u.used_at desc limit 500""",
            actor.tenant_id,
        )
    return [GramUse(**row) for row in rows]


async def _use(
    actor: Actor, *, kind: str, subject_id: UUID | None, subject: str, grams: int, key: str | None
) -> Grams:
    require_citizen(actor)
    if not 1 <= grams <= 10**9:
        raise Problem(N_("Say how many whole grams, from 1."), at="grams")

    async def work() -> Grams:
        await member_of(connection, actor, lock=True)
        # A pool is drawn under the same lock held alone: no gram goes both ways.
        await connection.execute("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", _LOCK)
        free_mg = (await grams_of(connection, actor.tenant_id)).free_mg
        if free_mg < grams * MG_PER_G:
            raise Conflict(N_("You have {free} grams that are not used yet."), free=free_mg // MG_PER_G)
        await connection.execute(
            """insert into inclusion_gram_use (id, person_id, kind, subject_id, subject, mg)
               values ($1, $2, $3, $4, $5, $6)""",
            new_id(),
            actor.tenant_id,
            kind,
            subject_id,
            subject,
            grams * MG_PER_G,
        )
        await audit.record(
            connection,
            actor,
            act=f"grams.{kind}",
            object_kind="grams",
            object_id=subject_id,
            details={"grams": grams},
        )
        return await grams_of(connection, actor.tenant_id)

    request = {"kind": kind, "subject_id": subject_id, "subject": subject, "grams": grams}
    async with transaction(tenant=actor.tenant_id) as connection:
        return await once(
            connection, actor, operation="grams.use", key=key, request=request, work=work, answer_type=Grams
        )
