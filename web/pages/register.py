"""The register of reduction projects, for everybody: notices, registered projects, their claims, a map, comments."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.projects import documents, hearings, register
from accounts.projects.routes import schemes
from carbon.errors import Problem
from carbon.workdays import business_date
from methodologies.reduction.catalogue import methodologies
from web.language import language_of
from web.pages.downloads import download
from web.pages.forms import form_of
from web.pages.maps import drawn
from web.pages.rendering import AnyRequest, named, render

PUBLIC = {"public": "the rules make the register public (Order 31, art. 12, 15, 19, 22)", "recognise": True}
HERE = "/register"
PAGE = 50


@get(HERE, opt=PUBLIC, include_in_schema=False)
async def register_page(request: AnyRequest) -> Response[str]:
    """Counters, search, map and list."""
    asked = request.query_params
    wanted = {name: asked.get(name, "")[:100] for name in ("text", "state", "scheme", "methodology")}
    after = _after(asked.get("after", ""))
    found = await register.list_projects(
        None,
        text=wanted["text"],
        state=wanted["state"] or None,
        scheme=wanted["scheme"] or None,
        methodology=wanted["methodology"] or None,
        after=after,
        limit=PAGE,
    )
    language = language_of(request)
    shapes = [
        (shape.geometry, named(language, shape, "name"), f"{HERE}/projects/{shape.project_id}", shape.state)
        for shape in await register.map_shapes()
    ]
    return render(
        request,
        "register.html",
        projects=found,
        counters=await register.counters(),
        map=drawn(shapes),
        wanted=wanted,
        schemes=schemes(),
        methodologies=methodologies(),
        next_page=found[-1].id if len(found) == PAGE else None,
    )


def _after(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@get(f"{HERE}/projects/{{project_id:uuid}}", opt=PUBLIC, include_in_schema=False)
async def project_page(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str]:
    """One published project."""
    return await _project_page(request, project_id)


async def _project_page(request: AnyRequest, project_id: UUID, **context: Any) -> Response[str]:
    detail = await register.read_project(None, project_id=project_id)
    return render(
        request,
        "register_project.html",
        here=f"{HERE}/projects/{project_id}",
        detail=detail,
        project=detail.project,
        scheme=schemes()[detail.project.scheme],
        map=drawn((parcel.geometry, parcel.name, "", detail.project.state) for parcel in detail.parcels),
        hearing=_open(detail.hearings),
        document_kinds=documents.KINDS,
        **context,
    )


def _open(found: tuple[hearings.Hearing, ...]) -> hearings.Hearing | None:
    """The notice that takes comments today."""
    day = business_date(datetime.now(UTC))
    return next((one for one in found[:1] if one.starts_on <= day <= one.ends_on), None)


@get(f"{HERE}/claims/{{claim_id:uuid}}", opt=PUBLIC, include_in_schema=False)
async def claim_page(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str]:
    """One published claim with its tonnes."""
    return await _claim_page(request, claim_id)


async def _claim_page(request: AnyRequest, claim_id: UUID, **context: Any) -> Response[str]:
    detail = await register.read_claim(None, claim_id=claim_id)
    return render(
        request,
        "register_claim.html",
        here=f"{HERE}/claims/{claim_id}",
        detail=detail,
        claim=detail.claim,
        project=detail.project,
        calculation=detail.calculation,
        hearing=_open(detail.hearings),
        document_kinds=documents.KINDS,
        **context,
    )


@get(f"{HERE}/documents/{{document_id:uuid}}", opt=PUBLIC, include_in_schema=False)
async def public_document(document_id: FromPath[UUID]) -> Response[bytes]:
    """A public document as a download."""
    found, content = await documents.read_document(None, document_id=document_id)
    return download(content, found.file_name, found.media_type)


@post(f"{HERE}/hearings/{{hearing_id:uuid}}/comments", opt=PUBLIC, include_in_schema=False)
async def comment(request: AnyRequest, hearing_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A comment by anybody, told back on the page it was written on."""
    form = await form_of(request)
    claim_id = _after(form.text("claim_id", required=False))
    project_id = _after(form.text("project_id", required=False))
    address = request.client.host if request.client else ""
    try:
        state = await hearings.post_comment(
            hearing_id=hearing_id,
            text=form.passage("text", maximum=hearings.LONGEST_TEXT),
            author=form.text("author", required=False, maximum=hearings.LONGEST_AUTHOR),
            contact=form.text("contact", required=False, maximum=hearings.LONGEST_CONTACT),
            address=address,
        )
    except Problem as problem:
        fields = form.without("claim_id", "project_id")
        if claim_id:
            return await _claim_page(request, claim_id, mistake=problem, fields=fields)
        if project_id:
            return await _project_page(request, project_id, mistake=problem, fields=fields)
        raise
    page = f"{HERE}/claims/{claim_id}" if claim_id else f"{HERE}/projects/{project_id}"
    return Redirect(f"{page}?done=comment-{state}", status_code=303)


handlers = [register_page, project_page, claim_page, public_document, comment]
