"""The account told in the form a reader asks for: page, PDF, and JSON through the API."""

import asyncio
from functools import partial
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from accounts.enterprise import reports
from accounts.enterprise.reports import Report
from accounts.identity.permissions import Permission
from carbon.errors import N_
from carbon.gases import GWP_SETS
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.guides import SECTOR_GUIDES
from web.guard import actor_of
from web.language import Language, language_of, translate
from web.pages import formats
from web.pages.account_charts import gas_name
from web.pages.accounts import asked_gwp_set, asked_year
from web.pages.downloads import download
from web.pages.rendering import AnyRequest, render
from web.paper import Column, Figures, Paper, Section, Table, Text, paper_pdf

OWN = {"permission": Permission.ACCOUNT_READ}
METHODS = {"location": N_("Scope 2, by location"), "market": N_("Scope 2, by market")}
NOTATIONS = {
    "NO": N_("not occurring"),
    "NE": N_("not estimated"),
    "IE": N_("included elsewhere"),
    "C": N_("confidential"),
}


async def _report(request: AnyRequest, form: str) -> Report:
    actor = actor_of(request)
    return await reports.read_report(
        actor,
        enterprise_id=actor.tenant_id,
        year=asked_year(request),
        form=form,
        gwp_set=asked_gwp_set(request),
    )


@get("/enterprise/reports", opt=OWN, include_in_schema=False)
async def forms_page(request: AnyRequest) -> Response[str]:
    """Every form, to choose from."""
    return render(
        request,
        "reports.html",
        forms=reports.forms().values(),
        guides=SECTOR_GUIDES.values(),
        year=asked_year(request),
    )


@get("/enterprise/reports/{form:str}", opt=OWN, include_in_schema=False)
async def report_page(request: AnyRequest, form: FromPath[str]) -> Response[str]:
    """One filled form."""
    found = await _report(request, form)
    title = translate(language_of(request), N_("Reports"))
    return render(
        request,
        "report.html",
        report=found,
        gas_name=gas_name,
        methods=METHODS,
        notations=NOTATIONS,
        sources=SOURCES,
        gwp_sets=GWP_SETS,
        trail=[(title, f"/enterprise/reports?year={found.year}"), (_name(language_of(request), found), "")],
    )


def _name(language: Language, found: Report) -> str:
    return found.name_zh if language == "zh" else found.name_en


@get("/enterprise/reports/{form:str}/pdf", opt=OWN, include_in_schema=False)
async def report_pdf(request: AnyRequest, form: FromPath[str]) -> Response[bytes]:
    """One filled form to print."""
    found = await _report(request, form)
    content = report_paper(language_of(request), found)
    pdf = await asyncio.to_thread(paper_pdf, content)
    return download(pdf, f"{found.form}-{found.enterprise_zh}-{found.year}.pdf", "application/pdf")


def report_paper(language: Language, found: Report) -> Paper:
    """The filled form as a document; a column for each gas that occurs."""
    say = partial(translate, language)
    tonnes = partial(formats.tonnes, language=language, digits=3)
    gases = list(found.by_gas)
    columns = (
        Column(say(N_("No.")), share=0.6),
        Column(say(N_("Line")), share=3.2),
        *(Column(gas_name(gas, language), "right") for gas in gases),
        Column(say(N_("t CO2e")), "right", 1.2),
    )
    rows = tuple(
        (
            line.number,
            line.name_zh if language == "zh" else line.name_en,
            *(tonnes(line.gases.get(gas, 0)) for gas in gases),
            tonnes(line.co2e_mg),
        )
        for line in found.lines
    )
    totals = ("", say(N_("Total")), *(tonnes(found.by_gas[gas]) for gas in gases), tonnes(found.total_mg))
    return Paper(
        title=_name(language, found),
        subtitle=found.enterprise_zh if language == "zh" else found.enterprise_en or found.enterprise_zh,
        language=language,
        number=say(N_("Year {year}"), year=found.year),
        issuer=say(N_("Inclusive Carbon")),
        foot=found.document,
        headline=(f"{tonnes(found.total_mg)} t CO2e", say(N_("Emissions of the year"))),
        wide=len(gases) > 3,
        sections=(
            Section(say(N_("Lines of the form, tonnes")), (Table(columns, rows, totals),)),
            *_beside(say, tonnes, language, found),
        ),
    )


def _beside(say: Any, tonnes: Any, language: Language, found: Report) -> list[Section]:
    sections = []
    if found.scope_2:
        rows = tuple((say(METHODS[method]), f"{tonnes(mg)} t CO2e") for method, mg in found.scope_2.items())
        sections.append(Section(say(N_("Scope 2 by both methods")), (Figures(rows),)))
    if found.apart:
        rows = tuple((gas_name(gas, language), f"{tonnes(mg)} t") for gas, mg in found.apart.items())
        sections.append(Section(say(N_("Told apart, never added")), (Figures(rows),)))
    if found.gaps:
        rows = tuple(
            (SOURCES[source].name.in_language(language), f"{say(NOTATIONS[key])} ({key}): {count}")
            for source, key, count in found.gaps
        )
        sections.append(Section(say(N_("Lines without amount")), (Figures(rows),)))
    basis = say(
        N_("Warming potentials: IPCC {set}. Form: {document}"), set=found.gwp_set, document=found.document
    )
    return [*sections, Section(say(N_("Basis")), (Text(basis),))]


handlers = [forms_page, report_page, report_pdf]
