"""Rewards for points: a catalogue with stock, coupons, merchants who take them in, refunds when something fails."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.idempotency import once
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.inclusion.days import today
from accounts.inclusion.members import member_of, require_citizen
from accounts.inclusion.programme import REFUND, SPEND, programme_of, require_operator
from accounts.inclusion.wallet import check_spendable
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
HUNDREDTHS = 100


@dataclass(frozen=True)
class Reward:
    """Something points buy; `points` in hundredths, `worth_fen` is what a merchant is paid for each coupon taken in."""

    id: UUID
    partner_id: UUID | None
    partner_name_zh: str
    partner_name_en: str
    name_zh: str
    name_en: str
    points: int
    stock: int
    worth_fen: int
    from_on: date
    until_on: date
    open: bool


@dataclass(frozen=True)
class Redemption:
    """A reward got: `issued`, `used` at the merchant, or `refunded`."""

    id: UUID
    reward_id: UUID
    reward_name_zh: str
    reward_name_en: str
    points: int
    coupon: str
    state: str
    reason: str
    redeemed_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class CouponTaken:
    """A coupon a merchant has taken in."""

    redemption_id: UUID
    reward_id: UUID
    worth_fen: int


@dataclass(frozen=True)
class PartnerStatement:
    """What a merchant is owed for coupons taken in during a month."""

    partner_id: UUID
    month: date
    coupons: int
    worth_fen: int


async def create_reward(
    actor: Actor,
    *,
    name_zh: str,
    name_en: str,
    points: int,
    stock: int,
    from_on: date,
    until_on: date,
    worth_fen: int = 0,
    partner_id: UUID | None = None,
) -> Reward:
    """Put a reward into the catalogue; `points` are whole points, `partner_id` the merchant who takes coupons in.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme.
        Problem: a name is missing, or a number or day makes no sense.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    for field, name in (("name_zh", name_zh), ("name_en", name_en)):
        if not 1 <= len(name.strip()) <= 100:
            raise Problem(N_("A name has 1 to {most} characters."), at=field, most=100)
    if not 1 <= points <= 1_000_000 or not 0 <= stock <= 10_000_000 or not 0 <= worth_fen <= 10**9:
        raise Problem(
            N_("A reward costs 1 to 1,000,000 points and has a stock of 0 to 10,000,000."), at="points"
        )
    if until_on < from_on:
        raise Problem(N_("The last day lies before the first."), at="until_on")
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        if partner_id is not None:
            await _check_merchant(connection, partner_id)
        reward_id = new_id()
        await connection.execute(
            """insert into inclusion_reward (id, operator_id, partner_id, name_zh, name_en, points, stock, worth_fen,
                   from_on, until_on, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            reward_id,
            actor.tenant_id,
            partner_id,
            name_zh.strip(),
            name_en.strip(),
            points * HUNDREDTHS,
            stock,
            worth_fen,
            from_on,
            until_on,
            actor.person_id,
        )
        await _note(connection, actor, "reward.create", reward_id, {"points": points, "stock": stock})
        return await _reward(connection, reward_id)


async def restock(actor: Actor, *, reward_id: UUID, pieces: int) -> Reward:
    """Add pieces to a reward.

    Raises:
        NotFound: no such reward of this programme.
        Problem: not a number from 1.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    if not 1 <= pieces <= 1_000_000:
        raise Problem(N_("Add 1 to 1,000,000 pieces."), at="pieces")
    async with transaction(tenant=actor.tenant_id) as connection:
        await _change(
            connection,
            actor,
            "update inclusion_reward set stock = stock + $2 where id = $1",
            reward_id,
            pieces,
        )
        await _note(connection, actor, "reward.restock", reward_id, {"pieces": pieces})
        return await _reward(connection, reward_id)


async def close_reward(actor: Actor, *, reward_id: UUID) -> Reward:
    """Take a reward out of the catalogue; coupons given stay good.

    Raises:
        NotFound: no such reward of this programme.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        await _change(
            connection,
            actor,
            "update inclusion_reward set closed_at = coalesce(closed_at, now()) where id = $1",
            reward_id,
        )
        await _note(connection, actor, "reward.close", reward_id, {})
        return await _reward(connection, reward_id)


async def list_rewards(actor: Actor) -> list[Reward]:
    """The catalogue, cheapest first; citizens see what is open now, the operator everything."""
    actor.require(Permission.SELF_READ)
    everything = Permission.INCLUSION_MANAGE in actor.permissions
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_REWARD + "order by r.points, r.id")
    return [reward for row in rows if (reward := Reward(**row)).open or everything]


async def redeem(actor: Actor, *, reward_id: UUID, key: str | None = None) -> Redemption:
    """Spend points on one piece and get its coupon: all or nothing, and once for a key.

    Raises:
        NotFound: the person does not take part.
        Conflict: sold out, no longer offered, or not enough points.
    """
    require_citizen(actor)

    async def work() -> Redemption:
        member = await member_of(connection, actor, lock=True)
        taken = await connection.fetchrow("select * from inclusion_take_stock($1)", reward_id)
        if taken is None:
            raise Conflict(N_("This reward is sold out or no longer offered; choose another."))
        await check_spendable(connection, member, taken["points"])
        programme = await programme_of(connection)
        redemption_id, coupon = new_id(), _coupon()
        entry = await journal.post(
            connection,
            key=redemption_id.hex,
            kind=SPEND,
            legs=[Leg(member.account_id, programme.spent_account_id, taken["points"])],
            occurred_on=await today(connection),
        )
        await connection.execute(
            """insert into inclusion_redemption (id, person_id, operator_id, partner_id, reward_id, points, worth_fen,
                   coupon, spend_entry_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            redemption_id,
            actor.tenant_id,
            taken["operator_id"],
            taken["partner_id"],
            reward_id,
            taken["points"],
            taken["worth_fen"],
            coupon,
            entry.id,
        )
        await audit.record(
            connection,
            actor,
            act="reward.redeem",
            object_kind="redemption",
            object_id=redemption_id,
            details={"reward_id": reward_id, "points": taken["points"]},
        )
        return await _redemption(connection, redemption_id)

    async with transaction(tenant=actor.tenant_id) as connection:
        return await once(
            connection,
            actor,
            operation="reward.redeem",
            key=key,
            request={"reward_id": reward_id},
            work=work,
            answer_type=Redemption,
        )


async def list_redemptions(actor: Actor, *, limit: int = 100) -> list[Redemption]:
    """A person's own, or for the operator those of the programme (no names); newest first."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _REDEMPTION + "where d.person_id = $1 or d.operator_id = $1 order by d.id desc limit $2",
            actor.tenant_id,
            min(limit, 500),
        )
    return [Redemption(**row) for row in rows]


async def refund(actor: Actor, *, redemption_id: UUID, reason: str) -> Redemption:
    """Give the points of an unused coupon back and put the piece back into stock; the coupon is void.

    Raises:
        NotFound: no such redemption of this programme.
        Conflict: the coupon was used, or refunded before.
        Problem: no reason.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    if not 1 <= len(reason.strip()) <= 500:
        raise Problem(N_("Say why, in 1 to {most} characters."), at="reason", most=500)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow(
            """select d.*, p.spent_account_id, e.debit_account_id as account_id
                 from inclusion_redemption d
                 join inclusion_programme p on p.operator_id = d.operator_id
                 join ledger_posting e on e.entry_id = d.spend_entry_id
                where d.id = $1 and d.operator_id = $2 for no key update of d""",
            redemption_id,
            actor.tenant_id,
        )
        if row is None:
            raise NotFound(N_("There is no such redemption."))
        if row["state"] != "issued":
            raise Conflict(N_("The coupon is {state} already."), state=row["state"])
        entry = await journal.post(
            connection,
            key=redemption_id.hex,
            kind=REFUND,
            legs=[Leg(row["spent_account_id"], row["account_id"], row["points"])],
            occurred_on=await today(connection),
        )
        await connection.execute(
            """update inclusion_redemption set state = 'refunded', refund_entry_id = $2, reason = $3, closed_at = now()
                where id = $1""",
            redemption_id,
            entry.id,
            reason.strip(),
        )
        await connection.execute(
            "update inclusion_reward set stock = stock + 1 where id = $1", row["reward_id"]
        )
        await _note(
            connection, actor, "reward.refund", redemption_id, {"points": row["points"]}, "redemption"
        )
        return await _redemption(connection, redemption_id)


async def take_coupon(actor: Actor, *, coupon: str) -> CouponTaken:
    """A merchant takes a coupon in, once.

    Raises:
        NotPermitted: the actor is no partner.
        NotFound: no coupon of this merchant has this code.
        Conflict: used or refunded before.
    """
    actor.require(Permission.SOURCE_MANAGE)
    if actor.organisation_kind is not OrganisationKind.PARTNER:
        raise NotPermitted(N_("Coupons are taken in by partners."))
    code = coupon.strip().upper()
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow("select * from inclusion_use_coupon($1)", code)
        assert row is not None  # noqa: S101 - the function answers with one row
        if row["outcome"] == "unknown":
            raise NotFound(N_("No coupon of yours has this code; check the letters."), at="coupon")
        if row["outcome"] != "taken":
            raise Conflict(N_("The coupon is {state} already."), at="coupon", state=row["outcome"])
        await _note(connection, actor, "coupon.take", row["redemption_id"], {}, "redemption")
    return CouponTaken(row["redemption_id"], row["reward_id"], row["worth_fen"])


async def partner_statement(actor: Actor, *, month: date, partner_id: UUID | None = None) -> PartnerStatement:
    """What the operator owes a merchant for a month's coupons, for the operator.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        require_operator(actor, await programme_of(connection))
        row = await connection.fetchrow(
            """select count(*) as coupons, coalesce(sum(worth_fen), 0)::bigint as worth_fen from inclusion_redemption
                where operator_id = $1 and state = 'used' and partner_id = $2
                  and (closed_at at time zone 'Asia/Shanghai')::date >= $3
                  and (closed_at at time zone 'Asia/Shanghai')::date < $4""",
            actor.tenant_id,
            partner_id,
            first,
            after,
        )
    assert row is not None  # noqa: S101 - an aggregate
    return PartnerStatement(partner_id or actor.tenant_id, first, row["coupons"], row["worth_fen"])


_REWARD = """
    select r.id, r.partner_id, coalesce(o.name_zh, '') as partner_name_zh, coalesce(o.name_en, '') as partner_name_en,
           r.name_zh, r.name_en, r.points, r.stock, r.worth_fen, r.from_on, r.until_on,
           r.closed_at is null and (now() at time zone 'Asia/Shanghai')::date between r.from_on and r.until_on as open
      from inclusion_reward r left join identity_organisation o on o.id = r.partner_id
"""
_REDEMPTION = """
    select d.id, d.reward_id, r.name_zh as reward_name_zh, r.name_en as reward_name_en, d.points, d.coupon, d.state, d.reason,
           d.redeemed_at, d.closed_at
      from inclusion_redemption d join inclusion_reward r on r.id = d.reward_id
"""


async def _reward(connection: Connection, reward_id: UUID) -> Reward:
    row = await connection.fetchrow(_REWARD + "where r.id = $1", reward_id)
    if row is None:
        raise NotFound(N_("There is no such reward."))
    return Reward(**row)


async def _redemption(connection: Connection, redemption_id: UUID) -> Redemption:
    row = await connection.fetchrow(_REDEMPTION + "where d.id = $1", redemption_id)
    assert row is not None  # noqa: S101 - written just before
    return Redemption(**row)


async def _change(connection: Connection, actor: Actor, statement: str, *values: object) -> None:
    require_operator(actor, await programme_of(connection))
    if await connection.execute(statement, *values) == "UPDATE 0":
        raise NotFound(N_("There is no such reward."))


async def _check_merchant(connection: Connection, partner_id: UUID) -> None:
    kind = await connection.fetchval("select kind from identity_organisation where id = $1", partner_id)
    if kind != OrganisationKind.PARTNER:
        raise NotFound(N_("There is no such partner."), at="partner_id")


def _coupon() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


async def _note(
    connection: Connection,
    actor: Actor,
    act: str,
    object_id: UUID,
    details: dict[str, object],
    kind: str = "reward",
) -> None:
    await audit.record(connection, actor, act=act, object_kind=kind, object_id=object_id, details=details)
