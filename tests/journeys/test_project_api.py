"""A reduction project through the HTTP API: draft, notice with a comment, validation, registration, report, verification, units."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date

import httpx
import pytest

from accounts.identity import people
from tests.accounts.projects.scene import DECLARED, TONNES, pdf, square
from tests.conftest import Database
from tests.web.cast import PASSWORD, actor_named, entered, found_city
from tests.web.conftest import Visitor, trial_settings, visitor_of
from web.app import create_app

PREFIX = "/api/v1"
YEAR = date.today().year - 1  # noqa: DTZ011 - the latest full year, whatever the day
REPORT = f"""
methodology = "offshore_wind"
crediting = {{ starts_on = {YEAR}-01-01, ends_on = {YEAR + 9}-12-31 }}
[project]
shore_distance = 35
operating_margin = 0.8
build_margin = 0.4
[conditions]
grid_connected = true
lawful = true
construction_after_2012 = true
[[years]]
year = {YEAR}
exported = 100000
imported = 200
"""
LOGINS = ("owner", "validator", "verifier", "office", "colleague")


@dataclass
class Parties:
    """A browser for each, and one for the public."""

    owner: Visitor
    validator: Visitor
    verifier: Visitor
    office: Visitor
    colleague: Visitor
    public: Visitor
    ids: dict[str, str]


@pytest.fixture
async def parties(database: Database) -> AsyncIterator[Parties]:
    app = create_app(trial_settings(database.settings))
    cast = await found_city()
    ids = {}
    for kind, login in (("enterprise", "owner"), ("verifier", "validator"), ("verifier", "verifier")):
        ids[login] = str((await cast.organisation(kind, login)).id)
    await cast.organisation("authority", "office")
    await people.create_person(
        await actor_named("office"), login="colleague", name="Somebody else", password=PASSWORD, role="member"
    )
    async with AsyncExitStack() as stack:
        visitors = {login: await stack.enter_async_context(visitor_of(app)) for login in (*LOGINS, "public")}
        for login in LOGINS:
            await entered(visitors[login], login)
        yield Parties(**visitors, ids=ids)


def good(answer: httpx.Response) -> dict:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def upload(visitor: Visitor, path: str, name: str, content: bytes) -> dict:
    return good(
        await visitor.post(PREFIX + path, files={"file": (name, content, "application/octet-stream")})
    )


async def act(visitor: Visitor, path: str, act: str, **said: object) -> dict:
    return good(await visitor.post(f"{PREFIX}{path}/acts", json={"act": act, **said}))


async def refused(visitor: Visitor, path: str, act: str, **said: object) -> dict:
    answer = await visitor.post(f"{PREFIX}{path}/acts?lang=en", json={"act": act, **said})
    assert answer.status_code in {403, 409}, answer.text
    return answer.json()


async def approved(visitor: Visitor, moved: dict) -> httpx.Response:
    path = f"{PREFIX}/approvals/{moved['draft_id']}/approval"
    return await visitor.post(path, json={"digest": moved["draft_digest"]})


async def close_notices(database: Database) -> None:
    """Twenty working days pass."""
    async with database.as_superuser() as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            "update projects_hearing set ends_on = current_date - 2, starts_on = current_date - 40"
        )


async def drafted(parties: Parties) -> dict:
    project = good(
        await parties.owner.post(
            f"{PREFIX}/projects",
            json={
                "scheme": "ccer",
                "methodology": "offshore_wind",
                "name_zh": "示例海上风电一期",
                "crediting_starts_on": f"{YEAR}-01-01",
                "crediting_ends_on": f"{YEAR + 9}-12-31",
                "construction_started_on": f"{YEAR - 2}-05-01",
                "declarations": DECLARED,
                "validator_id": parties.ids["validator"],
            },
        )
    )
    path = f"/projects/{project['id']}"
    good(await parties.owner.send("PUT", f"{PREFIX}{path}/boundary", json=square()))
    await upload(parties.owner, f"{path}/documents?kind=design_document", "设计文件.pdf", pdf("design"))
    return project


async def test_a_project_goes_all_the_way_and_the_public_can_follow(parties, database):
    good(await parties.office.post(f"{PREFIX}/methodologies/offshore_wind/versions", json={}))
    project = await drafted(parties)
    path = f"/projects/{project['id']}"
    assert (await parties.public.get(f"{PREFIX}/register{path}")).status_code == 404

    await act(parties.owner, path, "publish")
    seen = good(await parties.public.get(f"{PREFIX}/register{path}"))
    [hearing] = seen["hearings"]
    assert hearing["starts_on"] <= hearing["ends_on"]
    said = f"{PREFIX}/register/hearings/{hearing['id']}/comments"
    assert good(await parties.public.post(said, json={"text": "风机离渔港多远？"})) == {"state": "shown"}
    assert good(await parties.public.post(said, json={"text": "<script>alert(1)</script>"})) == {
        "state": "waiting"
    }
    assert "until" in (await refused(parties.owner, path, "close_notice"))["detail"]

    await close_notices(database)
    assert "1 comments" in (await refused(parties.owner, path, "close_notice"))["detail"]
    [comment] = good(await parties.owner.get(f"{PREFIX}{path}"))["comments"]
    answer = await parties.owner.post(
        f"{PREFIX}/comments/{comment['id']}/answers", json={"text": "十二公里。"}
    )
    assert answer.status_code == 201, answer.text
    await act(parties.owner, path, "close_notice")

    await refused(parties.validator, path, "validate", comments_statement="one comment, answered")
    await upload(
        parties.validator, f"{path}/documents?kind=validation_report", "审定报告.pdf", pdf("validation")
    )
    await act(parties.validator, path, "validate", comments_statement="one comment, answered")
    for kind in ("application_form", "commitment"):
        await upload(parties.owner, f"{path}/documents?kind={kind}", f"{kind}.pdf", pdf(kind))
    await act(parties.owner, path, "apply")
    await act(parties.office, path, "receive")
    moved = await act(parties.office, path, "register")
    assert moved["project"]["state"] == "under_review"
    assert (await approved(parties.office, moved)).status_code == 403
    assert (await approved(parties.colleague, moved)).status_code in {200, 201}
    assert good(await parties.public.get(f"{PREFIX}/register{path}"))["project"]["state"] == "registered"

    await claimed_and_issued(parties, database, path)


async def claimed_and_issued(parties: Parties, database: Database, project: str) -> None:
    claim = good(
        await parties.owner.post(
            f"{PREFIX}{project}/claims",
            json={
                "starts_on": f"{YEAR}-01-01",
                "ends_on": f"{YEAR}-12-31",
                "verifier_id": parties.ids["validator"],
            },
        )
    )
    path, of_claim = f"/claims/{claim['id']}", f"claim_id={claim['id']}"
    report = await upload(parties.owner, f"{path}/report", "监测数据.toml", REPORT.encode())
    assert report["calculation"]["credits_t"] == TONNES
    assert report["calculation"]["label"] == "CCER-01-002-V01"
    await upload(
        parties.owner, f"{project}/documents?kind=accounting_report&{of_claim}", "核算报告.pdf", pdf("report")
    )
    assert "another body" in (await refused(parties.owner, path, "publish"))["detail"]
    verifier = {"verifier_id": parties.ids["verifier"]}
    good(await parties.owner.send("PUT", f"{PREFIX}{path}/verifier", json=verifier))
    await act(parties.owner, path, "publish")
    await close_notices(database)
    await act(parties.owner, path, "close_notice")

    await upload(
        parties.verifier,
        f"{project}/documents?kind=verification_report&{of_claim}",
        "核查报告.pdf",
        pdf("ok"),
    )
    told = await refused(parties.verifier, path, "verify", quantity_t=TONNES + 1, comments_statement="none")
    assert str(TONNES) in told["detail"]
    await act(parties.verifier, path, "verify", quantity_t=TONNES, comments_statement="none")
    for kind in ("application_form", "commitment"):
        await upload(
            parties.owner, f"{project}/documents?kind={kind}&{of_claim}", f"{kind}.pdf", pdf(f"claim {kind}")
        )
    await act(parties.owner, path, "apply")
    await act(parties.office, path, "receive")
    moved = await act(parties.office, path, "issue")
    assert (await approved(parties.colleague, moved)).status_code in {200, 201}

    seen = good(await parties.public.get(f"{PREFIX}/register{path}"))
    assert (seen["claim"]["state"], seen["calculation"]["credits_t"]) == ("registered", TONNES)
    counted = good(await parties.public.get(f"{PREFIX}/register/counters"))
    assert counted["credits_issued_t"] == TONNES
    told = good(await parties.owner.get(f"{PREFIX}{path}/explanation"))
    assert told["equal"] is True
    again = await parties.owner.post(
        f"{PREFIX}{project}/claims", json={"starts_on": f"{YEAR}-06-01", "ends_on": f"{YEAR}-12-31"}
    )
    assert again.status_code == 409
    async with database.as_superuser() as connection:
        assert await connection.fetchval("select sum(last - first + 1) from registry_issuance") == TONNES


async def test_the_downloads_of_the_register_are_safe_to_open(parties):
    good(await parties.office.post(f"{PREFIX}/methodologies/offshore_wind/versions", json={}))
    project = await drafted(parties)
    path = f"/projects/{project['id']}"
    good(await parties.owner.send("PATCH", f"{PREFIX}{path}", json={"name_zh": "=HYPERLINK(1)"}))
    await act(parties.owner, path, "publish")
    table = await parties.public.get(f"{PREFIX}/register/projects.csv")
    assert "'=HYPERLINK(1)" in table.content.decode("utf-8-sig")
    [one] = good(await parties.public.get(f"{PREFIX}/register/projects?text=HYPERLINK"))
    assert one["code"].startswith("CCER-")
    assert (
        good(await parties.public.get(f"{PREFIX}/register/map"))["features"][0]["geometry"]["type"]
        == "Polygon"
    )
