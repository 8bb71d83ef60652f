"""The public register by API: batches, issuances, retirements, certificates, and the history of any serial."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from accounts.registry import public, reading
from accounts.registry.public import PublicBatch, PublicIssuance
from accounts.registry.reading import History
from accounts.registry.retirements import Retirement
from web.api.answers import attachment
from web.api.registry import Before
from web.guard import maybe_actor_of
from web.safe_csv import csv_bytes

AnyRequest = Request[Any, Any, Any]
OPEN = {"public": "what was issued and used up is public", "recognise": True}

Search = Annotated[str, QueryParameter(max_length=100, description="Part of a serial, name or number")]
Many = Annotated[int, QueryParameter(ge=1, le=500, description="Rows per page")]
MOST_ROWS = 500


@get("/registry/batches", opt=OPEN, tags=["registry"], summary="All credits by scheme, project and vintage")
async def list_batches(
    search: Search = "",
    scheme: Annotated[str | None, QueryParameter(max_length=12)] = None,
    after: Annotated[
        int | None, QueryParameter(ge=1, le=2**53, description="Last batch number of the page before")
    ] = None,
    limit: Many = 100,
) -> list[PublicBatch]:
    """Issued = held + buffer + retired + cancelled; what is bound in whatever way counts as held."""
    return await public.list_batches(search=search, scheme=scheme, after=after, limit=limit)


@get("/registry/issuances", opt=OPEN, tags=["registry"], summary="All issuances")
async def list_issuances(
    search: Search = "",
    project_id: FromQuery[UUID | None] = None,
    before: Before = None,
    limit: Many = 100,
) -> list[PublicIssuance]:
    """Newest first."""
    return await public.list_issuances(search=search, project_id=project_id, before=before, limit=limit)


@get("/registry/retirements", opt=OPEN, tags=["registry"], summary="All retirements and cancellations")
async def list_retirements(
    search: Search = "",
    kind: Annotated[str | None, QueryParameter(pattern="^(retired|cancelled|forced-cancelled)$")] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    before: Before = None,
    limit: Many = 100,
) -> list[Retirement]:
    """Newest first, each with its serials."""
    return await public.list_retirements(
        search=search, kind=kind, since=since, until=until, before=before, limit=limit
    )


@get("/registry/batches.csv", opt=OPEN, tags=["registry"], summary="All credits as CSV")
async def download_batches(
    search: Search = "", after: Annotated[int | None, QueryParameter(ge=1, le=2**53)] = None
) -> Response[bytes]:
    """500 rows at once; go on with `after`, the last batch number."""
    rows = await public.list_batches(search=search, after=after, limit=MOST_ROWS)
    content = csv_bytes(
        [
            "batch",
            "serial",
            "scheme",
            "project",
            "project_name",
            "vintage",
            "issued_t",
            "held_t",
            "buffer_t",
            "retired_t",
            "cancelled_t",
        ],
        [
            [
                row.number,
                row.serial,
                row.scheme,
                row.project_code,
                row.project_name,
                row.vintage_year,
                row.tally.issued,
                row.tally.held,
                row.tally.buffer,
                row.tally.retired,
                row.tally.cancelled + row.tally.forced_cancelled,
            ]
            for row in rows
        ],
    )
    return Response(content, media_type="text/csv", headers=attachment("credits.csv"))


@get("/registry/retirements.csv", opt=OPEN, tags=["registry"], summary="All retirements as CSV")
async def download_retirements(search: Search = "", before: Before = None) -> Response[bytes]:
    """500 rows at once; go on with `before`, the last id."""
    rows = await public.list_retirements(search=search, before=before, limit=MOST_ROWS)
    content = csv_bytes(
        [
            "id",
            "number",
            "kind",
            "on",
            "quantity_t",
            "serials",
            "scheme",
            "project",
            "project_name",
            "vintage",
            "purpose",
            "beneficiary",
            "statement",
            "holder",
        ],
        [
            [
                str(row.id),
                row.number,
                row.kind,
                row.occurred_on.isoformat(),
                row.quantity_t,
                " ".join(row.serials),
                row.scheme,
                row.project_code,
                row.project_name,
                row.vintage_year,
                row.purpose,
                row.beneficiary,
                row.statement,
                row.holder_name_zh,
            ]
            for row in rows
        ],
    )
    return Response(content, media_type="text/csv", headers=attachment("retirements.csv"))


@get("/registry/certificates/{name:str}", opt=OPEN, tags=["registry"], summary="One certificate")
async def read_certificate(name: FromPath[str]) -> Retirement:
    """By its number or id; for good."""
    return await public.read_certificate(name=name)


@get("/registry/serials/{serial:str}", opt=OPEN, tags=["registry"], summary="The whole history of a serial")
async def read_history(request: AnyRequest, serial: FromPath[str]) -> History:
    """When its numbers were issued, moved and used up; who held them shows to parties and the authority."""
    return await reading.read_history(maybe_actor_of(request), serial=serial)


register_handlers = [
    list_batches, list_issuances, list_retirements, download_batches, download_retirements, read_certificate, read_history,
]  # fmt: skip
