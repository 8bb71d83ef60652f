"""An account, the activities behind its figures, and one activity down to its sources: for the enterprise itself
and, under its consent, for a bank.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from accounts.enterprise import account, evidence
from accounts.identity.permissions import Permission
from carbon.errors import N_, Problem
from carbon.gases import GWP_SETS, gases
from web.charts import Chart
from web.guard import actor_of
from web.language import language_of, translate
from web.pages import account_charts, formats
from web.pages.account_charts import Reader, gas_name, scope_name
from web.pages.formats import BUSINESS_ZONE
from web.pages.forms import identifier
from web.pages.rendering import AnyRequest, render

OWN = {"permission": Permission.ACCOUNT_READ}
CLIENT = {"permission": Permission.CLIENT_READ}
GWP_SET = "AR5"
LINES = 50


@dataclass(frozen=True)
class Desk:
    """From where an account is read: the paths of its pages, and the trail that leads there."""

    enterprise_id: UUID
    account_path: str
    activities_path: str
    is_own: bool
    home: str = ""
    """The page an account under verification belongs to."""

    @classmethod
    def own(cls, request: AnyRequest) -> "Desk":
        """The enterprise reading itself."""
        return cls(actor_of(request).tenant_id, "/enterprise/account", "/enterprise/activities", is_own=True)

    @classmethod
    def of_client(cls, enterprise_id: UUID) -> "Desk":
        """A bank reading a client."""
        home = f"/bank/clients/{enterprise_id}"
        return cls(enterprise_id, f"{home}/account", f"{home}/activities", is_own=False)

    def trail(self, request: AnyRequest, name: str, *further: tuple[str, str]) -> list[tuple[str, str]]:
        """Where the page lies; the last has no address."""
        language = language_of(request)
        account_title = translate(language, N_("Carbon account"))
        if self.is_own:
            found = [(account_title, self.account_path), *further]
        elif self.home:
            verification = (translate(language, N_("Verification")), "/verification")
            found = [verification, (name, self.home), (account_title, self.account_path), *further]
        else:
            client = (name, f"/bank/clients/{self.enterprise_id}")
            clients = (translate(language, N_("Clients")), "/bank/clients")
            found = [clients, client, (account_title, self.account_path), *further]
        return [*found[:-1], (found[-1][0], "")]


def asked_year(request: AnyRequest, *, default: int | None = None) -> int:
    """The year in the address, else the last full one.

    Raises:
        Problem: no year.
    """
    text = request.query_params.get("year", "")
    if not text:
        return default or datetime.now(BUSINESS_ZONE).year - 1
    if not (text.isascii() and text.isdigit() and len(text) == 4) or int(text) < 1990:
        raise Problem(N_("{value} is not a year; write for example 2025."), at="year", value=text[:20])
    return int(text)


def asked_gwp_set(request: AnyRequest) -> str:
    """The set of warming potentials in the address, else the usual one."""
    wanted = request.query_params.get("gwp", "")
    return wanted if wanted in GWP_SETS else GWP_SET


def drawn(language: str, desk: Desk, found: account.Account) -> dict[str, Chart]:
    """The account's charts by name."""
    reader = Reader(language, desk.activities_path, found.year, found.gwp_set)
    by_gas = [(line.gas, line.mg, line.co2e_mg, line.in_total) for line in found.by_gas]
    scopes = [(line.scope, line.co2e_mg, line.activities) for line in found.by_scope]
    months = [
        (line.month, {str(scope): mg for scope, mg in line.by_scope.items()}) for line in found.by_month
    ]
    places = [(str(line.facility_id), line.name, line.co2e_mg, line.activities) for line in found.by_facility]
    return {
        "gas": account_charts.by_gas(reader, by_gas),
        "scope": account_charts.by_scope(reader, scopes),
        "month": account_charts.by_month(reader, months),
        "facility": account_charts.by_facility(reader, places),
    }


async def account_of(request: AnyRequest, enterprise_id: UUID) -> account.Account:
    """The account of the year asked for; without a wish the latest year that has figures."""
    actor, gwp_set = actor_of(request), asked_gwp_set(request)
    found = await account.read_account(
        actor, enterprise_id=enterprise_id, year=asked_year(request), gwp_set=gwp_set
    )
    if request.query_params.get("year") or not found.years or found.activities:
        return found
    return await account.read_account(
        actor, enterprise_id=enterprise_id, year=found.years[0], gwp_set=gwp_set
    )


async def account_page(request: AnyRequest, desk: Desk) -> Response[str]:
    """The page for whoever may read it, from the desk they read it at."""
    found = await account_of(request, desk.enterprise_id)
    language = language_of(request)
    return render(
        request,
        "account.html",
        account=found,
        desk=desk,
        drawn=drawn(language, desk, found) if found.activities else None,
        years=sorted({*found.years, found.year}, reverse=True),
        gwp_sets=GWP_SETS,
        trail=[] if desk.is_own else desk.trail(request, _name(found, language)),
    )


def _name(found: account.Account, language: str) -> str:
    return (found.name_en if language == "en" else "") or found.name_zh


async def activities_page(request: AnyRequest, desk: Desk) -> Response[str]:
    """The page for whoever may read it, from the desk they read it at."""
    language, actor = language_of(request), actor_of(request)
    asked = {
        name: request.query_params.get(name, "") for name in ("month", "gas", "scope", "source", "facility")
    }
    after = request.query_params.get("after", "")
    year, gwp_set = asked_year(request), asked_gwp_set(request)
    lines = await account.list_activities(
        actor,
        enterprise_id=desk.enterprise_id,
        year=year,
        month=_number(asked["month"].rpartition("-")[2], "month"),
        gas=asked["gas"] or None,
        scope=_number(asked["scope"], "scope"),
        source=asked["source"] or None,
        facility=asked["facility"] or None,
        after=identifier(after, at="after") if after else None,
        limit=LINES,
        gwp_set=gwp_set,
    )
    kept = {"year": year, "gwp": gwp_set, **{name: value for name, value in asked.items() if value}}
    onward = urlencode({**kept, "after": lines[-1].id}) if len(lines) == LINES else ""
    return render(
        request,
        "activities.html",
        lines=lines,
        desk=desk,
        year=year,
        gwp_set=gwp_set,
        chosen=_chosen(language, asked, lines),
        next_link=f"{desk.activities_path}?{onward}" if onward else "",
        scope_name=scope_name,
        trail=desk.trail(
            request, translate(language, N_("Client")), (translate(language, N_("Activities")), "")
        ),
    )


def _number(text: str, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise Problem(N_("{value} is not a number."), at=name, value=text[:20])
    return int(text)


def _chosen(language: str, asked: dict[str, str], lines: list[account.ActivityLine]) -> list[str]:
    """The filters in words."""
    found = []
    if asked["month"] and lines:
        found.append(formats.month(lines[0].month, language))
    if asked["gas"]:
        found.append(gas_name(asked["gas"], language))
    if asked["scope"]:
        found.append(scope_name(asked["scope"], language))
    if asked["source"] and lines:
        found.append(lines[0].source_zh if language == "zh" else lines[0].source_en)
    if asked["facility"] and lines:
        found.append(lines[0].facility)
    return found


async def activity_page(request: AnyRequest, desk: Desk, activity_id: UUID, **context: Any) -> Response[str]:
    """One activity, explained; `context` is a mistake to show in its form."""
    language = language_of(request)
    found = await account.explain_activity(
        actor_of(request),
        enterprise_id=desk.enterprise_id,
        activity_id=activity_id,
        gwp_set=asked_gwp_set(request),
    )
    activity = found.activity
    name = activity.item_zh if language == "zh" else activity.item_en
    activities = f"{desk.activities_path}?{urlencode({'year': activity.month.year, 'gwp': found.gwp_set})}"
    return render(
        request,
        "activity.html",
        found=found,
        activity=activity,
        gases=[gas for gas in gases() if gas in activity.mg],
        desk=desk,
        gwp_sets=GWP_SETS,
        gas_name=gas_name,
        scope_name=scope_name,
        qualities=QUALITIES,
        trail=desk.trail(
            request,
            translate(language, N_("Client")),
            (translate(language, N_("Activities")), activities),
            (name or activity.source, ""),
        ),
        files=await _files(request, desk, activity_id),
        may_correct=desk.is_own and Permission.ACTIVITY_SUBMIT in actor_of(request).permissions,
        **context,
    )


async def _files(request: AnyRequest, desk: Desk, activity_id: UUID) -> list[evidence.EvidenceFile]:
    """The evidence, for the enterprise and its verifier; a bank sees figures only."""
    if not (desk.is_own or desk.home):
        return []
    return await evidence.list_evidence(
        actor_of(request), enterprise_id=desk.enterprise_id, activity_id=activity_id
    )


QUALITIES: dict[str, str] = {
    "measured": N_("measured"),
    "calculated": N_("calculated"),
    "estimated": N_("estimated"),
}


@get("/enterprise/account", opt=OWN, include_in_schema=False)
async def own_account_page(request: AnyRequest) -> Response[str]:
    """The own account."""
    return await account_page(request, Desk.own(request))


@get("/enterprise/activities", opt=OWN, include_in_schema=False)
async def own_activities_page(request: AnyRequest) -> Response[str]:
    """The own activities behind a figure."""
    return await activities_page(request, Desk.own(request))


@get("/enterprise/activities/{activity_id:uuid}", opt=OWN, include_in_schema=False)
async def own_activity_page(request: AnyRequest, activity_id: FromPath[UUID]) -> Response[str]:
    """One own activity, explained."""
    return await activity_page(request, Desk.own(request), activity_id)


@get("/bank/clients/{enterprise_id:uuid}/account", opt=CLIENT, include_in_schema=False)
async def client_account_page(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """A client's account, while its consent lasts."""
    return await account_page(request, Desk.of_client(enterprise_id))


@get("/bank/clients/{enterprise_id:uuid}/activities", opt=CLIENT, include_in_schema=False)
async def client_activities_page(request: AnyRequest, enterprise_id: FromPath[UUID]) -> Response[str]:
    """A client's activities behind a figure."""
    return await activities_page(request, Desk.of_client(enterprise_id))


@get("/bank/clients/{enterprise_id:uuid}/activities/{activity_id:uuid}", opt=CLIENT, include_in_schema=False)
async def client_activity_page(
    request: AnyRequest, enterprise_id: FromPath[UUID], activity_id: FromPath[UUID]
) -> Response[str]:
    """One activity of a client, explained."""
    return await activity_page(request, Desk.of_client(enterprise_id), activity_id)


handlers = [
    own_account_page,
    own_activities_page,
    own_activity_page,
    client_account_page,
    client_activities_page,
    client_activity_page,
]
