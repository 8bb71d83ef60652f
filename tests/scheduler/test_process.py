import asyncio
import json
import os
import sys
from importlib import resources

import pytest

from accounts.database.roles import Role
from accounts.finance import rates
from scheduler.timetable import TIMETABLE
from tests.accounts.identity.people_of_the_city import actor_in
from tests.scheduler.feeds.server import plain, serving

SHIPPED = (resources.files("methodologies.finance") / "lpr.csv").read_bytes()


def environment(database, **more):
    return os.environ | {
        "DATABASE_URL": database.admin_url,
        "CARBON_HOME": str(database.settings.home),
        "CARBON_ROLE_PREFIX": database.settings.role_prefix,
        "CARBON_LPR_URL": "",
        **more,
    }


async def scheduler(database, *arguments, **more):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scheduler", *arguments, env=environment(database, **more),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_one_round_works_through_the_timetable_and_is_listed(database):
    code, out, errors = await scheduler(database, "once")
    assert code == 0, errors
    assert {line.split()[1] for line in out.splitlines()} == {series.name for series in TIMETABLE}
    code, out, _ = await scheduler(database, "list", "--json")
    runs = json.loads(out)
    assert {run["state"] for run in runs} == {"done"}
    assert {"note": "every law holds"} in [run["result"] for run in runs]


async def test_the_loan_prime_rate_arrives_by_the_feed_and_waits_for_a_person(database):
    async with serving(plain(SHIPPED)) as asked:
        settings = {
            "CARBON_LPR_URL": asked.url("/lpr?from={from}"),
            "CARBON_LOCAL_DESTINATIONS": f"127.0.0.1:{asked.port}",
        }
        code, _, errors = await scheduler(database, "once", **settings)
        assert code == 0, errors
        _, out, _ = await scheduler(database, "list", "--json", "--series", "fetch-loan-prime-rate")
        (run,) = json.loads(out)
        assert run["result"] == {"new": 170, "flagged": 0, "known": 0}
        code, out, _ = await scheduler(database, "rerun", "fetch-loan-prime-rate", run["due_at"], **settings)
        assert (code, "done" in out) == (0, True)
    assert len(asked.heads) == 2
    assert b"{from}" not in asked.heads[0]
    office = await actor_in("authority")
    assert len(await rates.list_rates(office, state="proposed", limit=500)) == 170
    assert await rates.accept_unflagged(office) == 170


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (plain(b"<html>login</html>"), "neither JSON nor a CSV"),
        (plain(b"x" * 1_100_000), "larger than 1000000 bytes"),
        (plain(b"", status="403 Forbidden"), "HTTP 403"),
    ],
)
async def test_an_unusable_answer_is_a_failed_run_and_proposes_nothing(database, answer, told):
    async with serving(answer) as asked:
        code, _, _ = await scheduler(
            database, "once",
            CARBON_LPR_URL=asked.url(), CARBON_LOCAL_DESTINATIONS=f"127.0.0.1:{asked.port}",
        )  # fmt: skip
    assert code == 1
    _, out, _ = await scheduler(database, "list", "--state", "failed")
    assert "fetch-loan-prime-rate  failed" in out
    assert told in out
    assert await rates.list_rates(await actor_in("authority")) == []


async def test_an_unlisted_local_address_is_not_asked(database):
    async with serving(plain(SHIPPED)) as asked:
        code, _, _ = await scheduler(database, "once", CARBON_LPR_URL=asked.url())
    assert code == 1
    assert asked.heads == []


async def test_broken_books_make_the_check_fail(database):
    async with database.as_superuser() as admin:
        await admin.execute("alter table ledger_account no force row level security")
    code, _, errors = await scheduler(database, "once")
    assert code == 1
    assert "BooksBroken" in errors


async def test_it_stops_on_sigterm_within_seconds(database):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scheduler", env=environment(database), stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        while b"waiting for the next bell" not in await process.stderr.readline():
            pass
        process.terminate()
        assert await process.wait() == 0


async def test_it_says_what_is_missing_instead_of_starting(database):
    async with database.as_superuser() as admin:
        await admin.execute("delete from migration where app_name = 'timing'")
    code, _, errors = await scheduler(database, "once")
    assert (code, "run: carbon migrate" in errors) == (1, True)


async def test_an_unknown_run_cannot_be_run_again(database):
    code, _, errors = await scheduler(database, "rerun", "check-books", "2020-01-01T00:07")
    assert (code, "no run due at" in errors) == (1, True)


async def test_the_role_of_the_process_sees_loans_of_all_and_clients_of_none(database):
    from accounts.database.pool import current_pool

    async with database.as_role(Role.SCHEDULER):
        for table in ("finance_quote", "identity_person", "enterprise_activity"):
            names = await current_pool().fetchval(
                "select count(*) from pg_policies where tablename = $1 and policyname like '%scheduler'",
                table,
            )
            assert names == 0
