"""Green certificates: those an enterprise has counted, and an authority's word on held ones."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from accounts.enterprise import certificates
from accounts.enterprise.certificates import Claim
from accounts.identity.permissions import Permission
from web.api.inputs import Input
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]


class CertificateDecision(Input):
    """Whether held certificates may count, and why."""

    decision: Literal["allow", "refuse"]
    note: Annotated[str, Meta(min_length=1, max_length=1000)]


@get(
    "/certificates",
    opt={"permission": Permission.FACTOR_READ},
    tags=["account"],
    summary="Green certificates",
)
async def list_certificates(request: AnyRequest) -> list[Claim]:
    """The enterprise's own; for an authority, those held because another enterprise named them too."""
    return await certificates.list_certificates(actor_of(request))


@post(
    "/certificates/{claim_id:uuid}/decision",
    opt={"permission": Permission.TOTALS_IMPORT},
    tags=["account"],
    summary="Decide on held certificates",
)
async def decide_certificates(
    request: AnyRequest, claim_id: FromPath[UUID], data: JSONBody[CertificateDecision]
) -> Claim:
    """The enterprise reads the decision and its reason."""
    return await certificates.decide_certificates(
        actor_of(request), claim_id=claim_id, decision=data.decision, note=data.note
    )


certificate_handlers = [list_certificates, decide_certificates]
