"""An enterprise's own factors: proposed with evidence, their review, the code rows name them by."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import profile
from accounts.factors import own_factors
from accounts.factors.own_factors import METHODS, Evidence
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from methodologies.accounting.catalogue import SOURCES
from methodologies.accounting.reported_factor import GASES
from web.guard import actor_of
from web.language import language_of
from web.pages.downloads import download
from web.pages.forms import Form
from web.pages.rendering import AnyRequest, render

HERE = "/enterprise/factors"
PROPOSE = {"permission": Permission.FACTOR_PROPOSE}
READ = {"permission": Permission.ACCOUNT_READ}
REVIEW = {"permission": Permission.FACTOR_READ}
EVIDENCE_LIMIT = own_factors.EVIDENCE_BYTES + 64 * 1024

STATES: dict[str, str] = {
    "proposed": N_("waits for review"),
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "withdrawn": N_("withdrawn"),
    "lapsed": N_("not reviewed in time"),
    "expired": N_("its days are over"),
    "staged": N_("not proposed yet"),
}
STATE_KINDS = {"proposed": "info", "accepted": "good", "refused": "bad", "expired": "warn"}


@get(HERE, opt=READ, include_in_schema=False)
async def own_factors_page(request: AnyRequest) -> Response[str]:
    """What was proposed and what became of it; a form for the next one."""
    return await _page(request)


async def _page(request: AnyRequest, **context: Any) -> Response[str]:
    actor, language = actor_of(request), language_of(request)
    places = await profile.list_facilities(actor)
    return render(
        request,
        "own_factors.html",
        factors=await own_factors.list_own_factors(actor),
        states=STATES,
        state_kinds=STATE_KINDS,
        may_propose=Permission.FACTOR_PROPOSE in actor.permissions,
        methods=[(id_, name.in_language(language)) for id_, name in METHODS.items()],
        method_names=METHODS,
        sources=[
            (id_, source.name.in_language(language)) for id_, source in SOURCES.items() if not source.removes
        ],
        source_names={id_: source.name for id_, source in SOURCES.items()},
        quantities=_quantities(language),
        facilities=[(place.name, place.name) for place in places],
        **context,
    )


def _quantities(language: str) -> list[tuple[str, str]]:
    """Every column a factor may stand for, each once."""
    names = {column: column for column in GASES}
    names |= {
        option.id: option.name.in_language(language)
        for source in SOURCES.values()
        for option in source.options.values()
        if option.unit
    }
    return [
        (id_, f"{name} ({id_})" if name != id_ else id_)
        for id_, name in sorted(names.items(), key=lambda pair: pair[1])
    ]


@post(HERE, opt=PROPOSE, include_in_schema=False, request_max_body_size=EVIDENCE_LIMIT)
async def propose(request: AnyRequest) -> Response[str] | Redirect:
    """Proposes a factor; its review waits in the colleague's list."""
    fields = await request.form()
    form, file = Form(fields), fields.get("evidence")
    try:
        evidence = (
            Evidence(file.filename, await file.read())
            if isinstance(file, UploadFile) and file.filename
            else None
        )
        await own_factors.propose_own_factor(
            actor_of(request),
            code=form.text("code", maximum=60),
            name=form.text("name"),
            source=form.text("source"),
            item=form.text("item", required=False),
            quantity=form.text("quantity"),
            value=form.text("value", maximum=40),
            unit=form.text("unit", required=False, maximum=40),
            starts_on=form.day("starts_on"),
            ends_on=form.day("ends_on") if form.text("ends_on", required=False) else None,
            facility=form.text("facility", required=False),
            method=form.text("method"),
            supplier=form.text("supplier", required=False),
            note=form.text("note", required=False, maximum=1000),
            evidence=evidence,
        )
    except Problem as problem:
        return await _page(request, mistake=problem, fields={**form.without("evidence"), "evidence": ""})
    return Redirect(f"{HERE}?done=factor-proposed", status_code=303)


@get("/factors/own/{factor_id:uuid}/evidence", opt=REVIEW, include_in_schema=False)
async def evidence(request: AnyRequest, factor_id: FromPath[UUID]) -> Response[bytes]:
    """The evidence as it came, for the enterprise and the reviewer."""
    name, content = await own_factors.read_evidence(actor_of(request), factor_id=factor_id)
    return download(content, name, "application/octet-stream")


handlers = [own_factors_page, propose, evidence]
