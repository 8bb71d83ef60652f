"""A small programme for the tests: an authority, a metro partner, citizens, and how to send their rides."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import person_consents
from accounts.identity.actors import Actor
from accounts.identity.permissions import PersonRole, permissions_of
from accounts.inclusion import members, programme, sources
from accounts.inclusion.intake import Receipt, SigningSource, receive
from accounts.inclusion.members import CREDIT
from accounts.inclusion.settling import Settled, settle
from accounts.inclusion.sources import Source
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in

NOW = datetime.now(UTC).replace(microsecond=0)
MORNING = (NOW - timedelta(days=1)).replace(hour=0, minute=0, second=0)
"""Eight o'clock in the morning of yesterday, in Asia/Shanghai."""


def citizen() -> Actor:
    person = new_id()
    return Actor(
        person,
        person,
        "Citizen",
        permissions_of(None, PersonRole.CITIZEN),
        request_id="r",
        address="192.0.2.9",
    )


@dataclass
class Town:
    """Who is there; `links` are the pseudonyms of each citizen at each source."""

    database: Any
    operator: Actor
    partner: Actor
    source: Source
    citizens: list[Actor] = field(default_factory=list)
    links: dict[tuple[UUID, UUID], str] = field(default_factory=dict)

    def link(self, person: Actor, source: Source | None = None) -> str:
        return self.links[person.person_id, (source or self.source).id]

    async def move_in(self, count: int = 1, *sources_: Source) -> list[Actor]:
        new = [citizen() for _ in range(count)]
        for person in new:
            await members.join(person)
            for source in sources_ or (self.source,):
                await self.connect(person, source)
        self.citizens += new
        return new

    async def connect(self, person: Actor, source: Source) -> None:
        made = await members.link_source(person, source_id=source.id)
        self.links[person.person_id, source.id] = made.link

    async def send(
        self,
        events: Sequence[dict[str, Any]],
        *,
        key: str = "",
        source: Source | None = None,
        lines: bool = False,
    ) -> Receipt:
        one = source or self.source
        body = (
            b"\n".join(json.dumps(e).encode() for e in events) if lines else json.dumps(list(events)).encode()
        )
        return await self.send_body(body, key=key, source=one, lines=lines)

    async def send_body(
        self, body: bytes, *, key: str = "", source: Source | None = None, lines: bool = False
    ) -> Receipt:
        one = source or self.source
        signing = SigningSource(one.id, one.partner_id, one.acts, one.sandbox)
        return await receive(signing, key=key or new_id().hex, body=body, lines=lines, way="http", now=NOW)

    async def settle(self, **more: Any) -> Settled:
        async with self.database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
            return await settle(connection, **more)

    def ride(
        self, person: Actor, minute: int = 0, km: float = 8, minutes: int = 20, **more: Any
    ) -> dict[str, Any]:
        start = MORNING + timedelta(minutes=minute)
        return {
            "id": f"ride-{new_id().hex}", "person": self.links.get((person.person_id, self.source.id), "?"), "act": "metro",
            "quantity": km, "unit": "passenger-km", "started_at": start.isoformat(),
            "ended_at": (start + timedelta(minutes=minutes)).isoformat(), "origin": "A", "destination": "B", **more,
        }  # fmt: skip


async def found_town(
    database: Any, acts: Sequence[str] = ("metro", "bus", "cycling", "walking", "e_billing")
) -> Town:
    operator, partner = await actor_in("authority"), await actor_in("partner")
    await programme.open_programme(operator)
    source = await sources.register_source(partner, name_zh="示例轨道", name_en="Sample Metro", acts=acts)
    return Town(database, operator, partner, source)


async def consent(person: Actor, source: Source, purpose: str = CREDIT) -> None:
    await person_consents.give_consent(person, source_id=str(source.id), purpose=purpose)
