from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit
from tests.web.pages.test_upload_pages import ROWS, enterprise_at_work, send


async def test_an_empty_account_says_what_to_do_next(visitor: Visitor):
    await enterprise_at_work(visitor)
    found = await page(visitor, "/enterprise/account?year=2025&lang=en")
    assert "No activity in 2025." in found.text
    assert "/enterprise/upload" in found.links
    home = await page(visitor, "/enterprise")
    assert "Say which industry the company is in." in home.text


async def test_each_figure_leads_to_its_activities_and_each_activity_to_its_sources(visitor: Visitor):
    await enterprise_at_work(visitor)
    await send(visitor, ROWS.encode())
    account = await page(visitor, "/enterprise/account?year=2025&lang=en")
    for heading in ("By gas", "By scope", "By month", "By facility"):
        assert heading in account.headings
    listed = await page(visitor, next(link for link in account.links if "scope=1" in link))
    assert "natural gas" in listed.text
    assert "grid" not in listed.text
    opened = await page(visitor, next(link for link in listed.links if "/activities/" in link))
    for text in ("44/12", "Source", "In force from", "activities.csv", "Rule version"):
        assert text in opened.text, text


async def test_every_drill_down_of_the_account_answers(visitor: Visitor):
    await enterprise_at_work(visitor)
    await send(visitor, ROWS.encode())
    account = await page(visitor, "/enterprise/account?year=2025&gwp=AR6&lang=en")
    drills = {link for link in account.links if link.startswith("/enterprise/activities")}
    assert len(drills) >= 6
    for link in drills:
        found = await page(visitor, link)
        assert found.status == 200, link
        assert any("/activities/" in onward for onward in found.links), link


async def test_an_unknown_year_or_month_is_told(visitor: Visitor):
    await enterprise_at_work(visitor)
    assert (await page(visitor, "/enterprise/account?year=abc")).status == 422
    assert (await page(visitor, "/enterprise/activities?year=2025&month=13")).status == 422
    assert (await page(visitor, "/enterprise/activities?year=2025&scope=x")).status == 422


async def test_a_rating_says_what_is_missing_and_where_the_thresholds_come_from(visitor: Visitor):
    await enterprise_at_work(visitor)
    found = await page(visitor, "/enterprise/rating?year=2025&lang=en")
    assert "No rating yet." in found.text
    assert "The industry is not recorded yet." in found.text
    assert "as transcribed publicly" in found.text


async def test_the_companys_figures_are_recorded_and_shown(visitor: Visitor):
    await enterprise_at_work(visitor)
    saved = await submit(
        visitor,
        "/enterprise/profile?lang=en",
        {"industry_code": "3670", "district": "渝北区", "region": "重庆"},
    )
    assert "is recorded" in saved.text
    year = {"year": "2025", "value_added": "69000000.00", "main_income": "", "total_equity_and_debt": ""}
    assert "CNY 69,000,000.00" in (await submit(visitor, "/enterprise/profile/years", year)).text
    added = await submit(
        visitor, "/enterprise/profile/facilities", {"name": "三号车间", "facility_district": ""}
    )
    assert "三号车间" in added.text
    wrong = await submit(
        visitor, "/enterprise/profile", {"industry_code": "steel", "district": "", "region": ""}
    )
    assert wrong.status == 422
    assert wrong.controls["industry_code"]["aria-invalid"] == "true"
