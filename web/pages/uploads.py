"""From the template to the result of a file: which rows were taken, which were not and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import profile, submissions
from accounts.enterprise.template import sources_of, template_workbook
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from methodologies.accounting.guides import SECTOR_GUIDES
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.downloads import download
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/upload"
SUBMIT = {"permission": Permission.ACTIVITY_SUBMIT}
READ = {"permission": Permission.ACCOUNT_READ}
UPLOAD_BYTES = 64 * 1024 * 1024
"""What a browser may send at once; larger files go through the interface for programs or the command line."""


@get(HERE, opt=SUBMIT, include_in_schema=False)
async def upload_page(request: AnyRequest) -> Response[str]:
    """The template, the form, and what was submitted before."""
    return await _upload(request)


async def _upload(request: AnyRequest, **context: Any) -> Response[str]:
    found = await submissions.list_submissions(actor_of(request))
    return render(
        request,
        "upload.html",
        submissions=found,
        upload_mb=UPLOAD_BYTES // 1024 // 1024,
        guides=[
            (guide.id, f"{guide.id} {guide.name.in_language(language_of(request))}")
            for guide in SECTOR_GUIDES.values()
        ],
        **context,
    )


@get("/enterprise/template.xlsx", opt=SUBMIT, include_in_schema=False)
async def download_template(request: AnyRequest) -> Response[bytes]:
    """A workbook made for this enterprise: its facilities stand in the drop-down."""
    language = language_of(request)
    facilities = await profile.list_facilities(actor_of(request))
    content = template_workbook(
        facilities=[facility.name for facility in facilities],
        language=language,
        sources=sources_of(request.query_params.get("guide", "")),
    )
    return download(content, translate(language, N_("activity data.xlsx")))


@post(HERE, opt=SUBMIT, include_in_schema=False, request_max_body_size=UPLOAD_BYTES)
async def upload(request: AnyRequest) -> Response[str] | Redirect:
    """Takes the good rows and says what is wrong with the others."""
    try:
        name, content = await uploaded_file(request)
        submission = await submissions.submit_file(actor_of(request), file_name=name, content=content)
    except Problem as problem:
        problem.at = "file"
        return await _upload(request, mistake=problem, fields={"file": ""})
    return Redirect(f"{HERE}/submissions/{submission.id}", status_code=303)


async def uploaded_file(request: AnyRequest) -> tuple[str, bytes]:
    """Name and bytes of the file in the form.

    Raises:
        Problem: no file was chosen.
    """
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Problem(N_("Choose a file first."), at="file")
    return file.filename, await file.read()


@get(f"{HERE}/submissions/{{submission_id:uuid}}", opt=READ, include_in_schema=False)
async def submission_page(request: AnyRequest, submission_id: FromPath[UUID]) -> Response[str]:
    """Counts, and each finding with its place, value, reason."""
    return await submission_of(request, submission_id, home=HERE)


async def submission_of(request: AnyRequest, submission_id: UUID, *, home: str) -> Response[str]:
    """The result of a file; `home` is the page it was sent from."""
    submission = await submissions.read_submission(actor_of(request), submission_id=submission_id)
    return render(request, "submission.html", submission=submission, home=home)


@get(f"{HERE}/submissions/{{submission_id:uuid}}/marked.xlsx", opt=READ, include_in_schema=False)
async def marked_workbook(request: AnyRequest, submission_id: FromPath[UUID]) -> Response[bytes]:
    """The file as sent, wrong cells coloured and commented."""
    return await marked_of(request, submission_id)


async def marked_of(request: AnyRequest, submission_id: UUID) -> Response[bytes]:
    """The marked copy as a download, its comments in the reader's language."""
    actor, language = actor_of(request), language_of(request)

    def say(text: str, values: Mapping[str, Any]) -> str:
        return translate(language, text, **values)

    submission = await submissions.read_submission(actor, submission_id=submission_id)
    content = await submissions.marked_workbook(
        actor, submission_id=submission_id, language=language, translate=say
    )
    stem = submission.file_name.rpartition(".")[0] or submission.file_name
    return download(content, f"{stem} - {translate(language, N_('marked'))}.xlsx")


handlers = [upload_page, download_template, upload, submission_page, marked_workbook]
