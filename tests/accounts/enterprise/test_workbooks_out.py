import io

import openpyxl
import pytest

from accounts.enterprise.checking import check_activities
from accounts.enterprise.reading import read_file
from accounts.enterprise.submissions import marked_workbook, submit_file
from accounts.enterprise.template import DATA_SHEET, EXAMPLES_SHEET, sources_of, template_workbook
from tests.accounts.enterprise.conftest import csv


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def blank() -> bytes:
    return template_workbook(facilities=["一厂", "二厂"], language="zh", year=2024)


def test_the_template_filled_in_and_uploaded_is_read_without_a_word(blank):
    book = opened(blank)
    page = book[DATA_SHEET]
    for column, value in enumerate(["2024-03", "一厂", "化石燃料燃烧", "柴油", 12.5, "t"], start=1):
        page.cell(2, column, value)
    file = io.BytesIO()
    book.save(file)
    check = check_activities(read_file("a.xlsx", file.getvalue()))
    assert check.findings.listed() == []
    assert check.rows.height == 1


def test_the_examples_of_the_template_are_themselves_right(blank):
    book = opened(blank)
    book[DATA_SHEET].title = "空"
    book[EXAMPLES_SHEET].title = "数据"
    file = io.BytesIO()
    book.save(file)
    check = check_activities(read_file("a.xlsx", file.getvalue()))
    assert [finding for finding in check.findings.listed() if finding.severity == "error"] == []
    assert (check.rows.height, check.gaps.height) == (5, 1)


def test_the_empty_template_has_no_rows(blank):
    (error,) = check_activities(read_file("a.xlsx", blank)).findings.listed()
    assert error.code == "no-rows"


def test_the_template_offers_facilities_sources_and_items(blank):
    book = opened(blank)
    rules = {
        str(rule.sqref).partition(":")[0]: rule.formula1
        for rule in book[DATA_SHEET].data_validations.dataValidation
    }
    assert {"A2", "B2", "C2", "D2", "F2"} <= set(rules)
    assert "INDIRECT" in rules["D2"]
    values = [cell.value for cell in book["_lists"]["B"]]
    assert values[:2] == ["一厂", "二厂"]
    assert book["_lists"].sheet_state == "veryHidden"


def test_a_facility_named_like_a_formula_stays_text():
    book = opened(template_workbook(facilities=["=1+1"], year=2024))
    assert book["_lists"]["B1"].data_type == "s"


async def test_wrong_cells_come_back_coloured_with_their_reason(enterprise):
    content = csv("2024-13,一厂,化石燃料燃烧,柴油,-5,吨,F1", "2024-03,一厂,化石燃料燃烧,柴油,5,吨,=cmd()")
    submission = await submit_file(enterprise, file_name="a.csv", content=content)
    book = opened(await marked_workbook(enterprise, submission_id=submission.id, language="en"))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]][:2] == ["期间", "设施"]
    assert "not a day of the calendar" in page["A2"].comment.text
    assert "negative" in page["E2"].comment.text
    assert page["A2"].fill.fgColor.rgb == "FFF8C9C4"
    assert page["B2"].comment is None
    assert (page["G3"].value, page["G3"].data_type) == ("=cmd()", "s")
    assert {row[4].value for row in book["Findings"].iter_rows(min_row=2)} == {"2024-13", "-5", "一厂"}


async def test_the_marked_workbook_speaks_the_readers_language(enterprise):
    content = csv("2024-13,一厂,化石燃料燃烧,柴油,5,吨,F1")
    submission = await submit_file(enterprise, file_name="a.csv", content=content)
    book = opened(
        await marked_workbook(
            enterprise, submission_id=submission.id, translate=lambda template, _: f"译：{template}"
        )
    )
    assert book.worksheets[0]["A2"].comment.text.startswith("译：")


async def test_the_marked_workbook_can_be_corrected_and_uploaded(enterprise):
    content = csv("2024-13,一厂,化石燃料燃烧,柴油,5,吨,F1", "2024-03,一厂,化石燃料燃烧,柴油,5,吨,F2")
    first = await submit_file(enterprise, file_name="a.csv", content=content)
    book = opened(await marked_workbook(enterprise, submission_id=first.id))
    book.worksheets[0]["A2"].value = "2024-12"
    file = io.BytesIO()
    book.save(file)
    second = await submit_file(enterprise, file_name="a.xlsx", content=file.getvalue())
    assert (second.rows_taken, second.rows_repeated, second.rows_wrong) == (1, 1, 0)


def headings_of(sources):
    book = opened(template_workbook(facilities=[], year=2024, sources=sources))
    return [cell.value.split("\n")[0] for cell in book[DATA_SHEET][1]]


def test_a_template_has_the_columns_of_the_sources_chosen():
    usual, cement, everything = (headings_of(sources_of(guide)) for guide in ("", "08", "all"))
    assert len(usual) < len(cement) + 20 < len(everything)
    assert "供电方因子" in usual
    assert "化石碳比例" in cement
    assert "化石碳比例" not in usual
    assert set(usual) | set(cement) <= set(everything)
