"""Statement and reports as people get them: on the page, as PDF, as a workbook."""

import io

import openpyxl
import pytest

from tests.accounts.enterprise.conftest import csv
from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page

ROWS = ("2025-01,=cmd|' /C calc'!A0,固定燃烧,天然气,1000,立方米,A", "2025-02,北厂,外购电力,电力,30,MWh,C")


async def reported(visitor: Visitor) -> None:
    city = await found_city()
    await city.organisation("enterprise", "steel")
    await entered(visitor, "steel")
    files = {"file": ("a.csv", csv(*ROWS), "text/csv")}
    answer = await visitor.post("/api/v1/submissions", files=files, headers={"Idempotency-Key": "a"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_statement_shows_postings_and_leads_to_pdf_and_workbook(visitor: Visitor, language):
    await reported(visitor)
    found = await page(visitor, f"/enterprise/statement?year=2025&lang={language}")
    assert found.status == 200
    assert ("期末余额" if language == "zh" else "Closing balance") in found.text
    [pdf] = [link for link in found.links if ".pdf" in link]
    [xlsx] = [link for link in found.links if ".xlsx" in link]
    printed = await visitor.get(pdf)
    assert printed.content.startswith(b"%PDF-")
    assert printed.headers["content-disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO((await visitor.get(xlsx)).content))
    assert len(book.sheetnames) == 4
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    "asked", ["known_on=2999-01-01", "known_on=yesterday", "year=99", "known_on=2025-02-30"]
)
async def test_a_wrong_day_or_year_is_told_and_no_fault(visitor: Visitor, asked):
    await reported(visitor)
    for path in ("/enterprise/statement", "/enterprise/statement.pdf"):
        assert (await visitor.get(f"{path}?{asked}", headers={"Accept": "text/html"})).status_code == 422


@pytest.mark.parametrize("form", ["ghg-protocol", "iso-14064-1", "gbt-32150", "guide-05"])
async def test_each_form_is_shown_and_printed(visitor: Visitor, form):
    await reported(visitor)
    listed = await page(visitor, "/enterprise/reports?year=2025&lang=zh")
    assert any(form in link for link in listed.links)
    shown = await page(visitor, f"/enterprise/reports/{form}?year=2025&lang=zh")
    assert shown.status == 200
    assert (await visitor.get(f"/enterprise/reports/{form}/pdf?year=2025")).content.startswith(b"%PDF-")
    told = (await visitor.get(f"/api/v1/account/reports/{form}?year=2025")).json()
    assert sum(line["co2e_mg"] for line in told["lines"]) == told["total_mg"] > 0
    assert (
        await visitor.get("/enterprise/reports/unknown", headers={"Accept": "text/html"})
    ).status_code == 404
