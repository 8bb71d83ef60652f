"""The same request twice gives the same answer and one effect (LED-6)."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from carbon.errors import N_, Conflict, KeyReused, Problem
from carbon.identifiers import new_id

LONGEST_KEY = 255
Answer = TypeVar("Answer")


async def once(
    connection: Connection,
    actor: Actor,
    *,
    operation: str,
    key: str | None,
    request: Mapping[str, Any],
    work: Callable[[], Awaitable[Answer]],
    answer_type: type[Answer] | None = None,
) -> Answer:
    """Do `work` once for this tenant, operation and key; afterwards answer what it answered then.

    Key, request hash and answer are stored in the caller's transaction, so they stand or fall with the
    effect. The answer comes back as `answer_type` (a frozen dataclass; without it, what JSON holds: give
    `work` a dict). Without a key the work is simply done.

    Raises:
        Problem: the key is empty or longer than 255 characters.
        KeyReused: the key came before with another request.
        Conflict: the first request with this key is still running.
    """
    if key is None:
        return await work()
    _check_key(key)
    wanted = request_hash(request)
    await _take_lock(connection, actor, operation, key)
    row = await connection.fetchrow(
        """select request_hash, answer from identity_idempotency_record
            where tenant_id = $1 and operation = $2 and key = $3""",
        actor.tenant_id,
        operation,
        key,
    )
    if row is not None:
        if row["request_hash"] != wanted:
            raise KeyReused(
                N_(
                    "The idempotency key {key} was used for another request; make a new key for a new request."
                ),
                at="Idempotency-Key",
                key=key,
            )
        return _decoded(row["answer"], answer_type)
    stored = msgspec.json.encode(await work()).decode()
    await connection.execute(
        """insert into identity_idempotency_record (id, tenant_id, operation, key, request_hash, answer)
           values ($1, $2, $3, $4, $5, $6::jsonb)""",
        new_id(),
        actor.tenant_id,
        operation,
        key,
        wanted,
        stored,
    )
    return _decoded(stored, answer_type)


def request_hash(request: Mapping[str, Any]) -> bytes:
    """SHA-256 over the request as JSON with sorted keys, so that the order of fields does not matter."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted")).digest()


async def _take_lock(connection: Connection, actor: Actor, operation: str, key: str) -> None:
    """Held to the end of the transaction; a second request does not wait, it is told so."""
    name = f"{actor.tenant_id}\n{operation}\n{key}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", number):
        raise Conflict(
            N_("The first request with the idempotency key {key} is still running; ask again in a moment."),
            at="Idempotency-Key",
            key=key,
        )


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Problem(
            N_("An idempotency key has 1 to {longest} printable characters."),
            at="Idempotency-Key",
            longest=LONGEST_KEY,
        )


def _decoded(stored: str, answer_type: type[Answer] | None) -> Answer:
    """First and later answers take the same way, so they cannot differ."""
    return cast("Answer", msgspec.json.decode(stored, type=answer_type or Any))
