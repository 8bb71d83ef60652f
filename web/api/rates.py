"""The loan prime rate: proposed values, and a person's decision on them."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.finance import rates
from accounts.finance.rates import Proposed, Rate
from accounts.identity.permissions import Permission
from web.api.inputs import DecimalText, Input, Name, PageSize, decimal_of
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
Note = Annotated[str, Meta(max_length=500)]


class ProposedRate(Input):
    """One value a person read at its source."""

    tenor: Literal["1Y", "5Y"]
    quoted_on: date
    percent: DecimalText
    source: Name


class Decision(Input):
    """How a flagged value was checked, or why it is refused."""

    note: Note = ""


@get("/rates", opt={"permission": Permission.FACTOR_READ}, tags=["finance"], summary="Reference rates")
async def list_rates(
    request: AnyRequest,
    decision: Annotated[
        Literal["proposed", "accepted", "rejected"] | None, QueryParameter(name="state")
    ] = None,
    tenor: Annotated[Literal["1Y", "5Y"] | None, QueryParameter()] = None,
    limit: PageSize = 100,
) -> list[Rate]:
    """Newest first."""
    return await rates.list_rates(actor_of(request), state=decision, tenor=tenor, limit=limit)


@post(
    "/rates", opt={"permission": Permission.RATE_ACCEPT}, tags=["finance"], summary="Propose a rate by hand"
)
async def propose_rate(request: AnyRequest, data: JSONBody[ProposedRate]) -> Proposed:
    """Not in force until somebody accepts it."""
    return await rates.propose_by_hand(
        actor_of(request),
        tenor=data.tenor,
        quoted_on=data.quoted_on,
        percent=decimal_of(data.percent),
        source=data.source,
    )


@post(
    "/rates/{rate_id:uuid}/acceptance",
    opt={"permission": Permission.RATE_ACCEPT},
    tags=["finance"],
    summary="Accept a rate",
)
async def accept_rate(request: AnyRequest, rate_id: FromPath[UUID], data: JSONBody[Decision]) -> Rate:
    """In force from its day; a flagged one needs a note."""
    return await rates.accept_rate(actor_of(request), rate_id=rate_id, note=data.note)


@post(
    "/rates/{rate_id:uuid}/rejection",
    opt={"permission": Permission.RATE_ACCEPT},
    tags=["finance"],
    summary="Reject a rate",
)
async def reject_rate(request: AnyRequest, rate_id: FromPath[UUID], data: JSONBody[Decision]) -> Rate:
    """With the reason; the value before stays in force."""
    return await rates.reject_rate(actor_of(request), rate_id=rate_id, note=data.note)


rate_handlers = [list_rates, propose_rate, accept_rate, reject_rate]
