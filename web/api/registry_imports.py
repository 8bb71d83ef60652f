"""Other registries' public records: files taken in by an authority, read by anybody."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter

from accounts.enterprise.reading import read_file
from accounts.identity.permissions import Permission
from accounts.registry import external
from accounts.registry.external import ExternalRecord, Imported
from accounts.registry.external_rows import Table
from web.api.answers import FindingAnswer, finding_answer
from web.api.inputs import IdempotencyKey
from web.api.registers import OPEN, Many, Search
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, Upload, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of

AnyRequest = Request[Any, Any, Any]
KEEP = {"permission": Permission.CREDIT_KEEP}
MOST_FINDINGS = 500
Kind = Literal["issued", "retired", "cancelled"]
RowKind = Annotated[
    Kind | None, QueryParameter(name="kind", description="What every row is, where the file does not say")
]


class ImportAnswer(msgspec.Struct, kw_only=True):
    """What came of a file; the first 500 findings as sentences."""

    id: UUID | None
    file_name: str
    rows: int
    added: int
    known: int
    refused: int
    findings: list[FindingAnswer]


def import_answer(imported: Imported, language: str) -> ImportAnswer:
    """The result with its findings in the language."""
    return ImportAnswer(
        id=imported.id,
        file_name=imported.file_name,
        rows=imported.rows,
        added=imported.added,
        known=imported.known,
        refused=imported.refused,
        findings=[finding_answer(each, language) for each in imported.findings[:MOST_FINDINGS]],
    )


def tables_of(upload: Upload) -> list[Table]:
    """The file's tables as plain rows of text."""
    read = read_file(upload.file_name, upload.content)
    return [Table(sheet.name, sheet.headings, sheet.frame.rows(), sheet.first_row) for sheet in read.sheets]


@post(
    "/registry/imports",
    opt={**KEEP, "takes": UPLOAD_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    tags=["registry"],
    summary="Take in another registry's public records",
)
async def import_records(request: AnyRequest, key: IdempotencyKey, kind: RowKind = None) -> ImportAnswer:
    """CSV or XLSX as Verra, Gold Standard, CAR, ACR, CDM or Cercarbono export it. The same rows again change nothing."""
    _ = key  # the rows are their own key: each is taken in once
    upload = await upload_of(request)
    imported = await external.import_records(
        actor_of(request),
        file_name=upload.file_name,
        content=upload.content,
        tables=tables_of(upload),
        kind=kind,
    )
    return import_answer(imported, language_of(request))


@get("/registry/imports", opt=KEEP, tags=["registry"], summary="Files taken in")
async def list_imports(request: AnyRequest) -> list[ImportAnswer]:
    """Newest first, without their findings."""
    found = await external.list_imports(actor_of(request))
    return [import_answer(each, language_of(request)) for each in found]


@get("/registry/external", opt=OPEN, tags=["registry"], summary="Public records of other registries")
async def list_external(
    search: Search = "",
    registry: Annotated[str | None, QueryParameter(max_length=20)] = None,
    kind: RowKind = None,
    after: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: Many = 100,
) -> list[ExternalRecord]:
    """Newest first."""
    return await external.list_external(search=search, registry=registry, kind=kind, after=after, limit=limit)


@get(
    "/registry/external/{serial:str}",
    opt=OPEN,
    tags=["registry"],
    summary="All that is kept about a foreign serial",
)
async def find_external(serial: FromPath[str]) -> list[ExternalRecord]:
    """Issuances and uses of its numbers."""
    return await external.find_external(serial=serial)


import_handlers = [import_records, list_imports, list_external, find_external]
