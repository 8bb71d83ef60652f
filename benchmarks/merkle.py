"""The public log: growing the tree against hashing each entry once, and a proof among a million leaves (row 10).

`merkle-append` is the tree alone, as the sequencer grows it: entries in batches of 1,000 with the root after each.
`merkle-proof` is a proof of inclusion as the API makes it, from rows of a durable server, against 5 ms; the log is
filled by the sequencer itself.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.database.bootstrap import with_database
from accounts.database.pool import close_pool, ensure_database, migrate, open_pool
from accounts.database.roles import Role
from accounts.database.server import embedded_server
from accounts.database.settings import DatabaseSettings
from accounts.database.transactions import transaction
from accounts.transparency import reading, sequencing
from accounts.transparency.signing import LogKey
from carbon.merkle import Frontier, verify_inclusion

ENTRIES = 1_000_000
HEAD_EVERY = 1_000
LEAVES = 1_000_000
PROOFS = 200
GOAL_SECONDS = 0.005


class Append:
    """A million entries of 100 bytes; both sides see the same bytes."""

    name = "merkle-append"
    goal = "<= 4"
    unit = "s"
    against = "one SHA-256 per entry"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        self.entries = [b"%09d %s" % (number, b"x" * 90) for number in range(ENTRIES)]
        yield
        del self.entries

    def ours(self) -> float:
        begun = time.perf_counter()
        tree = Frontier()
        for start in range(0, ENTRIES, HEAD_EVERY):
            tree.extend(self.entries[start : start + HEAD_EVERY])
            tree.root()
        return time.perf_counter() - begun

    def baseline(self) -> float:
        begun = time.perf_counter()
        for entry in self.entries:
            sha256(entry).digest()
        return time.perf_counter() - begun


class Proof:
    """Seconds per proof, with the leaf, its head and a transaction of its own; the baseline is the goal itself."""

    name = "merkle-proof"
    goal = "<= 1"
    unit = "s"
    against = f"5 ms, in a log of {LEAVES:,} leaves"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="carbon-bench-") as home:
            self.settings = DatabaseSettings(home=Path(home))
            with embedded_server(self.settings.home) as url:
                self.url = with_database(url, "log")
                asyncio.run(self._fill(url))
                yield

    async def _fill(self, url: str) -> None:
        await ensure_database(url, "log")
        await migrate(self.url, self.settings)
        key = LogKey("benchmark", Ed25519PrivateKey.generate())
        rows = sequencing.MOST_LEAVES
        for start in range(0, LEAVES, rows):
            await open_pool(self.url, Role.WEB, self.settings)
            async with transaction(tenant=None) as connection:
                await connection.execute(
                    """insert into transparency_queue (id, kind, public, content, object_ids)
                       select gen_random_uuid(), 'credit.issuance', true, convert_to('{"n":' || n || '}', 'UTF8'),
                              array[gen_random_uuid()] from generate_series($1::bigint, $2::bigint) n""",
                    start,
                    start + rows - 1,
                )
            await close_pool()
            await open_pool(self.url, Role.SCHEDULER, self.settings)
            async with transaction(tenant=None) as connection:
                await sequencing.sequence(connection, key=key, now=datetime.now(UTC))
            await close_pool()

    def ours(self) -> float:
        return asyncio.run(self._prove())

    async def _prove(self) -> float:
        await open_pool(self.url, Role.WEB, self.settings)
        try:
            size = (await reading.latest_head()).size
            if size < LEAVES:
                raise RuntimeError(f"the log has {size} leaves")
            taken = []
            for index in random.sample(range(size), PROOFS):
                begun = time.perf_counter()
                found = await reading.prove_leaf(index=index)
                taken.append(time.perf_counter() - begun)
                path = [bytes.fromhex(one) for one in found.path]
                root = bytes.fromhex(found.head.root)
                if not verify_inclusion(bytes.fromhex(found.leaf.hash), index, found.size, path, root):
                    raise RuntimeError(f"the proof of leaf {index} does not hold")
            return statistics.median(taken)
        finally:
            await close_pool()

    def baseline(self) -> float:
        return GOAL_SECONDS


def benchmarks() -> list[Append | Proof]:
    return [Append(), Proof()]
