"""The library is everybody's; own factors, tables and versions are their owners'."""

from datetime import date

from accounts.enterprise.submissions import submit_file
from accounts.identity import approvals
from accounts.identity.people import create_person
from tests.web.cast import PASSWORD, actor_named, entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, page, submit

TABLE = "id,name,unit,value,region\nA,Steam,kgCO2/GJ,110,重庆\nB,Cold,kgCO2e/GJ,,重庆\n"
ROWS = "期间,排放源,品种,数量,单位\n2023-03,化石燃料燃烧,柴油,10,吨\n2023-03,外购电力,电网电力,10,万千瓦时\n".encode()


async def test_everybody_searches_the_library_and_opens_a_factor(visitor: Visitor):
    found = await page(visitor, "/factors?lang=en&q=grid+Chongqing+2023")
    assert "0.5581" in found.text
    assert "/factors/one?id=electricity.average%40CN-CQ" in found.links
    one = await page(visitor, "/factors/one?lang=en&id=electricity.average%40CN-CQ")
    assert "0.4743" in one.text
    assert "Every version" in one.headings
    assert (await page(visitor, "/factors/one?lang=en&id=nothing")).status == 404
    assert (await page(visitor, f"/factors?lang=en&q={'x' * 201}")).status in {200, 422}
    empty = await page(visitor, "/factors?lang=en&q=qzxwvk")
    assert "No factor answers this." in empty.text


async def test_the_sector_guides_say_what_they_compose_and_lack(visitor: Visitor):
    assert "Cement" in (await page(visitor, "/guides?lang=en")).text
    cement = await page(visitor, "/guides/08?lang=en")
    assert "What is missing" in cement.headings
    assert (await page(visitor, "/guides/99?lang=en")).status in {404, 422}


async def test_an_own_factor_is_proposed_in_the_browser_and_waits_for_a_colleague(visitor: Visitor):
    cast = await found_city()
    await cast.organisation("enterprise", "works")
    await entered(visitor, "works")
    fields = {
        "code": "NCV-1", "name": "diesel, measured", "source": "fuel_combustion", "item": "diesel",
        "quantity": "net_calorific_value", "value": "43.1", "unit": "GJ/t", "starts_on": "2024-01-01", "method": "measured",
    }  # fmt: skip
    refused = await submit(visitor, "/enterprise/factors", fields)
    assert refused.status == 422
    answer = await visitor.post(
        "/enterprise/factors?lang=en", data={**fields, "csrf_token": visitor.csrf_token},
        files={"evidence": ("report.pdf", b"%PDF-1.7 report", "application/pdf")}, headers=HTML, follow_redirects=True,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert "waits for review" in answer.text
    listed = (await visitor.get("/api/v1/own-factors")).json()
    assert [(one["code"], one["state"]) for one in listed] == [("NCV-1", "proposed")]
    evidence = await visitor.get(f"/api/v1/own-factors/{listed[0]['id']}/evidence")
    assert evidence.content == b"%PDF-1.7 report"


async def test_a_table_is_uploaded_previewed_proposed_and_then_found(visitor: Visitor):
    cast = await found_city()
    await entered(visitor, "authority")
    answer = await visitor.post(
        "/authority/factors?lang=en",
        data={"table_code": "city", "table_name": "City table", "mapping": "", "csrf_token": visitor.csrf_token},
        files={"file": ("table.csv", TABLE.encode(), "text/csv")}, headers=HTML, follow_redirects=True,
    )  # fmt: skip
    assert "a blank is not zero" in answer.text
    [staged] = (await visitor.get("/api/v1/factor-imports")).json()
    assert staged["counts"] == {
        "new": 1,
        "changed": 0,
        "archived": 0,
        "unchanged": 0,
        "missing": 0,
        "wrong": 1,
    }
    proposed = await submit(visitor, f"/authority/factors/{staged['id']}/propose", {})
    assert proposed.status == 200
    await create_person(
        cast.authority, login="second", name="Second", password=PASSWORD, role="administrator"
    )
    second = await actor_named("second")
    [draft] = await approvals.list_drafts(second, state="drafted")
    await approvals.approve(second, draft_id=draft.id, digest=draft.digest)
    [record] = (await visitor.get("/api/v1/public-factors?q=steam")).json()
    assert record["code"] == "CITY:A"
    assert "CITY:A" in (await page(visitor, "/factors?lang=en&q=steam")).text
    assert "110" in (await page(visitor, "/factors/one?lang=en&id=CITY:A")).text


async def test_versions_are_kept_and_compared_in_the_browser_and_by_the_api(visitor: Visitor):
    cast = await found_city()
    await cast.organisation("enterprise", "works")
    await entered(visitor, "works")
    await submit_file(await actor_named("works"), file_name="a.csv", content=ROWS)
    fields = {"year": "2023", "basis": "stored", "gwp_set": "AR5", "reason": "report", "known_on": ""}
    assert (await submit(visitor, "/enterprise/account/versions", fields)).status == 200
    answer = await visitor.post("/api/v1/account/versions", json={
        "year": 2023, "reason": "again", "gwp_set": "AR6", "recalculate": True, "known_on": date(2024, 6, 30).isoformat(),
    })  # fmt: skip
    assert answer.status_code == 201, answer.text
    used = await page(visitor, "/factors/one?lang=en&id=electricity.average%40CN")
    assert "In your own account" in used.headings
    after, before = (await visitor.get("/api/v1/account/versions?year=2023")).json()
    told = (
        await visitor.get(f"/api/v1/account/versions/comparison?before={before['id']}&after={after['id']}")
    ).json()
    parts = {part["id"]: part["co2e_mg"] for part in told["difference"]["parts"]}
    assert sum(parts.values()) == after["co2e_mg"] - before["co2e_mg"]
    assert parts["factor"] == 100_000 * (556_800 - 530_600)
    shown = await page(visitor, "/enterprise/account/versions?year=2023&lang=en")
    assert "Why they differ" in shown.headings


async def test_the_api_of_the_library_needs_no_sign_in(visitor: Visitor):
    answer = (await visitor.get("/api/v1/factors", params={"q": "电网 重庆 2023"})).json()
    assert answer["factors"][0]["id"] == "electricity.average@CN-CQ"
    assert answer["factors"][0]["version"]["value"] == "0.5581"
    one = (await visitor.get("/api/v1/factors/electricity.average@CN-CQ")).json()
    assert len(one["versions"]) == 3
    assert (await visitor.get("/api/v1/factors/nothing")).status_code == 404
    assert (await visitor.get("/api/v1/factors?confidence=sure")).status_code == 422
    assert len((await visitor.get("/api/v1/sector-guides")).json()) == 24
    assert (await visitor.get("/api/v1/factor-gaps")).json()


async def test_held_certificates_wait_for_the_authority(visitor: Visitor):
    cast = await found_city()
    for login in ("works", "mill"):
        await cast.organisation("enterprise", login)
        content = "期间,排放源,品种,数量,单位,方法,凭证,绿证编号\n2025-03,净购入电力,绿证电力,900,kWh,市场法,F1,GEC-1~3\n"
        await submit_file(await actor_named(login), file_name="a.csv", content=content.encode())
    await entered(visitor, "mill")
    assert "GEC-1~3" in (await page(visitor, "/enterprise/certificates?lang=en")).text
    await visitor.client.delete("/api/v1/sessions/current", headers=visitor.headers)
    await entered(visitor, "authority")
    held = await page(visitor, "/authority/certificates?lang=en")
    [action] = [one for one in held.actions if one.startswith("/authority/certificates/")]
    decided = await submit(visitor, action, {"decision": "refuse", "note": "named before by another"})
    assert decided.status == 200
    [claim] = (await visitor.get("/api/v1/certificates")).json()
    assert claim["decision"] == "refuse"
