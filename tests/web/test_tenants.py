"""Somebody else's things: the same answer as for things that do not exist (TEN-8)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor

CSV = "期间,设施,排放源,品种,数量,单位\n2025-03,一号车间,化石燃料燃烧,柴油,1.5,吨\n".encode()
LATER = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - any day ahead will do
TERMS = {
    "valid_from": "2026-01-01",
    "margins": ["-0.3", "-0.1", "0.1", "0.3", "0.5"],
    "unrated_margin": "0.4",
    "floor": "2",
    "cap": "8",
    "largest_fen": 10**9,
    "longest_months": 60,
}


@dataclass
class Owned:
    """Somebody's things, each with the addresses that lead to it: method, path with `{}` for its id, body."""

    owner: Visitor
    stranger: Visitor
    ids: dict[str, str]


ADDRESSES = {
    "submission": [("GET", "/api/v1/submissions/{}", None), ("GET", "/api/v1/submissions/{}/marked", None)],
    "activity": [("GET", "/api/v1/account/activities/{}/explanation", None)],
    "consent": [("POST", "/api/v1/consents/{}/withdrawal", None)],
    "session": [("DELETE", "/api/v1/sessions/{}", None)],
    "key": [("DELETE", "/api/v1/api-keys/{}", None)],
    "person": [
        ("PUT", "/api/v1/people/{}/role", {"role": "reader"}),
        ("POST", "/api/v1/people/{}/disabling", None),
    ],
}


async def made(visitor: Visitor, path: str, **more: object) -> dict:
    answer = await visitor.post(path, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def owned(visitors: Callable[[], Visitor]) -> Owned:
    cast = await found_city()
    bank = await cast.organisation("bank", "bank")
    for login in ("owner", "stranger"):
        await cast.organisation("enterprise", login)
    owner, stranger = await entered(visitors(), "owner"), await entered(visitors(), "stranger")
    submission = await made(owner, "/api/v1/submissions", files={"file": ("a.csv", CSV, "text/csv")})
    consent = await made(owner, "/api/v1/consents", json={"grantee_id": str(bank.id), "until_on": LATER})
    wanted = {"name": "k", "permissions": ["account:read"], "expires_on": LATER}
    key = await made(owner, "/api/v1/api-keys", json=wanted)
    activity = (await owner.get("/api/v1/account/activities?year=2025")).json()[0]
    me = (await owner.get("/api/v1/me")).json()
    session = (await owner.get("/api/v1/sessions")).json()[0]
    things = {
        "submission": submission,
        "consent": consent,
        "key": key,
        "activity": activity,
        "session": session,
    }
    ids = {name: thing["id"] for name, thing in things.items()} | {"person": me["person_id"]}
    return Owned(owner, stranger, ids)


async def test_a_stranger_cannot_tell_somebody_s_thing_from_nothing(owned: Owned):
    for thing, addresses in ADDRESSES.items():
        for method, path, body in addresses:
            real = await owned.stranger.send(method, path.format(owned.ids[thing]), json=body)
            none = await owned.stranger.send(method, path.format(uuid4()), json=body)
            assert real.status_code == none.status_code == 404, (method, path, real.text)
            assert real.json()["detail"] == none.json()["detail"]


async def test_the_owner_finds_what_the_stranger_does_not(owned: Owned):
    for thing in ("submission", "activity"):
        for method, path, body in ADDRESSES[thing]:
            answer = await owned.owner.send(method, path.format(owned.ids[thing]), json=body)
            assert answer.status_code == 200, (method, path, answer.text)


async def test_lists_hold_only_what_is_one_s_own(owned: Owned):
    for path in (
        "/api/v1/submissions",
        "/api/v1/consents",
        "/api/v1/api-keys",
        "/api/v1/account/activities?year=2025",
    ):
        assert (await owned.owner.get(path)).json(), path
        assert (await owned.stranger.get(path)).json() == [], path


async def test_a_bank_does_not_see_another_bank_s_products_quotes_and_loans(visitors: Callable[[], Visitor]):
    cast = await found_city()
    for login in ("bank.one", "bank.two"):
        await cast.organisation("bank", login)
    one, two = await entered(visitors(), "bank.one"), await entered(visitors(), "bank.two")
    product = await made(one, "/api/v1/products", json={"name_zh": "甲", "name_en": "A", "terms": TERMS})
    assert (await two.get("/api/v1/products")).json() == []
    for method, path, body in [
        ("GET", f"/api/v1/products/{product['id']}", None),
        ("POST", f"/api/v1/products/{product['id']}/terms", TERMS | {"valid_from": "2026-06-01"}),
    ]:
        answer = await two.send(method, path, json=body)
        assert answer.status_code == 404, answer.text
    assert (await one.get(f"/api/v1/products/{product['id']}")).status_code == 200


async def test_an_authority_does_not_top_up_another_one_s_fund(visitors: Callable[[], Visitor]):
    cast = await found_city()
    await cast.organisation("authority", "bureau")
    first, second = await entered(visitors(), "authority"), await entered(visitors(), "bureau")
    wanted = {"programme_id": "CN-MOF-EQUIP-2026", "amount_fen": 1000}
    fund = await made(first, "/api/v1/funds", json=wanted, headers={"Idempotency-Key": "1"})
    answer = await second.post(
        f"/api/v1/funds/{fund['id']}/top-ups", json={"amount_fen": 5}, headers={"Idempotency-Key": "1"}
    )
    assert answer.status_code == 404, answer.text
    again = await first.post("/api/v1/funds", json=wanted, headers={"Idempotency-Key": "1"})
    assert again.json()["id"] == fund["id"]
    other = await first.post(
        "/api/v1/funds", json=wanted | {"amount_fen": 2000}, headers={"Idempotency-Key": "1"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
