"""Reduction projects: the register for everybody, the path for owners, bodies and the registry office."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.permissions import Permission
from accounts.projects import claims, documents, drafting, hearings, moving, register
from accounts.projects.computing import Calculation
from accounts.projects.hearings import Comment
from accounts.projects.records import Claim, Document, Project
from accounts.projects.register import ClaimDetail, Counters, DoubtView, ProjectDetail
from accounts.projects.routes import KINDS, schemes
from carbon.text import Text
from web.api.answers import attachment
from web.api.inputs import Input, Name, Note, PageSize
from web.api.uploads import UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.safe_csv import csv_bytes

AnyRequest = Request[Any, Any, Any]
READ = {"permission": Permission.PROJECT_READ}
OWN = {"permission": Permission.PROJECT_MANAGE}
REVIEW = {"permission": Permission.PROJECT_REVIEW}
PUBLIC = {"public": "the rules make the register of projects public (Order 31, art. 12, 15, 19, 22)"}
DOCUMENT_TYPES = (
    *UPLOAD_TYPES,
    "application/pdf",
    "text/plain",
    "image/png",
    "image/jpeg",
    "application/toml",
)
DOCUMENT_LIMIT = documents.LARGEST_BYTES + 64 * 1024
GEOJSON_LIMIT = 9 * 2**20
After = Annotated[UUID | None, QueryParameter(description="Last id of the page before")]
Mine = Annotated[bool, QueryParameter(description="Only those we have a part in")]
Word = Annotated[str | None, QueryParameter(max_length=100)]
Standing = Annotated[str | None, QueryParameter(name="state", max_length=20)]


class NewProject(Input):
    """A draft. `declarations` are what publishing asks for: true only where it is so."""

    scheme: Annotated[str, Meta(max_length=40, examples=["ccer"])]
    methodology: Annotated[str, Meta(max_length=200, examples=["offshore_wind"])]
    name_zh: Name
    crediting_starts_on: date
    crediting_ends_on: date
    name_en: Annotated[str, Meta(max_length=200)] = ""
    about: Annotated[str, Meta(max_length=4000)] = ""
    district: Annotated[str, Meta(max_length=100)] = ""
    construction_started_on: date | None = None
    expected_t_per_year: Annotated[int, Meta(ge=0, le=10**9)] = 0
    declarations: dict[str, bool] = msgspec.field(default_factory=dict)
    validator_id: UUID | None = None


class ProjectChange(Input):
    """What is to be otherwise; all else stays."""

    scheme: str | msgspec.UnsetType = msgspec.UNSET
    methodology: str | msgspec.UnsetType = msgspec.UNSET
    name_zh: Name | msgspec.UnsetType = msgspec.UNSET
    name_en: str | msgspec.UnsetType = msgspec.UNSET
    about: str | msgspec.UnsetType = msgspec.UNSET
    district: str | msgspec.UnsetType = msgspec.UNSET
    construction_started_on: date | msgspec.UnsetType | None = msgspec.UNSET
    crediting_starts_on: date | msgspec.UnsetType = msgspec.UNSET
    crediting_ends_on: date | msgspec.UnsetType = msgspec.UNSET
    expected_t_per_year: Annotated[int, Meta(ge=0, le=10**9)] | msgspec.UnsetType = msgspec.UNSET
    declarations: dict[str, bool] | msgspec.UnsetType = msgspec.UNSET
    validator_id: UUID | msgspec.UnsetType | None = msgspec.UNSET


class NewMeter(Input):
    """A meter or an installation by its number."""

    identifier: Annotated[str, Meta(min_length=1, max_length=100)]
    kind: Literal["meter", "installation"] = "meter"
    name: Annotated[str, Meta(max_length=200)] = ""


class Meters(Input):
    """All of them; those given before are replaced."""

    meters: Annotated[list[NewMeter], Meta(max_length=1000)]


class Act(Input):
    """A move. `quantity_t` and `comments_statement` are what a body's conclusion must say."""

    act: Annotated[str, Meta(min_length=1, max_length=30, examples=["publish"])]
    reason: Annotated[str, Meta(max_length=4000)] = ""
    comments_statement: Annotated[str, Meta(max_length=4000)] = ""
    quantity_t: Annotated[int, Meta(ge=0, le=10**12)] | None = None

    def details(self) -> dict[str, Any]:
        """By the guards' names, without what was not said."""
        said = {"comments_statement": self.comments_statement, "quantity_t": self.quantity_t}
        return {name: value for name, value in said.items() if value not in {"", None}}


class NewClaim(Input):
    """A monitoring period."""

    starts_on: date
    ends_on: date
    verifier_id: UUID | None = None


class Verifier(Input):
    """Who verifies."""

    verifier_id: UUID


class NewComment(Input):
    """Said by anybody during a notice; name and contact are optional, the contact is never shown."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    author: Annotated[str, Meta(max_length=100)] = ""
    contact: Annotated[str, Meta(max_length=200)] = ""


class NewAnswer(Input):
    """The owner's answer."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Moderation(Input):
    """Whether the comment shows."""

    show: bool
    note: Note = ""


class CommentTaken(msgspec.Struct):
    """`shown` at once, or `waiting` to be read first."""

    state: str


class MovedAnswer(msgspec.Struct, kw_only=True):
    """What a move led to; with `draft_id` a second person has to approve it under /approvals."""

    project: Project
    claim: Claim | None
    held: bool
    draft_id: UUID | None
    draft_digest: str


class MoveAnswer(msgspec.Struct, kw_only=True):
    """One move of a path."""

    act: str
    name: Text
    source: str
    target: str
    role: str
    guards: list[str]
    clause: Text
    working_days: int | None
    two_people: bool
    needs_reason: bool


class SchemeAnswer(msgspec.Struct, kw_only=True):
    """A scheme with its path."""

    id: str
    name: Text
    unit: str
    document: Text
    confidence: str
    states: dict[str, dict[str, Text]]
    moves: dict[str, list[MoveAnswer]]
    gaps: list[Text]


class ReportAnswer(msgspec.Struct, kw_only=True):
    """The claim with what its file comes to."""

    claim: Claim
    calculation: Calculation


class ExplanationAnswer(msgspec.Struct, kw_only=True):
    """The tree of every year, computed again just now, and whether it is `equal` to what is kept."""

    equal: bool
    fingerprint_then: str
    fingerprint_now: str
    computed_at: datetime
    result: dict[str, Any]


def _moved(moved: moving.Moved) -> MovedAnswer:
    return MovedAnswer(
        project=moved.project,
        claim=moved.claim,
        held=moved.held,
        draft_id=moved.draft_id,
        draft_digest=moved.draft_digest,
    )


# ---- the register, for everybody ----


@get("/register/projects", opt=PUBLIC, tags=["projects"], summary="Published projects")
async def list_published(
    text: Word = None,
    standing: Standing = None,
    scheme: Word = None,
    methodology: Word = None,
    after: After = None,
    limit: PageSize = 50,
) -> list[Project]:
    """Newest first; `text` looks in code, names, district and owner."""
    return await register.list_projects(
        None,
        text=text or "",
        state=standing,
        scheme=scheme,
        methodology=methodology,
        after=after,
        limit=limit,
    )


COLUMNS = (
    "code", "scheme", "methodology_code", "name_zh", "name_en", "owner_name_zh", "district", "state", "published_on",
    "registered_on", "crediting_starts_on", "crediting_ends_on", "expected_t_per_year",
)  # fmt: skip


@get(
    "/register/projects.csv",
    opt=PUBLIC,
    tags=["projects"],
    summary="Published projects as a table",
    media_type="text/csv",
)
async def download_published() -> Response[bytes]:
    """UTF-8 CSV that is safe to open: no cell becomes a formula."""
    rows, after = [], None
    while page := await register.list_projects(None, after=after, limit=register.LIST_LIMIT):
        rows += [[getattr(project, column) for column in COLUMNS] for project in page]
        after = page[-1].id
    return Response(csv_bytes(COLUMNS, rows), headers=attachment("projects.csv"), media_type="text/csv")


@get("/register/projects/{project_id:uuid}", opt=PUBLIC, tags=["projects"], summary="One published project")
async def read_published(project_id: FromPath[UUID]) -> ProjectDetail:
    """With boundary, documents, history, notices, comments and claims."""
    return await register.read_project(None, project_id=project_id)


@get("/register/claims/{claim_id:uuid}", opt=PUBLIC, tags=["projects"], summary="One published claim")
async def read_published_claim(claim_id: FromPath[UUID]) -> ClaimDetail:
    """With its tonnes, documents, history, notices and comments."""
    return await register.read_claim(None, claim_id=claim_id)


@get(
    "/register/documents/{document_id:uuid}",
    opt=PUBLIC,
    tags=["projects"],
    summary="A public document",
    media_type="application/octet-stream",
)
async def download_public_document(document_id: FromPath[UUID]) -> Response[bytes]:
    """The bytes as they came; their SHA-256 stands in the register."""
    found, content = await documents.read_document(None, document_id=document_id)
    return Response(content, headers=attachment(found.file_name), media_type=found.media_type)


@get("/register/counters", opt=PUBLIC, tags=["projects"], summary="How many stand where")
async def read_counters() -> Counters:
    """Projects and claims in notice and registered, and the tonnes issued."""
    return await register.counters()


@get("/register/map", opt=PUBLIC, tags=["projects"], summary="Boundaries of published projects")
async def read_map() -> dict[str, Any]:
    """A GeoJSON FeatureCollection."""
    features = [
        {
            "type": "Feature",
            "geometry": shape.geometry,
            "properties": {
                "project_id": str(shape.project_id),
                "code": shape.code,
                "name_zh": shape.name_zh,
                "name_en": shape.name_en,
                "state": shape.state,
            },
        }
        for shape in await register.map_shapes()
    ]
    return {"type": "FeatureCollection", "features": features}


@get("/register/schemes", opt=PUBLIC, tags=["projects"], summary="The paths the rules lay down")
async def list_schemes() -> list[SchemeAnswer]:
    """States, moves, roles, guards, deadlines and articles of every scheme."""
    return [
        SchemeAnswer(
            id=scheme.id,
            name=scheme.name,
            unit=scheme.unit,
            document=scheme.document,
            confidence=scheme.confidence.id,
            states={
                kind: {name: state.name for name, state in scheme.machine(kind).states.items()}
                for kind in KINDS
            },
            moves={
                kind: [
                    MoveAnswer(
                        act=move.act,
                        name=move.name,
                        source=move.source,
                        target=move.target,
                        role=move.role,
                        guards=list(move.guards),
                        clause=scheme.clause(move.clause),
                        working_days=move.working_days,
                        two_people=move.two_people,
                        needs_reason=move.needs_reason,
                    )
                    for move in scheme.machine(kind).moves
                ]
                for kind in KINDS
            },
            gaps=list(scheme.gaps),
        )
        for scheme in schemes().values()
    ]


@post(
    "/register/hearings/{hearing_id:uuid}/comments",
    opt=PUBLIC,
    tags=["projects"],
    summary="Comment on a running notice",
)
async def post_comment(
    request: AnyRequest, hearing_id: FromPath[UUID], data: JSONBody[NewComment]
) -> CommentTaken:
    """By anybody; markup and addresses are read by the registry office before they show."""
    address = request.client.host if request.client else ""
    state = await hearings.post_comment(
        hearing_id=hearing_id, text=data.text, author=data.author, contact=data.contact, address=address
    )
    return CommentTaken(state)


# ---- the parties ----


@get("/projects", opt=READ, tags=["projects"], summary="Projects we have a part in")
async def list_projects(
    request: AnyRequest,
    text: Word = None,
    standing: Standing = None,
    scheme: Word = None,
    methodology: Word = None,
    after: After = None,
    limit: PageSize = 50,
    *,
    mine: Mine = True,
) -> list[Project]:
    """As owner or validation body; `mine=false` also lists all others one may see."""
    return await register.list_projects(
        actor_of(request), text=text or "", state=standing, scheme=scheme, methodology=methodology, mine=mine,
        after=after, limit=limit,
    )  # fmt: skip


@post("/projects", opt=OWN, tags=["projects"], summary="Draft a project")
async def create_project(request: AnyRequest, data: JSONBody[NewProject]) -> Project:
    """A draft shows to nobody else."""
    return await drafting.create_project(actor_of(request), **msgspec.structs.asdict(data))


@get("/projects/{project_id:uuid}", opt=READ, tags=["projects"], summary="One project")
async def read_project(request: AnyRequest, project_id: FromPath[UUID]) -> ProjectDetail:
    """All that our part in it lets us see."""
    return await register.read_project(actor_of(request), project_id=project_id)


@patch("/projects/{project_id:uuid}", opt=OWN, tags=["projects"], summary="Change a draft")
async def change_project(
    request: AnyRequest, project_id: FromPath[UUID], data: JSONBody[ProjectChange]
) -> Project:
    """Only while it is a draft."""
    changes = {
        name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET
    }
    return await drafting.change_project(actor_of(request), project_id=project_id, changes=changes)


@put(
    "/projects/{project_id:uuid}/boundary",
    opt=OWN,
    request_max_body_size=GEOJSON_LIMIT,
    tags=["projects"],
    summary="Where it is",
)
async def set_boundary(
    request: AnyRequest, project_id: FromPath[UUID], data: JSONBody[dict[str, Any]]
) -> ProjectDetail:
    """GeoJSON polygons in WGS84 degrees; they replace those before."""
    await drafting.set_boundary(actor_of(request), project_id=project_id, geojson=data)
    return await register.read_project(actor_of(request), project_id=project_id)


@put("/projects/{project_id:uuid}/meters", opt=OWN, tags=["projects"], summary="Meters and installations")
async def set_meters(
    request: AnyRequest, project_id: FromPath[UUID], data: JSONBody[Meters]
) -> ProjectDetail:
    """They replace those before."""
    meters = [drafting.Meter(one.identifier, one.kind, one.name) for one in data.meters]
    await drafting.set_meters(actor_of(request), project_id=project_id, meters=meters)
    return await register.read_project(actor_of(request), project_id=project_id)


Kind = Annotated[str, QueryParameter(max_length=40, description="design_document, validation_report, …")]
OfClaim = Annotated[UUID | None, QueryParameter(description="The claim it belongs to")]


@post(
    "/projects/{project_id:uuid}/documents",
    opt={"permission": Permission.PROJECT_READ, "takes": DOCUMENT_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=DOCUMENT_LIMIT,
    tags=["projects"],
    summary="Add a document",
)
async def add_document(
    request: AnyRequest, project_id: FromPath[UUID], kind: Kind, claim_id: OfClaim = None
) -> Document:
    """Kept as it came, with its SHA-256; a second one of a kind is its next version."""
    upload = await upload_of(request)
    return await documents.add_document(
        actor_of(request),
        project_id=project_id,
        claim_id=claim_id,
        kind=kind,
        file_name=upload.file_name,
        content=upload.content,
    )


@get(
    "/projects/documents/{document_id:uuid}",
    opt=READ,
    tags=["projects"],
    summary="The bytes of a document",
    media_type="application/octet-stream",
)
async def download_document(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """As they came."""
    found, content = await documents.read_document(actor_of(request), document_id=document_id)
    return Response(content, headers=attachment(found.file_name), media_type=found.media_type)


@post("/projects/{project_id:uuid}/acts", opt=READ, tags=["projects"], summary="Make a move of a project")
async def act_on_project(request: AnyRequest, project_id: FromPath[UUID], data: JSONBody[Act]) -> MovedAnswer:
    """Which moves there are, /register/schemes says; a refusal names the article and what to do."""
    moved = await moving.act_on_project(
        actor_of(request), project_id=project_id, act=data.act, reason=data.reason, details=data.details()
    )
    return _moved(moved)


@get("/projects/{project_id:uuid}/doubts", opt=REVIEW, tags=["projects"], summary="Why a project is held")
async def read_doubts(request: AnyRequest, project_id: FromPath[UUID]) -> list[DoubtView]:
    """What another project already counts; for the registry office alone."""
    return await register.read_doubts(actor_of(request), project_id=project_id)


@post("/projects/{project_id:uuid}/claims", opt=OWN, tags=["projects"], summary="Open a monitoring period")
async def open_claim(request: AnyRequest, project_id: FromPath[UUID], data: JSONBody[NewClaim]) -> Claim:
    """Each day belongs to one claim."""
    return await claims.open_claim(
        actor_of(request),
        project_id=project_id,
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        verifier_id=data.verifier_id,
    )


@get("/claims/{claim_id:uuid}", opt=READ, tags=["projects"], summary="One claim")
async def read_claim(request: AnyRequest, claim_id: FromPath[UUID]) -> ClaimDetail:
    """All that our part in it lets us see."""
    return await register.read_claim(actor_of(request), claim_id=claim_id)


@put("/claims/{claim_id:uuid}/verifier", opt=OWN, tags=["projects"], summary="Name who verifies")
async def name_verifier(request: AnyRequest, claim_id: FromPath[UUID], data: JSONBody[Verifier]) -> Claim:
    """Another body than the one that validated."""
    return await claims.name_verifier(actor_of(request), claim_id=claim_id, verifier_id=data.verifier_id)


@post(
    "/claims/{claim_id:uuid}/report",
    opt={"permission": Permission.PROJECT_MANAGE, "takes": DOCUMENT_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=DOCUMENT_LIMIT,
    tags=["projects"],
    summary="Compute the monitoring file",
)
async def draft_report(request: AnyRequest, claim_id: FromPath[UUID]) -> ReportAnswer:
    """TOML, JSON or CSV as for `carbon credits`; the file and its result are kept."""
    upload = await upload_of(request)
    moved, calculation = await claims.draft_report(
        actor_of(request), claim_id=claim_id, file_name=upload.file_name, content=upload.content
    )
    claim = moved.claim or await _claim(request, claim_id)
    return ReportAnswer(claim=claim, calculation=calculation)


async def _claim(request: AnyRequest, claim_id: UUID) -> Claim:
    return (await register.read_claim(actor_of(request), claim_id=claim_id)).claim


@post("/claims/{claim_id:uuid}/acts", opt=READ, tags=["projects"], summary="Make a move of a claim")
async def act_on_claim(request: AnyRequest, claim_id: FromPath[UUID], data: JSONBody[Act]) -> MovedAnswer:
    """As for projects; `issue` is drafted here and approved by a second person."""
    moved = await moving.act_on_claim(
        actor_of(request), claim_id=claim_id, act=data.act, reason=data.reason, details=data.details()
    )
    return _moved(moved)


@get(
    "/claims/{claim_id:uuid}/explanation",
    opt=READ,
    tags=["projects"],
    summary="How every tonne came to be",
)
async def explain_claim(request: AnyRequest, claim_id: FromPath[UUID]) -> ExplanationAnswer:
    """Computed again from the monitoring file, and compared with what is kept."""
    found = await claims.explain_claim(actor_of(request), claim_id=claim_id)
    return ExplanationAnswer(
        equal=found.check.equal,
        fingerprint_then=found.check.fingerprint_then,
        fingerprint_now=found.check.fingerprint_now,
        computed_at=found.calculation.computed_at,
        result=found.result,
    )


@post("/comments/{comment_id:uuid}/answers", opt=OWN, tags=["projects"], summary="Answer a comment")
async def answer_comment(request: AnyRequest, comment_id: FromPath[UUID], data: JSONBody[NewAnswer]) -> None:
    """By the project's owner; the notice closes when each comment has an answer."""
    await hearings.answer_comment(actor_of(request), comment_id=comment_id, text=data.text)


@get("/comments/waiting", opt=REVIEW, tags=["projects"], summary="Comments to read before they show")
async def list_waiting(request: AnyRequest) -> list[Comment]:
    """The oldest first."""
    return await hearings.waiting_comments(actor_of(request))


@post("/comments/{comment_id:uuid}/moderation", opt=REVIEW, tags=["projects"], summary="Show or hide")
async def moderate_comment(
    request: AnyRequest, comment_id: FromPath[UUID], data: JSONBody[Moderation]
) -> None:
    """By the registry office; the owner cannot."""
    await hearings.moderate_comment(actor_of(request), comment_id=comment_id, show=data.show)


project_handlers = [
    list_published, download_published, read_published, read_published_claim, download_public_document, read_counters,
    read_map, list_schemes, post_comment, list_projects, create_project, read_project, change_project, set_boundary,
    set_meters, add_document, download_document, act_on_project, read_doubts, open_claim, read_claim, name_verifier,
    draft_report, act_on_claim, explain_claim, answer_comment, list_waiting, moderate_comment,
]  # fmt: skip
