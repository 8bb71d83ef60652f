from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit

TERMS = {
    "name_zh": "碳效贷",
    "name_en": "Carbon loan",
    "valid_from": "2025-01-01",
    **{
        f"margin_{level}": points
        for level, points in enumerate(("-0.30", "-0.10", "0.00", "0.40", "0.90"), 1)
    },
    "unrated_margin": "0.60",
    "green_use_discount": "0.10",
    "floor": "2.00",
    "cap": "8.00",
    "smallest": "100000.00",
    "largest": "50000000.00",
    "longest_months": "60",
    "day_count": "ACT/360",
}


async def test_a_bank_saves_a_product_and_reads_its_terms(visitor: Visitor):
    city = await found_city()
    await city.organisation("bank", "bank")
    await entered(visitor, "bank")
    assert "No product yet." in (await page(visitor, "/bank/products?lang=en")).text
    saved = await submit(visitor, "/bank/products", TERMS)
    assert "The loan product is saved." in saved.text
    assert "Carbon loan" in saved.headings
    assert "−0.30" in saved.text


async def test_a_floor_above_the_cap_is_told_at_its_field(visitor: Visitor):
    city = await found_city()
    await city.organisation("bank", "bank")
    await entered(visitor, "bank")
    found = await submit(visitor, "/bank/products?lang=en", {**TERMS, "floor": "9.00"})
    assert found.status == 422
    assert found.controls["floor"]["aria-invalid"] == "true"
    assert found.controls["name_zh"]["value"] == "碳效贷"
