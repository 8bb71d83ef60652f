"""The bank's desk: the book at a glance, who lets it read, and one client as a whole."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from accounts.finance import clients, portfolio, programmes
from accounts.finance.portfolio import Portfolio
from accounts.identity.permissions import Permission
from carbon.errors import N_
from web import charts
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import formats
from web.pages.accounts import Desk, drawn
from web.pages.fund_charts import fund_chart
from web.pages.rating_charts import level_words, rating_chart
from web.pages.rendering import AnyRequest, named, render

READ = {"permission": Permission.CLIENT_READ}


@get("/bank", opt=READ, include_in_schema=False)
async def dashboard_page(request: AnyRequest) -> Response[str]:
    """Loans, their rates by level, tonnes financed and how well they are known, subsidy due against the funds."""
    language = language_of(request)
    found = await portfolio.read_portfolio(actor_of(request))
    return render(
        request,
        "dashboard.html",
        portfolio=found,
        rates=_rate_chart(language, found) if found.levels else None,
        financed=_financed_chart(language, found) if found.financed.loans else None,
        funds=[(line, fund_chart(language, line.fund)) for line in found.subsidies],
    )


def _rate_chart(language: str, found: Portfolio) -> charts.Chart:
    """Money lent by rating level; the table adds the rates."""
    unit = translate(language, N_("10,000 yuan"))
    bars = [
        charts.Bar(
            level_words(language, line.level),
            line.outstanding_fen / 1_000_000,
            (
                str(line.loans),
                formats.yuan(line.outstanding_fen, language),
                f"{line.lowest_percent} %",
                f"{line.mean_percent} %",
                f"{line.highest_percent} %",
            ),
            colour=charts.OTHER_COLOUR if line.level is None else charts.LEVEL_COLOURS[line.level - 1],
        )
        for line in found.levels
    ]
    return charts.bars(
        "rates-by-level",
        title=translate(language, N_("Lending and rates by rating level")),
        description=translate(
            language,
            N_("{amount} outstanding at {rate} % on average."),
            amount=formats.yuan(found.outstanding_fen, language),
            rate=found.mean_rate_percent,
        ),
        bars=bars,
        columns=(
            translate(language, N_("Level")),
            translate(language, N_("Loans")),
            translate(language, N_("Outstanding")),
            translate(language, N_("lowest rate")),
            translate(language, N_("mean rate")),
            translate(language, N_("highest rate")),
        ),
        unit=unit,
    )


def _financed_chart(language: str, found: Portfolio) -> charts.Chart:
    """Tonnes behind each loan; loans without a figure stand in the table with their reason."""
    unit = translate(language, N_("t CO2e a year"))
    known = [line for line in found.financed.loans if line.financed_mg is not None]
    bars = [
        charts.Bar(
            f"{named(language, line, 'borrower_name')} · {line.contract_number}",
            charts.axis_tonnes(line.financed_mg or 0),
            (),
            f"/bank/loans/{line.loan_id}",
        )
        for line in known
    ]
    return charts.bars(
        "financed",
        title=translate(language, N_("Emissions financed, {year}"), year=found.financed.year),
        description=translate(
            language,
            N_("{tonnes} t CO2e behind {covered} of {outstanding} lent; {gaps} loans have no figure yet."),
            tonnes=formats.tonnes(found.financed.financed_mg, language),
            covered=formats.yuan(found.financed.covered_fen, language),
            outstanding=formats.yuan(found.financed.outstanding_fen, language),
            gaps=found.financed.gaps,
        ),
        bars=bars,
        columns=(),
        unit=unit,
    )


@get("/bank/clients", opt=READ, include_in_schema=False)
async def clients_page(request: AnyRequest) -> Response[str]:
    """Enterprises that let the bank read, and borrowers."""
    return render(request, "clients.html", clients=await clients.list_clients(actor_of(request)))


@get("/bank/clients/{enterprise_id:uuid}", opt=READ, include_in_schema=False)
async def client_page(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """All the bank may see of one client at this moment."""
    language, actor = language_of(request), actor_of(request)
    view = await clients.read_client(actor, enterprise_id=enterprise_id)
    context: dict[str, Any] = {"drawn": None, "scale": None}
    if view.account is not None and view.account.activities:
        context["drawn"] = drawn(language, Desk.of_client(enterprise_id), view.account)
    if view.rating is not None:
        context["scale"] = rating_chart(language, view.rating)
    return render(
        request,
        "client.html",
        view=view,
        client=view.client,
        purposes=programmes.list_purposes(),
        may_price=Permission.LOAN_PRICE in actor.permissions,
        **context,
    )


handlers = [dashboard_page, clients_page, client_page]
