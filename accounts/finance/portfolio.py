"""A bank's book at a glance: loans by rating level, what they finance in tonnes, subsidies against the funds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance import borrowers
from accounts.finance.borrowers import Figures
from accounts.finance.days import today
from accounts.finance.funds import Fund, funds_of
from accounts.finance.loans import Loan, loans_of
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound
from carbon.text import Text
from methodologies.finance import rating
from methodologies.finance.financed_emissions import (
    Borrowing,
    Financed,
    Gap,
    Option,
    financed,
    portfolio_score,
)


@dataclass(frozen=True)
class LevelLine:
    """Loans of one rating level; `level` None are borrowers without rating, or whose consent has ended."""

    level: int | None
    label: Text | None
    loans: int
    outstanding_fen: int
    lowest_percent: Decimal
    mean_percent: Decimal
    highest_percent: Decimal


@dataclass(frozen=True)
class FinancedLoan:
    """A loan's share of its borrower's emissions, or the gap; attribution is outstanding over equity and debt.

    `missing_months` of the borrower's year have no data and are not in the figure.
    """

    loan_id: UUID
    contract_number: str
    borrower_name_zh: str
    borrower_name_en: str
    outstanding_fen: int
    financed_mg: int | None
    attribution: Decimal | None
    score: int | None
    option: str | None
    above_one: bool
    missing_months: int
    gap: Gap | None
    explanation: dict[str, Any] | None


@dataclass(frozen=True)
class FinancedEmissions:
    """Scopes 1 and 2 of the year (AR5), PCAF business loans. Loans in `gaps` are not in the sum, and not zero.

    `covered_fen` of `outstanding_fen` is behind the sum; the score (1 best, 5 worst) is weighted by outstanding.
    """

    year: int
    financed_mg: int
    score: Decimal | None
    outstanding_fen: int
    covered_fen: int
    tonnes_per_million_yuan: Decimal | None
    loans: tuple[FinancedLoan, ...]
    gaps: int


@dataclass(frozen=True)
class SubsidyLine:
    """The bank's subsidies from one fund, in fen: set aside for its loans, accrued so far, still held.

    `fund` shows the whole fund, on which other banks draw too.
    """

    fund: Fund
    loans: int
    expected_fen: int
    accrued_fen: int
    held_fen: int


@dataclass(frozen=True)
class Portfolio:
    """The bank's book on a day."""

    day: date
    loans: int
    active_loans: int
    outstanding_fen: int
    mean_rate_percent: Decimal | None
    accrued_interest_fen: int
    levels: tuple[LevelLine, ...]
    financed: FinancedEmissions
    subsidies: tuple[SubsidyLine, ...]
    book: tuple[Loan, ...]


async def read_portfolio(actor: Actor, *, year: int | None = None) -> Portfolio:
    """The book today; emissions of the last full year unless another is named.

    What is read of clients is read under their consent and recorded there.

    Raises:
        NotPermitted: without `client:read` or `loan:read`.
    """
    actor.require(Permission.CLIENT_READ)
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        now = await today(connection)
        book = await loans_of(connection)
        subsidies = await _subsidies(connection, book)
    active = [loan for loan in book if loan.outstanding_fen]
    return Portfolio(
        day=now,
        loans=len(book),
        active_loans=len(active),
        outstanding_fen=sum(loan.outstanding_fen for loan in active),
        mean_rate_percent=_mean_rate(active),
        accrued_interest_fen=sum(loan.accrued_interest_fen for loan in book),
        levels=tuple(_levels(active)),
        financed=await _financed(actor, active, year or now.year - 1, now),
        subsidies=tuple(subsidies),
        book=tuple(book),
    )


def _mean_rate(loans: Iterable[Loan]) -> Decimal | None:
    """Weighted by outstanding, two decimals; None without any."""
    known = list(loans)
    outstanding = sum(loan.outstanding_fen for loan in known)
    if not outstanding:
        return None
    weighted = sum(Fraction(loan.rate_percent) * loan.outstanding_fen for loan in known)
    return Decimal(round(weighted / outstanding * 100)).scaleb(-2)


def _levels(loans: Iterable[Loan]) -> Iterable[LevelLine]:
    by_level: dict[int | None, list[Loan]] = defaultdict(list)
    for loan in loans:
        by_level[loan.rating_level].append(loan)
    for level in sorted(by_level, key=lambda known: known or 99):
        group = by_level[level]
        yield LevelLine(
            level=level,
            label=None if level is None else rating.label_of(level),
            loans=len(group),
            outstanding_fen=sum(loan.outstanding_fen for loan in group),
            lowest_percent=min(loan.rate_percent for loan in group),
            mean_percent=_mean_rate(group) or Decimal(0),
            highest_percent=max(loan.rate_percent for loan in group),
        )


async def _subsidies(connection: Connection, book: Iterable[Loan]) -> list[SubsidyLine]:
    by_fund = defaultdict(list)
    for loan in book:
        if loan.subsidy is not None:
            by_fund[loan.subsidy.fund_id].append(loan.subsidy)
    return [
        SubsidyLine(
            fund=fund,
            loans=len(by_fund[fund.id]),
            expected_fen=sum(subsidy.expected_fen for subsidy in by_fund[fund.id]),
            accrued_fen=sum(subsidy.accrued_fen for subsidy in by_fund[fund.id]),
            held_fen=sum(subsidy.remaining_fen for subsidy in by_fund[fund.id]),
        )
        for fund in await funds_of(connection)
    ]


async def _financed(actor: Actor, active: list[Loan], year: int, now: date) -> FinancedEmissions:
    figures = {
        borrower: await _figures(actor, borrower, year)
        for borrower in {loan.enterprise_id for loan in active}
    }
    lines = [_financed_loan(loan, figures[loan.enterprise_id], now) for loan in active]
    covered = [line for line in lines if line.financed_mg is not None]
    total = sum(line.financed_mg or 0 for line in covered)
    covered_fen = sum(line.outstanding_fen for line in covered)
    return FinancedEmissions(
        year=year,
        financed_mg=total,
        score=portfolio_score((line.outstanding_fen, line.score or 0) for line in covered),
        outstanding_fen=sum(line.outstanding_fen for line in lines),
        covered_fen=covered_fen,
        tonnes_per_million_yuan=_per_million(total, covered_fen),
        loans=tuple(lines),
        gaps=len(lines) - len(covered),
    )


def _per_million(total_mg: int, covered_fen: int) -> Decimal | None:
    """Tonnes of CO2 equivalent per million yuan lent, two decimals (PCAF Part A, section 6.2)."""
    if not covered_fen:
        return None
    return Decimal(round(Fraction(total_mg, 10**9) / Fraction(covered_fen, 10**8) * 100)).scaleb(-2)


async def _figures(actor: Actor, enterprise_id: UUID, year: int) -> Figures | None:
    """None when the borrower does not let the bank look."""
    try:
        return await borrowers.figures_of(actor, enterprise_id, year)
    except NotFound:
        return None


def _financed_loan(loan: Loan, figures: Figures | None, now: date) -> FinancedLoan:
    found: Financed | Gap
    if figures is None:
        found = Gap("consent", N_("The borrower does not let the bank read its account."), {})
    else:
        borrowing = Borrowing(
            loan.outstanding_fen, figures.equity_and_debt_fen, figures.emissions_mg, Option.FROM_ENERGY
        )
        found = financed(borrowing, day=now)
    known = found if isinstance(found, Financed) else None
    return FinancedLoan(
        loan_id=loan.id,
        contract_number=loan.contract_number,
        borrower_name_zh=loan.borrower_name_zh,
        borrower_name_en=loan.borrower_name_en,
        outstanding_fen=loan.outstanding_fen,
        financed_mg=known.financed_mg if known else None,
        attribution=Decimal(round(known.attribution * 10**6)).scaleb(-6) if known else None,
        score=known.score if known else None,
        option=known.option.value if known else None,
        above_one=known.above_one if known else False,
        missing_months=figures.missing_months if figures else 0,
        gap=found if isinstance(found, Gap) else None,
        explanation=known.explanation.as_dict() if known else None,
    )
