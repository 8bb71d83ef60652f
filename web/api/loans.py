"""Quotes and loans."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.finance import loans, pricing
from accounts.finance.loans import Loan, LoanDetail
from accounts.finance.pricing import Quote
from accounts.identity.permissions import Permission
from web.api.inputs import Fen, IdempotencyKey, Input
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
Months = Annotated[int, Meta(ge=1, le=600, examples=[24])]
Purpose = Annotated[str, Meta(min_length=1, max_length=200, examples=["equipment-renewal"])]
ProgrammeId = Annotated[str, Meta(min_length=1, max_length=200, examples=["CN-MOF-EQUIP-2026"])]


class WantedQuote(Input):
    """A loan as the client wishes it; with a programme the answer says what subsidy it would draw."""

    enterprise_id: UUID
    product_id: UUID
    principal_fen: Fen
    term_months: Months
    starts_on: date
    purpose: Purpose = "working-capital"
    programme_id: ProgrammeId | None = None


class NewLoan(Input):
    """A loan as contracted."""

    enterprise_id: UUID
    product_id: UUID
    principal_fen: Fen
    term_months: Months
    starts_on: date
    contract_number: Annotated[str, Meta(min_length=1, max_length=80, examples=["2026-0001"])]
    purpose: Purpose
    programme_id: ProgrammeId | None = None
    without_subsidy_if_short: bool = False
    fund_id: UUID | None = None


@post("/quotes", opt={"permission": Permission.LOAN_PRICE}, tags=["finance"], summary="Price a loan")
async def price_loan(request: AnyRequest, data: JSONBody[WantedQuote]) -> Quote:
    """The rate with its explanation: reference rate, terms, the client's rating."""
    return await pricing.price_loan(
        actor_of(request),
        enterprise_id=data.enterprise_id,
        product_id=data.product_id,
        principal_fen=data.principal_fen,
        term_months=data.term_months,
        starts_on=data.starts_on,
        purpose=data.purpose,
        programme_id=data.programme_id,
    )


@get("/quotes", opt={"permission": Permission.LOAN_PRICE}, tags=["finance"], summary="Quotes for a client")
async def list_quotes(
    request: AnyRequest, enterprise_id: Annotated[UUID, QueryParameter(description="The client")]
) -> list[Quote]:
    """Newest first; none once the client's consent has ended."""
    return await pricing.list_quotes(actor_of(request), enterprise_id=enterprise_id)


@get(
    "/quotes/{quote_id:uuid}",
    opt={"permission": Permission.LOAN_PRICE},
    tags=["finance"],
    summary="One quote",
)
async def read_quote(request: AnyRequest, quote_id: FromPath[UUID]) -> Quote:
    """While the client's consent lasts."""
    return await pricing.read_quote(actor_of(request), quote_id=quote_id)


@post("/loans", opt={"permission": Permission.LOAN_REGISTER}, tags=["finance"], summary="Register a loan")
async def register_loan(request: AnyRequest, data: JSONBody[NewLoan], key: IdempotencyKey) -> Loan:
    """Priced and kept; under a programme the subsidy is held from the fund, all or nothing."""
    return await loans.register_loan(
        actor_of(request),
        enterprise_id=data.enterprise_id,
        product_id=data.product_id,
        principal_fen=data.principal_fen,
        term_months=data.term_months,
        starts_on=data.starts_on,
        contract_number=data.contract_number,
        purpose=data.purpose,
        programme_id=data.programme_id,
        without_subsidy_if_short=data.without_subsidy_if_short,
        fund_id=data.fund_id,
        key=key,
    )


@get("/loans", opt={"permission": Permission.LOAN_READ}, tags=["finance"], summary="Loans")
async def list_loans(
    request: AnyRequest,
    enterprise_id: Annotated[UUID | None, QueryParameter(description="Of this borrower only")] = None,
) -> list[Loan]:
    """A bank's, or a borrower's own; newest first."""
    return await loans.list_loans(actor_of(request), enterprise_id=enterprise_id)


@get("/loans/{loan_id:uuid}", opt={"permission": Permission.LOAN_READ}, tags=["finance"], summary="One loan")
async def read_loan(request: AnyRequest, loan_id: FromPath[UUID]) -> LoanDetail:
    """With the reasons of its price and subsidy, and accruals by month."""
    return await loans.read_loan(actor_of(request), loan_id=loan_id)


loan_handlers = [price_loan, list_quotes, read_quote, register_loan, list_loans, read_loan]
