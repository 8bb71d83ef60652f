"""A small cast for the tests: organisations written straight into the database, and actors for them."""

from dataclasses import replace
from uuid import UUID

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, PersonRole, permissions_of
from carbon.identifiers import new_id


async def organisation(kind: str, name: str = "") -> UUID:
    """A new organisation, which writes itself."""
    identifier = new_id()
    async with transaction(tenant=identifier) as connection:
        await connection.execute(
            "insert into identity_organisation (id, kind, name_zh, name_en) values ($1, $2, $3, $3)",
            identifier,
            kind,
            name or f"{kind} {identifier.hex[-6:]}",
        )
    return identifier


async def actor_in(kind: str, role: PersonRole = PersonRole.ADMINISTRATOR, name: str = "") -> Actor:
    """Somebody of that role in a new organisation of that kind."""
    organisation_id = await organisation(kind, name)
    return Actor(
        person_id=new_id(),
        tenant_id=organisation_id,
        name="Somebody",
        permissions=permissions_of(OrganisationKind(kind), role),
        organisation_id=organisation_id,
        organisation_kind=OrganisationKind(kind),
        organisation_name=name,
        request_id="request-1",
        address="192.0.2.7",
    )


def reader_of(actor: Actor) -> Actor:
    """The same organisation, a person who only reads."""
    kind = actor.organisation_kind
    return replace(actor, person_id=new_id(), permissions=permissions_of(kind, PersonRole.READER))
