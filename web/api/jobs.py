"""Scheduled work: what ran, what failed, one more run."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.permissions import Permission
from accounts.timing import runs
from accounts.timing.runs import Run
from web.api.inputs import Input, Name, PageSize
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class WantedRun(Input):
    """A slot as the list names it."""

    series: Name
    due_at: Annotated[datetime, Meta(tz=True)]


@get("/jobs", opt={"permission": Permission.JOB_RUN}, tags=["service"], summary="Scheduled runs")
async def list_runs(
    request: AnyRequest,
    series: Annotated[str | None, QueryParameter(max_length=100)] = None,
    outcome: Annotated[Literal["done", "failed"] | None, QueryParameter(name="state")] = None,
    limit: PageSize = 50,
) -> list[Run]:
    """Latest due first."""
    return await runs.list_runs(actor_of(request), series=series, state=outcome, limit=limit)


@post("/jobs/reruns", opt={"permission": Permission.JOB_RUN}, tags=["service"], summary="Repeat a run")
async def rerun(request: AnyRequest, data: JSONBody[WantedRun]) -> Run:
    """A scheduler takes it up; effects that happened do not happen twice."""
    return await runs.rerun(actor_of(request), series=data.series, due_at=data.due_at)


job_handlers = [list_runs, rerun]
