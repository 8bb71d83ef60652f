"""A superuser with the guards off: whatever is changed shows, from the rows or from an old head kept outside."""

import asyncpg
import pytest

from accounts.database.roles import Role, role_url
from accounts.database.transactions import transaction
from accounts.transparency import log, reading
from accounts.transparency.checks import check_log
from accounts.transparency.keepers import heads_in, newest_in, put_into_folder, undelivered
from accounts.transparency.signing import LogBroken, read_note
from carbon import merkle
from carbon.identifiers import new_id
from tests.accounts.transparency.books import KEY, log_of, post, sequenced
from tests.accounts.transparency.test_sequencing import OTHER_KEY

TABLES = ("leaf", "node", "head", "place", "secret", "opening")


async def broken(database, kept=(), public_key=KEY.public):
    connection = await asyncpg.connect(
        role_url(database.admin_url, database.settings.role_prefix, Role.AUDITOR)
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await check_log(connection, public_key=public_key, kept=kept)
    finally:
        await connection.close()


GUARDED = [f"transparency_{name}" for name in TABLES] + ["ledger_entry", "ledger_posting", "ledger_account"]


async def guards(admin, verb):
    for table in GUARDED:
        await admin.execute(f"alter table {table} {verb} trigger all")


async def tampered(database, *statements):
    async with database.as_superuser() as admin:
        await guards(admin, "disable")
        for statement in statements:
            assert await admin.execute(statement) not in {"UPDATE 0", "DELETE 0"}
        await guards(admin, "enable")
    return {one.law for one in (await broken(database)).broken}


async def test_an_honest_log_keeps_every_law(database):
    tenant, _ = await log_of(database, 40)
    await post(tenant, 2, "waiting")
    found = await broken(database)
    assert found.broken == []
    assert (found.leaves, found.compared, found.waiting, found.heads) == (41, 40, 2, 1)


AMOUNT = "update ledger_posting set amount = amount + 1 where amount = 101"
LEAF = "update transparency_leaf set content = replace(encode(content, 'escape'), 'a', 'b')::bytea where position = 2"


@pytest.mark.parametrize(
    ("statements", "law"),
    [
        ([AMOUNT], "a row of ledger.entry is what its leaf committed to"),
        (["update ledger_entry set memo = 'x' where key = 'first 1'"], "a row of ledger.entry is what its leaf committed to"),
        (["delete from ledger_entry where key = 'first 1'"], "a row of ledger.entry is what its leaf committed to"),
        (
            [
                "delete from transparency_place where object_id in (select id from ledger_entry where key = 'first 1')",
                "delete from ledger_entry where key = 'first 1'",
            ],
            "every leaf is some object's",
        ),
        (
            ["""insert into ledger_entry (id, tenant_id, kind, key, request_hash, occurred_on, posted_at, posting_count)
                select gen_random_uuid(), tenant_id, kind, 'forged', request_hash, occurred_on, posted_at, 1
                from ledger_entry limit 1"""],
            "every row of ledger.entry has its leaf or waits for it",
        ),
        ([LEAF], "a head's tree is the leaves'"),
        (["delete from transparency_leaf where position = 3"], "leaves are numbered without gaps"),
        (["delete from transparency_leaf where position = 40"], "a head's tree is the leaves'"),
        (["update transparency_node set hash = sha256('x')"], "stored hashes are the leaves'"),
        (["update transparency_head set root = sha256('x')"], "a head's row says what was signed"),
        (["update transparency_head set note = replace(note, '41', '40')"], "heads are signed by the log's key"),
        (["delete from transparency_secret"], "a missing salt was destroyed on purpose"),
        (["drop trigger transparency_ledger_entry on ledger_entry"], "the guards of the log are in place and on"),
    ],
)  # fmt: skip
async def test_every_change_breaks_a_law(database, statements, law):
    await log_of(database, 40)
    assert law in await tampered(database, *statements)


async def rewritten(database, key):
    """All of it anew, as if an entry had never been: rows, leaves, hashes, and a head signed by `key`."""
    async with database.as_superuser() as admin:
        await guards(admin, "disable")
        await admin.execute("delete from ledger_posting where amount = 101")
        await admin.execute("delete from ledger_entry where key = 'first 1'")
        for name in TABLES:
            await admin.execute(f"delete from transparency_{name}")
        await admin.execute(
            """insert into transparency_queue (id, kind, object_ids)
               select gen_random_uuid(), 'ledger.entry', array_agg(id order by id) from ledger_entry"""
        )
        await guards(admin, "enable")
    await sequenced(database, key=key)


@pytest.fixture
async def kept(database, tmp_path):
    """A log of 41 leaves whose head an outside keeper holds."""
    await log_of(database, 40)
    put_into_folder(tmp_path, await undelivered("elsewhere"), KEY)
    return tmp_path


async def test_a_log_rewritten_by_whoever_holds_the_database_alone_is_signed_by_another_key(database, kept):
    await rewritten(database, OTHER_KEY)
    laws = {one.law for one in (await broken(database, heads_in(kept))).broken}
    assert laws == {"heads are signed by the log's key", "a head's tree is the leaves'"}


async def test_a_log_rewritten_even_with_the_stolen_key_does_not_continue_an_old_head(database, kept):
    tenant, _ = await log_of(database, 0)
    await rewritten(database, KEY)
    await post(tenant, 30, "later")
    await sequenced(database)
    assert (await broken(database)).broken == [], "within the database alone the forgery is perfect"
    assert {one.law for one in (await broken(database, heads_in(kept))).broken} == {
        "a head's tree is the leaves'"
    }
    old = newest_in(kept)
    new = read_note((await reading.latest_head()).note, KEY.public)
    async with transaction(tenant=None) as connection:
        path = await reading.prove_consistency(connection, old.size, new.size)
    assert not merkle.verify_consistency(old.size, new.size, old.root, new.root, path)
    with pytest.raises(LogBroken, match="does not continue"):
        await sequenced(database, remembered=old)


async def test_a_salt_destroyed_on_purpose_is_no_breach_and_ends_the_link(database):
    tenant, [entry] = await log_of(database, 1)
    async with transaction(tenant=tenant) as connection:
        await log.destroy_salt(connection)
    await sequenced(database)
    await post(tenant, 2, "afterwards")
    await sequenced(database)
    assert (await broken(database)).broken == []
    with pytest.raises(reading.NotFound, match="salt was destroyed"):
        await reading.open_leaf(tenant_id=tenant, object_id=entry)


async def test_nobody_destroys_anothers_salt(database):
    tenant, _ = await log_of(database, 1)
    async with transaction(tenant=new_id()) as connection:
        await connection.execute("delete from transparency_secret")
    async with database.as_superuser() as admin:
        assert (
            await admin.fetchval("select count(*) from transparency_secret where tenant_id = $1", tenant) == 1
        )


async def test_the_running_roles_change_nothing_that_has_its_place(database):
    await log_of(database, 1)
    for table in ("leaf", "node", "head", "place"):
        for role in (Role.WEB, Role.SCHEDULER):
            async with database.as_role(role):
                for statement in (
                    f"delete from transparency_{table}",
                    f"update transparency_{table} set position = 9",
                ):
                    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedColumnError)):
                        async with transaction(tenant=None) as connection:
                            await connection.execute(statement)
