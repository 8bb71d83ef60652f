"""The outbox to other systems: messages kept as they went out, offered again until acknowledged, and reconciled.

A message is the same for the same content, so that queueing twice sends once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance.claims import claims_of
from accounts.finance.loans import loans_of
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Problem
from carbon.identifiers import new_id
from methodologies.finance import exchange as schema

OUTCOMES = ("acknowledged", "refused", "failed")
MOST_AT_ONCE = 5000


@dataclass(frozen=True)
class Message:
    """A message with where it stands: waiting, sent, acknowledged, refused, failed or stuck."""

    id: UUID
    peer: str
    kind: str
    version: str
    object_id: str
    body: str
    digest: str
    written_at: datetime
    attempts: int
    state: str
    reference: str
    note: str


@dataclass(frozen=True)
class Acknowledgement:
    """What the other side says of one message."""

    digest: str
    outcome: str
    reference: str = ""
    note: str = ""


@dataclass(frozen=True)
class Reconciled:
    """How many messages stand where, and digests the other side named that are none of ours."""

    states: dict[str, int]
    unknown: tuple[str, ...]


async def queue_book(actor: Actor, *, peer: str) -> int:
    """Queue the bank's loans and claims for a peer as they stand; what stands in the outbox already is left.

    Raises:
        NotPermitted: without `loan:register`.
        Problem: no such peer.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        bodies = []
        for loan in await loans_of(connection):
            values = {
                name: getattr(loan, name)
                for name in (
                    "contract_number",
                    "principal_fen",
                    "rate_percent",
                    "starts_on",
                    "ends_on",
                    "purpose",
                    "rating_level",
                )
            }
            bodies.append(
                (
                    "loan",
                    str(loan.id),
                    schema.body_of(peer, "loan", values | {"borrower": loan.borrower_name_zh}),
                )
            )
        for claim in await claims_of(connection, limit=MOST_AT_ONCE):
            values = {
                name: getattr(claim, name)
                for name in (
                    "number",
                    "contract_number",
                    "programme_id",
                    "starts_on",
                    "ends_on",
                    "amount_fen",
                    "paid_fen",
                    "state",
                )
            }
            bodies.append(
                (
                    "claim",
                    str(claim.id),
                    schema.body_of(peer, "claim", values | {"borrower": claim.borrower_name_zh}),
                )
            )
        added = 0
        for kind, object_id, body in bodies:
            written = await connection.fetchval(
                """insert into finance_message (id, tenant_id, peer, kind, version, object_id, body, digest)
                   values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, peer, digest) do nothing returning id""",
                new_id(), actor.tenant_id, peer, kind, schema.version(), object_id, body, schema.digest_of(body),
            )  # fmt: skip
            added += written is not None
        await audit.record(
            connection,
            actor,
            act="exchange.queue",
            object_kind="outbox",
            object_id=actor.tenant_id,
            details={"peer": peer, "added": added},
        )
    return added


async def take_outbox(actor: Actor, *, peer: str, limit: int = 1000) -> list[Message]:
    """The messages due for a peer, each noted as sent; offered again after growing waits until acknowledged.

    Raises:
        NotPermitted: without `loan:register`.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"outbox {actor.tenant_id} {peer}"
        )
        due = await _messages(connection, peer=peer, due=True, limit=min(limit, MOST_AT_ONCE))
        for message in due:
            await _attempt(connection, actor, message, "sent", "", "")
    return due


async def take_acknowledgements(actor: Actor, *, peer: str, told: Sequence[Acknowledgement]) -> Reconciled:
    """Note what the other side says; a digest that is none of ours is told, not kept.

    Raises:
        NotPermitted: without `loan:register`.
        Problem: an outcome that is none.
    """
    actor.require(Permission.LOAN_REGISTER)
    if any(one.outcome not in OUTCOMES for one in told):
        raise Problem(N_("A message is acknowledged, refused or failed."), at="outcome")
    async with transaction(tenant=actor.tenant_id) as connection:
        known = {m.digest: m for m in await _messages(connection, peer=peer, due=False, limit=MOST_AT_ONCE)}
        for one in told:
            message = known.get(one.digest)
            if message is not None and message.state != "acknowledged":
                note = checked_name(one.note, at="note", longest=500, required=False)
                reference = checked_name(one.reference, at="reference", longest=200, required=False)
                await _attempt(connection, actor, message, one.outcome, reference, note)
                known[one.digest] = Message(
                    **{**vars(message), "state": one.outcome, "attempts": message.attempts + 1}
                )
        unknown = tuple(one.digest for one in told if one.digest not in known)
    return Reconciled(dict(Counter(message.state for message in known.values())), unknown)


async def list_messages(actor: Actor, *, peer: str) -> list[Message]:
    """Every message to a peer, latest first.

    Raises:
        NotPermitted: without `loan:read`.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _messages(connection, peer=peer, due=False, limit=MOST_AT_ONCE)


_SELECT = """
    select m.id, m.peer, m.kind, m.version, m.object_id, m.body, m.digest, m.written_at,
           coalesce(a.number, 0) as attempts, coalesce(a.outcome, 'waiting') as state,
           coalesce(a.reference, '') as reference, coalesce(a.note, '') as note
      from finance_message m
      left join lateral (select number, outcome, reference, note, next_at from finance_message_attempt
                          where message_id = m.id order by number desc limit 1) a on true
     where m.peer = $1 and (not $2 or a.number is null or (a.outcome <> 'acknowledged' and a.next_at <= now()))
     order by m.written_at desc, m.id limit $3
"""


async def _messages(connection: Connection, *, peer: str, due: bool, limit: int) -> list[Message]:
    return [Message(**row) for row in await connection.fetch(_SELECT, peer, due, limit)]


async def _attempt(
    connection: Connection, actor: Actor, message: Message, outcome: str, reference: str, note: str
) -> None:
    number = message.attempts + 1
    wait = None if outcome == "acknowledged" else schema.wait_after(number)
    await connection.execute(
        """insert into finance_message_attempt (id, message_id, tenant_id, number, outcome, reference, note, next_at)
           values ($1, $2, $3, $4, $5, $6, $7, now() + $8::interval)""",
        new_id(), message.id, actor.tenant_id, number, outcome, reference, note, wait,
    )  # fmt: skip
