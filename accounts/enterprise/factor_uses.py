"""Where an enterprise's own account rests on a factor: which sources, how many months of activities, which version."""

from dataclasses import dataclass

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission


@dataclass(frozen=True)
class FactorUse:
    """One kind of source that used a factor, or in which a nearer value displaced it."""

    source: str
    item: str
    version: str
    displaced: bool
    keys: int


async def uses_of(actor: Actor, *, factor_id: str) -> list[FactorUse]:
    """The kinds of activity in the actor's own account that a factor stands behind, by source.

    Raises:
        NotPermitted: without `account:read`.
    """
    actor.require(Permission.ACCOUNT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select c.source, c.item, one.version, one.displaced, count(*)::int as keys
                 from enterprise_coefficient c
                cross join lateral (
                    select f ->> 'version' as version, false as displaced
                      from jsonb_array_elements(c.factors) f where f ->> 'factor' = $2
                    union all
                    select d ->> 'version', true from jsonb_array_elements(c.factors) f
                     cross join lateral jsonb_array_elements(f -> 'displaced') d where d ->> 'factor' = $2) one
                where c.tenant_id = $1
                group by 1, 2, 3, 4 order by 4, 1, 2, 3""",
            actor.tenant_id,
            factor_id,
        )
    return [FactorUse(**row) for row in rows]
