"""A new key for encrypted values: each is opened with its old key and written again under the current one (DAT-6).

Put the new key in front of the old ones in `CARBON_FIELD_KEYS`, run this, then take the old keys out. The key
called `lookup` stays: HMACs of phone numbers hang on it, and it encrypts nothing.
"""

from dataclasses import dataclass

from accounts.database.transactions import Connection, transaction
from accounts.identity.encryption import Keyring, Place, key_id_of, keyring

BATCH = 500


@dataclass(frozen=True)
class Column:
    """An encrypted column: reading a batch after an id, and writing one value if nobody changed it meanwhile."""

    table: str
    name: str
    read: str
    write: str


COLUMNS = (
    Column(
        "identity_time_code",
        "secret",
        """select person_id as row, tenant_id, secret as value from identity_time_code
            where person_id > $1 order by person_id limit $2""",
        "update identity_time_code set secret = $2 where person_id = $1 and secret = $3",
    ),
    Column(
        "identity_data_key",
        "wrapped",
        """select tenant_id as row, tenant_id, wrapped as value from identity_data_key
            where tenant_id > $1 order by tenant_id limit $2""",
        "update identity_data_key set wrapped = $2 where tenant_id = $1 and wrapped = $3",
    ),
    Column(
        "identity_message",
        "recipient",
        """select id as row, tenant_id, recipient as value from identity_message
            where id > $1 and recipient <> '' order by id limit $2""",
        "update identity_message set recipient = $2 where id = $1 and recipient = $3",
    ),
    Column(
        "identity_message",
        "content",
        """select id as row, tenant_id, content as value from identity_message
            where id > $1 and content <> '' order by id limit $2""",
        "update identity_message set content = $2 where id = $1 and content = $3",
    ),
)

_BEFORE_ALL = "00000000-0000-0000-0000-000000000000"


async def rotate_values() -> dict[str, int]:
    """Write every value again that is not under the current key; how many, by column. Runs as the owner, in batches."""
    ring = keyring()
    return {f"{column.table}.{column.name}": await _rotate(column, ring) for column in COLUMNS}


async def _rotate(column: Column, ring: Keyring) -> int:
    written, after = 0, _BEFORE_ALL
    while True:
        async with transaction(tenant=None) as connection:
            last, count = await _rotate_batch(connection, column, ring, after)
        written += count
        if last is None:
            return written
        after = last


async def _rotate_batch(
    connection: Connection, column: Column, ring: Keyring, after: str
) -> tuple[str | None, int]:
    rows = await connection.fetch(column.read, after, BATCH)
    count = 0
    for row in rows:
        if key_id_of(row["value"]) == ring.current:
            continue
        place = Place(row["tenant_id"], column.table, row["row"], column.name)
        fresh = ring.encrypt(ring.decrypt(row["value"], place), place)
        status = await connection.execute(column.write, row["row"], fresh, row["value"])
        count += int(status.rpartition(" ")[2])
    return (str(rows[-1]["row"]) if len(rows) == BATCH else None), count
