"""Quality and questions as an enterprise sees them, and the same by API."""

import pytest

from tests.accounts.enterprise.conftest import csv
from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page

HEAD = "期间,设施,排放源,品种,数量,单位,数据来源,不确定度"
ROWS = [f"2025-{month:02d},一厂,化石燃料燃烧,柴油,10,吨,实测,5%" for month in range(1, 11)]
SLIP = "2025-11,一厂,化石燃料燃烧,柴油,10000,吨,,"
NOTATION = "2025-03,二厂,化石燃料燃烧,柴油,C,,,"


async def reported(visitor: Visitor) -> None:
    city = await found_city()
    await city.organisation("enterprise", "steel")
    await entered(visitor, "steel")
    files = {"file": ("a.csv", csv(*ROWS, SLIP, NOTATION, headings=HEAD), "text/csv")}
    answer = await visitor.post("/api/v1/submissions", files=files, headers={"Idempotency-Key": "a"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_quality_page_shows_coverage_score_uncertainty_and_estimates(visitor: Visitor, language):
    await reported(visitor)
    found = await page(visitor, f"/enterprise/quality?year=2025&lang={language}")
    assert found.status == 200
    assert "一厂" in found.text
    assert "±" in found.text
    assert "2025" in found.text
    assert language == "zh" or "Mean of" in found.text


async def test_estimates_are_filed_from_the_page(visitor: Visitor):
    await reported(visitor)
    before = (await visitor.get("/api/v1/account/estimates?year=2025")).json()
    assert [(one["month"], one["amount"]) for one in before] == [("2025-12-01", "10000")]
    filed = await visitor.post("/api/v1/account/estimates", json={"year": 2025, "ids": [before[0]["id"]]})
    assert filed.status_code == 201, filed.text
    quality = (await visitor.get("/api/v1/account/quality?year=2025")).json()
    assert quality["estimated_mg"] > 0
    assert quality["undisclosed"][0]["notation"] == "C"


async def test_a_question_is_asked_answered_and_shown(visitor: Visitor):
    await reported(visitor)
    checked = await visitor.post("/api/v1/account/flags/checks", json={"year": 2025})
    assert checked.status_code == 201, checked.text
    assert checked.json()["new"] == 1
    [flag] = (await visitor.get("/api/v1/account/flags?year=2025&lang=en")).json()
    assert flag["kind"] == "unit-slip"
    assert "1000" in flag["question"]
    shown = await page(visitor, "/enterprise/flags?lang=en")
    assert shown.status == 200
    assert flag["question"] in " ".join(shown.text.split())
    done = await visitor.post(
        f"/api/v1/account/flags/{flag['id']}/answers", json={"decision": "as-reported", "note": "a test run"}
    )
    assert done.json()["open"] is False
    again = await page(visitor, "/enterprise/flags?lang=en")
    assert "a test run" in again.text


async def test_a_file_is_computed_by_api_as_on_the_command_line_and_not_kept(visitor: Visitor):
    await reported(visitor)
    rows = b"period,source,item,amount,unit,factor_co2,uncertainty\n2024,boiler,gas,10,TJ,56.1 t/TJ,5%"
    files = {"file": ("b.csv", rows, "text/csv")}
    answer = await visitor.post("/api/v1/calculations?gwp=AR6&uncertainty=true", files=files)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["total"]["co2e_t"] == 561
    assert told["uncertainty"]["total"]["approach_1_percent"] == 5
    assert (await visitor.get("/api/v1/account?year=2024")).json()["activities"] == 0


async def test_uncertainty_by_api_is_the_same_for_the_same_seed(visitor: Visitor):
    await reported(visitor)
    first, second = [
        (await visitor.get("/api/v1/account/uncertainty?year=2025&draws=500&seed=3")).json() for _ in range(2)
    ]
    assert first == second
    assert first["known_share"] < 1
