"""The one helper every change goes through (SECURITY_REQUIREMENTS TX-1, TX-2, TEN-4).

Piccolo's own `transaction()` joins an outer one in silence and keeps the connection when COMMIT fails; this
one refuses to nest, gives the connection back whatever happens, and sets the tenant that row-level security
reads. Piccolo queries inside the block run in it too.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeVar
from uuid import UUID

import asyncpg
from piccolo.engine.postgres import PostgresTransaction

from accounts.database.engine import DB
from accounts.database.pool import current_pool

Isolation = Literal["read_committed", "repeatable_read", "serializable"]
Connection = asyncpg.pool.PoolConnectionProxy
Result = TypeVar("Result")

RETRIES = 5
"""Attempts after 40001 or 40P01 (LED-7)."""


class NestedTransactionError(RuntimeError):
    """A transaction was opened inside another; use `savepoint` for a step that may fail alone."""


class _Transaction(PostgresTransaction):
    """What Piccolo looks for in its context: only the connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._parent = None
        self._savepoint_id = 0


@asynccontextmanager
async def transaction(
    *, tenant: UUID | None, isolation: Isolation = "read_committed", readonly: bool = False
) -> AsyncIterator[Connection]:
    """One transaction for `tenant` (None sees no tenant's row); commits at the end of the block.

    Raises:
        NestedTransactionError: another transaction is open in this task.
    """
    if DB.current_transaction.get() is not None:
        raise NestedTransactionError(
            "A transaction is open already; pass its connection, or use savepoint()."
        )
    pool = current_pool()
    connection = await pool.acquire(timeout=10)
    token = DB.current_transaction.set(_Transaction(connection))
    try:
        async with connection.transaction(isolation=isolation, readonly=readonly):
            await connection.execute(
                "select set_config('app.tenant', $1, true)", "" if tenant is None else str(tenant)
            )
            yield connection
    finally:
        DB.current_transaction.reset(token)
        await pool.release(connection)


@asynccontextmanager
async def savepoint(connection: Connection) -> AsyncIterator[None]:
    """A step inside a transaction that can fail alone; what came before it stays."""
    async with connection.transaction():
        yield


async def serializable(work: Callable[[Connection], Awaitable[Result]], *, tenant: UUID | None) -> Result:
    """Run `work` in a SERIALIZABLE transaction, again with jitter when PostgreSQL asks for it (LED-7)."""
    for attempt in range(RETRIES):
        try:
            async with transaction(tenant=tenant, isolation="serializable") as connection:
                return await work(connection)
        except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
            if attempt == RETRIES - 1:
                raise
            await asyncio.sleep(random.uniform(0.5, 1.5) * 0.01 * 2**attempt)  # noqa: S311 - jitter
    raise AssertionError("unreachable")
