"""Partners: sources, keys, signed batches of events, files, what became of them, coupons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.permissions import Permission
from accounts.inclusion import intake, rewards, sources
from accounts.inclusion.intake import EventFate, Receipt
from accounts.inclusion.sources import BatchLine, Key, NewKey, Source
from accounts.inclusion.wire import BODY_BYTES, LINES
from web.api.inputs import IdempotencyKey, Input, Name, PageSize
from web.guard import actor_of
from web.language import language_of, translate

AnyRequest = Request[Any, Any, Any]
TAKES = ("application/json", LINES)
MANAGE = {"permission": Permission.SOURCE_MANAGE}
READ = {"permission": Permission.SOURCE_READ}
ActName = Annotated[str, Meta(min_length=1, max_length=60, examples=["metro"])]


class FateAnswer(msgspec.Struct, kw_only=True):
    """One event's fate; `place` counts from 1; `message` says what to do with one that was set aside."""

    place: int
    id: str
    fate: str
    message: str


class ReceiptAnswer(msgspec.Struct, kw_only=True):
    """What became of a batch; `repeated` when this is the first answer again, `sandbox` when nothing is kept."""

    batch_id: UUID
    received_at: datetime
    events: int
    accepted: int
    repeated: bool
    sandbox: bool
    fates: list[FateAnswer]


class BatchAnswer(msgspec.Struct, kw_only=True):
    """A batch with counts by fate and the events set aside."""

    batch: BatchLine
    fates: dict[str, int]
    set_aside: list[FateAnswer]


def fate_answer(fate: EventFate, language: str) -> FateAnswer:
    """The fate with its sentence in the language."""
    if not fate.values:
        return FateAnswer(place=fate.place, id=fate.id, fate=fate.fate, message="")
    message = translate(language, fate.template, **fate.texts())
    return FateAnswer(place=fate.place, id=fate.id, fate=fate.fate, message=message)


def receipt_answer(receipt: Receipt, language: str) -> ReceiptAnswer:
    """The receipt with its sentences in the language."""
    return ReceiptAnswer(
        batch_id=receipt.batch_id,
        received_at=receipt.received_at,
        events=receipt.events,
        accepted=receipt.accepted,
        repeated=receipt.repeated,
        sandbox=receipt.sandbox,
        fates=[fate_answer(fate, language) for fate in receipt.fates],
    )


def is_lines(request: AnyRequest) -> bool:
    """Whether the body says it is one JSON object a line."""
    return request.content_type[0] == LINES


@dataclass
class EventsOperation(Operation):
    """The description of a batch for OpenAPI."""

    def __post_init__(self) -> None:
        """An array of events, or one a line."""
        text = Schema(type=OpenAPIType.STRING)
        number = Schema(type=OpenAPIType.NUMBER)
        fields: dict[str, Reference | Schema] = {
            "id": Schema(type=OpenAPIType.STRING, description="Your own id of the event, never used twice"),
            "person": Schema(type=OpenAPIType.STRING, description="The link the person gave you"),
            "act": Schema(type=OpenAPIType.STRING, examples=["metro"]),
            "quantity": Schema(type=OpenAPIType.NUMBER, examples=[8.4]),
            "unit": Schema(type=OpenAPIType.STRING, examples=["passenger-km"]),
            "started_at": Schema(type=OpenAPIType.STRING, examples=["2026-11-03T08:00:00+08:00"]),
            "ended_at": text,
            "evidence": Schema(type=OpenAPIType.STRING, enum=["proved", "self-declared"]),
            "origin": text,
            "destination": text,
            "device": text,
            "source": text,
            "own_baseline": number,
            "peer_baseline": number,
        }
        event = Schema(
            type=OpenAPIType.OBJECT,
            properties=fields,
            required=["id", "person", "act", "quantity", "unit", "started_at"],
        )
        batch = Schema(type=OpenAPIType.ARRAY, items=event, min_items=1, max_items=10_000)
        self.request_body = RequestBody(
            required=True,
            content={
                "application/json": OpenAPIMediaType(schema=batch),
                LINES: OpenAPIMediaType(schema=text),
            },
        )


KeyHeader = Annotated[str, HeaderParameter(name="X-Carbon-Key", max_length=100, description="The key's id")]
StampHeader = Annotated[
    str, HeaderParameter(name="X-Carbon-Time", max_length=20, description="Seconds since 1970, UTC")
]
SignatureHeader = Annotated[
    str,
    HeaderParameter(
        name="X-Carbon-Signature",
        max_length=200,
        description="HMAC-SHA-256 over time stamp, a point and the raw body, in hexadecimal digits",
    ),
]


@post(
    "/inclusion/events",
    opt={
        "public": "signed with a partner's key; the signature is checked before anything is read",
        "takes": TAKES,
    },
    operation_class=EventsOperation,
    request_max_body_size=BODY_BYTES,
    tags=["inclusion"],
    summary="Send a signed batch of events",
)
async def send_events(
    request: AnyRequest,
    key_id: KeyHeader,
    stamp: StampHeader,
    signature: SignatureHeader,
    key: IdempotencyKey,
) -> ReceiptAnswer:
    """Up to 10,000 events; the answer names each one's fate, and is the first one again for the same key and body."""
    receipt = await intake.receive_signed(
        key_id=key_id,
        stamp=stamp,
        given_signature=signature,
        idempotency_key=key,
        body=await request.body(),
        lines=is_lines(request),
    )
    return receipt_answer(receipt, language_of(request))


class NewSource(Input):
    """A source of events; `sandbox` checks everything and keeps nothing."""

    name_zh: Name
    name_en: Name
    acts: Annotated[list[ActName], Meta(min_length=1, max_length=50)]
    sandbox: bool = False
    pull_url: Annotated[str, Meta(max_length=500)] = ""


class NewKeyInput(Input):
    """What a key is called."""

    name: Name


class CouponInput(Input):
    """A coupon's code."""

    coupon: Annotated[str, Meta(min_length=4, max_length=40)]


@post("/inclusion/sources", opt=MANAGE, tags=["inclusion"], summary="Register a source")
async def register_source(request: AnyRequest, data: JSONBody[NewSource]) -> Source:
    """Of the partner who asks."""
    return await sources.register_source(
        actor_of(request),
        name_zh=data.name_zh,
        name_en=data.name_en,
        acts=data.acts,
        sandbox=data.sandbox,
        pull_url=data.pull_url,
    )


@get("/inclusion/sources", opt=READ, tags=["inclusion"], summary="Sources")
async def list_sources(request: AnyRequest) -> list[Source]:
    """A partner's own; an authority sees all."""
    return await sources.list_sources(actor_of(request))


@post(
    "/inclusion/sources/{source_id:uuid}/close",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Close a source",
    status_code=200,
)
async def close_source(request: AnyRequest, source_id: FromPath[UUID]) -> Source:
    """Nothing is taken from it any more."""
    return await sources.close_source(actor_of(request), source_id=source_id)


@post(
    "/inclusion/sources/{source_id:uuid}/keys", opt=MANAGE, tags=["inclusion"], summary="Make a signing key"
)
async def create_key(request: AnyRequest, source_id: FromPath[UUID], data: JSONBody[NewKeyInput]) -> NewKey:
    """Its secret is in this answer and nowhere else; two keys may be in force at once."""
    return await sources.create_key(actor_of(request), source_id=source_id, name=data.name)


@get("/inclusion/sources/{source_id:uuid}/keys", opt=READ, tags=["inclusion"], summary="Signing keys")
async def list_keys(request: AnyRequest, source_id: FromPath[UUID]) -> list[Key]:
    """Without their secrets."""
    return await sources.list_keys(actor_of(request), source_id=source_id)


@post(
    "/inclusion/keys/{key_id:uuid}/revoke",
    opt=MANAGE,
    tags=["inclusion"],
    summary="Revoke a key",
    status_code=200,
)
async def revoke_key(request: AnyRequest, key_id: FromPath[UUID]) -> Key:
    """From now on nothing signed with it is taken."""
    return await sources.revoke_key(actor_of(request), key_id=key_id)


@post(
    "/inclusion/sources/{source_id:uuid}/files",
    opt={**MANAGE, "takes": TAKES},
    operation_class=EventsOperation,
    request_max_body_size=BODY_BYTES,
    tags=["inclusion"],
    summary="Send a batch as a person who is signed in",
)
async def send_file(request: AnyRequest, source_id: FromPath[UUID], key: IdempotencyKey) -> ReceiptAnswer:
    """The same as a signed batch."""
    receipt = await sources.submit_events_file(
        actor_of(request), source_id=source_id, content=await request.body(), lines=is_lines(request), key=key
    )
    return receipt_answer(receipt, language_of(request))


@get("/inclusion/batches", opt=READ, tags=["inclusion"], summary="Batches")
async def list_batches(
    request: AnyRequest,
    source_id: Annotated[UUID | None, QueryParameter(description="Of this source only")] = None,
    before: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: PageSize = 50,
) -> list[BatchLine]:
    """Newest first."""
    return await sources.list_batches(actor_of(request), source_id=source_id, before=before, limit=limit)


@get("/inclusion/batches/{batch_id:uuid}", opt=READ, tags=["inclusion"], summary="One batch")
async def read_batch(request: AnyRequest, batch_id: FromPath[UUID]) -> BatchAnswer:
    """With the events set aside and why."""
    found = await sources.read_batch_detail(actor_of(request), batch_id=batch_id)
    language = language_of(request)
    return BatchAnswer(
        batch=found.batch,
        fates=found.fates,
        set_aside=[fate_answer(fate, language) for fate in found.set_aside],
    )


@post("/inclusion/coupons", opt=MANAGE, tags=["inclusion"], summary="Take a coupon in", status_code=200)
async def take_coupon(request: AnyRequest, data: JSONBody[CouponInput]) -> rewards.CouponTaken:
    """As the merchant it is for; once."""
    return await rewards.take_coupon(actor_of(request), coupon=data.coupon)


partner_handlers = [
    send_events,
    register_source,
    list_sources,
    close_source,
    create_key,
    list_keys,
    revoke_key,
    send_file,
    list_batches,
    read_batch,
    take_coupon,
]
