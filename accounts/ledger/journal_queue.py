"""One commit for many: single transfers from many tasks, posted together, each answered on its own.

A commit waits for the disk; a thousand transfers can wait for it at once. A transfer waits at most a few
milliseconds for company, and is answered when the commit that holds it is durable.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

import asyncpg

from accounts.database.transactions import transaction
from accounts.ledger.entries import Entry, Transfer
from accounts.ledger.journal import post_batch
from carbon.errors import Conflict, Problem

MOST_TOGETHER = 1_000
"""Transfers in one commit at most."""
PATIENCE_SECONDS = 0.005
"""How long a transfer waits for company."""


class _Waiting(NamedTuple):
    author: UUID
    transfer: Transfer
    answer: "asyncio.Future[Entry]"


class GroupCommit:
    """Used as `async with GroupCommit() as queue: entry = await queue.post(tenant_id, transfer)`.

    `writers` commits run at a time; while they wait for the disk, the next ones gather.
    """

    def __init__(
        self, *, writers: int = 2, most: int = MOST_TOGETHER, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._most = most
        self._patience_seconds = patience_seconds
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        self._gathering = asyncio.Lock()
        self._writers = writers
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start the writers."""
        self._tasks = [asyncio.create_task(self._write()) for _ in range(self._writers)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Post what is still waiting, then stop."""
        self._closing = True
        self._arrived.set()
        self._full.set()
        await asyncio.gather(*self._tasks)

    async def post(self, tenant_id: UUID, transfer: Transfer) -> Entry:
        """Post one entry as `tenant_id`; returns when it is durable.

        Raises:
            Problem: as `journal.post` does; others of the same commit are not touched.
        """
        if self._closing or not self._tasks:
            raise RuntimeError("The queue is not open; use it inside its `async with`.")
        answer: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(tenant_id, transfer, answer))
        self._arrived.set()
        if len(self._waiting) >= self._most:
            self._full.set()
        return await answer

    async def _write(self) -> None:
        while batch := await self._gather():
            try:
                answers: Sequence[Entry | Exception] = await _commit(batch)
            except (Conflict, asyncpg.PostgresError):
                # Something about one of them: let each stand for itself.
                for waiting in batch:
                    _tell([waiting], await _alone(waiting))
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
                _tell(batch, [error] * len(batch))
            else:
                _tell(batch, answers)

    async def _gather(self) -> list[_Waiting]:
        """The next batch; empty when the queue is closed and done."""
        async with self._gathering:
            while not self._waiting:
                if self._closing:
                    return []
                self._arrived.clear()
                await self._arrived.wait()
            if len(self._waiting) < self._most and not self._closing:
                self._full.clear()
                try:
                    async with asyncio.timeout(self._patience_seconds):
                        await self._full.wait()
                except TimeoutError:
                    pass
            count = min(self._most, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]


async def _commit(batch: list[_Waiting]) -> list[Entry | Problem]:
    async with transaction(tenant=None) as connection:
        return await post_batch(
            connection, [one.transfer for one in batch], authors=[one.author for one in batch]
        )


async def _alone(waiting: _Waiting) -> Sequence[Entry | Exception]:
    try:
        return await _commit([waiting])
    except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
        return [error]


def _tell(batch: list[_Waiting], answers: Sequence[Entry | Exception]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if waiting.answer.done():
            continue
        if isinstance(answer, Exception):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)
