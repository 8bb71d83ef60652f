"""Public factor tables at the authority: upload, what differs from what is known, proposal to a second person."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise.factor_files import MOST_BYTES, read_factor_table
from accounts.enterprise.factor_mappings import mappings
from accounts.factors import imports
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.language import language_of, translate
from web.pages.forms import Form
from web.pages.own_factors import STATE_KINDS, STATES
from web.pages.rendering import AnyRequest, render
from web.pages.uploads import uploaded_file

HERE = "/authority/factors"
PROPOSE = {"permission": Permission.TOTALS_IMPORT}
"""An authority's; the use-case asks for `factor:propose` too."""

KINDS: dict[str, str] = {
    "new": N_("new"),
    "changed": N_("changed"),
    "archived": N_("archived"),
    "unchanged": N_("unchanged"),
    "missing": N_("not in the file, kept"),
    "wrong": N_("wrong, not taken"),
}


@get(HERE, opt=PROPOSE, include_in_schema=False)
async def imports_page(request: AnyRequest) -> Response[str]:
    """Uploads before, and the form for the next one."""
    return await _page(request)


async def _page(request: AnyRequest, **context: Any) -> Response[str]:
    language = language_of(request)
    return render(
        request,
        "factor_imports.html",
        imports=await imports.list_imports(actor_of(request)),
        states=STATES,
        state_kinds=STATE_KINDS,
        kinds=KINDS,
        shapes=[(id_, shape.name.in_language(language)) for id_, shape in mappings().items()],
        **context,
    )


@post(HERE, opt=PROPOSE, include_in_schema=False, request_max_body_size=MOST_BYTES + 64 * 1024)
async def upload(request: AnyRequest) -> Response[str] | Redirect:
    """Reads the table and shows what differs; nothing is taken over yet."""
    form = Form(await request.form())
    try:
        name, content = await uploaded_file(request)
        read = read_factor_table(name, content, mapping=form.text("mapping", required=False))
        staged = await imports.stage_table(
            actor_of(request),
            table_code=form.text("table_code", maximum=40),
            table_name=form.text("table_name"),
            read=read,
        )
    except Problem as problem:
        return await _page(request, mistake=problem, fields={**form.without("file"), "file": ""})
    return Redirect(f"{HERE}/{staged.id}", status_code=303)


@get(f"{HERE}/{{import_id:uuid}}", opt=PROPOSE, include_in_schema=False)
async def import_page(request: AnyRequest, import_id: FromPath[UUID]) -> Response[str]:
    """The preview: counts, and rows of each kind with their place and what differs."""
    return await _preview(request, import_id)


async def _preview(request: AnyRequest, import_id: UUID, **context: Any) -> Response[str]:
    kind = request.query_params.get("kind", "")
    found = await imports.read_import(
        actor_of(request), import_id=import_id, kind=kind if kind in KINDS else None
    )
    language = language_of(request)
    return render(
        request,
        "factor_import.html",
        found=found,
        kind=kind,
        kinds=KINDS,
        states=STATES,
        state_kinds=STATE_KINDS,
        trail=[
            (translate(language, N_("Factor tables")), HERE),
            (f"{found.table_code} · {found.file_name}", ""),
        ],
        **context,
    )


@post(f"{HERE}/{{import_id:uuid}}/propose", opt=PROPOSE, include_in_schema=False)
async def propose(request: AnyRequest, import_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Lays the preview before a second person."""
    try:
        await imports.propose_table(actor_of(request), import_id=import_id)
    except Problem as problem:
        return await _preview(request, import_id, mistake=problem)
    return Redirect(f"{HERE}/{import_id}?done=factor-table-proposed", status_code=303)


handlers = [imports_page, upload, import_page, propose]
