"""The authority's side of the register: issuing, freezing and releasing, false amounts, losses, other registries' files."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.registry import acts, external, freezes, holders, public, reading
from carbon.errors import Problem
from carbon.identifiers import new_id
from web.api.registry_imports import tables_of
from web.api.uploads import UPLOAD_LIMIT_BYTES, UPLOAD_TYPES, upload_of
from web.guard import actor_of
from web.pages.forms import Form, form_of
from web.pages.rendering import AnyRequest, render
from web.registry_words import PUBLIC_PARTS

HERE = "/authority/credits"
KEEP = {"permission": Permission.CREDIT_KEEP}
ISSUE = {"permission": Permission.CREDIT_ISSUE}
SHOWN = 50


@get(HERE, opt=KEEP, include_in_schema=False)
async def keeping_page(request: AnyRequest) -> Response[str]:
    """All batches, freezes in force, files taken in, and the acts."""
    return await _keeping(request)


async def _keeping(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    stopped = [each for each in await reading.list_freezes(actor) if each.lifted_at is None]
    batches = await public.list_batches(actor, limit=SHOWN)
    serials = {each.number: each for each in batches}
    return render(
        request,
        "registry_keeping.html",
        batches=batches,
        serials=serials,
        freezes=stopped,
        names=await holders.names_for(actor, [each.account_id for each in stopped]),
        imports=await external.list_imports(actor),
        key=new_id(),
        parts=PUBLIC_PARTS,
        here=HERE,
        **{"imported": None, **context},
    )


async def _drafted(request: AnyRequest, work: Any) -> Response[str] | Redirect:
    form = await form_of(request)
    try:
        draft: Draft = await work(form)
    except Problem as problem:
        return await _keeping(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"/approvals/{draft.id}", status_code=303)


@post(f"{HERE}/issue", opt=ISSUE, include_in_schema=False)
async def draft_issue(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts an issuance."""

    async def work(form: Form) -> Draft:
        actor = actor_of(request)
        holder, _ = await holders.find_account(actor, text=form.text("holder"))
        return await acts.draft_issue(
            actor,
            scheme=form.text("scheme", maximum=12),
            project_code=form.text("project_code", maximum=32),
            project_name=form.text("project_name"),
            vintage_year=form.whole("vintage_year", minimum=1990, maximum=2199),
            holder_account_id=holder,
            quantity_t=form.whole("quantity_t", minimum=1, maximum=10**12),
            buffer_t=form.whole("buffer_t", maximum=10**12) if form.text("buffer_t", required=False) else 0,
            source=form.text("source", maximum=80),
            key=form.text("key"),
        )

    return await _drafted(request, work)


@post(f"{HERE}/freeze", opt=KEEP, include_in_schema=False)
async def freeze(request: AnyRequest) -> Response[str] | Redirect:
    """Freezes at once."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        serial = form.text("freeze_serial", required=False)
        account_id: UUID | None = None
        if not serial:
            account_id, _ = await holders.find_account(actor, text=form.text("freeze_account"))
        await freezes.freeze(
            actor,
            reason=form.text("reason", maximum=500),
            serial=serial or None,
            account_id=account_id,
            key=form.text("key"),
        )
    except Problem as problem:
        return await _keeping(request, mistake=problem, fields=form.without("key"))
    return Redirect(f"{HERE}?done=credits-frozen", status_code=303)


@post(f"{HERE}/freezes/{{freeze_id:uuid}}/lift", opt=KEEP, include_in_schema=False)
async def draft_lift(request: AnyRequest, freeze_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Drafts the end of a freeze."""

    async def work(form: Form) -> Draft:
        return await acts.draft_lift(
            actor_of(request), freeze_id=freeze_id, reason=form.text(f"lift-{freeze_id}", maximum=500)
        )

    return await _drafted(request, work)


@post(f"{HERE}/force-cancel", opt=KEEP, include_in_schema=False)
async def draft_force(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts a forced cancellation."""

    async def work(form: Form) -> Draft:
        return await acts.draft_forced_cancellation(
            actor_of(request),
            serial=form.text("false_serial"),
            statement=form.text("false_statement", maximum=500),
            key=form.text("key"),
        )

    return await _drafted(request, work)


@post(f"{HERE}/compensate", opt=KEEP, include_in_schema=False)
async def draft_compensation(request: AnyRequest) -> Response[str] | Redirect:
    """Drafts covering a loss out of the buffer."""

    async def work(form: Form) -> Draft:
        return await acts.draft_compensation(
            actor_of(request),
            scheme=form.text("lost_scheme", maximum=12),
            project_code=form.text("lost_project", maximum=32),
            quantity_t=form.whole("lost_t", minimum=1, maximum=10**12),
            statement=form.text("lost_statement", maximum=500),
            key=form.text("key"),
        )

    return await _drafted(request, work)


@post(
    f"{HERE}/import",
    opt={**KEEP, "takes": UPLOAD_TYPES},
    request_max_body_size=UPLOAD_LIMIT_BYTES,
    include_in_schema=False,
)
async def import_file(request: AnyRequest) -> Response[str]:
    """Takes another registry's public records in, and tells what was wrong."""
    try:
        upload = await upload_of(request)
        imported = await external.import_records(
            actor_of(request),
            file_name=upload.file_name,
            content=upload.content,
            tables=tables_of(upload),
        )
    except Problem as problem:
        return await _keeping(request, mistake=problem)
    return await _keeping(request, imported=imported)


handlers = [keeping_page, draft_issue, freeze, draft_lift, draft_force, draft_compensation, import_file]
