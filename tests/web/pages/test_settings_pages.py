from datetime import UTC, datetime, timedelta

from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit


async def test_a_key_is_shown_once_and_can_be_revoked(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    fields = {
        "name": "nightly import",
        "permissions": ["fund:read", "self:read"],
        "expires_on": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    }
    made = await submit(visitor, "/settings/keys?lang=en", fields)
    assert "carbon_" in made.text
    later = await page(visitor, "/settings")
    assert "nightly import" in later.text
    secret = next(line for line in made.text.splitlines() if line.startswith("carbon_"))
    assert secret not in later.text
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await visitor.get("/api/v1/me", headers=bearer)).json()["permissions"] == [
        "fund:read",
        "self:read",
    ]
    await submit(visitor, next(action for action in later.actions if action.endswith("/revoke")), {})
    assert (await visitor.get("/api/v1/me", headers=bearer)).status_code == 401


async def test_a_key_without_permissions_is_refused_and_the_form_keeps_its_values(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    found = await submit(visitor, "/settings/keys?lang=en", {"name": "empty", "expires_on": "2026-02-30"})
    assert found.status == 422
    assert "is not a day of the calendar" in found.text
    assert found.controls["expires_on"]["aria-invalid"] == "true"
    assert found.controls["name"]["value"] == "empty"


async def test_sessions_are_listed_for_their_person(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    found = await page(visitor, "/settings?lang=en")
    assert "192.0.2.7" in found.text
