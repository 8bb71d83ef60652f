import io

import openpyxl

from tests.web.cast import Cast, actor_named, entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, Page, page, read

ROWS = """期间,设施,排放源,品种,数量,单位
2025-01,一号车间,净购入电力,电网电力,36.5,万千瓦时
2025-01,一号车间,化石燃料燃烧,天然气,2.1,万Nm3
2025-13,一号车间,化石燃料燃烧,柴油,1.2,吨
"""


async def enterprise_at_work(visitor: Visitor) -> None:
    city = await found_city()
    await city.organisation("enterprise", "steel")
    await entered(visitor, "steel")


async def send(visitor: Visitor, content: bytes, name: str = "activities.csv", language: str = "en") -> Page:
    answer = await visitor.post(
        f"/enterprise/upload?lang={language}",
        files={"file": (name, content, "application/octet-stream")},
        headers=HTML,
        follow_redirects=True,
    )
    return read(answer.text, answer.status_code)


async def test_the_template_is_a_workbook_with_chinese_headings(visitor: Visitor):
    await enterprise_at_work(visitor)
    answer = await visitor.get("/enterprise/template.xlsx?lang=zh")
    assert "filename*=UTF-8''%E6%B4%BB%E5%8A%A8" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert str(book.worksheets[0].cell(1, 1).value).startswith("期间")
    assert book.worksheets[0].data_validations.dataValidation


async def test_good_rows_are_taken_and_wrong_ones_come_back_with_place_and_reason(visitor: Visitor):
    await enterprise_at_work(visitor)
    found = await send(visitor, ROWS.encode(), language="zh")
    for text in ("部分采用", "2025-13", "期间", "请核对月和日", "下载带标记的文件"):
        assert text in found.text, text
    marked = await visitor.get(next(link for link in found.links if link.endswith("marked.xlsx")))
    assert marked.content.startswith(b"PK")
    assert "activities" in marked.headers["content-disposition"]
    listed = await page(visitor, "/enterprise/upload")
    assert "activities.csv" in listed.text


async def test_the_same_file_twice_is_told_at_the_field(visitor: Visitor):
    await enterprise_at_work(visitor)
    await send(visitor, ROWS.encode())
    again = await send(visitor, ROWS.encode())
    assert again.status == 409
    assert again.controls["file"]["aria-invalid"] == "true"
    assert "submitted before" in again.text


async def test_no_file_and_a_picture_are_told_at_the_field(visitor: Visitor):
    await enterprise_at_work(visitor)
    assert "Choose a file first." in (await send(visitor, b"", name="")).text
    picture = await send(visitor, b"\x89PNG\r\n\x1a\n0000", name="holiday.png")
    assert picture.status == 422
    assert "is a PNG file" in picture.text


async def test_another_enterprise_finds_no_such_submission(visitor: Visitor, visitors):
    await enterprise_at_work(visitor)
    found = await send(visitor, ROWS.encode())
    path = next(link for link in found.links if link.endswith("marked.xlsx")).removesuffix("/marked.xlsx")
    stranger = visitors()
    await Cast(await actor_named("authority")).organisation("enterprise", "paper")
    await entered(stranger, "paper")
    assert (await page(stranger, path)).status == 404
