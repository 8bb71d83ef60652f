"""Citizens by phone: registered once, found again, asked for consent, copied and erased (DAT-2 to DAT-4, AUT-4)."""

import asyncio

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import audit, citizens, messages, notices, phone_codes, sessions, sign_in
from accounts.identity.encryption import Unreadable
from accounts.identity.person_consents import list_person_consents
from carbon.errors import NotFound, NotPermitted, NotSignedIn, Problem, TooMany
from tests.accounts.identity.people_of_the_city import actor_in

PHONE = "138 0000 0001"
TOLD = notices.register("test.told", "Hello {name}")
WHERE = {"address": "192.0.2.9", "request_id": "request-9"}


@pytest.fixture(autouse=True)
def trial(monkeypatch):
    """A local trial tells the code in the answer; nothing else differs."""
    monkeypatch.setenv("CARBON_LOCAL_TRIAL", "1")


async def registered(phone=PHONE, **more):
    started = await citizens.register_start(phone, address="192.0.2.9")
    return await citizens.register_confirm(
        challenge_id=started.challenge_id,
        phone=phone,
        code=started.trial_code,
        text_version="2026-11",
        **more,
        **WHERE,
    )


async def signed_in(phone=PHONE):
    started = await citizens.sign_in_start(phone, address="192.0.2.9")
    return await citizens.sign_in_confirm(
        challenge_id=started.challenge_id, phone=phone, code=started.trial_code or "000000", **WHERE
    )


async def outbox(database):
    async with database.as_role(Role.SCHEDULER):
        return await messages.claim_due()


async def test_a_citizen_registers_by_a_code_and_signs_in_by_another(database):
    first = await registered(name="小林")
    assert first.actor.organisation_id is None
    assert (await citizens.read_citizen(first.actor)).phone == "13800000001"
    second = await signed_in("+86 138-0000-0001")
    assert second.actor.person_id == first.actor.person_id
    assert second.token != first.token


async def test_the_number_is_nowhere_in_the_database_in_the_clear(database):
    await registered()
    async with database.as_superuser() as admin:
        tables = [
            row[0] for row in await admin.fetch("select tablename from pg_tables where schemaname = 'public'")
        ]
        for table in tables:
            assert not await admin.fetchval(
                f"select exists (select from {table} t where t::text like '%13800000001%')"
            ), table


async def test_without_a_name_the_last_digits_stand_in(database):
    assert (await registered()).actor.name == "碳友0001"


async def test_a_code_works_once_and_only_for_its_number_and_purpose(database):
    started = await citizens.register_start(PHONE, address="192.0.2.9")
    given = {"challenge_id": started.challenge_id, "code": started.trial_code, **WHERE}
    for wrong in (
        {"phone": "13800000002"}, {"code": "00000x"}, {"challenge_id": (await registered("13800000003")).actor.person_id},
    ):  # fmt: skip
        with pytest.raises(NotSignedIn):
            await citizens.register_confirm(**{"phone": PHONE, "text_version": "2026-11", **given, **wrong})
    with pytest.raises(NotSignedIn):
        await citizens.sign_in_confirm(phone=PHONE, **given)
    await citizens.register_confirm(phone=PHONE, text_version="2026-11", **given)
    with pytest.raises(NotSignedIn):
        await citizens.register_confirm(phone=PHONE, text_version="2026-11", **given)


async def test_five_wrong_tries_end_a_code(database):
    started = await citizens.register_start(PHONE, address="192.0.2.9")
    given = {"challenge_id": started.challenge_id, "phone": PHONE, "text_version": "2026-11", **WHERE}
    for _ in range(phone_codes.MOST_TRIES):
        with pytest.raises(NotSignedIn):
            await citizens.register_confirm(code="999999x", **given)
    with pytest.raises(NotSignedIn):
        await citizens.register_confirm(code=started.trial_code, **given)


async def test_of_two_who_use_a_code_at_once_one_registers(database):
    started = await citizens.register_start(PHONE, address="192.0.2.9")
    answers = await asyncio.gather(
        *(
            citizens.register_confirm(
                challenge_id=started.challenge_id,
                phone=PHONE,
                code=started.trial_code,
                text_version="2026-11",
                **WHERE,
            )
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NotSignedIn", "NotSignedIn", "SignedIn"]


async def test_a_number_gets_few_codes(database):
    for _ in range(5):
        await citizens.register_start(PHONE, address="")
    with pytest.raises(TooMany):
        await citizens.register_start(PHONE, address="")


async def test_known_and_strange_numbers_get_the_same_answer(database):
    await registered()
    await outbox(database)
    known = await citizens.register_start(PHONE, address="192.0.2.9")
    strange = await citizens.sign_in_start("13900000009", address="192.0.2.9")
    assert (known.trial_code, strange.trial_code) == (None, None)
    sent = await outbox(database)
    assert [(message.kind, message.recipient, message.values) for message in sent] == [
        ("code.known", "13800000001", {})
    ]
    for start, phone in ((known, PHONE), (strange, "13900000009")):
        with pytest.raises(NotSignedIn):
            await citizens.register_confirm(
                challenge_id=start.challenge_id, phone=phone, code="123456", text_version="2026-11", **WHERE
            )


@pytest.mark.parametrize(
    "phone", ["12800000001", "1380000000", "138000000012", "+1 3800000001", "１３８００００００００", ""]
)
async def test_other_numbers_are_refused(database, phone):
    with pytest.raises(Problem, match="eleven"):
        await citizens.register_start(phone, address="192.0.2.9")


async def test_under_fourteen_a_guardian_agrees_by_a_code_to_another_phone(database):
    with pytest.raises(Problem, match="guardian"):
        await registered(birth_year=2016)
    started = await citizens.guardian_start("13900000001", address="192.0.2.9")
    proof = {"name": "林女士", "challenge_id": started.challenge_id, "code": started.trial_code}
    with pytest.raises(Problem, match="another"):
        await registered(birth_year=2016, guardian=citizens.Guardian(phone=PHONE, **proof))
    wrong = citizens.Guardian(phone="13900000001", **{**proof, "code": "wrong"})
    with pytest.raises(NotSignedIn):
        await registered(birth_year=2016, guardian=wrong)
    child = (
        await registered(birth_year=2016, guardian=citizens.Guardian(phone="13900000001", **proof))
    ).actor
    async with transaction(tenant=child.tenant_id, readonly=True) as connection:
        row = await connection.fetchrow("select * from identity_guardian_consent")
    assert row["text_version"] == "2026-11"
    assert "林女士" not in row["guardian_name"]


async def test_consent_is_for_one_source_and_purpose_and_ends_at_once(database):
    actor = (await registered()).actor
    other = await actor_in("partner")

    async def asked(source="metro", purpose="credit"):
        async with transaction(tenant=other.tenant_id, readonly=True) as connection:
            return await citizens.has_person_consent(connection, actor.person_id, source, purpose)

    assert not await asked()
    one = await citizens.give_consent(actor, source_id="metro", purpose="credit")
    assert await citizens.give_consent(actor, source_id="metro", purpose="credit") == one
    assert (await asked(), await asked("bus"), await asked(purpose="statistics")) == (True, False, False)
    await citizens.withdraw(actor, source_id="metro", purpose="credit")
    assert not await asked()
    with pytest.raises(NotFound):
        await citizens.withdraw(actor, source_id="metro", purpose="credit")
    assert [consent.withdrawn_at is None for consent in await list_person_consents(actor)] == [False]


async def test_staff_give_no_citizens_consent(database):
    clerk = await actor_in("bank")
    for act in (
        citizens.give_consent(clerk, source_id="metro", purpose="credit"),
        citizens.erase(clerk),
        citizens.copy_of_my_data(clerk),
    ):
        with pytest.raises(NotPermitted):
            await act


async def test_a_consent_needs_a_known_wording(database):
    actor = (await registered()).actor
    with pytest.raises(Problem, match="known scopes"):
        await citizens.give_consent(actor, source_id="metro", purpose="sell")
    with pytest.raises(Problem, match="source"):
        await citizens.give_consent(actor, source_id="Metro!", purpose="credit")


async def test_the_copy_holds_what_is_kept(database):
    actor = (await registered(name="小林")).actor
    await citizens.give_consent(actor, source_id="metro", purpose="credit")
    copy = await citizens.copy_of_my_data(actor)
    assert copy["person"]["phone"] == "13800000001"
    assert copy["person"]["name"] == "小林"
    assert [consent["source_id"] for consent in copy["consents"]] == ["metro"]
    assert copy["sessions"][0]["address"] == "192.0.2.9"


async def test_erasing_leaves_no_name_number_session_or_consent(database):
    entered = await registered(name="林木森")
    actor = entered.actor
    await citizens.give_consent(actor, source_id="metro", purpose="credit")
    async with transaction(tenant=actor.tenant_id) as connection:
        await notices.notify(connection, tenant_id=actor.tenant_id, kind=TOLD, subject={"name": "林木森"})
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        kept = await connection.fetchval("select phone from identity_citizen")
    await citizens.erase(actor)
    assert await sessions.actor_of(entered.token, address="", request_id="") is None
    async with database.as_superuser() as admin:
        for table in (
            "identity_person",
            "identity_citizen",
            "identity_session",
            "identity_audit_record",
            "identity_message",
            "identity_notice",
        ):
            found = await admin.fetchval(f"select string_agg(t::text, ' ') from {table} t") or ""
            assert "林木森" not in found, table
            assert "192.0.2.9" not in found or table == "identity_audit_record"
        assert await admin.fetchval("select count(*) from identity_data_key") == 0
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        assert not await citizens.has_person_consent(connection, actor.person_id, "metro", "credit")
        with pytest.raises(Unreadable):
            await citizens.data_keys.decrypt_own(connection, kept, citizens._phone_place(actor.person_id))
    again = await registered()
    assert again.actor.person_id != actor.person_id


async def test_the_trail_knows_a_citizen_by_id_only(database):
    actor = (await registered(name="林木森")).actor
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select person_id, person_name, act from identity_audit_record order by id"
        )
    assert [(row["person_id"], row["person_name"]) for row in rows] == [(actor.person_id, "")] * 2
    assert audit.MASK not in str(rows)


async def test_no_password_opens_a_citizens_account(database):
    actor = (await registered()).actor
    for password in ("", "none", "$argon2id$none"):
        with pytest.raises(NotSignedIn):
            await sign_in.sign_in(login=f"citizen-{actor.person_id.hex}", password=password, **WHERE)
