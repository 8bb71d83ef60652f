"""Subsidy programmes and an authority's money for them."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody

from accounts.finance import funds, programmes
from accounts.finance.funds import Fund
from accounts.finance.programmes import ProgrammeView
from accounts.identity.permissions import Permission
from web.api.inputs import Fen, IdempotencyKey, Input, Name
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class NewFund(Input):
    """A programme and the first amount."""

    programme_id: Name
    amount_fen: Fen


class TopUp(Input):
    """More money."""

    amount_fen: Fen


@get(
    "/programmes", opt={"permission": Permission.FACTOR_READ}, tags=["finance"], summary="Subsidy programmes"
)
async def list_programmes() -> list[ProgrammeView]:
    """With document, clause, points, months and what the house has chosen where the document is silent."""
    return await programmes.list_programmes()


@get("/funds", opt={"permission": Permission.FUND_READ}, tags=["finance"], summary="Subsidy funds")
async def list_funds(request: AnyRequest) -> list[Fund]:
    """An authority's own; for a bank those it may draw on."""
    return await funds.list_funds(actor_of(request))


@post("/funds", opt={"permission": Permission.FUND_MANAGE}, tags=["finance"], summary="Open a fund")
async def open_fund(request: AnyRequest, data: JSONBody[NewFund], key: IdempotencyKey) -> Fund:
    """One for each programme."""
    return await funds.open_fund(
        actor_of(request), programme_id=data.programme_id, amount_fen=data.amount_fen, key=key
    )


@get(
    "/funds/{fund_id:uuid}",
    opt={"permission": Permission.FUND_READ},
    tags=["finance"],
    summary="One fund and its sums",
)
async def read_fund(request: AnyRequest, fund_id: FromPath[UUID]) -> Fund:
    """Received, held, available, due and paid."""
    return await funds.read_fund(actor_of(request), fund_id=fund_id)


@post(
    "/funds/{fund_id:uuid}/top-ups",
    opt={"permission": Permission.FUND_MANAGE},
    tags=["finance"],
    summary="Put more in",
)
async def top_up(
    request: AnyRequest, fund_id: FromPath[UUID], data: JSONBody[TopUp], key: IdempotencyKey
) -> Fund:
    """Counts at once."""
    return await funds.top_up(actor_of(request), fund_id=fund_id, amount_fen=data.amount_fen, key=key)


fund_handlers = [list_programmes, list_funds, open_fund, read_fund, top_up]
