"""The public log: heads, leaves, proofs and keys for everybody; what opens a commitment for whom it belongs to."""

from typing import Annotated, Any
from uuid import UUID

from litestar import MediaType, Request, Response, get
from litestar.params import FromPath, QueryParameter

from accounts.identity.permissions import Permission
from accounts.transparency import reading, uses
from accounts.transparency.reading import Consistency, Head, Inclusion, Keeper, Key, Leaf, Opening
from accounts.transparency.uses import Uses
from web.api.inputs import PageSize
from web.guard import actor_of, maybe_actor_of

AnyRequest = Request[Any, Any, Any]
PUBLIC = {"public": "anybody checks that nothing was rewritten"}
RECOGNISE = {**PUBLIC, "recognise": True}
TAGS = ["log"]
Count = Annotated[int | None, QueryParameter(ge=0, le=2**53)]
Size = Annotated[int, QueryParameter(ge=1, le=2**53)]


@get("/log/head", opt=PUBLIC, tags=TAGS, summary="The newest signed head")
async def read_head() -> Head:
    """So many leaves, this root, at this instant, signed."""
    return await reading.latest_head()


@get(
    "/log/head.txt",
    opt=PUBLIC,
    tags=TAGS,
    summary="The newest signed head, as text",
    media_type=MediaType.TEXT,
)
async def read_head_text() -> Response[str]:
    """The signed note itself (C2SP tlog-checkpoint), to be kept and compared later."""
    return Response((await reading.latest_head()).note, media_type="text/plain; charset=utf-8")


@get("/log/heads", opt=PUBLIC, tags=TAGS, summary="Signed heads")
async def list_heads(
    before: Annotated[
        int | None, QueryParameter(ge=0, le=2**53, description="Size of the last head above")
    ] = None,
    limit: PageSize = 50,
) -> list[Head]:
    """Newest first."""
    return await reading.list_heads(before=before, limit=limit)


@get("/log/keys", opt=PUBLIC, tags=TAGS, summary="Verification keys")
async def list_keys() -> list[Key]:
    """Every key heads were signed with; get the key from somebody else too before you trust it."""
    return await reading.list_keys()


@get("/log/keepers", opt=PUBLIC, tags=TAGS, summary="Who keeps heads outside")
async def list_keepers() -> list[Keeper]:
    """Each with the newest head it holds."""
    return await reading.list_keepers()


@get("/log/leaves", opt=PUBLIC, tags=TAGS, summary="Leaves in order")
async def list_leaves(
    start: Annotated[int, QueryParameter(ge=0, le=2**53)] = 0, limit: PageSize = 100
) -> list[Leaf]:
    """From `start` on: public contents as they are, all others as salted commitments."""
    return await reading.list_leaves(start=start, limit=limit)


@get("/log/leaves/{index:int}", opt=PUBLIC, tags=TAGS, summary="One leaf")
async def read_leaf(index: FromPath[int]) -> Leaf:
    """`content` is the text whose UTF-8 bytes are hashed."""
    return await reading.read_leaf(index=index)


@get("/log/search", opt=RECOGNISE, tags=TAGS, summary="Leaves about an object, a number or a hash")
async def find_leaves(
    request: AnyRequest,
    object_id: Annotated[UUID | None, QueryParameter()] = None,
    number: Annotated[
        str | None, QueryParameter(max_length=120, description="Such as a certificate's")
    ] = None,
    leaf_hash: Annotated[str | None, QueryParameter(name="hash", max_length=64)] = None,
) -> list[Leaf]:
    """Public leaves for everybody; private ones only for whom they are about, when signed in."""
    actor = maybe_actor_of(request)
    return await reading.find_leaves(
        tenant_id=actor.tenant_id if actor else None, object_id=object_id, number=number, leaf_hash=leaf_hash
    )


@get("/log/proofs/inclusion", opt=PUBLIC, tags=TAGS, summary="Proof that a leaf stands in the log")
async def prove_inclusion(
    index: Annotated[int, QueryParameter(ge=0, le=2**53)], size: Count = None
) -> Inclusion:
    """Under the head of `size` leaves, the newest without one; `verify_log.py inclusion` checks the answer."""
    return await reading.prove_leaf(index=index, size=size)


@get("/log/proofs/consistency", opt=PUBLIC, tags=TAGS, summary="Proof that one head continues another")
async def prove_consistency(first: Size, second: Count = None) -> Consistency:
    """Between two signed heads; `verify_log.py consistency` checks the answer."""
    return await reading.prove_growth(first=first, second=second)


@get("/log/uses", opt=PUBLIC, tags=TAGS, summary="What the log says about the numbers of a serial")
async def read_uses(serial: Annotated[str, QueryParameter(max_length=120)]) -> Uses:
    """Issuances, retirements and cancellations; `once` when each number was issued once and used up once."""
    return await uses.read_uses([serial])


@get(
    "/log/openings/{object_id:uuid}",
    opt={"permission": Permission.SELF_READ},
    tags=TAGS,
    summary="What opens a commitment of yours",
)
async def open_leaf(request: AnyRequest, object_id: FromPath[UUID]) -> list[Opening]:
    """Content and salt, to be shown to whom you want: `verify_log.py opening` checks them against the leaf."""
    return await reading.open_leaf(tenant_id=actor_of(request).tenant_id, object_id=object_id)


log_handlers = [
    read_head,
    read_head_text,
    list_heads,
    list_keys,
    list_keepers,
    list_leaves,
    read_leaf,
    find_leaves,
    prove_inclusion,
    prove_consistency,
    read_uses,
    open_leaf,
]
