"""Subsidy claims as each side sees them: the firm confirms what the system knows, the bank confirms, the bureau pays."""

from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import claim_payments, claims, clawbacks, funds, reconciliation
from accounts.finance.claim_payments import Decision
from accounts.finance.claims import STATES
from accounts.finance.reconciliation import OUTCOMES
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import UPLOAD_BYTES, uploaded_file

READ = {"permission": Permission.LOAN_READ}
CONFIRM = {"permission": Permission.CLAIM_CONFIRM}
FUND_READ = {"permission": Permission.FUND_READ}
MANAGE = {"permission": Permission.FUND_MANAGE}
WAITS = {
    "firm": N_("waits for the firm"),
    "bank": N_("waits for the bank"),
    "bureau": N_("waits for the finance bureau"),
    "statement": N_("waits for the bank statement"),
    "": N_("nothing more to do"),
}


def last_of(language: str, ends_on: date) -> str:
    """The last day counted of a period that ends before `ends_on`."""
    return formats.day(ends_on - timedelta(days=1), language)


def _words(request: AnyRequest) -> dict[str, Any]:
    language = language_of(request)
    return {
        "last_of": partial(last_of, language),
        "state_words": {name: translate(language, text) for name, text in STATES.items()},
        "waits_words": {name: translate(language, text) for name, text in WAITS.items()},
        "outcome_words": {name: translate(language, text) for name, text in OUTCOMES.items()},
    }


@get("/bank/claims", opt=READ, include_in_schema=False)
async def bank_claims_page(request: AnyRequest) -> Response[str]:
    """The bank's claims; those that wait for it stand first."""
    return await _claims_page(request, OrganisationKind.BANK)


@get("/enterprise/claims", opt=READ, include_in_schema=False)
async def own_claims_page(request: AnyRequest) -> Response[str]:
    """What the system knows the firm is due; it confirms, and applies for nothing."""
    return await _claims_page(request, OrganisationKind.ENTERPRISE)


async def _claims_page(request: AnyRequest, side: OrganisationKind, **context: Any) -> Response[str]:
    actor = actor_of(request)
    found = await claims.list_claims(actor)
    waiting = "firm" if side is OrganisationKind.ENTERPRISE else "bank"
    return render(
        request,
        "claims.html",
        side=side.value,
        waiting=[claim for claim in found if claim.waits_for == waiting],
        others=[claim for claim in found if claim.waits_for != waiting],
        owed=[owed for owed in await clawbacks.list_clawbacks(actor) if owed.owed_fen],
        may_confirm=Permission.CLAIM_CONFIRM in actor.permissions,
        may_compute=Permission.LOAN_REGISTER in actor.permissions,
        sums=claims.sums_by_state(found),
        **_words(request),
        **context,
    )


@post("/bank/claims/compute", opt={"permission": Permission.LOAN_REGISTER}, include_in_schema=False)
async def compute_claims(request: AnyRequest) -> Redirect:
    """The claims of every period that is over, now instead of tonight."""
    await claims.compute_claims(actor_of(request))
    return Redirect("/bank/claims?done=claims-computed", status_code=303)


@post("/bank/claims/{claim_id:uuid}", opt=CONFIRM, include_in_schema=False)
async def bank_decides(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Confirms a claim, wholly or in part, or withdraws it."""
    form, actor = await form_of(request), actor_of(request)
    try:
        reason = form.text(f"reason-{claim_id}", required=False, maximum=claims.LONGEST_REASON)
        if form.text("decision") == "refuse":
            await claims.refuse_claim(actor, claim_id=claim_id, reason=reason)
        else:
            await claims.confirm_claim(
                actor, claim_id=claim_id, amount_fen=form.fen(f"amount-{claim_id}"), reason=reason
            )
    except Problem as problem:
        return await _claims_page(request, OrganisationKind.BANK, mistake=problem, fields=form.without())
    return Redirect("/bank/claims?done=claim-decided", status_code=303)


@post("/enterprise/claims/{claim_id:uuid}", opt=CONFIRM, include_in_schema=False)
async def firm_confirms(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The firm confirms what the system computed."""
    try:
        await claims.confirm_claim(actor_of(request), claim_id=claim_id)
    except Problem as problem:
        return await _claims_page(request, OrganisationKind.ENTERPRISE, mistake=problem)
    return Redirect("/enterprise/claims?done=claim-confirmed", status_code=303)


@get("/authority/claims", opt=FUND_READ, include_in_schema=False)
async def review_page(request: AnyRequest) -> Response[str]:
    """Claims that wait for the bureau, fund by fund, and what became of the others."""
    return await _review(request)


async def _review(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    found = await claims.list_claims(actor)
    waiting = [claim for claim in found if claim.waits_for == "bureau"]
    return render(
        request,
        "claim_review.html",
        funds=[
            (fund, [claim for claim in waiting if claim.fund_id == fund.id])
            for fund in await funds.list_funds(actor)
        ],
        others=[claim for claim in found if claim.waits_for != "bureau"],
        owed=await clawbacks.list_clawbacks(actor),
        may_manage=Permission.FUND_MANAGE in actor.permissions,
        key=new_id(),
        **_words(request),
        **context,
    )


@post("/authority/claims/{fund_id:uuid}/payments", opt=MANAGE, include_in_schema=False)
async def draft_payment(request: AnyRequest, fund_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Draws up the payment of the ticked claims; a colleague approves it."""
    form = await form_of(request)
    try:
        chosen = [UUID(text) for text in form.texts("claim")]
        decisions = [_decision(form, claim_id) for claim_id in chosen]
        draft = await claim_payments.draft_payment(
            actor_of(request), fund_id=fund_id, decisions=decisions, key=form.text("key")
        )
    except Problem as problem:
        return await _review(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"/approvals/{draft.id}?done=payment-drafted", status_code=303)


def _decision(form: Form, claim_id: UUID) -> Decision:
    return Decision(
        claim_id,
        form.fen(f"pay-{claim_id}"),
        form.text(f"reason-{claim_id}", required=False, maximum=claims.LONGEST_REASON),
    )


@post("/authority/clawbacks/{loan_id:uuid}", opt=MANAGE, include_in_schema=False)
async def record_return(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Money that came back is the fund's again."""
    form = await form_of(request)
    try:
        await clawbacks.record_return(
            actor_of(request),
            loan_id=loan_id,
            amount_fen=form.fen(f"back-{loan_id}"),
            returned_on=form.day(f"day-{loan_id}"),
            reference=form.text(f"reference-{loan_id}"),
            key=form.text("key"),
        )
    except Problem as problem:
        return await _review(request, mistake=problem, fields=form.without("key"))
    return Redirect("/authority/claims?done=return-recorded", status_code=303)


@get("/authority/statements", opt=FUND_READ, include_in_schema=False)
async def statements_page(request: AnyRequest) -> Response[str]:
    """Bank statements and what each line was matched with."""
    return await _statements(request)


async def _statements(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return render(
        request,
        "statements.html",
        statements=await reconciliation.list_statements(actor),
        may_manage=Permission.FUND_MANAGE in actor.permissions,
        **_words(request),
        **context,
    )


@post("/authority/statements", opt=MANAGE, include_in_schema=False, request_max_body_size=UPLOAD_BYTES)
async def reconcile(request: AnyRequest) -> Response[str] | Redirect:
    """Takes a statement in; the same file again changes nothing."""
    try:
        name, content = await uploaded_file(request)
        await reconciliation.reconcile_statement(actor_of(request), file_name=name, content=content)
    except Problem as problem:
        problem.at = "file"
        return await _statements(request, mistake=problem, fields={"file": ""})
    return Redirect("/authority/statements?done=statement-reconciled", status_code=303)


handlers = [
    bank_claims_page,
    own_claims_page,
    compute_claims,
    bank_decides,
    firm_confirms,
    review_page,
    draft_payment,
    record_return,
    statements_page,
    reconcile,
]
