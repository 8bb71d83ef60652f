"""What an enterprise says of itself."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter
from msgspec import Meta

from accounts.enterprise import profile
from accounts.enterprise.profile import Facility, Profile
from accounts.identity.permissions import Permission
from web.api.inputs import Input, Name
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
AnyFen = Annotated[int, Meta(ge=-(10**17), le=10**17, description="Whole fen")]
PathYear = Annotated[int, PathParameter(ge=1990, le=2100)]


class NewProfile(Input):
    """Industry (GB/T 4754), district, the region whose electricity factors hold, and the guide of the sector."""

    industry_code: Annotated[str, Meta(min_length=1, max_length=10, examples=["3670"])]
    district: Annotated[str, Meta(max_length=100)] = ""
    region: Annotated[str, Meta(max_length=40, examples=["重庆"])] = ""
    guide: Annotated[str, Meta(max_length=40)] | None = None


class YearFigures(Input):
    """Money figures of a year."""

    value_added_fen: AnyFen | None = None
    main_income_fen: AnyFen | None = None
    total_equity_and_debt_fen: AnyFen | None = None


class NewFacility(Input):
    """A place where emissions happen."""

    name: Name
    district: Annotated[str, Meta(max_length=100)] = ""


@get("/profile", opt={"permission": Permission.ACCOUNT_READ}, tags=["account"], summary="Our profile")
async def read_profile(request: AnyRequest) -> Profile:
    """Industry, facilities and the figures of each year."""
    return await profile.read_profile(actor_of(request))


@put(
    "/profile", opt={"permission": Permission.ACTIVITY_SUBMIT}, tags=["account"], summary="Record our profile"
)
async def record_profile(request: AnyRequest, data: JSONBody[NewProfile]) -> Profile:
    """Replaces what was there."""
    return await profile.record_profile(
        actor_of(request),
        industry_code=data.industry_code,
        district=data.district,
        region=data.region,
        guide=data.guide,
    )


@put(
    "/profile/years/{year:int}",
    opt={"permission": Permission.ACTIVITY_SUBMIT},
    tags=["account"],
    summary="Record a year's figures",
)
async def record_year(request: AnyRequest, year: PathYear, data: JSONBody[YearFigures]) -> Profile:
    """A later record holds from then on; the earlier one is kept."""
    return await profile.record_year(
        actor_of(request),
        year=year,
        value_added_fen=data.value_added_fen,
        main_income_fen=data.main_income_fen,
        total_equity_and_debt_fen=data.total_equity_and_debt_fen,
    )


@post(
    "/facilities", opt={"permission": Permission.ACTIVITY_SUBMIT}, tags=["account"], summary="A new facility"
)
async def add_facility(request: AnyRequest, data: JSONBody[NewFacility]) -> Facility:
    """Files may then name it."""
    return await profile.add_facility(actor_of(request), name=data.name, district=data.district)


@get(
    "/clients/{enterprise_id:uuid}/profile",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="A client's profile",
)
async def read_client_profile(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Profile:
    """While the client's consent lasts; the client sees that it was read."""
    return await profile.read_profile(actor_of(request), enterprise_id=enterprise_id)


profile_handlers = [read_profile, record_profile, record_year, add_facility, read_client_profile]
