"""From grams to credits: who is in, what is left out, who verifies, who issues, and that no tonne counts twice."""

from datetime import timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.inclusion import appeals, grams, history, pools, wallet, watching
from accounts.inclusion.days import day_of
from accounts.inclusion.members import POOLING
from accounts.ledger.checks import check_books
from carbon.errors import Conflict, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import actor_in
from tests.accounts.inclusion.town import MORNING, NOW, consent

TODAY = day_of(NOW)


async def age(town, days: int = 12) -> None:
    """Move everything that was settled into the past, as time would."""
    async with town.database.as_superuser() as admin:
        old = day_of(MORNING)
        aged = old - timedelta(days=days)
        await admin.execute("set role carbon_owner")
        for kind in ("event", "day"):
            await admin.execute("select inclusion_open_day($1, $2)", kind, aged)
        await admin.execute("update inclusion_event set day = day - $1::int", days)
        await admin.execute(
            "update inclusion_day set day = day - $1::int, credited_mg = 2000000000, counted_mg = 2000000000",
            days,
        )


async def test_a_pool_takes_consenting_peoples_free_grams_once_and_becomes_credits(town):
    people = await town.move_in(4)
    for person in people[:3]:
        await consent(person, town.source, POOLING)
    await town.send([town.ride(person, 30 * n) for n, person in enumerate(people)])
    await town.settle()
    await age(town)
    await grams.neutralise(people[0], event="wedding", grams=500_000)
    period = {"from_on": TODAY - timedelta(days=40), "until_on": TODAY - timedelta(days=9)}
    with pytest.raises(Problem, match="closed"):
        await pools.draw_pool(town.operator, scheme="CQCER", acts=["metro"], from_on=TODAY, until_on=TODAY)
    pool = await pools.draw_pool(town.operator, scheme="CQCER", acts=["metro"], **period)
    assert (pool.people, pool.gross_mg, pool.tonnes) == (3, 5_500_000_000, 4)
    assert pool.excluded == {"people_without_consent": 1, "claimed_mg": 0, "used_elsewhere_mg": 500_000_000}
    with pytest.raises(Conflict):  # every gram is in the first pool
        await pools.draw_pool(town.operator, scheme="CQCER", acts=["metro"], **period)
    with pytest.raises(Conflict):
        await grams.neutralise(people[1], event="party", grams=1)

    verifier = await actor_in("verifier")
    with pytest.raises(NotPermitted):
        await pools.verify_pool(town.operator, pool_id=pool.id)
    samples = await pools.list_samples(verifier, pool_id=pool.id)
    with pytest.raises(Conflict, match="wait for a verdict"):
        await pools.verify_pool(verifier, pool_id=pool.id)
    for sample in samples:
        await pools.judge_sample(verifier, sample_id=sample.id, right=True)
    assert (await pools.verify_pool(verifier, pool_id=pool.id)).state == "verified"

    draft = await pools.ask_issue(town.operator, pool_id=pool.id)
    with pytest.raises(NotPermitted):
        await approvals.approve(town.operator, draft_id=draft.id, digest=draft.digest)
    colleague = Actor(**{**town.operator.__dict__, "person_id": new_id()})
    await approvals.approve(colleague, draft_id=draft.id, digest=draft.digest)
    [issued] = await pools.list_pools(town.operator)
    assert (issued.state, len(issued.serials)) == ("issued", 1)
    await pools.record_proceeds(town.operator, pool_id=pool.id, fen=22_000)
    [share] = await pools.list_shares(people[0])
    assert (share.mg, share.proceeds_fen, share.serials) == (1_500_000_000, 6_000, issued.serials)
    async with town.database.as_superuser() as admin:
        assert await check_books(admin) == []


async def test_a_sample_that_is_wrong_too_often_rejects_the_pool(town):
    [person] = await town.move_in()
    await consent(person, town.source, POOLING)
    await town.send([town.ride(person)])
    await town.settle()
    await age(town)
    pool = await pools.draw_pool(
        town.operator,
        scheme="CQCER",
        acts=["metro"],
        from_on=TODAY - timedelta(days=40),
        until_on=TODAY - timedelta(days=9),
    )
    verifier = await actor_in("verifier")
    [sample] = await pools.list_samples(verifier, pool_id=pool.id)
    await pools.judge_sample(verifier, sample_id=sample.id, right=False, note="no such ride")
    assert (await pools.verify_pool(verifier, pool_id=pool.id)).state == "rejected"
    with pytest.raises(Conflict):
        await pools.ask_issue(town.operator, pool_id=pool.id)


async def test_what_an_operator_claims_is_no_citizens_and_what_citizens_have_no_operator_claims(town):
    """The same tonne is never a citizen's point-credit and an operator's credit at once."""
    [person] = await town.move_in()
    claim = {"source_id": town.source.id, "acts": ["metro"], "project": "轨道交通自有减排项目"}
    with pytest.raises(Problem, match="tomorrow"):
        await pools.record_claim(town.operator, from_on=TODAY, until_on=TODAY, **claim)
    await pools.record_claim(
        town.operator, from_on=TODAY + timedelta(days=1), until_on=TODAY + timedelta(days=400), **claim
    )
    async with (
        town.database.as_superuser() as admin
    ):  # time goes by: the claim has begun the day before yesterday
        await admin.execute("set session_replication_role = replica")
        await admin.execute("update inclusion_operator_claim set from_on = $1", TODAY - timedelta(days=2))
    await town.send([town.ride(person), town.ride(person, 60, act="bus", unit="ride", km=1)])
    settled = await town.settle()
    assert (settled.credited_mg, settled.points) == (120_000, 110)
    lines = await history.read_day(person, day=day_of(MORNING))
    assert [line.verdict for line in lines] == ["claimed", "counted"]


async def test_a_farm_is_held_out_until_staff_let_an_honest_person_in(town):
    people = await town.move_in(6)
    await town.send([town.ride(person, 3 * n, device="one phone") for n, person in enumerate(people)])
    await town.settle()
    day = day_of(MORNING)
    async with town.database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert (await watching.watch(connection, day)).held_out == 6
    assert (await town.settle()).points == -6 * 373
    honest = people[0]
    [line] = await history.read_day(honest, day=day)
    assert (line.verdict, line.mg) == ("excluded", 0)
    made = await appeals.appeal(honest, day=day, key=line.key, reason="我们是一家人,用一部手机")
    with pytest.raises(Conflict):
        await appeals.appeal(honest, day=day, key=line.key, reason="again")
    assert "person" not in str(made.snapshot)
    decided = await appeals.decide(town.operator, appeal_id=made.id, granted=True, note="family")
    assert decided.state == "granted"
    assert (await town.settle()).points == 373
    assert (await wallet.read_wallet(honest)).balance == 373
    async with town.database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert (await watching.watch(connection, day)).held_out == 0
    async with town.database.as_superuser() as admin:
        assert await check_books(admin) == []
