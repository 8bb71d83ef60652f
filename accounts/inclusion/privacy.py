"""This room's part of a person's copy of their data, and of erasing them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.identity.citizens import on_copy, on_erase

_PARTS = {
    "membership": "select nickname, joined_at, left_at, owed from inclusion_member where person_id = current_tenant()",
    "links": "select source_id, linked_at, ended_at from inclusion_link where person_id = current_tenant() order by linked_at",
    "events": """select day, source_id, act, grade, same_place, quantity, own_baseline, peer_baseline, started_at, ended_at
                   from inclusion_event where person_id = current_tenant() order by day, started_at""",
    "days": """select day, act, events, counted, quantity, credited_mg, points from inclusion_day
                where person_id = current_tenant() order by day, act""",
    "redemptions": """select reward_id, points, coupon, state, redeemed_at from inclusion_redemption
                       where person_id = current_tenant() order by redeemed_at""",
    "grams used": "select kind, subject, mg, used_at from inclusion_gram_use where person_id = current_tenant() order by used_at",
    "appeals": "select day, reason, state, note, made_at from inclusion_appeal where person_id = current_tenant() order by made_at",
    "teams": """select t.name, m.joined_at, m.left_at from inclusion_team_member m join inclusion_team t on t.id = m.team_id
                 where m.person_id = current_tenant() order by m.joined_at""",
    "pools": "select pool_id, mg from inclusion_pool_share where person_id = current_tenant()",
}  # fmt: skip


@on_copy("inclusion")
async def copy_inclusion(connection: Connection, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Everything of the programme that is kept of the person, by part."""
    _ = actor
    found = {}
    for part, query in _PARTS.items():
        rows = await connection.fetch(query)
        found[part] = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return found


_ERASING = (
    # The times and ways of a person go; sums by day stay under an id that names nobody any more, as the books do.
    "delete from inclusion_event where person_id = current_tenant()",
    "update inclusion_link set ended_at = coalesce(ended_at, now()) where person_id = current_tenant()",
    "update inclusion_team_member set left_at = coalesce(left_at, now()) where person_id = current_tenant()",
    "update inclusion_appeal set reason = '-', snapshot = '{}' where person_id = current_tenant()",
    """update inclusion_member set nickname = '', guardian_name = '', left_at = coalesce(left_at, now())
        where person_id = current_tenant()""",
)


@on_erase("inclusion")
async def erase_inclusion(connection: Connection, person_id: UUID) -> None:
    """Empty what tells of the person's ways; points, sums and pooled shares stay, pseudonymous, so the books balance."""
    _ = person_id
    for statement in _ERASING:
        await connection.execute(statement)


def _plain(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, datetime | date)
        else str(value)
        if isinstance(value, UUID)
        else value
    )
