"""A bank's clients and its whole book."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter

from accounts.finance import clients, portfolio
from accounts.finance.clients import Client, ClientView
from accounts.finance.portfolio import Portfolio
from accounts.identity.permissions import Permission
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
YearAsked = Annotated[
    int | None, QueryParameter(ge=1990, le=2100, description="By default the last full one")
]


@get("/clients", opt={"permission": Permission.CLIENT_READ}, tags=["finance"], summary="Our clients")
async def list_clients(request: AnyRequest) -> list[Client]:
    """Enterprises that let us read, and borrowers; `consent_until` is empty where we may not."""
    return await clients.list_clients(actor_of(request))


@get(
    "/clients/{enterprise_id:uuid}",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="One client",
)
async def read_client(
    request: AnyRequest, enterprise_id: FromPath[UUID], year: YearAsked = None
) -> ClientView:
    """Account, profile and rating while the consent lasts; what is read is recorded and shown to the client."""
    return await clients.read_client(actor_of(request), enterprise_id=enterprise_id, year=year)


@get(
    "/portfolio", opt={"permission": Permission.CLIENT_READ}, tags=["finance"], summary="Our book at a glance"
)
async def read_portfolio(request: AnyRequest, year: YearAsked = None) -> Portfolio:
    """Loans by rating level, financed tonnes, subsidies against the funds."""
    return await portfolio.read_portfolio(actor_of(request), year=year)


client_handlers = [list_clients, read_client, read_portfolio]
