import asyncio

import pytest

from accounts.identity import bootstrap, limits
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import Conflict, NotSignedIn, Problem, TooMany
from tests.accounts.identity.conftest import PASSWORD


def create(code, login="office.admin", password=PASSWORD, address="192.0.2.1"):
    return bootstrap.create_first_administrator(
        code=code,
        login=login,
        name="First",
        password=password,
        organisation_name_zh="市生态环境局",
        address=address,
        request_id="request-1",
    )


async def test_the_code_makes_one_administrator_of_an_authority_and_is_used_up(database):
    code, _ = await bootstrap.issue_code()
    signed_in = await create(code)
    assert signed_in.actor.organisation_kind is OrganisationKind.AUTHORITY
    assert signed_in.actor.permissions >= {Permission.MEMBER_MANAGE, Permission.AUDIT_READ}
    with pytest.raises(NotSignedIn):
        await create(code, login="second.admin")
    with pytest.raises(Conflict):
        await bootstrap.issue_code()


async def test_of_two_codes_only_one_makes_an_administrator(database):
    codes = [(await bootstrap.issue_code())[0] for _ in range(2)]
    outcomes = await asyncio.gather(
        *(create(code, login=f"admin{number}") for number, code in enumerate(codes)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "SignedIn"]


async def test_a_wrong_or_old_code_makes_nobody(database):
    code, _ = await bootstrap.issue_code()
    with pytest.raises(NotSignedIn):
        await create("not the code")
    async with database.as_superuser() as admin:
        await admin.execute("update identity_bootstrap_code set expires_at = now()")
    with pytest.raises(NotSignedIn):
        await create(code)
    async with database.as_superuser() as admin:
        assert await admin.fetchval("select count(*) from identity_person") == 0


async def test_a_weak_password_does_not_use_the_code_up(database):
    code, _ = await bootstrap.issue_code()
    with pytest.raises(Problem):
        await create(code, password="password")
    await create(code)


async def test_codes_cannot_be_tried_for_long(database):
    for _ in range(limits.LIMITS["bootstrap"].per_address):
        with pytest.raises(NotSignedIn):
            await create("guess")
    with pytest.raises(TooMany):
        await create("guess")


async def test_the_code_itself_is_not_kept(database):
    code, _ = await bootstrap.issue_code()
    async with database.as_superuser() as admin:
        assert code not in str(
            [dict(row) for row in await admin.fetch("select * from identity_bootstrap_code")]
        )
        assert code not in str(
            [dict(row) for row in await admin.fetch("select * from identity_audit_record")]
        )
