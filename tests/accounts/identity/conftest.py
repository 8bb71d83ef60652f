"""The city office, made as on a real first day: a one-time code, then its administrator."""

import pytest

from accounts.identity import bootstrap, organisations, people
from accounts.identity.actors import Actor

PASSWORD = "Teal otters weigh 7 kg"


@pytest.fixture
async def office(database) -> Actor:
    code, _ = await bootstrap.issue_code()
    signed_in = await bootstrap.create_first_administrator(
        code=code,
        login="Office.Admin",
        name="First Administrator",
        password=PASSWORD,
        organisation_name_zh="市生态环境局",
        organisation_name_en="City Ecology Bureau",
        address="192.0.2.1",
        request_id="request-0",
    )
    return signed_in.actor


@pytest.fixture
async def mill(office):
    """An enterprise with its administrator `mill.admin`, taken in by the office."""
    enterprise = await organisations.create_organisation(office, kind="enterprise", name_zh="江北造纸厂")
    await people.create_person(
        office,
        login="mill.admin",
        name="Mill Administrator",
        password=PASSWORD,
        role="administrator",
        organisation_id=enterprise.id,
    )
    return enterprise
