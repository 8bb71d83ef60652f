"""The pages of projects and methodologies as their people use them: wizard, notice with a comment, dry run, replay."""

import json

import pytest

from tests.accounts.projects.scene import DECLARED, OFFSHORE, pdf, square
from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, page, submit
from web.pages.maps import drawn

FORM = {
    "scheme": "ccer",
    "methodology": "offshore_wind",
    "name_zh": "示例<海上>风电",
    "name_en": "Sample offshore wind",
    "crediting_starts_on": "2024-01-01",
    "crediting_ends_on": "2033-12-31",
    "construction_started_on": "2022-05-01",
    "expected_t_per_year": "59880",
    "declarations": list(DECLARED),
}


async def uploaded(visitor: Visitor, path: str, name: str, content: bytes, **fields: str):
    return await visitor.post(
        path, files={"file": (name, content)}, data=fields, headers=HTML, follow_redirects=True
    )


async def test_an_owner_drafts_and_publishes_and_a_stranger_comments(visitors):
    cast = await found_city()
    await cast.organisation("enterprise", "owner")
    body = await cast.organisation("verifier", "validator")
    owner, office, public = visitors(), visitors(), visitors()
    await entered(owner, "owner")
    await entered(office, "authority")

    published = await submit(office, "/methodologies/offshore_wind/publish?lang=en", {"note": "first"})
    assert "published and frozen" in published.text
    wrong = await submit(owner, "/projects/new?lang=en", FORM | {"crediting_ends_on": "2023-01-01"})
    assert wrong.status == 422
    drafted = await submit(owner, "/projects/new?lang=en", FORM | {"validator_id": str(body.id)})
    assert "The draft is saved." in drafted.text
    assert "示例&lt;海上&gt;风电" in drafted.text or "Sample offshore wind" in drafted.text
    path = next(action for action in drafted.actions if action.endswith("/acts")).removesuffix("/acts")

    bad = await uploaded(
        owner, f"{path}/boundary?lang=en", "b.geojson", b'{"type": "Point", "coordinates": [1, 2]}'
    )
    assert bad.status_code == 422
    assert "made of Polygon" in bad.text
    await uploaded(owner, f"{path}/boundary", "b.geojson", json.dumps(square()).encode())
    refused = await submit(owner, f"{path}/acts?lang=en", {"act": "publish"})
    assert refused.status == 409
    assert "project design document is missing" in refused.text
    await uploaded(owner, f"{path}/documents", "设计.pdf", pdf("design"), kind="design_document")
    moved = await submit(owner, f"{path}/acts?lang=en", {"act": "publish"})
    assert "The next step" in moved.text

    shown = await page(public, f"/register{path}?lang=en")
    assert shown.status == 200
    assert "Somebody of owner" not in shown.text, "organisations act in public, not persons"
    said = next(action for action in shown.actions if "/hearings/" in action)
    commented = await submit(
        public,
        f"{said}?lang=en",
        {"text": "How far from the harbour?", "project_id": path.rpartition("/")[2]},
    )
    assert "your comment shows below" in commented.text
    assert "How far from the harbour?" in commented.text
    listed = await page(public, "/register?lang=en&text=offshore&state=notice")
    assert "Sample offshore wind" in listed.text
    nothing = await page(public, "/register?lang=en&text=no-such-thing&after=nonsense")
    assert "No project is found." in nothing.text


async def test_a_methodology_shows_what_runs_and_tries_a_file(visitors):
    cast = await found_city()
    await cast.organisation("enterprise", "owner")
    public, owner, office = visitors(), visitors(), visitors()
    listed = await page(public, "/methodologies?lang=en&confidence=text")
    assert "CCER-01-002-V01" in listed.text
    assert "VM0051" not in listed.text
    shown = await page(public, "/methodologies/rice?lang=en")
    assert {"Formulas", "Published numbers", "A worked case", "Dry run"} <= set(shown.headings)
    assert not [action for action in shown.actions if action.endswith(("/publish", "/replay", "/dry-run"))]
    assert (await page(public, "/methodologies/no-such-thing?lang=en")).status == 404

    await entered(owner, "owner")
    tried = await uploaded(owner, "/methodologies/offshore_wind/dry-run?lang=en", "a.toml", OFFSHORE.encode())
    assert "59,880 tCO2e" in tried.text
    wrong = await uploaded(owner, "/methodologies/offshore_wind/dry-run?lang=en", "a.toml", b"year = 2024")
    assert wrong.status_code == 422
    await entered(office, "authority")
    replayed = await submit(office, "/methodologies/rice/replay?lang=en", {})
    assert "0 live claims" in replayed.text
    assert "no difference" in replayed.text.casefold()


@pytest.mark.parametrize(
    "path", ["/register", "/projects", "/projects/new", "/methodologies", "/methodologies/landfill"]
)
async def test_the_pages_stand_in_both_languages_without_inline_styles(visitors, path):
    cast = await found_city()
    await cast.organisation("enterprise", "owner")
    owner = await entered(visitors(), "owner")
    for language in ("zh", "en"):
        found = await page(owner, f"{path}?lang={language}")
        assert found.status == 200
        assert found.styles_inline == []
        assert found.scripts_inline == 0


def test_a_map_keeps_shapes_inside_its_frame_and_marks_small_ones():
    near, far = square(107, 29, 0.001)["geometry"], square(108.5, 30, 0.2)["geometry"]
    drawing = drawn([(near, "near", "/a", "notice"), (far, "far", "/b", "registered")])
    assert [shape.is_small for shape in drawing.shapes] == [True, False]
    for shape in drawing.shapes:
        numbers = [
            float(word) for word in shape.path.replace("M", " ").replace("L", " ").replace("Z", " ").split()
        ]
        assert all(0 <= x <= drawing.width for x in numbers[::2])
        assert all(0 <= y <= drawing.height for y in numbers[1::2])
    assert drawn([]) is None
