from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.identity import audit, consents
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


def in_a_year() -> date:
    return (datetime.now(UTC) + timedelta(days=365)).date()


async def may_read(grantee, owner, scope="account") -> bool:
    async with transaction(tenant=grantee.tenant_id) as connection:
        single = await connection.fetchval("select has_consent($1, $2)", owner.tenant_id, scope)
        owners = [row[0] for row in await connection.fetch("select consenting_owners($1)", scope)]
    assert single == (owner.tenant_id in owners)
    return single


async def test_a_consent_lets_the_grantee_read_and_nobody_else(database):
    firm, bank, other = await actor_in("enterprise"), await actor_in("bank"), await actor_in("bank")
    assert not await may_read(bank, firm)
    consent = await consents.grant_consent(
        firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
    )
    assert consent.valid
    assert consent.text_version == consents.consent_text("account").version
    assert await may_read(bank, firm)
    assert not await may_read(other, firm)
    assert not await may_read(firm, bank)
    assert not await may_read(bank, firm, "points")


async def test_withdrawing_stops_reading_at_once_even_within_a_transaction_that_runs(database):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    consent = await consents.grant_consent(
        firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
    )

    async def from_elsewhere():
        return await consents.withdraw_consent(firm, consent_id=consent.id)

    import asyncio
    import contextvars

    async with transaction(tenant=bank.tenant_id) as connection:
        assert await connection.fetchval("select has_consent($1, 'account')", firm.tenant_id)
        withdrawn = await asyncio.create_task(from_elsewhere(), context=contextvars.Context())
        assert not await connection.fetchval("select has_consent($1, 'account')", firm.tenant_id)
    assert not withdrawn.valid
    assert not await may_read(bank, firm)
    with pytest.raises(Conflict):
        await consents.withdraw_consent(firm, consent_id=consent.id)


async def test_an_expired_consent_opens_nothing_and_makes_room_for_the_next(database):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    await consents.grant_consent(firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year())
    with pytest.raises(Conflict):
        await consents.grant_consent(firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year())
    async with database.as_superuser() as admin:
        await admin.execute("alter table identity_consent disable trigger user")
        await admin.execute(
            "update identity_consent set granted_at = now() - interval '2 days', until = now() - interval '1 day'"
        )
        await admin.execute("alter table identity_consent enable trigger user")
    assert not await may_read(bank, firm)
    async with transaction(tenant=bank.tenant_id) as connection:
        with pytest.raises(NotFound):
            await consents.record_read(
                connection, bank, owner_id=firm.tenant_id, scope="account", subject="account 2024"
            )
    again = await consents.grant_consent(
        firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
    )
    assert again.valid
    assert await may_read(bank, firm)


async def test_each_read_is_recorded_and_shown_to_the_owner_only(database):
    firm, bank, other = (
        await actor_in("enterprise"),
        await actor_in("bank", name="银行"),
        await actor_in("bank"),
    )
    await consents.grant_consent(firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year())
    async with transaction(tenant=bank.tenant_id) as connection:
        await consents.record_read(
            connection, bank, owner_id=firm.tenant_id, scope="account", subject="account 2024"
        )
    reads = await consents.list_reads(firm)
    assert [(read.subject, read.grantee_name_zh) for read in reads] == [("account 2024", "银行")]
    assert await consents.list_reads(other) == []
    assert [line.act for line in await audit.list_audit(bank)] == ["consent.read"]
    async with transaction(tenant=bank.tenant_id) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from identity_consent_read")


async def test_a_read_without_consent_is_answered_as_if_the_owner_did_not_exist(database):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    answers = []
    for owner_id in (firm.tenant_id, new_id()):
        async with transaction(tenant=bank.tenant_id) as connection:
            with pytest.raises(NotFound) as refused:
                await consents.record_read(
                    connection, bank, owner_id=owner_id, scope="account", subject="account"
                )
            answers.append(str(refused.value))
    assert answers[0] == answers[1]


async def test_the_grantee_can_neither_write_nor_prolong_nor_withdraw(database):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    consent = await consents.grant_consent(
        firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
    )
    assert [one.id for one in await consents.list_consents(bank)] == [consent.id]
    async with transaction(tenant=bank.tenant_id) as connection:
        changed = await connection.execute("update identity_consent set withdrawn_at = now()")
        assert changed == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=bank.tenant_id) as connection:
            await connection.execute(
                """insert into identity_consent (id, tenant_id, grantee_id, scope, text_version, granted_by, until)
                   values (gen_random_uuid(), $1, $2, 'account', 'x', gen_random_uuid(), now() + interval '1 day')""",
                firm.tenant_id,
                bank.tenant_id,
            )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=firm.tenant_id) as connection:
            await connection.execute("update identity_consent set until = until + interval '1 year'")
    with pytest.raises(NotPermitted):
        await consents.withdraw_consent(bank, consent_id=consent.id)
    stranger = await actor_in("enterprise")
    with pytest.raises(NotFound):
        await consents.withdraw_consent(stranger, consent_id=consent.id)


async def test_a_withdrawn_consent_stays_withdrawn(database):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    consent = await consents.grant_consent(
        firm, grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
    )
    await consents.withdraw_consent(firm, consent_id=consent.id)
    with pytest.raises(asyncpg.RestrictViolationError):
        async with transaction(tenant=firm.tenant_id) as connection:
            await connection.execute("update identity_consent set withdrawn_at = null")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"until_on": date(2020, 1, 1)}, Problem),
        ({"until_on": date(2999, 1, 1)}, Problem),
        ({"until_on": date.max}, Problem),
        ({"scope": "everything"}, Problem),
        ({"grantee_id": new_id()}, NotFound),
    ],
)
async def test_a_consent_with_a_wrong_value_is_refused(database, values, problem):
    firm, bank = await actor_in("enterprise"), await actor_in("bank")
    wanted = {"grantee_id": bank.tenant_id, "scope": "account", "until_on": in_a_year(), **values}
    with pytest.raises(problem):
        await consents.grant_consent(firm, **wanted)
    assert await consents.list_consents(firm) == []


async def test_only_who_may_grant_grants_and_never_to_an_enterprise(database):
    firm, bank, rival = await actor_in("enterprise"), await actor_in("bank"), await actor_in("enterprise")
    with pytest.raises(NotPermitted):
        await consents.grant_consent(
            reader_of(firm), grantee_id=bank.tenant_id, scope="account", until_on=in_a_year()
        )
    with pytest.raises(NotFound):
        await consents.grant_consent(firm, grantee_id=rival.tenant_id, scope="account", until_on=in_a_year())


def test_every_consent_text_is_there_in_both_languages():
    for scope in consents.ConsentScope:
        text = consents.consent_text(scope)
        assert text.text_zh
        assert text.text_en
        assert text.name_zh
        assert text.name_en
