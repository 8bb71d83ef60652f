import pytest

from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, page
from web.pages.assets import asset_address


@pytest.mark.parametrize("path", ["/", "/about", "/sign-in"])
@pytest.mark.parametrize(("language", "tag"), [("zh", "zh-Hans"), ("en", "en")])
async def test_a_stranger_reads_a_public_page_in_both_languages(visitor: Visitor, path, language, tag):
    found = await page(visitor, f"{path}?lang={language}")
    assert found.status == 200
    assert found.language == tag
    assert found.headings


@pytest.mark.parametrize("path", ["/", "/about", "/sign-in"])
async def test_a_page_needs_no_inline_script_or_style(visitor: Visitor, path):
    found = await page(visitor, path)
    assert found.scripts_inline == 0
    assert found.styles_inline == []


async def test_the_other_language_keeps_page_and_question(visitor: Visitor):
    found = await page(visitor, "/sign-in?next=%2Fbank%2Floans&lang=en")
    assert "/sign-in?next=%2Fbank%2Floans&lang=zh" in found.links


async def test_the_chosen_language_is_remembered(visitor: Visitor):
    await page(visitor, "/?lang=en")
    assert (await page(visitor, "/about")).language == "en"


async def test_each_field_has_a_label(visitor: Visitor):
    found = await page(visitor, "/sign-in")
    assert set(found.controls) == {"login", "password"} == set(found.labels)


async def test_what_is_not_there_is_said_in_the_house_style(visitor: Visitor):
    found = await page(visitor, "/nowhere?lang=en")
    assert found.status == 404
    assert "Not found" in found.headings
    assert "Request number" in found.text


async def test_who_is_not_signed_in_is_led_to_the_way_in_and_back(visitor: Visitor):
    answer = await visitor.get("/settings", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/settings"


async def test_style_script_and_plotly_are_served_for_a_year(visitor: Visitor):
    for name, kind in [
        ("house.css", "text/css"),
        ("house.js", "text/javascript"),
        ("plotly.min.js", "text/javascript"),
    ]:
        answer = await visitor.get(asset_address(name))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) > 500


@pytest.mark.parametrize(
    "path", ["/static/000000000000/house.css", "/static/x/../app.py", "/static/x/secrets.toml"]
)
async def test_nothing_else_is_served_as_a_file(visitor: Visitor, path):
    assert (await visitor.get(path)).status_code == 404
