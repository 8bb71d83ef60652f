"""Series around people: reminding of tasks, sending messages, forgetting what is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.identity import housekeeping, messages, notices
from accounts.timing.slots import Connection, Work
from carbon.workdays import business_date
from scheduler.work import Shop


async def remind_of_tasks(shop: Shop, due_at: datetime) -> Work:
    """Three working days and one day before a task is due, for every tenant."""
    _ = shop
    today = business_date(due_at)

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return await notices.remind(connection, today)

    return work


async def send_messages(shop: Shop, due_at: datetime) -> Work:
    """What waits in the outbox goes out before the slot's transaction, and is written down in it."""
    _ = shop, due_at
    sender = messages.sender()
    outcomes = [await sender.send(message) for message in await messages.claim_due()]

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return await messages.settle(connection, outcomes)

    return work


async def forget_what_is_over(shop: Shop, due_at: datetime) -> Work:
    """Counters, codes and answers nobody needs any longer."""
    _ = shop, due_at

    async def work(connection: Connection, due_at: datetime) -> Mapping[str, Any]:
        _ = due_at
        return await housekeeping.forget_what_is_over(connection)

    return work
