"""How good, how whole and how sure an account is; and a file computed here and now, without keeping it."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter

from accounts.enterprise import gap_filling, quality
from accounts.enterprise.checking import check_activities
from accounts.enterprise.gap_filling import Proposal
from accounts.enterprise.inventory import take_inventory
from accounts.enterprise.quality import AccountQuality
from accounts.enterprise.reading import read_file
from accounts.enterprise.uncertainty import assess, lines_of
from accounts.identity.permissions import Permission
from carbon.uncertainty import DRAWS, MOST_DRAWS, SEED
from web import uncertainty_words
from web.api.account import GwpSet, YearAsked
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, UploadOperation, upload_of
from web.guard import actor_of
from web.inventory_words import inventory_json
from web.language import language_of

AnyRequest = Request[Any, Any, Any]
READ = {"permission": Permission.ACCOUNT_READ}
Draws = Annotated[int, QueryParameter(ge=100, le=MOST_DRAWS)]
Seed = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]
Wanted = Annotated[bool, QueryParameter(description="Add both approaches' uncertainty")]


class EstimatesChosen(msgspec.Struct, kw_only=True):
    """Ids of proposed estimates, as listed."""

    year: Annotated[int, msgspec.Meta(ge=1990, le=2100)]
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=1000)]


class EstimatesFiled(msgspec.Struct, kw_only=True):
    """The submission that holds them."""

    submission_id: UUID
    rows_taken: int


@get("/account/quality", opt=READ, tags=["account"], summary="Data quality and coverage of a year")
async def read_quality(request: AnyRequest, year: YearAsked, gwp_set: GwpSet = "AR5") -> AccountQuality:
    """Scores by source, what is measured, calculated, estimated, missing, and what is not disclosed."""
    actor = actor_of(request)
    return await quality.read_quality(actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set)


@get("/account/uncertainty", opt=READ, tags=["account"], summary="How sure a year's account is")
async def read_uncertainty(
    request: AnyRequest, year: YearAsked, gwp_set: GwpSet = "AR5", draws: Draws = DRAWS, seed: Seed = SEED
) -> dict[str, Any]:
    """By propagation (IPCC approach 1) and by draws (approach 2), by gas, scope and in total."""
    actor = actor_of(request)
    found = await quality.assess_account(
        actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set, draws=draws, seed=seed
    )
    return uncertainty_words.as_json(found, language_of(request))


@get("/account/estimates", opt=READ, tags=["account"], summary="Estimates proposed for missing months")
async def list_estimates(request: AnyRequest, year: YearAsked) -> list[Proposal]:
    """The mean of the neighbouring months; nothing is filed by asking."""
    actor = actor_of(request)
    return list(await gap_filling.propose_estimates(actor, enterprise_id=actor.tenant_id, year=year))


@post(
    "/account/estimates",
    opt={"permission": Permission.ACTIVITY_SUBMIT},
    tags=["account"],
    summary="File chosen estimates",
)
async def file_estimates(request: AnyRequest, data: JSONBody[EstimatesChosen]) -> EstimatesFiled:
    """As rows of a submission, marked estimated, their method in the note."""
    filed = await gap_filling.file_estimates(actor_of(request), year=data.year, ids=data.ids)
    return EstimatesFiled(submission_id=filed.id, rows_taken=filed.rows_taken)


@post(
    "/calculations",
    opt={"permission": Permission.ACTIVITY_SUBMIT, "takes": UPLOAD_TYPES},
    operation_class=UploadOperation,
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    tags=["account"],
    summary="Compute a file of activities without keeping it",
    status_code=200,
)
async def calculate_file(
    request: AnyRequest, gwp_set: GwpSet = "AR5", uncertainty: Wanted = False
) -> dict[str, Any]:
    """What `carbon calculate FILE --json` answers: totals by gas, scope and source, every row, every error."""
    actor_of(request)
    upload = await upload_of(request)
    language = language_of(request)

    def work() -> dict[str, Any]:
        checked = check_activities(read_file(upload.file_name, upload.content))
        answer = inventory_json(checked, take_inventory(checked, gwp_set), language)
        if uncertainty:
            answer["uncertainty"] = uncertainty_words.as_json(assess(lines_of(checked), gwp_set), language)
        return answer

    return await asyncio.to_thread(work)


quality_handlers = [read_quality, read_uncertainty, list_estimates, file_estimates, calculate_file]
