"""Sessions over HTTP: the cookie, the token against forgery, the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.identity import api_keys
from tests.conftest import Database
from tests.web.cast import PASSWORD, actor_named, entered, found_city
from tests.web.conftest import ORIGIN, Visitor, trial_settings, visitor_of
from web.app import create_app


async def test_who_signs_in_is_known_until_signing_out(visitor: Visitor):
    await found_city()
    answer = await visitor.sign_in("authority", PASSWORD)
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    me = (await visitor.get("/api/v1/me")).json()
    assert me["organisation_kind"] == "authority"
    assert "member:manage" in me["permissions"]
    token = visitor.client.cookies["session"]
    assert (await visitor.send("DELETE", "/api/v1/sessions/current")).status_code == 204
    assert "session" not in visitor.client.cookies
    again = await visitor.get("/api/v1/me", headers={"Cookie": f"session={token}"})
    assert again.status_code == 401


async def test_outside_a_trial_the_cookie_is_bound_to_host_and_tls(database: Database):
    await found_city()
    url = "postgresql://c:a-long-enough-secret@db/c"
    settings = replace(trial_settings(replace(database.settings, database_url=url)), local_trial=False)
    async with visitor_of(create_app(settings)) as visitor:
        answer = await visitor.sign_in("authority", PASSWORD)
        assert answer.headers["set-cookie"].startswith("__Host-session=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


async def test_a_wrong_password_and_an_unknown_name_get_one_answer(visitor: Visitor):
    await found_city()
    wrong = await visitor.sign_in("authority", "wrong password")
    unknown = await visitor.sign_in("nobody", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]


async def test_a_guesser_is_told_to_wait(visitor: Visitor):
    await found_city()
    answers = [await visitor.sign_in("authority", f"guess number {number}") for number in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "forged"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:99999999"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN},
    ],
)
async def test_a_change_by_cookie_needs_our_page_and_its_token(visitor: Visitor, headers):
    await found_city()
    await entered(visitor, "authority")
    token = {"X-CSRF-Token": visitor.csrf_token} if "X-CSRF-Token" not in headers and headers else {}
    answer = await visitor.client.delete("/api/v1/sessions/current", headers=token | headers)
    assert answer.status_code == 403
    assert (await visitor.get("/api/v1/me")).status_code == 200


async def test_a_token_of_another_session_does_not_serve(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    old = visitor.csrf_token
    await entered(visitor, "authority")
    headers = {"Origin": ORIGIN, "X-CSRF-Token": old}
    assert (await visitor.client.delete("/api/v1/sessions/current", headers=headers)).status_code == 403


async def test_another_site_cannot_sign_somebody_in(visitor: Visitor):
    await found_city()
    data = {"login": "authority", "password": PASSWORD}
    answer = await visitor.client.post(
        "/api/v1/sessions", json=data, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403


async def test_a_key_enters_without_cookie_or_token_and_only_as_far_as_it_reaches(visitor: Visitor):
    await found_city()
    actor = await actor_named("authority")
    key = await api_keys.create_api_key(
        actor,
        name="reader",
        permissions=["self:read"],
        expires_on=(datetime.now(UTC) + timedelta(days=7)).date(),
    )
    bearer = {"Authorization": f"Bearer {key.secret}"}
    me = await visitor.get("/api/v1/me", headers=bearer)
    assert me.json().get("permissions") == ["self:read"], me.text
    assert me.json()["csrf_token"] == ""
    assert (await visitor.get("/api/v1/sessions", headers=bearer)).status_code == 403
    for wrong in ["Bearer carbon_wrong", "Basic abc", "Bearer ", "Bearer \xff"]:
        denied = await visitor.get("/api/v1/me", headers={"Authorization": wrong.encode("latin-1")})
        assert denied.status_code == 401


async def test_a_wrong_key_is_not_rescued_by_a_cookie(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    answer = await visitor.get("/api/v1/me", headers={"Authorization": "Bearer carbon_wrong"})
    assert answer.status_code == 401


async def test_sessions_are_listed_and_ended_by_their_person(visitors):
    await found_city()
    desk, phone = await entered(visitors(), "authority"), await entered(visitors(), "authority")
    listed = (await desk.get("/api/v1/sessions")).json()
    assert len(listed) >= 2
    newest = listed[0]["id"]
    assert (await desk.send("DELETE", f"/api/v1/sessions/{newest}")).status_code == 204
    assert (await phone.get("/api/v1/me")).status_code == 401
    assert (await desk.get("/api/v1/me")).status_code == 200
