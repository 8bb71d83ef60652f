"""The outbox to the city's and the central bank's systems, as files of lines."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from accounts.finance import exchange
from accounts.finance.exchange import Acknowledgement, Message, Reconciled
from accounts.identity.permissions import Permission
from web.api.answers import attachment
from web.api.inputs import Input
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
TAGS = ["finance"]
REGISTER = {"permission": Permission.LOAN_REGISTER}
Peer = Annotated[str, QueryParameter(min_length=1, max_length=40, description="cjlrt or pboc-network")]


class Told(Input):
    """acknowledged, refused or failed, with the other side's reference."""

    digest: Annotated[str, Meta(min_length=64, max_length=64)]
    outcome: Annotated[str, Meta(min_length=1, max_length=12)]
    reference: Annotated[str, Meta(max_length=200)] = ""
    note: Annotated[str, Meta(max_length=500)] = ""


class Queued(msgspec.Struct):
    """How many messages are new in the outbox."""

    added: int


@get("/exchange", opt={"permission": Permission.LOAN_READ}, tags=TAGS, summary="Messages to another system")
async def list_messages(request: AnyRequest, peer: Peer) -> list[Message]:
    """With where each stands."""
    return await exchange.list_messages(actor_of(request), peer=peer)


@post(
    "/exchange/queue", opt=REGISTER, tags=TAGS, summary="Queue the book for another system", status_code=200
)
async def queue_book(request: AnyRequest, peer: Peer) -> Queued:
    """Loans and claims as they stand; what is queued already is left."""
    return Queued(await exchange.queue_book(actor_of(request), peer=peer))


@post("/exchange/outbox", opt=REGISTER, tags=TAGS, summary="Take the messages that are due", status_code=200)
async def take_outbox(request: AnyRequest, peer: Peer) -> Response[bytes]:
    """One message a line; each is noted as sent and offered again until acknowledged."""
    due = await exchange.take_outbox(actor_of(request), peer=peer)
    lines = "".join(f"{message.digest} {message.body}\n" for message in due)
    return Response(
        lines.encode(), media_type="text/plain; charset=utf-8", headers=attachment(f"{peer}-outbox.txt")
    )


@post(
    "/exchange/acknowledgements", opt=REGISTER, tags=TAGS, summary="Take acknowledgements in", status_code=200
)
async def take_acknowledgements(request: AnyRequest, peer: Peer, data: JSONBody[list[Told]]) -> Reconciled:
    """And say how many messages stand where."""
    told = [Acknowledgement(one.digest, one.outcome, one.reference, one.note) for one in data]
    return await exchange.take_acknowledgements(actor_of(request), peer=peer, told=told)


exchange_handlers = [list_messages, queue_book, take_outbox, take_acknowledgements]
