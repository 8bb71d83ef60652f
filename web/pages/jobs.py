"""Scheduled work as an authority sees it: what ran, what failed, and one more run on request."""

from datetime import datetime

from litestar import Response, get, post
from litestar.response import Redirect

from accounts.identity.permissions import Permission
from accounts.timing import runs
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

RUNS_SHOWN = 100
STATES = ("done", "failed")


@get("/authority/jobs", opt={"permission": Permission.JOB_RUN}, include_in_schema=False)
async def jobs_page(request: AnyRequest) -> Response[str]:
    """Latest due first."""
    state = request.query_params.get("state", "")
    wanted = state if state in STATES else ""
    found = await runs.list_runs(actor_of(request), state=wanted or None, limit=RUNS_SHOWN)
    return render(request, "jobs.html", runs=found, state=wanted)


@post("/authority/jobs/rerun", opt={"permission": Permission.JOB_RUN}, include_in_schema=False)
async def rerun_job(request: AnyRequest) -> Redirect:
    """Asks the scheduler for one more run of a slot."""
    form = await form_of(request)
    await runs.rerun(
        actor_of(request), series=form.text("series", maximum=100), due_at=_instant(form.text("due_at"))
    )
    return Redirect("/authority/jobs?done=job-rerun", status_code=303)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Problem(N_("Choose one of the list."), at="due_at")
    return found


handlers = [jobs_page, rerun_job]
