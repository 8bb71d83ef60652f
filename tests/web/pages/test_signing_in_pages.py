import pytest

from tests.web.cast import PASSWORD, entered, found_city
from tests.web.conftest import ORIGIN, Visitor
from tests.web.pages.reading import HTML, page, submit
from web.pages.sign_in import inside


async def test_signing_in_leads_to_the_own_overview_and_out_again(visitor: Visitor):
    await found_city()
    visitor.headers = {"Origin": ORIGIN}
    answer = await visitor.post("/sign-in", data={"login": "authority", "password": PASSWORD}, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/authority"
    found = await page(visitor, "/settings?lang=en")
    assert found.hidden["csrf_token"]
    out = await submit(visitor, "/sign-out", {"csrf_token": found.hidden["csrf_token"]})
    assert "You are signed out." in out.text
    assert (await visitor.get("/settings", headers=HTML)).status_code == 303


async def test_a_wrong_password_is_told_at_the_form_and_not_shown_again(visitor: Visitor):
    await found_city()
    visitor.headers = {"Origin": ORIGIN}
    found = await submit(visitor, "/sign-in?lang=en", {"login": "authority", "password": "not this one"})
    assert found.status == 401
    assert "Login or password is wrong" in found.text
    assert found.controls["login"]["value"] == "authority"
    assert not found.controls["password"].get("value")


async def test_a_form_without_its_token_does_nothing(visitor: Visitor):
    await found_city()
    await entered(visitor, "authority")
    visitor.headers = {"Origin": ORIGIN}
    answer = await visitor.post("/sign-out", data={"csrf_token": "made up"}, headers=HTML)
    assert answer.status_code == 403
    assert (await page(visitor, "/settings")).status == 200


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", ""],
)
def test_after_signing_in_nobody_is_led_elsewhere(address):
    assert inside(address) == ""


def test_after_signing_in_one_goes_on_where_one_wanted():
    assert inside("/bank/loans?page=2") == "/bank/loans?page=2"
