"""What waits gets its place, in one order, under signed heads that strangers can check."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.database.transactions import transaction
from accounts.transparency import log, reading
from accounts.transparency.signing import LogBroken, LogKey, log_key, read_note, verification_key
from carbon import merkle
from carbon.errors import NotFound
from carbon.identifiers import new_id
from tests.accounts.transparency.books import KEY, NOON, log_of, post, sequenced

OTHER_KEY = LogKey("test-log", Ed25519PrivateKey.from_private_bytes(bytes(32)))


async def all_leaves():
    return await reading.list_leaves(limit=1000)


def checked(found, key=KEY):
    """As a stranger would: the head by its signature, the leaf by its path."""
    said = read_note(found.head.note, key.public)
    path = [bytes.fromhex(one) for one in found.path]
    leaf = merkle.leaf_hash(found.leaf.content.encode())
    return merkle.verify_inclusion(leaf, found.leaf.index, said.size, path, said.root)


async def test_every_entry_of_the_books_becomes_a_leaf_that_anyone_can_check(database):
    tenant, entries = await log_of(database, 37)
    leaves = await all_leaves()
    assert [leaf.kind for leaf in leaves] == ["log.opened", *["ledger.entry"] * 37]
    head = await reading.latest_head()
    assert bytes.fromhex(head.root) == merkle.root_of(leaf.content.encode() for leaf in leaves)
    for index in range(38):
        assert checked(await reading.prove_leaf(index=index))
    opened = [await reading.open_leaf(tenant_id=tenant, object_id=one) for one in entries]
    assert {one.leaf.index for [one] in opened} == set(range(1, 38))


async def test_a_stranger_finds_neither_the_entry_nor_what_it_says(database):
    tenant, [entry] = await log_of(database, 1)
    for who in (None, new_id()):
        assert await reading.find_leaves(tenant_id=who, object_id=entry) == []
    with pytest.raises(NotFound):
        await reading.open_leaf(tenant_id=new_id(), object_id=entry)
    [own] = await reading.find_leaves(tenant_id=tenant, object_id=entry)
    assert str(entry) not in own.content
    assert "100" not in own.content.replace(own.hash, "")[:20]


async def test_an_opening_is_what_the_leaf_committed_to(database):
    tenant, [entry] = await log_of(database, 1)
    [opening] = await reading.open_leaf(tenant_id=tenant, object_id=entry)
    found = merkle.sha256(bytes.fromhex(opening.salt) + opening.content.encode()).hexdigest()
    assert f'"commitment":"{found}"' in opening.leaf.content
    assert f'"id":"{entry}"' in opening.content


async def test_public_kinds_are_found_by_their_number_with_their_content(database):
    async with transaction(tenant=new_id()) as connection:
        await log.submit(connection, "credit.retirement", {"tonnes": 12}, number="CQ-2026-0001")
    await sequenced(database)
    [leaf] = await reading.find_leaves(number="CQ-2026-0001")
    assert '"tonnes":12' in leaf.content
    assert await reading.find_leaves(number="CQ-2026-0002") == []
    assert [one.index for one in await reading.find_leaves(leaf_hash=leaf.hash)] == [leaf.index]


async def test_every_later_head_continues_every_earlier_one(database):
    tenant = new_id()
    sizes = []
    for turn in range(5):
        await post(tenant, 3 + 7 * turn, batch=f"{turn}")
        sizes.append((await sequenced(database, now=NOON + timedelta(minutes=turn))).size)
    for first in sizes:
        for second in sizes[sizes.index(first) :]:
            proof = await reading.prove_growth(first=first, second=second)
            path = [bytes.fromhex(one) for one in proof.path]
            old, new = (read_note(head.note, KEY.public) for head in (proof.first, proof.second))
            assert merkle.verify_consistency(first, second, old.root, new.root, path)
    assert [head.size for head in await reading.list_heads()] == sizes[::-1]


async def test_a_head_is_signed_hourly_without_news_and_not_each_minute(database):
    await log_of(database, 1)
    assert not (await sequenced(database, now=NOON + timedelta(minutes=59))).signed
    assert (await sequenced(database, now=NOON + timedelta(minutes=60))).signed
    assert [head.size for head in await reading.list_heads()] == [2, 2]


async def test_one_object_handed_in_twice_stands_once(database):
    tenant, entries = await log_of(database, 2)
    async with transaction(tenant=tenant) as connection:
        await connection.execute(
            """insert into transparency_queue (id, tenant_id, kind, object_ids)
               values ($1, $2, 'ledger.entry', $3)""",
            new_id(),
            tenant,
            [*entries, *entries, UUID(int=5)],
        )
    assert (await sequenced(database)).added == 0


async def test_a_new_key_is_announced_in_the_log(database):
    await log_of(database, 1)
    await sequenced(database, key=OTHER_KEY)
    leaves = await all_leaves()
    assert leaves[-1].kind == "log.key-changed"
    assert OTHER_KEY.public.hex() in leaves[-1].content
    assert checked(await reading.prove_leaf(index=2), OTHER_KEY)
    keys = await reading.list_keys()
    assert {one.line for one in keys} == {
        verification_key("test-log", one.public) for one in (KEY, OTHER_KEY)
    }


async def test_nothing_is_signed_that_does_not_continue_what_the_data_folder_holds(database):
    await log_of(database, 4)
    kept = read_note((await reading.latest_head()).note, KEY.public)
    await sequenced(database, remembered=kept)
    for other in (replace(kept, root=bytes(32)), replace(kept, size=9)):
        with pytest.raises(LogBroken, match="does not continue"):
            await sequenced(database, remembered=other)


async def test_a_head_the_database_invented_stops_the_signer(database):
    await log_of(database, 4)
    async with database.as_superuser() as admin:
        await admin.execute("alter table transparency_head disable trigger all")
        await admin.execute("update transparency_head set note = replace(note, '5', '6')")
    with pytest.raises(LogBroken, match="signed"):
        await sequenced(database)


async def test_no_proof_of_what_is_not_there(database):
    with pytest.raises(NotFound, match="no signed head yet"):
        await reading.prove_leaf(index=0)
    await log_of(database, 2)
    with pytest.raises(NotFound, match="no leaf 3"):
        await reading.prove_leaf(index=3)
    with pytest.raises(NotFound, match="No head of 2"):
        await reading.prove_leaf(index=0, size=2)


def test_the_key_is_made_once_and_kept_from_others(tmp_path, monkeypatch):
    monkeypatch.delenv("CARBON_LOG_KEY", raising=False)
    first = log_key(tmp_path)
    assert (tmp_path / "log-key").stat().st_mode & 0o777 == 0o600
    assert log_key(tmp_path).public == first.public
    (tmp_path / "log-key").chmod(0o644)
    with pytest.raises(LogBroken, match="chmod 600"):
        log_key(tmp_path)
    monkeypatch.setenv("CARBON_LOG_KEY", "AAAA")
    with pytest.raises(LogBroken, match="CARBON_LOG_KEY holds no key"):
        log_key(tmp_path)
    monkeypatch.setenv("CARBON_LOG_KEY", "A" * 43 + "=")
    assert log_key(tmp_path).public == OTHER_KEY.public


@pytest.mark.parametrize("tampered", ["size", "root", "time", "key"])
async def test_a_note_that_was_changed_is_not_signed(database, tampered):
    await log_of(database, 1)
    note = (await reading.latest_head()).note
    name, size, root, time, *rest = note.splitlines(keepends=True)
    changed = {
        "size": [name, f"{int(size) + 1}\n", root, time, *rest],
        "root": [name, size, ("B" if root.startswith("A") else "A") + root[1:], time, *rest],
        "time": [name, size, root, time.replace("2026", "2027"), *rest],
        "key": [name, size, root, time, *rest],
    }
    with pytest.raises(LogBroken, match="not signed by key"):
        read_note("".join(changed[tampered]), OTHER_KEY.public if tampered == "key" else KEY.public)
