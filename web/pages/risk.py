"""Guarantee pools, pledges, projects, repricing, what-if and disclosure as people use them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import (
    book_statistics,
    guarantees,
    loans,
    needs,
    pledges,
    portfolio,
    products,
    programmes,
    rate_rules,
    what_if,
)
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from methodologies.finance.green_catalogues import catalogues, items
from methodologies.finance.risk_sharing import risk_programmes
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.downloads import download
from web.pages.forms import form_of
from web.pages.loans import client_named
from web.pages.rendering import AnyRequest, render

FUND_READ = {"permission": Permission.FUND_READ}
MANAGE = {"permission": Permission.FUND_MANAGE}
REGISTER = {"permission": Permission.LOAN_REGISTER}
PRICE = {"permission": Permission.LOAN_PRICE}
LOAN_READ = {"permission": Permission.LOAN_READ}
CREDITS = {"permission": Permission.CREDIT_READ}
MOVE = {"permission": Permission.CREDIT_MOVE}
STATES = {
    "covered": N_("covered"),
    "reported": N_("loss reported"),
    "paid": N_("compensated"),
    "refused": N_("refused"),
    "locked": N_("locked"),
    "released": N_("released"),
    "enforced": N_("enforced"),
    "called": N_("called for more"),
    "answered": N_("answered"),
    "release-asked": N_("release asked"),
    "interested": N_("interested"),
    "recovered": N_("recovered"),
    "guarantor": N_("guarantor"),
    "pool": N_("pool"),
    "bank": N_("bank"),
}


def _words(request: AnyRequest) -> dict[str, str]:
    language = language_of(request)
    return {name: translate(language, text) for name, text in STATES.items()}


@get("/authority/pools", opt=FUND_READ, include_in_schema=False)
async def pools_page(request: AnyRequest) -> Response[str]:
    """The authority's pools, their losses, and the programmes known here."""
    return await _pools(request, "authority")


@get("/bank/pools", opt=FUND_READ, include_in_schema=False)
async def bank_pools_page(request: AnyRequest) -> Response[str]:
    """Pools the bank may bring loans under, and its covered loans."""
    return await _pools(request, "bank")


async def _pools(request: AnyRequest, side: str, **context: Any) -> Response[str]:
    actor = actor_of(request)
    found = await guarantees.list_guarantees(actor)
    covered = {one.loan_id for one in found}
    book = await loans.list_loans(actor) if side == "bank" else []
    return render(
        request,
        "pools.html",
        side=side,
        pools=await guarantees.list_pools(actor),
        guarantees=found,
        loans=[loan for loan in book if loan.id not in covered and loan.outstanding_fen],
        programmes=risk_programmes(),
        words=_words(request),
        may=(Permission.LOAN_REGISTER if side == "bank" else Permission.FUND_MANAGE) in actor.permissions,
        key=new_id(),
        **context,
    )


@post("/authority/pools", opt=MANAGE, include_in_schema=False)
async def open_pool(request: AnyRequest) -> Response[str] | Redirect:
    """Opens a pool, or puts more in."""
    form = await form_of(request)
    try:
        await guarantees.open_pool(
            actor_of(request),
            programme_id=form.text("programme_id"),
            amount_fen=form.fen("amount"),
            key=form.text("key"),
        )
    except Problem as problem:
        return await _pools(request, "authority", mistake=problem, fields=form.without("key"))
    return Redirect("/authority/pools?done=fund-topped-up", status_code=303)


@post("/bank/pools/{pool_id:uuid}/cover", opt=REGISTER, include_in_schema=False)
async def cover_loan(request: AnyRequest, pool_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Brings a loan under the pool."""
    form = await form_of(request)
    try:
        await guarantees.cover_loan(
            actor_of(request),
            pool_id=pool_id,
            loan_id=form.identifier(f"loan-{pool_id}"),
            risk_class=form.text(f"class-{pool_id}"),
        )
    except Problem as problem:
        return await _pools(request, "bank", mistake=problem, fields=form.without())
    return Redirect("/bank/pools?done=loan-covered", status_code=303)


@post("/bank/guarantees/{guarantee_id:uuid}/loss", opt=REGISTER, include_in_schema=False)
async def report_loss(request: AnyRequest, guarantee_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Reports a loss; the programme shares it at once."""
    form = await form_of(request)
    try:
        await guarantees.report_loss(
            actor_of(request),
            guarantee_id=guarantee_id,
            loss_fen=form.fen(f"loss-{guarantee_id}"),
            reason=form.text(f"reason-{guarantee_id}", maximum=500),
        )
    except Problem as problem:
        return await _pools(request, "bank", mistake=problem, fields=form.without())
    return Redirect("/bank/pools?done=loss-reported", status_code=303)


@post("/authority/guarantees/{guarantee_id:uuid}/compensation", opt=MANAGE, include_in_schema=False)
async def draft_compensation(request: AnyRequest, guarantee_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Draws up the pool's share, or its refusal; a colleague approves it."""
    form = await form_of(request)
    try:
        draft = await guarantees.draft_compensation(
            actor_of(request),
            guarantee_id=guarantee_id,
            refuse=form.text("decision") == "refuse",
            reason=form.text(f"reason-{guarantee_id}", required=False, maximum=500),
        )
    except Problem as problem:
        return await _pools(request, "authority", mistake=problem, fields=form.without())
    return Redirect(f"/approvals/{draft.id}?done=payment-drafted", status_code=303)


@get("/bank/pledges", opt=CREDITS, include_in_schema=False)
async def bank_pledges_page(request: AnyRequest) -> Response[str]:
    """Units pledged to the bank, valued today."""
    return await _pledges(request, "bank")


@get("/enterprise/pledges", opt=CREDITS, include_in_schema=False)
async def own_pledges_page(request: AnyRequest) -> Response[str]:
    """The firm's pledged units, and which of them surrender needs."""
    return await _pledges(request, "enterprise")


async def _pledges(request: AnyRequest, side: str, **context: Any) -> Response[str]:
    actor = actor_of(request)
    asked = {name: request.query_params.get(name, "0") for name in ("held_t", "due_t")}
    figures = {name: int(text) if text.isdecimal() and len(text) < 13 else 0 for name, text in asked.items()}
    return render(
        request,
        "pledges.html",
        side=side,
        pledges=await pledges.list_pledges(actor, **figures),
        figures=figures,
        words=_words(request),
        may=(Permission.LOAN_REGISTER if side == "bank" else Permission.CREDIT_MOVE) in actor.permissions,
        **context,
    )


@post("/bank/pledges/{pledge_id:uuid}", opt=REGISTER, include_in_schema=False)
async def bank_acts(request: AnyRequest, pledge_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Calls for more, lets units go, or draws up taking them."""
    form, actor = await form_of(request), actor_of(request)
    try:
        act = form.text("act")
        if act == "call":
            await pledges.call_margin(actor, pledge_id=pledge_id)
        elif act == "release":
            await pledges.release_pledge(actor, pledge_id=pledge_id)
        else:
            reason = form.text(f"reason-{pledge_id}", required=False, maximum=500)
            draft = await pledges.draft_enforcement(actor, pledge_id=pledge_id, reason=reason)
            return Redirect(f"/approvals/{draft.id}?done=payment-drafted", status_code=303)
    except Problem as problem:
        return await _pledges(request, "bank", mistake=problem)
    return Redirect("/bank/pledges?done=pledge-moved", status_code=303)


@post("/enterprise/pledges/{pledge_id:uuid}", opt=MOVE, include_in_schema=False)
async def firm_acts(request: AnyRequest, pledge_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Answers a call, or asks for release."""
    form, actor = await form_of(request), actor_of(request)
    try:
        note = form.text(f"reason-{pledge_id}", required=False, maximum=500)
        if form.text("act") == "answer":
            await pledges.answer_call(actor, pledge_id=pledge_id, note=note)
        else:
            await pledges.ask_release(actor, pledge_id=pledge_id, note=note)
    except Problem as problem:
        return await _pledges(request, "enterprise", mistake=problem)
    return Redirect("/enterprise/pledges?done=pledge-moved", status_code=303)


@get("/bank/needs", opt=LOAN_READ, include_in_schema=False)
async def bank_needs_page(request: AnyRequest) -> Response[str]:
    """Projects that look for money; those without the bank's answer first."""
    return await _needs(request, "bank")


@get("/enterprise/needs", opt=LOAN_READ, include_in_schema=False)
async def own_needs_page(request: AnyRequest) -> Response[str]:
    """The firm's projects with the banks' answers, and the form for a new one."""
    return await _needs(request, "enterprise")


async def _needs(request: AnyRequest, side: str, **context: Any) -> Response[str]:
    return render(
        request,
        "needs.html",
        side=side,
        needs=await needs.list_needs(actor_of(request)),
        catalogues=catalogues(),
        items={(item.catalogue, item.code): item for item in items()},
        words=_words(request),
        **context,
    )


@post("/enterprise/needs", opt={"permission": Permission.CLAIM_CONFIRM}, include_in_schema=False)
async def post_need(request: AnyRequest) -> Response[str] | Redirect:
    """Lets every bank see a project."""
    form = await form_of(request)
    try:
        catalogue, _, code = form.text("item").partition(" ")
        await needs.post_need(
            actor_of(request),
            title=form.text("title"),
            description=form.text("description", required=False, maximum=2000),
            catalogue=catalogue,
            code=code,
            amount_fen=form.fen("amount"),
            months=form.whole("months", minimum=1, maximum=600),
        )
    except Problem as problem:
        return await _needs(request, "enterprise", mistake=problem, fields=form.without())
    return Redirect("/enterprise/needs?done=need-posted", status_code=303)


@post("/bank/needs/{need_id:uuid}", opt=PRICE, include_in_schema=False)
async def answer_need(request: AnyRequest, need_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The bank's answer, once."""
    form = await form_of(request)
    try:
        await needs.answer_need(
            actor_of(request),
            need_id=need_id,
            answer=form.text("answer"),
            reason=form.text(f"reason-{need_id}", required=False, maximum=1000),
        )
    except Problem as problem:
        return await _needs(request, "bank", mistake=problem, fields=form.without())
    return Redirect("/bank/needs?done=need-answered", status_code=303)


@get("/bank/repricing", opt=PRICE, include_in_schema=False)
async def repricing_page(request: AnyRequest) -> Response[str]:
    """The book at today's ratings: old and new rate of each loan."""
    return await _repricing(request)


async def _repricing(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "repricing.html",
        lines=await rate_rules.preview_repricing(actor),
        may=Permission.LOAN_REGISTER in actor.permissions,
        **context,
    )


@post("/bank/repricing", opt=REGISTER, include_in_schema=False)
async def apply_repricing(request: AnyRequest) -> Response[str] | Redirect:
    """Lets the ticked loans bear their new rates."""
    form = await form_of(request)
    try:
        chosen = [UUID(text) for text in form.texts("loan")]
        await rate_rules.apply_repricing(
            actor_of(request), loan_ids=chosen, reason=form.text("reason", maximum=300)
        )
    except Problem as problem:
        return await _repricing(request, mistake=problem, fields=form.without())
    return Redirect("/bank/repricing?done=event-recorded", status_code=303)


@get("/bank/clients/{enterprise_id:uuid}/what-if", opt=PRICE, include_in_schema=False)
async def what_if_page(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """The form to move a client's figures."""
    return await _what_if(request, enterprise_id)


@post("/bank/clients/{enterprise_id:uuid}/what-if", opt=PRICE, include_in_schema=False)
async def move_figures(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """Rating, rate, subsidy and money, as it is and as moved."""
    form = await form_of(request)
    try:
        found = await what_if.what_if(
            actor_of(request),
            enterprise_id=enterprise_id,
            product_id=form.identifier("product_id"),
            principal_fen=form.fen("principal"),
            term_months=form.whole("term_months", minimum=1, maximum=600),
            purpose=form.text("purpose", maximum=60),
            programme_id=form.text("programme_id", required=False, maximum=60) or None,
            emissions_percent=form.points("emissions_percent"),
            output_percent=form.points("output_percent"),
            green_power_t=Decimal(form.whole("green_power_t", maximum=10**9)),
        )
    except Problem as problem:
        return await _what_if(request, enterprise_id, mistake=problem, fields=form.without())
    return await _what_if(request, enterprise_id, found=found, fields=form.without())


async def _what_if(request: AnyRequest, enterprise_id: UUID, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "what_if.html",
        here=f"/bank/clients/{enterprise_id}/what-if",
        client=await client_named(actor, enterprise_id),
        products=await products.list_products(actor),
        purposes=programmes.list_purposes(),
        programmes=await programmes.list_programmes(),
        **({"found": None} | context),
    )


@get("/bank/disclosure", opt=LOAN_READ, include_in_schema=False)
async def disclosure_page(request: AnyRequest) -> Response[str]:
    """The quarterly form of carbon-reduction loans."""
    today = date.today()  # noqa: DTZ011 - only the form's first choice
    asked = request.query_params.get("quarter", "")
    year, quarter = today.year, (today.month - 1) // 3 + 1
    if len(asked) == 6 and asked[4] == "-" and asked.replace("-", "").isdecimal() and asked[5] in "1234":
        year, quarter = min(max(int(asked[:4]), 2000), 2100), int(asked[5])
    form = await book_statistics.reduction_form(actor_of(request), year=year, quarter=quarter)
    fields = {item.code: item.name for item in items() if item.catalogue == "green-2025"}
    choices = [f"{y}-{q}" for y in range(today.year, today.year - 4, -1) for q in (4, 3, 2, 1)]
    return render(
        request,
        "disclosure.html",
        form=form,
        field_names=fields,
        quarter=f"{year}-{quarter}",
        choices=choices,
    )


@get("/bank/book.xlsx", opt={"permission": Permission.CLIENT_READ}, include_in_schema=False)
async def book_workbook(request: AnyRequest) -> Response[bytes]:
    """The book as a workbook that is safe to open."""
    language = language_of(request)
    headings = [
        N_("Contract"), N_("Borrower"), N_("Purpose"), N_("Principal"), N_("Outstanding"), N_("Rate"), N_("Released on"),
        N_("Ends on"), N_("Interest so far"), N_("Subsidy so far"), N_("tCO2e financed"), N_("Score"),
    ]  # fmt: skip
    found = await portfolio.read_portfolio(actor_of(request))
    content = book_statistics.book_workbook(found, [translate(language, text) for text in headings])
    return download(content, translate(language, N_("loan book.xlsx")))


handlers = [
    pools_page, bank_pools_page, open_pool, cover_loan, report_loss, draft_compensation, bank_pledges_page,
    own_pledges_page, bank_acts, firm_acts, bank_needs_page, own_needs_page, post_need, answer_need, repricing_page,
    apply_repricing, what_if_page, move_figures, disclosure_page, book_workbook,
]  # fmt: skip
