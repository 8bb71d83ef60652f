"""What every answer has, and that no question, however odd, gets a 5xx (INP-4)."""

import logging
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, get

from accounts.database.pool import close_pool
from tests.conftest import Database
from tests.web.cast import entered, found_city
from tests.web.conftest import ORIGIN, Visitor, trial_settings, visitor_of
from web.app import create_app
from web.middleware import Threshold
from web.pages import render
from web.problems import exception_handler


async def test_every_answer_has_the_safety_headers_and_a_request_id(visitor: Visitor):
    for path in ["/", "/api/v1/health", "/nowhere", "/api/v1/nowhere", "/api/v1/me"]:
        headers = (await visitor.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert len(headers["x-request-id"]) == 36
        assert "strict-transport-security" not in headers  # a local trial has no TLS


async def test_a_problem_names_what_and_remedy_and_the_request(visitor: Visitor):
    answer = await visitor.get("/api/v1/me?lang=en")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["code"] == "not-signed-in"
    assert body["remedy"].startswith("Sign in")
    assert body["request_id"] == answer.headers["x-request-id"]


async def test_health_says_only_ok(visitor: Visitor):
    assert (await visitor.get("/api/v1/health")).json() == {"status": "ok"}


async def test_health_is_503_and_silent_when_the_database_is_away(visitor: Visitor):
    await close_pool()
    answer = await visitor.get("/api/v1/health?lang=en")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The service is busy and gave up waiting."
    assert "retry-after" in answer.headers


async def test_a_browser_gets_a_page_and_the_way_to_sign_in(visitor: Visitor):
    page = await visitor.get("/nowhere", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-request-id"] in page.text


async def test_the_language_asked_for_is_kept_in_a_cookie(visitor: Visitor):
    answer = await visitor.get("/api/v1/me?lang=en")
    assert "language=en" in answer.headers["set-cookie"]
    assert (await visitor.get("/api/v1/me")).json()["title"] == "Not signed in"


async def test_a_foreign_host_is_turned_away_with_all_headers(visitor: Visitor):
    answer = await visitor.get("/api/v1/health", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"login=a&password=b", "application/x-www-form-urlencoded", 415),
        (b'{"login": "a", "password": "b", "admin": true}', "application/json", 422),
        (b'{"login": "a"}', "application/json", 422),
        (b'{"login": 1, "password": "b"}', "application/json", 422),
        (b'{"login": "a", "password": "b", "login": "c"}', "application/json", 400),
        (b'{"login": "a\\u0000", "password": "b"}', "application/json", 422),
        (b"[" * 10_000, "application/json", 400),
        (b"null", "application/json", 422),
        (b"", "application/json", 422),
        (b'"' + b"a" * 70_000 + b'"', "application/json", 413),
    ],
)
async def test_a_wrong_body_is_refused_in_words(visitor: Visitor, body, content_type, status):
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await visitor.client.post("/api/v1/sessions", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


async def test_a_wrong_field_is_named(visitor: Visitor):
    answer = await visitor.client.post("/api/v1/sessions?lang=en", json={"login": "a", "pass": "b"})
    assert answer.json()["field"] in {"pass", "password"}
    answer = await visitor.client.post("/api/v1/sessions?lang=en", json={"login": 5, "password": "b"})
    assert answer.json()["field"] == "login"
    assert "Expected str, got int" in answer.json()["detail"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=utf-99",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=x; charset=nonsense",
        'application/json; charset="',
        ";;;",
    ],
)
async def test_odd_content_types_are_below_500(visitor: Visitor, content_type):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=zzz\r\n\r\n\xff\r\n--x--\r\n'
    for path in ["/api/v1/sessions", "/sign-in"]:
        answer = await visitor.client.post(
            path, content=part, headers={"Content-Type": content_type.encode()}
        )
        assert answer.status_code < 500, answer.text


async def test_a_day_nobody_can_mean_is_refused_by_name(visitor: Visitor):
    cast = await found_city()
    await cast.organisation("enterprise", "enterprise")
    await entered(visitor, "enterprise")
    body = {"grantee_id": "6b7cc786-f44a-4d56-b282-0f2a6692fb56", "until_on": "9999-12-31"}
    answer = await visitor.post("/api/v1/consents?lang=en", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == "until_on"
    assert "outside 1900 to 2200" in answer.json()["detail"]


async def test_a_deadline_ends_a_body_that_drips(database: Database):
    slow = trial_settings(database.settings)
    object.__setattr__(slow, "body_deadline_s", 0.05)

    async def drip():
        import asyncio

        yield b'{"login"'
        await asyncio.sleep(0.3)
        yield b': "a"}'

    async with visitor_of(create_app(slow)) as visitor:
        answer = await visitor.client.post(
            "/api/v1/sessions", content=drip(), headers={"Content-Type": "application/json"}
        )
    assert answer.status_code == 408


@get("/broken", opt={"public": "a test breaks it"})
async def broken() -> None:
    raise RuntimeError("SELECT secret FROM /etc/passwd")


async def test_a_fault_of_ours_is_logged_with_the_id_and_not_shown(database: Database, caplog):
    app = Litestar([broken], exception_handlers={Exception: exception_handler(render)}, logging_config=None)
    app.asgi_handler = Threshold(app.asgi_handler, trial_settings(database.settings), render)
    async with visitor_of(app) as visitor:
        with caplog.at_level(logging.ERROR, logger="web"):
            answer = await visitor.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "passwd" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "SELECT secret" in caplog.text


@get("/busy", opt={"public": "a test keeps it busy"})
async def busy() -> None:
    raise TimeoutError


async def test_who_meets_a_busy_database_is_told_when_to_come_back(database: Database):
    app = Litestar([busy], exception_handlers={Exception: exception_handler(render)}, logging_config=None)
    app.asgi_handler = Threshold(app.asgi_handler, trial_settings(database.settings), render)
    async with visitor_of(app) as visitor:
        answer = await visitor.get("/busy")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


async def test_a_request_is_logged_on_one_line_with_its_id(visitor: Visitor, caplog):
    with caplog.at_level(logging.INFO, logger="web.access"):
        answer = await visitor.get("/nowhere%0Aforged%20line")
    lines = [record.getMessage() for record in caplog.records if record.name == "web.access"]
    assert len(lines) == 1
    assert answer.headers["x-request-id"] in lines[0]
    assert "\n" not in lines[0]


odd_text = st.text(max_size=40) | st.sampled_from(
    ["\x00", "%00", "..//..", "é" * 20, "%ff%fe", "\u202e", "0" * 300]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"]),
    path=st.sampled_from(
        ["/", "/api/v1/sessions", "/api/v1/sessions/", "/api/v1/me", "/sign-in", "/static/"]
    ),
    tail=odd_text,
    query=odd_text,
    body=st.binary(max_size=100) | st.sampled_from([b'{"login":"a","password":"b"}', b"[" * 3000]),
    content_type=st.sampled_from(
        ["application/json", "multipart/form-data; boundary=a", "", "text/\x7f", "a/b; c=d"]
    ),
    header=st.sampled_from(
        ["Cookie", "Authorization", "Accept", "Accept-Language", "Origin", "Content-Length", "X"]
    ),
    value=st.binary(max_size=30).map(
        lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    ),
)
async def test_no_request_is_answered_with_a_fault(
    app: Litestar, method, path, tail, query, body, content_type, header, value
):
    headers: list[tuple[bytes, bytes]] = [(header.encode(), value)]
    if content_type:
        headers.append((b"Content-Type", content_type.encode()))
    url = f"{ORIGIN}{path}{quote(tail)}?lang=en&x={quote(query)}"
    async with visitor_of(app) as visitor:
        request = httpx.Request(method, url, content=body, headers=headers)
        answer = await visitor.client.send(request)
    assert answer.status_code < 500, answer.text
