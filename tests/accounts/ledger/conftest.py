from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.journal import Leg
from carbon.identifiers import new_id


@dataclass(frozen=True)
class SmallBooks:
    """A bureau whose fund holds 1,000 fen, and a bank with an empty account."""

    bureau: UUID
    bank: UUID
    treasury: UUID
    fund: UUID
    drawer: UUID
    day: date = date(2026, 3, 1)

    async def pay(self, connection, amount, key, *, debit=None, credit=None, **more):
        legs = [Leg(debit or self.fund, credit or self.drawer, amount)]
        return await journal.post(connection, key=key, kind="pay", legs=legs, occurred_on=self.day, **more)

    async def hold(self, connection, amount, key="held", **more):
        return await journal.hold(
            connection, key=key, kind="reserve", debit=self.fund, credit=self.drawer, amount=amount, **more
        )

    async def settle(self, connection, held, key="settled", **more):
        return await journal.settle_hold(
            connection, hold_id=held.id, key=key, kind="pay", occurred_on=self.day, **more
        )

    async def fund_balance(self):
        async with transaction(tenant=self.bureau) as connection:
            return await journal.balance(connection, self.fund)


@pytest.fixture
async def books(database):
    bureau, bank = new_id(), new_id()
    async with transaction(tenant=bureau) as connection:

        async def opened(tenant, code, kind="holding"):
            return await journal.open_account(
                connection, tenant_id=tenant, code=code, commodity="CNY-fen", kind=kind
            )

        made = SmallBooks(
            bureau,
            bank,
            await opened(bureau, "treasury", "issuing"),
            await opened(bureau, "fund"),
            await opened(bank, "subsidy"),
        )
        await made.pay(connection, 1000, "open", debit=made.treasury, credit=made.fund)
    return made
