"""Green certificates: what an enterprise has counted, and what an authority decides on those that are held."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.enterprise import certificates
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from web.guard import actor_of
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

READ = {"permission": Permission.ACCOUNT_READ}
DECIDE = {"permission": Permission.TOTALS_IMPORT}
HELD = "/authority/certificates"

STATES: dict[str, str] = {
    "claimed": N_("counted"),
    "held": N_("held for review"),
    "allow": N_("allowed"),
    "refuse": N_("refused"),
}
STATE_KINDS = {"claimed": "good", "held": "warn", "allow": "good", "refuse": "bad"}


async def _page(request: AnyRequest, *, deciding: bool, **context: Any) -> Response[str]:
    return render(
        request,
        "certificates.html",
        claims=await certificates.list_certificates(actor_of(request)),
        deciding=deciding,
        states=STATES,
        state_kinds=STATE_KINDS,
        **context,
    )


@get("/enterprise/certificates", opt=READ, include_in_schema=False)
async def certificates_page(request: AnyRequest) -> Response[str]:
    """The enterprise's own, newest first."""
    return await _page(request, deciding=False)


@get(HELD, opt=DECIDE, include_in_schema=False)
async def held_page(request: AnyRequest) -> Response[str]:
    """Those another enterprise has claimed before."""
    return await _page(request, deciding=True)


@post(f"{HELD}/{{claim_id:uuid}}", opt=DECIDE, include_in_schema=False)
async def decide(request: AnyRequest, claim_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Allows or refuses held certificates, with the reason."""
    form = await form_of(request)
    try:
        await certificates.decide_certificates(
            actor_of(request),
            claim_id=claim_id,
            decision=form.text("decision"),
            note=form.text("note", maximum=1000),
        )
    except Problem as problem:
        return await _page(request, deciding=True, mistake=problem)
    return Redirect(f"{HELD}?done=flag-resolved", status_code=303)


handlers = [certificates_page, held_page, decide]
