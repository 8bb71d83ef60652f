"""Questions about an enterprise's activities: looked for, listed, answered with a note."""

from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import flags
from accounts.enterprise.flags import Decision
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.pages.accounts import asked_year
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/flags"
READ = {"permission": Permission.ACCOUNT_READ}
WORK = {"permission": Permission.ACTIVITY_SUBMIT}

KINDS: dict[str, str] = {
    "year-jump": N_("year on year"),
    "unit-slip": N_("unit"),
    "odd-amount": N_("odd amount"),
    "overlap": N_("overlap"),
    "same-invoice": N_("same invoice"),
    "power-twice": N_("power twice"),
    "certificate-twice": N_("certificate twice"),
    "repeated-analysis": N_("repeated analysis"),
    "energy-balance": N_("energy balance"),
    "carbon-balance": N_("carbon balance"),
    "sector-outlier": N_("against the sector"),
}


@get(HERE, opt=READ, include_in_schema=False)
async def flags_page(request: AnyRequest) -> Response[str]:
    """Open questions first."""
    return await _flags(request)


async def _flags(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    year = asked_year(request)
    found = await flags.list_flags(actor, enterprise_id=actor.tenant_id)
    return render(
        request,
        "flags.html",
        flags=found,
        kinds=KINDS,
        year=year,
        may_answer=Permission.ACTIVITY_SUBMIT in actor.permissions,
        in_question_mg=sum(flag.co2e_mg for flag in found if flag.is_open),
        open_flags=sum(flag.is_open for flag in found),
        **context,
    )


@post(f"{HERE}/checks", opt=WORK, include_in_schema=False)
async def check_year(request: AnyRequest) -> Response[str] | Redirect:
    """Looks a year through again."""
    form = await form_of(request)
    try:
        await flags.check_year(actor_of(request), year=int(form.text("year", maximum=4) or 0))
    except (Problem, ValueError) as problem:
        told = (
            problem
            if isinstance(problem, Problem)
            else Problem(N_("Write the year with four digits."), at="year")
        )
        return await _flags(request, mistake=told)
    return Redirect(f"{HERE}?done=year-checked", status_code=303)


@post(f"{HERE}/{{flag_id:uuid}}", opt=WORK, include_in_schema=False)
async def answer_flag(request: AnyRequest, flag_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Keeps the answer with its note and its person."""
    form = await form_of(request)
    try:
        await flags.resolve_flag(
            actor_of(request),
            flag_id=flag_id,
            decision=cast("Decision", form.text("decision", maximum=20)),
            note=form.text("note", maximum=flags.NOTE_CHARACTERS),
        )
    except Problem as problem:
        return await _flags(request, mistake=problem)
    return Redirect(f"{HERE}?done=flag-resolved", status_code=303)


handlers = [flags_page, check_year, answer_flag]
