"""A person's points: what is there, in which lots, what lapses when; and the job that lets them lapse."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import notices
from accounts.identity.actors import Actor
from accounts.inclusion.days import as_date, month_start, today
from accounts.inclusion.members import Membership, member_of, require_citizen
from accounts.inclusion.programme import LAPSE, maybe_programme
from accounts.ledger import journal
from accounts.ledger.entries import Entry, Leg, Transfer
from accounts.timing.tenants import acting_for
from carbon.errors import N_, Conflict
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules
from methodologies.inclusion.lots import Lot, expiry_of, lapsed, lots_of


@dataclass(frozen=True)
class Wallet:
    """All in hundredths of a point. `spendable` leaves out what lapsed and is only waiting to be booked."""

    balance: int
    spendable: int
    owed: int
    lapses_next: int
    lapses_on: date | None
    lots: tuple[Lot, ...]


async def read_wallet(actor: Actor) -> Wallet:
    """The person's points with their lots, oldest first.

    Raises:
        NotFound: the person does not take part.
    """
    require_citizen(actor)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await wallet_of(connection, await member_of(connection, actor))


async def wallet_of(connection: Connection, member: Membership) -> Wallet:
    """The same within a transaction of the person."""
    day = await today(connection)
    earned = await _earned(connection, member.person_id)
    gone = await _gone(connection, member.person_id)
    lots = lots_of(earned, gone, today=day, rules=rules())
    balance = (await journal.balance(connection, member.account_id)).available
    ahead = [lot for lot in lots if lot.left and lot.expires_on >= day]
    announced = [lot for lot in ahead if lot.announced]
    return Wallet(
        balance=balance,
        spendable=max(0, balance - lapsed(lots, today=day)),
        owed=member.owed,
        lapses_next=announced[0].left if announced else 0,
        lapses_on=announced[0].expires_on if announced else None,
        lots=tuple(lot for lot in lots if lot.left),
    )


async def check_spendable(connection: Connection, member: Membership, amount: int) -> None:
    """Refuse to spend what is not there, or has lapsed although the books do not show it yet.

    Raises:
        Conflict: says how much is there.
    """
    wallet = await wallet_of(connection, member)
    if wallet.spendable < amount:
        raise Conflict(
            N_("You have {spendable} points; this needs {needed}."),
            spendable=wallet.spendable / 100,
            needed=amount / 100,
        )


async def _earned(connection: Connection, person_id: UUID) -> dict[date, int]:
    rows = await connection.fetch(
        """select month, sum(points)::bigint as points from (
               select date_trunc('month', day)::date as month, points from inclusion_day where person_id = $1
               union all
               select date_trunc('month', earned_on)::date, points from inclusion_campaign_bonus where person_id = $1) e
            group by month""",
        person_id,
    )
    return {row["month"]: row["points"] for row in rows}


async def _gone(connection: Connection, person_id: UUID) -> int:
    found: int = await connection.fetchval(
        """select coalesce((select sum(points) from inclusion_redemption where person_id = $1 and state <> 'refunded'), 0)::bigint
                + coalesce((select sum(points) from inclusion_lapse where person_id = $1 and kind = 'lapsed'), 0)::bigint""",
        person_id,
    )
    return found


@dataclass(frozen=True)
class Lapsed:
    """What a run let lapse; points in hundredths."""

    people: int
    points: int


async def let_lapse(connection: Connection, day: date) -> Lapsed:
    """Take points whose last day was before `day`, as the scheduler. Run again, it finds nothing more.

    Each person's row is locked while their lots are looked at, so that a redemption comes wholly before or after.
    """
    programme = await maybe_programme(connection)
    cutoff = _last_lapsed_month(day)
    if programme is None or cutoff is None:
        return Lapsed(0, 0)
    rows = await connection.fetch(
        """select m.person_id, m.account_id from inclusion_member m
            where exists (select from inclusion_day d where d.person_id = m.person_id and d.day < $1 and d.points > 0)
            order by m.person_id""",
        (cutoff + timedelta(days=31)).replace(day=1),
    )
    people = points = 0
    for row in rows:
        await connection.execute(
            "select person_id from inclusion_member where person_id = $1 for no key update", row["person_id"]
        )
        earned = await _earned(connection, row["person_id"])
        lots = lots_of(earned, await _gone(connection, row["person_id"]), today=day, rules=rules())
        async with acting_for(connection, programme.operator_id):
            there = (await journal.balance(connection, row["account_id"])).available
            amount = min(there, lapsed(lots, today=day))
            if amount <= 0:
                continue
            transfer = Transfer(
                new_id().hex, LAPSE, (Leg(row["account_id"], programme.issuing_account_id, amount),), day
            )
            [answer] = await journal.post_batch(connection, [transfer])
        if isinstance(answer, Entry):
            people, points = people + 1, points + amount
            await connection.execute(
                "insert into inclusion_lapse (id, person_id, kind, points, entry_id) values ($1, $2, 'lapsed', $3, $4)",
                new_id(),
                row["person_id"],
                amount,
                answer.id,
            )
    return Lapsed(people, points)


LAPSE_AHEAD = notices.register(
    "points.lapse-ahead", N_("{points} of your points lapse after {day}; spend or keep an eye on them.")
)


async def announce(connection: Connection, day: date) -> int:
    """Tell everyone whose lot lapses soon, once for each lot, as the scheduler; how many were told."""
    told = 0
    for month in _announced_months(day):
        rows = await connection.fetch(
            """select m.person_id from inclusion_member m
                where m.left_at is null and exists (
                      select from inclusion_day d where d.person_id = m.person_id and d.points > 0
                         and d.day >= $1 and d.day < ($1 + interval '1 month')::date)
                order by m.person_id""",
            month,
        )
        for row in rows:
            earned = await _earned(connection, row["person_id"])
            lots = lots_of(earned, await _gone(connection, row["person_id"]), today=day, rules=rules())
            left = next((lot.left for lot in lots if lot.month == month), 0)
            told += left > 0 and await _tell(connection, row["person_id"], month, left)
    return told


def _announced_months(day: date) -> list[date]:
    """Months whose lots are announced and have not lapsed yet."""
    last = _last_lapsed_month(day)
    month = month_start((last or as_date(0)) + timedelta(days=31))
    found = []
    while month <= day:
        ends = expiry_of(month, rules())
        if ends - timedelta(days=rules().programme_at(month).announce_days) <= day <= ends:
            found.append(month)
        month = month_start(month + timedelta(days=31))
    return found


async def _tell(connection: Connection, person_id: UUID, month: date, left: int) -> bool:
    async with acting_for(connection, person_id):
        known = await connection.fetchval(
            "select exists (select from identity_notice where tenant_id = $1 and kind = $2 and object_id = $3)",
            person_id,
            LAPSE_AHEAD,
            month.isoformat(),
        )
        if not known:
            await notices.notify(
                connection,
                tenant_id=person_id,
                person_id=person_id,
                kind=LAPSE_AHEAD,
                subject={"points": f"{left / 100:g}", "day": expiry_of(month, rules()).isoformat()},
                link="/my/points",
                object_kind="lot",
                object_id=month.isoformat(),
            )
    return not known


def _last_lapsed_month(day: date) -> date | None:
    """The latest month whose points have lapsed by `day`; lots are months long, so going back finds it soon."""
    month = month_start(day)
    for _ in range(600):
        if expiry_of(month, rules()) < day:
            return month
        month = month_start(month - timedelta(days=1))
        if month <= as_date(0):
            return None
    return None
