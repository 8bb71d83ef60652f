"""Tasks are reminded of three working days and one day before, once each; what is over is forgotten."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import housekeeping, messages, notices
from accounts.identity.messages import Settled
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in

TASK = notices.register("test.task", "File the report {name}")
TEXT = messages.register("test.text", "Hello {name}")
FRIDAY = date(2026, 3, 20)


async def told(actor):
    return [notice.kind for notice in await notices.list_notices(actor)]


async def reminded(database, day):
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        return await notices.remind(connection, day)


async def task(actor, due_on, **more):
    async with transaction(tenant=actor.tenant_id) as connection:
        return await notices.notify(
            connection, tenant_id=actor.tenant_id, kind=TASK, subject={"name": "Q1"}, due_on=due_on, **more
        )


async def test_twice_and_not_on_other_days(database):
    actor = await actor_in("enterprise")
    await task(actor, FRIDAY)
    days = {FRIDAY - timedelta(days=n): 0 for n in range(6, -1, -1)}
    for day in days:
        days[day] = (await reminded(database, day))["reminded"]
        assert (await reminded(database, day))["reminded"] == 0
    assert [day.day for day, count in days.items() if count] == [17, 19]
    assert await told(actor) == ["task.reminder"] * 2 + ["test.task"]


async def test_over_a_holiday_the_first_reminder_comes_earlier(database):
    actor = await actor_in("enterprise")
    await task(actor, date(2026, 10, 8))
    # Three working days before 8 October, with the holiday from the 1st to the 7th, is 28 September.
    assert (await reminded(database, date(2026, 9, 25)))["reminded"] == 0
    assert (await reminded(database, date(2026, 9, 28)))["reminded"] == 1
    assert (await reminded(database, date(2026, 10, 7)))["reminded"] == 1


async def test_a_scheduler_that_slept_reminds_late_but_once(database):
    actor = await actor_in("enterprise")
    await task(actor, FRIDAY)
    assert (await reminded(database, FRIDAY))["reminded"] == 1
    assert (await reminded(database, FRIDAY))["reminded"] == 0


async def test_a_closed_task_is_left_alone(database):
    actor = await actor_in("enterprise")
    await task(actor, FRIDAY, object_kind="report", object_id="1")
    async with transaction(tenant=actor.tenant_id) as connection:
        assert await notices.close_tasks(connection, object_kind="report", object_id="1") == 1
    assert (await reminded(database, FRIDAY - timedelta(days=1)))["reminded"] == 0


async def test_only_the_addressee_is_reminded(database):
    actor, other = await actor_in("enterprise"), await actor_in("enterprise")
    await task(actor, FRIDAY, person_id=actor.person_id)
    await reminded(database, FRIDAY - timedelta(days=1))
    assert "task.reminder" in await told(actor)
    assert await told(other) == []


async def test_an_unknown_kind_is_refused(database):
    actor = await actor_in("enterprise")
    async with transaction(tenant=actor.tenant_id) as connection:
        with pytest.raises(ValueError, match="register"):
            await notices.notify(connection, tenant_id=actor.tenant_id, kind="test.unknown")


async def queued(actor):
    async with transaction(tenant=actor.tenant_id) as connection:
        return await messages.enqueue(
            connection, channel="sms", recipient="13800000000", kind=TEXT, values={"name": "Lin"}
        )


async def test_what_is_sent_is_emptied_and_what_fails_is_tried_again(database):
    actor = await actor_in("enterprise")
    sent, failed = await queued(actor), await queued(actor)
    async with database.as_role(Role.SCHEDULER):
        claimed = await messages.claim_due()
        assert {(one.recipient, one.values["name"]) for one in claimed} == {("13800000000", "Lin")}
        assert await messages.claim_due() == []
        async with transaction(tenant=None) as connection:
            assert await messages.settle(connection, [Settled(sent), Settled(failed, error="gateway busy")]) == {
                "sent": 1, "kept": 0, "refused": 1,
            }  # fmt: skip
    async with database.as_superuser() as admin:
        rows = {row["id"]: row for row in await admin.fetch("select * from identity_message")}
        assert (rows[sent]["state"], rows[sent]["recipient"], rows[sent]["content"]) == ("sent", "", "")
        assert (rows[failed]["state"], rows[failed]["error"]) == ("queued", "gateway busy")
        await admin.execute("update identity_message set next_try_at = now(), tries = 8")
    async with database.as_role(Role.SCHEDULER):
        assert [one.id for one in await messages.claim_due()] == [failed]
        async with transaction(tenant=None) as connection:
            await messages.settle(connection, [Settled(failed, error="gateway gone")])
    async with database.as_superuser() as admin:
        given_up = await admin.fetchrow("select * from identity_message where id = $1", failed)
        assert (given_up["state"], given_up["recipient"], given_up["content"]) == ("failed", "", "")


async def test_the_local_sender_keeps_what_it_gets(database):
    actor = await actor_in("enterprise")
    await queued(actor)
    async with database.as_role(Role.SCHEDULER):
        outcomes = [await messages.sender().send(one) for one in await messages.claim_due()]
        async with transaction(tenant=None) as connection:
            assert (await messages.settle(connection, outcomes))["kept"] == 1
        [(_, kept)] = await messages.kept_messages(since=datetime.now(UTC) - timedelta(hours=1))
        assert (kept.recipient, kept.kind, kept.values) == ("13800000000", "test.text", {"name": "Lin"})


async def test_a_web_process_reads_no_other_tenants_messages(database):
    one, other = await actor_in("enterprise"), await actor_in("enterprise")
    await queued(one)
    async with transaction(tenant=other.tenant_id, readonly=True) as connection:
        assert await connection.fetchval("select count(*) from identity_message") == 0
    async with transaction(tenant=None, readonly=True) as connection:
        assert await connection.fetchval("select count(*) from identity_message") == 0


async def test_old_answers_counters_and_codes_go(database):
    tenant = new_id()
    async with transaction(tenant=tenant) as connection:
        for days, key in ((29, "young"), (31, "old")):
            await connection.execute(
                """insert into identity_idempotency_record (id, tenant_id, operation, key, request_hash, created_at)
                   values ($1, $2, 'x', $3, '\\x00', now() - $4::interval)""",
                new_id(), tenant, key, timedelta(days=days),
            )  # fmt: skip
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert (await housekeeping.forget_what_is_over(connection))["answers"] == 1
    async with transaction(tenant=tenant, readonly=True) as connection:
        assert (
            await connection.fetchval("select string_agg(key, ',') from identity_idempotency_record")
            == "young"
        )
