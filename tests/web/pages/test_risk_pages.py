import io
from datetime import date

import openpyxl
import pytest

from accounts.finance import loans, products
from tests.accounts.finance.city import TERMS, let_in
from tests.web.cast import actor_named, entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import page, submit


@pytest.fixture
async def desk(visitor: Visitor):
    """A bank with one loan to a mill; the loan's id and the mill's."""
    city = await found_city()
    await city.organisation("enterprise", "mill")
    await city.organisation("bank", "bank")
    await entered(visitor, "authority")
    await submit(visitor, "/authority/rates/published", {})
    await submit(visitor, "/authority/rates/accept-all", {})
    bank, mill = await actor_named("bank"), await actor_named("mill")
    product = await products.save_product(bank, **TERMS)
    await let_in(mill, bank)
    loan = await loans.register_loan(
        bank, enterprise_id=mill.tenant_id, product_id=product.id, principal_fen=100_000_000, term_months=60,
        starts_on=date(2026, 3, 2), purpose="green-project", contract_number="=1+1",
    )  # fmt: skip
    return str(loan.id), str(mill.tenant_id), str(product.id)


async def test_a_pool_a_cover_and_a_loss(visitor: Visitor, desk):
    await entered(visitor, "authority")
    fields = {"programme_id": "NFGF-PRIVATE-2026", "amount": "1000000", "key": "a"}
    assert "Guarantee plan" in (await submit(visitor, "/authority/pools?lang=en", fields)).text
    await entered(visitor, "bank")
    found = await page(visitor, "/bank/pools")
    action = next(action for action in found.actions if action.endswith("/cover"))
    pool = action.split("/")[-2]
    seen = await submit(visitor, action, {f"loan-{pool}": desk[0], f"class-{pool}": "standard"})
    loss = next(action for action in seen.actions if action.endswith("/loss"))
    one = loss.split("/")[-2]
    told = await submit(visitor, f"{loss}?lang=en", {f"loss-{one}": "1000", f"reason-{one}": "逾期"})
    assert "loss reported" in told.text
    await entered(visitor, "authority")
    decide = next(a for a in (await page(visitor, "/authority/pools")).actions if a.endswith("/compensation"))
    drafted = await submit(visitor, decide, {"decision": "pay", f"reason-{one}": ""})
    assert drafted.status == 200


async def test_a_project_is_posted_and_refused_with_a_reason(visitor: Visitor, desk):
    await entered(visitor, "mill")
    fields = {
        "title": "余热利用",
        "item": "green-2025 1.1.17",
        "amount": "3000000",
        "months": "36",
        "description": "",
    }
    posted = await submit(visitor, "/enterprise/needs?lang=en", fields)
    assert "余热利用" in posted.text
    await entered(visitor, "bank")
    answer = next(a for a in (await page(visitor, "/bank/needs")).actions if "/bank/needs/" in a)
    need = answer.rpartition("/")[2]
    assert (await submit(visitor, answer, {"answer": "refused", f"reason-{need}": ""})).status == 422
    await submit(visitor, answer, {"answer": "refused", f"reason-{need}": "额度已满"})
    await entered(visitor, "mill")
    assert "额度已满" in (await page(visitor, "/enterprise/needs")).text


async def test_rates_follow_targets_and_the_page_of_what_if_answers(visitor: Visitor, desk):
    loan, mill, product = desk
    await entered(visitor, "bank")
    rule = {
        "valid_from": "2026-01-01", "certificate_points": "0.05", "step_points": "0.10", "cap_points": "0.20",
        "targets": [{"indicator": "减排率", "tested_on": "2026-06-30", "bound": "5", "better": "higher"}],
    }  # fmt: skip
    assert (await visitor.post(f"/api/v1/products/{product}/rules", json=rule)).status_code == 201
    fact = {"kind": "result", "indicator": "减排率", "on_day": "2026-06-30", "value": "5.2"}
    checked = (await visitor.post(f"/api/v1/loans/{loan}/facts", json=fact)).json()
    assert (checked["ratchet_points"], checked["tests"][0]["points"]) == ("-0.10", "-0.10")
    applied = (await visitor.post(f"/api/v1/loans/{loan}/rate")).json()
    assert applied["old_percent"] == applied["new_percent"] == checked["new_percent"]
    assert (await page(visitor, "/bank/repricing?lang=en")).status == 200
    asked = {
        "product_id": product, "principal": "5000000.00", "term_months": "24", "purpose": "green-project",
        "programme_id": "", "emissions_percent": "-10", "output_percent": "0", "green_power_t": "0",
    }  # fmt: skip
    told = await submit(visitor, f"/bank/clients/{mill}/what-if?lang=en", asked)
    assert "What would follow" in told.headings
    line = {
        "catalogue": "green-2025",
        "code": "1.1.1",
        "met": True,
        "reason": "节能锅炉",
        "avoided_t": "120.5",
    }
    assert (await visitor.post(f"/api/v1/loans/{loan}/recognitions", json=line)).status_code == 204
    form = await page(visitor, "/bank/disclosure?lang=en&quarter=2026-1")
    assert "120.5" in form.text
    for path in ("/bank/pledges", "/bank?lang=en"):
        assert (await page(visitor, path)).status == 200, path


async def test_the_workbook_holds_texts_and_no_formulas(visitor: Visitor, desk):
    await entered(visitor, "bank")
    answer = await visitor.get("/bank/book.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
