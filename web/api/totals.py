"""Totals that companies reported themselves: imported, summed, held out when implausible, decided."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.enterprise import submissions, totals
from accounts.enterprise.totals import CompanyFigure, Flag, Totals, YearTotal
from accounts.identity.permissions import Permission
from web.api.inputs import Input
from web.api.submissions import OptionalKey, SubmissionAnswer, submission_answer
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.language import language_of, translate

AnyRequest = Request[Any, Any, Any]
Indicator = Annotated[str | None, QueryParameter(max_length=40)]
YearAsked = Annotated[int | None, QueryParameter(ge=1990, le=2100)]
FigureCount = Annotated[int, QueryParameter(ge=1, le=2000)]


class FlagAnswer(msgspec.Struct, kw_only=True):
    """A figure held out of the sums, the reason as a sentence, and the decision if there is one."""

    id: UUID
    organisation_id: UUID
    company: str
    indicator: str
    year: int
    value: Decimal
    unit: str
    kind: str
    factor: Decimal
    reason: str
    raised_at: datetime
    decision: str | None
    note: str | None
    decided_by_name: str | None
    decided_at: datetime | None


class TotalsAnswer(msgspec.Struct, kw_only=True):
    """Sums by indicator and year, flags (open ones first), and a page of companies' figures."""

    years: tuple[YearTotal, ...]
    flags: list[FlagAnswer]
    figures: tuple[CompanyFigure, ...]


class FlagDecision(Input):
    """Into the sums, or out of them, and why."""

    decision: Literal["accept", "exclude"]
    note: Annotated[str, Meta(min_length=1, max_length=2000)]


def flag_answer(flag: Flag, language: str) -> FlagAnswer:
    """The flag with its reason in words."""
    values = {name: getattr(flag, name) for name in FlagAnswer.__struct_fields__ if name != "reason"}
    return FlagAnswer(**values, reason=translate(language, flag.template, **flag.details))


def totals_answer(found: Totals, language: str) -> TotalsAnswer:
    """The totals with their flags in words."""
    return TotalsAnswer(
        years=found.years,
        flags=[flag_answer(flag, language) for flag in found.flags],
        figures=found.figures,
    )


@post(
    "/reported-totals",
    opt={"permission": Permission.TOTALS_IMPORT, "takes": UPLOAD_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    tags=["account"],
    summary="Import reported totals",
)
async def import_totals(request: AnyRequest, key: OptionalKey = None) -> SubmissionAnswer:
    """For an authority: one row per company, indicator and year; implausible figures are flagged, not counted."""
    upload = await upload_of(request)
    submission = await submissions.submit_file(
        actor_of(request), file_name=upload.file_name, content=upload.content, key=key
    )
    return submission_answer(submission, language_of(request))


@get(
    "/reported-totals",
    opt={"permission": Permission.TOTALS_IMPORT},
    tags=["account"],
    summary="Reported totals",
)
async def list_totals(
    request: AnyRequest,
    indicator: Indicator = None,
    year: YearAsked = None,
    organisation_id: Annotated[UUID | None, QueryParameter()] = None,
    after: Annotated[str, QueryParameter(max_length=200, description="Last company of the page before")] = "",
    limit: FigureCount = 100,
) -> TotalsAnswer:
    """Of every company the authority imported."""
    found = await totals.list_totals(
        actor_of(request),
        indicator=indicator,
        year=year,
        organisation_id=organisation_id,
        after=after,
        limit=limit,
    )
    return totals_answer(found, language_of(request))


@get(
    "/account/reported-totals",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="What is known of us from public reports",
)
async def list_own_totals(request: AnyRequest, indicator: Indicator = None) -> TotalsAnswer:
    """A company's own figures."""
    found = await totals.list_totals(actor_of(request), indicator=indicator)
    return totals_answer(found, language_of(request))


@post(
    "/reported-totals/flags/{flag_id:uuid}/decisions",
    opt={"permission": Permission.TOTALS_IMPORT},
    tags=["account"],
    summary="Decide about a flagged figure",
)
async def resolve_flag(
    request: AnyRequest, flag_id: FromPath[UUID], data: JSONBody[FlagDecision]
) -> FlagAnswer:
    """The note stands beside it from then on."""
    flag = await totals.resolve_flag(
        actor_of(request), flag_id=flag_id, decision=data.decision, note=data.note
    )
    return flag_answer(flag, language_of(request))


total_handlers = [import_totals, list_totals, list_own_totals, resolve_flag]
