"""Reported totals as the authority keeps them: import, sums by year, and figures held out until a person decides."""

from decimal import Decimal
from typing import Any, Literal, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import indicators, submissions, totals
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web import charts
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, named, render
from web.pages.uploads import UPLOAD_BYTES, marked_of, submission_of, uploaded_file

HERE = "/authority/totals"
IMPORT = {"permission": Permission.TOTALS_IMPORT}
FIGURES_SHOWN = 60
DEFAULT_INDICATOR = "ghg"


@get(HERE, opt=IMPORT, include_in_schema=False)
async def totals_page(request: AnyRequest) -> Response[str]:
    """Open flags first, then sums by year and companies' figures."""
    return await _totals(request)


async def _totals(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    language = language_of(request)
    known = indicators.indicators()
    asked = request.query_params.get("indicator", "")
    indicator = asked if asked in known else DEFAULT_INDICATOR
    after = request.query_params.get("after", "")[:200]
    found = await totals.list_totals(actor, indicator=indicator, after=after, limit=FIGURES_SHOWN)
    return render(
        request,
        "totals.html",
        totals=found,
        indicators=known,
        indicator=indicator,
        chart=_chart(language, found.years) if any(year.sum is not None for year in found.years) else None,
        submissions=await submissions.list_submissions(actor, limit=10),
        more=len(found.figures) == FIGURES_SHOWN,
        upload_mb=UPLOAD_BYTES // 1024 // 1024,
        **context,
    )


def _chart(language: str, years: tuple[totals.YearTotal, ...]) -> charts.Chart:
    """What counts, and beside it what the files said."""
    unit = years[0].unit or translate(language, N_("unit not stated"))
    counted = [year.sum or Decimal(0) for year in years]
    reported = [year.sum_as_reported or Decimal(0) for year in years]
    return charts.stacked(
        "totals-by-year",
        title=translate(language, N_("{indicator} by year"), indicator=named(language, years[0], "name")),
        description=translate(
            language,
            N_("{years} years; {held} figures are held out until somebody decides on them."),
            years=len(years),
            held=sum(year.held for year in years),
        ),
        places=[str(year.year) for year in years],
        series=[
            charts.Series(translate(language, N_("counted")), tuple(map(float, counted)), "#14584a"),
            charts.Series(translate(language, N_("as reported")), tuple(map(float, reported)), "#b9b4a4"),
        ],
        columns=(
            translate(language, N_("Year")),
            translate(language, N_("Companies")),
            translate(language, N_("Held out")),
            translate(language, N_("counted")),
            translate(language, N_("as reported")),
        ),
        rows=[
            charts.Row(
                str(year.year),
                (
                    str(year.companies),
                    str(year.held),
                    formats.number(one, language, 0),
                    formats.number(other, language, 0),
                ),
            )
            for year, one, other in zip(years, counted, reported, strict=True)
        ],
        unit=unit,
        beside=True,
    )


@post(f"{HERE}/upload", opt=IMPORT, include_in_schema=False, request_max_body_size=UPLOAD_BYTES)
async def upload_totals(request: AnyRequest) -> Response[str] | Redirect:
    """Imports a file of reported figures; what does not fit a company's other years is held out."""
    try:
        name, content = await uploaded_file(request)
        submission = await submissions.submit_file(actor_of(request), file_name=name, content=content)
    except Problem as problem:
        problem.at = "file"
        return await _totals(request, mistake=problem, fields={"file": ""})
    return Redirect(f"{HERE}/submissions/{submission.id}", status_code=303)


@get(f"{HERE}/submissions/{{submission_id:uuid}}", opt=IMPORT, include_in_schema=False)
async def totals_submission_page(request: AnyRequest, submission_id: FromPath[UUID]) -> Response[str]:
    """Counts and findings of one import."""
    return await submission_of(request, submission_id, home=HERE)


@get(f"{HERE}/submissions/{{submission_id:uuid}}/marked.xlsx", opt=IMPORT, include_in_schema=False)
async def marked_totals(request: AnyRequest, submission_id: FromPath[UUID]) -> Response[bytes]:
    """The import as sent, with marks."""
    return await marked_of(request, submission_id)


@post(f"{HERE}/flags/{{flag_id:uuid}}", opt=IMPORT, include_in_schema=False)
async def resolve_flag(request: AnyRequest, flag_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Takes a figure in, or keeps it out, with the reason."""
    form = await form_of(request)
    try:
        await totals.resolve_flag(
            actor_of(request),
            flag_id=flag_id,
            decision=cast("Literal['accept', 'exclude']", form.text("decision", maximum=20)),
            note=form.text("note", maximum=totals.NOTE_CHARACTERS),
        )
    except Problem as problem:
        return await _totals(request, mistake=problem)
    return Redirect(f"{HERE}?done=flag-resolved", status_code=303)


handlers = [totals_page, upload_totals, totals_submission_page, marked_totals, resolve_flag]
