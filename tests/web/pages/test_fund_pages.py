from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit


async def test_a_fund_is_opened_once_and_topped_up(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    before = await page(visitor, "/authority/funds?lang=en")
    assert "No fund is open." in before.text
    fields = {"programme_id": "CN-MOF-EQUIP-2026", "amount": "1000000.00", "key": before.hidden["key"]}
    opened = await submit(visitor, "/authority/funds", fields)
    assert "The fund is open" in opened.text
    assert "CNY 1,000,000.00" in opened.text
    again = await submit(visitor, "/authority/funds", fields)
    assert "CNY 1,000,000.00" in again.text
    amount = next(name for name in opened.controls if name.startswith("amount-"))
    added = await submit(
        visitor,
        opened.actions[-1] if "top-up" in opened.actions[-1] else opened.actions[1],
        {amount: "500000.5", "key": "second"},
    )
    assert "CNY 1,500,000.50" in added.text


async def test_an_amount_of_nothing_is_told_at_its_field(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    fields = {"programme_id": "CN-MOF-EQUIP-2026", "amount": "0", "key": "first"}
    found = await submit(visitor, "/authority/funds?lang=en", fields)
    assert found.status == 422
    assert found.controls["amount"]["aria-invalid"] == "true"
