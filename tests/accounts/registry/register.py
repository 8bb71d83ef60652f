"""What the tests of this room share: an authority that issues, two enterprises, a bank, and sound books."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.registry import units
from accounts.registry.batches import Block
from accounts.registry.checks import broken_laws
from tests.accounts.identity.people_of_the_city import actor_in


@dataclass
class Register:
    """The people, and short ways to what they do."""

    office: Actor
    mill: Actor
    works: Actor
    bank: Actor
    keys: count = field(default_factory=count)

    def key(self) -> str:
        return f"key {next(self.keys)}"

    async def issue(
        self, quantity_t=1000, *, to=None, buffer_t=0, vintage=2025, key=None, code="CQ0001"
    ) -> list[Block]:
        async with transaction(tenant=self.office.tenant_id) as connection:
            return await units.issue(
                connection,
                self.office,
                scheme="CQCER",
                project_id=None,
                project_code=code,
                holder_tenant_id=(to or self.mill).tenant_id,
                vintage_year=vintage,
                quantity_t=quantity_t,
                buffer_t=buffer_t,
                source_kind="claim",
                source_id="claim-1",
                key=key or self.key(),
                project_name="林场造林",
            )

    async def by(self, actor, act, **values):
        async with transaction(tenant=actor.tenant_id) as connection:
            return await act(connection, actor, key=values.pop("key", None) or self.key(), **values)

    async def retire(self, actor, *picks, **values):
        return await self.by(
            actor,
            units.retire,
            picks=picks,
            **{"purpose": "corporate-offset", "beneficiary": "两江纸业", **values},
        )

    async def tonnes(self, actor: Actor) -> dict[str, int]:
        async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
            rows = await connection.fetch(
                """select state, sum(last - first + 1)::bigint as t from registry_block
                    where closed_at is null and tenant_id = $1 group by state""",
                actor.tenant_id,
            )
        return {row["state"]: row["t"] for row in rows}

    async def serials(self, actor: Actor, state: str = "held") -> list[str]:
        async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
            rows = await connection.fetch(
                f"{units.BLOCK_QUERY} where b.closed_at is null and b.tenant_id = $1 and b.state = $2 order by b.first",
                actor.tenant_id,
                state,
            )
        return [units.block_of(row).serial for row in rows]


async def sound(database) -> None:
    """Every law of the books and of the register holds."""
    assert await broken_laws(database.admin_url, database.settings) == []


async def register() -> Register:
    return Register(
        office=await actor_in("authority"),
        mill=await actor_in("enterprise"),
        works=await actor_in("enterprise"),
        bank=await actor_in("bank"),
    )


def pick(blocks: list[Block], quantity_t: int, first: int | None = None) -> units.Pick:
    return units.Pick(blocks[0].batch_number, quantity_t, first)


def holder_of(actor: Actor) -> UUID:
    return actor.tenant_id
