"""Citizens, partners and staff by their pages, in both languages."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import people
from accounts.inclusion.settling import settle
from tests.conftest import Database
from tests.web.cast import PASSWORD, entered, found_city
from tests.web.conftest import Visitor, visitor_of
from tests.web.pages.reading import page, submit


@pytest.fixture
async def programme(visitor: Visitor, database: Database):
    """The authority has opened the programme; a partner and a citizen can sign in."""
    city = await found_city()
    await city.organisation("partner", "metro")
    await city.organisation("verifier", "verifier")
    await people.register_citizen(login="citizen", name="小渝", password=PASSWORD, address="", request_id="")
    await entered(visitor, "authority")
    opened = await submit(visitor, "/authority/inclusion/open?lang=en", {})
    assert "The programme has begun." in opened.text
    return visitor


async def test_a_source_a_key_a_file_a_ride_a_coupon(programme: Visitor, database: Database):
    app = programme.client._transport.app
    today = datetime.now(UTC).date()
    reward = {
        "reward_zh": "公交券", "reward_en": "Bus coupon", "points": "1", "stock": "1",
        "from_on": (today - timedelta(days=1)).isoformat(), "until_on": (today + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    assert "Bus coupon" in (await submit(programme, "/authority/inclusion/rewards?lang=en", reward)).text
    async with visitor_of(app) as partner, visitor_of(app) as citizen:
        await entered(partner, "metro")
        source = {"name_zh": "示例轨道", "name_en": "Metro", "acts": "metro", "pull_url": ""}
        made = await submit(partner, "/partner?lang=en", source)
        assert "Make a key next." in made.text
        keys = next(action for action in made.actions if action.endswith("/keys"))
        assert (
            "shown now and never again" in (await submit(partner, f"{keys}?lang=en", {"name": "first"})).text
        )

        await entered(citizen, "citizen")
        assert "Take part" in (await page(citizen, "/my?lang=en")).text
        joined = await submit(citizen, "/my/join?lang=en", {"nickname": "渝"})
        assert "Agree and link" in joined.text
        linked = await submit(citizen, f"{joined.actions[-1]}?lang=en", {"wish": "link"})
        link = next(word for word in linked.text.split() if word.count("-") == 3)
        start = datetime.now(UTC) - timedelta(hours=5)
        rides = [
            {
                "id": f"r{number}", "person": link, "act": "metro", "quantity": 10, "unit": "passenger-km",
                "started_at": (start + timedelta(hours=number)).isoformat(), "origin": "A", "destination": "AB"[number % 2],
                "ended_at": (start + timedelta(hours=number, minutes=25)).isoformat(),
            }
            for number in range(3)
        ]  # fmt: skip
        rides.append({"id": "broken"})
        files = {"file": ("rides.json", json.dumps(rides).encode())}
        csrf = {"csrf_token": partner.csrf_token}
        sent = await partner.client.post(
            keys.replace("/keys", "/files"), files=files, data=csrf, headers={"Origin": "http://127.0.0.1"}
        )
        assert sent.status_code < 300, sent.text
        batch = sent.text.split('href="/partner/batches/')[1].split('"')[0]
        assert "The event cannot be read" in (await page(partner, f"/partner/batches/{batch}?lang=en")).text
        async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
            await settle(connection)

        for path in ("/my", "/my/history", "/my/points", "/my/grams", "/my/teams", "/my/sources", "/my/data"):
            for language in ("zh", "en"):
                shown = await page(citizen, f"{path}?lang={language}")
                assert (shown.status, shown.styles_inline, shown.scripts_inline) == (200, [], 0), path
        history = await page(citizen, "/my/history?lang=en")
        day = next(one for one in history.links if one.startswith("/my/history/"))
        one_day = await page(citizen, f"{day}?lang=en")
        assert "it starts and ends at one place" in one_day.text
        appeal = {"key": one_day.hidden["key"], "reason": "The station was closed, I rode back."}
        asked = await submit(citizen, f"{one_day.actions[-1]}?lang=en", appeal)
        assert "being looked at" in asked.text
        points = await page(citizen, "/my/points?lang=en")
        fields = {"reward_id": points.hidden["reward_id"], "key": points.hidden["key"]}
        bought = await submit(citizen, "/my/points/redeem?lang=en", fields)
        assert "Here is your coupon." in bought.text
        copied = await citizen.get("/my/data/copy")
        assert len(copied.json()["inclusion"]["events"]) == 3
        manifest = (await citizen.get("/app.webmanifest?lang=en")).json()
        assert manifest["start_url"] == "/my"

    staff = await page(programme, "/authority/inclusion?lang=en")
    assert "The station was closed" in staff.text
    decided = next(action for action in staff.actions if "/appeals/" in action)
    done = await submit(
        programme, f"{decided}?lang=en", {"decision": "refuse", "note": "Both stations were open."}
    )
    assert "Decided." in done.text


async def test_each_side_opens_its_own_pages_only(programme: Visitor):
    app = programme.client._transport.app
    pages = {
        "citizen": ("/my",), "metro": ("/partner", "/partner/coupons"), "verifier": ("/verification/pools",),
        "authority": ("/authority/inclusion", "/partner"),
    }  # fmt: skip
    for login, own in pages.items():
        async with visitor_of(app) as someone:
            await entered(someone, login)
            for path in (
                "/my",
                "/partner",
                "/partner/coupons",
                "/verification/pools",
                "/authority/inclusion",
            ):
                shown = await page(someone, f"{path}?lang=en")
                assert shown.status == (200 if path in own else 403), (login, path)
