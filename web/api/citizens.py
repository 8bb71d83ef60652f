"""Citizens: registering by a code to the phone, taking part, sources, points, grams, rewards, teams, own data."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from accounts.identity import citizens, consents, person_consents, sessions
from accounts.identity.citizens import Citizen, Guardian, PersonConsent, Started
from accounts.identity.permissions import Permission
from accounts.identity.sign_in import SignedIn
from accounts.inclusion import appeals, campaigns, grams, history, members, pools, rewards, teams, wallet
from accounts.inclusion.appeals import Appeal
from accounts.inclusion.campaigns import Campaign
from accounts.inclusion.grams import Cause, Grams, GramUse
from accounts.inclusion.history import ActLine, DayLine, Picture
from accounts.inclusion.members import Membership, NewLink, SourceChoice
from accounts.inclusion.pools import Share
from accounts.inclusion.rewards import Redemption
from accounts.inclusion.teams import Ranked, Team
from accounts.inclusion.wallet import Wallet
from carbon.errors import N_, NotFound
from web.api.inputs import IdempotencyKey, Input
from web.guard import actor_of, address_of, session_cookie
from web.language import language_of
from web.problems import request_id_of

AnyRequest = Request[Any, Any, Any]
OPEN = {"public": "registering and signing in is how one becomes known; codes and attempts are counted"}
CITIZEN = {"permission": Permission.INCLUSION_TAKE_PART}
Phone = Annotated[str, Meta(min_length=8, max_length=20, examples=["13800000000"])]
Code = Annotated[str, Meta(min_length=4, max_length=10, examples=["123456"])]
Version = Annotated[str, Meta(min_length=1, max_length=20)]
Purpose = Literal["credit", "pooling", "ranking"]
TeamKind = Literal["workplace", "district", "school", "friends"]
WholeGrams = Annotated[int, Meta(ge=1, le=10**9)]


class WantedCode(Input):
    """A code for a purpose, to a phone."""

    phone: Phone
    purpose: Literal["register", "sign-in", "guardian"]


class GuardianInput(Input):
    """Who agrees for a child under fourteen, by a code to their own phone."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    phone: Phone
    challenge_id: UUID
    code: Code


class NewCitizen(Input):
    """A registration; `birth_year` is asked of children under fourteen only."""

    challenge_id: UUID
    phone: Phone
    code: Code
    text_version: Version
    name: Annotated[str, Meta(max_length=30)] = ""
    birth_year: Annotated[int, Meta(ge=1900, le=2200)] | None = None
    guardian: GuardianInput | None = None


class PhoneSignIn(Input):
    """A code that came to the phone."""

    challenge_id: UUID
    phone: Phone
    code: Code


class CitizenSession(msgspec.Struct, kw_only=True):
    """The session itself is in the cookie; the CSRF token goes back in `X-CSRF-Token`."""

    person_id: UUID
    name: str
    csrf_token: str
    expires_at: datetime


class ConsentTextAnswer(msgspec.Struct, kw_only=True):
    """The wording to agree to."""

    purpose: str
    version: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str


@get(
    "/citizens/texts",
    opt={"public": "what one agrees to is shown before one agrees"},
    tags=["citizen"],
    summary="Wordings",
)
async def list_texts(request: AnyRequest) -> list[ConsentTextAnswer]:
    """Of registering and of each purpose, in both languages."""
    _ = request
    found = [consents.consent_text(name) for name in ("citizen-registration", "guardian", *members.PURPOSES)]
    return [
        ConsentTextAnswer(
            purpose=text.scope,
            version=text.version,
            name_zh=text.name_zh,
            name_en=text.name_en,
            text_zh=text.text_zh,
            text_en=text.text_en,
        )
        for text in found
    ]


@post("/citizens/codes", opt=OPEN, tags=["citizen"], summary="Send a code to a phone")
async def send_code(request: AnyRequest, data: JSONBody[WantedCode]) -> Started:
    """The same answer for every number."""
    start = {
        "register": citizens.register_start,
        "sign-in": citizens.sign_in_start,
        "guardian": citizens.guardian_start,
    }[data.purpose]
    return await start(data.phone, address=address_of(request), language=language_of(request))


@post("/citizens/registrations", opt=OPEN, tags=["citizen"], summary="Register")
async def register(request: AnyRequest, data: JSONBody[NewCitizen]) -> Response[CitizenSession]:
    """With the code; under fourteen with a guardian's as well. Begins a session."""
    one = data.guardian
    signed_in = await citizens.register_confirm(
        challenge_id=data.challenge_id,
        phone=data.phone,
        code=data.code,
        text_version=data.text_version,
        name=data.name,
        birth_year=data.birth_year,
        guardian=Guardian(one.name, one.phone, one.challenge_id, one.code) if one else None,
        address=address_of(request),
        request_id=request_id_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return _session(request, signed_in)


@post("/citizens/sessions", opt=OPEN, tags=["citizen"], summary="Sign in by a code")
async def sign_in(request: AnyRequest, data: JSONBody[PhoneSignIn]) -> Response[CitizenSession]:
    """Begins a session."""
    signed_in = await citizens.sign_in_confirm(
        challenge_id=data.challenge_id,
        phone=data.phone,
        code=data.code,
        address=address_of(request),
        request_id=request_id_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return _session(request, signed_in)


def _session(request: AnyRequest, signed_in: SignedIn) -> Response[CitizenSession]:
    answer = CitizenSession(
        person_id=signed_in.actor.person_id,
        name=signed_in.actor.name,
        csrf_token=sessions.csrf_token(signed_in.token),
        expires_at=signed_in.expires_at,
    )
    cookie = session_cookie(request, signed_in.token, signed_in.expires_at)
    return Response(answer, status_code=201, cookies=[cookie])


class JoinInput(Input):
    """The name others see in teams; may stay empty."""

    nickname: Annotated[str, Meta(max_length=40)] = ""


class NameInput(Input):
    """A corrected name."""

    name: Annotated[str, Meta(min_length=1, max_length=30)]


class LinkInput(Input):
    """The version of the wording agreed to; the latest if not named."""

    text_version: Version | None = None


class PurposeInput(Input):
    """What is consented to, in which wording."""

    purpose: Purpose
    text_version: Version | None = None


class DonationInput(Input):
    """Whole grams for a cause."""

    cause_id: UUID
    grams: WholeGrams


class EventInput(Input):
    """Whole grams against an event of one's own."""

    event: Annotated[str, Meta(min_length=1, max_length=200)]
    grams: WholeGrams


class RedeemInput(Input):
    """The reward wanted."""

    reward_id: UUID


class AppealInput(Input):
    """Which act, and why it should count."""

    day: date
    key: UUID
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


class NewTeam(Input):
    """A team to found."""

    kind: TeamKind
    name: Annotated[str, Meta(min_length=1, max_length=60)]


class TeamCode(Input):
    """The code one was given."""

    code: Annotated[str, Meta(min_length=4, max_length=12)]


class ActAnswer(msgspec.Struct, kw_only=True):
    """One act with what became of it and how its grams came to be."""

    key: UUID
    act: str
    name: str
    source: str
    started_at: datetime
    ended_at: datetime
    proved: bool
    quantity: str
    unit: str
    verdict: str
    words: str
    mg: int
    can_appeal: bool
    explanation: dict[str, Any]


def act_answer(line: ActLine, language: str) -> ActAnswer:
    """The act in the reader's language."""
    return ActAnswer(
        key=line.key,
        act=line.act,
        name=line.name.in_language(language),
        source=line.source_zh if language == "zh" else line.source_en,
        started_at=line.started_at,
        ended_at=line.ended_at,
        proved=line.proved,
        quantity=line.quantity,
        unit=line.unit.in_language(language),
        verdict=line.verdict,
        words=line.words.in_language(language),
        mg=line.mg,
        can_appeal=line.can_appeal,
        explanation=line.explanation.as_dict(),
    )


@post("/my/membership", opt=CITIZEN, tags=["citizen"], summary="Take part", status_code=200)
async def join(request: AnyRequest, data: JSONBody[JoinInput]) -> Membership:
    """Joining again gives the membership there is."""
    return await members.join(actor_of(request), nickname=data.nickname)


@get("/my/data", opt=CITIZEN, tags=["citizen"], summary="Who I am here")
async def read_me(request: AnyRequest) -> Citizen:
    """With the phone number, for the citizen alone."""
    return await citizens.read_citizen(actor_of(request))


@put("/my/data", opt=CITIZEN, tags=["citizen"], summary="Correct my name")
async def correct_me(request: AnyRequest, data: JSONBody[NameInput]) -> Citizen:
    """As others see it."""
    return await citizens.correct_name(actor_of(request), name=data.name)


@get("/my/data/copy", opt=CITIZEN, tags=["citizen"], summary="A copy of my data")
async def copy_me(request: AnyRequest) -> dict[str, Any]:
    """Everything that is kept, by section."""
    return await citizens.copy_of_my_data(actor_of(request))


@delete("/my/data", opt=CITIZEN, tags=["citizen"], summary="Erase me", status_code=204)
async def erase_me(request: AnyRequest) -> None:
    """Ends the account; the books keep sums under an id that names nobody."""
    await citizens.erase(actor_of(request))


@get("/my/sources", opt=CITIZEN, tags=["citizen"], summary="Sources and my consents")
async def list_sources(request: AnyRequest) -> list[SourceChoice]:
    """Every open source with what I chose."""
    return await members.list_source_choices(actor_of(request))


@post("/my/sources/{source_id:uuid}/link", opt=CITIZEN, tags=["citizen"], summary="Link a source")
async def link_source(request: AnyRequest, source_id: FromPath[UUID], data: JSONBody[LinkInput]) -> NewLink:
    """Consents to it for credits; the answer holds the link to give to the partner."""
    return await members.link_source(
        actor_of(request), source_id=source_id, consent_text_version=data.text_version
    )


@delete(
    "/my/sources/{source_id:uuid}/link",
    opt=CITIZEN,
    tags=["citizen"],
    summary="Unlink a source",
    status_code=204,
)
async def unlink_source(request: AnyRequest, source_id: FromPath[UUID]) -> None:
    """Ends every consent for it."""
    await members.unlink_source(actor_of(request), source_id=source_id)


@post("/my/sources/{source_id:uuid}/consents", opt=CITIZEN, tags=["citizen"], summary="Consent to a purpose")
async def give_consent(
    request: AnyRequest, source_id: FromPath[UUID], data: JSONBody[PurposeInput]
) -> PersonConsent:
    """For this source."""
    return await person_consents.give_consent(
        actor_of(request), source_id=str(source_id), purpose=data.purpose, text_version=data.text_version
    )


@delete(
    "/my/sources/{source_id:uuid}/consents/{purpose:str}",
    opt=CITIZEN,
    tags=["citizen"],
    summary="Withdraw a consent",
    status_code=204,
)
async def withdraw_consent(request: AnyRequest, source_id: FromPath[UUID], purpose: FromPath[str]) -> None:
    """At once."""
    await person_consents.withdraw(actor_of(request), source_id=str(source_id), purpose=purpose)


@get("/my/wallet", opt=CITIZEN, tags=["citizen"], summary="My points")
async def read_wallet(request: AnyRequest) -> Wallet:
    """With lots and what lapses next; in hundredths of a point."""
    return await wallet.read_wallet(actor_of(request))


@get("/my/grams", opt=CITIZEN, tags=["citizen"], summary="My grams")
async def read_grams(request: AnyRequest) -> Grams:
    """Credited and used, in milligrams."""
    return await grams.read_grams(actor_of(request))


@get("/my/grams/uses", opt=CITIZEN, tags=["citizen"], summary="What my grams went to")
async def list_gram_uses(request: AnyRequest) -> list[GramUse]:
    """Newest first."""
    return await grams.list_uses(actor_of(request))


@get("/my/picture", opt=CITIZEN, tags=["citizen"], summary="My month and year")
async def read_picture(request: AnyRequest) -> Picture:
    """Twelve months, this month by act, and all time."""
    return await history.read_picture(actor_of(request))


@get("/my/days", opt=CITIZEN, tags=["citizen"], summary="My history")
async def list_days(
    request: AnyRequest,
    before: Annotated[date | None, QueryParameter(description="Last day of the page before")] = None,
) -> list[DayLine]:
    """Days with acts, latest first."""
    return await history.list_days(actor_of(request), before=before)


@get("/my/days/{day:str}", opt=CITIZEN, tags=["citizen"], summary="One day")
async def read_day(request: AnyRequest, day: FromPath[str]) -> list[ActAnswer]:
    """Each act with its verdict and explanation."""
    language = language_of(request)
    return [
        act_answer(line, language) for line in await history.read_day(actor_of(request), day=named_day(day))
    ]


def named_day(text: str) -> date:
    """The day an address names, 2026-11-03.

    Raises:
        NotFound: no day of the calendar.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(N_("Nothing is kept of {day}."), day=text[:20]) from None


@post("/my/appeals", opt=CITIZEN, tags=["citizen"], summary="Appeal")
async def make_appeal(request: AnyRequest, data: JSONBody[AppealInput]) -> Appeal:
    """About one act that was not counted."""
    return await appeals.appeal(actor_of(request), day=data.day, key=data.key, reason=data.reason)


@get("/my/appeals", opt=CITIZEN, tags=["citizen"], summary="My appeals")
async def list_appeals(request: AnyRequest) -> list[Appeal]:
    """With what became of them."""
    return await appeals.list_appeals(actor_of(request))


@post("/my/redemptions", opt=CITIZEN, tags=["citizen"], summary="Redeem a reward")
async def redeem(request: AnyRequest, data: JSONBody[RedeemInput], key: IdempotencyKey) -> Redemption:
    """One piece and its coupon."""
    return await rewards.redeem(actor_of(request), reward_id=data.reward_id, key=key)


@get("/my/redemptions", opt=CITIZEN, tags=["citizen"], summary="My coupons")
async def list_redemptions(request: AnyRequest) -> list[Redemption]:
    """Newest first."""
    return await rewards.list_redemptions(actor_of(request))


@get("/my/causes", opt=CITIZEN, tags=["citizen"], summary="What grams can be given to")
async def list_causes(request: AnyRequest) -> list[Cause]:
    """With what I gave."""
    return await grams.list_causes(actor_of(request))


@post("/my/donations", opt=CITIZEN, tags=["citizen"], summary="Give grams", status_code=200)
async def donate(request: AnyRequest, data: JSONBody[DonationInput], key: IdempotencyKey) -> Grams:
    """To a cause."""
    return await grams.donate(actor_of(request), cause_id=data.cause_id, grams=data.grams, key=key)


@post("/my/events", opt=CITIZEN, tags=["citizen"], summary="Set grams against an event", status_code=200)
async def neutralise(request: AnyRequest, data: JSONBody[EventInput], key: IdempotencyKey) -> Grams:
    """Of one's own."""
    return await grams.neutralise(actor_of(request), event=data.event, grams=data.grams, key=key)


@get("/my/teams", opt=CITIZEN, tags=["citizen"], summary="My teams")
async def list_teams(request: AnyRequest) -> list[Team]:
    """Those I count with."""
    return await teams.list_teams(actor_of(request))


@post("/my/teams", opt=CITIZEN, tags=["citizen"], summary="Found a team")
async def found_team(request: AnyRequest, data: JSONBody[NewTeam]) -> Team:
    """With its code for others."""
    return await teams.found_team(actor_of(request), kind=data.kind, name=data.name)


@post("/my/teams/join", opt=CITIZEN, tags=["citizen"], summary="Join a team", status_code=200)
async def join_team(request: AnyRequest, data: JSONBody[TeamCode]) -> Team:
    """By its code."""
    return await teams.join_team(actor_of(request), code=data.code)


@delete("/my/teams/{team_id:uuid}", opt=CITIZEN, tags=["citizen"], summary="Leave a team", status_code=204)
async def leave_team(request: AnyRequest, team_id: FromPath[UUID]) -> None:
    """Count with it no more."""
    await teams.leave_team(actor_of(request), team_id=team_id)


@get("/my/rankings/{kind:str}", opt=CITIZEN, tags=["citizen"], summary="Rankings")
async def read_ranking(
    request: AnyRequest,
    kind: FromPath[str],
    month: Annotated[date | None, QueryParameter(description="Any day of it")] = None,
) -> list[Ranked]:
    """Teams of at least ten, by grams for each member."""
    return await teams.read_ranking(actor_of(request), kind=kind, month=month)


@get("/my/campaigns", opt=CITIZEN, tags=["citizen"], summary="Campaigns")
async def list_campaigns(request: AnyRequest) -> list[Campaign]:
    """With how far I am."""
    return await campaigns.list_campaigns(actor_of(request))


@get("/my/shares", opt=CITIZEN, tags=["citizen"], summary="My share of credits")
async def list_shares(request: AnyRequest) -> list[Share]:
    """What my acts gave to which pool."""
    return await pools.list_shares(actor_of(request))


citizen_handlers = [
    list_texts, send_code, register, sign_in, join, read_me, correct_me, copy_me, erase_me, list_sources, link_source,
    unlink_source, give_consent, withdraw_consent, read_wallet, read_grams, list_gram_uses, read_picture, list_days, read_day,
    make_appeal, list_appeals, redeem, list_redemptions, list_causes, donate, neutralise, list_teams, found_team, join_team,
    leave_team, read_ranking, list_campaigns, list_shares,
]  # fmt: skip
