"""A loan's schedule, what happens to it, and loan books by file: preview with wrong cells, then taking the good rows."""

import base64
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.finance import evidence, loan_books, loan_events
from accounts.finance.loan_events import KINDS
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.claims import last_of
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import UPLOAD_BYTES, uploaded_file

READ = {"permission": Permission.LOAN_READ}
REGISTER = {"permission": Permission.LOAN_REGISTER}
SHOWN_LOANS, SHOWN_FINDINGS = 20, 200
LARGEST_PREVIEW = 4 * 2**20
FIELDS = {
    "": N_("not used"),
    "contract_number": N_("Contract"),
    "borrower": N_("Borrower"),
    "borrower_code": N_("Credit code"),
    "principal_yuan": N_("Principal"),
    "principal_wan": N_("Principal in 10,000 yuan"),
    "rate_percent": N_("Rate"),
    "months": N_("Months"),
    "years": N_("Years"),
    "starts_on": N_("Released on"),
    "ends_on": N_("Ends on"),
    "repayment": N_("Repayment"),
    "day_count": N_("Days of a year"),
    "every_months": N_("Months between payments"),
    "due_day": N_("Due day"),
    "purpose": N_("Purpose"),
}


@get("/bank/loans/{loan_id:uuid}/schedule", opt=READ, include_in_schema=False)
async def bank_plan_page(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str]:
    """Every period, what happened so far, and the form for what happens next."""
    return await _plan(request, loan_id, "bank")


@get("/enterprise/loans/{loan_id:uuid}/schedule", opt=READ, include_in_schema=False)
async def own_plan_page(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str]:
    """The same as its borrower sees it."""
    return await _plan(request, loan_id, "enterprise")


async def _plan(request: AnyRequest, loan_id: UUID, side: str, **context: Any) -> Response[str]:
    actor, language = actor_of(request), language_of(request)
    return render(
        request,
        "loan_schedule.html",
        plan=await loan_events.read_plan(actor, loan_id=loan_id),
        side=side,
        last_of=partial(last_of, language),
        here=f"/{side}/loans/{loan_id}/schedule",
        kinds={kind: translate(language, text) for kind, text in KINDS.items()},
        may_record=side == "bank" and Permission.LOAN_REGISTER in actor.permissions,
        **context,
    )


@post("/bank/loans/{loan_id:uuid}/events", opt=REGISTER, include_in_schema=False)
async def record_event(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Records what happened; interest and subsidy follow in the night."""
    form = await form_of(request)
    try:
        await loan_events.record_event(actor_of(request), loan_id=loan_id, **_event(form))
    except Problem as problem:
        return await _plan(request, loan_id, "bank", mistake=problem, fields=form.without())
    return Redirect(f"/bank/loans/{loan_id}/schedule?done=event-recorded", status_code=303)


def _event(form: Form) -> dict[str, Any]:
    kind = form.text("kind", maximum=20)
    return {
        "kind": kind,
        "on_day": form.day("on_day"),
        "rate_percent": form.points("rate_percent") if kind == "rate" else None,
        "amount_fen": form.fen("amount_fen") if kind == "prepayment" else None,
        "reason": form.text("reason", required=False, maximum=500),
    }


@post("/bank/loans/{loan_id:uuid}/evidence", opt=REGISTER, include_in_schema=False)
async def record_evidence(request: AnyRequest, loan_id: FromPath[UUID]) -> Response[str] | Redirect:
    """An invoice that stands for this loan, and for no other anywhere."""
    form = await form_of(request)
    try:
        numbers = [form.text("numbers", maximum=120)]
        await evidence.record_evidence(actor_of(request), loan_id=loan_id, kind="invoice", numbers=numbers)
    except Problem as problem:
        return await _plan(request, loan_id, "bank", mistake=problem, fields=form.without())
    return Redirect(f"/bank/loans/{loan_id}/schedule?done=evidence-recorded", status_code=303)


@get("/bank/loan-book", opt=REGISTER, include_in_schema=False)
async def book_page(request: AnyRequest) -> Response[str]:
    """The form for a file."""
    return _book(request)


def _book(request: AnyRequest, **context: Any) -> Response[str]:
    language = language_of(request)
    known = {"book": None, "taken": None, "content": "", "shown": SHOWN_LOANS}
    words = [(name, translate(language, text)) for name, text in FIELDS.items()]
    return render(request, "loan_book.html", words=words, most=SHOWN_FINDINGS, **(known | context))


@post("/bank/loan-book", opt=REGISTER, include_in_schema=False, request_max_body_size=UPLOAD_BYTES)
async def preview_book(request: AnyRequest) -> Response[str]:
    """What the columns mean, the first good rows, and every wrong cell; nothing is kept yet."""
    try:
        name, content = await uploaded_file(request)
        book = loan_books.read_book(name, content)
        _check_size(content)
    except Problem as problem:
        problem.at = "file"
        return _book(request, mistake=problem, fields={"file": ""})
    return _book(request, book=book, content=base64.b64encode(content).decode())


def _check_size(content: bytes) -> None:
    if len(content) > LARGEST_PREVIEW:
        raise Problem(
            N_("Files above {most} MiB go through the interface for programs."), most=LARGEST_PREVIEW // 2**20
        )


@post("/bank/loan-book/take", opt=REGISTER, include_in_schema=False, request_max_body_size=UPLOAD_BYTES)
async def take_book(request: AnyRequest) -> Response[str]:
    """Reads the file again with the columns as corrected; takes the good rows, or shows the preview anew."""
    form = await form_of(request)
    try:
        name = form.text("file_name", maximum=300)
        content = base64.b64decode(form.secret("content", maximum=2 * LARGEST_PREVIEW), validate=True)
        headings = form.texts("heading")
        mapping = {heading: form.text(f"field-{n}", required=False) for n, heading in enumerate(headings)}
        if form.text("act") == "preview":
            book = loan_books.read_book(name, content, mapping)
            return _book(request, book=book, content=form.secret("content", maximum=2 * LARGEST_PREVIEW))
        taken = await loan_books.take_book(
            actor_of(request), file_name=name, content=content, mapping=mapping
        )
    except (Problem, ValueError) as fault:
        problem = fault if isinstance(fault, Problem) else Problem(N_("Choose the file again."))
        problem.at = "file"
        return _book(request, mistake=problem, fields={"file": ""})
    return _book(request, taken=taken)


handlers = [bank_plan_page, own_plan_page, record_event, record_evidence, book_page, preview_book, take_book]
