"""The journal: the only way into the books, and the front door of this room.

    open_account   → chart.py       post, post_batch, reverse         → here
    hold, settle…  → holds.py       balance, statement, read_entry    → reading.py

Every function takes the connection of an open `transaction(tenant=…)`: what it writes commits with the act it
belongs to. PostgreSQL checks the laws (docs/ledger.md); this module only asks.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.ledger.chart import (
    end_mandate,
    freeze_account,
    grant_mandate,
    open_account,
    register_commodity,
    unfreeze_account,
)
from accounts.ledger.entries import (
    Entry,
    Hold,
    Leg,
    Transfer,
    check_text,
    check_transfer,
    request_hash,
    transfer_hash,
)
from accounts.ledger.holds import expire_holds, hold, list_holds, release_hold, settle_hold
from accounts.ledger.procedures import answer
from accounts.ledger.reading import Balance, balance, find_account, read_entry, statement
from accounts.ledger.refusals import refusal
from carbon.errors import Problem
from carbon.identifiers import new_id

__all__ = [
    "Balance",
    "Entry",
    "Hold",
    "Leg",
    "Transfer",
    "balance",
    "end_mandate",
    "expire_holds",
    "find_account",
    "freeze_account",
    "grant_mandate",
    "hold",
    "list_holds",
    "open_account",
    "post",
    "post_batch",
    "read_entry",
    "register_commodity",
    "release_hold",
    "reverse",
    "settle_hold",
    "statement",
    "unfreeze_account",
]


async def post(
    connection: Connection,
    *,
    key: str,
    kind: str,
    legs: Sequence[Leg],
    occurred_on: date,
    memo: str = "",
    request: Mapping[str, Any] | None = None,
) -> Entry:
    """Post one entry, whole or not at all; the same key and request give the first entry again.

    Raises:
        KeyReused: the key was used for another request.
        NotFound: an account is not there, or not the tenant's to draw on.
        Conflict: not enough available, the account is frozen, or the key is being posted by another right now.
    """
    transfer = Transfer(key, kind, tuple(legs), occurred_on, memo, request)
    (result,) = await post_batch(connection, [transfer])
    if isinstance(result, Problem):
        raise result
    return result


async def post_batch(
    connection: Connection, transfers: Sequence[Transfer], *, authors: Sequence[UUID] | None = None
) -> list[Entry | Problem]:
    """Post thousands at once, in the order given; each is an entry or the problem that kept it out, alone.

    `authors` says for each transfer which tenant posts it; it is for a transaction of no tenant that shares one
    commit among many (`journal_queue`), and refused in any other.

    Raises:
        Conflict: a key is being posted by another transaction right now.
    """
    batch = _Batch(transfers, authors)
    if batch.sent:
        batch.take(await answer(connection, "ledger_post", *batch.arguments()))
    return batch.results()


class _Batch:
    """A batch on its way: what is sent, column by column, and where each answer belongs."""

    def __init__(self, transfers: Sequence[Transfer], authors: Sequence[UUID] | None) -> None:
        self.transfers = transfers
        self.authors = authors
        self.answers: list[Entry | Problem | None] = [None] * len(transfers)
        self.hashes: list[bytes] = []
        self.sent: list[int] = []
        self.repeats: list[tuple[int, int]] = []
        firsts: dict[tuple[UUID | None, str, str], int] = {}
        for at, transfer in enumerate(transfers):
            try:
                check_transfer(transfer)
            except Problem as problem:
                self.hashes.append(b"")
                self.answers[at] = problem
                continue
            self.hashes.append(transfer_hash(transfer))
            author = authors[at] if authors is not None else None
            first = firsts.setdefault((author, transfer.kind, transfer.key), at)
            if first == at:
                self.sent.append(at)
            else:
                self.repeats.append((at, first))

    def arguments(self) -> tuple[Any, ...]:
        """One array per column; legs name their accounts by place in the sorted list of all accounts."""
        sent = [self.transfers[at] for at in self.sent]
        legs = [leg for transfer in sent for leg in transfer.legs]
        accounts = sorted({leg.debit for leg in legs} | {leg.credit for leg in legs}, key=attrgetter("int"))
        places = {account: place for place, account in enumerate(accounts, 1)}
        return (
            None if self.authors is None else [self.authors[at] for at in self.sent],
            [new_id() for _ in sent],
            [transfer.kind for transfer in sent],
            [transfer.key for transfer in sent],
            [self.hashes[at] for at in self.sent],
            [transfer.occurred_on for transfer in sent],
            [transfer.memo for transfer in sent],
            [len(transfer.legs) for transfer in sent],
            accounts,
            [places[leg.debit] for leg in legs],
            [places[leg.credit] for leg in legs],
            [leg.amount for leg in legs],
        )

    def take(self, row: asyncpg.Record) -> None:
        """Turn what PostgreSQL answered into entries and problems."""
        columns = zip(
            self.sent,
            row["outcomes"],
            row["entry_ids"],
            row["instants"],
            row["refused_legs"],
            row["available"],
            strict=True,
        )
        for at, outcome, entry_id, instant, refused_leg, available in columns:
            transfer = self.transfers[at]
            if entry_id is not None:
                self.answers[at] = Entry(
                    entry_id, transfer.kind, transfer.key, instant, outcome == "replayed"
                )
            else:
                leg = transfer.legs[(refused_leg or 1) - 1]
                self.answers[at] = refusal(
                    outcome,
                    key=transfer.key,
                    kind=transfer.kind,
                    account=leg.debit,
                    to_account=leg.credit,
                    amount=leg.amount,
                    available=available,
                )

    def results(self) -> list[Entry | Problem]:
        """The answers in the order of the transfers; a repeat within the batch gets what the first one got."""
        for at, first in self.repeats:
            answer, transfer = self.answers[first], self.transfers[at]
            if self.hashes[at] != self.hashes[first]:
                answer = refusal("key-reused", key=transfer.key, kind=transfer.kind)
            elif isinstance(answer, Entry):
                answer = Entry(answer.id, answer.kind, answer.key, answer.posted_at, replayed=True)
            self.answers[at] = answer
        return [answer for answer in self.answers if answer is not None]


async def reverse(
    connection: Connection,
    *,
    entry_id: UUID,
    key: str,
    occurred_on: date,
    kind: str = "reversal",
    memo: str = "",
    request: Mapping[str, Any] | None = None,
) -> Entry:
    """Post the same amounts back; nothing is edited. Whoever gives back must be the tenant, or have given a mandate.

    Raises:
        NotFound: the entry is not there for this tenant, or an account is not its to draw on.
        Conflict: reversed already, itself a reversal, or what was received is no longer there.
    """
    check_text(key=key, kind=kind, memo=memo)
    digest = request_hash(
        kind=kind, request=request or {"reverses": entry_id, "on": occurred_on, "memo": memo}
    )
    row = await answer(connection, "ledger_reverse", entry_id, new_id(), kind, key, digest, occurred_on, memo)
    if row["entry_id"] is None:
        raise refusal(
            row["outcome"],
            entry=entry_id,
            key=key,
            kind=kind,
            account=row["account_id"],
            to_account=row["to_account_id"],
            available=row["available"],
            amount=row["amount"],
        )
    return Entry(row["entry_id"], kind, key, row["instant"], row["outcome"] == "replayed")
