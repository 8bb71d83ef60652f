"""Two-phase movements: set aside, then settled, released or expired."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.ledger.entries import Entry, Hold, check_amount, check_text, request_hash
from accounts.ledger.procedures import answer
from accounts.ledger.refusals import refusal
from carbon.identifiers import new_id

_COLUMNS = """id, debit_account_id, credit_account_id, commodity, amount, settled, state, memo, placed_at, expires_at"""


async def hold(
    connection: Connection,
    *,
    key: str,
    kind: str,
    debit: UUID,
    credit: UUID,
    amount: int,
    memo: str = "",
    expires_at: datetime | None = None,
    request: Mapping[str, Any] | None = None,
) -> Hold:
    """Set `amount` aside on account `debit` for account `credit`; the same key and request give the same hold.

    Raises:
        KeyReused: the key was used for another request.
        NotFound: an account is not there, or not the tenant's to draw on.
        Conflict: not enough available, or the account is frozen.
    """
    check_text(key=key, kind=kind, memo=memo)
    check_amount(amount)
    digest = request_hash(
        kind=kind,
        request=request
        or {"debit": debit, "credit": credit, "amount": amount, "memo": memo, "expires_at": expires_at},
    )
    row = await answer(
        connection, "ledger_place_hold", new_id(), kind, key, digest, debit, credit, amount, memo, expires_at
    )
    if row["hold_id"] is None:
        raise refusal(
            row["outcome"],
            key=key,
            kind=kind,
            account=debit,
            to_account=credit,
            amount=amount,
            available=row["available"],
        )
    return await _read(connection, row["hold_id"])


async def settle_hold(
    connection: Connection,
    *,
    hold_id: UUID,
    key: str,
    kind: str,
    occurred_on: date,
    amount: int | None = None,
    final: bool = False,
    memo: str = "",
    request: Mapping[str, Any] | None = None,
) -> Entry:
    """Post `amount` of the hold (all that is left, if None) to its receiver; `final` lets go of the rest.

    Raises:
        KeyReused: the key was used for another request.
        NotFound: no such hold that the tenant may settle.
        Conflict: the hold has ended, its time is over, it has less left, or its account is frozen.
    """
    check_text(key=key, kind=kind, memo=memo)
    if amount is not None:
        check_amount(amount)
    digest = request_hash(
        kind=kind,
        request=request
        or {"hold": hold_id, "amount": amount, "final": final, "on": occurred_on, "memo": memo},
    )
    row = await answer(
        connection,
        "ledger_settle_hold",
        hold_id,
        new_id(),
        kind,
        key,
        digest,
        occurred_on,
        memo,
        amount,
        final,
    )
    if row["entry_id"] is None:
        raise refusal(
            row["outcome"],
            key=key,
            kind=kind,
            hold=hold_id,
            amount=amount,
            available=row["available"],
            account=row["account_id"],
            to_account=row["to_account_id"],
        )
    return Entry(row["entry_id"], kind, key, row["instant"], row["outcome"] == "replayed")


async def release_hold(connection: Connection, *, hold_id: UUID, kind: str = "hold.release") -> Hold:
    """Give back what is left of the hold; `kind` is what a mandate must cover when the account is another's.

    Raises:
        NotFound: no such hold that the tenant may release.
        Conflict: it has ended already.
    """
    outcome = await connection.fetchval("select ledger_release_hold($1, $2)", hold_id, kind)
    if outcome != "released":
        raise refusal(outcome, hold=hold_id)
    return await _read(connection, hold_id)


async def expire_holds(connection: Connection, *, most: int = 1000) -> int:
    """End up to `most` holds whose time is over, of all tenants; returns how many ended."""
    return int(await connection.fetchval("select ledger_expire_holds($1)", most))


async def list_holds(connection: Connection, account_id: UUID, *, state: str = "held") -> list[Hold]:
    """The holds on an account in one state, oldest first, as far as they show to the tenant."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from ledger_hold where debit_account_id = $1 and state = $2 order by placed_at, id",
        account_id,
        state,
    )
    return [Hold(*row) for row in rows]


async def _read(connection: Connection, hold_id: UUID) -> Hold:
    (row,) = await connection.fetch(f"select {_COLUMNS} from ledger_hold where id = $1", hold_id)
    return Hold(*row)
