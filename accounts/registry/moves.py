"""Calls of `registry_move`, the one SQL function that moves numbers and their postings together."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection
from accounts.ledger.entries import MOST_LEGS, check_amount, check_text, request_hash
from carbon.errors import N_, Conflict, KeyReused, NotFound, Problem
from carbon.identifiers import new_id
from carbon.workdays import business_date


@dataclass(frozen=True, slots=True)
class Leg:
    """`quantity_t` numbers from one ledger account to another: the lowest, or those from `first` on.

    `from_claim` is the transfer, hold or pledge they are bound by, `to_claim` the one that binds them now;
    `freeze_id` the freeze they go into or come out of.
    """

    debit: UUID
    credit: UUID
    quantity_t: int
    first: int | None = None
    from_claim: UUID | None = None
    to_claim: UUID | None = None
    freeze_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One entry to post, `kind` without its `credit.`; an entry with several legs or exact numbers goes alone."""

    kind: str
    key: str
    legs: tuple[Leg, ...]
    occurred_on: date
    memo: str = ""
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry that is in the books; `replayed` when its key had brought it there before."""

    entry_id: UUID
    moved_at: datetime
    replayed: bool = False


async def account(connection: Connection, *, tenant_id: UUID, batch_number: int, state: str) -> UUID:
    """The ledger account of this holder, batch and state, opened empty if need be.

    Raises:
        NotFound: no such batch.
    """
    found: UUID | None = await connection.fetchval(
        "select registry_account($1, $2, $3)", tenant_id, batch_number, state
    )
    if found is None:
        raise NotFound(N_("There is no batch {batch}."), at="batch_number", batch=batch_number)
    return found


async def issuing_account(connection: Connection, *, keeper_id: UUID, batch_number: int) -> UUID:
    """The account out of which a batch is issued."""
    found: UUID = await connection.fetchval(
        "select id from ledger_account where tenant_id = $1 and commodity = $2 and code = 'issued'",
        keeper_id,
        f"credit.{batch_number}",
    )
    return found


async def move(connection: Connection, wanted: Move) -> Moved:
    """Post one entry with its numbers, whole or not at all; the same key and request give the first entry again.

    Raises:
        Conflict: too few free, frozen, not in that account or state, or the key is being posted right now.
        NotFound: not the tenant's to move.
        KeyReused: the key was used for something else.
    """
    (result,) = await move_batch(connection, [wanted])
    if isinstance(result, Problem):
        raise result
    return result


async def move_batch(connection: Connection, wanted: Sequence[Move]) -> list[Moved | Problem]:
    """Post many entries of one leg each, in the order given; a refused one leaves the others as they are.

    Raises:
        Conflict: a key is being posted by another transaction right now.
        Problem: a key, memo or amount that no column would hold.
    """
    if not wanted:
        return []
    legs = [leg for each in wanted for leg in each.legs]
    for each in wanted:
        _check(each)
    accounts = sorted({leg.debit for leg in legs} | {leg.credit for leg in legs}, key=attrgetter("int"))
    place = {each: number for number, each in enumerate(accounts, 1)}
    kinds = [f"credit.{each.kind}" for each in wanted]
    values = (
        [new_id() for _ in wanted],
        kinds,
        [each.key for each in wanted],
        [_hash(each) for each in wanted],
        [each.occurred_on for each in wanted],
        [each.memo for each in wanted],
        [len(each.legs) for each in wanted],
        accounts,
        [place[leg.debit] for leg in legs],
        [place[leg.credit] for leg in legs],
        [leg.quantity_t for leg in legs],
        [leg.first for leg in legs],
        [leg.from_claim for leg in legs],
        [leg.to_claim for leg in legs],
        [leg.freeze_id for leg in legs],
    )
    row = await _answer(connection, values)
    answers: list[Moved | Problem] = []
    for number, each in enumerate(wanted):
        outcome, entry_id = row["outcomes"][number], row["entry_ids"][number]
        if entry_id is not None:
            answers.append(Moved(entry_id, row["instants"][number], outcome == "replayed"))
        else:
            leg = each.legs[min((row["refused_legs"][number] or 1), len(each.legs)) - 1]
            answers.append(refusal(outcome, each, leg, row["available"][number]))
    return answers


_PLACES = ", ".join(f"${number}" for number in range(1, 16))


async def _answer(connection: Connection, values: tuple[Any, ...]) -> asyncpg.Record:
    try:
        row = await connection.fetchrow(f"select * from registry_move({_PLACES})", *values)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "ledger_entry_once":
            raise Conflict(
                N_("Another request with the same key is being posted right now; ask again in a moment.")
            ) from error
        raise
    assert row is not None  # noqa: S101 - a function with out parameters answers with one row
    return row


def _check(each: Move) -> None:
    check_text(key=each.key, kind=each.kind, memo=each.memo)
    if not 1 <= len(each.legs) <= MOST_LEGS:
        raise Problem(N_("Choose at most {most} runs of numbers at once."), most=MOST_LEGS)
    for leg in each.legs:
        check_amount(leg.quantity_t, at="quantity_t")


def _hash(each: Move) -> bytes:
    """What the key stands for: the request given, or all that is in the move."""
    if each.request is not None:
        return request_hash(kind=each.kind, request=each.request)
    parts = [f"{each.kind}\0{each.occurred_on}\0{each.memo}\0".encode()]
    parts += [
        leg.debit.bytes
        + leg.credit.bytes
        + f"{leg.quantity_t} {leg.first} {leg.from_claim} {leg.to_claim} {leg.freeze_id}\0".encode()
        for leg in each.legs
    ]
    return hashlib.sha256(b"".join(parts)).digest()


_PROBLEMS: dict[str, tuple[type[Problem], str]] = {
    "short": (
        Conflict,
        N_(
            "{available} t are free there and {quantity} t are needed; what is reserved, pledged or frozen is not free."
        ),
    ),
    "not-there": (
        Conflict,
        N_(
            "The numbers asked for are no longer all there in that state: they were moved, retired or bound meanwhile. "
            "Look at the holdings again and choose anew."
        ),
    ),
    "account-frozen": (
        Conflict,
        N_("An authority has frozen this account: nothing leaves it until it is released."),
    ),
    "frozen": (Conflict, N_("An authority has frozen this account: nothing leaves it until it is released.")),
    "not-allowed": (
        Conflict,
        N_("Credits cannot go from that state to this one; what is retired or cancelled never moves again."),
    ),
    "not-yours": (NotFound, N_("There are no such credits that you may move.")),
    "not-yours-to-free": (
        NotFound,
        N_("Only the one for whom these credits are locked or frozen can let them go."),
    ),
    "no-account": (NotFound, N_("There is no account to receive the credits.")),
    "key-reused": (
        KeyReused,
        N_("The key {key} was used for another request; make a new key for a new request."),
    ),
    "same-account": (Problem, N_("Sender and receiver are the same account.")),
    "out-of-range": (Problem, N_("The amount leaves the range of the books.")),
    "other-commodity": (Problem, N_("A move stays within one batch.")),
}


def refusal(outcome: str, each: Move, leg: Leg, available: int | None) -> Problem:
    """The problem an outcome stands for, in the words of the register."""
    kind, template = _PROBLEMS[outcome]
    return kind(template, key=each.key, quantity=leg.quantity_t, available=available or 0)


async def today(connection: Connection) -> date:
    """The day it is in Chongqing, by the database's clock."""
    return business_date(await connection.fetchval("select now()"))


async def check_free(
    connection: Connection, *, holder_id: UUID, picks: Sequence[Sequence[int | None]]
) -> None:
    """Tell early what cannot be: picks are batch, quantity and first number. The move itself checks again.

    Raises:
        Conflict: fewer free, or the numbers are not all held.
    """
    for batch_number, quantity_t, first in picks:
        if first is None:
            low, high = 1, None
        else:
            low, high = first, first + (quantity_t or 0) - 1
        free: int = await connection.fetchval(
            """select coalesce(sum(least(b.last, coalesce($4, b.last)) - greatest(b.first, $3) + 1), 0)::bigint
                 from ledger_account a join registry_block b on b.account_id = a.id
                where a.tenant_id = $1 and a.commodity = 'credit.' || $2::bigint and a.code = 'held' and b.closed_at is null
                  and b.first <= coalesce($4, b.first) and b.last >= $3""",
            holder_id,
            batch_number,
            low,
            high,
        )
        if free < (quantity_t or 0):
            raise Conflict(
                N_(
                    "{available} t are free there and {quantity} t are needed; what is reserved, pledged or frozen is not free."
                ),
                at="quantity_t",
                available=free,
                quantity=quantity_t,
            )


MOST_MERGED = 1_000
"""Accounts joined up in one go."""


async def merge_blocks(connection: Connection, *, account_id: UUID | None = None) -> int:
    """Make neighbours that lie free in one account one block again, everywhere or in one account; how many fewer."""
    fewer: int = await connection.fetchval("select registry_merge($1, $2)", account_id, MOST_MERGED)
    return fewer
