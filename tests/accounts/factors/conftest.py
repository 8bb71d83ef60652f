from dataclasses import replace

import pytest

from accounts.identity.permissions import OrganisationKind
from carbon.identifiers import new_id
from tests.accounts.enterprise.conftest import member_of

PDF = b"%PDF-1.7 test report of the laboratory"


@pytest.fixture
async def enterprise(database):
    return await member_of(OrganisationKind.ENTERPRISE, "山城机械")


@pytest.fixture
async def other_enterprise(database):
    return await member_of(OrganisationKind.ENTERPRISE, "江北化工")


@pytest.fixture
async def authority(database):
    return await member_of(OrganisationKind.AUTHORITY, "重庆市生态环境局")


def colleague(actor):
    """Another person of the same organisation."""
    return replace(actor, person_id=new_id(), name="李二")
