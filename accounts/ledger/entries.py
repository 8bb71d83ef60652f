"""What goes into the books and what comes back, as plain values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from carbon.errors import N_, Problem

MOST = 1_000_000_000_000_000
"""The largest amount of one leg; the column has the same bound."""

MOST_LEGS = 1_000
"""Legs of one entry at most."""

_KEY_LENGTH = 255
_KIND_LENGTH = 60
_MEMO_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Leg:
    """A whole amount of the smallest unit, out of `debit` and into `credit` (both account ids)."""

    debit: UUID
    credit: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """One entry to post. `request` is what the key stands for; without it, everything in here is."""

    key: str
    kind: str
    legs: tuple[Leg, ...]
    occurred_on: date
    memo: str = ""
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that is in the books; `replayed` when the key had brought it there before."""

    id: UUID
    kind: str
    key: str
    posted_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount set aside on `debit` for `credit`. States: held, then settled, released or expired for good."""

    id: UUID
    debit: UUID
    credit: UUID
    commodity: str
    amount: int
    settled: int
    state: str
    memo: str
    placed_at: datetime
    expires_at: datetime | None

    @property
    def remaining(self) -> int:
        """What is still set aside."""
        return self.amount - self.settled if self.state == "held" else 0


def request_hash(*, kind: str, request: Mapping[str, Any]) -> bytes:
    """SHA-256 of the request as JSON with sorted keys; the same request gives the same hash on every machine."""
    text = json.dumps([kind, request], sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).digest()


def transfer_hash(transfer: Transfer) -> bytes:
    """`request_hash` of the transfer's request, or of the transfer itself."""
    if transfer.request is not None:
        return request_hash(kind=transfer.kind, request=transfer.request)
    parts = [f"{transfer.kind}\0{transfer.occurred_on}\0{transfer.memo}\0".encode()]
    parts += [leg.debit.bytes + leg.credit.bytes + leg.amount.to_bytes(8, "big") for leg in transfer.legs]
    return hashlib.sha256(b"".join(parts)).digest()


def check_text(*, key: str, kind: str, memo: str = "") -> None:
    """Refuse what the columns could not hold.

    Raises:
        Problem: names the field, its limit and what was sent.
    """
    for at, text, least, most in (
        ("key", key, 1, _KEY_LENGTH),
        ("kind", kind, 1, _KIND_LENGTH),
        ("memo", memo, 0, _MEMO_LENGTH),
    ):
        if not least <= len(text) <= most or not _storable(text):
            raise Problem(
                N_(
                    "The {field} must be plain Unicode text of {least} to {most} characters; it has {length}."
                ),
                at=at,
                field=at,
                least=least,
                most=most,
                length=len(text),
            )


def _storable(text: str) -> bool:
    """PostgreSQL takes neither NUL nor a lone half of a surrogate pair."""
    return (text.isascii() and "\0" not in text) or not any(
        c == "\0" or "\ud800" <= c <= "\udfff" for c in text
    )


def check_amount(amount: int, *, at: str = "amount") -> None:
    """Refuse anything but a whole amount from 1 to `MOST`.

    Raises:
        Problem: says the amount and the bounds.
    """
    if type(amount) is not int or not 1 <= amount <= MOST:
        raise Problem(
            N_("The amount {amount} is not a whole number from 1 to {most} of the smallest unit."),
            at=at,
            amount=amount,
            most=MOST,
        )


def check_transfer(transfer: Transfer) -> None:
    """Refuse a transfer that PostgreSQL could not even be asked about.

    Raises:
        Problem: text too long, an amount out of bounds, or no leg at all.
    """
    check_text(key=transfer.key, kind=transfer.kind, memo=transfer.memo)
    if not 1 <= len(transfer.legs) <= MOST_LEGS:
        raise Problem(
            N_("An entry has 1 to {most} legs (from an account, to an account, an amount); it has {number}."),
            at="legs",
            most=MOST_LEGS,
            number=len(transfer.legs),
        )
    for leg in transfer.legs:
        check_amount(leg.amount)
