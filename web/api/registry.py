"""Credits: accounts, blocks, transfers, holds, retirements, freezes. Protected acts answer with a draft for a second person."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.registry import acts, freezes, limits, reading, transfers, trust
from accounts.registry.batches import Block
from accounts.registry.freezes import Freeze
from accounts.registry.limits import Limits
from accounts.registry.pledges import Pledge
from accounts.registry.reading import Account
from accounts.registry.reservations import Reservation
from accounts.registry.trust import Trusted
from web.api.inputs import IdempotencyKey, Input, PageSize
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
READ = {"permission": Permission.CREDIT_READ}
MOVE = {"permission": Permission.CREDIT_MOVE}
ISSUE = {"permission": Permission.CREDIT_ISSUE}
KEEP = {"permission": Permission.CREDIT_KEEP}

Tonnes = Annotated[int, Meta(ge=1, le=10**12, description="Whole tonnes of CO2 equivalent", examples=[100])]
Limit = Annotated[int, Meta(ge=0, le=10**12, description="Whole tonnes", examples=[5000])]
SerialText = Annotated[str, Meta(min_length=3, max_length=120, examples=["CQCER-CQ0012-2025-1-100"])]
BatchNumber = Annotated[
    int, Meta(ge=1, le=2**53, description="`batch_number` of a balance or block", examples=[1])
]
Text = Annotated[str, Meta(max_length=500)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
AccountId = Annotated[UUID, Meta(description="The id of the organisation that holds the account")]
Purpose = Literal["compliance-national", "compliance-local", "large-event", "corporate-offset", "public-good"]
State = Literal["held", "reserved", "pledged", "frozen", "buffer", "retired", "cancelled", "forced-cancelled"]
Ended = Literal["pending", "executed", "released", "aborted", "stopped", "expired"]
WantedEnd = Annotated[Ended | None, QueryParameter(name="state")]
OtherAccount = Annotated[UUID | None, QueryParameter(description="For authorities: another account")]
Before = Annotated[UUID | None, QueryParameter(description="Last id of the page before")]


class Chosen(Input, kw_only=True):
    """Which credits: exactly the numbers of `serials`, or `quantity_t` of a batch, its lowest free numbers first."""

    serials: Annotated[tuple[SerialText, ...], Meta(max_length=200)] = ()
    batch_number: BatchNumber | None = None
    quantity_t: Tonnes | None = None


class NewTransfer(Chosen, kw_only=True):
    """Credits for another account."""

    to_account_id: AccountId
    memo: Text = ""


class NewRetirement(Chosen, kw_only=True):
    """Credits used up for a purpose and a beneficiary."""

    purpose: Purpose
    beneficiary: Annotated[str, Meta(min_length=1, max_length=200, examples=["2026 重庆马拉松"])]
    statement: Text = ""


class NewCancellation(Chosen, kw_only=True):
    """Credits taken away for nobody's benefit."""

    statement: Text = ""


class NewHold(Chosen, kw_only=True):
    """Credits set aside for a buyer until settled, released or expired."""

    to_account_id: AccountId
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    memo: Text = ""


class Settlement(Input):
    """All that is still set aside, or a part."""

    quantity_t: Tonnes | None = None


class Ending(Input):
    """Why, for the other representatives to read."""

    reason: Text = ""


class NewIssuance(Input, kw_only=True):
    """Credits of a scheme the authority runs; `source` names the decision they rest on."""

    scheme: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9]{1,11}$", examples=["CQCER"])]
    project_code: Annotated[str, Meta(min_length=1, max_length=32, examples=["CQ0012"])]
    project_name: Annotated[str, Meta(min_length=1, max_length=200)]
    vintage_year: Annotated[int, Meta(ge=1990, le=2199, examples=[2025])]
    holder_account_id: AccountId
    quantity_t: Tonnes
    buffer_t: Annotated[
        int, Meta(ge=0, le=10**12, description="Of quantity_t, set aside against reversal")
    ] = 0
    source: Annotated[str, Meta(min_length=1, max_length=80, examples=["渝环函〔2026〕1号"])]


class NewFreeze(Input):
    """An account, or the numbers of a serial wherever they lie."""

    reason: Reason
    account_id: AccountId | None = None
    serial: SerialText | None = None


class Lifting(Input):
    """Why the freeze ends."""

    reason: Reason


class ForcedCancellation(Input):
    """A false amount, by its serial."""

    serial: SerialText
    statement: Reason


class Reversal(Input):
    """Tonnes of a project that went back into the air."""

    scheme: Annotated[str, Meta(min_length=2, max_length=12, examples=["CQCER"])]
    project_code: Annotated[str, Meta(min_length=1, max_length=32)]
    quantity_t: Tonnes
    statement: Reason


class BufferRelease(Input):
    """Buffer given back to a holder."""

    batch_number: BatchNumber
    quantity_t: Tonnes
    to_account_id: AccountId


class NewTrusted(Input):
    """An account to be trusted."""

    account_id: AccountId


class NewLimits(Input):
    """None means: no limit at this level."""

    per_transfer_t: Limit | None = None
    per_day_t: Limit | None = None
    account_id: AccountId | None = None


@get("/registry/account", opt=READ, tags=["registry"], summary="What an account holds, now or on a past day")
async def read_account(
    request: AnyRequest,
    account_id: OtherAccount = None,
    on_day: Annotated[
        date | None, QueryParameter(name="on", description="The end of this day in Asia/Shanghai")
    ] = None,
    at: Annotated[datetime | None, QueryParameter(description="An instant with its offset")] = None,
) -> Account:
    """Tonnes by state for each batch and together: issued = all states' sum, at every instant."""
    return await reading.read_account(actor_of(request), account_id=account_id, at=at or on_day)


@get("/registry/blocks", opt=READ, tags=["registry"], summary="The serial numbers an account holds")
async def list_blocks(
    request: AnyRequest,
    account_id: OtherAccount = None,
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    batch_number: Annotated[int | None, QueryParameter(ge=1, le=2**53)] = None,
    after_batch: Annotated[
        int | None, QueryParameter(ge=1, le=2**53, description="Batch of the last block of the page before")
    ] = None,
    after_first: Annotated[int | None, QueryParameter(ge=1, le=2**53, description="Its last number")] = None,
    limit: PageSize = 100,
) -> list[Block]:
    """By batch and number; neighbours that were split are shown as one."""
    after = (after_batch, after_first) if after_batch and after_first else None
    return await reading.list_blocks(
        actor_of(request),
        account_id=account_id,
        state=in_state,
        batch_number=batch_number,
        after=after,
        limit=limit,
    )


@post("/registry/issuances", opt=ISSUE, tags=["registry"], summary="Draft an issuance")
async def draft_issuance(request: AnyRequest, data: JSONBody[NewIssuance], key: IdempotencyKey) -> Draft:
    """A second person of the authority approves at /api/v1/approvals; then the numbers exist."""
    return await acts.draft_issue(
        actor_of(request),
        scheme=data.scheme,
        project_code=data.project_code,
        project_name=data.project_name,
        vintage_year=data.vintage_year,
        holder_account_id=data.holder_account_id,
        quantity_t=data.quantity_t,
        buffer_t=data.buffer_t,
        source=data.source,
        key=key,
    )


@post("/registry/transfers", opt=MOVE, tags=["registry"], summary="Draft a transfer")
async def draft_transfer(request: AnyRequest, data: JSONBody[NewTransfer], key: IdempotencyKey) -> Draft:
    """Once approved it goes at once to a trusted account; to another it waits for its hour and can be aborted."""
    return await acts.draft_transfer(
        actor_of(request),
        to_account_id=data.to_account_id,
        serials=data.serials,
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        memo=data.memo,
        key=key,
    )


@get("/registry/transfers", opt=READ, tags=["registry"], summary="Transfers that wait or waited")
async def list_transfers(
    request: AnyRequest, in_state: WantedEnd = None, before: Before = None, limit: PageSize = 50
) -> list[Reservation]:
    """Given and to be received, newest first. Transfers that went at once are in the history of their serials."""
    return await transfers.list_reservations(
        actor_of(request), kind="transfer", state=in_state, before=before, limit=limit
    )


@get("/registry/transfers/{transfer_id:uuid}", opt=READ, tags=["registry"], summary="One transfer")
async def read_transfer(request: AnyRequest, transfer_id: FromPath[UUID]) -> Reservation:
    """Its state, and when it goes."""
    return await transfers.find_reservation(actor_of(request), reservation_id=transfer_id, kind="transfer")


@post(
    "/registry/transfers/{transfer_id:uuid}/abort",
    opt=MOVE,
    tags=["registry"],
    summary="Stop a transfer that waits",
)
async def abort_transfer(
    request: AnyRequest, transfer_id: FromPath[UUID], data: JSONBody[Ending], key: IdempotencyKey
) -> Reservation:
    """Any one representative, at once; the credits are free again."""
    return await transfers.end_reservation(
        actor_of(request), reservation_id=transfer_id, kind="transfer", reason=data.reason, key=key
    )


@post("/registry/retirements", opt=MOVE, tags=["registry"], summary="Draft a retirement")
async def draft_retirement(request: AnyRequest, data: JSONBody[NewRetirement], key: IdempotencyKey) -> Draft:
    """Once approved the credits are used up for good; the result holds the certificate's number."""
    return await acts.draft_retirement(
        actor_of(request),
        purpose=data.purpose,
        beneficiary=data.beneficiary,
        statement=data.statement,
        serials=data.serials,
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        key=key,
    )


@post("/registry/cancellations", opt=MOVE, tags=["registry"], summary="Draft a cancellation")
async def draft_cancellation(
    request: AnyRequest, data: JSONBody[NewCancellation], key: IdempotencyKey
) -> Draft:
    """Once approved the credits are gone for good, for nobody's benefit."""
    return await acts.draft_cancellation(
        actor_of(request),
        statement=data.statement,
        serials=data.serials,
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        key=key,
    )


@post("/registry/holds", opt=MOVE, tags=["registry"], summary="Set credits aside for a buyer")
async def place_hold(request: AnyRequest, data: JSONBody[NewHold], key: IdempotencyKey) -> Reservation:
    """At once, by one person. Reserved credits can do nothing else until settled, released or expired."""
    return await transfers.place_hold(
        actor_of(request),
        serials=data.serials,
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        to_account_id=data.to_account_id,
        expires_at=data.expires_at,
        memo=data.memo,
        key=key,
    )


@get("/registry/holds", opt=READ, tags=["registry"], summary="Holds")
async def list_holds(
    request: AnyRequest, in_state: WantedEnd = None, before: Before = None, limit: PageSize = 50
) -> list[Reservation]:
    """Placed, or placed for us; newest first."""
    return await transfers.list_reservations(
        actor_of(request), kind="hold", state=in_state, before=before, limit=limit
    )


@get("/registry/holds/{hold_id:uuid}", opt=READ, tags=["registry"], summary="One hold")
async def read_hold(request: AnyRequest, hold_id: FromPath[UUID]) -> Reservation:
    """What was settled and what is still set aside."""
    return await transfers.find_reservation(actor_of(request), reservation_id=hold_id, kind="hold")


@post(
    "/registry/holds/{hold_id:uuid}/settlement",
    opt=MOVE,
    tags=["registry"],
    summary="Draft the settlement of a hold",
)
async def draft_settlement(
    request: AnyRequest, hold_id: FromPath[UUID], data: JSONBody[Settlement], key: IdempotencyKey
) -> Draft:
    """Once approved the credits, or the part named, are the buyer's."""
    return await acts.draft_settlement(
        actor_of(request), hold_id=hold_id, quantity_t=data.quantity_t, key=key
    )


@post("/registry/holds/{hold_id:uuid}/release", opt=MOVE, tags=["registry"], summary="Release a hold")
async def release_hold(
    request: AnyRequest, hold_id: FromPath[UUID], data: JSONBody[Ending], key: IdempotencyKey
) -> Reservation:
    """At once; what was still set aside is free again."""
    return await transfers.end_reservation(
        actor_of(request), reservation_id=hold_id, kind="hold", reason=data.reason, key=key
    )


@get("/registry/pledges", opt=READ, tags=["registry"], summary="Pledged credits")
async def list_pledges(request: AnyRequest) -> list[Pledge]:
    """Of our credits, and in our favour."""
    return await reading.list_pledges(actor_of(request))


@get("/registry/freezes", opt=READ, tags=["registry"], summary="Freezes")
async def list_freezes(request: AnyRequest) -> list[Freeze]:
    """Of our account; for an authority all."""
    return await reading.list_freezes(actor_of(request))


@post("/registry/freezes", opt=KEEP, tags=["registry"], summary="Freeze an account or numbers")
async def freeze(request: AnyRequest, data: JSONBody[NewFreeze], key: IdempotencyKey) -> list[Freeze]:
    """At once, by one person; transfers and holds that wait are stopped. One freeze for each holder met."""
    return await freezes.freeze(
        actor_of(request), reason=data.reason, account_id=data.account_id, serial=data.serial, key=key
    )


@post(
    "/registry/freezes/{freeze_id:uuid}/lifting",
    opt=KEEP,
    tags=["registry"],
    summary="Draft the end of a freeze",
)
async def draft_lifting(
    request: AnyRequest, freeze_id: FromPath[UUID], data: JSONBody[Lifting], key: IdempotencyKey
) -> Draft:
    """Once approved the credits are held, or pledged, as before."""
    return await acts.draft_lift(actor_of(request), freeze_id=freeze_id, reason=data.reason, key=key)


@post("/registry/forced-cancellations", opt=KEEP, tags=["registry"], summary="Draft a forced cancellation")
async def draft_forced_cancellation(
    request: AnyRequest, data: JSONBody[ForcedCancellation], key: IdempotencyKey
) -> Draft:
    """Once approved, what is held or frozen of a false amount is taken; the result tells the shortfall."""
    return await acts.draft_forced_cancellation(
        actor_of(request), serial=data.serial, statement=data.statement, key=key
    )


@post("/registry/reversals", opt=KEEP, tags=["registry"], summary="Draft covering a loss out of the buffer")
async def draft_reversal(request: AnyRequest, data: JSONBody[Reversal], key: IdempotencyKey) -> Draft:
    """Once approved that much buffer is cancelled, the project's own first; the result tells the shortfall."""
    return await acts.draft_compensation(
        actor_of(request),
        scheme=data.scheme,
        project_code=data.project_code,
        quantity_t=data.quantity_t,
        statement=data.statement,
        key=key,
    )


@post("/registry/buffer-releases", opt=KEEP, tags=["registry"], summary="Draft giving buffer back")
async def draft_buffer_release(
    request: AnyRequest, data: JSONBody[BufferRelease], key: IdempotencyKey
) -> Draft:
    """Once approved the credits are held by the account named."""
    return await acts.draft_buffer_release(
        actor_of(request),
        batch_number=data.batch_number,
        quantity_t=data.quantity_t,
        to_account_id=data.to_account_id,
        key=key,
    )


@get("/registry/trusted-accounts", opt=READ, tags=["registry"], summary="Trusted accounts")
async def list_trusted(request: AnyRequest) -> list[Trusted]:
    """With the instant from which each counts."""
    return await trust.list_trusted(actor_of(request))


@post("/registry/trusted-accounts", opt=MOVE, tags=["registry"], summary="Draft trusting an account")
async def draft_trust(request: AnyRequest, data: JSONBody[NewTrusted], key: IdempotencyKey) -> Draft:
    """Counts from noon of the fourth working day after approval."""
    return await acts.draft_trust(actor_of(request), account_id=data.account_id, key=key)


@delete(
    "/registry/trusted-accounts/{account_id:uuid}",
    opt=MOVE,
    tags=["registry"],
    summary="Trust an account no longer",
)
async def remove_trusted(request: AnyRequest, account_id: FromPath[UUID], key: IdempotencyKey) -> None:
    """At once."""
    await trust.remove_trusted(actor_of(request), account_id=account_id, key=key)


@get("/registry/limits", opt=READ, tags=["registry"], summary="How much may leave an account")
async def read_limits(request: AnyRequest, account_id: OtherAccount = None) -> Limits:
    """Of system, authority and account the lowest holds; with what has gone today."""
    return await limits.read_limits(actor_of(request), account_id=account_id)


@put("/registry/limits", opt=MOVE, tags=["registry"], summary="Lower the limits")
async def lower_limits(request: AnyRequest, data: JSONBody[NewLimits], key: IdempotencyKey) -> Limits:
    """At once, by one person."""
    return await limits.lower_limits(
        actor_of(request),
        per_transfer_t=data.per_transfer_t,
        per_day_t=data.per_day_t,
        account_id=data.account_id,
        key=key,
    )


@post("/registry/limits", opt=MOVE, tags=["registry"], summary="Draft other limits")
async def draft_limits(request: AnyRequest, data: JSONBody[NewLimits], key: IdempotencyKey) -> Draft:
    """Raising takes a second person."""
    return await acts.draft_limits(
        actor_of(request),
        per_transfer_t=data.per_transfer_t,
        per_day_t=data.per_day_t,
        account_id=data.account_id,
        key=key,
    )


registry_handlers = [
    read_account, list_blocks, draft_issuance, draft_transfer, list_transfers, read_transfer, abort_transfer,
    draft_retirement, draft_cancellation, place_hold, list_holds, read_hold, draft_settlement, release_hold, list_pledges,
    list_freezes, freeze, draft_lifting, draft_forced_cancellation, draft_reversal, draft_buffer_release, list_trusted,
    draft_trust, remove_trusted, read_limits, lower_limits, draft_limits,
]  # fmt: skip
