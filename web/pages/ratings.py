"""The enterprise's rating with its reasons, and the benchmarks an authority publishes."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.enterprise import account, rating
from accounts.identity.permissions import Permission
from carbon.errors import Problem
from web.guard import actor_of
from web.language import language_of
from web.pages.accounts import asked_year
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import form_of
from web.pages.rating_charts import rating_chart, thresholds
from web.pages.rendering import AnyRequest, render

BENCHMARKS = "/authority/benchmarks"
PUBLISH = {"permission": Permission.BENCHMARK_PUBLISH}


@get("/enterprise/rating", opt={"permission": Permission.RATING_READ}, include_in_schema=False)
async def rating_page(request: AnyRequest) -> Response[str]:
    """Level, K against the benchmark, the scale, the thresholds with their source; or what is still missing."""
    actor, language, year = actor_of(request), language_of(request), asked_year(request)
    found: rating.EnterpriseRating | None = None
    missing: Problem | None = None
    try:
        found = await rating.rate_enterprise(actor, enterprise_id=actor.tenant_id, year=year)
    except Problem as problem:
        missing = problem
    known = await account.read_account(actor, enterprise_id=actor.tenant_id, year=year)
    return render(
        request,
        "rating.html",
        rating=found,
        missing=missing,
        year=year,
        years=sorted({*known.years, year}, reverse=True),
        scale=rating_chart(language, found) if found else None,
        thresholds=thresholds(language, year),
    )


@get(BENCHMARKS, opt=PUBLISH, include_in_schema=False)
async def benchmarks_page(request: AnyRequest) -> Response[str]:
    """What is published, and the form to publish one."""
    return await _benchmarks(request)


async def _benchmarks(request: AnyRequest, **context: Any) -> Response[str]:
    return render(
        request,
        "benchmarks.html",
        benchmarks=await rating.list_benchmarks(actor_of(request)),
        last_year=datetime.now(BUSINESS_ZONE).year - 1,
        smallest_group=rating.SMALLEST_GROUP,
        **context,
    )


@post(BENCHMARKS, opt=PUBLISH, include_in_schema=False)
async def publish_benchmark(request: AnyRequest) -> Response[str] | Redirect:
    """Computes it from the accounts there are and publishes it."""
    form = await form_of(request)
    try:
        await rating.publish_benchmark(
            actor_of(request),
            industry_code=form.text("industry_code", maximum=10),
            year=form.whole("year", minimum=1990, maximum=2100),
        )
    except Problem as problem:
        return await _benchmarks(request, mistake=problem, fields=form.without())
    return Redirect(f"{BENCHMARKS}?done=benchmark-published", status_code=303)


handlers = [rating_page, benchmarks_page, publish_benchmark]
