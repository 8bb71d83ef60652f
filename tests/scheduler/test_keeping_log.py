"""The log from minute to minute: heads go out before more is signed, a keeper away stops nothing, tampering stops all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.timing.public_log import memory_folder
from accounts.timing.runs import read_runs
from accounts.timing.slots import Outcome
from accounts.transparency import reading
from accounts.transparency.keepers import heads_in
from accounts.transparency.signing import key_of, log_key, read_note
from carbon.identifiers import new_id
from scheduler.rounds import work_through
from scheduler.settings import SchedulerSettings, scheduler_settings_from_environment
from scheduler.timetable import TIMETABLE
from scheduler.work import Shop
from tests.accounts.transparency.books import post
from tests.scheduler.feeds.server import plain, serving

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SERIES = {series.name: series for series in TIMETABLE}


@pytest.fixture
def shop(database, tmp_path, monkeypatch):
    monkeypatch.delenv("CARBON_LOG_KEY", raising=False)
    settings = replace(database.settings, home=tmp_path / "home")
    return Shop(database.admin_url, SchedulerSettings(settings))


async def minute(database, shop, number, name="keep-log"):
    async with database.as_role(Role.SCHEDULER):
        ran = await work_through(
            SERIES[name], shop, now=NOON + timedelta(minutes=number, days=name == "check-log")
        )
    return [outcome for _, outcome in ran]


async def test_heads_go_to_every_keeper_and_one_that_is_away_is_tried_again(database, shop, tmp_path):
    notary = tmp_path / "notary"
    async with serving(plain(b"kept")) as asked:
        settings = replace(
            shop.settings,
            log_keepers=(("notary", str(notary)), ("university", asked.url()), ("away", "/dev/null/x")),
            local_destinations=frozenset({f"127.0.0.1:{asked.port}"}),
        )
        shop = replace(shop, settings=settings)
        await post(new_id(), 5)
        assert await minute(database, shop, 0) == [Outcome.DONE]
        await post(new_id(), 5, "later")
        assert await minute(database, shop, 1) == [Outcome.DONE]
    [(name, note)] = heads_in(notary)
    public = key_of((notary / "key.txt").read_text())
    assert public == log_key(shop.settings.database.home).public
    assert read_note(note, public).size == 6
    assert name.startswith("head-000000000006-")
    assert heads_in(memory_folder(shop.admin_url, shop.settings.database)) == [(name, note)]
    assert asked.heads[0].startswith(b"POST ")
    assert {(one.name, one.size) for one in await reading.list_keepers()} == {
        ("data folder", 6), ("notary", 6), ("university", 6)
    }  # fmt: skip
    assert (await reading.latest_head()).size == 11


async def test_the_nightly_check_finds_what_a_superuser_changed(database, shop):
    await post(new_id(), 5)
    await minute(database, shop, 0)
    await minute(database, shop, 1)
    assert await minute(database, shop, 2, "check-log") == [Outcome.DONE]
    async with database.as_superuser() as admin:
        await admin.execute("alter table ledger_entry disable trigger all")
        await admin.execute("update ledger_entry set memo = 'changed' where key = 'first 1'")
        await admin.execute("alter table ledger_entry enable trigger all")
    assert await minute(database, shop, 60 * 24, "check-log") == [Outcome.FAILED]


async def test_a_database_that_forgot_is_not_signed_over(database, shop):
    await post(new_id(), 5)
    for number in range(2):
        assert await minute(database, shop, number) == [Outcome.DONE]
    async with database.as_superuser() as admin:
        for table in ("leaf", "node", "head", "place", "secret", "delivery"):
            await admin.execute(f"alter table transparency_{table} disable trigger all")
            await admin.execute(f"delete from transparency_{table}")
    assert await minute(database, shop, 2) == [Outcome.FAILED]


async def test_the_list_of_runs_is_not_crowded_by_a_run_each_minute(database, shop):
    for number in range(3):
        await minute(database, shop, number)
    async with transaction(tenant=None, readonly=True) as connection:
        assert await read_runs(connection) == []  # nobody's
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None, readonly=True) as connection:
        assert [run.due_at for run in await read_runs(connection)] == [NOON + timedelta(minutes=2)]
        assert len(await read_runs(connection, series="keep-log")) == 3


def test_keepers_are_named_in_the_settings(monkeypatch):
    monkeypatch.setenv("CARBON_LOG_KEEPERS", "notary=/mnt/n, https://example.org/heads , /mnt/office/")
    assert scheduler_settings_from_environment().log_keepers == (
        ("notary", "/mnt/n"), ("heads", "https://example.org/heads"), ("office", "/mnt/office/")
    )  # fmt: skip
