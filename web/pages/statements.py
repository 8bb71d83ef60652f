"""The account's statement: on the page, as PDF in the house style, and as a workbook."""

import asyncio
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import xlsxwriter
from litestar import Response, get
from litestar.params import FromPath

from accounts.enterprise import exports, statement
from accounts.enterprise.statement import Entry, Statement
from accounts.identity.permissions import Permission
from accounts.verification import cases, opinions
from accounts.verification.opinions import OPINIONS, SignedOpinion
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS
from web.guard import actor_of
from web.language import Language, language_of, translate
from web.pages import formats
from web.pages.account_charts import gas_name, scope_name
from web.pages.accounts import asked_gwp_set, asked_year
from web.pages.downloads import XLSX, download
from web.pages.rendering import AnyRequest, render
from web.paper import Column, Figures, Paper, Section, Table, Text, paper_pdf

OWN = {"permission": Permission.ACCOUNT_READ}
CLIENT = {"permission": Permission.CLIENT_READ}
MG_PER_T = 10**9


async def statement_of(request: AnyRequest, enterprise_id: UUID) -> Statement:
    """The statement the address asks for: year, GWP set, as known on."""
    return await statement.read_statement(
        actor_of(request),
        enterprise_id=enterprise_id,
        year=asked_year(request),
        gwp_set=asked_gwp_set(request),
        known_on=_asked_day(request),
    )


def _asked_day(request: AnyRequest) -> date | None:
    text = request.query_params.get("known_on", "")
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> date:
    raise Problem(
        N_("{value} is not a day of the calendar; write it like 2026-03-31."), at="known_on", value=text[:20]
    )


async def _opinion(request: AnyRequest, found: Statement) -> SignedOpinion | None:
    """The signed opinion on the year, when the reader is a party of its case."""
    actor = actor_of(request)
    if Permission.VERIFICATION_READ not in actor.permissions:
        return None
    for case in await cases.list_cases(actor, year=found.year):
        if case.enterprise_id == found.enterprise_id:
            return await opinions.read_opinion(actor, case_id=case.id)
    return None


def entry_words(language: str, entry: Entry) -> str:
    """What a posting was."""
    return translate(language, entry.template, **entry.values)


async def _page(request: AnyRequest, enterprise_id: UUID, path: str) -> Response[str]:
    found = await statement_of(request, enterprise_id)
    return render(
        request,
        "statement.html",
        statement=found,
        opinion=await _opinion(request, found),
        opinion_words=OPINIONS,
        entry_words=partial(entry_words, language_of(request)),
        gas_name=gas_name,
        scope_name=scope_name,
        gwp_sets=GWP_SETS,
        path=path,
    )


async def _pdf(request: AnyRequest, enterprise_id: UUID) -> Response[bytes]:
    found = await statement_of(request, enterprise_id)
    content = statement_paper(language_of(request), found, await _opinion(request, found))
    pdf = await asyncio.to_thread(paper_pdf, content)
    return download(pdf, f"{content.title}-{found.name_zh}-{found.year}.pdf", "application/pdf")


async def _workbook(request: AnyRequest, enterprise_id: UUID) -> Response[bytes]:
    found = await statement_of(request, enterprise_id)
    language = language_of(request)
    content = await asyncio.to_thread(statement_workbook, language, found)
    title = translate(language, N_("Carbon account statement"))
    return download(content, f"{title}-{found.name_zh}-{found.year}.xlsx", XLSX)


def statement_paper(language: Language, found: Statement, opinion: SignedOpinion | None) -> Paper:
    """The statement as a document."""
    say = partial(translate, language)
    tonnes = partial(formats.tonnes, language=language)
    name = (found.name_en if language == "en" else "") or found.name_zh
    return Paper(
        title=say(N_("Carbon account statement")),
        subtitle=name,
        language=language,
        number=say(N_("Year {year}"), year=found.year),
        issued=say(N_("as known on {day}"), day=formats.day(found.known_on, language=language)),
        issuer=say(N_("Inclusive Carbon")),
        foot=say(N_("Sums are of whole milligrams; only what is shown is rounded. Warming potentials: IPCC {set}."), set=found.gwp_set),
        headline=(f"{tonnes(found.closing_mg, digits=3)} t CO2e", say(N_("Emissions of the year"))),
        sections=(
            *_entries_section(say, tonnes, language, found),
            _months_section(say, tonnes, language, found),
            _sources_section(say, tonnes, language, found),
            _gases_section(say, tonnes, language, found),
            _opinion_section(say, tonnes, language, opinion),
        ),
    )  # fmt: skip


def _entries_section(say: Any, tonnes: Any, language: Language, found: Statement) -> Iterable[Section]:
    rows = tuple(
        (
            formats.instant(entry.known_at, language=language),
            entry_words(language, entry),
            formats.number(entry.activities, language),
            tonnes(entry.co2e_mg, digits=3),
            tonnes(entry.balance_mg, digits=3),
        )
        for entry in found.entries
    )
    columns = (
        Column(say(N_("Known")), share=1.5),
        Column(say(N_("Entry")), share=2.6),
        Column(say(N_("Activities")), "right", 0.9),
        Column(say(N_("t CO2e")), "right", 1.3),
        Column(say(N_("Balance")), "right", 1.3),
    )
    closing = (say(N_("Closing balance")), "", "", "", tonnes(found.closing_mg, digits=3))
    before = (
        say(N_("nothing reported"))
        if found.before_mg is None
        else f"{tonnes(found.before_mg, digits=3)} t CO2e"
    )
    yield Section("", (Figures(((say(N_("Year before")), before), (say(N_("Opening balance")), "0"))),))
    yield Section(
        say(N_("Entries in the order they became known")),
        (Table(columns, rows, closing, say(N_("No entry."))),),
    )


def _months_section(say: Any, tonnes: Any, language: Language, found: Statement) -> Section:
    scopes = sorted({scope for row in found.months for scope in row.by_scope})
    columns = (
        Column(say(N_("Month"))),
        *(Column(say(N_("Scope {number}"), number=scope), "right") for scope in scopes),
        Column(say(N_("t CO2e")), "right"),
    )
    rows = tuple(
        (
            formats.month(row.month, language),
            *(tonnes(row.by_scope.get(scope, 0), digits=3) for scope in scopes),
            tonnes(row.co2e_mg, digits=3),
        )
        for row in found.months
    )
    totals = (
        say(N_("Total")),
        *(tonnes(found.by_scope.get(scope, 0), digits=3) for scope in scopes),
        tonnes(found.closing_mg, digits=3),
    )
    return Section(say(N_("By the month it happened")), (Table(columns, rows, totals, say(N_("No entry."))),))


def _sources_section(say: Any, tonnes: Any, language: Language, found: Statement) -> Section:
    columns = (
        Column(say(N_("Emission source")), share=3),
        Column(say(N_("Scope"))),
        Column(say(N_("t CO2e")), "right"),
    )
    rows = tuple(
        (row.name_zh if language == "zh" else row.name_en, str(row.scope), tonnes(row.co2e_mg, digits=3))
        for row in found.sources
    )
    return Section(say(N_("By source")), (Table(columns, rows, (), say(N_("No entry."))),))


def _gases_section(say: Any, tonnes: Any, language: Language, found: Statement) -> Section:
    columns = (Column(say(N_("Gas")), share=2), Column(say(N_("t of the gas")), "right"))
    rows = tuple((gas_name(gas, language), tonnes(mg, digits=9)) for gas, mg in found.gases.items())
    return Section(say(N_("By gas")), (Table(columns, rows, (), say(N_("No entry."))),))


def _opinion_section(say: Any, tonnes: Any, language: Language, opinion: SignedOpinion | None) -> Section:
    title = say(N_("Verification"))
    if opinion is None:
        return Section(title, (Text(say(N_("Not verified."))),))
    figures = Figures(
        (
            (say(N_("Opinion")), say(OPINIONS[opinion.opinion])),
            (say(N_("Covers")), f"{tonnes(opinion.co2e_mg, digits=3)} t CO2e"),
            (
                say(N_("Signed")),
                f"{opinion.signed_by_name}, {formats.instant(opinion.signed_at, language=language)}",
            ),
            ("SHA-256", opinion.digest),
        )
    )
    parts: tuple[Any, ...] = (figures, Text(opinion.text))
    if not opinion.holds:
        parts = (*parts, Text(say(N_("Figures of the year changed after this was signed; the opinion covers the figures of then."))))  # fmt: skip
    return Section(title, parts)


def statement_workbook(language: Language, found: Statement) -> bytes:
    """The statement with typed cells: numbers are tonnes, texts are texts and never formulas (INP-8)."""
    say = partial(translate, language)
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheets: list[tuple[str, list[str], list[list[Any]]]] = [
            (
                say(N_("Entries")),
                [say(N_("Known")), say(N_("Entry")), say(N_("Activities")), say(N_("t CO2e")), say(N_("Balance"))],
                [
                    [formats.instant(one.known_at, language=language), entry_words(language, one), one.activities, _t(one.co2e_mg), _t(one.balance_mg)]
                    for one in found.entries
                ],
            ),
            (
                say(N_("Months")),
                [say(N_("Month")), say(N_("Months")), *(say(N_("Scope {number}"), number=scope) for scope in found.by_scope), say(N_("t CO2e"))],
                [
                    [f"{row.month:%Y-%m}", row.months, *(_t(row.by_scope.get(scope, 0)) for scope in found.by_scope), _t(row.co2e_mg)]
                    for row in found.months
                ],
            ),
            (
                say(N_("Sources")),
                [say(N_("Emission source")), say(N_("Scope")), say(N_("t CO2e"))],
                [[row.name_zh if language == "zh" else row.name_en, row.scope, _t(row.co2e_mg)] for row in found.sources],
            ),
            (
                say(N_("Gases")),
                [say(N_("Gas")), say(N_("t of the gas"))],
                [[gas_name(gas, language), _t(mg)] for gas, mg in found.gases.items()],
            ),
        ]  # fmt: skip
        heading = book.add_format({"bold": True, "bottom": 1, "font_color": "#14584a"})
        number = book.add_format({"num_format": "#,##0.000"})
        for title, columns, rows in sheets:
            sheet = book.add_worksheet(title[:31])
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column, heading)
            for line, row in enumerate(rows, start=1):
                for place, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, place, value)
                    else:
                        sheet.write_number(line, place, value, number if isinstance(value, Decimal) else None)
            sheet.freeze_panes(1, 0)
            sheet.autofit()
    return out.getvalue()


def _t(amount_mg: int) -> Decimal:
    return Decimal(amount_mg) / MG_PER_T


@get("/enterprise/statement", opt=OWN, include_in_schema=False)
async def own_statement(request: AnyRequest) -> Response[str]:
    """The own statement."""
    return await _page(request, actor_of(request).tenant_id, "/enterprise/statement")


@get("/enterprise/statement.pdf", opt=OWN, include_in_schema=False)
async def own_statement_pdf(request: AnyRequest) -> Response[bytes]:
    """The own statement to print."""
    return await _pdf(request, actor_of(request).tenant_id)


@get("/enterprise/statement.xlsx", opt=OWN, include_in_schema=False)
async def own_statement_workbook(request: AnyRequest) -> Response[bytes]:
    """The own statement to reckon with."""
    return await _workbook(request, actor_of(request).tenant_id)


@get("/enterprise/export.xlsx", opt=OWN, include_in_schema=False)
async def export_activities(request: AnyRequest) -> Response[bytes]:
    """The year's activities in the form of the activity file."""
    actor, language = actor_of(request), language_of(request)
    year = asked_year(request)
    rows = await exports.export_rows(actor, enterprise_id=actor.tenant_id, year=year)
    content = await asyncio.to_thread(exports.as_workbook, rows, language)
    return download(content, f"{translate(language, N_('Activities'))}-{year}.xlsx", XLSX)


@get("/bank/clients/{enterprise_id:uuid}/statement", opt=CLIENT, include_in_schema=False)
async def client_statement(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """A client's statement, while its consent lasts."""
    return await _page(request, enterprise_id, f"/bank/clients/{enterprise_id}/statement")


@get("/bank/clients/{enterprise_id:uuid}/statement.pdf", opt=CLIENT, include_in_schema=False)
async def client_statement_pdf(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[bytes]:
    """A client's statement to print."""
    return await _pdf(request, enterprise_id)


handlers = [
    export_activities,
    own_statement,
    own_statement_pdf,
    own_statement_workbook,
    client_statement,
    client_statement_pdf,
]
