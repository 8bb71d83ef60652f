"""Setting up and proving a second factor in the browser and over the API."""

import re
import time

import pyotp

from tests.web.cast import PASSWORD, entered, found_city


async def post(visitor, path, **fields):
    return await visitor.post(path, data={"csrf_token": visitor.csrf_token, **fields})


async def enrolled(visitor):
    page = (await post(visitor, "/second-factor/enrolment", next="/settings")).text
    totp = pyotp.TOTP(re.search(r'<span class="code">([A-Z2-7]{32})</span>', page).group(1))
    assert "<svg" in page
    assert "data:" not in page
    done = await post(
        visitor, "/second-factor/confirmation", code=totp.at(time.time() - 30), next="/settings"
    )
    assert done.status_code == 200
    return totp, done.text


async def test_scan_confirm_and_keep_the_recovery_codes(visitor, database):
    await found_city()
    await entered(visitor, "authority")
    wrong = await post(visitor, "/second-factor/confirmation", code="123456")
    assert wrong.status_code == 404
    before = visitor.client.cookies["session"]
    _, page = await enrolled(visitor)
    assert len(re.findall(r'<li class="code">', page)) == 10
    assert visitor.client.cookies["session"] != before
    assert (await visitor.get("/settings")).status_code == 200


async def test_the_next_sign_in_leads_to_the_code_and_then_onward(visitor, visitors, database):
    await found_city()
    await entered(visitor, "authority")
    totp, _ = await enrolled(visitor)
    second = visitors()
    answer = await second.client.post(
        "/sign-in",
        data={"login": "authority", "password": PASSWORD, "next": "/audit"},
        headers={"Origin": "http://127.0.0.1"},
    )
    assert answer.headers["location"] == "/second-factor?next=/audit"
    shut = await second.get("/audit", headers={"Accept": "text/html"})
    assert (shut.status_code, shut.headers["location"]) == (303, "/second-factor?next=/audit")
    assert (await second.get("/api/v1/audit")).json()["code"] == "second-factor-needed"
    page = (await second.get("/second-factor?next=/audit")).text
    second.headers = {"Origin": "http://127.0.0.1"}
    second.csrf_token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    assert (await post(second, "/second-factor/proof", code="000000", next="/audit")).status_code == 401
    proved = await post(second, "/second-factor/proof", code=totp.now(), next="/audit")
    assert (proved.status_code, proved.headers["location"]) == (303, "/audit")
    assert (await second.get("/audit")).status_code == 200


async def test_it_does_not_lead_to_another_site(visitor, database):
    await found_city()
    await entered(visitor, "authority")
    page = (await visitor.get("/second-factor?next=https://elsewhere.example")).text
    assert 'name="next" value=""' in page


async def test_programs_set_it_up_over_the_api(visitor, database):
    await found_city()
    await entered(visitor, "authority")
    begun = (await visitor.post("/api/v1/me/second-factor/enrolment")).json()
    code = pyotp.TOTP(begun["secret"]).at(time.time() - 30)
    done = await visitor.post("/api/v1/me/second-factor/confirmation", json={"code": code})
    assert (done.status_code, len(done.json()["recovery_codes"])) == (201, 10)
    visitor.headers["X-CSRF-Token"] = done.json()["csrf_token"]
    assert (await visitor.get("/api/v1/me/second-factor")).json()["fresh"] is True
    half = await entered(visitor, "authority")
    me = (await half.get("/api/v1/me")).json()
    assert (me["second_factor_due"], me["permissions"]) == (True, ["second-factor:use"])
    proof = await half.post("/api/v1/me/second-factor/proof", json={"code": done.json()["recovery_codes"][0]})
    assert proof.status_code == 201
    half.headers["X-CSRF-Token"] = proof.json()["csrf_token"]
    assert (
        await half.post("/api/v1/me/second-factor/removal", json={"code": pyotp.TOTP(begun["secret"]).now()})
    ).status_code == 204
    assert (await half.get("/api/v1/me")).status_code == 401
