"""DUAL-1, DUAL-2, DUAL-6: who drafts does not approve, what is approved is what was read, and once is once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.identity import approvals, audit, notices
from accounts.identity.permissions import OrganisationKind, Permission, PersonRole, permissions_of
from carbon.errors import Conflict, KeyReused, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in, reader_of


@approvals.act("test.publish", permission=Permission.BENCHMARK_PUBLISH, words="Publish a benchmark")
async def publish(connection, actor, content):
    if content.get("fails"):
        raise Problem("The ledger says no.")
    await audit.record(
        connection, actor, act="test.publish", object_kind="benchmark", object_id=content["year"]
    )
    return {"year": content["year"], "by": actor.person_id}


approvals.register(
    "test.draw",
    permission=Permission.FUND_MANAGE,
    draft_permission=Permission.LOAN_REGISTER,
    execute=publish,
    words="Draw on a fund",
)


@pytest.fixture
async def drafter(database):
    return replace(await actor_in("authority"), name="赵起草")


def colleague(actor, role=PersonRole.MEMBER, name="钱复核"):
    permissions = permissions_of(OrganisationKind(actor.organisation_kind), role)
    return replace(actor, person_id=new_id(), name=name, permissions=permissions)


async def drafted(actor, **changes):
    given = {
        "act": "test.publish",
        "content": {"year": 2025, "value": "1.204"},
        "object_kind": "benchmark",
        "object_id": "C3011/2025",
        "summary": {"Industry": {"zh": "水泥制造", "en": "Cement"}, "Year": 2025},
    }
    return await approvals.draft(actor, **{**given, **changes})


async def test_what_one_drafts_another_approves_and_it_is_done(drafter):
    draft = await drafted(drafter)
    other = colleague(drafter)
    approved = await approvals.approve(other, draft_id=draft.id, digest=draft.digest)
    assert approved.result == {"year": 2025, "by": str(other.person_id)}
    found = await approvals.read_draft(drafter, draft_id=draft.id)
    assert (found.state, found.decider_name, found.result) == ("approved", "钱复核", approved.result)
    acts = [line.act for line in await audit.list_audit(drafter)]
    assert acts[:3] == ["draft.approve", "test.publish", "draft.create"]


async def test_the_approver_reads_every_line_before(drafter):
    draft = await drafted(drafter)
    found = await approvals.read_draft(colleague(drafter), draft_id=draft.id)
    assert [(line.label, line.value) for line in found.summary] == [
        ("Industry", {"zh": "水泥制造", "en": "Cement"}),
        ("Year", 2025),
    ]
    assert found.may_decide
    assert not (await approvals.read_draft(drafter, draft_id=draft.id)).may_decide


async def test_the_drafter_does_not_approve_nor_reject(drafter):
    draft = await drafted(drafter)
    with pytest.raises(NotPermitted, match="colleague"):
        await approvals.approve(drafter, draft_id=draft.id, digest=draft.digest)
    with pytest.raises(NotPermitted):
        await approvals.reject(drafter, draft_id=draft.id, reason="no")
    refused = [line for line in await audit.list_audit(drafter) if line.result == "refused"]
    assert {line.act for line in refused} == {"draft.approve", "draft.reject"}


async def test_nor_does_the_same_human_under_another_login(drafter):
    twin = colleague(drafter)
    async with transaction(tenant=drafter.tenant_id) as connection:
        for actor in (drafter, twin):
            await connection.execute(
                """insert into identity_person (id, tenant_id, login, name, password_hash, natural_person_id)
                   values ($1, $2, $3, 'One', '$argon2id$', $4)""",
                actor.person_id, drafter.tenant_id, f"login-{actor.person_id}", drafter.person_id,
            )  # fmt: skip
    draft = await drafted(drafter)
    with pytest.raises(NotPermitted):
        await approvals.approve(twin, draft_id=draft.id, digest=draft.digest)


async def test_nor_somebody_without_the_permission(drafter):
    draft = await drafted(drafter)
    with pytest.raises(NotPermitted, match="benchmark:publish"):
        await approvals.approve(reader_of(drafter), draft_id=draft.id, digest=draft.digest)
    with pytest.raises(NotPermitted):
        await drafted(reader_of(drafter))


async def test_nor_a_program_with_a_key(drafter):
    draft = await drafted(drafter)
    with pytest.raises(NotPermitted, match="key"):
        await approvals.approve(
            replace(colleague(drafter), via="api-key"), draft_id=draft.id, digest=draft.digest
        )


async def test_another_content_than_the_one_read_is_not_approved(drafter):
    first, second = await drafted(drafter), await drafted(drafter, content={"year": 2025, "value": "9.999"})
    assert first.digest != second.digest
    with pytest.raises(Conflict, match="read"):
        await approvals.approve(colleague(drafter), draft_id=second.id, digest=first.digest)


async def test_the_summary_is_sealed_too(drafter):
    one = await drafted(drafter)
    other = await drafted(drafter, summary={"Industry": "Paper", "Year": 2025})
    assert one.digest != other.digest


async def test_strangers_find_nothing(drafter):
    draft = await drafted(drafter)
    stranger = await actor_in("authority")
    for act in (
        approvals.approve(stranger, draft_id=draft.id, digest=draft.digest),
        approvals.reject(stranger, draft_id=draft.id, reason="no"),
        approvals.withdraw(stranger, draft_id=draft.id),
        approvals.read_draft(stranger, draft_id=draft.id),
    ):
        with pytest.raises(NotFound):
            await act
    assert await approvals.list_drafts(stranger) == []


async def test_a_decided_draft_stays_decided(drafter):
    other = colleague(drafter)
    draft = await drafted(drafter)
    await approvals.reject(other, draft_id=draft.id, reason="The figures are of last year.")
    for again in (
        approvals.approve(other, draft_id=draft.id, digest=draft.digest),
        approvals.reject(other, draft_id=draft.id, reason="again"),
        approvals.withdraw(drafter, draft_id=draft.id),
    ):
        with pytest.raises(Conflict, match="already"):
            await again
    assert (await approvals.read_draft(drafter, draft_id=draft.id)).reason == "The figures are of last year."


async def test_of_two_who_approve_at_once_one_does(drafter):
    draft = await drafted(drafter)
    answers = await asyncio.gather(
        *(approvals.approve(colleague(drafter), draft_id=draft.id, digest=draft.digest) for _ in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Approved"] + ["Conflict"] * 4
    done = [line for line in await audit.list_audit(drafter) if line.act == "test.publish"]
    assert len(done) == 1


async def test_an_act_that_fails_leaves_the_draft_open(drafter):
    draft = await drafted(drafter, content={"year": 2025, "fails": True})
    with pytest.raises(Problem, match="ledger"):
        await approvals.approve(colleague(drafter), draft_id=draft.id, digest=draft.digest)
    assert (await approvals.read_draft(drafter, draft_id=draft.id)).state == "drafted"


async def test_an_expired_draft_is_not_approved(drafter):
    draft = await drafted(drafter, lasts=timedelta(milliseconds=1))
    await asyncio.sleep(0.01)
    assert (await approvals.read_draft(drafter, draft_id=draft.id)).state == "expired"
    with pytest.raises(Conflict, match="expired"):
        await approvals.approve(colleague(drafter), draft_id=draft.id, digest=draft.digest)


async def test_the_same_key_drafts_once(drafter):
    one, two = await drafted(drafter, key="k-1"), await drafted(drafter, key="k-1")
    assert one == two
    with pytest.raises(KeyReused):
        await drafted(drafter, key="k-1", content={"year": 2024})


async def test_a_colleague_can_withdraw_and_an_outsider_of_the_act_cannot(drafter):
    draft = await drafted(drafter)
    with pytest.raises(NotPermitted):
        await approvals.withdraw(reader_of(drafter), draft_id=draft.id)
    assert (await approvals.withdraw(colleague(drafter), draft_id=draft.id)).state == "withdrawn"


async def test_another_organisation_approves_what_it_is_named_for(drafter):
    bank = replace(await actor_in("bank"), name="孙银行")
    draft = await drafted(bank, act="test.draw", approver_tenant_id=drafter.tenant_id)
    with pytest.raises(NotPermitted, match="organisation"):
        await approvals.approve(
            replace(colleague(bank), permissions=drafter.permissions), draft_id=draft.id, digest=draft.digest
        )
    [task] = await notices.due_tasks(drafter)
    assert (task.kind, task.subject["drafter"]) == ("approval.waiting", "孙银行")
    await approvals.approve(drafter, draft_id=draft.id, digest=draft.digest)
    assert await notices.due_tasks(drafter) == []
    assert [notice.kind for notice in await notices.list_notices(bank)] == [
        "approval.approved",
        "approval.drafted",
    ]
    assert (await approvals.read_draft(bank, draft_id=draft.id)).state == "approved"
    assert (await approvals.read_draft(colleague(bank), draft_id=draft.id)).state == "approved"
    assert [found.id for found in await approvals.list_drafts(colleague(bank))] == [draft.id]
    assert await approvals.list_drafts(reader_of(bank)) == []


async def test_all_who_may_decide_have_the_task_but_not_the_drafter(drafter):
    await drafted(drafter)
    assert len(await notices.due_tasks(colleague(drafter))) == 1
    assert len(await notices.due_tasks(colleague(drafter))) == 1
    assert await notices.due_tasks(drafter) == []
    assert await notices.due_tasks(reader_of(drafter)) == []


async def test_drafts_are_listed_by_state(drafter):
    one, two = await drafted(drafter), await drafted(drafter, content={"year": 2024})
    await approvals.approve(colleague(drafter), draft_id=one.id, digest=one.digest)
    assert [draft.id for draft in await approvals.list_drafts(drafter)] == [two.id, one.id]
    assert [draft.id for draft in await approvals.list_drafts(drafter, state="drafted")] == [two.id]
    assert [draft.id for draft in await approvals.list_drafts(drafter, object_id="C3011/2025", limit=1)] == [
        two.id
    ]


async def test_the_database_itself_refuses_a_decision_by_the_drafter(drafter):
    draft = await drafted(drafter)
    for person, digest, words in (
        (drafter.person_id, draft.digest, "another person"),
        (new_id(), "00" * 32, "another content"),
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match=words):
            async with transaction(tenant=drafter.tenant_id) as connection:
                await connection.execute(
                    """insert into identity_decision (draft_id, tenant_id, approver_tenant_id, decision, digest,
                           decided_by, natural_person_id) values ($1, $2, $2, 'approved', decode($3, 'hex'), $4, $4)""",
                    draft.id, drafter.tenant_id, digest, person,
                )  # fmt: skip


async def test_the_database_itself_refuses_another_text_under_the_digest(drafter, database):
    await drafted(drafter)
    async with database.as_superuser() as admin:
        await admin.execute("alter table identity_draft disable trigger all")
        with pytest.raises(asyncpg.CheckViolationError):
            await admin.execute("update identity_draft set sealed = replace(sealed, '1.204', '9.999')")


async def test_a_content_without_one_spelling_is_refused(drafter):
    with pytest.raises(TypeError, match="float"):
        await drafted(drafter, content={"value": 0.1})
