"""Handing something to the public log, in the transaction of the act it belongs to.

What is handed in gets its place when the sequencer next runs (`sequencing.py`, each minute). The kind decides what
strangers see: of a kind in `PUBLIC` the content itself, of any other a salted commitment. Entries of the books and
records of the audit trail need no call: PostgreSQL hands them in (`transparency_ledger_entry`, `identity_audit_logged`).
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.transparency.canonical import canonical
from carbon.errors import N_, Problem
from carbon.identifiers import new_id

PUBLIC = frozenset(
    {
        "certificate",
        "credit.cancellation",
        "credit.issuance",
        "credit.retirement",
        "credit.reversal",
        "factor.release",
        "log.opened",
        "methodology.release",
        "project.registration",
    }
)
"""Kinds whose content is for everybody and names no natural person who has not asked for it."""

SALT_DESTROYED = "log.salt-destroyed"
MOST_BYTES = 65_536
_KIND = re.compile(r"^[a-z][a-z0-9.-]{0,59}$")
_NUMBER_LENGTH = 120


async def submit(
    connection: Connection,
    kind: str,
    content: Mapping[str, Any] | bytes,
    *,
    object_id: UUID | None = None,
    number: str | None = None,
) -> UUID:
    """Queue one leaf; it commits with the act, or not at all. Returns the id to look it up by.

    `content` of a document (bytes) enters by its SHA-256 and length. `object_id` is the id of the thing itself, made
    here when there is none; one object stands in the log once for each kind. `number` is what people know it by, such
    as a certificate's number; it is public.

    Raises:
        Problem: the kind is no kind, or the content is too long.
        TypeError: the content holds a float or another type with no one spelling.
    """
    if not _KIND.match(kind):
        raise Problem(
            N_("{kind} is no kind of the log: small letters, digits, dots and hyphens, up to 60."),
            at="kind",
            kind=kind,
        )
    object_id = object_id or new_id()
    if isinstance(content, bytes):
        content = {"length": len(content), "sha256": sha256(content).digest()}
    sent = canonical({**content, "id": object_id})
    if len(sent) > MOST_BYTES or len(number or "") > _NUMBER_LENGTH:
        raise Problem(
            N_("What goes into the log has at most {most} bytes; this has {length}. Hand in its SHA-256."),
            at="content",
            most=MOST_BYTES,
            length=len(sent),
        )
    await connection.execute(
        """insert into transparency_queue (id, tenant_id, kind, number, public, content, object_ids)
           values ($1, current_tenant(), $2, $3, $4, $5, array[$6::uuid])""",
        new_id(),
        kind,
        number,
        kind in PUBLIC,
        sent,
        object_id,
    )
    return object_id


async def destroy_salt(connection: Connection) -> None:
    """End the link from the log's leaves to the current tenant's objects, for good (PRF-4); the leaves stay.

    What the tenant does later is salted anew.
    """
    tenant: UUID = await connection.fetchval("select current_tenant()")
    await connection.execute("delete from transparency_opening where tenant_id = $1", tenant)
    await connection.execute("delete from transparency_secret where tenant_id = $1", tenant)
    await submit(connection, SALT_DESTROYED, {}, object_id=tenant)
