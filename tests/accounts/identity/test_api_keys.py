from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.identity import api_keys, people
from accounts.identity.permissions import Permission
from accounts.identity.sign_in import sign_in
from carbon.errors import NotFound, NotPermitted, Problem
from tests.accounts.identity.conftest import PASSWORD
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


def in_a_month() -> date:
    return (datetime.now(UTC) + timedelta(days=30)).date()


async def as_(login):
    return (await sign_in(login=login, password=PASSWORD, address="192.0.2.9", request_id="request-2")).actor


def who(secret):
    return api_keys.actor_of_key(secret, address="192.0.2.10", request_id="request-4")


def make(actor, *permissions, **values):
    wanted = {"name": "meter feed", "expires_on": in_a_month(), **values}
    return api_keys.create_api_key(actor, permissions=permissions or (Permission.ACCOUNT_READ,), **wanted)


async def test_a_key_acts_for_its_person_with_its_scopes_only(mill, database):
    admin = await as_("mill.admin")
    key = await make(admin, "account:read", Permission.ACTIVITY_SUBMIT)
    actor = await who(key.secret)
    assert actor.permissions == {Permission.ACCOUNT_READ, Permission.ACTIVITY_SUBMIT}
    assert (actor.tenant_id, actor.person_id, actor.via) == (mill.id, admin.person_id, "api-key")
    [listed] = await api_keys.list_api_keys(admin)
    assert listed.last_used_at is not None
    assert key.secret.startswith(listed.prefix)
    async with database.as_superuser() as superuser:
        rows = await superuser.fetch("select * from identity_api_key")
        assert key.secret not in str([dict(row) for row in rows])


async def test_a_key_is_never_stronger_than_its_person(mill):
    admin = await as_("mill.admin")
    for beyond in (Permission.LOAN_REGISTER, Permission.API_KEY_MANAGE, Permission.MEMBER_MANAGE):
        with pytest.raises(NotPermitted):
            await make(admin, Permission.ACCOUNT_READ, beyond)
    second = await people.create_person(
        admin, login="second", name="Second", password=PASSWORD, role="administrator"
    )
    key = await make(await as_("second"), Permission.ACCOUNT_READ, Permission.ACTIVITY_SUBMIT)
    await people.change_role(admin, person_id=second.id, role="reader")
    assert (await who(key.secret)).permissions == {Permission.ACCOUNT_READ}
    await people.disable_person(admin, person_id=second.id)
    assert await who(key.secret) is None


async def test_a_revoked_expired_or_invented_key_opens_nothing(mill, database):
    admin = await as_("mill.admin")
    revoked, expired = await make(admin), await make(admin)
    await api_keys.revoke_api_key(admin, key_id=revoked.id)
    with pytest.raises(NotFound):
        await api_keys.revoke_api_key(admin, key_id=revoked.id)
    async with database.as_superuser() as superuser:
        await superuser.execute(
            "update identity_api_key set created_at = now() - interval '2 days', expires_at = now() where id = $1",
            expired.id,
        )
    for secret in (revoked.secret, expired.secret, "carbon_invented", "", "carbon_\0\ud800"):
        assert await who(secret) is None


async def test_another_tenant_neither_lists_nor_revokes_a_key(mill):
    admin, stranger = await as_("mill.admin"), await actor_in("enterprise")
    key = await make(admin)
    assert await api_keys.list_api_keys(stranger) == []
    with pytest.raises(NotFound):
        await api_keys.revoke_api_key(stranger, key_id=key.id)
    assert await who(key.secret) is not None


async def test_only_who_may_manage_keys_makes_or_sees_them(mill):
    reader = reader_of(await actor_in("enterprise"))
    with pytest.raises(NotPermitted):
        await make(reader)
    with pytest.raises(NotPermitted):
        await api_keys.list_api_keys(reader)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expires_on", date(2020, 1, 1)),
        ("expires_on", date(2999, 1, 1)),
        ("name", " "),
        ("permissions", []),
        ("permissions", ["everything:do"]),
    ],
)
async def test_a_key_with_a_wrong_value_is_refused_by_field(mill, field, value):
    admin = await as_("mill.admin")
    values = {"name": "feed", "permissions": ["account:read"], "expires_on": in_a_month(), field: value}
    with pytest.raises(Problem) as refused:
        await api_keys.create_api_key(admin, **values)
    assert refused.value.at == field
