"""Versions of an account: kept, recalculated, compared part by part."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from accounts.enterprise import versions
from accounts.enterprise.versions import Comparison, Version
from accounts.identity.permissions import Permission
from web.api.inputs import Input, Year
from web.api.submissions import OptionalKey
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class NewVersion(Input):
    """Which year, by which figures and warming potentials, and why."""

    year: Year
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    gwp_set: Annotated[str, Meta(max_length=10)] = "AR5"
    recalculate: bool = False
    known_on: date | None = None
    left_out: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=200)] = msgspec.field(
        default_factory=list
    )


@post(
    "/account/versions",
    opt={"permission": Permission.ACTIVITY_SUBMIT},
    tags=["account"],
    summary="Keep a version",
)
async def keep_version(request: AnyRequest, data: JSONBody[NewVersion], key: OptionalKey = None) -> Version:
    """The year as filed, or recalculated by today's numbers or those known on a day; older versions stay."""
    return await versions.keep_version(
        actor_of(request),
        year=data.year,
        reason=data.reason,
        gwp_set=data.gwp_set,
        recalculate=data.recalculate,
        known_on=data.known_on,
        left_out=data.left_out,
        key=key,
    )


@get(
    "/account/versions",
    opt={"permission": Permission.FACTOR_READ},
    tags=["account"],
    summary="Versions of an account",
)
async def list_versions(
    request: AnyRequest,
    enterprise_id: Annotated[UUID | None, QueryParameter()] = None,
    year: Annotated[int | None, QueryParameter(ge=1990, le=2100)] = None,
) -> list[Version]:
    """Newest first; another enterprise's only with its consent."""
    actor = actor_of(request)
    return await versions.list_versions(actor, enterprise_id=enterprise_id or actor.tenant_id, year=year)


@get(
    "/account/versions/comparison",
    opt={"permission": Permission.FACTOR_READ},
    tags=["account"],
    summary="Why two versions differ",
)
async def compare_versions(
    request: AnyRequest,
    before: Annotated[UUID, QueryParameter()],
    after: Annotated[UUID, QueryParameter()],
    enterprise_id: Annotated[UUID | None, QueryParameter()] = None,
) -> Comparison:
    """Boundary, correction, activity, factor and GWP, in milligrams of CO2 equivalent that add up exactly."""
    actor = actor_of(request)
    return await versions.compare_versions(
        actor, enterprise_id=enterprise_id or actor.tenant_id, before_id=before, after_id=after
    )


version_handlers = [keep_version, list_versions, compare_versions]
