"""From the accrued day to the reconciled payment, and back again when something is corrected."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.finance import (
    accrual,
    claim_payments,
    claims,
    clawbacks,
    evidence,
    funds,
    loan_events,
    loans,
    reconciliation,
)
from accounts.finance.claim_payments import Decision
from accounts.identity import approvals
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.finance.city import MARCH, PROGRAMME, books_are_sound, let_in, new_city, save_product
from tests.accounts.identity.people_of_the_city import actor_in

PART = {"principal_fen": 100_000_000, "term_months": 12, "programme_id": PROGRAMME}
Q2 = date(2026, 7, 1)


@pytest.fixture
async def city(database):
    return await new_city()


async def accrue(database, day):
    async with database.as_role(Role.SCHEDULER):
        return await accrual.accrue_day(day=day)


async def claim_until(database, city, ends_on):
    """Accrue to the day before and compute the claims that are over then."""
    await accrue(database, ends_on - timedelta(days=1))
    async with transaction(tenant=city.bank.tenant_id) as connection:
        await claims.compute(connection, ends_on)
    return await claims.list_claims(city.bank)


async def pay(city, fund, decisions):
    draft = await claim_payments.draft_payment(city.office, fund_id=fund.id, decisions=decisions)
    colleague = replace(city.office, person_id=new_id(), name="Colleague")
    return await approvals.approve(colleague, draft_id=draft.id, digest=draft.digest)


async def is_exact(database, city, fund):
    """Received = available + held + due + paid; what is due is what the loans are due; the laws of the books hold."""
    now = await funds.read_fund(city.office, fund_id=fund.id)
    assert now.received_fen == now.available_fen + now.held_fen + now.due_fen + now.paid_fen
    async with transaction(tenant=city.office.tenant_id, readonly=True) as connection:
        due = await claim_payments.payable_fen(connection, city.office, fund.id)
    assert now.due_fen == sum(due.values())
    assert min(due.values(), default=0) >= 0
    await books_are_sound(database)
    return now


async def test_a_claim_goes_from_the_accrued_day_to_the_bank_statement(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    # 1,000,000 yuan × 1.5 % × 121 days / 360
    assert (claim.amount_fen, claim.starts_on, claim.ends_on, claim.waits_for) == (504_167, MARCH, Q2, "bank")
    assert await claim_until(database, city, Q2) == [claim]
    confirmed = await claims.confirm_claim(city.bank, claim_id=claim.id)
    assert confirmed.waits_for == "bureau"
    done = await pay(city, fund, [Decision(claim.id, claim.amount_fen)])
    assert done.result["paid_fen"] == 504_167
    csv = f'交易日期,摘要,金额\n2026-07-08,贴息 {claim.number},"5,041.67"\n2026-07-08,其他,10.00\n'
    told = await reconciliation.reconcile_statement(
        city.office, file_name="流水.csv", content=csv.encode("gb18030")
    )
    assert told.counts == {"matched": 1, "unmatched": 1}
    again = await reconciliation.reconcile_statement(
        city.office, file_name="x.csv", content=csv.encode("gb18030")
    )
    assert again.id == told.id
    assert (await claims.read_claim(city.mill, claim_id=claim.id)).state == "reconciled"
    now = await is_exact(database, city, fund)
    assert (now.paid_fen, now.due_fen) == (504_167, 0)
    assert (await loans.read_loan(city.bank, loan_id=loan.id)).loan.subsidy.accrued_fen == 504_167


async def test_a_payment_is_approved_by_another_person(city, database):
    fund = await city.fund(10**9)
    await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    await claims.confirm_claim(city.bank, claim_id=claim.id)
    draft = await claim_payments.draft_payment(
        city.office, fund_id=fund.id, decisions=[Decision(claim.id, 100, "试付")]
    )
    with pytest.raises(NotPermitted, match="Who drafted it"):
        await approvals.approve(city.office, draft_id=draft.id, digest=draft.digest)
    assert (await funds.read_fund(city.office, fund_id=fund.id)).paid_fen == 0


async def test_a_cut_says_why_and_its_money_goes_back_to_the_fund(city, database):
    fund = await city.fund(10**9)
    await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    with pytest.raises(Problem, match=r"fill in|needs|reason|empty"):
        await claims.confirm_claim(city.bank, claim_id=claim.id, amount_fen=400_000)
    await claims.confirm_claim(city.bank, claim_id=claim.id, amount_fen=400_000, reason="利息只收到四分之三")
    before = (await funds.read_fund(city.office, fund_id=fund.id)).available_fen
    await pay(city, fund, [Decision(claim.id, 300_000, "发票金额不足")])
    found = await claims.read_claim(city.mill, claim_id=claim.id)
    assert (found.paid_fen, found.reason) == (300_000, "利息只收到四分之三; 发票金额不足")
    now = await is_exact(database, city, fund)
    assert (now.available_fen - before, now.due_fen) == (204_167, 0)


async def test_a_claim_the_bank_withdraws_is_refused_and_given_back(city, database):
    fund = await city.fund(10**9)
    await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    await claims.refuse_claim(city.bank, claim_id=claim.id, reason="贷款资金被挪用")
    await pay(city, fund, [Decision(claim.id, 0, "银行撤回")])
    found = await claims.read_claim(city.bank, claim_id=claim.id)
    assert (found.state, found.waits_for) == ("refused", "")
    assert (await is_exact(database, city, fund)).due_fen == 0
    await claim_until(database, city, date(2026, 10, 1))
    third = [c for c in await claims.list_claims(city.bank) if c.ends_on == date(2026, 10, 1)]
    assert [c.amount_fen for c in third] == [383_333]  # only the days after what was refused: 92 × 41.6666…


async def test_a_corrected_rate_lowers_the_next_claim_and_asks_back_what_was_paid(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    await claims.confirm_claim(city.bank, claim_id=claim.id)
    await pay(city, fund, [Decision(claim.id, claim.amount_fen)])
    await loan_events.record_event(
        city.bank, loan_id=loan.id, kind="rate", on_day=MARCH, rate_percent=Decimal("0.60"), reason="评级更正"
    )
    run = await accrue(database, Q2 - timedelta(days=1))
    assert run.adjusted == 2
    (owed,) = await clawbacks.list_clawbacks(city.mill)
    # 0.6 points instead of 1.5 on 121 days: 201,666.67 fen are right, 302,500 too much.
    assert owed.owed_fen == 504_167 - 201_667
    await is_exact(database, city, fund)
    with pytest.raises(Problem, match=r"Only 3,025\.00 yuan"):
        await clawbacks.record_return(
            city.office, loan_id=loan.id, amount_fen=302_501, returned_on=Q2, reference="退款"
        )
    back = await clawbacks.record_return(
        city.office, loan_id=loan.id, amount_fen=302_500, returned_on=Q2, reference="退款"
    )
    assert back.owed_fen == 0
    assert (await is_exact(database, city, fund)).paid_fen == 201_667


async def test_what_is_owed_back_is_set_against_a_correction_upwards(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    await claims.confirm_claim(city.bank, claim_id=claim.id)
    await pay(city, fund, [Decision(claim.id, claim.amount_fen)])
    for rate in ("0.60", "2.80"):
        await loan_events.record_event(
            city.bank, loan_id=loan.id, kind="rate", on_day=MARCH, rate_percent=Decimal(rate), reason="更正"
        )
        await accrue(database, Q2 - timedelta(days=1))
    assert await clawbacks.list_clawbacks(city.bank) == []
    assert (await is_exact(database, city, fund)).due_fen == 0


async def test_an_overdue_loan_draws_nothing_until_it_is_cured(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(**PART)
    await accrue(database, date(2026, 4, 30))
    for kind, day in (("overdue", date(2026, 4, 1)), ("cured", date(2026, 5, 1))):
        await loan_events.record_event(city.bank, loan_id=loan.id, kind=kind, on_day=day, reason="")
    (claim,) = await claim_until(database, city, Q2)
    assert claim.amount_fen == 379_167  # 91 of the 121 days
    await is_exact(database, city, fund)


async def test_a_loan_paid_back_early_frees_what_was_held(city, database):
    fund = await city.fund(10**9)
    loan = await city.register(**PART)
    await accrue(database, date(2026, 4, 30))
    plan = await loan_events.record_event(
        city.bank, loan_id=loan.id, kind="prepayment", on_day=date(2026, 5, 1), amount_fen=100_000_000
    )
    assert (len(plan.lines), plan.lines[-1].ends_on) == (2, date(2026, 5, 1))
    await accrue(database, date(2026, 5, 31))
    now = await is_exact(database, city, fund)
    assert (now.held_fen, now.due_fen) == (0, 250_000)  # 60 days


async def test_one_invoice_stands_for_one_loan_at_one_bank(city, database):
    await city.fund(10**9)
    loan = await city.register(**PART)
    await evidence.record_evidence(
        city.bank, loan_id=loan.id, kind="invoice", numbers=["2650 2000 0000 1234 5678"]
    )
    await evidence.record_evidence(
        city.bank, loan_id=loan.id, kind="invoice", numbers=["26502000000012345678"]
    )
    second = await city.register("C-2", **PART)
    with pytest.raises(Conflict, match="stands for the loan C-1 already"):
        await evidence.record_evidence(
            city.bank, loan_id=second.id, kind="invoice", numbers=["2650-2000-0000-1234-5678"]
        )
    other_bank = await actor_in("bank", name="嘉陵银行")
    product = await save_product(other_bank)
    await let_in(city.mill, other_bank)
    asked = {**city.asked(**PART), "product_id": product.id}
    third = await loans.register_loan(other_bank, contract_number="X-1", **asked)
    with pytest.raises(Conflict, match="at another bank already"):
        await evidence.record_evidence(
            other_bank, loan_id=third.id, kind="invoice", numbers=["２６５０２０００００００１２３４５６７８"]
        )
    with pytest.raises(NotFound):
        await evidence.record_evidence(other_bank, loan_id=loan.id, kind="invoice", numbers=["99999999"])


async def test_nobody_confirms_for_another_side(city, database):
    await city.fund(10**9)
    await city.register(**PART)
    (claim,) = await claim_until(database, city, Q2)
    with pytest.raises(Conflict, match="does not wait for you"):
        await claims.confirm_claim(city.mill, claim_id=claim.id)
    stranger = await actor_in("bank", name="外地银行")
    with pytest.raises(NotFound):
        await claims.confirm_claim(stranger, claim_id=claim.id)


async def test_random_corrections_leave_the_books_exact(city, database):
    """The rehearsal of a thousand: rates up and down, early payments, payments and returns in any order."""
    fund = await city.fund(10**8)
    chance = random.Random(7)
    book = [
        await city.register(f"C-{n}", **(PART | {"principal_fen": 10_000_000 + n * 333})) for n in range(5)
    ]
    day = MARCH
    for step in range(40):
        loan = chance.choice(book)
        match chance.choice(["rate", "rate", "rate", "night", "claim", "return", "overdue"]):
            case "rate":
                await loan_events.record_event(
                    city.bank, loan_id=loan.id, kind="rate", on_day=MARCH + timedelta(days=chance.randint(0, 300)),
                    rate_percent=Decimal(chance.randint(0, 300)) / 100, reason=f"更正 {step}",
                )  # fmt: skip
            case "overdue":
                await loan_events.record_event(
                    city.bank, loan_id=loan.id, kind=chance.choice(["overdue", "cured"]),
                    on_day=MARCH + timedelta(days=chance.randint(0, 300)),
                )  # fmt: skip
            case "night":
                day = min(day + timedelta(days=chance.randint(1, 60)), MARCH + timedelta(days=380))
                await accrue(database, day)
            case "claim":
                ends_on = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
                async with transaction(tenant=city.bank.tenant_id) as connection:
                    await claims.compute(connection, ends_on)
                waiting = [c for c in await claims.list_claims(city.bank) if c.waits_for == "bank"]
                for claim in waiting:
                    await claims.confirm_claim(city.bank, claim_id=claim.id)
                async with transaction(tenant=city.office.tenant_id, readonly=True) as connection:
                    due = await claim_payments.payable_fen(connection, city.office, fund.id)
                for claim in [c for c in await claims.list_claims(city.office) if c.waits_for == "bureau"]:
                    most = claim_payments.payable_of(claim, due)
                    await pay(city, fund, [Decision(claim.id, chance.choice([most, most // 2]), "复核")])
                    async with transaction(tenant=city.office.tenant_id, readonly=True) as connection:
                        due = await claim_payments.payable_fen(connection, city.office, fund.id)
            case "return":
                for owed in [o for o in await clawbacks.list_clawbacks(city.office) if o.owed_fen]:
                    amount = max(owed.owed_fen // 2, 1)
                    await clawbacks.record_return(
                        city.office,
                        loan_id=owed.loan_id,
                        amount_fen=amount,
                        returned_on=day,
                        reference="退回",
                    )
    await accrue(database, MARCH + timedelta(days=400))
    await is_exact(database, city, fund)
