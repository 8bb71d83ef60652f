"""Handing something to the log: with its act or not at all, in one byte form, seen by nobody before its time."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from accounts.database.transactions import transaction
from accounts.transparency import log
from accounts.transparency.canonical import canonical, commitment, private_leaf, public_leaf, salt_of
from carbon.errors import Problem
from carbon.identifiers import new_id

TENANT = new_id()


async def queued(database):
    async with database.as_superuser() as admin:
        return await admin.fetch("select * from transparency_queue order by queued_at, id")


async def test_a_leaf_waits_from_the_commit_of_its_act_and_not_when_that_fails(database):
    async with transaction(tenant=TENANT) as connection:
        kept = await log.submit(connection, "credit.issuance", {"tonnes": 5}, number="CQ-1")
    with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012 - the act fails after handing in
        async with transaction(tenant=TENANT) as connection:
            await log.submit(connection, "credit.issuance", {"tonnes": 6})
            await connection.execute("select 1 / 0")
    [row] = await queued(database)
    assert (row["object_ids"], row["tenant_id"], row["public"], row["number"]) == (
        [kept],
        TENANT,
        True,
        "CQ-1",
    )
    assert row["content"] == b'{"id":"%b","tonnes":5}' % str(kept).encode()


async def test_nobody_of_the_web_reads_or_empties_the_queue(database):
    async with transaction(tenant=TENANT) as connection:
        await log.submit(connection, "approval", {"draft": 1})
    for statement in ("select * from transparency_queue", "delete from transparency_queue"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with transaction(tenant=TENANT) as connection:
                await connection.execute(statement)


async def test_nothing_is_handed_in_for_another_tenant(database):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with transaction(tenant=TENANT) as connection:
            await connection.execute(
                """insert into transparency_queue (id, tenant_id, kind, content, object_ids)
                   values ($1, $2, 'approval', 'x', array[$1::uuid])""",
                new_id(),
                new_id(),
            )


@pytest.mark.parametrize("kind", ["", "Über", "a b", "x" * 61, "9"])
async def test_a_kind_is_a_short_plain_word(kind):
    with pytest.raises(Problem, match="no kind of the log"):
        await log.submit(None, kind, {})


async def test_what_is_too_long_goes_in_by_its_digest(database):
    async with transaction(tenant=TENANT) as connection:
        with pytest.raises(Problem, match="at most 65536 bytes"):
            await log.submit(connection, "evidence", {"text": "x" * 70_000})
        await log.submit(connection, "evidence", b"x" * 70_000, object_id=UUID(int=1))
    [row] = await queued(database)
    assert row["content"] == (
        b'{"id":"00000000-0000-0000-0000-000000000001","length":70000,'
        b'"sha256":"bca09f4a757d5571c7d9f3341d4301f3c391c090826acc1a3013c6bcb7c01722"}'
    )


def test_the_canonical_form_is_the_documented_one():
    content = {
        "b": 1,
        "a": [True, None, "重庆"],
        "id": UUID(int=7),
        "on": date(2026, 11, 22),
        "at": datetime(2026, 11, 22, 19, 30, tzinfo=timezone(timedelta(hours=8))),
        "amount": Decimal("1.50"),
        "hash": b"\x00\xff",
    }
    assert canonical(content).decode() == (
        '{"a":[true,null,"重庆"],"amount":"1.50","at":"2026-11-22T11:30:00.000000Z","b":1,"hash":"00ff",'
        '"id":"00000000-0000-0000-0000-000000000007","on":"2026-11-22"}'
    )
    assert canonical(content) == canonical(dict(reversed(content.items())))
    with pytest.raises(TypeError, match="no one spelling"):
        canonical({"x": 0.1})


def test_the_vectors_of_the_documentation():
    secret, object_id = bytes(range(32)), UUID("01890000-0000-7000-8000-000000000001")
    content = canonical({"amount": 5, "id": object_id})
    salt = salt_of(secret, object_id)
    assert salt.hex() == "101b104df58f48075b73408c731508ab18e463194a0945690747192eb8f6fb3c"
    assert public_leaf("credit.issuance", content) == (
        b'{"content":{"amount":5,"id":"01890000-0000-7000-8000-000000000001"},"kind":"credit.issuance","v":1}'
    )
    sealed = private_leaf("ledger.entry", commitment(salt, content))
    assert sealed == (
        b'{"commitment":"0619126a882c0eceb4e3f5332abbce440b501e257849afd9462caf5591e9dedd",'
        b'"kind":"ledger.entry","v":1}'
    )


def test_instants_are_utc_whatever_their_zone():
    here = datetime(2026, 1, 1, tzinfo=UTC)
    assert canonical({"at": here}) == canonical({"at": here.astimezone(timezone(timedelta(hours=8)))})
