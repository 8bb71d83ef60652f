from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, page, read, submit

FIGURES = "\ufeff公司,指标,年度,数值\n" + "".join(
    f"示例公司{company},溫室氣體排放量,{year},{(5000 * company + year) * (1000 if (company, year) == (1, 2022) else 1)}\n"
    for company in range(1, 13)
    for year in (2020, 2021, 2022, 2023)
)


async def test_a_figure_in_another_unit_is_held_out_until_somebody_decides(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    answer = await visitor.post(
        "/authority/totals/upload?lang=en",
        files={"file": ("figures.csv", FIGURES.encode(), "text/csv")},
        headers=HTML,
        follow_redirects=True,
    )
    assert "figures.csv" in read(answer.text).headings
    found = await page(visitor, "/authority/totals?lang=en")
    assert "most likely another unit" in found.text
    decide = next(action for action in found.actions if "/flags/" in action)
    refused = await submit(visitor, decide, {"decision": "exclude", "note": ""})
    assert refused.status == 422
    decided = await submit(visitor, decide, {"decision": "exclude", "note": "kilograms, asked the company"})
    assert "Your decision is recorded with your name." in decided.text
    assert "Kept out" in decided.text or "kept out" in decided.text
