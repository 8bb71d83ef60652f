"""Pricing, registering and reading loans: the bank's desk, and the borrower's view of the same loans."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import clients, loans, pricing, products, programmes
from accounts.identity.actors import Actor
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from web.guard import actor_of
from web.language import language_of
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import Form, form_of
from web.pages.loan_charts import accrual_chart, rate_steps
from web.pages.rendering import AnyRequest, render

READ = {"permission": Permission.LOAN_READ}
PRICE = {"permission": Permission.LOAN_PRICE}
LONGEST_MONTHS = 600


@dataclass(frozen=True)
class Asked:
    """What a loan officer asks a price for."""

    product_id: UUID
    principal_fen: int
    term_months: int
    starts_on: date
    purpose: str
    programme_id: str | None

    @classmethod
    def of(cls, form: Form) -> "Asked":
        """Read from the pricing form.

        Raises:
            Problem: names the field that cannot be read.
        """
        return cls(
            product_id=form.identifier("product_id"),
            principal_fen=form.fen("principal"),
            term_months=form.whole("term_months", minimum=1, maximum=LONGEST_MONTHS),
            starts_on=form.day("starts_on"),
            purpose=form.text("purpose", maximum=60),
            programme_id=form.text("programme_id", required=False, maximum=60) or None,
        )

    def values(self) -> dict[str, Any]:
        """By the use-case's names."""
        return dict(vars(self))


@get("/bank/clients/{enterprise_id:uuid}/price", opt=PRICE, include_in_schema=False)
async def price_page(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """The form, and earlier quotes for this client."""
    return await _price_page(request, enterprise_id)


async def _price_page(request: AnyRequest, enterprise_id: UUID, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "price.html",
        client=await client_named(actor, enterprise_id),
        products=await products.list_products(actor),
        purposes=programmes.list_purposes(),
        programmes=await programmes.list_programmes(),
        quotes=await pricing.list_quotes(actor, enterprise_id=enterprise_id),
        today=datetime.now(BUSINESS_ZONE).date().isoformat(),
        **context,
    )


@post("/bank/clients/{enterprise_id:uuid}/price", opt=PRICE, include_in_schema=False)
async def price_loan(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """The quote with its reasons, and the form to register it."""
    form = await form_of(request)
    try:
        asked = Asked.of(form)
        quote = await pricing.price_loan(actor_of(request), enterprise_id=enterprise_id, **asked.values())
    except Problem as problem:
        return await _price_page(request, enterprise_id, mistake=problem, fields=form.without())
    return await _quote_page(request, quote)


@get("/bank/quotes/{quote_id:uuid}", opt=PRICE, include_in_schema=False)
async def quote_page(request: AnyRequest, quote_id: FromPath[UUID]) -> Response[str]:
    """An earlier quote."""
    return await _quote_page(request, await pricing.read_quote(actor_of(request), quote_id=quote_id))


async def _quote_page(request: AnyRequest, quote: pricing.Quote, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "quote.html",
        here=f"/bank/quotes/{quote.id}",
        quote=quote,
        client=await client_named(actor, quote.enterprise_id),
        chart=rate_steps(language_of(request), quote),
        purposes=programmes.list_purposes(),
        programmes=await programmes.list_programmes(),
        may_register=Permission.LOAN_REGISTER in actor.permissions,
        key=new_id(),
        **context,
    )


async def client_named(actor: Actor, enterprise_id: UUID) -> clients.Client:
    """The client's name and standing, without reading anything under its consent.

    Raises:
        NotFound: neither consent nor loan.
    """
    known = {client.enterprise_id: client for client in await clients.list_clients(actor)}
    if enterprise_id not in known:
        raise NotFound(N_("There is no such client, or it has not let you read its account."))
    return known[enterprise_id]


@post(
    "/bank/quotes/{quote_id:uuid}/register",
    opt={"permission": Permission.LOAN_REGISTER},
    include_in_schema=False,
)
async def register_loan(request: AnyRequest, quote_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Registers the quoted loan, once for each key the form was given."""
    actor = actor_of(request)
    quote = await pricing.read_quote(actor, quote_id=quote_id)
    form = await form_of(request)
    try:
        loan = await loans.register_loan(
            actor,
            enterprise_id=quote.enterprise_id,
            product_id=quote.product_id,
            principal_fen=quote.principal_fen,
            term_months=quote.term_months,
            starts_on=quote.starts_on,
            purpose=quote.purpose,
            contract_number=form.text("contract_number", maximum=loans.LONGEST_CONTRACT_NUMBER),
            programme_id=form.text("programme_id", required=False, maximum=60) or None,
            key=form.text("key"),
        )
    except Problem as problem:
        return await _quote_page(request, quote, mistake=problem, fields=form.without("key"))
    return Redirect(f"/bank/loans/{loan.id}?done=loan-registered", status_code=303)


@get("/bank/loans", opt=READ, include_in_schema=False)
async def bank_loans_page(request: AnyRequest) -> Response[str]:
    """Every loan of the bank."""
    return await _loans_page(request, OrganisationKind.BANK)


@get("/enterprise/loans", opt=READ, include_in_schema=False)
async def own_loans_page(request: AnyRequest) -> Response[str]:
    """Every loan of the enterprise, at all banks."""
    return await _loans_page(request, OrganisationKind.ENTERPRISE)


async def _loans_page(request: AnyRequest, side: OrganisationKind) -> Response[str]:
    found = await loans.list_loans(actor_of(request))
    return render(request, "loans.html", loans=found, side=side.value, purposes=programmes.list_purposes())


@get("/bank/loans/{loan_id:uuid}", opt=READ, include_in_schema=False)
async def bank_loan_page(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str]:
    """One loan with its reasons and accruals."""
    return await _loan_page(request, loan_id, OrganisationKind.BANK)


@get("/enterprise/loans/{loan_id:uuid}", opt=READ, include_in_schema=False)
async def own_loan_page(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str]:
    """The same loan as its borrower sees it."""
    return await _loan_page(request, loan_id, OrganisationKind.ENTERPRISE)


async def _loan_page(request: AnyRequest, loan_id: UUID, side: OrganisationKind) -> Response[str]:
    detail = await loans.read_loan(actor_of(request), loan_id=loan_id)
    language = language_of(request)
    return render(
        request,
        "loan.html",
        detail=detail,
        loan=detail.loan,
        side=side.value,
        purposes=programmes.list_purposes(),
        chart=accrual_chart(language, detail.months) if detail.months else None,
    )


handlers = [
    price_page,
    price_loan,
    quote_page,
    register_loan,
    bank_loans_page,
    own_loans_page,
    bank_loan_page,
    own_loan_page,
]
