import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.entries import MOST, MOST_LEGS, request_hash
from accounts.ledger.journal import Balance, Entry, Leg, Transfer
from carbon.errors import Conflict, KeyReused, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id


async def test_a_posting_moves_both_balances(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.pay(connection, 300, "1")
        assert await journal.balance(connection, books.fund) == Balance(700, 0)
        assert await journal.balance(connection, books.treasury) == Balance(-1000, 0)
    async with transaction(tenant=books.bank) as connection:
        assert await journal.balance(connection, books.drawer) == Balance(300, 0)


async def test_an_entry_with_several_legs_is_posted_whole_or_not_at_all(books):
    async with transaction(tenant=books.bureau) as connection:
        legs = [Leg(books.fund, books.drawer, 600), Leg(books.fund, books.drawer, 500)]
        with pytest.raises(Conflict, match="400 available and 500 is needed"):
            await journal.post(connection, key="1", kind="pay", legs=legs, occurred_on=books.day)
        assert (await journal.balance(connection, books.fund)).posted == 1000


async def test_the_same_key_and_request_give_the_first_entry_again(books):
    async with transaction(tenant=books.bureau) as connection:
        first = await books.pay(connection, 300, "1")
    async with transaction(tenant=books.bureau) as connection:
        again = await books.pay(connection, 300, "1")
        assert (again.id, again.posted_at, again.replayed) == (first.id, first.posted_at, True)
        assert (await journal.balance(connection, books.fund)).posted == 700


async def test_the_same_key_with_another_request_is_refused(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.pay(connection, 300, "1")
        with pytest.raises(KeyReused, match="key 1 was used for another pay"):
            await books.pay(connection, 301, "1")


async def test_the_request_decides_what_a_repeat_is_not_the_legs_it_led_to(books):
    async with transaction(tenant=books.bureau) as connection:
        first = await books.pay(connection, 300, "1", request={"loan": "A", "month": "2026-03"})
        again = await books.pay(connection, 999, "1", request={"month": "2026-03", "loan": "A"})
        assert again.id == first.id
        with pytest.raises(KeyReused):
            await books.pay(connection, 300, "1", request={"loan": "B", "month": "2026-03"})


async def test_a_key_belongs_to_its_tenant_and_kind(books):
    async with transaction(tenant=books.bureau) as connection:
        first = await books.pay(connection, 300, "1")
        other_kind = await journal.post(
            connection, key="1", kind="refund", legs=[Leg(books.fund, books.drawer, 1)], occurred_on=books.day
        )
    async with transaction(tenant=books.bank) as connection:
        other_tenant = await books.pay(connection, 1, "1", debit=books.drawer, credit=books.fund)
    assert len({first.id, other_kind.id, other_tenant.id}) == 3


async def test_a_refused_entry_keeps_no_key(books):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Conflict):
            await books.pay(connection, 1001, "1")
        assert not (await books.pay(connection, 1, "1")).replayed


async def test_in_a_batch_one_overdraft_keeps_out_one_entry(books):
    def pay(key, amount):
        return Transfer(key, "pay", (Leg(books.fund, books.drawer, amount),), books.day)

    async with transaction(tenant=books.bureau) as connection:
        answers = await journal.post_batch(
            connection, [pay("1", 700), pay("2", 400), pay("3", 300), pay("1", 700), pay("3", 1), pay("4", 0)]
        )
        assert await journal.balance(connection, books.fund) == Balance(0, 0)
    posted, short, posted_too, repeat, reused, nothing = answers
    assert isinstance(posted, Entry)
    assert isinstance(posted_too, Entry)
    assert isinstance(short, Conflict)
    assert (repeat.id, repeat.replayed) == (posted.id, True)
    assert isinstance(reused, KeyReused)
    assert "The amount 0 is not a whole number" in str(nothing)


async def test_an_empty_batch_is_no_trouble(books):
    async with transaction(tenant=books.bureau) as connection:
        assert await journal.post_batch(connection, []) == []


@pytest.mark.parametrize("amount", [0, -1, MOST + 1, 1.5, True, "7"])
async def test_amounts_are_whole_positive_and_bounded(books, amount):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Problem, match="not a whole number"):
            await books.pay(connection, amount, "1")


@pytest.mark.parametrize("key", ["", "k" * 256, "nul\0", "half \ud800"])
async def test_a_key_the_column_cannot_hold_is_refused_before_it_is_sent(books, key):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Problem, match="The key must be plain Unicode text"):
            await books.pay(connection, 1, key)


@pytest.mark.parametrize("number", [0, MOST_LEGS + 1])
async def test_an_entry_has_at_least_one_leg_and_at_most_a_thousand(books, number):
    legs = [Leg(books.fund, books.drawer, 1)] * number
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Problem, match=f"it has {number}"):
            await journal.post(connection, key="1", kind="pay", legs=legs, occurred_on=books.day)


async def test_a_leg_needs_two_accounts_of_one_commodity_that_exist(books):
    async with transaction(tenant=books.bureau) as connection:
        await journal.register_commodity(connection, code="credit-kg", unit_zh="千克", unit_en="kg")
        credits_account = await journal.open_account(
            connection, tenant_id=books.bureau, code="credits", commodity="credit-kg"
        )
        with pytest.raises(Problem, match="different commodities"):
            await books.pay(connection, 1, "1", credit=credits_account)
        with pytest.raises(Problem, match="on both sides"):
            await books.pay(connection, 1, "1", credit=books.fund)
        with pytest.raises(NotFound, match="to receive"):
            await books.pay(connection, 1, "1", credit=new_id())
        with pytest.raises(NotFound, match="you may draw on"):
            await books.pay(connection, 1, "1", debit=new_id())


async def test_no_account_leaves_the_range_of_the_books(books):
    async with transaction(tenant=books.bureau) as connection:
        legs = [Leg(books.treasury, books.fund, MOST)] * MOST_LEGS
        for n in range(3):
            await journal.post(connection, key=f"{n}", kind="mint", legs=legs, occurred_on=books.day)
        with pytest.raises(Problem, match="range of the books"):
            await journal.post(connection, key="4", kind="mint", legs=legs, occurred_on=books.day)
        assert (await journal.balance(connection, books.fund)).posted == 1000 + 3 * MOST * MOST_LEGS


async def test_an_entry_is_reversed_once_and_its_reversal_never(books):
    async with transaction(tenant=books.bureau) as connection:
        inner = await journal.open_account(
            connection, tenant_id=books.bureau, code="other fund", commodity="CNY-fen"
        )
        entry = await books.pay(connection, 300, "1", credit=inner)
        back = await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=books.day)
        again = await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=books.day)
        assert (again.id, again.replayed) == (back.id, True)
        assert (await journal.balance(connection, books.fund)).posted == 1000
        read = await journal.read_entry(connection, back.id)
        assert (read.reverses, read.legs) == (entry.id, (Leg(inner, books.fund, 300),))
        with pytest.raises(Conflict, match="reversed already"):
            await journal.reverse(connection, entry_id=entry.id, key="r2", occurred_on=books.day)
        with pytest.raises(Conflict, match="itself a reversal"):
            await journal.reverse(connection, entry_id=back.id, key="r3", occurred_on=books.day)


async def test_what_was_spent_cannot_be_taken_back_by_reversal(books):
    async with transaction(tenant=books.bureau) as connection:
        inner = await journal.open_account(
            connection, tenant_id=books.bureau, code="other fund", commodity="CNY-fen"
        )
        entry = await books.pay(connection, 300, "1", credit=inner)
        await books.pay(connection, 200, "2", debit=inner)
        with pytest.raises(Conflict, match="100 available and 300 is needed"):
            await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=books.day)


async def test_the_balance_of_a_past_instant_is_still_there(books):
    instants = [datetime(2020, 1, 1, tzinfo=UTC)]
    expected = [Balance(0, 0)]
    for step in range(4):
        async with transaction(tenant=books.bureau) as connection:
            await books.pay(connection, 100, f"{step}")
            held = await books.hold(connection, 50, key=f"{step}")
            if step % 2:
                await books.settle(connection, held, key=f"settle {step}", amount=20)
                await journal.release_hold(connection, hold_id=held.id)
            instants.append(await connection.fetchval("select clock_timestamp()"))
            expected.append(await journal.balance(connection, books.fund))
    async with transaction(tenant=books.bureau) as connection:
        assert [await journal.balance(connection, books.fund, at=at) for at in instants] == expected
        assert expected[-1] == Balance(560, 100)


async def test_a_statement_is_read_page_by_page_without_gaps(books):
    async with transaction(tenant=books.bureau) as connection:
        for step in range(7):
            await books.pay(connection, 10 + step, f"{step}", memo=f"payment {step}")
        pages, before = [], None
        while page := await journal.statement(connection, books.fund, before=before, limit=3):
            pages.append(page)
            before = page[-1].position
    lines = [line for page in pages for line in page]
    assert [line.position for line in lines] == list(range(8, 0, -1))
    assert [len(page) for page in pages] == [3, 3, 2]
    assert lines[0].memo == "payment 6"
    for newer, older in itertools.pairwise(lines):
        assert newer.balance_after == older.balance_after + newer.change


async def test_nothing_leaves_a_frozen_account_and_what_is_sent_arrives(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 100)
        await journal.freeze_account(connection, account_id=books.fund, reason="审计中")
        with pytest.raises(Conflict, match="frozen"):
            await books.pay(connection, 1, "1")
        with pytest.raises(Conflict, match="frozen"):
            await books.settle(connection, held)
        with pytest.raises(Conflict, match="frozen"):
            await books.hold(connection, 1, key="another")
        await books.pay(connection, 5, "in", debit=books.treasury, credit=books.fund)
        await journal.release_hold(connection, hold_id=held.id)
        await journal.unfreeze_account(connection, account_id=books.fund)
        await books.pay(connection, 1005, "1")
        with pytest.raises(Problem, match="needs a reason"):
            await journal.freeze_account(connection, account_id=books.fund, reason=" ")


async def test_opening_an_account_again_gives_the_same_account(books):
    async with transaction(tenant=books.bureau) as connection:
        again = await journal.open_account(
            connection, tenant_id=books.bureau, code="fund", commodity="CNY-fen"
        )
        assert again == books.fund
        with pytest.raises(Conflict, match="not of kind issuing"):
            await journal.open_account(
                connection, tenant_id=books.bureau, code="fund", commodity="CNY-fen", kind="issuing"
            )
        with pytest.raises(Problem, match="no commodity gold"):
            await journal.open_account(connection, tenant_id=books.bureau, code="fund", commodity="gold")
        with pytest.raises(Problem, match="not secret"):
            await journal.open_account(
                connection, tenant_id=books.bureau, code="x", commodity="CNY-fen", kind="secret"
            )
        found = await journal.find_account(
            connection, tenant_id=books.bureau, code="fund", commodity="CNY-fen"
        )
        assert found == books.fund


async def test_only_its_keeper_issues_a_kept_commodity_and_freezes_accounts_of_it(books):
    async with transaction(tenant=books.bureau) as connection:
        await journal.register_commodity(connection, code="CCER-kg", unit_zh="千克", unit_en="kg", kept=True)
        registry = await journal.open_account(
            connection, tenant_id=books.bureau, code="registry", commodity="CCER-kg", kind="issuing"
        )
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(NotPermitted, match="must keep the commodity"):
            await journal.open_account(
                connection, tenant_id=books.bank, code="mint", commodity="CCER-kg", kind="issuing"
            )
        with pytest.raises(Conflict, match="other terms"):
            await journal.register_commodity(
                connection, code="CCER-kg", unit_zh="千克", unit_en="kg", kept=True
            )
        credits_account = await journal.open_account(
            connection, tenant_id=books.bank, code="credits", commodity="CCER-kg"
        )
    async with transaction(tenant=books.bureau) as connection:
        await books.pay(connection, 10, "issue", debit=registry, credit=credits_account)
        await journal.freeze_account(connection, account_id=credits_account, reason="court order")
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(NotFound):
            await journal.unfreeze_account(connection, account_id=credits_account)


async def test_of_two_debits_of_the_last_unit_one_wins(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.pay(connection, 999, "all but one")

    async def take(key):
        async with transaction(tenant=books.bureau) as connection:
            return await books.pay(connection, 1, key)

    answers = await asyncio.gather(*(take(f"{n}") for n in range(6)), return_exceptions=True)
    assert sum(isinstance(answer, Entry) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 5
    assert await books.fund_balance() == Balance(0, 0)


async def test_one_key_sent_many_times_at_once_is_one_entry(books):
    async def send(amount):
        async with transaction(tenant=books.bureau) as connection:
            return await books.pay(connection, amount, "1")

    answers = await asyncio.gather(*(send(10) for _ in range(6)))
    assert len({answer.id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert await books.fund_balance() == Balance(990, 0)


async def test_one_key_for_two_accounts_at_once_is_posted_once(books, database):
    async with transaction(tenant=books.bureau) as connection:
        second = await journal.open_account(
            connection, tenant_id=books.bureau, code="second", commodity="CNY-fen"
        )
        await books.pay(connection, 500, "share", credit=second)
        third = await journal.open_account(
            connection, tenant_id=books.bureau, code="third", commodity="CNY-fen"
        )

    posted = asyncio.Event()

    async def send(debit, credit, held_open_by=None):
        async with transaction(tenant=books.bureau) as connection:
            entry = await books.pay(connection, 10, "1", debit=debit, credit=credit)
            posted.set()
            if held_open_by:
                await until_someone_waits_for_a_lock(held_open_by)
            return entry

    async with database.as_superuser() as admin:
        first = asyncio.create_task(send(books.fund, books.drawer, admin))
        await posted.wait()
        with pytest.raises(Conflict, match="right now"):
            await send(second, third)
        assert isinstance(await first, Entry)
    with pytest.raises(KeyReused):
        await send(second, third)


async def until_someone_waits_for_a_lock(admin):
    # Not wait_event: an administrator who is no superuser does not see it of other roles.
    waiting = """select exists (select from pg_locks join pg_stat_activity using (pid)
                                 where not granted and datname = current_database())"""
    async with asyncio.timeout(4):
        while not await admin.fetchval(waiting):  # noqa: ASYNC110 - the event is in the server
            await asyncio.sleep(0.01)


async def test_crossing_transfers_do_not_block_each_other_for_good(books):
    async with transaction(tenant=books.bureau) as connection:
        second = await journal.open_account(
            connection, tenant_id=books.bureau, code="second", commodity="CNY-fen"
        )
        await books.pay(connection, 500, "share", credit=second)

    async def send(n):
        there, back = (books.fund, second) if n % 2 else (second, books.fund)
        batch = [Transfer(f"{n} {i}", "swap", (Leg(there, back, 1),), books.day) for i in range(50)]
        async with transaction(tenant=books.bureau) as connection:
            return await journal.post_batch(connection, batch)

    answers = await asyncio.gather(*(send(n) for n in range(8)))
    assert all(isinstance(one, Entry) for batch in answers for one in batch)
    assert await books.fund_balance() == Balance(500, 0)


def test_the_hash_of_a_request_does_not_depend_on_the_order_of_its_fields():
    assert request_hash(kind="pay", request={"a": 1, "b": {"c": 2, "d": 3}}) == request_hash(
        kind="pay", request={"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert request_hash(kind="pay", request={"a": 1}) != request_hash(kind="pay", request={"a": "1"})
