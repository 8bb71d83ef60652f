"""Guarantee pools, pledges of credits, projects that look for money, moving rates, and what a book discloses."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.finance import book_statistics, guarantees, needs, pledges, rate_rules, what_if
from accounts.finance.book_statistics import BookSum, ReductionForm
from accounts.finance.guarantees import Guarantee, Pool
from accounts.finance.needs import Need
from accounts.finance.pledges import Pledge
from accounts.finance.rate_rules import ProductRule, RateCheck, Repriced
from accounts.finance.what_if import WhatIf
from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from methodologies.finance.pledge_values import Price
from methodologies.finance.ratchets import Target
from web.api.inputs import DecimalText, Fen, IdempotencyKey, Input, decimal_of
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
TAGS = ["finance"]
SELF = {"permission": Permission.SELF_READ}
REGISTER = {"permission": Permission.LOAN_REGISTER}
PRICE = {"permission": Permission.LOAN_PRICE}
MANAGE = {"permission": Permission.FUND_MANAGE}
CREDITS = {"permission": Permission.CREDIT_READ}
MOVE = {"permission": Permission.CREDIT_MOVE}
Words = Annotated[str, Meta(min_length=1, max_length=1000)]
Tonnes = Annotated[int, Meta(ge=1, le=10**12)]


class NewPool(Input):
    """A pool for a guarantee programme with its first money, or more for one that is open."""

    programme_id: Annotated[str, Meta(min_length=1, max_length=60)]
    amount_fen: Fen


class Cover(Input):
    """A loan to be covered, and its class in the programme."""

    loan_id: UUID
    risk_class: Annotated[str, Meta(min_length=1, max_length=40)]


class NewLoss(Input):
    """A loss on a covered loan."""

    loss_fen: Fen
    reason: Words


class LossDecision(Input):
    """Pay the pool's share, or refuse it with the reason."""

    refuse: bool = False
    reason: Annotated[str, Meta(max_length=500)] = ""


class Recovery(Input):
    """Money recovered from the borrower."""

    recovered_fen: Fen
    note: Annotated[str, Meta(max_length=500)] = ""


class NewPrice(Input):
    """A closing price as published."""

    market: Annotated[str, Meta(min_length=1, max_length=40)]
    on_day: date
    fen_per_t: Annotated[int, Meta(ge=1, le=10**8)]
    source: Annotated[str, Meta(min_length=1, max_length=300)]


class NewPledge(Input):
    """A pledge as contracted; percentages as decimals."""

    bank_id: UUID
    batch_number: Annotated[int, Meta(ge=1)]
    quantity_t: Tonnes
    contract_number: Annotated[str, Meta(min_length=1, max_length=80)]
    market: Annotated[str, Meta(min_length=1, max_length=40)]
    haircut_percent: DecimalText
    maintenance_percent: DecimalText
    initial_percent: DecimalText
    secured_fen: Fen
    ends_on: date


class Release(Input):
    """How many tonnes are let go; all if not said."""

    quantity_t: Tonnes | None = None


class Answer(Input):
    """A note, and an amount if money was paid."""

    note: Words
    amount_fen: Annotated[int, Meta(ge=0, le=10**15)] = 0


class NewNeed(Input):
    """A project that looks for money."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    catalogue: Annotated[str, Meta(min_length=1, max_length=20)]
    code: Annotated[str, Meta(min_length=1, max_length=20)]
    amount_fen: Fen
    months: Annotated[int, Meta(ge=1, le=600)]
    description: Annotated[str, Meta(max_length=2000)] = ""


class NeedReply(Input):
    """interested, or refused with the reason."""

    answer: Annotated[str, Meta(min_length=1, max_length=12)]
    reason: Annotated[str, Meta(max_length=1000)] = ""


class NewTarget(Input):
    """What an indicator must reach on a test day."""

    indicator: Annotated[str, Meta(min_length=1, max_length=100)]
    tested_on: date
    bound: DecimalText
    better: Annotated[str, Meta(max_length=10)] = "lower"


class NewRule(Input):
    """What may move the rate of a product's loans."""

    valid_from: date
    certificate_points: DecimalText = "0"
    targets: Annotated[list[NewTarget], Meta(max_length=40)] = msgspec.field(default_factory=list)
    step_points: DecimalText = "0"
    cap_points: DecimalText = "0"
    only_full: bool = True
    two_way: bool = False


class NewFact(Input):
    """A result (value) or a certificate (last day)."""

    kind: Annotated[str, Meta(max_length=12)]
    on_day: date
    indicator: Annotated[str, Meta(max_length=100)] = ""
    value: DecimalText | None = None
    until_on: date | None = None
    evidence: Annotated[str, Meta(max_length=500)] = ""


class Repricing(Input):
    """Loans that are to bear their new rates, and why."""

    loan_ids: Annotated[list[UUID], Meta(min_length=1, max_length=1000)]
    reason: Words
    from_day: date | None = None


class Move(Input):
    """A loan, and by how much the client's figures are moved."""

    enterprise_id: UUID
    product_id: UUID
    principal_fen: Fen
    term_months: Annotated[int, Meta(ge=1, le=600)]
    purpose: Annotated[str, Meta(max_length=60)] = "working-capital"
    programme_id: str | None = None
    emissions_percent: DecimalText = "0"
    output_percent: DecimalText = "0"
    green_power_t: DecimalText = "0"


class Recognise(Input):
    """Whether a loan's use meets an item of a catalogue, and why."""

    catalogue: Annotated[str, Meta(min_length=1, max_length=20)]
    code: Annotated[str, Meta(min_length=1, max_length=20)]
    met: bool
    reason: Words
    avoided_t: DecimalText | None = None


@get("/pools", opt={"permission": Permission.FUND_READ}, tags=TAGS, summary="Risk-compensation pools")
async def list_pools(request: AnyRequest) -> list[Pool]:
    """What is covered, compensated, recovered and available."""
    return await guarantees.list_pools(actor_of(request))


@post("/pools", opt=MANAGE, tags=TAGS, summary="Open a pool, or put more in")
async def open_pool(request: AnyRequest, data: JSONBody[NewPool], key: IdempotencyKey) -> Pool:
    """One for each guarantee programme."""
    return await guarantees.open_pool(
        actor_of(request), programme_id=data.programme_id, amount_fen=data.amount_fen, key=key
    )


@post("/pools/{pool_id:uuid}/guarantees", opt=REGISTER, tags=TAGS, summary="Bring a loan under a pool")
async def cover_loan(request: AnyRequest, pool_id: FromPath[UUID], data: JSONBody[Cover]) -> Guarantee:
    """As far as ceilings and stop line allow."""
    return await guarantees.cover_loan(
        actor_of(request), pool_id=pool_id, loan_id=data.loan_id, risk_class=data.risk_class
    )


@get("/guarantees", opt=SELF, tags=TAGS, summary="Covered loans")
async def list_guarantees(request: AnyRequest) -> list[Guarantee]:
    """With losses, shares and recoveries."""
    return await guarantees.list_guarantees(actor_of(request))


@post("/guarantees/{guarantee_id:uuid}/loss", opt=REGISTER, tags=TAGS, summary="Report a loss")
async def report_loss(
    request: AnyRequest, guarantee_id: FromPath[UUID], data: JSONBody[NewLoss]
) -> Guarantee:
    """Shared by the programme at once."""
    return await guarantees.report_loss(
        actor_of(request), guarantee_id=guarantee_id, loss_fen=data.loss_fen, reason=data.reason
    )


@post("/guarantees/{guarantee_id:uuid}/compensation", opt=MANAGE, tags=TAGS, summary="Draw up a compensation")
async def draft_compensation(
    request: AnyRequest, guarantee_id: FromPath[UUID], data: JSONBody[LossDecision]
) -> Draft:
    """Another person approves it under /approvals."""
    return await guarantees.draft_compensation(
        actor_of(request), guarantee_id=guarantee_id, refuse=data.refuse, reason=data.reason
    )


@post("/guarantees/{guarantee_id:uuid}/recoveries", opt=MANAGE, tags=TAGS, summary="Share a recovery back")
async def record_recovery(
    request: AnyRequest, guarantee_id: FromPath[UUID], data: JSONBody[Recovery], key: IdempotencyKey
) -> Guarantee:
    """In the shares in which the loss was borne."""
    return await guarantees.record_recovery(
        actor_of(request),
        guarantee_id=guarantee_id,
        recovered_fen=data.recovered_fen,
        note=data.note,
        key=key,
    )


@post("/prices", opt=MANAGE, tags=TAGS, summary="Enter a closing price")
async def record_price(request: AnyRequest, data: JSONBody[NewPrice]) -> Price:
    """Of credits or allowances at a market."""
    return await pledges.record_price(
        actor_of(request),
        market=data.market,
        on_day=data.on_day,
        fen_per_t=data.fen_per_t,
        source=data.source,
    )


@get("/pledges", opt=CREDITS, tags=TAGS, summary="Pledges")
async def list_pledges(
    request: AnyRequest,
    held_t: Annotated[int, QueryParameter(ge=0, description="Free tonnes the firm holds")] = 0,
    due_t: Annotated[int, QueryParameter(ge=0, description="Tonnes the firm must surrender")] = 0,
) -> list[Pledge]:
    """Valued today; with `due_t` a pledge whose units surrender needs is marked."""
    return await pledges.list_pledges(actor_of(request), held_t=held_t, due_t=due_t)


@post("/pledges", opt=MOVE, tags=TAGS, summary="Pledge credits to a bank")
async def open_pledge(request: AnyRequest, data: JSONBody[NewPledge]) -> Pledge:
    """Contract and lock, both or neither."""
    return await pledges.open_pledge(
        actor_of(request),
        bank_id=data.bank_id,
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        contract_number=data.contract_number,
        market=data.market,
        haircut_percent=decimal_of(data.haircut_percent),
        maintenance_percent=decimal_of(data.maintenance_percent),
        initial_percent=decimal_of(data.initial_percent),
        secured_fen=data.secured_fen,
        ends_on=data.ends_on,
    )


@post("/pledges/{pledge_id:uuid}/call", opt=REGISTER, tags=TAGS, summary="Call for more", status_code=200)
async def call_margin(request: AnyRequest, pledge_id: FromPath[UUID]) -> Pledge:
    """When the cover is below the maintenance line."""
    return await pledges.call_margin(actor_of(request), pledge_id=pledge_id)


@post("/pledges/{pledge_id:uuid}/answer", opt=MOVE, tags=TAGS, summary="Answer a call", status_code=200)
async def answer_call(request: AnyRequest, pledge_id: FromPath[UUID], data: JSONBody[Answer]) -> Pledge:
    """What was paid or pledged besides."""
    return await pledges.answer_call(
        actor_of(request), pledge_id=pledge_id, note=data.note, amount_fen=data.amount_fen
    )


@post(
    "/pledges/{pledge_id:uuid}/release-request",
    opt=MOVE,
    tags=TAGS,
    summary="Ask for release",
    status_code=200,
)
async def ask_release(request: AnyRequest, pledge_id: FromPath[UUID]) -> Pledge:
    """The bank decides."""
    return await pledges.ask_release(actor_of(request), pledge_id=pledge_id)


@post("/pledges/{pledge_id:uuid}/release", opt=REGISTER, tags=TAGS, summary="Let units go", status_code=200)
async def release_pledge(request: AnyRequest, pledge_id: FromPath[UUID], data: JSONBody[Release]) -> Pledge:
    """All or some."""
    return await pledges.release_pledge(actor_of(request), pledge_id=pledge_id, quantity_t=data.quantity_t)


@post("/pledges/{pledge_id:uuid}/enforcement", opt=REGISTER, tags=TAGS, summary="Draw up an enforcement")
async def draft_enforcement(request: AnyRequest, pledge_id: FromPath[UUID], data: JSONBody[Answer]) -> Draft:
    """Another person of the bank approves it under /approvals."""
    return await pledges.draft_enforcement(actor_of(request), pledge_id=pledge_id, reason=data.note)


@get("/needs", opt={"permission": Permission.LOAN_READ}, tags=TAGS, summary="Projects that look for money")
async def list_needs(request: AnyRequest) -> list[Need]:
    """A firm's own, or for a bank all."""
    return await needs.list_needs(actor_of(request))


@post("/needs", opt={"permission": Permission.CLAIM_CONFIRM}, tags=TAGS, summary="Look for money")
async def post_need(request: AnyRequest, data: JSONBody[NewNeed]) -> Need:
    """Every bank sees it and answers within ten working days."""
    return await needs.post_need(
        actor_of(request),
        title=data.title,
        description=data.description,
        catalogue=data.catalogue,
        code=data.code,
        amount_fen=data.amount_fen,
        months=data.months,
    )


@post("/needs/{need_id:uuid}/answers", opt=PRICE, tags=TAGS, summary="Answer a project")
async def answer_need(request: AnyRequest, need_id: FromPath[UUID], data: JSONBody[NeedReply]) -> Need:
    """Once; a refusal carries its reason."""
    return await needs.answer_need(actor_of(request), need_id=need_id, answer=data.answer, reason=data.reason)


@post("/products/{product_id:uuid}/rules", opt=PRICE, tags=TAGS, summary="What may move a product's rates")
async def save_rule(request: AnyRequest, product_id: FromPath[UUID], data: JSONBody[NewRule]) -> ProductRule:
    """Certificates, and targets on test days."""
    targets = [
        Target(one.indicator, one.tested_on, decimal_of(one.bound), one.better) for one in data.targets
    ]
    return await rate_rules.save_rule(
        actor_of(request),
        product_id=product_id,
        valid_from=data.valid_from,
        certificate_points=decimal_of(data.certificate_points),
        targets=targets,
        step_points=decimal_of(data.step_points),
        cap_points=decimal_of(data.cap_points),
        only_full=data.only_full,
        two_way=data.two_way,
    )


@get(
    "/loans/{loan_id:uuid}/rate-check",
    opt={"permission": Permission.LOAN_READ},
    tags=TAGS,
    summary="What a loan should bear",
)
async def check_rate(request: AnyRequest, loan_id: FromPath[UUID]) -> RateCheck:
    """Contract rate, certificate, targets by test day."""
    return await rate_rules.check_rate(actor_of(request), loan_id=loan_id)


@post("/loans/{loan_id:uuid}/facts", opt=REGISTER, tags=TAGS, summary="A measured value or a certificate")
async def record_fact(request: AnyRequest, loan_id: FromPath[UUID], data: JSONBody[NewFact]) -> RateCheck:
    """And what it changes."""
    return await rate_rules.record_fact(
        actor_of(request),
        loan_id=loan_id,
        kind=data.kind,
        on_day=data.on_day,
        indicator=data.indicator,
        value=None if data.value is None else decimal_of(data.value),
        until_on=data.until_on,
        evidence=data.evidence,
    )


@post(
    "/loans/{loan_id:uuid}/rate",
    opt=REGISTER,
    tags=TAGS,
    summary="Let a loan bear what its rules say",
    status_code=200,
)
async def apply_rate(request: AnyRequest, loan_id: FromPath[UUID]) -> RateCheck:
    """From today; nothing happens when it does already."""
    return await rate_rules.apply_rate(actor_of(request), loan_id=loan_id)


@post(
    "/loans/{loan_id:uuid}/recognitions",
    opt=REGISTER,
    tags=TAGS,
    summary="Recognise a loan as green",
    status_code=204,
)
async def recognise(request: AnyRequest, loan_id: FromPath[UUID], data: JSONBody[Recognise]) -> None:
    """Against an item of a catalogue, with the reason."""
    await book_statistics.recognise(
        actor_of(request),
        loan_id=loan_id,
        catalogue=data.catalogue,
        code=data.code,
        met=data.met,
        reason=data.reason,
        avoided_t=None if data.avoided_t is None else decimal_of(data.avoided_t),
    )


@get("/repricing", opt=PRICE, tags=TAGS, summary="The book at today's ratings")
async def preview_repricing(request: AnyRequest) -> list[Repriced]:
    """Old and new rate of each running loan."""
    return await rate_rules.preview_repricing(actor_of(request))


@post("/repricing", opt=REGISTER, tags=TAGS, summary="Reprice loans", status_code=200)
async def apply_repricing(request: AnyRequest, data: JSONBody[Repricing]) -> list[Repriced]:
    """The chosen loans, with the reason."""
    return await rate_rules.apply_repricing(
        actor_of(request), loan_ids=data.loan_ids, reason=data.reason, from_day=data.from_day
    )


@post("/what-if", opt=PRICE, tags=TAGS, summary="What if a client's figures moved", status_code=200)
async def move(request: AnyRequest, data: JSONBody[Move]) -> WhatIf:
    """Rating, rate, subsidy and money, now and then; nothing is kept."""
    return await what_if.what_if(
        actor_of(request),
        enterprise_id=data.enterprise_id,
        product_id=data.product_id,
        principal_fen=data.principal_fen,
        term_months=data.term_months,
        purpose=data.purpose,
        programme_id=data.programme_id,
        emissions_percent=decimal_of(data.emissions_percent),
        output_percent=decimal_of(data.output_percent),
        green_power_t=decimal_of(data.green_power_t),
    )


@get(
    "/disclosure",
    opt={"permission": Permission.LOAN_READ},
    tags=TAGS,
    summary="Carbon-reduction loans by quarter",
)
async def reduction_form(
    request: AnyRequest,
    year: Annotated[int, QueryParameter(ge=2000, le=2100)],
    quarter: Annotated[int, QueryParameter(ge=1, le=4)],
) -> ReductionForm:
    """Number, money, mean rate and yearly reduction: quarter, year, ever, and by field."""
    return await book_statistics.reduction_form(actor_of(request), year=year, quarter=quarter)


@get(
    "/book-sums", opt={"permission": Permission.LOAN_READ}, tags=TAGS, summary="The book as summed last night"
)
async def read_sums(request: AnyRequest) -> list[BookSum]:
    """By purpose and rate."""
    return await book_statistics.read_sums(actor_of(request))


risk_handlers = [
    list_pools, open_pool, cover_loan, list_guarantees, report_loss, draft_compensation, record_recovery, record_price,
    list_pledges, open_pledge, call_margin, answer_call, ask_release, release_pledge, draft_enforcement, list_needs,
    post_need, answer_need, save_rule, check_rate, record_fact, apply_rate, recognise, preview_repricing, apply_repricing,
    move, reduction_form, read_sums,
]  # fmt: skip
