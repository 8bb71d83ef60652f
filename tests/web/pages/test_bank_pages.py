from datetime import UTC, datetime, timedelta

import pytest

from accounts.identity import consents
from tests.web.cast import actor_named, entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import Page, page, submit
from tests.web.pages.test_product_pages import TERMS
from tests.web.pages.test_upload_pages import ROWS, send


@pytest.fixture
async def client_path(visitor: Visitor) -> str:
    """A bank at its desk, with a product and one client who lets it read; the path of the client's page."""
    city = await found_city()
    enterprise = await city.organisation("enterprise", "steel")
    bank = await city.organisation("bank", "bank")
    await entered(visitor, "steel")
    await send(visitor, ROWS.encode())
    until_on = datetime.now(UTC).date() + timedelta(days=30)
    steel = await actor_named("steel")
    await consents.grant_consent(steel, grantee_id=bank.id, scope="account", until_on=until_on)
    await entered(visitor, "authority")
    await submit(visitor, "/authority/rates/published", {})
    await submit(visitor, "/authority/rates/accept-all", {})
    await entered(visitor, "bank")
    await submit(visitor, "/bank/products?lang=en", TERMS)
    return f"/bank/clients/{enterprise.id}"


async def priced(visitor: Visitor, client_path: str, **changed: str) -> Page:
    form = await page(visitor, f"{client_path}/price?lang=en")
    assert set(form.labels) >= {"product_id", "principal", "term_months", "starts_on", "purpose"}
    product = (await visitor.get("/api/v1/products")).json()[0]["id"]
    asked = {
        "product_id": product,
        "principal": "8000000.00",
        "term_months": "24",
        "starts_on": "2026-06-01",
        "purpose": "equipment-renewal",
        "programme_id": "CN-MOF-EQUIP-2026",
    }
    return await submit(visitor, f"{client_path}/price?lang=en", {**asked, **changed})


async def test_a_client_is_seen_while_the_consent_lasts(visitor: Visitor, client_path):
    assert "Sample steel" in (await page(visitor, "/bank/clients?lang=en")).text
    seen = await page(visitor, f"{client_path}?lang=en")
    assert "Each look is recorded and shown to it." in seen.text
    account = await page(visitor, f"{client_path}/account?year=2025")
    assert "By gas" in account.headings
    given = (await consents.list_consents(await actor_named("steel")))[0]
    await consents.withdraw_consent(await actor_named("steel"), consent_id=given.id)
    for path in ("", "/account", "/activities", "/price"):
        assert (await page(visitor, client_path + path)).status == 404, path


async def test_a_quote_shows_each_step_and_becomes_a_loan(visitor: Visitor, client_path):
    quote = await priced(visitor, client_path)
    for text in (
        "How the rate is built",
        "loan prime rate",
        "margin for unrated clients",
        "The client is unrated",
    ):
        assert text in quote.text, text
    assert "no fund holds that much" in quote.text.lower()
    register = next(action for action in quote.actions if action.endswith("/register"))
    fields = {"contract_number": "2026-7", "programme_id": "", "key": quote.hidden["key"]}
    loan = await submit(visitor, register, fields)
    assert "The loan is registered." in loan.text
    assert "CNY 8,000,000.00" in loan.text
    assert "2026-7" in (await submit(visitor, register, fields)).text
    assert (await page(visitor, "/bank/loans")).text.count("2026-7") == 1
    other = {**fields, "key": "another"}
    taken = await submit(visitor, register, other)
    assert taken.status == 409
    assert taken.controls["contract_number"]["aria-invalid"] == "true"
    dashboard = await page(visitor, "/bank")
    assert "no figure" in dashboard.text.lower()
    await entered(visitor, "steel")
    assert "2026-7" in (await page(visitor, "/enterprise/loans")).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("principal", "8,000,000"), ("principal", "1.00"), ("term_months", "999"), ("starts_on", "2026-02-30")],
)
async def test_what_cannot_be_priced_is_told_at_its_field(visitor: Visitor, client_path, field, value):
    found = await priced(visitor, client_path, **{field: value})
    assert found.status == 422
    assert found.controls[field]["aria-invalid"] == "true"
    assert found.controls[field]["value"] == value


async def test_the_other_language_of_a_quote_leads_back_to_it(visitor: Visitor, client_path):
    quote = await priced(visitor, client_path)
    link = next(link for link in quote.links if "lang=zh" in link)
    assert link.startswith("/bank/quotes/")
    assert (await page(visitor, link)).language == "zh-Hans"
