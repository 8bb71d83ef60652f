"""A job's way to act for one tenant after another within the one transaction of its slot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from accounts.database.transactions import Connection

_SET = "select set_config('app.tenant', $1, true)"


@asynccontextmanager
async def acting_for(connection: Connection, tenant: UUID) -> AsyncIterator[None]:
    """Row-level security reads `tenant` for the block, and what was set before it afterwards.

    For work that no person asked for; a use-case has its actor's tenant for the whole transaction.
    """
    before = await connection.fetchval("select current_tenant()")
    await connection.execute(_SET, str(tenant))
    yield
    # Not in a `finally`: after an error the transaction only rolls back, and the setting goes with it.
    await connection.execute(_SET, "" if before is None else str(before))
