"""Subsidy claims: computed, confirmed by firm and bank, paid by the bureau, reconciled, and asked back."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.finance import claim_payments, claims, clawbacks, reconciliation
from accounts.finance.claim_payments import Decision
from accounts.finance.claims import Claim, Computed
from accounts.finance.clawbacks import Clawback
from accounts.finance.reconciliation import Statement
from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from web.api.inputs import Fen, IdempotencyKey, Input
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
TAGS = ["finance"]
Reason = Annotated[str, Meta(max_length=1000)]
SELF = {"permission": Permission.SELF_READ}
CONFIRM = {"permission": Permission.CLAIM_CONFIRM}
MANAGE = {"permission": Permission.FUND_MANAGE}


class Confirmation(Input):
    """The claim as a whole, or, of a bank, a smaller amount with its reason."""

    amount_fen: Fen | None = None
    reason: Reason = ""


class Refusal(Input):
    """Why the bank withdraws a claim."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class ClaimDecision(Input):
    """What of a claim is paid, and why not more; 0 refuses it."""

    claim_id: UUID
    pay_fen: Annotated[int, Meta(ge=0, le=10**15)]
    reason: Reason = ""


class Payment(Input):
    """Claims of one fund that are paid together."""

    decisions: Annotated[list[ClaimDecision], Meta(min_length=1, max_length=500)]


class Return(Input):
    """Money that came back to the fund."""

    amount_fen: Fen
    returned_on: date
    reference: Annotated[str, Meta(min_length=1, max_length=200)]


@get("/claims", opt=SELF, tags=TAGS, summary="Subsidy claims")
async def list_claims(
    request: AnyRequest,
    fund_id: Annotated[UUID | None, QueryParameter(description="Of this fund only")] = None,
    loan_id: Annotated[UUID | None, QueryParameter(description="Of this loan only")] = None,
    stage: Annotated[
        str | None, QueryParameter(max_length=20, description="computed, bank-confirmed, paid …")
    ] = None,
) -> list[Claim]:
    """Those of the asker's side, newest period first, each with its steps and reasons."""
    return await claims.list_claims(actor_of(request), fund_id=fund_id, loan_id=loan_id, state=stage)


@get("/claims/{claim_id:uuid}", opt=SELF, tags=TAGS, summary="One claim")
async def read_claim(request: AnyRequest, claim_id: FromPath[UUID]) -> Claim:
    """With its steps and reasons."""
    return await claims.read_claim(actor_of(request), claim_id=claim_id)


@post(
    "/claims/compute",
    opt={"permission": Permission.LOAN_REGISTER},
    tags=TAGS,
    summary="Compute claims",
    status_code=200,
)
async def compute_claims(request: AnyRequest) -> Computed:
    """For every period that is over; also done each night."""
    return await claims.compute_claims(actor_of(request))


@post("/claims/{claim_id:uuid}/confirm", opt=CONFIRM, tags=TAGS, summary="Confirm a claim", status_code=200)
async def confirm_claim(request: AnyRequest, claim_id: FromPath[UUID], data: JSONBody[Confirmation]) -> Claim:
    """By the side it waits for."""
    return await claims.confirm_claim(
        actor_of(request), claim_id=claim_id, amount_fen=data.amount_fen, reason=data.reason
    )


@post("/claims/{claim_id:uuid}/refuse", opt=CONFIRM, tags=TAGS, summary="Withdraw a claim", status_code=200)
async def refuse_claim(request: AnyRequest, claim_id: FromPath[UUID], data: JSONBody[Refusal]) -> Claim:
    """By its bank, with the reason the firm reads."""
    return await claims.refuse_claim(actor_of(request), claim_id=claim_id, reason=data.reason)


@post("/funds/{fund_id:uuid}/payments", opt=MANAGE, tags=TAGS, summary="Draw up a payment of claims")
async def draft_payment(
    request: AnyRequest, fund_id: FromPath[UUID], data: JSONBody[Payment], key: IdempotencyKey
) -> Draft:
    """Another person approves it under /approvals; then it is in the books."""
    decisions = [Decision(one.claim_id, one.pay_fen, one.reason) for one in data.decisions]
    return await claim_payments.draft_payment(
        actor_of(request), fund_id=fund_id, decisions=decisions, key=key
    )


@get("/statements", opt={"permission": Permission.FUND_READ}, tags=TAGS, summary="Bank statements")
async def list_statements(request: AnyRequest) -> list[Statement]:
    """Newest first, line by line."""
    return await reconciliation.list_statements(actor_of(request))


@post(
    "/statements",
    opt={**MANAGE, "takes": UPLOAD_TYPES},
    tags=TAGS,
    summary="Reconcile payments against a bank's statement",
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    operation_class=UploadOperation,
)
async def reconcile_statement(request: AnyRequest) -> Statement:
    """CSV or XLSX: matched, wrong amount, unmatched, repeated; the same file counts once."""
    upload = await upload_of(request)
    return await reconciliation.reconcile_statement(
        actor_of(request), file_name=upload.file_name, content=upload.content
    )


@get("/clawbacks", opt=SELF, tags=TAGS, summary="Subsidies asked back")
async def list_clawbacks(request: AnyRequest) -> list[Clawback]:
    """Asked back, come back, still owed."""
    return await clawbacks.list_clawbacks(actor_of(request))


@post("/clawbacks/{loan_id:uuid}/returns", opt=MANAGE, tags=TAGS, summary="Money came back")
async def record_return(
    request: AnyRequest, loan_id: FromPath[UUID], data: JSONBody[Return], key: IdempotencyKey
) -> Clawback:
    """It is the fund's again."""
    return await clawbacks.record_return(
        actor_of(request),
        loan_id=loan_id,
        amount_fen=data.amount_fen,
        returned_on=data.returned_on,
        reference=data.reference,
        key=key,
    )


claim_handlers = [
    list_claims,
    read_claim,
    compute_claims,
    confirm_claim,
    refuse_claim,
    draft_payment,
    list_statements,
    reconcile_statement,
    list_clawbacks,
    record_return,
]
