"""Campaigns: for a while, so many counted acts earn a bonus, once for each person. And badges for what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.inclusion.history import Picture
from accounts.inclusion.programme import BONUS, maybe_programme, programme_of, require_operator
from accounts.ledger import journal
from accounts.ledger.entries import Leg, Transfer
from accounts.timing.tenants import acting_for
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.inclusion.acts import rules


@dataclass(frozen=True)
class Campaign:
    """A campaign; `done` are the reader's counted acts in it, `bonus` is in hundredths."""

    id: UUID
    name_zh: str
    name_en: str
    acts: tuple[str, ...]
    from_on: date
    until_on: date
    needed: int
    bonus: int
    done: int
    received: bool


@dataclass(frozen=True)
class Badge:
    """Something to be proud of: got, or how far one is."""

    id: str
    name: Text
    have: int
    need: int

    @property
    def got(self) -> bool:
        """Whether it is reached."""
        return self.have >= self.need


async def create_campaign(
    actor: Actor,
    *,
    name_zh: str,
    name_en: str,
    acts: Sequence[str],
    from_on: date,
    until_on: date,
    needed: int,
    bonus_points: int,
) -> UUID:
    """Begin a campaign; its bonus is in whole points.

    Raises:
        NotPermitted, NotFound: the actor does not run the programme.
        Problem: a name, act, day or number makes no sense.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    for act in acts:
        rules().act(act)
    if not (1 <= len(name_zh.strip()) <= 100 and 1 <= len(name_en.strip()) <= 100):
        raise Problem(N_("A name has 1 to {most} characters."), at="name_zh", most=100)
    if until_on < from_on or not 1 <= needed <= 10_000 or not 1 <= bonus_points <= 100_000:
        raise Problem(
            N_("A campaign needs days in order, 1 to 10,000 acts and 1 to 100,000 points."), at="needed"
        )
    campaign_id = new_id()
    async with transaction(tenant=actor.tenant_id) as connection:
        require_operator(actor, await programme_of(connection))
        await connection.execute(
            """insert into inclusion_campaign (id, operator_id, name_zh, name_en, acts, from_on, until_on, needed, bonus,
                   created_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
            campaign_id,
            actor.tenant_id,
            name_zh.strip(),
            name_en.strip(),
            list(acts),
            from_on,
            until_on,
            needed,
            bonus_points * 100,
            actor.person_id,
        )
        await audit.record(
            connection, actor, act="campaign.create", object_kind="campaign", object_id=campaign_id
        )
    return campaign_id


async def list_campaigns(actor: Actor) -> list[Campaign]:
    """Campaigns that run or have ended within a month, with how far the reader is; the operator sees all."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select c.id, c.name_zh, c.name_en, c.acts, c.from_on, c.until_on, c.needed, c.bonus,
                      exists (select from inclusion_campaign_bonus b
                               where b.campaign_id = c.id and b.person_id = $1) as received
                 from inclusion_campaign c where $2 or c.until_on >= now() - interval '1 month' order by c.until_on desc, c.id""",
            actor.tenant_id,
            Permission.INCLUSION_MANAGE in actor.permissions,
        )
        return [
            Campaign(
                **{**row, "acts": tuple(row["acts"])},
                done=await _done(connection, actor.tenant_id, row["acts"], row["from_on"], row["until_on"]),
            )
            for row in rows
        ]


async def _done(
    connection: Connection, person_id: UUID, acts: Sequence[str], from_on: date, until_on: date
) -> int:
    found: int = await connection.fetchval(
        """select coalesce(sum(counted), 0)::bigint from inclusion_day
            where person_id = $1 and day between $2 and $3 and (cardinality($4::smallint[]) = 0 or act = any ($4))""",
        person_id,
        from_on,
        until_on,
        act_numbers(acts),
    )
    return found


def act_numbers(acts: Sequence[str]) -> list[int]:
    """The numbers under which events carry these acts."""
    return [rules().act(act).number for act in acts]


async def give_bonuses(connection: Connection, day: date) -> int:
    """Post the bonus of everyone who has reached a campaign's goal by `day`, as the scheduler; how many got one.

    A campaign is looked at until late events of its last day can no longer come.
    """
    programme = await maybe_programme(connection)
    if programme is None:
        return 0
    late = timedelta(days=rules().programme_at(day).late_days + 1)
    campaigns = await connection.fetch(
        "select id, acts, from_on, until_on, needed, bonus from inclusion_campaign where from_on <= $1 and until_on >= $2",
        day,
        day - late,
    )
    given = 0
    for campaign in campaigns:
        rows = await connection.fetch(
            """select m.person_id, m.account_id
                 from inclusion_day d join inclusion_member m on m.person_id = d.person_id and m.left_at is null
                where d.day between $1 and $2 and (cardinality($3::smallint[]) = 0 or d.act = any ($3))
                  and not exists (select from inclusion_campaign_bonus b
                                   where b.person_id = d.person_id and b.campaign_id = $5)
                group by m.person_id, m.account_id having sum(d.counted) >= $4 order by m.person_id""",
            campaign["from_on"],
            campaign["until_on"],
            act_numbers(campaign["acts"]),
            campaign["needed"],
            campaign["id"],
        )
        for row in rows:
            key = f"{campaign['id']}/{row['person_id']}"
            leg = Leg(programme.issuing_account_id, row["account_id"], campaign["bonus"])
            async with acting_for(connection, programme.operator_id):
                [entry] = await journal.post_batch(connection, [Transfer(key, BONUS, (leg,), day)])
            if isinstance(entry, Problem):
                raise entry
            await connection.execute(
                """insert into inclusion_campaign_bonus (id, person_id, campaign_id, points, earned_on, entry_id)
                   values ($1, $2, $3, $4, $5, $6)""",
                new_id(),
                row["person_id"],
                campaign["id"],
                campaign["bonus"],
                day,
                entry.id,
            )
        given += len(rows)
    return given


_BADGES = (
    ("first-act", Text("迈出第一步", "First step"), 1, "counted"),
    ("hundred-acts", Text("百次低碳行动", "A hundred acts"), 100, "counted"),
    ("thirty-days", Text("坚持三十天", "Thirty active days"), 30, "active_days"),
    ("ten-kg", Text("减排十千克", "Ten kilograms saved"), 10_000_000, "total_mg"),
    ("hundred-kg", Text("减排百千克", "A hundred kilograms saved"), 100_000_000, "total_mg"),
)


def badges_of(picture: Picture) -> list[Badge]:
    """Every badge with how far the person is."""
    return [Badge(name, text, getattr(picture, field), need) for name, text, need, field in _BADGES]
