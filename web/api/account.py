"""An enterprise's account: its own under /account, a client's, by the client's consent, under /clients."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath, QueryParameter

from accounts.enterprise import account, reports, statement
from accounts.enterprise.account import Account, ActivityExplanation, ActivityLine
from accounts.enterprise.reports import Report
from accounts.enterprise.statement import Statement
from accounts.identity.permissions import Permission
from web.api.inputs import PageSize
from web.guard import actor_of

AnyRequest = Request[Any, Any, Any]
YearAsked = Annotated[int, QueryParameter(ge=1990, le=2100)]
GwpSet = Annotated[Literal["SAR", "AR4", "AR5", "AR6"], QueryParameter(name="gwp")]
MonthAsked = Annotated[int | None, QueryParameter(ge=1, le=12)]
Word = Annotated[str | None, QueryParameter(max_length=100)]
ScopeAsked = Annotated[Literal[1, 2, 3] | None, QueryParameter(name="scope")]
After = Annotated[UUID | None, QueryParameter(description="Last id of the page before")]


@get(
    "/account", opt={"permission": Permission.ACCOUNT_READ}, tags=["account"], summary="Our account of a year"
)
async def read_account(request: AnyRequest, year: YearAsked, gwp_set: GwpSet = "AR5") -> Account:
    """By gas, scope, month, facility and source; masses in milligrams."""
    actor = actor_of(request)
    return await account.read_account(actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set)


@get(
    "/account/activities",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="The activities behind a figure",
)
async def list_activities(
    request: AnyRequest,
    year: YearAsked,
    month: MonthAsked = None,
    gas: Word = None,
    of_scope: ScopeAsked = None,
    source: Word = None,
    facility: Word = None,
    after: After = None,
    limit: PageSize = 50,
    gwp_set: GwpSet = "AR5",
) -> list[ActivityLine]:
    """In the order in which they came."""
    actor = actor_of(request)
    return await account.list_activities(
        actor,
        enterprise_id=actor.tenant_id,
        year=year,
        month=month,
        gas=gas,
        scope=of_scope,
        source=source,
        facility=facility,
        after=after,
        limit=limit,
        gwp_set=gwp_set,
    )


@get(
    "/account/activities/{activity_id:uuid}/explanation",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="How one figure came to be",
)
async def explain_activity(
    request: AnyRequest, activity_id: FromPath[UUID], gwp_set: GwpSet = "AR5"
) -> ActivityExplanation:
    """Formula, factors with document, clause and date, down to the cell of the file."""
    actor = actor_of(request)
    return await account.explain_activity(
        actor, enterprise_id=actor.tenant_id, activity_id=activity_id, gwp_set=gwp_set
    )


@get(
    "/clients/{enterprise_id:uuid}/account",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="A client's account of a year",
)
async def read_client_account(
    request: AnyRequest, enterprise_id: FromPath[UUID], year: YearAsked, gwp_set: GwpSet = "AR5"
) -> Account:
    """While the client's consent lasts; the client sees that it was read."""
    return await account.read_account(
        actor_of(request), enterprise_id=enterprise_id, year=year, gwp_set=gwp_set
    )


@get(
    "/clients/{enterprise_id:uuid}/activities",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="The activities behind a client's figure",
)
async def list_client_activities(
    request: AnyRequest,
    enterprise_id: FromPath[UUID],
    year: YearAsked,
    month: MonthAsked = None,
    of_scope: ScopeAsked = None,
    after: After = None,
    limit: PageSize = 50,
) -> list[ActivityLine]:
    """While the client's consent lasts; the client sees that it was read."""
    return await account.list_activities(
        actor_of(request),
        enterprise_id=enterprise_id,
        year=year,
        month=month,
        scope=of_scope,
        after=after,
        limit=limit,
    )


@get(
    "/clients/{enterprise_id:uuid}/activities/{activity_id:uuid}/explanation",
    opt={"permission": Permission.CLIENT_READ},
    tags=["finance"],
    summary="How a client's figure came to be",
)
async def explain_client_activity(
    request: AnyRequest, enterprise_id: FromPath[UUID], activity_id: FromPath[UUID], gwp_set: GwpSet = "AR5"
) -> ActivityExplanation:
    """While the client's consent lasts; the client sees that it was read."""
    return await account.explain_activity(
        actor_of(request), enterprise_id=enterprise_id, activity_id=activity_id, gwp_set=gwp_set
    )


@get(
    "/account/statement",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="Our statement of a year",
)
async def read_statement(
    request: AnyRequest,
    year: YearAsked,
    gwp_set: GwpSet = "AR5",
    known_on: Annotated[date | None, QueryParameter(description="As known at the end of this day")] = None,
) -> Statement:
    """Postings in the order they became known, with a running balance."""
    actor = actor_of(request)
    return await statement.read_statement(
        actor, enterprise_id=actor.tenant_id, year=year, gwp_set=gwp_set, known_on=known_on
    )


@get(
    "/clients/{enterprise_id:uuid}/statement",
    opt={"permission": Permission.CLIENT_READ},
    tags=["account"],
    summary="A client's statement of a year",
)
async def read_client_statement(
    request: AnyRequest,
    enterprise_id: FromPath[UUID],
    year: YearAsked,
    gwp_set: GwpSet = "AR5",
    known_on: Annotated[date | None, QueryParameter(description="As known at the end of this day")] = None,
) -> Statement:
    """While its consent lasts."""
    return await statement.read_statement(
        actor_of(request), enterprise_id=enterprise_id, year=year, gwp_set=gwp_set, known_on=known_on
    )


@get(
    "/account/reports/{form:str}",
    opt={"permission": Permission.ACCOUNT_READ},
    tags=["account"],
    summary="Our account in a form",
)
async def read_report(
    request: AnyRequest, form: FromPath[str], year: YearAsked, gwp_set: GwpSet = "AR5"
) -> Report:
    """`ghg-protocol`, `iso-14064-1`, `gbt-32150`, or `guide-05` for the fifth sector guide."""
    actor = actor_of(request)
    return await reports.read_report(
        actor, enterprise_id=actor.tenant_id, year=year, form=form, gwp_set=gwp_set
    )


account_handlers = [
    read_statement,
    read_client_statement,
    read_report,
    read_account,
    list_activities,
    explain_activity,
    read_client_account,
    list_client_activities,
    explain_client_activity,
]
