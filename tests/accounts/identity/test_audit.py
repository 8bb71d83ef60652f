import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import audit
from carbon.errors import NotPermitted
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


async def write(actor, **values):
    async with transaction(tenant=actor.tenant_id) as connection:
        await audit.record(connection, actor, **{"act": "loan.register", "object_kind": "loan", **values})


async def test_a_line_says_who_did_what_from_where(database):
    bank, loan_id = await actor_in("bank"), new_id()
    await write(bank, object_id=loan_id, details={"principal_fen": 100, "terms": ["a", None, 1.5, True]})
    [line] = await audit.list_audit(bank)
    assert (line.person_id, line.tenant_id, line.via) == (bank.person_id, bank.tenant_id, "session")
    assert (line.object_id, line.result) == (str(loan_id), "done")
    assert (line.request_id, line.address) == (bank.request_id, bank.address)
    assert line.recorded_at.utcoffset().total_seconds() == 0
    assert line.details == {"principal_fen": 100, "terms": ["a", None, 1.5, True]}


async def test_a_tenant_sees_its_own_lines_an_authority_all_others_none(database):
    bank, firm, authority = await actor_in("bank"), await actor_in("enterprise"), await actor_in("authority")
    await write(bank)
    assert await audit.list_audit(firm) == []
    assert len(await audit.list_audit(bank)) == len(await audit.list_audit(authority)) == 1
    with pytest.raises(NotPermitted):
        await audit.list_audit(reader_of(bank))


async def test_a_tenant_cannot_write_a_line_for_another(database):
    bank, firm = await actor_in("bank"), await actor_in("enterprise")
    for tenant_id in (firm.tenant_id, None):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(tenant=bank.tenant_id) as connection:
                await connection.execute(
                    """insert into identity_audit_record (id, tenant_id, act, object_kind, result)
                       values (gen_random_uuid(), $1, 'forged', 'loan', 'done')""",
                    tenant_id,
                )


async def test_no_line_is_changed_or_removed_by_anybody(database):
    bank = await actor_in("bank")
    await write(bank)
    for statement in ("update identity_audit_record set act = 'x'", "delete from identity_audit_record"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(tenant=bank.tenant_id) as connection:
                await connection.execute(statement)
        async with database.as_superuser() as admin:
            with pytest.raises(asyncpg.RestrictViolationError):
                await admin.execute(statement)
    async with database.as_superuser() as admin:
        with pytest.raises(asyncpg.RestrictViolationError):
            await admin.execute("truncate identity_audit_record")


async def test_the_line_falls_with_its_act(database):
    bank = await actor_in("bank")

    async def act_and_fail():
        async with transaction(tenant=bank.tenant_id) as connection:
            await audit.record(connection, bank, act="loan.register", object_kind="loan")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act_and_fail()
    assert await audit.list_audit(bank) == []
    await audit.record_refusal(bank, act="loan.register", object_kind="loan", details={"why": "no consent"})
    assert [line.result for line in await audit.list_audit(bank)] == ["refused"]


async def test_pages_follow_each_other_without_gap_or_repetition(database):
    bank = await actor_in("bank")
    for number in range(7):
        await write(bank, object_id=number)
    whole = [line.object_id for line in await audit.list_audit(bank)]
    seen, before = [], None
    while page := await audit.list_audit(bank, before=before, limit=3):
        seen += [line.object_id for line in page]
        before = page[-1].id
    assert seen == whole
    assert sorted(seen) == [str(number) for number in range(7)]
    assert [line.object_id for line in await audit.list_audit(bank, object_id="3")] == ["3"]


async def test_the_auditor_reads_every_line_and_no_hash(database):
    bank = await actor_in("bank")
    await write(bank)
    async with database.as_role(Role.AUDITOR):
        async with transaction(tenant=None) as connection:
            assert await connection.fetchval("select count(*) from identity_audit_record") == 1
            await connection.fetch("select login, name from identity_person")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(tenant=None) as connection:
                await connection.fetch("select password_hash from identity_person")


def test_secrets_are_masked_at_any_depth():
    details = {"login": "a", "Password": "p", "new": {"api_secret": "s", "rows": [{"access_token": "t"}]}}
    assert audit.masked(details) == {
        "login": "a",
        "Password": "***",
        "new": {"api_secret": "***", "rows": [{"access_token": "***"}]},
    }


@given(st.text())
def test_a_line_stays_one_line(text):
    encoded = audit.masked({"text": text})["text"]
    assert len(encoded.splitlines()) <= 1
    assert "\0" not in encoded
