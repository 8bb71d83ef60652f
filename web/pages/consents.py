"""Who may read the enterprise's account, until when, and who did."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import consents, organisations
from accounts.identity.permissions import OrganisationKind, Permission
from carbon.errors import Problem
from web.guard import actor_of
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

SUGGESTED_DAYS = 365
READS_SHOWN = 50


@get("/enterprise/consents", opt={"permission": Permission.CONSENT_GRANT}, include_in_schema=False)
async def consents_page(request: AnyRequest) -> Response[str]:
    """Consents given, the form for a new one, and every read under them."""
    return await _consents(request)


async def _consents(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    today = datetime.now(BUSINESS_ZONE).date()
    return render(
        request,
        "consents.html",
        consents=[
            consent for consent in await consents.list_consents(actor) if consent.owner_id == actor.tenant_id
        ],
        reads=await consents.list_reads(actor, limit=READS_SHOWN),
        banks=await organisations.list_organisations(actor, kind=OrganisationKind.BANK),
        text=consents.consent_text(consents.ConsentScope.ACCOUNT),
        today=today,
        until_on=(today + timedelta(days=SUGGESTED_DAYS)).isoformat(),
        **context,
    )


@post("/enterprise/consents", opt={"permission": Permission.CONSENT_GRANT}, include_in_schema=False)
async def grant_consent(request: AnyRequest) -> Response[str] | Redirect:
    """Lets one bank read from now until the end of the day named."""
    form = await form_of(request)
    try:
        await consents.grant_consent(
            actor_of(request),
            grantee_id=form.identifier("grantee_id"),
            scope=consents.ConsentScope.ACCOUNT,
            until_on=form.day("until_on"),
            text_version=form.text("text_version", maximum=20),
        )
    except Problem as problem:
        return await _consents(request, mistake=problem, fields=form.without())
    return Redirect("/enterprise/consents?done=consent-granted", status_code=303)


@post(
    "/enterprise/consents/{consent_id:uuid}/withdraw",
    opt={"permission": Permission.CONSENT_GRANT},
    include_in_schema=False,
)
async def withdraw_consent(request: AnyRequest, consent_id: FromPath[UUID]) -> Redirect:
    """One click, as easy as giving (DAT-2)."""
    await consents.withdraw_consent(actor_of(request), consent_id=consent_id)
    return Redirect("/enterprise/consents?done=consent-withdrawn", status_code=303)


handlers = [consents_page, grant_consent, withdraw_consent]
