"""Letting a bank read one's account, ending it, and seeing who read what."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from accounts.identity import consents
from accounts.identity.consents import Consent, ConsentRead
from accounts.identity.permissions import Permission
from web.api.inputs import Input, PageSize
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class NewConsent(Input):
    """Who may read what, and the last day on which they may."""

    grantee_id: UUID
    until_on: date
    scope: Literal["account"] = "account"


@get(
    "/consents", opt={"permission": Permission.SELF_READ}, tags=["consent"], summary="Consents given and held"
)
async def list_consents(request: AnyRequest) -> list[Consent]:
    """Newest first, ended ones too."""
    return await consents.list_consents(actor_of(request))


@post(
    "/consents", opt={"permission": Permission.CONSENT_GRANT}, tags=["consent"], summary="Let somebody read"
)
async def grant_consent(request: AnyRequest, data: JSONBody[NewConsent]) -> Consent:
    """For emissions account and rating, until the end of the last day or its withdrawal."""
    return await consents.grant_consent(
        actor_of(request), grantee_id=data.grantee_id, scope=data.scope, until_on=data.until_on
    )


@post(
    "/consents/{consent_id:uuid}/withdrawal",
    opt={"permission": Permission.CONSENT_GRANT},
    tags=["consent"],
    summary="Withdraw a consent",
)
async def withdraw_consent(request: AnyRequest, consent_id: FromPath[UUID]) -> Consent:
    """From this moment the other side sees nothing."""
    return await consents.withdraw_consent(actor_of(request), consent_id=consent_id)


@get("/reads", opt={"permission": Permission.SELF_READ}, tags=["consent"], summary="Who read my data")
async def list_reads(
    request: AnyRequest,
    before: Annotated[UUID | None, QueryParameter(description="Last id of the page before")] = None,
    limit: PageSize = 50,
) -> list[ConsentRead]:
    """Every read under a consent, newest first."""
    return await consents.list_reads(actor_of(request), before=before, limit=limit)


consent_handlers = [list_consents, grant_consent, withdraw_consent, list_reads]
