"""Projects as their parties work on them: the owner's wizard, the verification body's desk, the registry office's desk."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import organisations
from accounts.identity.permissions import Permission
from accounts.projects import claims, documents, drafting, hearings, moving, register
from accounts.projects.drafting import DECLARATIONS
from accounts.projects.records import Claim, Project
from accounts.projects.routes import schemes
from carbon.errors import N_, Problem
from methodologies.reduction.catalogue import methodologies
from web.guard import actor_of
from web.pages.downloads import download
from web.pages.forms import Form, form_of
from web.pages.maps import drawn
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import uploaded_file

HERE = "/projects"
READ = {"permission": Permission.PROJECT_READ}
OWN = {"permission": Permission.PROJECT_MANAGE}
REVIEW = {"permission": Permission.PROJECT_REVIEW}
UPLOAD_BYTES = 34 * 2**20
STEPS = (
    (N_("Draft"), ("draft", "on_hold", "rejected_by_vvb")),
    (N_("Public notice"), ("notice",)),
    (N_("Validation"), ("validation", "validated")),
    (N_("Application and review"), ("applied", "under_review", "not_registered")),
    (N_("Registered"), ("registered",)),
)
CLAIM_STEPS = (
    (N_("Monitoring"), ("monitoring",)),
    (N_("Report"), ("report_draft", "rejected_by_vvb")),
    (N_("Public notice"), ("notice",)),
    (N_("Verification"), ("verification", "verified")),
    (N_("Application and review"), ("applied", "under_review", "not_registered")),
    (N_("Units issued"), ("registered",)),
)


def steps_of(state: str, steps: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, str]]:
    """Each step with `done`, `now` or nothing."""
    at = next((place for place, (_, states) in enumerate(steps) if state in states), -1)
    return [
        (title, "done" if place < at else "now" if place == at else "")
        for place, (title, _) in enumerate(steps)
    ]


@get(HERE, opt=READ, include_in_schema=False)
async def projects_page(request: AnyRequest) -> Response[str]:
    """What waits for us, and all we have a part in."""
    actor = actor_of(request)
    waiting, waiting_claims = await claims.list_work(actor)
    review = Permission.PROJECT_REVIEW in actor.permissions
    found = await register.list_projects(actor, mine=not review, limit=register.LIST_LIMIT)
    known = {project.id: project for project in found}
    missing = {claim.project_id for claim in waiting_claims} - set(known)
    for project_id in missing:
        known[project_id] = (await register.read_project(actor, project_id=project_id)).project
    return render(
        request,
        "projects.html",
        projects=found,
        waiting=[known[id_] for id_ in waiting if id_ in known],
        waiting_claims=[(claim, known[claim.project_id]) for claim in waiting_claims],
        comments=await hearings.waiting_comments(actor) if review else [],
        may_draft=Permission.PROJECT_MANAGE in actor.permissions,
    )


@get(f"{HERE}/new", opt=OWN, include_in_schema=False)
async def new_page(request: AnyRequest) -> Response[str]:
    """The form of a new draft."""
    return await _form_page(request, None)


async def _form_page(request: AnyRequest, project: Project | None, **context: Any) -> Response[str]:
    bodies = await organisations.list_organisations(actor_of(request), kind="verifier")
    return render(
        request,
        "project_form.html",
        here=f"{HERE}/{project.id}/change" if project else f"{HERE}/new",
        project=project,
        schemes=schemes(),
        methodologies=methodologies(),
        declarations=DECLARATIONS,
        bodies=bodies,
        **context,
    )


def _asked(form: Form) -> dict[str, Any]:
    declared = set(form.texts("declarations"))
    validator = form.text("validator_id", required=False)
    started = form.text("construction_started_on", required=False)
    return {
        "scheme": form.text("scheme", maximum=40),
        "methodology": form.text("methodology", maximum=60),
        "name_zh": form.text("name_zh"),
        "name_en": form.text("name_en", required=False),
        "about": form.passage("about", required=False, maximum=4000),
        "district": form.text("district", required=False, maximum=100),
        "construction_started_on": form.day("construction_started_on") if started else None,
        "crediting_starts_on": form.day("crediting_starts_on"),
        "crediting_ends_on": form.day("crediting_ends_on"),
        "expected_t_per_year": form.whole("expected_t_per_year", maximum=10**9),
        "declarations": {name: name in declared for name in DECLARATIONS},
        "validator_id": form.identifier("validator_id") if validator else None,
    }


@post(f"{HERE}/new", opt=OWN, include_in_schema=False)
async def create(request: AnyRequest) -> Response[str] | Redirect:
    """A new draft."""
    form = await form_of(request)
    try:
        project = await drafting.create_project(actor_of(request), **_asked(form))
    except Problem as problem:
        return await _form_page(request, None, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}/{project.id}?done=project-drafted", status_code=303)


@get(f"{HERE}/{{project_id:uuid}}/change", opt=OWN, include_in_schema=False)
async def change_page(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str]:
    """The form of a draft."""
    detail = await register.read_project(actor_of(request), project_id=project_id)
    return await _form_page(request, detail.project)


@post(f"{HERE}/{{project_id:uuid}}/change", opt=OWN, include_in_schema=False)
async def change(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The draft as it is to be."""
    form, actor = await form_of(request), actor_of(request)
    try:
        await drafting.change_project(actor, project_id=project_id, changes=_asked(form))
    except Problem as problem:
        detail = await register.read_project(actor, project_id=project_id)
        return await _form_page(request, detail.project, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}/{project_id}?done=project-drafted", status_code=303)


@get(f"{HERE}/{{project_id:uuid}}", opt=READ, include_in_schema=False)
async def project_page(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str]:
    """One project with what can be done now."""
    return await _project_page(request, project_id)


async def _project_page(request: AnyRequest, project_id: UUID, **context: Any) -> Response[str]:
    actor = actor_of(request)
    detail = await register.read_project(actor, project_id=project_id)
    project = detail.project
    held = project.state == "on_hold" and Permission.PROJECT_REVIEW in actor.permissions
    return render(
        request,
        "project.html",
        here=f"{HERE}/{project_id}",
        detail=detail,
        project=project,
        scheme=schemes()[project.scheme],
        steps=steps_of(project.state, STEPS),
        moves=await moving.possible_moves(actor, project),
        map=drawn((parcel.geometry, parcel.name, "", project.state) for parcel in detail.parcels),
        kinds=_kinds(actor.tenant_id, project, None),
        document_kinds=documents.KINDS,
        is_owner=actor.tenant_id == project.tenant_id,
        is_editable=schemes()[project.scheme].project.states[project.state].editable,
        doubts=await register.read_doubts(actor, project_id=project_id) if held else [],
        bodies=await organisations.list_organisations(actor, kind="verifier"),
        declarations=DECLARATIONS,
        is_uncertain=moving.is_uncertain(project.due_on),
        **context,
    )


def _kinds(tenant_id: UUID, project: Project, claim: Claim | None) -> list[documents.Kind]:
    """The kinds of documents this organisation adds here."""
    roles = {"owner"} if tenant_id == project.tenant_id else set()
    if claim is None and tenant_id == project.validator_id:
        roles.add("validator")
    if claim is not None and tenant_id == claim.verifier_id:
        roles.add("verifier")
    of = {"claim", "either"} if claim else {"project", "either"}
    return [
        kind
        for kind in documents.KINDS.values()
        if kind.role in roles and kind.of in of and kind.id != "monitoring_data"
    ]


@post(
    f"{HERE}/{{project_id:uuid}}/boundary",
    opt=OWN,
    include_in_schema=False,
    request_max_body_size=UPLOAD_BYTES,
)
async def boundary(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The parcels out of a GeoJSON file."""
    try:
        _, content = await uploaded_file(request)
        await drafting.set_boundary(actor_of(request), project_id=project_id, geojson=content)
    except Problem as problem:
        return await _project_page(request, project_id, mistake=problem)
    return Redirect(f"{HERE}/{project_id}?done=boundary-set", status_code=303)


@post(f"{HERE}/{{project_id:uuid}}/meters", opt=OWN, include_in_schema=False)
async def meters(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Meters and installations, one a line."""
    form = await form_of(request)
    try:
        lines = form.passage("meters", required=False, maximum=20_000).splitlines()
        given = [drafting.Meter(line.strip()) for line in lines if line.strip()]
        await drafting.set_meters(actor_of(request), project_id=project_id, meters=given)
    except Problem as problem:
        return await _project_page(request, project_id, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}/{project_id}?done=meters-set", status_code=303)


@post(
    f"{HERE}/{{project_id:uuid}}/documents",
    opt=READ,
    include_in_schema=False,
    request_max_body_size=UPLOAD_BYTES,
)
async def add_document(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A document of the project, or of a claim of it."""
    form = await form_of(request)
    claim_text = form.text("claim_id", required=False)
    claim_id = form.identifier("claim_id") if claim_text else None
    try:
        name, content = await uploaded_file(request)
        await documents.add_document(
            actor_of(request),
            project_id=project_id,
            claim_id=claim_id,
            kind=form.text("kind", maximum=40),
            file_name=name,
            content=content,
        )
    except Problem as problem:
        if claim_id:
            return await _claim_page(request, claim_id, mistake=problem)
        return await _project_page(request, project_id, mistake=problem)
    page = f"{HERE}/{project_id}/claims/{claim_id}" if claim_id else f"{HERE}/{project_id}"
    return Redirect(f"{page}?done=document-added", status_code=303)


@get(f"{HERE}/documents/{{document_id:uuid}}", opt=READ, include_in_schema=False)
async def read_document(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """A document as a download."""
    found, content = await documents.read_document(actor_of(request), document_id=document_id)
    return download(content, found.file_name, found.media_type)


def _details(form: Form) -> dict[str, Any]:
    details: dict[str, Any] = {}
    statement = form.passage("comments_statement", required=False, maximum=4000)
    if statement:
        details["comments_statement"] = statement
    if form.text("quantity_t", required=False):
        details["quantity_t"] = form.whole("quantity_t", maximum=10**12)
    return details


def _after(page: str, moved: moving.Moved) -> Redirect:
    if moved.draft_id:
        return Redirect(f"/approvals/{moved.draft_id}", status_code=303)
    return Redirect(f"{page}?done={'project-held' if moved.held else 'move-made'}", status_code=303)


@post(f"{HERE}/{{project_id:uuid}}/acts", opt=READ, include_in_schema=False)
async def act(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A move of the project; one that two persons make leads to the draft of it."""
    form = await form_of(request)
    try:
        moved = await moving.act_on_project(
            actor_of(request),
            project_id=project_id,
            act=form.text("act", maximum=30),
            reason=form.passage("reason", required=False, maximum=4000),
            details=_details(form),
        )
    except Problem as problem:
        return await _project_page(request, project_id, mistake=problem, fields=form.without("act"))
    return _after(f"{HERE}/{project_id}", moved)


@post(f"{HERE}/{{project_id:uuid}}/claims", opt=OWN, include_in_schema=False)
async def open_claim(request: AnyRequest, project_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A new monitoring period."""
    form = await form_of(request)
    try:
        claim = await claims.open_claim(
            actor_of(request),
            project_id=project_id,
            starts_on=form.day("starts_on"),
            ends_on=form.day("ends_on"),
            verifier_id=form.identifier("verifier_id") if form.text("verifier_id", required=False) else None,
        )
    except Problem as problem:
        return await _project_page(request, project_id, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}/{project_id}/claims/{claim.id}", status_code=303)


@get(f"{HERE}/{{project_id:uuid}}/claims/{{claim_id:uuid}}", opt=READ, include_in_schema=False)
async def claim_page(
    request: AnyRequest, project_id: FromPath[UUID], claim_id: FromPath[UUID]
) -> Response[str]:
    """One claim with what can be done now."""
    return await _claim_page(request, claim_id, project_id)


async def _claim_page(
    request: AnyRequest, claim_id: UUID, project_id: UUID | None = None, **context: Any
) -> Response[str]:
    actor = actor_of(request)
    detail = await register.read_claim(actor, claim_id=claim_id)
    explained = None
    parties = {detail.project.tenant_id, detail.claim.verifier_id}
    if detail.calculation and (actor.tenant_id in parties or Permission.PROJECT_REVIEW in actor.permissions):
        explained = await claims.explain_claim(actor, claim_id=claim_id)
    return render(
        request,
        "claim.html",
        here=f"{HERE}/{project_id or detail.project.id}/claims/{claim_id}",
        detail=detail,
        claim=detail.claim,
        project=detail.project,
        calculation=detail.calculation,
        explained=explained,
        scheme=schemes()[detail.project.scheme],
        steps=steps_of(detail.claim.state, CLAIM_STEPS),
        moves=[
            move
            for move in await moving.possible_moves(actor, detail.project, detail.claim)
            if move.act != "draft_report"
        ],
        kinds=_kinds(actor.tenant_id, detail.project, detail.claim),
        document_kinds=documents.KINDS,
        is_owner=actor.tenant_id == detail.claim.tenant_id,
        is_editable=schemes()[detail.project.scheme].claim.states[detail.claim.state].editable,
        bodies=await organisations.list_organisations(actor, kind="verifier"),
        is_uncertain=moving.is_uncertain(detail.claim.due_on),
        **context,
    )


@post(
    f"{HERE}/claims/{{claim_id:uuid}}/report",
    opt=OWN,
    include_in_schema=False,
    request_max_body_size=UPLOAD_BYTES,
)
async def draft_report(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The monitoring file, computed."""
    try:
        name, content = await uploaded_file(request)
        moved, _ = await claims.draft_report(
            actor_of(request), claim_id=claim_id, file_name=name, content=content
        )
    except Problem as problem:
        return await _claim_page(request, claim_id, mistake=problem, fields={"file": ""})
    return Redirect(f"{HERE}/{moved.project.id}/claims/{claim_id}?done=report-drafted", status_code=303)


@post(f"{HERE}/claims/{{claim_id:uuid}}/verifier", opt=OWN, include_in_schema=False)
async def name_verifier(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Who verifies."""
    form = await form_of(request)
    try:
        claim = await claims.name_verifier(
            actor_of(request), claim_id=claim_id, verifier_id=form.identifier("verifier_id")
        )
    except Problem as problem:
        return await _claim_page(request, claim_id, mistake=problem, fields=form.without())
    return Redirect(f"{HERE}/{claim.project_id}/claims/{claim_id}?done=verifier-named", status_code=303)


@post(f"{HERE}/claims/{{claim_id:uuid}}/acts", opt=READ, include_in_schema=False)
async def act_on_claim(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """A move of the claim; issuing leads to the draft that a second person approves."""
    form = await form_of(request)
    try:
        moved = await moving.act_on_claim(
            actor_of(request),
            claim_id=claim_id,
            act=form.text("act", maximum=30),
            reason=form.passage("reason", required=False, maximum=4000),
            details=_details(form),
        )
    except Problem as problem:
        return await _claim_page(request, claim_id, mistake=problem, fields=form.without("act"))
    return _after(f"{HERE}/{moved.project.id}/claims/{claim_id}", moved)


@post(f"{HERE}/comments/{{comment_id:uuid}}/answer", opt=OWN, include_in_schema=False)
async def answer(request: AnyRequest, comment_id: FromPath[UUID]) -> Response[str] | Redirect:
    """The owner's answer to a comment, told back on the page of the project or claim."""
    form = await form_of(request)
    page = _safe_page(form)
    await hearings.answer_comment(
        actor_of(request), comment_id=comment_id, text=form.passage("text", maximum=hearings.LONGEST_TEXT)
    )
    return Redirect(f"{page}?done=comment-answered", status_code=303)


@post(f"{HERE}/comments/{{comment_id:uuid}}/moderation", opt=REVIEW, include_in_schema=False)
async def moderate(request: AnyRequest, comment_id: FromPath[UUID]) -> Redirect:
    """The registry office shows or hides a comment."""
    form = await form_of(request)
    await hearings.moderate_comment(actor_of(request), comment_id=comment_id, show=form.text("show") == "yes")
    return Redirect(f"{HERE}?done=comment-moderated", status_code=303)


def _safe_page(form: Form) -> str:
    """Where the form stood: a project, or a claim of it, by ids alone."""
    project_id = form.identifier("project_id")
    claim = form.text("claim_id", required=False)
    return f"{HERE}/{project_id}" + (f"/claims/{form.identifier('claim_id')}" if claim else "")


handlers = [
    projects_page, new_page, create, change_page, change, project_page, boundary, meters, add_document, read_document,
    act, open_claim, claim_page, draft_report, name_verifier, act_on_claim, answer, moderate,
]  # fmt: skip
