import pytest

from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.organisations import write_organisation
from accounts.identity.permissions import OrganisationKind, PersonRole, permissions_of
from carbon.identifiers import new_id

HEADINGS = "期间,设施,排放源,品种,数量,单位,凭证"


def csv(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\n".join((headings, *rows)).encode()


async def member_of(kind: OrganisationKind, name: str, role: PersonRole = PersonRole.MEMBER) -> Actor:
    """A person of a new organisation, as the door would make them."""
    organisation_id = new_id()
    async with transaction(tenant=organisation_id) as connection:
        await write_organisation(connection, kind=kind, name_zh=name, organisation_id=organisation_id)
    return Actor(
        person_id=new_id(),
        tenant_id=organisation_id,
        name="王一",
        permissions=permissions_of(kind, role),
        organisation_id=organisation_id,
        organisation_kind=kind,
        organisation_name=name,
    )


@pytest.fixture
async def enterprise(database):
    return await member_of(OrganisationKind.ENTERPRISE, "山城机械")


@pytest.fixture
async def other_enterprise(database):
    return await member_of(OrganisationKind.ENTERPRISE, "江北化工")


@pytest.fixture
async def bank(database):
    return await member_of(OrganisationKind.BANK, "山城银行")


@pytest.fixture
async def authority(database):
    return await member_of(OrganisationKind.AUTHORITY, "重庆市生态环境局")
