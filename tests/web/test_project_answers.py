"""What the API of projects answers to odd requests, and what the public paths say."""

from tests.accounts.projects.scene import OFFSHORE
from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor

API = "/api/v1"


async def test_the_paths_of_the_rules_are_public(visitor: Visitor):
    schemes = (await visitor.get(f"{API}/register/schemes")).json()
    assert [one["id"] for one in schemes] == ["ccer", "cqcer"]
    [publish] = [move for move in schemes[0]["moves"]["project"] if move["act"] == "publish"]
    assert publish["working_days"] == 20
    assert "articles 10, 11, 12" in publish["clause"]["en"]
    assert {move["act"] for move in schemes[0]["moves"]["claim"] if move["two_people"]} == {"issue"}


async def test_methodologies_are_public_and_a_dry_run_needs_a_name(visitor: Visitor):
    await found_city()
    found = (await visitor.get(f"{API}/methodologies")).json()
    assert {"offshore_wind", "rice", "hebei_heating"} <= {one["id"] for one in found}
    document = await visitor.get(f"{API}/methodologies/CCER-01-002-V01/document?lang=zh")
    assert "并网海上风力发电" in document.text
    assert "[[years]]" in (await visitor.get(f"{API}/methodologies/rice/template")).text
    assert (await visitor.get(f"{API}/methodologies/no-such-thing/document")).status_code == 404
    path = f"{API}/methodologies/offshore_wind/dry-runs?file_name=a.toml"
    assert (await visitor.post(path, content=OFFSHORE.encode())).status_code in {401, 403}
    await entered(visitor, "authority")
    tried = await visitor.post(path, content=OFFSHORE.encode(), headers={"Content-Type": "text/plain"})
    assert tried.json()["credits"] == 59_880
    wrong = await visitor.post(path, content=b"years = 3", headers={"Content-Type": "text/plain"})
    assert wrong.status_code == 422


async def test_odd_requests_are_answered_below_500(visitor: Visitor):
    cast = await found_city()
    await cast.organisation("enterprise", "owner")
    await entered(visitor, "owner")
    draft = {
        "scheme": "CCER",
        "methodology": "海上风电",
        "name_zh": "一",
        "crediting_starts_on": "2024-01-01",
        "crediting_ends_on": "2033-12-31",
    }
    made = await visitor.post(f"{API}/projects", json={**draft, "methodology": "CCER—01—002—V01"})
    assert made.status_code == 201, made.text
    path = f"{API}/projects/{made.json()['id']}"
    for body in (
        {**draft, "scheme": "no such"},
        {**draft, "methodology": "no such"},
        {**draft, "methodology": "rice", "crediting_ends_on": "2023-01-01"},
        {**draft, "methodology": "rice", "declarations": {"i_am_nice": True}},
        {**draft, "methodology": "rice", "validator_id": made.json()["id"]},
        {**draft, "unknown": 1},
    ):
        assert 400 <= (await visitor.post(f"{API}/projects", json=body)).status_code < 500, body
    for geojson in (
        {},
        {"type": "Polygon"},
        {"type": "FeatureCollection", "features": [1, None]},
        {"type": "Polygon", "coordinates": [[1]]},
    ):
        assert (await visitor.send("PUT", f"{path}/boundary", json=geojson)).status_code == 422, geojson
    for act in ("fly", "publish", "hold"):
        assert 400 <= (await visitor.post(f"{path}/acts", json={"act": act})).status_code < 500
    assert (await visitor.get(f"{API}/projects?text=%25_\\&limit=200")).status_code == 200
    assert (
        await visitor.get(f"{API}/register/projects?after=01a20000-0000-7000-8000-000000000000")
    ).json() == []
