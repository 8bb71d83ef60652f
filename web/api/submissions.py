"""Files of activities: uploaded, listed, and returned with their wrong cells marked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, HeaderParameter, QueryParameter

from accounts.enterprise import profile, submissions, template
from accounts.enterprise.submissions import Submission
from accounts.identity.permissions import Permission
from web.api.answers import XLSX, FindingAnswer, attachment, finding_answer
from web.api.inputs import PageSize
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of, translate

AnyRequest = Request[Any, Any, Any]
OptionalKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Made by you; the same key and file give the first answer again",
    ),
]
Before = Annotated[UUID | None, QueryParameter(description="Last id of the page before")]


class SubmissionAnswer(msgspec.Struct, kw_only=True):
    """What became of a file; `findings` holds the first 500 of `errors` and `warnings`."""

    id: UUID
    kind: str
    status: str
    file_name: str
    file_kind: str
    sha256: str
    size_bytes: int
    rows_read: int
    rows_taken: int
    rows_wrong: int
    rows_repeated: int
    errors: int
    warnings: int
    submitted_by_name: str
    submitted_at: datetime
    findings: list[FindingAnswer]


def submission_answer(submission: Submission, language: str) -> SubmissionAnswer:
    """The submission with its findings as sentences."""
    values = {
        name: getattr(submission, name) for name in SubmissionAnswer.__struct_fields__ if name != "findings"
    }
    findings = [finding_answer(finding, language) for finding in submission.findings]
    return SubmissionAnswer(**values, findings=findings)


@post(
    "/submissions",
    opt={"permission": Permission.ACTIVITY_SUBMIT, "takes": UPLOAD_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    tags=["account"],
    summary="Upload a file of activities",
)
async def create_submission(request: AnyRequest, key: OptionalKey = None) -> SubmissionAnswer:
    """CSV, XLSX or JSON; wrong rows are listed, good rows count at once."""
    upload = await upload_of(request)
    submission = await submissions.submit_file(
        actor_of(request), file_name=upload.file_name, content=upload.content, key=key
    )
    return submission_answer(submission, language_of(request))


@get("/submissions", opt={"permission": Permission.ACCOUNT_READ}, tags=["account"], summary="Files we sent")
async def list_submissions(
    request: AnyRequest, before: Before = None, limit: PageSize = 50
) -> list[SubmissionAnswer]:
    """Newest first, without their findings."""
    found = await submissions.list_submissions(actor_of(request), before=before, limit=limit)
    return [submission_answer(each, language_of(request)) for each in found]


@get(
    "/submissions/{submission_id:uuid}",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="One file and what was noticed in it",
)
async def read_submission(request: AnyRequest, submission_id: FromPath[UUID]) -> SubmissionAnswer:
    """With sheet, row, column, value and reason of every finding."""
    submission = await submissions.read_submission(actor_of(request), submission_id=submission_id)
    return submission_answer(submission, language_of(request))


@get(
    "/submissions/{submission_id:uuid}/marked",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="The file with wrong cells marked",
    media_type=XLSX,
)
async def read_marked_workbook(request: AnyRequest, submission_id: FromPath[UUID]) -> Response[bytes]:
    """A coloured copy, each reason as a comment in the language asked for."""
    language = language_of(request)
    content = await submissions.marked_workbook(
        actor_of(request),
        submission_id=submission_id,
        language=language,
        translate=lambda template, values: translate(language, template, **values),
    )
    return Response(content, headers=attachment("marked.xlsx"), media_type=XLSX)


@get(
    "/submissions/template",
    opt={"permission": Permission.ACTIVITY_SUBMIT},
    tags=["account"],
    summary="The workbook to fill in",
    media_type=XLSX,
)
async def read_template(
    request: AnyRequest,
    year: Annotated[int | None, QueryParameter(ge=1990, le=2100)] = None,
    guide: Annotated[
        str, QueryParameter(max_length=3, description="A sector guide by its number, or all")
    ] = "",
) -> Response[bytes]:
    """Headings and drop-downs in the language asked for; our facilities stand in it.

    Columns for own values are those of the guide's sources, of all, or else of the common ones.
    """
    facilities = await profile.list_facilities(actor_of(request))
    names = [facility.name for facility in facilities]
    content = template.template_workbook(
        facilities=names,
        language=language_of(request),
        year=year,
        sources=template.sources_of(guide),
    )
    return Response(content, headers=attachment("template.xlsx"), media_type=XLSX)


submission_handlers = [
    create_submission,
    read_template,
    list_submissions,
    read_submission,
    read_marked_workbook,
]
