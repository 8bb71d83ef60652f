import asyncio

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.identity import limits, organisations, people
from accounts.identity.credit_code import check_character
from accounts.identity.permissions import Permission
from accounts.identity.sign_in import sign_in
from carbon.errors import Conflict, NotFound, NotPermitted, NotSignedIn, Problem, TooMany
from carbon.identifiers import new_id
from tests.accounts.identity.conftest import PASSWORD
from tests.accounts.identity.people_of_the_city import actor_in, organisation


async def as_(login, password=PASSWORD):
    signed_in = await sign_in(login=login, password=password, address="192.0.2.9", request_id="request-2")
    return signed_in.actor


def credit_code(number: int) -> str:
    first_17 = f"91500105MA5U{number:05d}"
    return first_17 + check_character(first_17)


async def test_an_authority_takes_organisations_in_and_nobody_else_does(office):
    bank = await organisations.create_organisation(
        office, kind="bank", name_zh="江城银行", name_en="River Bank", credit_code=credit_code(1)
    )
    assert (bank.kind, bank.status, bank.credit_code) == ("bank", "active", credit_code(1))
    for kind in ("enterprise", "bank", "verifier", "partner"):
        with pytest.raises(NotPermitted):
            await organisations.create_organisation(await actor_in(kind), kind="bank", name_zh="我行")


async def test_a_credit_code_is_taken_once(office):
    await organisations.create_organisation(
        office, kind="enterprise", name_zh="甲", credit_code=credit_code(1)
    )
    with pytest.raises(Conflict) as refused:
        await organisations.create_organisation(
            office, kind="enterprise", name_zh="乙", credit_code=credit_code(1).lower()
        )
    assert credit_code(1).lower() in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "church"},
        {"name_zh": "  "},
        {"name_zh": "厂" * 201},
        {"name_zh": "甲\n乙"},
        {"name_zh": "甲\0"},
        {"credit_code": "123"},
        {"credit_code": credit_code(1)[:-1] + ("0" if credit_code(1)[-1] != "0" else "1")},
        {"credit_code": "I" * 18},
    ],
)
async def test_a_malformed_organisation_is_refused(office, values):
    with pytest.raises(Problem) as refused:
        await organisations.create_organisation(office, **{"kind": "enterprise", "name_zh": "厂", **values})
    assert refused.value.at in values
    assert await organisations.list_organisations(office, kind="enterprise") == []


async def test_an_enterprise_sees_the_directory_and_itself_but_no_other_enterprise(office, mill):
    other = await organisation("enterprise", "江南钢厂")
    bank = await organisation("bank", "江城银行")
    admin = await as_("mill.admin")
    seen = {one.id for one in await organisations.list_organisations(admin)}
    assert seen == {mill.id, bank, office.tenant_id}
    assert [one.id for one in await organisations.list_organisations(admin, kind="bank")] == [bank]
    with pytest.raises(NotFound) as hidden:
        await organisations.read_organisation(admin, organisation_id=other)
    with pytest.raises(NotFound) as absent:
        await organisations.read_organisation(admin, organisation_id=new_id())
    assert str(hidden.value) == str(absent.value)
    assert {one.id for one in await organisations.list_organisations(office)} == {*seen, other}


async def test_without_a_tenant_nothing_is_seen(office, mill):
    async with transaction(tenant=None) as connection:
        for table in ("organisation", "person", "membership", "session", "audit_record", "consent"):
            assert await connection.fetchval(f"select count(*) from identity_{table}") == 0


async def test_listed_enterprises_are_made_once_and_become_active_when_somebody_signs_up(office):
    async with transaction(tenant=office.tenant_id) as connection:
        first = await organisations.ensure_listed(connection, office, names_zh=["台泥", "亞泥", "台泥"])
    async with transaction(tenant=office.tenant_id) as connection:
        second = await organisations.ensure_listed(connection, office, names_zh=["亞泥", "中鋼"])
    assert set(first) == {"台泥", "亞泥"}
    assert first["亞泥"] == second["亞泥"]
    listed = await organisations.read_organisation(office, organisation_id=first["台泥"])
    assert listed.status == "listed"
    await people.create_person(
        office,
        login="taini",
        name="First",
        password=PASSWORD,
        role="administrator",
        organisation_id=first["台泥"],
    )
    assert (await organisations.read_organisation(await as_("taini"))).status == "active"


async def test_a_name_borne_by_several_enterprises_is_not_guessed(office):
    for _ in range(2):
        await organisations.create_organisation(office, kind="enterprise", name_zh="同名公司")
    with pytest.raises(Conflict, match="同名公司"):
        async with transaction(tenant=office.tenant_id) as connection:
            await organisations.ensure_listed(connection, office, names_zh=["同名公司"])


async def test_the_authority_opens_the_door_once(office, mill):
    values = {"name": "Second", "password": PASSWORD, "role": "administrator", "organisation_id": mill.id}
    with pytest.raises(Conflict):
        await people.create_person(office, login="second", **values)
    with pytest.raises(NotFound):
        await people.create_person(office, login="second", **{**values, "organisation_id": new_id()})
    admin = await as_("mill.admin")
    added = await people.create_person(admin, login="second", name="Second", password=PASSWORD, role="member")
    assert added.tenant_id == mill.id
    assert [person.login for person in await people.list_people(admin)] == ["mill.admin", "second"]
    with pytest.raises(NotPermitted):
        await people.create_person(admin, login="third", **{**values, "organisation_id": office.tenant_id})


async def test_a_login_is_taken_whatever_its_case(mill):
    admin = await as_("mill.admin")
    with pytest.raises(Conflict):
        await people.create_person(admin, login="MILL.Admin", name="Double", password=PASSWORD, role="member")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login", "ab"),
        ("login", "мill.admin"),
        ("login", "mill admin"),
        ("login", "x" * 65),
        ("name", ""),
        ("name", "a\u2028b"),
        ("password", "short"),
        ("password", "password123"),
        ("role", "citizen"),
        ("role", "king"),
    ],
)
async def test_a_malformed_person_is_refused_by_field(mill, field, value):
    admin = await as_("mill.admin")
    values = {"login": "clerk", "name": "Clerk", "password": PASSWORD, "role": "member", field: value}
    with pytest.raises(Problem) as refused:
        await people.create_person(admin, **values)
    assert refused.value.at == field


async def test_the_last_administrator_can_neither_step_down_nor_be_disabled(mill):
    admin = await as_("mill.admin")
    with pytest.raises(Conflict):
        await people.change_role(admin, person_id=admin.person_id, role="member")
    with pytest.raises(Conflict):
        await people.disable_person(admin, person_id=admin.person_id)
    assert (await people.read_self(admin)).role == "administrator"


async def test_two_administrators_cannot_step_down_at_once(mill):
    admin = await as_("mill.admin")
    second = await people.create_person(
        admin, login="second", name="Second", password=PASSWORD, role="administrator"
    )
    outcomes = await asyncio.gather(
        people.change_role(admin, person_id=second.id, role="member"),
        people.change_role(await as_("second"), person_id=admin.person_id, role="member"),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Person"]


async def test_people_of_another_organisation_are_as_if_they_were_not(mill, office):
    admin, stranger = await as_("mill.admin"), await actor_in("enterprise")
    for act in (
        people.change_role(stranger, person_id=admin.person_id, role="reader"),
        people.disable_person(stranger, person_id=admin.person_id),
        people.disable_person(office, person_id=admin.person_id),
        people.disable_person(stranger, person_id=new_id()),
    ):
        with pytest.raises(NotFound, match="no such person"):
            await act
    assert (await people.read_self(admin)).disabled_at is None
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=stranger.tenant_id) as connection:
            await connection.execute(
                "insert into identity_membership (person_id, tenant_id, role) values ($1, $2, 'administrator')",
                stranger.person_id,
                mill.id,
            )


async def test_a_citizen_registers_and_is_a_tenant_alone(database):
    await people.register_citizen(
        login="Lan@example.cn", name="小兰", password=PASSWORD, address="192.0.2.1", request_id="request-1"
    )
    citizen = await as_("lan@example.cn")
    assert citizen.tenant_id == citizen.person_id
    assert citizen.organisation_id is None
    assert citizen.permissions >= {Permission.SELF_READ}
    assert Permission.MEMBER_MANAGE not in citizen.permissions
    assert (await people.read_self(citizen)).role is None


async def test_registering_a_taken_login_answers_alike_and_changes_nothing(database):
    for name, password in [("小兰", PASSWORD), ("小红", "Another good pass phrase")]:
        answer = await people.register_citizen(
            login="lan", name=name, password=password, address="192.0.2.1", request_id="request-1"
        )
        assert answer is None
    assert (await as_("lan")).name == "小兰"
    with pytest.raises(NotSignedIn):
        await as_("lan", "Another good pass phrase")


async def test_one_login_and_one_address_register_only_so_often(database):
    async def register(login, address):
        await people.register_citizen(
            login=login, name="Lan", password=PASSWORD, address=address, request_id="request-1"
        )

    for number in range(limits.LIMITS["register"].per_account):
        await register("lan", f"198.51.100.{number}")
    with pytest.raises(TooMany):
        await register("lan", "198.51.100.200")
    for _ in range(limits.LIMITS["register"].per_address):
        await limits.count_attempt("register", address="192.0.2.1")
    with pytest.raises(TooMany):
        await register("hong", "192.0.2.1")
