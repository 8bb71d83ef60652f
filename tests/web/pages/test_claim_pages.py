from datetime import date, timedelta

import pytest

from accounts.database.roles import Role
from accounts.finance import accrual, loans, products
from accounts.identity import people
from tests.accounts.finance.city import TERMS, let_in
from tests.web.cast import PASSWORD, actor_named, entered, found_city
from tests.web.conftest import Visitor
from tests.web.pages.reading import HTML, page, read, submit

BOOK = "合同号,借款人,贷款金额,年利率,期限,放款日,还款方式\nB-1,外地公司,1000000,3.45,12,2026-03-02,等额本息\nB-2,外地公司,oops,3.45,12,2026-03-02,\n"


@pytest.fixture
async def claim(visitor: Visitor, database):
    """A claim of the first two quarters, waiting for the bank; its page's id."""
    city = await found_city()
    await city.organisation("enterprise", "mill")
    await city.organisation("bank", "bank")
    await people.create_person(
        city.authority, login="second", name="Second", password=PASSWORD, role="administrator"
    )
    await entered(visitor, "authority")
    await submit(visitor, "/authority/rates/published", {})
    await submit(visitor, "/authority/rates/accept-all", {})
    await submit(
        visitor, "/authority/funds", {"programme_id": "CN-MOF-EQUIP-2026", "amount": "1000000", "key": "a"}
    )
    bank, mill = await actor_named("bank"), await actor_named("mill")
    product = await products.save_product(bank, **TERMS)
    await let_in(mill, bank)
    loan = await loans.register_loan(
        bank, enterprise_id=mill.tenant_id, product_id=product.id, principal_fen=100_000_000, term_months=12,
        starts_on=date(2026, 3, 2), purpose="equipment-renewal", contract_number="C-1", programme_id="CN-MOF-EQUIP-2026",
    )  # fmt: skip
    async with database.as_role(Role.SCHEDULER):
        await accrual.accrue_day(day=date(2026, 10, 1))
    await entered(visitor, "bank")
    told = await submit(visitor, "/bank/claims/compute", {})
    assert told.status == 200
    (found,) = (await visitor.get("/api/v1/claims")).json()
    return found | {"loan": str(loan.id)}


async def test_a_claim_passes_three_desks(visitor: Visitor, claim):
    desk = await page(visitor, "/bank/claims?lang=en")
    assert claim["number"] in desk.text
    assert f"amount-{claim['id']}" in desk.controls
    amount = f"{claim['amount_fen'] / 100:.2f}"
    fields = {"decision": "confirm", f"amount-{claim['id']}": amount, f"reason-{claim['id']}": ""}
    assert (
        "waits for the finance bureau" in (await submit(visitor, f"/bank/claims/{claim['id']}", fields)).text
    )
    await entered(visitor, "mill")
    assert claim["number"] in (await page(visitor, "/enterprise/claims?lang=en")).text
    await entered(visitor, "authority")
    review = await page(visitor, "/authority/claims?lang=en")
    assert f"pay-{claim['id']}" in review.controls
    pay = {"claim": claim["id"], f"pay-{claim['id']}": "5000.00", "key": "pay-1"}
    action = next(action for action in review.actions if action.endswith("/payments"))
    refused = await submit(visitor, action, pay)
    assert refused.status == 422
    drafted = await submit(visitor, action, pay | {f"reason-{claim['id']}": "发票不足"})
    assert drafted.status == 200, drafted.text[:500]
    (draft,) = (await visitor.get("/api/v1/approvals")).json()
    await entered(visitor, "second")
    done = await visitor.post(f"/api/v1/approvals/{draft['id']}/approval", json={"digest": draft["digest"]})
    assert done.status_code in {200, 201}, done.text
    statement = f"日期,附言,付款金额\n2026-10-09,{claim['number']},5000.00\n"
    answer = await visitor.post(
        "/authority/statements?lang=en",
        files={"file": ("s.csv", statement.encode())},
        headers=HTML,
        follow_redirects=True,
    )
    told = read(answer.text, answer.status_code)
    assert "matched 1" in told.text
    await entered(visitor, "mill")
    assert "发票不足" in (await page(visitor, "/enterprise/claims")).text


async def test_what_happens_to_a_loan_is_recorded_and_shown(visitor: Visitor, claim):
    path = f"/bank/loans/{claim['loan']}"
    fields = {"kind": "prepayment", "on_day": "2026-11-02", "amount_fen": "400000.00", "reason": "提前还款"}
    told = await submit(visitor, f"{path}/events?lang=en", fields)
    assert "CNY 400,000.00" in told.text
    wrong = await submit(visitor, f"{path}/events?lang=en", fields | {"on_day": "2020-01-01"})
    assert wrong.status == 422
    await submit(visitor, f"{path}/evidence", {"numbers": "26502000000012345678"})
    schedule = (await visitor.get(f"/api/v1/loans/{claim['loan']}/schedule")).json()
    assert schedule["lines"][-1]["closing_fen"] == 0
    day = date.fromisoformat(schedule["lines"][0]["starts_on"]) + timedelta(days=40)
    answer = await visitor.post(
        f"/api/v1/loans/{claim['loan']}/events", headers={"Idempotency-Key": "e1"},
        json={"kind": "rate", "on_day": day.isoformat(), "rate_percent": "1.00", "reason": "更正"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text


async def test_a_loan_book_is_looked_at_before_it_is_taken(visitor: Visitor, claim):
    answer = await visitor.post(
        "/bank/loan-book?lang=en",
        files={"file": ("book.csv", BOOK.encode())},
        headers=HTML,
        follow_redirects=True,
    )
    seen = read(answer.text, answer.status_code)
    assert "oops is no amount in yuan" in seen.text.replace("\n", " ")
    assert (await visitor.get("/api/v1/loans")).text.count('"B-1"') == 0
    taken = await submit(visitor, "/bank/loan-book/take?lang=en", {**seen.hidden, "act": "take"})
    assert "Loans added" in taken.text
    assert (await visitor.get("/api/v1/loans")).text.count('"B-1"') == 1
    again = await visitor.post(
        "/api/v1/loan-books?file_name=b.csv", content=BOOK.encode(), headers={"Content-Type": "text/csv"}
    )
    assert (again.json()["added"], again.json()["unchanged"], len(again.json()["findings"])) == (0, 1, 1)
