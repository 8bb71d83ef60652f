"""DUAL-7: system administrator, security administrator and auditor are three human beings."""

import pytest

from accounts.database.transactions import transaction
from accounts.identity import audit, people, sign_in
from accounts.identity.permissions import OrganisationKind, Permission, PersonRole, permissions_of
from carbon.errors import Conflict, NotFound, NotPermitted
from tests.accounts.identity.conftest import PASSWORD

OFFICES = ("system-administrator", "security-administrator", "auditor")
AUTHORITY = OrganisationKind.AUTHORITY


def office_of(role: str) -> set[Permission]:
    anyone = permissions_of(AUTHORITY, PersonRole.READER, apart=True) & permissions_of(
        None, PersonRole.CITIZEN
    )
    return set(permissions_of(AUTHORITY, PersonRole(role), apart=True) - anyone)


def test_the_three_offices_share_no_power_and_do_no_business():
    powers = [office_of(role) for role in OFFICES]
    assert powers == [
        {Permission.JOB_RUN}, {Permission.API_KEY_MANAGE, Permission.MEMBER_MANAGE}, {Permission.AUDIT_READ},
    ]  # fmt: skip
    for role in (PersonRole.MEMBER, PersonRole.READER):
        assert not set.union(*powers) & permissions_of(AUTHORITY, role, apart=True)
    assert permissions_of(AUTHORITY, PersonRole.ADMINISTRATOR, apart=True) == permissions_of(
        AUTHORITY, PersonRole.SECURITY_ADMINISTRATOR
    )


def test_elsewhere_nothing_is_split():
    for kind in set(OrganisationKind) - {AUTHORITY}:
        for role in (PersonRole.ADMINISTRATOR, PersonRole.MEMBER, PersonRole.READER):
            assert permissions_of(kind, role, apart=True) == permissions_of(kind, role)


async def entered(login):
    return (await sign_in.sign_in(login=login, password=PASSWORD, address="", request_id="")).actor


async def added(office, login, role):
    return await people.create_person(office, login=login, name=login, password=PASSWORD, role=role)


async def test_where_offices_are_apart_each_does_only_their_own(office, monkeypatch):
    for role in OFFICES:
        await added(office, role, role)
    monkeypatch.setenv("CARBON_OFFICES_APART", "1")
    assert await audit.list_audit(await entered("auditor"))
    for login in ("office.admin", "system-administrator", "security-administrator"):
        with pytest.raises(NotPermitted):
            await audit.list_audit(await entered(login))
    assert await people.list_people(await entered("security-administrator"))
    for login in ("auditor", "system-administrator"):
        with pytest.raises(NotPermitted):
            await people.list_people(await entered(login))


async def test_one_human_with_two_logins_holds_one_office(office):
    auditor, system = (
        await added(office, "a.one", "auditor"),
        await added(office, "a.two", "system-administrator"),
    )
    with pytest.raises(Conflict, match="three people"):
        await people.link_logins(office, person_id=auditor.id, other_id=system.id)
    await people.change_role(office, person_id=system.id, role="member")
    await people.link_logins(office, person_id=auditor.id, other_id=system.id)
    with pytest.raises(Conflict, match="three people"):
        await people.change_role(office, person_id=system.id, role="security-administrator")


async def test_three_logins_of_one_human_are_linked_through_each_other(office):
    first, second, third = [await added(office, f"login{n}", "member") for n in range(3)]
    await people.link_logins(office, person_id=first.id, other_id=second.id)
    await people.link_logins(office, person_id=third.id, other_id=second.id)
    async with transaction(tenant=office.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select distinct natural_person_id from identity_person where id = any ($1)",
            [first.id, second.id, third.id],
        )
    assert len(rows) == 1


async def test_nobody_gives_themselves_an_office(office):
    with pytest.raises(NotPermitted):
        await people.change_role(office, person_id=office.person_id, role="auditor")


async def test_the_offices_are_an_authoritys(mill):
    clerk = await entered("mill.admin")
    with pytest.raises(NotPermitted):
        await added(clerk, "mill.auditor", "auditor")


async def test_strangers_are_not_linked(office, mill):
    clerk = await entered("mill.admin")
    with pytest.raises(NotFound):
        await people.link_logins(office, person_id=office.person_id, other_id=clerk.person_id)
