"""Partners' pages: sources, keys, batches with what was set aside, files, coupons."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity.permissions import Permission
from accounts.inclusion import rewards, sources
from accounts.inclusion.wire import BODY_BYTES
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.inclusion.acts import rules
from web.guard import actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

READ = {"permission": Permission.SOURCE_READ}
MANAGE = {"permission": Permission.SOURCE_MANAGE}
FATES = {
    "accepted": N_("taken"),
    "duplicate": N_("twice in the batch"),
    "replayed": N_("taken before"),
    "changed": N_("id used for another event"),
    "late": N_("too late"),
    "future": N_("in the future"),
    "out-of-range": N_("out of range"),
    "negative": N_("below zero"),
    "unit": N_("another unit"),
    "unknown-act": N_("no such act"),
    "not-yours": N_("not of this source"),
    "unknown-person": N_("link not known"),
    "no-consent": N_("no consent"),
    "broken": N_("cannot be read"),
    "ends-early": N_("ends before it begins"),
}
BATCH_STATES = {"received": N_("waits"), "settled": N_("settled"), "empty": N_("nothing to settle")}


@get("/partner", opt=READ, include_in_schema=False)
async def sources_page(request: AnyRequest) -> Response[str]:
    """The partner's sources, and a form for one more."""
    return await _sources(request)


async def _sources(request: AnyRequest, **context: Any) -> Response[str]:
    return render(
        request,
        "partner.html",
        sources=await sources.list_sources(actor_of(request)),
        acts=rules().acts,
        may_manage=Permission.SOURCE_MANAGE in actor_of(request).permissions,
        **context,
    )


@post("/partner", opt=MANAGE, include_in_schema=False)
async def register_source(request: AnyRequest) -> Response[str] | Redirect:
    """One more source."""
    form = await form_of(request)
    try:
        made = await sources.register_source(
            actor_of(request),
            name_zh=form.text("name_zh", maximum=100),
            name_en=form.text("name_en", maximum=100),
            acts=form.texts("acts"),
            sandbox=form.text("sandbox", required=False) == "yes",
            pull_url=form.text("pull_url", required=False, maximum=500),
        )
    except Problem as problem:
        return await _sources(request, mistake=problem, fields=form.without())
    return Redirect(f"/partner/sources/{made.id}?done=source-registered", status_code=303)


@get("/partner/sources/{source_id:uuid}", opt=READ, include_in_schema=False)
async def source_page(request: AnyRequest, source_id: FromPath[UUID]) -> Response[str]:
    """Keys and the latest batches."""
    return await _source(request, source_id)


async def _source(request: AnyRequest, source_id: UUID, **context: Any) -> Response[str]:
    actor = actor_of(request)
    found = next((one for one in await sources.list_sources(actor) if one.id == source_id), None)
    if found is None:
        raise NotFound(N_("There is no such source of yours."))
    own = found.partner_id == actor.tenant_id
    return render(
        request,
        "partner_source.html",
        **{
            "source": found,
            "keys": await sources.list_keys(actor, source_id=source_id) if own else [],
            "batches": await sources.list_batches(actor, source_id=source_id, limit=30),
            "acts": rules().acts,
            "batch_states": BATCH_STATES,
            "own": own and Permission.SOURCE_MANAGE in actor.permissions,
            "new_key": None,
            "receipt": None,
            "fates": FATES,
            **context,
        },
    )


@post("/partner/sources/{source_id:uuid}/keys", opt=MANAGE, include_in_schema=False)
async def create_key(request: AnyRequest, source_id: FromPath[UUID]) -> Response[str]:
    """A key, its secret shown on this page once."""
    form = await form_of(request)
    here = f"/partner/sources/{source_id}"
    try:
        made = await sources.create_key(
            actor_of(request), source_id=source_id, name=form.text("name", maximum=100)
        )
    except Problem as problem:
        return await _source(request, source_id, mistake=problem, fields=form.without(), here=here)
    return await _source(request, source_id, new_key=made, here=here)


@post("/partner/sources/{source_id:uuid}/keys/{key_id:uuid}/revoke", opt=MANAGE, include_in_schema=False)
async def revoke_key(request: AnyRequest, source_id: FromPath[UUID], key_id: FromPath[UUID]) -> Redirect:
    """Nothing signed with it is taken any more."""
    await sources.revoke_key(actor_of(request), key_id=key_id)
    return Redirect(f"/partner/sources/{source_id}?done=key-revoked", status_code=303)


@post("/partner/sources/{source_id:uuid}/close", opt=MANAGE, include_in_schema=False)
async def close_source(request: AnyRequest, source_id: FromPath[UUID]) -> Redirect:
    """Takes nothing any more."""
    await sources.close_source(actor_of(request), source_id=source_id)
    return Redirect("/partner?done=source-closed", status_code=303)


@post(
    "/partner/sources/{source_id:uuid}/files",
    opt={**MANAGE, "takes": ("multipart/form-data",)},
    include_in_schema=False,
    request_max_body_size=BODY_BYTES + 64 * 1024,
)
async def send_file(request: AnyRequest, source_id: FromPath[UUID]) -> Response[str]:
    """A file of events; the page names what was set aside."""
    here = f"/partner/sources/{source_id}"
    file = (await request.form()).get("file")
    try:
        content = await _content(file)
        receipt = await sources.submit_events_file(
            actor_of(request),
            source_id=source_id,
            content=content,
            lines=content.lstrip()[:1] != b"[",
            key=f"page {new_id()}",
        )
    except Problem as problem:
        return await _source(request, source_id, mistake=problem, here=here)
    return await _source(request, source_id, receipt=receipt, here=here)


async def _content(file: object) -> bytes:
    if not isinstance(file, UploadFile):
        raise Problem(N_("Choose a file to upload."), at="file")
    return await file.read()


@get("/partner/batches/{batch_id:uuid}", opt=READ, include_in_schema=False)
async def batch_page(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[str]:
    """Counts by fate, and each event set aside with what to do."""
    found = await sources.read_batch_detail(actor_of(request), batch_id=batch_id)
    return render(request, "partner_batch.html", found=found, fates=FATES, batch_states=BATCH_STATES)


@get("/partner/coupons", opt=MANAGE, include_in_schema=False)
async def coupons_page(request: AnyRequest) -> Response[str]:
    """Take a coupon in."""
    return render(request, "partner_coupons.html", taken=None)


@post("/partner/coupons", opt=MANAGE, include_in_schema=False)
async def take_coupon(request: AnyRequest) -> Response[str]:
    """Once."""
    form = await form_of(request)
    try:
        taken = await rewards.take_coupon(actor_of(request), coupon=form.text("coupon", maximum=40))
    except Problem as problem:
        return render(request, "partner_coupons.html", taken=None, mistake=problem, fields=form.without())
    return render(request, "partner_coupons.html", taken=taken)


handlers = [
    sources_page, register_source, source_page, create_key, revoke_key, close_source, send_file, batch_page, coupons_page,
    take_coupon,
]  # fmt: skip
