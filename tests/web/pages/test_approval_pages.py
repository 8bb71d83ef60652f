"""Two people at two browsers: one drafts, the other reads and decides; and what both are told."""

import pytest

from accounts.identity import approvals, people
from accounts.identity.permissions import Permission
from tests.web.cast import PASSWORD, Cast, actor_named, entered, found_city


@approvals.act("test.pages", permission=Permission.MEMBER_MANAGE, words="Publish a benchmark")
async def publish(connection, actor, content):
    _ = connection, actor
    return {"done": content["year"]}


@pytest.fixture
async def draft(database):
    city = await found_city()
    await people.create_person(
        city.authority, login="second", name="Second <b>Person</b>", password=PASSWORD, role="administrator"
    )
    return await approvals.draft(
        await actor_named("authority"),
        act="test.pages",
        content={"year": 2025},
        object_kind="benchmark",
        object_id="C3011",
        summary={"Industry": {"zh": "水泥制造", "en": "Cement <i>making</i>"}, "Year": 2025},
    )


async def decided(visitor, draft, what, **fields):
    return await visitor.post(
        f"/approvals/{draft.id}/{what}", data={"csrf_token": visitor.csrf_token, **fields}
    )


async def test_the_second_person_finds_the_task_reads_the_lines_and_approves(visitor, draft):
    await entered(visitor, "second")
    inbox = (await visitor.get("/inbox?lang=en")).text
    assert f'href="/approvals/{draft.id}"' in inbox
    assert "Publish a benchmark waits for your approval" in inbox
    page = (await visitor.get(f"/approvals/{draft.id}")).text
    assert "Cement &lt;i&gt;making&lt;/i&gt;" in page
    assert draft.digest in page
    answer = await decided(visitor, draft, "approve", digest=draft.digest)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/approvals/{draft.id}?done=draft-approved",
    )
    page = (await visitor.get(f"/approvals/{draft.id}")).text
    assert "Second &lt;b&gt;Person&lt;/b&gt;" in page
    assert "approved and done" in page
    assert "Nothing to do." in (await visitor.get("/inbox")).text


async def test_the_drafter_sees_no_button_and_is_refused(visitor, draft):
    await entered(visitor, "authority")
    page = (await visitor.get(f"/approvals/{draft.id}?lang=en")).text
    assert "another person with the same permission decides" in page
    assert f"/approvals/{draft.id}/approve" not in page
    answer = await decided(visitor, draft, "approve", digest=draft.digest)
    assert answer.status_code == 403
    assert "colleague" in answer.text


async def test_rejecting_needs_a_reason_and_tells_it(visitors, draft):
    second = await entered(visitors(), "second")
    await second.get("/?lang=en")
    assert (await decided(second, draft, "reject", reason="")).status_code == 422
    assert (await decided(second, draft, "reject", reason="Last year's figures")).status_code == 303
    first = await entered(visitors(), "authority")
    inbox = (await first.get("/inbox?lang=en")).text
    assert "Reason: Last year&#39;s figures" in inbox
    answer = await first.post("/inbox/read", data={"csrf_token": first.csrf_token})
    assert answer.status_code == 303
    assert [one["read"] for one in (await first.get("/api/v1/notices")).json()] == [True]


async def test_taking_back_closes_the_draft(visitor, draft):
    await entered(visitor, "authority")
    assert (await decided(visitor, draft, "withdraw")).status_code == 303
    assert "taken back" in (await visitor.get("/approvals?lang=en")).text
    answer = await visitor.post(f"/api/v1/approvals/{draft.id}/withdrawal")
    assert answer.status_code == 409


async def test_programs_read_and_decide_over_the_api_as_persons(visitor, draft):
    await entered(visitor, "second")
    [listed] = (await visitor.get("/api/v1/approvals?state=drafted")).json()
    assert (listed["id"], listed["may_decide"], listed["content"]) == (str(draft.id), True, {"year": 2025})
    [task] = (await visitor.get("/api/v1/tasks?lang=en")).json()
    assert task["message"].startswith("Publish a benchmark waits")
    wrong = await visitor.post(f"/api/v1/approvals/{draft.id}/approval", json={"digest": "0" * 64})
    assert wrong.status_code == 409
    right = await visitor.post(f"/api/v1/approvals/{draft.id}/approval", json={"digest": draft.digest})
    assert (right.status_code, right.json()["result"]) == (201, {"done": 2025})


async def test_nobody_reads_a_draft_and_strangers_find_none(visitor, draft):
    assert (await visitor.get(f"/api/v1/approvals/{draft.id}")).status_code == 401
    city = Cast(await actor_named("authority"))
    await city.organisation("bank", "bank.admin")
    await entered(visitor, "bank.admin")
    assert (await visitor.get(f"/api/v1/approvals/{draft.id}")).status_code == 404
    assert (await visitor.get("/api/v1/approvals")).json() == []
