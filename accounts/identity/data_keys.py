"""One key for each citizen: destroying it ends what it encrypted, in copies and backups too (DAT-4).

The key is random, wrapped by the installation's own key (see `encryption`), and lies in a table that backups of
the database leave out.
"""

import secrets
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity.encryption import KEY_BYTES, Place, Unreadable, keyring, seal, unseal

OWN = "own"
"""The key id that values under a tenant's own key name."""


async def create_data_key(connection: Connection, tenant_id: UUID) -> None:
    """A new key of the transaction's tenant."""
    text = secrets.token_bytes(KEY_BYTES).hex()
    await connection.execute(
        "insert into identity_data_key (tenant_id, wrapped) values ($1, $2)",
        tenant_id,
        keyring().encrypt(text, _place(tenant_id)),
    )


async def encrypt_own(connection: Connection, text: str, place: Place) -> str:
    """The text under the key of the place's tenant.

    Raises:
        Unreadable: the tenant has no key, or no longer.
    """
    return seal(await _key(connection, place), OWN, text.encode(), place)


async def decrypt_own(connection: Connection, value: str, place: Place) -> str:
    """The text of a value under the key of the place's tenant.

    Raises:
        Unreadable: the key was destroyed, or the value is not of this place.
    """
    return unseal(await _key(connection, place), value, place).decode()


async def destroy_data_key(connection: Connection, tenant_id: UUID) -> None:
    """From the commit on nothing opens that this key encrypted."""
    await connection.execute("delete from identity_data_key where tenant_id = $1", tenant_id)


async def _key(connection: Connection, place: Place) -> bytes:
    wrapped = await connection.fetchval(
        "select wrapped from identity_data_key where tenant_id = $1", place.tenant_id
    )
    if wrapped is None or place.tenant_id is None:
        raise Unreadable("the key of this person was destroyed; what it encrypted is gone")
    return bytes.fromhex(keyring().decrypt(wrapped, _place(place.tenant_id)))


def _place(tenant_id: UUID) -> Place:
    return Place(tenant_id, "identity_data_key", tenant_id, "wrapped")
