"""From grams to credits: acts of a period are pooled, sampled, verified by another organisation, and issued.

A gram goes into one pool and nowhere else: what is pooled cannot be given away or pooled again, and what the operator
of a source claims in a project of its own never becomes a citizen's gram. Two persons of the authority issue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import approvals, audit
from accounts.identity.actors import Actor
from accounts.identity.acts import act
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.inclusion.campaigns import act_numbers
from accounts.inclusion.days import today
from accounts.inclusion.members import require_citizen
from accounts.inclusion.programme import programme_of, require_operator
from accounts.registry import units
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules

ISSUE = "inclusion.issue-pool"
MG_PER_T = 10**9
MOST_WRONG = Fraction(1, 20)
"""A pool whose sample is wrong more often is rejected as a whole."""


@dataclass(frozen=True)
class Pool:
    """A pool; `excluded` counts persons without consent, and milligrams claimed by operators or used elsewhere."""

    id: UUID
    scheme: str
    from_on: date
    until_on: date
    acts: tuple[str, ...]
    state: str
    people: int
    gross_mg: int
    excluded: dict[str, int]
    tonnes: int
    sample: int
    sample_checked: int
    sample_wrong: int
    serials: tuple[str, ...]
    proceeds_fen: int
    drawn_at: datetime
    issued_at: datetime | None


@dataclass(frozen=True)
class Sample:
    """One day and act of a person who has only a number here."""

    id: UUID
    number: int
    day: date
    act: str
    mg: int
    verdict: str
    note: str


@dataclass(frozen=True)
class Share:
    """What a person's acts gave to a pool, and its part of the proceeds so far in fen."""

    pool_id: UUID
    scheme: str
    from_on: date
    until_on: date
    state: str
    mg: int
    pool_mg: int
    tonnes: int
    serials: tuple[str, ...]
    proceeds_fen: int


@dataclass(frozen=True)
class OperatorClaim:
    """An operator's own project that claims the reductions of a source for a time."""

    id: UUID
    source_id: UUID
    acts: tuple[str, ...]
    from_on: date
    until_on: date
    project: str


async def record_claim(
    actor: Actor, *, source_id: UUID, acts: Sequence[str], from_on: date, until_on: date, project: str
) -> OperatorClaim:
    """From a day to come on, events of the source belong to its operator's project and give citizens nothing.

    Days before are the citizens' for good: the same tonne cannot be claimed once it was credited.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme, or there is no such source.
        Problem: the claim begins before tomorrow, ends before it begins, or names no project.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    numbers = act_numbers(acts)
    if not 1 <= len(project.strip()) <= 200 or until_on < from_on:
        raise Problem(N_("A claim names its project and has its days in order."), at="project")
    claim_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        if from_on <= await today(connection):
            raise Problem(
                N_(
                    "A claim begins tomorrow at the earliest: what citizens were credited until today stays theirs."
                ),
                at="from_on",
            )
        if not await connection.fetchval(
            "select exists (select from inclusion_source where id = $1)", source_id
        ):
            raise NotFound(N_("There is no such source."), at="source_id")
        await connection.execute(
            """insert into inclusion_operator_claim (id, operator_id, source_id, acts, from_on, until_on, project, recorded_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            claim_id,
            actor.tenant_id,
            source_id,
            numbers,
            from_on,
            until_on,
            project.strip(),
            actor.person_id,
        )
        await audit.record(connection, actor, act="claim.record", object_kind="claim", object_id=claim_id)
    return OperatorClaim(claim_id, source_id, tuple(acts), from_on, until_on, project.strip())


async def draw_pool(actor: Actor, *, scheme: str, from_on: date, until_on: date, acts: Sequence[str]) -> Pool:
    """Gather the free grams of all who consent to pooling; what goes in is used by it, from this moment.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme.
        Problem: an act is not known, the days are not over yet, or no act is named.
        Conflict: nobody's grams can be pooled, or they make no whole tonne.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    numbers = act_numbers(acts)
    if not numbers or not 2 <= len(scheme.strip()) <= 20:
        raise Problem(N_("Name the scheme and at least one act."), at="acts")
    pool_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        day = await today(connection)
        programme = rules().programme_at(day)
        open_until = day - timedelta(days=programme.late_days)
        if until_on < from_on or until_on >= open_until:
            raise Problem(
                N_(
                    "Pool days that are closed: until {day} at the latest, since late events still come after it."
                ),
                at="until_on",
                day=(open_until - timedelta(days=1)).isoformat(),
            )
        await connection.execute(
            """insert into inclusion_pool (id, operator_id, scheme, from_on, until_on, acts, drawn_by)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            pool_id,
            actor.tenant_id,
            scheme.strip(),
            from_on,
            until_on,
            list(acts),
            actor.person_id,
        )
        drawn = await connection.fetchrow(
            "select * from inclusion_draw_pool($1, $2, $3)", pool_id, numbers, programme.sample_share_percent
        )
        assert drawn is not None  # noqa: S101 - the pool was written just before
        tonnes = int(Fraction(int(drawn["gross_mg"]) * programme.pool_share_percent, 100 * MG_PER_T))
        if tonnes < 1:
            raise Conflict(
                N_(
                    "{grams} grams of {people} persons make no whole tonne after the deduction; take a longer time."
                ),
                grams=int(drawn["gross_mg"]) // 1000,
                people=drawn["people"],
            )
        excluded = {
            "people_without_consent": int(drawn["without_consent"]),
            "claimed_mg": int(drawn["claimed_mg"]),
            "used_elsewhere_mg": int(drawn["used_elsewhere_mg"]),
        }
        await connection.execute(
            "update inclusion_pool set people = $2, gross_mg = $3, excluded = $4::jsonb, tonnes = $5 where id = $1",
            pool_id,
            drawn["people"],
            int(drawn["gross_mg"]),
            msgspec.json.encode(excluded).decode(),
            tonnes,
        )
        await _note(connection, actor, "pool.draw", pool_id, {"people": drawn["people"], "tonnes": tonnes})
        return await _pool(connection, pool_id)


async def list_pools(actor: Actor) -> list[Pool]:
    """Every pool with its figures; newest first."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_POOL + "order by p.id desc")
    return [_read(row) for row in rows]


async def list_samples(actor: Actor, *, pool_id: UUID) -> list[Sample]:
    """The days drawn for verification, for a verifier or the operator."""
    _require_reader(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select id, number, day, act, mg, verdict, note from inclusion_pool_sample where pool_id = $1 order by number",
            pool_id,
        )
    acts = rules().by_number
    return [Sample(**{**row, "act": acts[row["act"]].id}) for row in rows]


async def judge_sample(actor: Actor, *, sample_id: UUID, right: bool, note: str = "") -> None:
    """A verifier's verdict on one day, against the partner's own records.

    Raises:
        NotPermitted: the actor is no verifier.
        NotFound: no such sample.
        Conflict: the pool is verified already.
    """
    actor.require(Permission.INCLUSION_VERIFY)
    async with transaction(tenant=actor.tenant_id) as connection:
        state = await connection.fetchval(
            """select p.state from inclusion_pool_sample s join inclusion_pool p on p.id = s.pool_id
                where s.id = $1 for update of s""",
            sample_id,
        )
        if state is None:
            raise NotFound(N_("There is no such sample."))
        if state != "drawn":
            raise Conflict(N_("This pool was verified before."))
        await connection.execute(
            "update inclusion_pool_sample set verdict = $2, note = $3 where id = $1",
            sample_id,
            "right" if right else "wrong",
            note.strip()[:1000],
        )
        await _note(connection, actor, "pool.sample", sample_id, {"right": right}, "pool-sample")


async def verify_pool(actor: Actor, *, pool_id: UUID) -> Pool:
    """Close the verification: the share found wrong comes off; above five in a hundred the pool is rejected.

    Raises:
        NotPermitted: the actor is no verifier.
        NotFound: no such pool.
        Conflict: verified before, or samples wait for a verdict.
    """
    actor.require(Permission.INCLUSION_VERIFY)
    async with transaction(tenant=actor.tenant_id) as connection:
        pool = await _locked(connection, pool_id)
        if pool.state != "drawn":
            raise Conflict(N_("This pool was verified before."))
        if pool.sample_checked < pool.sample:
            raise Conflict(N_("{count} samples wait for a verdict."), count=pool.sample - pool.sample_checked)
        wrong = Fraction(pool.sample_wrong, pool.sample) if pool.sample else Fraction(0)
        share = Fraction(rules().programme_at(pool.until_on).pool_share_percent, 100) * (1 - wrong)
        tonnes = int(Fraction(pool.gross_mg, MG_PER_T) * share)
        accepted = wrong <= MOST_WRONG and tonnes >= 1
        await connection.execute(
            """update inclusion_pool set state = $2, tonnes = $3, sample_wrong = $4, verified_by = $5, verified_at = now()
                where id = $1""",
            pool_id,
            "verified" if accepted else "rejected",
            tonnes if accepted else 0,
            pool.sample_wrong,
            actor.person_id,
        )
        await _note(connection, actor, "pool.verify", pool_id, {"accepted": accepted, "tonnes": tonnes})
        return await _pool(connection, pool_id)


async def ask_issue(actor: Actor, *, pool_id: UUID, key: str | None = None) -> approvals.Draft:
    """Draft the issuance of a verified pool; another person of the authority approves it.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme, or there is no such pool.
        Conflict: the pool is not verified, or issued already.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        pool = await _pool(connection, pool_id)
        _check_verified(pool)
        summary = {
            N_("Scheme"): pool.scheme,
            N_("Days"): f"{pool.from_on} – {pool.until_on}",
            N_("Quantity"): f"{pool.tonnes} tCO2e",
            N_("People"): pool.people,
        }
        return await approvals.draft_within(
            connection,
            actor,
            act=ISSUE,
            content={"pool_id": str(pool_id), "tonnes": pool.tonnes},
            object_kind="pool",
            object_id=pool_id,
            summary=summary,
            key=key,
        )


@act(ISSUE, permission=Permission.INCLUSION_MANAGE, words=N_("Issue credits from citizens' acts"))
async def issue_pool(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Carry an approved issuance out: numbers in the register, held by the authority.

    Raises:
        Conflict: the pool has changed since it was drafted.
    """
    pool = await _locked(connection, UUID(content["pool_id"]))
    _check_verified(pool)
    if pool.tonnes != content["tonnes"]:
        raise Conflict(N_("The pool has changed since this was drafted; draft it again."))
    blocks = await units.issue(
        connection,
        actor,
        scheme=pool.scheme,
        project_id=pool.id,
        project_code=f"P{pool.id.hex[-8:].upper()}",
        holder_tenant_id=actor.tenant_id,
        vintage_year=pool.until_on.year,
        quantity_t=pool.tonnes,
        source_kind="inclusion-pool",
        source_id=pool.id,
        key=f"pool {pool.id}",
        project_name=f"居民低碳行为 {pool.from_on}—{pool.until_on}",
    )
    serials = [block.serial for block in blocks]
    await connection.execute(
        "update inclusion_pool set state = 'issued', issued_at = now(), serials = $2::jsonb where id = $1",
        pool.id,
        msgspec.json.encode(serials).decode(),
    )
    await _note(connection, actor, "pool.issue", pool.id, {"tonnes": pool.tonnes})
    return {"pool_id": str(pool.id), "serials": serials}


async def record_proceeds(actor: Actor, *, pool_id: UUID, fen: int) -> Pool:
    """What the sale of an issued pool's credits brought; it pays for rewards.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme, or there is no such pool.
        Conflict: the pool is not issued.
        Problem: not an amount from 1 fen.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    if not 1 <= fen <= 10**13:
        raise Problem(N_("Give the proceeds in whole fen, from 1."), at="fen")
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        pool = await _locked(connection, pool_id)
        if pool.state not in {"issued", "sold"}:
            raise Conflict(N_("Only credits that were issued can be sold."))
        await connection.execute(
            "update inclusion_pool set state = 'sold', proceeds_fen = proceeds_fen + $2 where id = $1",
            pool_id,
            fen,
        )
        await _note(connection, actor, "pool.sell", pool_id, {"fen": fen})
        return await _pool(connection, pool_id)


async def list_shares(actor: Actor) -> list[Share]:
    """What the person's acts gave to which pool; newest first."""
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select p.id as pool_id, p.scheme, p.from_on, p.until_on, p.state, s.mg, p.gross_mg as pool_mg, p.tonnes,
                      p.serials, p.proceeds_fen
                 from inclusion_pool_share s join inclusion_pool p on p.id = s.pool_id
                where s.person_id = $1 order by p.id desc""",
            actor.tenant_id,
        )
    found = []
    for row in rows:
        part = row["proceeds_fen"] * row["mg"] // row["pool_mg"] if row["pool_mg"] else 0
        serials = msgspec.json.decode(row["serials"], type=tuple[str, ...])
        found.append(Share(**{**row, "serials": serials, "proceeds_fen": part}))
    return found


_POOL = """
    select p.id, p.scheme, p.from_on, p.until_on, p.acts, p.state, p.people, p.gross_mg, p.excluded, p.tonnes,
           (select count(*) from inclusion_pool_sample s where s.pool_id = p.id)::int as sample,
           (select count(*) from inclusion_pool_sample s where s.pool_id = p.id and s.verdict <> '')::int as sample_checked,
           (select count(*) from inclusion_pool_sample s where s.pool_id = p.id and s.verdict = 'wrong')::int as sample_wrong,
           p.serials, p.proceeds_fen, p.drawn_at, p.issued_at
      from inclusion_pool p
"""


def _read(row: Any) -> Pool:
    serials = msgspec.json.decode(row["serials"], type=tuple[str, ...])
    excluded = msgspec.json.decode(row["excluded"], type=dict[str, int])
    return Pool(**{**row, "serials": serials, "excluded": excluded, "acts": tuple(row["acts"])})


async def _pool(connection: Connection, pool_id: UUID) -> Pool:
    row = await connection.fetchrow(_POOL + "where p.id = $1", pool_id)
    if row is None:
        raise NotFound(N_("There is no such pool."))
    return _read(row)


async def _locked(connection: Connection, pool_id: UUID) -> Pool:
    await connection.execute("select id from inclusion_pool where id = $1 for update", pool_id)
    return await _pool(connection, pool_id)


def _check_verified(pool: Pool) -> None:
    if pool.state != "verified":
        raise Conflict(N_("The pool is {state}; only a verified one is issued, once."), state=pool.state)


def _require_reader(actor: Actor) -> None:
    if Permission.INCLUSION_VERIFY not in actor.permissions:
        require_authority(actor, Permission.INCLUSION_MANAGE)


async def _note(
    connection: Connection,
    actor: Actor,
    what: str,
    object_id: UUID,
    details: dict[str, object],
    kind: str = "pool",
) -> None:
    await audit.record(connection, actor, act=what, object_kind=kind, object_id=object_id, details=details)
