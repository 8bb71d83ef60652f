"""Rates in force, the bank's product, the fund, and the loans that were there before the story."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.finance import book_statistics, funds, guarantees, loans, needs, products, rates
from accounts.finance.funds import Fund
from accounts.finance.products import Product
from accounts.identity import consents
from accounts.identity.actors import Actor
from accounts.identity.consents import ConsentScope
from accounts.sample.plan import Plan, SampleLoan

ZONE = ZoneInfo("Asia/Shanghai")
FEN_PER_10K_YUAN = 10**6
CONSENT_DAYS = 365
CHECKED = "示例：与人民银行公布的数值核对一致"
MARGINS = tuple(Decimal(points) for points in ("-0.30", "-0.15", "0.10", "0.35", "0.60"))
"""Points on the LPR for levels 1 (best) to 5: the sample bank's own choice."""


async def sample_rates(bureau: Actor) -> None:
    """The published LPR series, proposed and accepted as a person would, flagged values with a note."""
    if await rates.list_rates(bureau, state="accepted", limit=1):
        return
    await rates.propose_published(bureau)
    await rates.accept_unflagged(bureau)
    for rate in await rates.list_rates(bureau, state="proposed", limit=500):
        await rates.accept_rate(bureau, rate_id=rate.id, note=CHECKED)


async def sample_product(bank: Actor, plan: Plan) -> Product:
    """The bank's loan priced by carbon efficiency."""
    known = await products.list_products(bank)
    if known:
        return known[0]
    return await products.save_product(
        bank,
        name_zh=plan.loan_product.name_zh,
        name_en=plan.loan_product.name_en,
        valid_from=date(2026, 1, 1),
        margins=MARGINS,
        unrated_margin=Decimal("0.45"),
        floor=Decimal("2.00"),
        cap=Decimal("8.00"),
        green_use_discount=Decimal("0.10"),
        green_purposes=("equipment-renewal", "green-project"),
        largest_fen=5000 * FEN_PER_10K_YUAN,
        longest_months=120,
    )


async def sample_fund(bureau: Actor, plan: Plan) -> Fund:
    """The bureau's fund for the programme, with its first money."""
    known = await funds.list_funds(bureau)
    if known:
        return known[0]
    return await funds.open_fund(
        bureau,
        programme_id=plan.fund.programme,
        amount_fen=plan.fund.amount * FEN_PER_10K_YUAN,
        key="sample-city-fund",
    )


async def sample_loans(bank: Actor, enterprises: dict[str, Actor], product: Product, plan: Plan) -> None:
    """Borrowers let the bank read, then the loans are registered under the programme."""
    known = {loan.contract_number for loan in await loans.list_loans(bank)}
    for planned in plan.loans:
        if planned.contract not in known:
            await _let_read(enterprises[planned.enterprise], bank)
            await _register(bank, enterprises[planned.enterprise], product, planned, plan.fund.programme)


async def _let_read(owner: Actor, bank: Actor) -> None:
    held = [
        each
        for each in await consents.list_consents(owner)
        if each.grantee_id == bank.tenant_id and each.valid
    ]
    if not held:
        last_day = datetime.now(ZONE).date() + timedelta(days=CONSENT_DAYS)
        await consents.grant_consent(
            owner, grantee_id=bank.tenant_id, scope=ConsentScope.ACCOUNT, until_on=last_day
        )


async def _register(
    bank: Actor, borrower: Actor, product: Product, planned: SampleLoan, programme_id: str
) -> None:
    await loans.register_loan(
        bank,
        enterprise_id=borrower.tenant_id,
        product_id=product.id,
        principal_fen=planned.principal * FEN_PER_10K_YUAN,
        term_months=planned.term_months,
        starts_on=planned.starts_on,
        contract_number=planned.contract,
        purpose=planned.purpose,
        programme_id=programme_id,
        key=f"sample-city-loan-{planned.contract}",
    )


async def sample_risk(bureau: Actor, bank: Actor, firm: Actor) -> None:
    """A risk pool with a covered loan, a loan recognised as green, and a project that looks for money."""
    if await guarantees.list_pools(bureau):
        return
    pool = await guarantees.open_pool(
        bureau, programme_id="NFGF-PRIVATE-2026", amount_fen=2000 * FEN_PER_10K_YUAN, key="sample-city-pool"
    )
    for loan in (await loans.list_loans(bank))[:1]:
        await guarantees.cover_loan(bank, pool_id=pool.id, loan_id=loan.id, risk_class="standard")
        await book_statistics.recognise(
            bank,
            loan_id=loan.id,
            catalogue="green-2025",
            code="1.1.17",
            met=True,
            reason="示例：余热回收设备，符合目录条目",
            avoided_t=Decimal(1860),
        )
    await needs.post_need(
        firm,
        title="示例：窑炉余热发电改造",
        description="示例：回收窑炉余热发电，预计年减排约三千吨。",
        catalogue="green-2025",
        code="1.1.17",
        amount_fen=1200 * FEN_PER_10K_YUAN,
        months=48,
    )
