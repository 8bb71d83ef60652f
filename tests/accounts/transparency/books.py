"""Small books and a log to look at: a fund with a few entries, sequenced and signed by a key of the test."""

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.database.roles import Role
from accounts.database.transactions import transaction
from accounts.ledger import journal
from accounts.ledger.journal import Leg, Transfer
from accounts.timing import public_log
from accounts.transparency.sequencing import sequence
from accounts.transparency.signing import LogKey
from carbon.identifiers import new_id

SOURCES = public_log.SOURCES
"""As in the scheduler: every room's kinds can be read."""
KEY = LogKey("test-log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def post(tenant, count=3, batch="first"):
    """`count` entries of the tenant's in one batch; their ids."""
    async with transaction(tenant=tenant) as connection:
        outside, fund = [
            await journal.find_account(connection, tenant_id=tenant, commodity="CNY-fen", code=code)
            or await journal.open_account(
                connection, tenant_id=tenant, code=code, commodity="CNY-fen", kind=kind
            )
            for code, kind in (("treasury", "issuing"), ("fund", "holding"))
        ]
        entries = await journal.post_batch(
            connection,
            [
                Transfer(f"{batch} {n}", "fund.open", (Leg(outside, fund, 100 + n),), date(2026, 1, 1))
                for n in range(count)
            ],
        )
    return [entry.id for entry in entries]


async def sequenced(database, *, now=NOON, key=KEY, remembered=None):
    """One run of the sequencer, as the scheduler does it."""
    async with database.as_role(Role.SCHEDULER), transaction(tenant=None) as connection:
        return await sequence(connection, key=key, now=now, remembered=remembered)


async def log_of(database, count=3):
    """A tenant, the ids of its entries, and a log that holds them."""
    tenant = new_id()
    entries = await post(tenant, count)
    await sequenced(database)
    return tenant, entries
