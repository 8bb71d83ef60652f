from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit


async def test_an_enterprise_lets_a_bank_read_and_takes_it_back(visitor: Visitor):
    city = await found_city()
    await city.organisation("enterprise", "steel")
    bank = await city.organisation("bank", "bank")
    await entered(visitor, "steel")
    before = await page(visitor, "/enterprise/consents?lang=en")
    assert "Nobody may read your account." in before.text
    fields = {
        "grantee_id": str(bank.id),
        "until_on": before.controls["until_on"]["value"],
        "text_version": before.hidden["text_version"],
    }
    given = await submit(visitor, "/enterprise/consents", fields)
    assert "Consent given." in given.text
    assert "Sample bank" in given.text
    again = await submit(visitor, "/enterprise/consents", fields)
    assert again.status == 409
    assert "already holds a consent" in again.text


async def test_a_day_gone_by_is_told_beside_its_field(visitor: Visitor):
    city = await found_city()
    await city.organisation("enterprise", "steel")
    bank = await city.organisation("bank", "bank")
    await entered(visitor, "steel")
    fields = {"grantee_id": str(bank.id), "until_on": "2020-01-01", "text_version": "2026-01"}
    found = await submit(visitor, "/enterprise/consents?lang=zh", fields)
    assert found.status == 422
    assert found.controls["until_on"]["aria-invalid"] == "true"
    assert "截止日 2020-01-01 已过" in found.text


async def test_a_bank_has_no_such_page(visitor: Visitor):
    city = await found_city()
    await city.organisation("bank", "bank")
    await entered(visitor, "bank")
    assert (await page(visitor, "/enterprise/consents")).status == 403
