"""Citizens' own pages, made for a phone: home, history, points and rewards, grams, teams, sources, own data."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from accounts.identity import citizens, consents, person_consents
from accounts.identity.permissions import Permission
from accounts.inclusion import appeals, campaigns, grams, history, members, pools, rewards, teams, wallet
from accounts.inclusion.history import MonthTotal
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from web.api.answers import attachment
from web.api.citizens import named_day
from web.guard import actor_of, ended_session_cookie
from web.language import language_of
from web.pages import formats
from web.pages.assets import asset_address
from web.pages.forms import form_of
from web.pages.rendering import AnyRequest, render

CITIZEN = {"permission": Permission.INCLUSION_TAKE_PART}
HERE = "/my"
PICTURE_HEIGHT = 90
_STATES = {
    "issued": N_("ready to use"),
    "used": N_("used"),
    "refunded": N_("refunded"),
    "open": N_("being looked at"),
    "granted": N_("granted"),
    "refused": N_("refused"),
}
_PURPOSES = {
    "credit": N_("Count my acts and give points"),
    "pooling": N_("Pool my grams into credits"),
}
_TEAM_KINDS = {
    "workplace": N_("Workplace"),
    "district": N_("District"),
    "school": N_("School"),
    "friends": N_("Friends"),
}


def grams_text(mg: int, language: str) -> str:
    """Milligrams as grams, or as kilograms from ten of them on."""
    if abs(mg) >= 10_000_000:
        return f"{formats.number(Decimal(mg) / 10**6, language, 1)} {'千克' if language == 'zh' else 'kg'}"
    return f"{formats.number(Decimal(mg) / 1000, language, 0)} {'克' if language == 'zh' else 'g'}"


def points_text(hundredths: int, language: str) -> str:
    """Hundredths as points, with decimals only where there are any."""
    return formats.number(Decimal(hundredths) / 100, language)


def page(request: AnyRequest, name: str, **context: Any) -> Response[str]:
    """A citizen's page, with grams and points in words."""
    language = language_of(request)
    return render(
        request,
        name,
        grams=partial(grams_text, language=language),
        points=partial(points_text, language=language),
        states=_STATES,
        **context,
    )


@get("/my", opt=CITIZEN, include_in_schema=False)
async def home(request: AnyRequest) -> Response[str]:
    """Grams, points, the month and the year; whoever has not joined yet is asked to."""
    actor = actor_of(request)
    try:
        picture = await history.read_picture(actor)
    except NotFound as missing:
        return page(request, "my.html", missing=missing, picture=None)
    return page(
        request,
        "my.html",
        missing=None,
        picture=picture,
        bars=bars(picture.months),
        held=await wallet.read_wallet(actor),
        free=await grams.read_grams(actor),
        badges=campaigns.badges_of(picture),
        campaigns=await campaigns.list_campaigns(actor),
        linked=[one for one in await members.list_source_choices(actor) if one.linked_at],
    )


def bars(months: tuple[MonthTotal, ...]) -> list[tuple[MonthTotal, int]]:
    """Each month with the height of its bar."""
    most = max((month.credited_mg for month in months), default=0) or 1
    return [(month, PICTURE_HEIGHT * month.credited_mg // most) for month in months]


@post("/my/join", opt=CITIZEN, include_in_schema=False)
async def join(request: AnyRequest) -> Response[str] | Redirect:
    """Takes part from now on."""
    form = await form_of(request)
    try:
        await members.join(actor_of(request), nickname=form.text("nickname", required=False, maximum=40))
    except Problem as problem:
        return page(request, "my.html", missing=problem, picture=None, mistake=problem)
    return Redirect("/my/sources?done=citizen-joined", status_code=303)


@get("/my/history", opt=CITIZEN, include_in_schema=False)
async def days(request: AnyRequest) -> Response[str]:
    """Day by day."""
    return page(request, "my_history.html", days=await history.list_days(actor_of(request), limit=60))


@get("/my/history/{day:str}", opt=CITIZEN, include_in_schema=False)
async def one_day(request: AnyRequest, day: FromPath[str]) -> Response[str]:
    """Each act, why it counts or not, and how its grams came to be."""
    return await _day(request, named_day(day))


async def _day(request: AnyRequest, day: date, **context: Any) -> Response[str]:
    actor = actor_of(request)
    lines = await history.read_day(actor, day=day)
    asked = [one for one in await appeals.list_appeals(actor) if one.day == day]
    return page(request, "my_day.html", shown_day=day, lines=lines, asked=asked, **context)


@post("/my/history/{day:str}/appeal", opt=CITIZEN, include_in_schema=False)
async def make_appeal(request: AnyRequest, day: FromPath[str]) -> Response[str] | Redirect:
    """Asks to look again."""
    form = await form_of(request)
    shown = named_day(day)
    try:
        await appeals.appeal(
            actor_of(request),
            day=shown,
            key=form.identifier("key"),
            reason=form.passage("reason", maximum=1000),
        )
    except Problem as problem:
        return await _day(
            request, shown, mistake=problem, fields=form.without("key"), here=f"/my/history/{shown}"
        )
    return Redirect(f"/my/history/{shown}?done=appeal-made", status_code=303)


@get("/my/points", opt=CITIZEN, include_in_schema=False)
async def points_page(request: AnyRequest) -> Response[str]:
    """Lots with their last days, the catalogue, coupons."""
    return await _points(request)


async def _points(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return page(
        request,
        "my_points.html",
        held=await wallet.read_wallet(actor),
        rewards=await rewards.list_rewards(actor),
        coupons=await rewards.list_redemptions(actor),
        key=new_id(),
        **context,
    )


@post("/my/points/redeem", opt=CITIZEN, include_in_schema=False)
async def redeem(request: AnyRequest) -> Response[str] | Redirect:
    """Points for a coupon."""
    form = await form_of(request)
    try:
        await rewards.redeem(actor_of(request), reward_id=form.identifier("reward_id"), key=form.text("key"))
    except Problem as problem:
        return await _points(request, mistake=problem, here="/my/points")
    return Redirect("/my/points?done=reward-redeemed#coupons", status_code=303)


@get("/my/grams", opt=CITIZEN, include_in_schema=False)
async def grams_page(request: AnyRequest) -> Response[str]:
    """Give grams, set them against an event, see one's share of credits."""
    return await _grams(request)


async def _grams(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    return page(
        request,
        "my_grams.html",
        free=await grams.read_grams(actor),
        causes=await grams.list_causes(actor),
        uses=await grams.list_uses(actor),
        shares=await pools.list_shares(actor),
        key=new_id(),
        **context,
    )


@post("/my/grams/donate", opt=CITIZEN, include_in_schema=False)
async def donate(request: AnyRequest) -> Response[str] | Redirect:
    """Grams for a cause."""
    form = await form_of(request)
    try:
        await grams.donate(
            actor_of(request),
            cause_id=form.identifier("cause_id"),
            grams=form.whole("grams", minimum=1, maximum=10**9),
            key=form.text("key"),
        )
    except Problem as problem:
        return await _grams(request, mistake=problem, fields=form.without("key"), here="/my/grams")
    return Redirect("/my/grams?done=grams-given", status_code=303)


@post("/my/grams/event", opt=CITIZEN, include_in_schema=False)
async def neutralise(request: AnyRequest) -> Response[str] | Redirect:
    """Grams against an event."""
    form = await form_of(request)
    try:
        await grams.neutralise(
            actor_of(request),
            event=form.text("event"),
            grams=form.whole("event_grams", minimum=1, maximum=10**9),
            key=form.text("key"),
        )
    except Problem as problem:
        return await _grams(request, mistake=problem, fields=form.without("key"), here="/my/grams")
    return Redirect("/my/grams?done=grams-given", status_code=303)


@get("/my/teams", opt=CITIZEN, include_in_schema=False)
async def teams_page(request: AnyRequest) -> Response[str]:
    """One's teams and this month's ranking of a kind."""
    return await _teams(request)


async def _teams(request: AnyRequest, **context: Any) -> Response[str]:
    actor = actor_of(request)
    kind = request.query_params.get("kind", "workplace")
    kind = kind if kind in teams.KINDS else "workplace"
    return page(
        request,
        "my_teams.html",
        teams=await teams.list_teams(actor),
        kind=kind,
        kinds=_TEAM_KINDS,
        ranking=await teams.read_ranking(actor, kind=kind),
        consent=consents.consent_text("ranking"),
        **context,
    )


@post("/my/teams", opt=CITIZEN, include_in_schema=False)
async def enter_team(request: AnyRequest) -> Response[str] | Redirect:
    """Founds or joins one."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        if form.text("code", required=False, maximum=12):
            await teams.join_team(actor, code=form.text("code"))
        else:
            await teams.found_team(actor, kind=form.text("kind"), name=form.text("name", maximum=60))
    except Problem as problem:
        return await _teams(request, mistake=problem, fields=form.without(), here="/my/teams")
    return Redirect("/my/teams?done=team-joined", status_code=303)


@post("/my/teams/{team_id:uuid}/leave", opt=CITIZEN, include_in_schema=False)
async def leave_team(request: AnyRequest, team_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Counts with it no more."""
    try:
        await teams.leave_team(actor_of(request), team_id=team_id)
    except Problem as problem:
        return await _teams(request, mistake=problem, here="/my/teams")
    return Redirect("/my/teams?done=team-left", status_code=303)


@get("/my/sources", opt=CITIZEN, include_in_schema=False)
async def sources_page(request: AnyRequest) -> Response[str]:
    """Each source with what one consents to."""
    return await _sources(request)


async def _sources(request: AnyRequest, **context: Any) -> Response[str]:
    return page(
        request,
        "my_sources.html",
        **{
            "choices": await members.list_source_choices(actor_of(request)),
            "texts": {purpose: consents.consent_text(purpose) for purpose in _PURPOSES},
            "purposes": _PURPOSES,
            "link": None,
            **context,
        },
    )


@post("/my/sources/{source_id:uuid}", opt=CITIZEN, include_in_schema=False)
async def change_source(request: AnyRequest, source_id: FromPath[UUID]) -> Response[str] | Redirect:
    """Links, unlinks, gives or withdraws a consent, as the button says."""
    form = await form_of(request)
    actor, wish = actor_of(request), form.text("wish")
    try:
        if wish == "link":
            return await _sources(
                request, link=await members.link_source(actor, source_id=source_id), here="/my/sources"
            )
        if wish == "unlink":
            await members.unlink_source(actor, source_id=source_id)
        elif wish == "give":
            await person_consents.give_consent(actor, source_id=str(source_id), purpose=form.text("purpose"))
        else:
            await person_consents.withdraw(actor, source_id=str(source_id), purpose=form.text("purpose"))
    except Problem as problem:
        return await _sources(request, mistake=problem, here="/my/sources")
    return Redirect("/my/sources?done=source-changed", status_code=303)


@get("/my/data", opt=CITIZEN, include_in_schema=False)
async def data_page(request: AnyRequest) -> Response[str]:
    """What is kept; copying, correcting, erasing."""
    return page(request, "my_data.html", citizen=await citizens.read_citizen(actor_of(request)))


@post("/my/data", opt=CITIZEN, include_in_schema=False)
async def correct_data(request: AnyRequest) -> Response[str] | Redirect:
    """Another name."""
    form = await form_of(request)
    actor = actor_of(request)
    try:
        await citizens.correct_name(actor, name=form.text("name", maximum=30))
    except Problem as problem:
        known = await citizens.read_citizen(actor)
        return page(
            request, "my_data.html", citizen=known, mistake=problem, fields=form.without(), here="/my/data"
        )
    return Redirect("/my/data?done=name-corrected", status_code=303)


@get("/my/data/copy", opt=CITIZEN, include_in_schema=False)
async def copy_data(request: AnyRequest) -> Response[bytes]:
    """Everything, to keep."""
    copied = await citizens.copy_of_my_data(actor_of(request))
    content = msgspec.json.format(msgspec.json.encode(copied), indent=2)
    return Response(content, media_type="application/json", headers=attachment("my-data.json"))


@post("/my/data/erase", opt=CITIZEN, include_in_schema=False)
async def erase_data(request: AnyRequest) -> Response[str] | Redirect:
    """Ends the account, when the word that says so is written."""
    form = await form_of(request)
    actor = actor_of(request)
    if form.text("sure", required=False) != "yes":
        mistake = Problem(N_("Tick the box if you are sure."), at="sure")
        return page(
            request,
            "my_data.html",
            citizen=await citizens.read_citizen(actor),
            mistake=mistake,
            here="/my/data",
        )
    await citizens.erase(actor)
    answer = Redirect("/?done=citizen-erased", status_code=303)
    answer.set_cookie(ended_session_cookie(request))
    return answer


@get(
    "/app.webmanifest",
    opt={"public": "what a phone needs to put the pages on its home screen"},
    include_in_schema=False,
    sync_to_thread=False,
)
def manifest(request: AnyRequest) -> Response[bytes]:
    """Name, colours and picture of the installed page."""
    zh = language_of(request) == "zh"
    content = {
        "name": "居民碳账户" if zh else "Inclusive Carbon for citizens",
        "short_name": "碳账户" if zh else "Carbon",
        "lang": "zh-Hans" if zh else "en",
        "start_url": "/my",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#14584a",
        "icons": [
            {"src": asset_address("seal.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
        ],
    }
    return Response(
        msgspec.json.encode(content),
        media_type="application/manifest+json",
        headers={"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language, Cookie"},
    )


handlers = [
    home, join, days, one_day, make_appeal, points_page, redeem, grams_page, donate, neutralise, teams_page, enter_team,
    leave_team, sources_page, change_source, data_page, correct_data, copy_data, erase_data, manifest,
]  # fmt: skip
