"""Messages to people's phones and mailboxes: written in the transaction that causes them, sent from an outbox.

What is sent is a kind with values: the gateway has a template for each kind, as Chinese short-message services
ask for. Recipient and values are encrypted until they are sent and gone afterwards. The local sender of a trial
sends nothing: it keeps the message, so that a person can look up the code.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity.canonical import plain
from accounts.identity.encryption import Place, Unreadable, keyring
from carbon.identifiers import new_id

Channel = Literal["sms", "email"]

KINDS: dict[str, str] = {}
"""Each kind with its sentence, an English template, for gateways without templates of their own and for the trial."""

MOST_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
"""A message that was taken and not settled, because its sender died, is due again after this."""


@dataclass(frozen=True)
class Outgoing:
    """A message as its sender gets it."""

    id: UUID
    channel: Channel
    kind: str
    recipient: str
    values: dict[str, Any]
    language: str


@dataclass(frozen=True)
class Settled:
    """What became of one message: an empty `error` means that it is out of the house, or `kept`."""

    id: UUID
    error: str = ""
    kept: bool = False


class Sender(Protocol):
    """A way out: a gateway for short messages or mail."""

    async def send(self, message: Outgoing) -> Settled:
        """Hand the message over; an error is told in the answer, not raised."""


SENDERS: dict[str, Callable[[], Sender]] = {}
"""Adapters by name; a city adds its gateway here, from a module of its own that is imported at start."""


class LocalSender:
    """Sends nothing: the message stays in its table, for a trial without any gateway."""

    async def send(self, message: Outgoing) -> Settled:
        """Keep it."""
        return Settled(message.id, kept=True)


SENDERS["local"] = LocalSender


def sender() -> Sender:
    """The way out that is set: `CARBON_MESSAGES` names it, `local` if nothing is set.

    Raises:
        ValueError: no adapter of that name is installed.
    """
    name = os.environ.get("CARBON_MESSAGES", "local")
    found = SENDERS.get(name)
    if found is None:
        raise ValueError(f"CARBON_MESSAGES is {name!r}; installed are: {', '.join(sorted(SENDERS))}")
    return found()


def register(kind: str, template: str) -> str:
    """Make a kind known with its sentence (`N_("… {name} …")`); returns the kind."""
    if KINDS.setdefault(kind, template) != template:
        raise ValueError(f"the message kind {kind!r} is registered with another sentence")
    return kind


async def enqueue(
    connection: Connection,
    *,
    channel: Channel,
    recipient: str,
    kind: str,
    values: Mapping[str, Any],
    language: str = "zh",
    decoy: bool = False,
) -> UUID:
    """Put a message into the outbox, in the caller's transaction and under its tenant; a decoy is never sent.

    Raises:
        ValueError: the kind was never registered.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of message; register it with its sentence first")
    message_id, tenant_id = new_id(), await connection.fetchval("select current_tenant()")
    ring = keyring()
    content = msgspec.json.encode(plain(dict(values))).decode()
    values_kept = [
        ring.encrypt(recipient, _place(tenant_id, message_id, "recipient")),
        ring.encrypt(content, _place(tenant_id, message_id, "content")),
    ]
    await connection.execute(
        """insert into identity_message (id, tenant_id, channel, kind, recipient, content, language, state)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        message_id,
        tenant_id,
        channel,
        kind,
        *("" if decoy else value for value in values_kept),
        language,
        "failed" if decoy else "queued",
    )
    return message_id


async def claim_due(*, limit: int = 200) -> list[Outgoing]:
    """Take what is due, for the scheduler; each is due again after a while unless it is settled."""
    async with transaction(tenant=None) as connection:
        rows = await connection.fetch(
            """update identity_message set tries = tries + 1, next_try_at = now() + $1
                where id in (select id from identity_message
                              where state = 'queued' and next_try_at <= now()
                              order by next_try_at limit $2 for update skip locked)
            returning id, tenant_id, channel, kind, recipient, content, language""",
            LEASE,
            limit,
        )
        found = []
        for row in rows:
            try:
                found.append(_outgoing(row))
            except Unreadable as error:
                await _settle(connection, Settled(row["id"], error=str(error)))
    return found


async def settle(connection: Connection, outcomes: Sequence[Settled]) -> dict[str, int]:
    """Write down what became of the messages; what failed is tried again, ever later, and then given up."""
    for outcome in outcomes:
        await _settle(connection, outcome)
    return {
        "sent": sum(not one.error and not one.kept for one in outcomes),
        "kept": sum(one.kept for one in outcomes),
        "refused": sum(bool(one.error) for one in outcomes),
    }


async def forget_messages(connection: Connection, tenant_id: UUID) -> None:
    """Empty every message of a tenant, sent or not (DAT-4)."""
    await connection.execute(
        """update identity_message set recipient = '', content = '',
                  state = case when state = 'queued' then 'failed' else state end
            where tenant_id = $1""",
        tenant_id,
    )


async def forget_old_messages(connection: Connection) -> int:
    """Delete what is not waiting any more after thirty days, for the scheduler; returns how many."""
    status = await connection.execute(
        "delete from identity_message where state <> 'queued' and created_at < now() - interval '30 days'"
    )
    return int(status.rpartition(" ")[2])


async def kept_messages(*, since: datetime) -> list[tuple[datetime, Outgoing]]:
    """What the local sender kept, the newest first, for the trial's command; under the role of the scheduler."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select * from identity_message
                where state in ('kept', 'queued') and created_at >= $1 and content <> '' order by created_at desc""",
            since,
        )
    return [(row["created_at"], _outgoing(row)) for row in rows]


async def _settle(connection: Connection, outcome: Settled) -> None:
    """What is sent or given up is emptied; only kept messages can still be read."""
    done = not outcome.error and not outcome.kept
    await connection.execute(
        """update identity_message set
                  state = case when $2 then 'sent' when $3 then 'kept' when tries >= $5 then 'failed' else 'queued' end,
                  recipient = case when $2 or not $3 and tries >= $5 then '' else recipient end,
                  content = case when $2 or not $3 and tries >= $5 then '' else content end,
                  sent_at = case when $2 then now() end,
                  error = $4,
                  next_try_at = now() + $6::interval * power(2, least(tries, 10) - 1)
            where id = $1 and state = 'queued'""",
        outcome.id,
        done,
        outcome.kept,
        outcome.error[:500],
        MOST_TRIES,
        FIRST_WAIT,
    )


def _outgoing(row: asyncpg.Record) -> Outgoing:
    ring = keyring()
    places = {name: _place(row["tenant_id"], row["id"], name) for name in ("recipient", "content")}
    return Outgoing(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        recipient=ring.decrypt(row["recipient"], places["recipient"]),
        values=msgspec.json.decode(ring.decrypt(row["content"], places["content"])),
        language=row["language"],
    )


def _place(tenant_id: UUID | None, message_id: UUID, column: str) -> Place:
    return Place(tenant_id, "identity_message", message_id, column)
