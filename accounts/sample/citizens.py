"""Citizens of the sample city: a metro and a bike share that send a month of rides, rewards, a campaign, a team.

What arrived becomes points when the scheduler settles it; `settle_now` does so at once for `make run`, and `spend_some`
lets the first citizen spend some.
"""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.database.transactions import transaction
from accounts.identity import people, person_consents
from accounts.identity.actors import Actor
from accounts.inclusion import campaigns, grams, members, programme, rewards, sources, teams
from accounts.inclusion.days import day_of
from accounts.inclusion.intake import SigningSource, receive
from accounts.inclusion.settling import settle
from accounts.inclusion.sources import Source
from accounts.sample.founding import entered
from accounts.sample.sign_ins import SampleSignIn, kept_password, read_passwords
from carbon.errors import Conflict

NAMES = ("小渝", "江江", "山山", "阿棠", "小满", "乐乐", "晨晨", "阿磊", "文文", "小雅", "大勇", "阿兰")
SHOWN = 2
DAYS = 28
_KM = (3.2, 5.4, 8.1, 11.7, 14.3)


def citizen_sign_ins(home: Path) -> list[SampleSignIn]:
    """Two citizens to sign in as."""
    passwords = read_passwords(home)
    return [
        SampleSignIn(_login(number), passwords[_login(number)], "居民", "Citizen", "citizen")
        for number in range(SHOWN)
        if _login(number) in passwords
    ]


def _login(number: int) -> str:
    return "citizen" if number == 0 else f"citizen{number + 1}"


async def sample_citizens(home: Path, operator: Actor, metro: Actor, bike: Actor) -> None:
    """The programme with its partners, rewards and citizens, and what the partners sent; made once."""
    await programme.open_programme(operator)
    if await sources.list_sources(metro):
        return
    rails = await sources.register_source(
        metro, name_zh="示例轨道交通", name_en="Sample Metro", acts=["metro", "bus"]
    )
    bikes = await sources.register_source(
        bike, name_zh="示例共享单车", name_en="Sample Bike Share", acts=["cycling", "e_moped"]
    )
    box: dict[str, Any] = {
        "name_zh": "示例轨道交通(沙箱)",
        "name_en": "Sample Metro (sandbox)",
        "acts": ["metro"],
        "sandbox": True,
    }
    await sources.register_source(metro, **box)
    await _offers(operator, bike)
    await asyncio.gather(*(_registered(home, number) for number in range(len(NAMES))))
    found = await asyncio.gather(*(entered(home, _login(number)) for number in range(len(NAMES))))
    citizens = [one for one in found if one is not None]
    links = await asyncio.gather(*(_linked(person, rails, bikes) for person in citizens))
    team = await teams.found_team(citizens[0], kind="school", name="示例两江中学")
    for person in citizens[1:]:
        await teams.join_team(person, code=team.code)
    await _send(rails, bikes, links)


async def _registered(home: Path, number: int) -> None:
    try:
        await people.register_citizen(
            login=_login(number),
            name=NAMES[number],
            password=kept_password(home, _login(number)),
            address="",
            request_id="",
        )
    except Conflict:
        return


async def _offers(operator: Actor, bike: Actor) -> None:
    today = day_of(datetime.now(UTC))
    until = today + timedelta(days=90)
    span: dict[str, Any] = {"from_on": today - timedelta(days=1), "until_on": until}
    await rewards.create_reward(
        operator,
        name_zh="2元公交券",
        name_en="Bus coupon of 2 yuan",
        points=20,
        stock=500,
        worth_fen=200,
        **span,
    )
    await rewards.create_reward(
        operator,
        name_zh="单车畅骑周卡",
        name_en="A week of bikes",
        points=60,
        stock=3,
        worth_fen=900,
        partner_id=bike.tenant_id,
        **span,
    )
    await grams.create_cause(
        operator, name_zh="示例缙云山校园林", name_en="Sample school wood", needed_kg=2_000
    )
    await campaigns.create_campaign(
        operator,
        name_zh="绿色通勤月",
        name_en="A month of green commuting",
        acts=["metro", "bus", "cycling"],
        from_on=today - timedelta(days=20),
        until_on=today + timedelta(days=10),
        needed=40,
        bonus_points=50,
    )


async def _linked(person: Actor, *chosen: Source) -> list[str]:
    await members.join(person, nickname=person.name)
    links = [(await members.link_source(person, source_id=source.id)).link for source in chosen]
    await person_consents.give_consent(person, source_id=str(chosen[0].id), purpose=members.POOLING)
    return links


async def _send(rails: Source, bikes: Source, links: list[list[str]]) -> None:
    """Week by week, as the partners would have sent it then."""
    chosen = random.Random(20251122)  # noqa: S311 - the same city each time
    now = datetime.now(UTC).replace(microsecond=0)
    for week in range(DAYS // 7, 0, -1):
        then = now - timedelta(days=7 * (week - 1))
        days = [then - timedelta(days=back) for back in range(6, 0, -1)]
        for place, source in enumerate((rails, bikes)):
            events = [
                event
                for day in days
                for link in links
                for event in _day(chosen, source, link[place], day, place)
            ]
            signing = SigningSource(source.id, source.partner_id, source.acts, sandbox=False)
            body = json.dumps(events).encode()
            await receive(signing, key=f"sample week {week}", body=body, lines=False, way="http", now=then)


def _day(chosen: random.Random, source: Source, link: str, day: datetime, place: int) -> list[dict[str, Any]]:
    """Two rides on most days; now and then one that gives nothing, so that its reason can be seen."""
    events = []
    for hour in (0, 10):  # eight in the morning and six in the evening in Asia/Shanghai
        if chosen.random() < (0.25, 0.6)[place]:
            continue
        start = day.replace(hour=hour, minute=chosen.randrange(50), second=0) + timedelta(minutes=45 * place)
        km = chosen.choice(_KM) / (1, 3)[place]
        bus = place == 0 and chosen.random() < 0.3
        round_trip = place == 1 and chosen.random() < 0.08
        events.append(
            {
                "id": f"{source.id.hex[-6:]}-{chosen.getrandbits(60):x}",
                "person": link,
                "act": "bus" if bus else source.acts[0],
                "quantity": 1 if bus else round(km, 1),
                "unit": "ride" if bus else ("passenger-km", "km")[place],
                "started_at": start.isoformat(),
                "ended_at": (start + timedelta(minutes=6 + km * (2, 5)[place])).isoformat(),
                "origin": "A",
                "destination": "A" if round_trip else "B",
            }
        )
    return events


async def settle_now() -> None:
    """What the scheduler does every minute, once, under its role."""
    async with transaction(tenant=None) as connection:
        await settle(connection)


async def spend_some(home: Path) -> None:
    """The first citizen gets a coupon and gives grams, once."""
    person = await entered(home, _login(0))
    if person is None or await rewards.list_redemptions(person):
        return
    cheapest, *_ = await rewards.list_rewards(person)
    [cause, *_] = await grams.list_causes(person)
    await rewards.redeem(person, reward_id=cheapest.id, key="sample")
    await grams.donate(person, cause_id=cause.id, grams=1_000, key="sample")
