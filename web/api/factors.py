"""Factors: the library for everybody, an enterprise's own, public tables taken over, and what is only recalled."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter

from accounts.enterprise.factor_files import MOST_BYTES, read_factor_table
from accounts.factors import imports, own_factors
from accounts.factors.own_factors import Evidence, OwnFactor
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound, Problem
from methodologies.accounting.guides import SECTOR_GUIDES, SectorGuide
from methodologies.factors import gaps as recalled
from methodologies.factors.library import factor
from methodologies.factors.search import Hit, Wish, found
from web.api.answers import attachment
from web.api.submissions import OptionalKey
from web.api.uploads import UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of, translate

AnyRequest = Request[Any, Any, Any]
PUBLIC = {"public": "emission factors are published figures, for everybody", "recognise": True}
Word = Annotated[str, QueryParameter(max_length=100)]
MULTIPART = ("multipart/form-data",)
EVIDENCE_LIMIT = own_factors.EVIDENCE_BYTES + 64 * 1024


class FactorsFound(msgspec.Struct, kw_only=True):
    """How many factors answer, and a page of them: each with the version that does and every version it has."""

    total: int
    factors: list[dict[str, Any]]


def _hit(hit: Hit) -> dict[str, Any]:
    return {**hit.factor.as_dict(), "version": hit.version.as_dict(), "score": hit.score}


@get("/factors", opt=PUBLIC, tags=["factors"], summary="Search factors", sync_to_thread=False)
def search_factors(
    q: Annotated[
        str, QueryParameter(max_length=200, description="Words, places and years: 电网 重庆 2023")
    ] = "",
    source: Word = "",
    gas: Word = "",
    region: Word = "",
    guide: Word = "",
    life_cycle: Word = "",
    level: Word = "",
    unit: Word = "",
    document: Word = "",
    confidence: Word = "",
    on: Annotated[date | None, QueryParameter(description="A day on which the value must hold")] = None,
    start: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> FactorsFound:
    """Best answers first, by Chinese and English names, other spellings and words of the same meaning."""
    wish = Wish(
        source=source, gas=gas, region=region, guide=guide, life_cycle=life_cycle, level=level, unit=unit,
        document=document, confidence=confidence, day=on,
    )  # fmt: skip
    hits = found(q, wish)
    return FactorsFound(total=len(hits), factors=[_hit(hit) for hit in hits[start : start + limit]])


@get("/factors/{factor_id:str}", opt=PUBLIC, tags=["factors"], summary="One factor", sync_to_thread=False)
def read_factor(factor_id: FromPath[str]) -> dict[str, Any]:
    """Every version with document, clause and confidence, and the sector guides whose sources read it."""
    known = factor(factor_id)
    if known is None:
        raise NotFound(N_("There is no factor “{id}”: search for it by words."), id=factor_id[:80])
    cited = [
        guide.id for guide in SECTOR_GUIDES.values() if {one.id for one in guide.sources} & set(known.sources)
    ]
    return {**known.as_dict(), "guides": cited}


@get("/factor-gaps", opt=PUBLIC, tags=["factors"], summary="Figures that are off", sync_to_thread=False)
def list_gaps() -> list[dict[str, Any]]:
    """Documents print them, nobody here could confirm them; the column says where a row gives its own."""
    return [gap.as_dict() for gap in recalled.gaps()]


@get("/sector-guides", opt=PUBLIC, tags=["factors"], summary="Sector guides", sync_to_thread=False)
def list_guides() -> list[dict[str, Any]]:
    """The 24 guides: their sources in report order, whether they are usable, and what they lack."""
    return [_guide(guide) for guide in SECTOR_GUIDES.values()]


def _guide(guide: SectorGuide) -> dict[str, Any]:
    return {
        "id": guide.id,
        "name": guide.name.as_dict(),
        "notice": guide.notice,
        "standard": guide.standard,
        "gases": list(guide.gases),
        "sources": [source.id for source in guide.sources],
        "usable": guide.usable,
        "missing": [
            {"name": lack.name.as_dict(), "source": lack.source, "column": lack.column or None}
            for lack in guide.missing
        ],
    }


@get("/public-factors", opt=PUBLIC, tags=["factors"], summary="Records of public tables")
async def search_public(
    q: Word = "",
    table: Annotated[str | None, QueryParameter(max_length=40)] = None,
    region: Annotated[str | None, QueryParameter(max_length=100)] = None,
    after: Annotated[str, QueryParameter(max_length=400)] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> list[dict[str, Any]]:
    """In force, by table and key; rows of activities name them by `code`."""
    rows = await imports.search_published(words=q, table_code=table, region=region, after=after, limit=limit)
    return [{**asdict(one), "code": one.code} for one in rows]


@get("/public-factors/versions", opt=PUBLIC, tags=["factors"], summary="Versions of a public record")
async def read_public(code: Annotated[str, QueryParameter(max_length=400)]) -> list[dict[str, Any]]:
    """Newest first."""
    return [{**asdict(one), "code": one.code} for one in await imports.read_published(code=code)]


@post(
    "/own-factors",
    opt={"permission": Permission.FACTOR_PROPOSE, "takes": MULTIPART},
    request_max_body_size=EVIDENCE_LIMIT,
    tags=["factors"],
    summary="Propose an own factor",
)
async def propose_own(request: AnyRequest, key: OptionalKey = None) -> OwnFactor:
    """A form with the fields of the factor and its `evidence` file; another person reviews it."""
    form = await request.form()
    file = form.get("evidence")
    evidence = Evidence(file.filename, await file.read()) if isinstance(file, UploadFile) else None
    told = {name: str(value) for name, value in form.items() if not isinstance(value, UploadFile)}
    unknown = set(told) - _FIELDS
    missing = [name for name in _REQUIRED if not told.get(name)]
    if unknown or missing:
        raise Problem(
            N_("The form needs {needed}; it does not know {unknown}."),
            needed=", ".join(_REQUIRED), unknown=", ".join(sorted(unknown)) or "–", at=(missing or sorted(unknown))[0],
        )  # fmt: skip
    days = {name: _day(told.pop(name, ""), name) for name in ("starts_on", "ends_on")}
    starts_on = days["starts_on"]
    if starts_on is None:
        raise Problem(
            N_("{value} is not a day of the calendar; write it like 2026-03-31."), value="", at="starts_on"
        )
    reviewer = told.pop("reviewer_id", "")
    return await own_factors.propose_own_factor(
        actor_of(request), **told, starts_on=starts_on, ends_on=days["ends_on"], evidence=evidence,
        reviewer_id=_identifier(reviewer) if reviewer else None, key=key,
    )  # fmt: skip


_REQUIRED = ("code", "name", "source", "quantity", "value", "unit", "starts_on", "method")
_FIELDS = {*_REQUIRED, "item", "ends_on", "facility", "supplier", "note", "reviewer_id"}


def _day(text: str, at: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem(
            N_("{value} is not a day of the calendar; write it like 2026-03-31."), value=text[:20], at=at
        ) from error


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem(N_("{value} is no id."), value=text[:40], at="reviewer_id") from error


@get("/own-factors", opt={"permission": Permission.FACTOR_READ}, tags=["factors"], summary="Own factors")
async def list_own(
    request: AnyRequest,
    code: Annotated[str | None, QueryParameter(max_length=60)] = None,
    standing: Annotated[str | None, QueryParameter(name="state", max_length=20)] = None,
) -> list[OwnFactor]:
    """The enterprise's own, or those the actor's organisation reviews, newest first."""
    return await own_factors.list_own_factors(actor_of(request), code=code, state=standing)


@get(
    "/own-factors/{factor_id:uuid}",
    opt={"permission": Permission.FACTOR_READ},
    tags=["factors"],
    summary="One own factor",
)
async def read_own(request: AnyRequest, factor_id: FromPath[UUID]) -> OwnFactor:
    """With its state and its draft, which another person decides."""
    return await own_factors.read_own_factor(actor_of(request), factor_id=factor_id)


@get(
    "/own-factors/{factor_id:uuid}/evidence",
    opt={"permission": Permission.FACTOR_READ},
    tags=["factors"],
    summary="The evidence of an own factor",
    media_type="application/octet-stream",
)
async def read_own_evidence(request: AnyRequest, factor_id: FromPath[UUID]) -> Response[bytes]:
    """As it came."""
    name, content = await own_factors.read_evidence(actor_of(request), factor_id=factor_id)
    return Response(content, headers=attachment(name), media_type="application/octet-stream")


@post(
    "/factor-imports",
    opt={"permission": Permission.FACTOR_PROPOSE, "takes": UPLOAD_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=MOST_BYTES + 64 * 1024,
    tags=["factors"],
    summary="Stage a public factor table",
)
async def stage_import(
    request: AnyRequest,
    table_code: Annotated[str, QueryParameter(min_length=1, max_length=40)],
    table_name: Annotated[str, QueryParameter(min_length=1, max_length=200)],
    mapping: Word = "",
) -> dict[str, Any]:
    """Reads the file and compares it with what is known; nothing is taken over yet."""
    upload = await upload_of(request)
    read = read_factor_table(upload.file_name, upload.content, mapping=mapping)
    staged = await imports.stage_table(
        actor_of(request), table_code=table_code, table_name=table_name, read=read
    )
    return _import(staged, language_of(request))


def _import(one: imports.TableImport, language: str) -> dict[str, Any]:
    rows = [
        {
            "kind": row.kind,
            "sheet": row.sheet,
            "row": row.row,
            "record": row.record.as_dict() if row.record else None,
            "before": row.before.as_dict() if row.before else None,
            "changed": list(row.changed),
            "column": row.finding.column if row.finding else None,
            "value": row.finding.value if row.finding else None,
            "message": translate(language, row.finding.template, **row.finding.values)
            if row.finding
            else None,
        }
        for row in one.rows
    ]
    return {**{name: getattr(one, name) for name in one.__dataclass_fields__ if name != "rows"}, "rows": rows}


@get(
    "/factor-imports",
    opt={"permission": Permission.FACTOR_PROPOSE},
    tags=["factors"],
    summary="Staged tables",
)
async def list_imports(request: AnyRequest) -> list[dict[str, Any]]:
    """Newest first, without their rows."""
    return [_import(one, language_of(request)) for one in await imports.list_imports(actor_of(request))]


@get(
    "/factor-imports/{import_id:uuid}",
    opt={"permission": Permission.FACTOR_PROPOSE},
    tags=["factors"],
    summary="One staged table",
)
async def read_import(
    request: AnyRequest,
    import_id: FromPath[UUID],
    kind: Annotated[str | None, QueryParameter(max_length=12)] = None,
) -> dict[str, Any]:
    """Rows that are wrong first, then changed, archived, new, missing, unchanged."""
    found_one = await imports.read_import(actor_of(request), import_id=import_id, kind=kind)
    return _import(found_one, language_of(request))


@post(
    "/factor-imports/{import_id:uuid}/proposal",
    opt={"permission": Permission.FACTOR_PROPOSE},
    tags=["factors"],
    summary="Lay a staged table before a second person",
)
async def propose_import(request: AnyRequest, import_id: FromPath[UUID]) -> dict[str, Any]:
    """Answers with the draft that another person approves."""
    return _import(await imports.propose_table(actor_of(request), import_id=import_id), language_of(request))


factor_handlers = [
    search_factors, read_factor, list_gaps, list_guides, search_public, read_public, propose_own, list_own, read_own,
    read_own_evidence, stage_import, list_imports, read_import, propose_import,
]  # fmt: skip
