"""Reduction methodologies: what they are, a dry run on sample data, replay, and publishing a version."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.permissions import Permission
from accounts.projects import publishing
from accounts.projects.publishing import PublishedVersion, Replay
from carbon.text import Text
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.files import LARGEST_FILE
from methodologies.reduction.page import document, template
from web.api.inputs import Input
from web.api.uploads import UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of

AnyRequest = Request[Any, Any, Any]
PUBLIC = {"public": "methodologies are published rules"}
PUBLISH = {"permission": Permission.METHODOLOGY_PUBLISH}
LARGEST_TRIAL = min(LARGEST_FILE, 4 * 2**20)
TRIAL_TYPES = (*UPLOAD_TYPES, "text/plain", "application/toml")
Route = Annotated[str | None, QueryParameter(max_length=60)]


class MethodologyLine(msgspec.Struct, kw_only=True):
    """A methodology; `label` is None where formulas are not confirmed from the issued text."""

    id: str
    code: str
    aliases: list[str]
    name: Text
    about: Text
    version: str
    label: str | None
    confidence: str
    routes: dict[str, Text]
    gaps: list[Text]


class NewPublication(Input):
    """Freeze the program's version; differences of live claims must be accepted in so many words."""

    note: Annotated[str, Meta(max_length=2000)] = ""
    accept_differences: bool = False


def _line(id_: str) -> MethodologyLine:
    method = methodologies()[id_]
    return MethodologyLine(
        id=method.id,
        code=method.code,
        aliases=list(method.aliases),
        name=method.name,
        about=method.about,
        version=method.version,
        label=method.label,
        confidence=method.confidence.id,
        routes={route: found.name for route, found in method.routes.items()},
        gaps=list(method.terms.gaps),
    )


@get("/methodologies", opt=PUBLIC, tags=["methodologies"], summary="Reduction methodologies")
async def list_methodologies() -> list[MethodologyLine]:
    """With the confidence of their formulas."""
    return [_line(id_) for id_ in methodologies()]


@get("/methodologies/versions", opt=PUBLIC, tags=["methodologies"], summary="Published versions")
async def list_versions() -> list[PublishedVersion]:
    """Newest first, each with the fingerprint of its formulas and numbers."""
    return await publishing.list_versions()


@get(
    "/methodologies/{methodology:str}/document",
    opt=PUBLIC,
    tags=["methodologies"],
    summary="A methodology as a document",
    media_type="text/markdown",
)
async def read_document(request: AnyRequest, methodology: FromPath[str]) -> Response[str]:
    """Formulas, conditions, data and sources in Markdown, written from what runs."""
    method = methodology_from_text(methodology)
    return Response(document(method, language_of(request)), media_type="text/markdown")


@get(
    "/methodologies/{methodology:str}/template",
    opt=PUBLIC,
    tags=["methodologies"],
    summary="An empty report",
    media_type="application/toml",
)
async def read_template(
    request: AnyRequest, methodology: FromPath[str], route: Route = None
) -> Response[str]:
    """TOML to fill in."""
    method = methodology_from_text(methodology)
    chosen = route if route in method.routes else None
    return Response(template(method, language_of(request), chosen), media_type="application/toml")


@post(
    "/methodologies/{methodology:str}/dry-runs",
    opt={"permission": Permission.FACTOR_READ, "takes": TRIAL_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=LARGEST_TRIAL,
    status_code=200,
    tags=["methodologies"],
    summary="Try sample data",
)
async def dry_run(request: AnyRequest, methodology: FromPath[str]) -> dict[str, Any]:
    """What the methodology makes of a file, with every step; nothing is kept."""
    upload = await upload_of(request)
    method = methodology_from_text(methodology)
    return await asyncio.to_thread(publishing.dry_run, method.id, upload.file_name, upload.content)


@get(
    "/methodologies/{methodology:str}/replay",
    opt=PUBLISH,
    tags=["methodologies"],
    summary="Replay live claims",
)
async def replay(request: AnyRequest, methodology: FromPath[str]) -> Replay:
    """Every live claim computed again by the formulas of now, and what differs."""
    return await publishing.replay_methodology(actor_of(request), methodology=methodology)


@post(
    "/methodologies/{methodology:str}/versions",
    opt=PUBLISH,
    tags=["methodologies"],
    summary="Publish a version",
)
async def publish(
    request: AnyRequest, methodology: FromPath[str], data: JSONBody[NewPublication]
) -> PublishedVersion:
    """Freezes formulas and numbers under this version, after a replay."""
    return await publishing.publish_methodology(
        actor_of(request),
        methodology=methodology,
        note=data.note,
        accept_differences=data.accept_differences,
    )


methodology_handlers = [
    list_methodologies,
    list_versions,
    read_document,
    read_template,
    dry_run,
    replay,
    publish,
]
