"""Reading the books: balances, also of the past, statements and entries, as far as they show to the tenant."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.ledger.entries import Leg
from carbon.errors import N_, NotFound

PAGE = 100
"""Lines of a statement's page unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Balance:
    """In the smallest unit: `posted` is there, `held` of it is set aside."""

    posted: int
    held: int

    @property
    def available(self) -> int:
        """What can be moved or set aside now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting from its holder's side; `position` counts the account's postings from 1, without gaps."""

    position: int
    entry_id: UUID
    kind: str
    occurred_on: date
    posted_at: datetime
    memo: str
    change: int
    balance_after: int
    other_account_id: UUID
    reverses: UUID | None


@dataclass(frozen=True, slots=True)
class EntryRead:
    """An entry with those of its legs that show to the tenant."""

    id: UUID
    kind: str
    occurred_on: date
    posted_at: datetime
    memo: str
    reverses: UUID | None
    hold_id: UUID | None
    legs: tuple[Leg, ...]


async def balance(connection: Connection, account_id: UUID, *, at: datetime | None = None) -> Balance:
    """What the account holds now, or held at the instant `at`.

    Raises:
        NotFound: not there, or neither the tenant's nor lent to it by a mandate.
    """
    if at is None:
        row = await connection.fetchrow("select posted, held from ledger_account where id = $1", account_id)
    else:
        row = await connection.fetchrow("select posted, held from ledger_balance_at($1, $2)", account_id, at)
    if row is None or row["posted"] is None:
        raise NotFound(N_("There is no account {account} that you may read."), account=account_id)
    return Balance(*row)


async def find_account(connection: Connection, *, tenant_id: UUID, code: str, commodity: str) -> UUID | None:
    """The id of an account that shows to the tenant, by its code; None when there is none."""
    found: UUID | None = await connection.fetchval(
        "select id from ledger_account where tenant_id = $1 and commodity = $2 and code = $3",
        tenant_id,
        commodity,
        code,
    )
    return found


async def statement(
    connection: Connection, account_id: UUID, *, before: int | None = None, limit: int = PAGE
) -> list[StatementLine]:
    """The account's lines, newest first; the next page begins `before` the last position seen.

    Empty for anyone but the holder.
    """
    rows = await connection.fetch("select * from ledger_statement($1, $2, $3)", account_id, before, limit)
    return [StatementLine(*row) for row in rows]


async def read_entry(connection: Connection, entry_id: UUID) -> EntryRead:
    """An entry and its legs.

    Raises:
        NotFound: not there, or the tenant has no part in it.
    """
    row = await connection.fetchrow(
        "select id, kind, occurred_on, posted_at, memo, reverses, hold_id from ledger_entry where id = $1",
        entry_id,
    )
    if row is None:
        raise NotFound(N_("There is no entry {entry} that you may read."), entry=entry_id)
    legs = await connection.fetch(
        """select debit_account_id, credit_account_id, amount from ledger_posting
           where entry_id = $1 order by sequence""",
        entry_id,
    )
    return EntryRead(**dict(row), legs=tuple(Leg(*leg) for leg in legs))
