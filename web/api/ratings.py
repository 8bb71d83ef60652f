"""Ratings, and the industry benchmarks behind them."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.enterprise import rating
from accounts.enterprise.rating import Benchmark, EnterpriseRating
from accounts.identity.permissions import Permission
from web.api.inputs import Input, Year
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
YearAsked = Annotated[int, QueryParameter(ge=1990, le=2100)]


class NewBenchmark(Input):
    """The industry (GB/T 4754) and the year."""

    industry_code: Annotated[str, Meta(min_length=1, max_length=10, examples=["3670"])]
    year: Year


@get("/rating", opt={"permission": Permission.RATING_READ}, tags=["account"], summary="Our rating of a year")
async def read_rating(request: AnyRequest, year: YearAsked) -> EnterpriseRating:
    """Level 1 (best) to 5 against the industry's benchmark, with its explanation."""
    actor = actor_of(request)
    return await rating.rate_enterprise(actor, enterprise_id=actor.tenant_id, year=year)


@get(
    "/clients/{enterprise_id:uuid}/rating",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="A client's rating of a year",
)
async def read_client_rating(
    request: AnyRequest, enterprise_id: FromPath[UUID], year: YearAsked
) -> EnterpriseRating:
    """While the client's consent lasts; the client sees that it was read."""
    return await rating.rate_enterprise(actor_of(request), enterprise_id=enterprise_id, year=year)


@get(
    "/benchmarks", opt={"permission": Permission.FACTOR_READ}, tags=["account"], summary="Industry benchmarks"
)
async def list_benchmarks(
    request: AnyRequest, industry_code: Annotated[str | None, QueryParameter(max_length=10)] = None
) -> list[Benchmark]:
    """The latest of each industry and year; each covers at least ten accounts."""
    return await rating.list_benchmarks(actor_of(request), industry_code=industry_code)


@post(
    "/benchmarks",
    opt={"permission": Permission.BENCHMARK_PUBLISH},
    tags=["account"],
    summary="Publish a benchmark",
)
async def publish_benchmark(request: AnyRequest, data: JSONBody[NewBenchmark]) -> Benchmark:
    """Computed from the accounts of the industry."""
    return await rating.publish_benchmark(actor_of(request), industry_code=data.industry_code, year=data.year)


rating_handlers = [read_rating, read_client_rating, list_benchmarks, publish_benchmark]
