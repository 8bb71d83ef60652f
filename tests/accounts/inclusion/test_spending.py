"""Points spent, given back and lapsed; grams used once; teams and campaigns."""

import asyncio
from datetime import date, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.inclusion import campaigns, grams, history, privacy, rewards, teams, wallet
from accounts.inclusion.days import day_of
from accounts.ledger.checks import check_books
from carbon.errors import Conflict, NotFound
from tests.accounts.identity.people_of_the_city import actor_in
from tests.accounts.inclusion.town import MORNING, NOW

TODAY = day_of(NOW)


async def earn(town, person, rides: int = 5) -> None:
    await town.send([town.ride(person, 60 * n, km=20, minutes=40) for n in range(rides)])
    await town.settle()


async def reward(town, points: int = 5, stock: int = 1, **more):
    return await rewards.create_reward(
        town.operator, name_zh="公交券", name_en="Bus coupon", points=points, stock=stock, from_on=TODAY,
        until_on=TODAY + timedelta(days=9), **more,
    )  # fmt: skip


async def books_hold(town) -> bool:
    async with town.database.as_superuser() as admin:
        return await check_books(admin) == []


async def test_of_two_who_want_the_last_piece_one_gets_it_and_a_refund_puts_it_back(town):
    people = await town.move_in(2)
    for person in people:
        await earn(town, person)
    shop = await actor_in("partner")
    last = await reward(town, partner_id=shop.tenant_id, worth_fen=200)
    answers = await asyncio.gather(
        *(rewards.redeem(one, reward_id=last.id) for one in people), return_exceptions=True
    )
    [got] = [answer for answer in answers if isinstance(answer, rewards.Redemption)]
    [sold_out] = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(sold_out, Conflict)
    winner = people[answers.index(got)]
    before = (await wallet.read_wallet(winner)).balance
    await rewards.refund(town.operator, redemption_id=got.id, reason="machine broken")
    assert (await wallet.read_wallet(winner)).balance == before + 500
    with pytest.raises(Conflict, match="refunded already"):
        await rewards.take_coupon(shop, coupon=got.coupon)
    again = await rewards.redeem(people[0], reward_id=last.id, key="once")
    assert await rewards.redeem(people[0], reward_id=last.id, key="once") == again
    with pytest.raises(NotFound):
        await rewards.take_coupon(town.partner, coupon=again.coupon)
    assert (await rewards.take_coupon(shop, coupon=again.coupon.lower())).worth_fen == 200
    with pytest.raises(Conflict):
        await rewards.take_coupon(shop, coupon=again.coupon)
    statement = await rewards.partner_statement(town.operator, month=TODAY, partner_id=shop.tenant_id)
    assert (statement.coupons, statement.worth_fen) == (1, 200)
    assert await books_hold(town)


async def lapse(town, day: date) -> wallet.Lapsed:
    async with town.database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        return await wallet.let_lapse(connection, day)


async def test_points_lapse_by_lot_and_what_was_spent_came_out_of_the_oldest(town):
    [person] = await town.move_in()
    await earn(town, person)
    coupon = await reward(town, points=10, stock=2)
    await rewards.redeem(person, reward_id=coupon.id)
    held = await wallet.read_wallet(person)
    [lot] = held.lots
    assert (lot.left, held.spendable) == (held.balance, held.balance)
    assert lot.left == lot.earned - 1000
    async with town.database.as_role(Role.SCHEDULER):
        for day, told in (
            (lot.expires_on - timedelta(days=90), 0),
            (lot.expires_on - timedelta(days=9), 1),
            (lot.expires_on, 0),
        ):
            async with transaction(tenant=None) as connection:
                assert await wallet.announce(connection, day) == told
    assert (await lapse(town, lot.expires_on)).points == 0
    assert (await lapse(town, lot.expires_on + timedelta(days=1))).points == lot.left
    assert (await lapse(town, lot.expires_on + timedelta(days=2))).points == 0
    assert (await wallet.read_wallet(person)).balance == 0
    with pytest.raises(Conflict):
        await rewards.redeem(person, reward_id=coupon.id)
    assert await books_hold(town)


async def test_grams_are_given_once_and_leave_with_an_event(town):
    [person] = await town.move_in()
    await earn(town, person, 2)
    free = (await grams.read_grams(person)).free_mg
    cause = await grams.create_cause(town.operator, name_zh="学校林", name_en="School wood", needed_kg=5)
    await grams.donate(person, cause_id=cause.id, grams=1000, key="k")
    await grams.donate(person, cause_id=cause.id, grams=1000, key="k")
    left = await grams.neutralise(person, event="birthday", grams=500)
    assert (left.donated_mg, left.neutral_mg, left.free_mg) == (1_000_000, 500_000, free - 1_500_000)
    with pytest.raises(Conflict):
        await grams.neutralise(person, event="wedding", grams=free)
    assert [cause.given_mg for cause in await grams.list_causes(person)] == [1_000_000]


async def test_a_ranking_shows_ten_and_not_nine(town):
    founder, *others = await town.move_in(10)
    team = await teams.found_team(founder, kind="school", name="第一小学")
    for person in others[:-1]:
        await teams.join_team(person, code=team.code)
    assert await teams.read_ranking(founder, kind="school") == []
    await teams.join_team(others[-1], code=team.code.lower())
    await town.send([town.ride(founder)])
    await town.settle()
    [ranked] = await teams.read_ranking(founder, kind="school", month=day_of(MORNING))
    assert (ranked.people, ranked.credited_mg, ranked.own) == (10, 373_600, True)
    await teams.leave_team(founder, team_id=team.id)
    assert await teams.read_ranking(others[0], kind="school") == []


async def test_a_campaigns_goal_earns_its_bonus_once(town):
    [person] = await town.move_in()
    await campaigns.create_campaign(
        town.operator, name_zh="绿色出行周", name_en="Green week", acts=["metro"], from_on=TODAY - timedelta(days=3),
        until_on=TODAY, needed=2, bonus_points=20,
    )  # fmt: skip
    await earn(town, person, 2)
    before = (await wallet.read_wallet(person)).balance
    async with town.database.as_role(Role.SCHEDULER):
        for given in (1, 0):
            async with transaction(tenant=None) as connection:
                assert await campaigns.give_bonuses(connection, TODAY) == given
    assert (await wallet.read_wallet(person)).balance == before + 2000
    [campaign] = await campaigns.list_campaigns(person)
    assert (campaign.done, campaign.received) == (2, True)


async def test_the_history_explains_each_act_as_it_was_settled(town):
    [person] = await town.move_in()
    await town.send(
        [
            town.ride(person),
            town.ride(person, 10, act="cycling", unit="km", km=3),
            town.ride(person, 90, destination="A"),
        ]
    )
    await town.settle()
    [day] = await history.list_days(person)
    lines = await history.read_day(person, day=day.day)
    assert [line.verdict for line in lines] == ["counted", "overlap", "same-place"]
    assert sum(line.mg for line in lines) == day.credited_mg == 373_600
    shown = lines[0].explanation.as_dict()
    assert shown["value"] == "373.6"
    assert "深圳" in str(shown)
    picture = await history.read_picture(person)
    assert (picture.total_mg, picture.counted, len(picture.months)) == (373_600, 1, 12)
    assert [badge.got for badge in campaigns.badges_of(picture)][:2] == [True, False]


async def test_an_erased_person_leaves_books_that_balance(town):
    [person] = await town.move_in()
    await earn(town, person)
    async with transaction(tenant=person.tenant_id) as connection:
        copy = await privacy.copy_inclusion(connection, person)
        assert len(copy["events"]) == 5
        await privacy.erase_inclusion(connection, person.person_id)
    with pytest.raises(NotFound):
        await wallet.read_wallet(person)
    async with town.database.as_superuser() as admin:
        assert await admin.fetchval("select count(*) from inclusion_event") == 0
    assert await books_hold(town)
