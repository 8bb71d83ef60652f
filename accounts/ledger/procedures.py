"""Calls of the ledger's PostgreSQL functions, each of which answers with one row."""

from typing import Any

import asyncpg

from accounts.database.transactions import Connection
from accounts.ledger.refusals import STILL_RUNNING
from carbon.errors import Conflict

_KEYS = {"ledger_entry_once", "ledger_hold_once"}


async def answer(connection: Connection, function: str, *values: Any) -> asyncpg.Record:
    """The row that `function` answers with; its name comes from code.

    Raises:
        Conflict: the same idempotency key is being posted by another transaction right now (LED-6).
    """
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    try:
        row = await connection.fetchrow(f"select * from {function}({places})", *values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name in _KEYS:
            raise Conflict(STILL_RUNNING) from error
        raise
    if row is None:
        raise AssertionError(f"{function} answered with no row")
    return row
