"""What a loan costs and when, what happens to it, and loan books by file."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.finance import evidence, loan_books, loan_events
from accounts.finance.evidence import Evidence
from accounts.finance.loan_books import TakenBook
from accounts.finance.loan_events import LoanPlan
from accounts.identity.permissions import Permission
from web.api.answers import FindingAnswer, finding_answer
from web.api.inputs import DecimalText, Fen, IdempotencyKey, Input, decimal_of
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of

AnyRequest = Request[Any, Any, Any]
TAGS = ["finance"]
READ = {"permission": Permission.LOAN_READ}
REGISTER = {"permission": Permission.LOAN_REGISTER}


class NewEvent(Input):
    """What happened: rate, prepayment, supplier-paid, overdue, cured, written-off or disqualified."""

    kind: Annotated[str, Meta(min_length=1, max_length=20, examples=["prepayment"])]
    on_day: date
    rate_percent: DecimalText | None = None
    amount_fen: Fen | None = None
    keeps: Annotated[str, Meta(max_length=12)] = "term"
    reason: Annotated[str, Meta(max_length=500)] = ""


class Documents(Input):
    """Numbers of invoices or contracts."""

    kind: Annotated[str, Meta(min_length=1, max_length=20, examples=["invoice"])]
    numbers: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=120)]], Meta(min_length=1, max_length=200)
    ]


class BookAnswer(Input):
    """What taking a loan book changed, and what is wrong in which cell."""

    file_name: str
    rows: int
    added: int
    unchanged: int
    principal_fen: int
    findings: list[FindingAnswer]


@get("/loans/{loan_id:uuid}/schedule", opt=READ, tags=TAGS, summary="A loan's schedule as it stands")
async def read_plan(request: AnyRequest, loan_id: FromPath[UUID]) -> LoanPlan:
    """Every period with interest, principal and balance, and what happened so far."""
    return await loan_events.read_plan(actor_of(request), loan_id=loan_id)


@post("/loans/{loan_id:uuid}/events", opt=REGISTER, tags=TAGS, summary="Something happened to a loan")
async def record_event(
    request: AnyRequest, loan_id: FromPath[UUID], data: JSONBody[NewEvent], key: IdempotencyKey
) -> LoanPlan:
    """Interest and subsidy follow with the next night's run."""
    return await loan_events.record_event(
        actor_of(request),
        loan_id=loan_id,
        kind=data.kind,
        on_day=data.on_day,
        rate_percent=None if data.rate_percent is None else decimal_of(data.rate_percent),
        amount_fen=data.amount_fen,
        keeps=data.keeps,
        reason=data.reason,
        key=key,
    )


@post(
    "/loans/{loan_id:uuid}/evidence", opt=REGISTER, tags=TAGS, summary="Invoices or contracts behind a loan"
)
async def record_evidence(
    request: AnyRequest, loan_id: FromPath[UUID], data: JSONBody[Documents]
) -> list[Evidence]:
    """Each number stands for one loan only, at whichever bank."""
    return await evidence.record_evidence(
        actor_of(request), loan_id=loan_id, kind=data.kind, numbers=data.numbers
    )


@post(
    "/loan-books",
    opt={**REGISTER, "takes": UPLOAD_TYPES},
    tags=TAGS,
    summary="Take a loan book in",
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    operation_class=UploadOperation,
)
async def take_book(request: AnyRequest) -> BookAnswer:
    """CSV or XLSX: good rows are registered, wrong cells told; the same file again changes nothing."""
    upload = await upload_of(request)
    taken: TakenBook = await loan_books.take_book(
        actor_of(request), file_name=upload.file_name, content=upload.content
    )
    language = language_of(request)
    return BookAnswer(
        file_name=taken.file_name,
        rows=taken.rows,
        added=taken.added,
        unchanged=taken.unchanged,
        principal_fen=taken.principal_fen,
        findings=[finding_answer(finding, language) for finding in taken.findings],
    )


loan_life_handlers = [read_plan, record_event, record_evidence, take_book]
