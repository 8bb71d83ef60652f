"""The whole story through the HTTP API: workbook, account, explanation, rating, consent, quote, loan, interest, end of consent."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import httpx
import pytest

from accounts.database.roles import Role
from accounts.finance.accrual import accrue_day
from accounts.sample.plan import plan
from accounts.sample.sign_ins import read_passwords
from accounts.sample.workbooks import activity_workbook
from tests.loaded_city import LoadedCity, city_template, loaded_city  # noqa: F401 - fixtures
from tests.web.conftest import Visitor, trial_settings, visitor_of
from web.api.answers import XLSX
from web.app import create_app

YEAR = plan().year
STORY = next(enterprise for enterprise in plan().enterprises if enterprise.story)
STARTS_ON = date(2026, 6, 1)
PRINCIPAL_FEN = 800 * 10**6


@pytest.fixture
async def people(loaded_city: LoadedCity) -> AsyncIterator[dict[str, Visitor]]:  # noqa: F811 - a fixture
    """Everybody of the city in a browser of their own, signed in."""
    app = create_app(trial_settings(loaded_city.database.settings))
    passwords = read_passwords(loaded_city.home)
    async with visitor_of(app) as enterprise, visitor_of(app) as bank, visitor_of(app) as finance:
        found = {"enterprise": enterprise, "bank": bank, "finance": finance}
        for login, visitor in found.items():
            answer = await visitor.sign_in(login, passwords[login])
            assert answer.status_code == 201, answer.text
        yield found


def good(answer: httpx.Response) -> object:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def upload(enterprise: Visitor, workbook: bytes | None = None) -> dict:
    """Hand in the workbook; a file carries the second it was written in, so a repetition must send the same one."""
    files = {"file": ("活动数据.xlsx", workbook or activity_workbook(STORY, plan()), XLSX)}
    return good(
        await enterprise.post("/api/v1/submissions?lang=zh", files=files, headers={"Idempotency-Key": "1"})
    )


async def let_read(enterprise: Visitor) -> dict:
    banks = good(await enterprise.get("/api/v1/organisations?kind=bank"))
    until = date.today() + timedelta(days=90)  # noqa: DTZ011 - any day ahead will do
    return good(
        await enterprise.post(
            "/api/v1/consents", json={"grantee_id": banks[0]["id"], "until_on": until.isoformat()}
        )
    )


async def test_a_workbook_becomes_an_account_whose_every_number_opens(people):
    enterprise = people["enterprise"]
    workbook = activity_workbook(STORY, plan())
    submission = await upload(enterprise, workbook)
    assert submission["status"] == "accepted-in-part"
    wrong = {
        (finding["column"], finding["value"])
        for finding in submission["findings"]
        if finding["severity"] == "error"
    }
    assert {value for _, value in wrong} >= {"2025-13", "-0.5"}
    assert all(finding["row"] for finding in submission["findings"] if finding["severity"] == "error")

    again = await upload(enterprise, workbook)
    assert again["id"] == submission["id"]

    account = good(await enterprise.get(f"/api/v1/account?year={YEAR}"))
    assert account["co2e_mg"] > 10**12
    assert sum(line["co2e_mg"] for line in account["by_month"]) == account["co2e_mg"]
    assert {line["scope"] for line in account["by_scope"]} == {1, 2}
    assert {line["gas"] for line in account["by_gas"]} >= {"CO2", "CH4", "N2O", "HFC32", "HFC125"}
    assert len(account["by_facility"]) == len(STORY.facilities)

    lines = good(await enterprise.get(f"/api/v1/account/activities?year={YEAR}&scope=1&limit=200"))
    assert sum(line["co2e_mg"] for line in lines) == next(
        line["co2e_mg"] for line in account["by_scope"] if line["scope"] == 1
    )
    explained = good(await enterprise.get(f"/api/v1/account/activities/{lines[0]['id']}/explanation"))
    assert explained["current"] is True
    assert explained["explanation"]["name"]["zh"]

    marked = await enterprise.get(f"/api/v1/submissions/{submission['id']}/marked?lang=zh")
    assert marked.headers["content-disposition"].startswith("attachment")
    assert marked.content.startswith(b"PK")


async def test_the_bank_sees_prices_and_registers_while_the_consent_lasts(
    loaded_city: LoadedCity,  # noqa: F811 - a fixture
    people,
):
    enterprise, bank, finance = people["enterprise"], people["bank"], people["finance"]
    await upload(enterprise)
    rated = good(await enterprise.get(f"/api/v1/rating?year={YEAR}"))
    assert 1 <= rated["level"] <= 5

    me = good(await enterprise.get("/api/v1/me"))["organisation_id"]
    assert (await bank.get(f"/api/v1/clients/{me}/account?year={YEAR}")).status_code == 404
    consent = await let_read(enterprise)
    seen = good(await bank.get(f"/api/v1/clients/{me}/account?year={YEAR}"))
    assert seen["co2e_mg"] == good(await enterprise.get(f"/api/v1/account?year={YEAR}"))["co2e_mg"]
    reads = good(await enterprise.get("/api/v1/reads"))
    assert reads[0]["consent_id"] == consent["id"]

    product = good(await bank.get("/api/v1/products"))[0]
    programme = plan().fund.programme
    wanted = {
        "enterprise_id": me,
        "product_id": product["id"],
        "principal_fen": PRINCIPAL_FEN,
        "term_months": 24,
        "starts_on": STARTS_ON.isoformat(),
        "purpose": "equipment-renewal",
        "programme_id": programme,
    }
    quote = good(await bank.post("/api/v1/quotes", json=wanted))
    assert quote["rating_level"] == rated["level"]
    assert quote["explanation"]

    before = good(await finance.get("/api/v1/funds"))[0]
    contract = wanted | {"contract_number": "故事-0001"}
    loan = good(await bank.post("/api/v1/loans", json=contract, headers={"Idempotency-Key": "loan-1"}))
    same = good(await bank.post("/api/v1/loans", json=contract, headers={"Idempotency-Key": "loan-1"}))
    assert same["id"] == loan["id"]
    assert loan["rate_percent"] == quote["rate_percent"]
    after = good(await finance.get("/api/v1/funds"))[0]
    assert after["available_fen"] == before["available_fen"] - loan["subsidy"]["expected_fen"] > 0

    async with loaded_city.database.as_role(Role.SCHEDULER):
        await accrue_day(day=STARTS_ON + timedelta(days=30))
    accrued = good(await bank.get(f"/api/v1/loans/{loan['id']}"))["loan"]
    assert accrued["accrued_interest_fen"] > accrued["subsidy"]["accrued_fen"] > 0
    book = good(await bank.get(f"/api/v1/portfolio?year={YEAR}"))
    assert book["loans"] == len(plan().loans) + 1
    assert book["financed"]["financed_mg"] > 0

    good(await enterprise.post(f"/api/v1/consents/{consent['id']}/withdrawal"))
    assert (await bank.get(f"/api/v1/clients/{me}/account?year={YEAR}")).status_code == 404
    assert (await bank.post("/api/v1/quotes", json=wanted)).status_code == 404
    assert good(await bank.get(f"/api/v1/loans/{loan['id']}"))["loan"]["rating_level"] is None


async def test_a_fund_that_is_too_small_refuses_and_stays_above_zero(people):
    enterprise, bank, finance = people["enterprise"], people["bank"], people["finance"]
    await upload(enterprise)
    await let_read(enterprise)
    me = good(await enterprise.get("/api/v1/me"))["organisation_id"]
    product = good(await bank.get("/api/v1/products"))[0]
    large = {
        "enterprise_id": me,
        "product_id": product["id"],
        "term_months": 24,
        "starts_on": STARTS_ON.isoformat(),
        "purpose": "equipment-renewal",
        "programme_id": plan().fund.programme,
        "principal_fen": product["current"]["largest_fen"],
    }
    statuses = []
    for number in range(6):
        body = large | {"contract_number": f"大额-{number}"}
        answer = await bank.post("/api/v1/loans", json=body, headers={"Idempotency-Key": f"large-{number}"})
        statuses.append(answer.status_code)
    assert statuses[0] == 201
    assert statuses[-1] == 409
    fund = good(await finance.get("/api/v1/funds"))[0]
    assert fund["available_fen"] >= 0
