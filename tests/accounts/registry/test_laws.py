"""Whatever happens to credits: every tonne is somewhere, once, and a plain model agrees with the register number by number."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.database.pool import current_pool
from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.registry import acts, freezes, moves, reading, units
from carbon.credits import in_words, parse_serial
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.identity.people_of_the_city import reader_of
from tests.accounts.registry.register import pick, register, sound

ISSUED = 60
number = st.integers(1, ISSUED)
amount = st.integers(1, 25)
who = st.sampled_from(["mill", "works"])
step = st.one_of(
    st.tuples(st.just("transfer"), who, amount, st.none() | number),
    st.tuples(st.just("retire"), who, amount, st.none() | number),
    st.tuples(st.just("cancel"), who, amount, st.none() | number),
    st.tuples(st.just("hold"), who, amount, st.none() | number),
    st.tuples(st.just("settle"), who, amount, st.none()),
    st.tuples(st.just("release"), who, amount, st.none()),
    st.tuples(st.just("freeze"), who, amount, number),
    st.tuples(st.just("lift"), who, amount, st.none()),
)


class Model:
    """Where each number is: holder, state, and the claim that binds it."""

    def __init__(self):
        self.at = dict.fromkeys(range(1, ISSUED + 1), ("mill", "held", None))

    def free(self, holder, quantity, first, state="held", claim=None):
        """The numbers meant, or None when they are not all there."""
        mine = [n for n, place in self.at.items() if place == (holder, state, claim)]
        if first is not None:
            wanted = list(range(first, first + quantity))
            return wanted if set(wanted) <= set(mine) else None
        return sorted(mine)[:quantity] if len(mine) >= quantity else None

    def put(self, numbers, holder, state, claim=None):
        self.at.update(dict.fromkeys(numbers, (holder, state, claim)))


@pytest.fixture
async def city(database):
    return await register()


async def act(city, model, batch, claims, what, holder, quantity, first):
    """One step on both sides; the register must refuse exactly what the model cannot do."""
    actor, other = (city.mill, city.works) if holder == "mill" else (city.works, city.mill)
    receiver = "works" if holder == "mill" else "mill"
    chosen = [units.Pick(batch, quantity, first)]
    numbers = model.free(holder, quantity, first)
    simple = {
        "transfer": (units.transfer, {"to_tenant_id": other.tenant_id}, (receiver, "held")),
        "retire": (
            units.retire,
            {"purpose": "public-good", "beneficiary": "全市"},
            (holder, "retired"),
        ),
        "cancel": (units.cancel, {}, (holder, "cancelled")),
    }
    if what in simple:
        run, values, (to, state) = simple[what]
        if numbers is None:
            with pytest.raises(Conflict):
                await city.by(actor, run, picks=chosen, **values)
        else:
            await city.by(actor, run, picks=chosen, **values)
            model.put(numbers, to, state)
    elif what == "hold":
        if numbers is None:
            with pytest.raises(Conflict):
                await city.by(actor, units.hold, picks=chosen, to_tenant_id=other.tenant_id)
        else:
            made = await city.by(actor, units.hold, picks=chosen, to_tenant_id=other.tenant_id)
            model.put(numbers, holder, "reserved", made.id)
            claims.append((made.id, holder, receiver))
    elif what in {"settle", "release"} and claims:
        claim, giver, taker = claims[-1]
        actor = city.mill if giver == "mill" else city.works
        left = [n for n, place in model.at.items() if place == (giver, "reserved", claim)]
        part = min(quantity, len(left))
        if what == "settle":
            await city.by(actor, units.settle, reservation_id=claim, quantity_t=part)
            model.put(sorted(left)[:part], taker, "held")
        else:
            part = len(left)
            async with transaction(tenant=actor.tenant_id) as connection:
                await units.release(connection, actor, reservation_id=claim)
            model.put(left, giver, "held")
        if part == len(left):
            claims.pop()
    elif what == "freeze":
        await freeze(city, model, batch, claims, first, quantity)
    elif what == "lift":
        await lift(city, model)


async def freeze(city, model, batch, claims, first, quantity):
    span = range(first, min(first + quantity, ISSUED + 1))
    stopped = {model.at[n][2] for n in span if model.at[n][1] == "reserved"}
    hit = [n for n in span if model.at[n][1] in {"held", "reserved"}]
    async with transaction(tenant=city.office.tenant_id) as connection:
        chosen = units.Pick(batch, len(span), first)
        if not hit:
            with pytest.raises(Conflict):
                await freezes.freeze_numbers(connection, city.office, pick=chosen, reason="查")
            return
        made = await freezes.freeze_numbers(connection, city.office, pick=chosen, reason="查")
    for n, (holder, _, claim) in model.at.items():
        if claim in stopped and claim is not None:
            model.at[n] = (holder, "held", None)
    claims[:] = [each for each in claims if each[0] not in stopped]
    ids = {one.account_id: one.id for one in made}
    for n in hit:
        holder = model.at[n][0]
        tenant = (city.mill if holder == "mill" else city.works).tenant_id
        model.at[n] = (holder, "frozen", ids[tenant])


async def lift(city, model):
    frozen = {place[2] for place in model.at.values() if place[1] == "frozen"}
    if frozen:
        claim = min(frozen)
        async with transaction(tenant=city.office.tenant_id) as connection:
            await freezes.lift_freeze(connection, city.office, freeze_id=claim, reason="查清")
        for n, (holder, _, old) in model.at.items():
            if old == claim:
                model.at[n] = (holder, "held", None)


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(step, min_size=4, max_size=14))
async def test_the_register_agrees_with_a_plain_model(database, city, steps):
    # A line of numbers of its own for each example: they share the database.
    blocks = await city.issue(ISSUED, code=f"M{new_id().hex[-12:]}")
    batch, model, claims = blocks[0].batch_number, Model(), []
    for what, holder, quantity, first in steps:
        await act(city, model, batch, claims, what, holder, quantity, first)
    async with database.as_superuser() as admin:
        rows = await admin.fetch(
            "select first, last, tenant_id, state from registry_block where batch_number = $1 and closed_at is null",
            batch,
        )
    names = {city.mill.tenant_id: "mill", city.works.tenant_id: "works"}
    found = {
        n: (names[row["tenant_id"]], row["state"])
        for row in rows
        for n in range(row["first"], row["last"] + 1)
    }
    assert found == {n: place[:2] for n, place in model.at.items()}
    await sound(database)


async def test_of_two_who_want_the_same_block_exactly_one_wins(database):
    city = await register()
    blocks = await city.issue(200)
    for turn in range(8):
        chosen = pick(blocks, 10, turn * 10 + 1)
        answers = await asyncio.gather(
            city.retire(city.mill, chosen),
            city.by(city.mill, units.transfer, picks=[chosen], to_tenant_id=city.works.tenant_id),
            city.by(city.mill, units.hold, picks=[chosen], to_tenant_id=city.works.tenant_id),
            return_exceptions=True,
        )
        assert [type(each) for each in answers].count(Conflict) == 2
    await sound(database)


async def test_many_at_once_never_give_more_than_there_is(database):
    city = await register()
    blocks = await city.issue(100)
    answers = await asyncio.gather(
        *(city.retire(city.mill, pick(blocks, 30)) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, Conflict) for each in answers) == 3
    assert await city.tonnes(city.mill) == {"retired": 90, "held": 10}
    await sound(database)


async def test_a_batch_of_transfers_may_pass_on_what_it_just_received(database):
    city = await register()
    blocks = await city.issue(100)
    held = {}
    async with transaction(tenant=city.office.tenant_id) as connection:
        for name in ("mill", "works", "bank"):
            tenant = getattr(city, name).tenant_id
            held[name] = await moves.account(
                connection, tenant_id=tenant, batch_number=blocks[0].batch_number, state="held"
            )

        def move(key, giver, taker, quantity_t):
            leg = moves.Leg(held[giver], held[taker], quantity_t)
            return moves.Move("transfer", key, (leg,), blocks[0].opened_at.date())

        answers = await moves.move_batch(
            connection,
            [
                move("1", "mill", "works", 40),
                move("2", "works", "bank", 15),
                move("3", "bank", "mill", 99),
                move("4", "works", "mill", 5),
                move("1", "mill", "works", 40),
            ][:4],
        )
    assert [isinstance(each, moves.Moved) for each in answers] == [True, True, False, True]
    assert await city.serials(city.bank) == ["CQCER-CQ0001-2025-1-15"]
    assert await city.serials(city.works) == ["CQCER-CQ0001-2025-21-40"]
    await sound(database)


async def test_balances_of_any_past_moment_stay_as_they_were(database):
    city = await register()
    blocks = await city.issue(100, buffer_t=10)
    moments = [(await current_pool().fetchval("select clock_timestamp()"), {"held": 90})]
    for turn, state in enumerate(("retired", "cancelled", "reserved"), 1):
        chosen = [pick(blocks, 10)]
        if state == "retired":
            await city.retire(city.mill, *chosen)
        elif state == "cancelled":
            await city.by(city.mill, units.cancel, picks=chosen)
        else:
            await city.by(city.mill, units.hold, picks=chosen, to_tenant_id=city.works.tenant_id)
        expected = {**moments[-1][1], state: 10, "held": 90 - 10 * turn}
        moments.append((await current_pool().fetchval("select clock_timestamp()"), expected))
    for instant, expected in moments:
        account = await reading.read_account(city.mill, at=instant)
        total = account.total
        assert {name: getattr(total, name) for name in expected} == expected
        assert total.balances
        same = await reading.read_account(city.office, account_id=city.mill.tenant_id, at=instant)
        assert same.total == total
    before = await reading.read_account(city.mill, at=moments[0][0] - timedelta(days=1))
    assert before.total.issued == 0
    assert (await reading.read_account(city.mill)).total.held == 60


async def test_neighbours_become_one_block_again_and_no_number_moves(database):
    city = await register()
    blocks = await city.issue(100)
    for first in (11, 31, 51):
        placed = await city.by(
            city.mill, units.hold, picks=[pick(blocks, 10, first)], to_tenant_id=city.works.tenant_id
        )
        async with transaction(tenant=city.mill.tenant_id) as connection:
            await units.release(connection, city.mill, reservation_id=placed.id)
    await city.retire(city.mill, pick(blocks, 10, 71))
    assert len(await city.serials(city.mill)) == 8
    (shown, rest) = await reading.list_blocks(city.mill, state="held")
    assert (shown.serial, rest.serial) == ("CQCER-CQ0001-2025-1-70", "CQCER-CQ0001-2025-81-100")
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        assert await moves.merge_blocks(connection) == 6
        assert await moves.merge_blocks(connection) == 0
    assert await city.serials(city.mill) == ["CQCER-CQ0001-2025-1-70", "CQCER-CQ0001-2025-81-100"]
    await city.retire(city.mill, pick(blocks, 70, 1))
    await sound(database)


async def test_neither_web_nor_superuser_with_guards_on_can_bend_the_numbers(database):
    city = await register()
    blocks = await city.issue(100)
    await city.retire(city.mill, pick(blocks, 10))
    forbidden = [
        "update registry_block set closed_at = now() where state = 'retired'",
        "update registry_block set last = last + 1",
        "delete from registry_block",
        "update registry_batch set issued = issued - 1",
        "delete from registry_retirement",
        (
            "insert into registry_block select batch_number, first, last, tenant_id, keeper_id, account_id, state, claim_id, "
            "freeze_id, act, gen_random_uuid(), now(), null from registry_block where state = 'held'"
        ),
    ]
    async with database.as_superuser() as admin:
        for statement in forbidden:
            with pytest.raises(Exception, match=r"refused|stays|append-only|conflicting key|exclusion"):
                await admin.execute(statement)
    async with transaction(tenant=city.mill.tenant_id) as connection:
        held = await moves.account(connection, tenant_id=city.mill.tenant_id, batch_number=1, state="held")
        theirs = await moves.account(connection, tenant_id=city.works.tenant_id, batch_number=1, state="held")
    from accounts.ledger import journal
    from accounts.ledger.entries import Leg

    with pytest.raises(Exception, match="by the registry alone"):
        async with transaction(tenant=city.mill.tenant_id) as connection:
            await journal.post(
                connection,
                key="x",
                kind="credit.transfer",
                legs=[Leg(held, theirs, 1)],
                occurred_on=blocks[0].opened_at.date(),
            )
    with pytest.raises(Exception, match="by the registry alone"):
        async with transaction(tenant=city.mill.tenant_id) as connection:
            await journal.hold(connection, key="x", kind="credit.hold", debit=held, credit=theirs, amount=1)
    await sound(database)


async def test_what_a_superuser_bends_with_guards_off_is_found(database):
    from accounts.registry.checks import broken_laws

    city = await register()
    blocks = await city.issue(100)
    await city.retire(city.mill, pick(blocks, 10))
    async with database.as_superuser() as admin:
        await admin.execute("set session_replication_role = replica")
        await admin.execute("update registry_block set last = last - 1 where state = 'retired'")
    laws = {breach.law for breach in await broken_laws(database.admin_url, database.settings)}
    assert len(laws) >= 4


async def test_every_act_asks_for_its_permission(database):
    city = await register()
    blocks = await city.issue(10)
    batch = blocks[0].batch_number
    chosen = {"batch_number": batch, "quantity_t": 1}
    reader = reader_of(city.mill)
    drafts = [
        acts.draft_transfer(reader, to_account_id=city.works.tenant_id, **chosen),
        acts.draft_retirement(reader, purpose="public-good", beneficiary="x", **chosen),
        acts.draft_cancellation(reader, **chosen),
        acts.draft_trust(reader, account_id=city.works.tenant_id),
        acts.draft_limits(reader, per_transfer_t=1, per_day_t=1),
        acts.draft_lift(city.mill, freeze_id=city.mill.tenant_id, reason="x"),
        acts.draft_forced_cancellation(city.mill, serial=blocks[0].serial, statement="x"),
        acts.draft_compensation(city.mill, scheme="CQCER", project_code="x", quantity_t=1, statement="x"),
        acts.draft_buffer_release(city.mill, to_account_id=city.works.tenant_id, **chosen),
        freezes.freeze(city.mill, account_id=city.works.tenant_id, reason="x"),
        reading.read_account(city.works, account_id=city.mill.tenant_id),
        reading.list_blocks(city.bank, account_id=city.mill.tenant_id),
    ]
    for each in drafts:
        with pytest.raises(NotPermitted):
            await each
    with pytest.raises(NotFound):
        await acts.draft_settlement(city.works, hold_id=city.mill.tenant_id)


@given(st.integers(0, 10**15))
def test_amounts_have_words_in_both_languages(tonnes):
    words = in_words(tonnes)
    assert words["zh"].endswith("吨")
    assert words["en"].split()[-1] in {"tonne", "tonnes"}


@pytest.mark.parametrize(
    ("tonnes", "zh", "en"),
    [
        (0, "零吨", "zero tonnes"),
        (1, "壹吨", "one tonne"),
        (105, "壹佰零伍吨", "one hundred five tonnes"),
        (10050, "壹万零伍拾吨", "ten thousand fifty tonnes"),
        (120300, "壹拾贰万零叁佰吨", "one hundred twenty thousand three hundred tonnes"),
        (100000001, "壹亿零壹吨", "one hundred million one tonnes"),
    ],
)
def test_some_amounts_in_words(tonnes, zh, en):
    assert in_words(tonnes) == {"zh": zh, "en": en}


@given(st.integers(1, 10**12), st.integers(0, 10**9))
def test_a_serial_reads_back_as_written(first, more):
    text = f"CQCER-CQ-12.3-2025-{first}-{first + more}"
    serial = parse_serial(text)
    assert (str(serial), serial.size, serial.project_code) == (text, more + 1, "CQ-12.3")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CQCER",
        "CQCER-X-2025-9-1",
        "CQCER-X-2025-0-1",
        "cqcer-X-2025-1",
        "CQCER--2025-1",
        "CQCER-X-2025-１",
    ],
)
def test_what_is_no_serial_is_refused(text):
    with pytest.raises(Problem):
        parse_serial(text)
