from tests.web.cast import entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page


async def test_an_authority_reads_who_did_what(visitor: Visitor):
    city = await found_city()
    await city.organisation("bank", "bank")
    await entered(visitor, "authority")
    found = await page(visitor, "/audit?lang=en")
    assert "organisation.create" in found.text
    assert "Somebody of the authority" in found.text
    none = await page(visitor, "/audit?act=nothing.such")
    assert "organisation.create" not in none.text


async def test_a_page_number_that_is_none_is_told(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    assert (await page(visitor, "/audit?before=7")).status == 422
