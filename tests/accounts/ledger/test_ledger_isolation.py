from datetime import UTC, datetime

import asyncpg
import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.checks import check_books
from accounts.ledger.journal import Balance, Leg
from carbon.errors import NotFound, Problem
from carbon.identifiers import new_id

TABLES = ("ledger_account", "ledger_entry", "ledger_posting", "ledger_hold", "ledger_mandate")


async def _visible(tenant):
    async with transaction(tenant=tenant) as connection:
        return {table: await connection.fetchval(f"select count(*) from {table}") for table in TABLES}


async def test_a_stranger_and_a_connection_without_tenant_see_nothing(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.hold(connection, 10)
        await journal.grant_mandate(connection, account_id=books.fund, grantee_id=books.bank, kind="pay")
    assert set((await _visible(new_id())).values()) == {0}
    assert set((await _visible(None)).values()) == {0}
    assert 0 not in (await _visible(books.bureau)).values()


async def test_each_side_sees_the_entry_between_them_and_no_other(books):
    async with transaction(tenant=books.bureau) as connection:
        entry = await books.pay(connection, 300, "1")
    async with transaction(tenant=books.bank) as connection:
        assert (await journal.read_entry(connection, entry.id)).legs == (Leg(books.fund, books.drawer, 300),)
        assert await connection.fetchval("select count(*) from ledger_entry") == 1
        with pytest.raises(NotFound):
            await journal.balance(connection, books.fund)
        with pytest.raises(NotFound):
            await journal.balance(connection, books.fund, at=datetime.now(UTC))
        assert await journal.statement(connection, books.fund) == []
    async with transaction(tenant=new_id()) as connection:
        with pytest.raises(NotFound):
            await journal.read_entry(connection, entry.id)


async def test_a_bank_never_sees_the_balance_of_the_other_side(books):
    async with transaction(tenant=books.bureau) as connection:
        await books.pay(connection, 300, "1")
    for column in ("debit_balance_after", "credit_balance_after", "debit_version", "credit_version", "*"):
        async with transaction(tenant=books.bank) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select {column} from ledger_posting")


async def test_no_tenant_draws_on_the_account_of_another(books):
    async with transaction(tenant=books.bureau) as connection:
        held = await books.hold(connection, 100)
        entry = await books.pay(connection, 50, "paid")
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(NotFound):
            await books.pay(connection, 1, "1")
        with pytest.raises(NotFound):
            await books.hold(connection, 1)
        with pytest.raises(NotFound):
            await books.settle(connection, held)
        with pytest.raises(NotFound):
            await journal.release_hold(connection, hold_id=held.id)
        with pytest.raises(NotFound):
            await journal.freeze_account(connection, account_id=books.fund, reason="mine")
        with pytest.raises(NotFound):
            await journal.grant_mandate(connection, account_id=books.fund, grantee_id=books.bank, kind="pay")
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(NotFound, match="may draw on"):
            await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=books.day)
    async with transaction(tenant=new_id()) as connection:
        with pytest.raises(NotFound, match="may reverse"):
            await journal.reverse(connection, entry_id=entry.id, key="r", occurred_on=books.day)
    assert await books.fund_balance() == Balance(950, 100)


async def test_not_yours_and_not_there_give_the_same_answer(books):
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(Problem) as not_yours:
            await books.pay(connection, 1, "1")
        with pytest.raises(Problem) as not_there:
            await books.pay(connection, 1, "2", debit=new_id())
    assert not_yours.value.template == not_there.value.template
    assert set(not_yours.value.values) == set(not_there.value.values)
    assert not_yours.value.values["available"] is None


async def test_a_mandate_lets_one_tenant_draw_for_one_kind_until_it_ends(books):
    async with transaction(tenant=books.bureau) as connection:
        mandate = await journal.grant_mandate(
            connection, account_id=books.fund, grantee_id=books.bank, kind="pay"
        )
    async with transaction(tenant=books.bank) as connection:
        await books.pay(connection, 10, "1")
        assert (await journal.balance(connection, books.fund)).posted == 990
        await journal.post(
            connection,
            key="1",
            kind="pay.part",
            legs=[Leg(books.fund, books.drawer, 10)],
            occurred_on=books.day,
        )
        for kind in ("payment", "reserve"):
            with pytest.raises(NotFound):
                await journal.post(
                    connection,
                    key="1",
                    kind=kind,
                    legs=[Leg(books.fund, books.drawer, 10)],
                    occurred_on=books.day,
                )
    async with transaction(tenant=new_id()) as connection:
        with pytest.raises(NotFound):
            await books.pay(connection, 10, "1")
    async with transaction(tenant=books.bureau) as connection:
        await journal.end_mandate(connection, mandate_id=mandate)
        with pytest.raises(NotFound):
            await journal.end_mandate(connection, mandate_id=mandate)
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(NotFound):
            await books.pay(connection, 10, "2")


async def test_a_mandate_for_anyone_goes_to_one_account_only(books):
    async with transaction(tenant=books.bureau) as connection:
        with pytest.raises(Problem, match="who may draw"):
            await journal.grant_mandate(connection, account_id=books.fund, grantee_id=None, kind="pay")
        due = await journal.open_account(connection, tenant_id=books.bureau, code="due", commodity="CNY-fen")
        await journal.grant_mandate(
            connection, account_id=books.fund, grantee_id=None, kind="pay", to_account_id=due
        )
    async with transaction(tenant=books.bank) as connection:
        await books.pay(connection, 10, "1", credit=due)
        with pytest.raises(NotFound):
            await books.pay(connection, 10, "2")


async def test_whoever_draws_by_mandate_holds_and_settles_but_only_its_kinds(books):
    async with transaction(tenant=books.bureau) as connection:
        for kind in ("reserve", "pay"):
            await journal.grant_mandate(connection, account_id=books.fund, grantee_id=books.bank, kind=kind)
    async with transaction(tenant=books.bank) as connection:
        held = await books.hold(connection, 100)
        await books.settle(connection, held, amount=40)
        with pytest.raises(NotFound):
            await journal.release_hold(connection, hold_id=held.id, kind="other")
        await journal.release_hold(connection, hold_id=held.id, kind="reserve.release")
    assert await books.fund_balance() == Balance(960, 0)


async def test_a_tenant_cannot_post_in_the_name_of_another(books):
    transfer = journal.Transfer("1", "pay", (Leg(books.fund, books.drawer, 1),), books.day)
    async with transaction(tenant=books.bank) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await journal.post_batch(connection, [transfer], authors=[books.bureau])
    async with transaction(tenant=None) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await journal.post_batch(connection, [transfer])
    async with transaction(tenant=None) as connection:
        (refused,) = await journal.post_batch(connection, [transfer], authors=[books.bank])
        assert isinstance(refused, NotFound)


async def test_no_running_role_may_write_a_table_of_the_books(database):
    async with database.as_superuser() as admin:
        rights = await admin.fetch(
            """select role, name, verb, has_table_privilege(role, name, verb) as may
               from unnest($1::text[]) role, unnest($2::text[]) name, unnest($3::text[]) verb""",
            [f"{database.settings.role_prefix}_{role.value}" for role in Role if role != Role.OWNER],
            [*TABLES, "ledger_commodity"],
            ["insert", "update", "delete", "truncate", "trigger"],
        )
    assert len(rights) == 4 * 6 * 5
    assert [tuple(right) for right in rights if right["may"]] == []


async def test_the_inner_functions_are_for_the_owner_alone(books, database):
    async with database.as_superuser() as admin:
        rows = await admin.fetch(
            """select proname, prosecdef, proconfig, has_function_privilege($1, oid, 'execute') as web,
                      has_function_privilege($2, oid, 'execute') as auditor
               from pg_proc where starts_with(proname, 'ledger_')""",
            f"{database.settings.role_prefix}_web",
            f"{database.settings.role_prefix}_auditor",
        )
    assert rows
    for row in rows:
        assert row["web"] == row["prosecdef"], row["proname"]
        assert not row["auditor"]
        if row["prosecdef"]:
            assert row["proconfig"] == ["search_path=public, pg_temp"], row["proname"]


async def test_the_auditor_sees_all_books_and_changes_none(books, database):
    async with database.as_role(Role.AUDITOR):
        async with transaction(tenant=None, readonly=True) as connection:
            assert await connection.fetchval("select count(*) from ledger_posting") == 1
            assert await check_books(connection) == []
        async with transaction(tenant=books.bureau) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await books.pay(connection, 1, "1")
