"""Who did what, to what, with which result: the audit trail (PRF-5), written in the act's own transaction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.identifiers import new_id

Result = Literal["done", "refused", "failed"]

MASK = "***"
LIST_LIMIT = 200
_SECRET = re.compile(r"password|secret|token|hash|cookie|authorization|one_time_code", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True)
class AuditRecord:
    """One line of the trail; `recorded_at` is UTC."""

    id: UUID
    tenant_id: UUID | None
    person_id: UUID | None
    person_name: str
    via: str
    act: str
    object_kind: str
    object_id: str | None
    result: str
    request_id: str
    address: str
    recorded_at: datetime
    details: dict[str, Any]


async def record(
    connection: Connection,
    actor: Actor | None,
    *,
    act: str,
    object_kind: str,
    object_id: object = None,
    result: Result = "done",
    details: Mapping[str, Any] | None = None,
    address: str = "",
    request_id: str = "",
) -> None:
    """Write one line under the transaction's tenant; secrets are masked, line breaks encoded.

    A citizen is written down by id only: the trail is kept when the citizen's data is erased (DAT-4).

    Without an actor (a failed sign-in, a job) `address` and `request_id` say where it came from.
    """
    await connection.execute(
        """insert into identity_audit_record (id, tenant_id, person_id, person_name, via, act, object_kind,
               object_id, result, request_id, address, details)
           values ($1, current_tenant(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)""",
        new_id(),
        actor.person_id if actor else None,
        _one_line(actor.name) if actor and actor.organisation_id else "",
        actor.via if actor else "",
        act,
        object_kind,
        None if object_id is None else _one_line(str(object_id)),
        result,
        _one_line(actor.request_id if actor else request_id),
        _one_line(actor.address if actor else address),
        msgspec.json.encode(masked(dict(details or {}))).decode(),
    )


async def record_refusal(
    actor: Actor | None,
    *,
    act: str,
    object_kind: str,
    object_id: object = None,
    details: Mapping[str, Any] | None = None,
    address: str = "",
    request_id: str = "",
) -> None:
    """Write a refusal in a transaction of its own: the refused act's transaction has rolled back."""
    async with transaction(tenant=actor.tenant_id if actor else None) as connection:
        await record(
            connection,
            actor,
            act=act,
            object_kind=object_kind,
            object_id=object_id,
            result="refused",
            details=details,
            address=address,
            request_id=request_id,
        )


async def list_audit(
    actor: Actor,
    *,
    act: str | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    person_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[AuditRecord]:
    """Newest first; a tenant sees its own lines, an authority all. `before` is the last id of the page above.

    Raises:
        NotPermitted: without `audit:read`.
    """
    actor.require(Permission.AUDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            """select id, tenant_id, person_id, person_name, via, act, object_kind, object_id, result, request_id,
                      address, recorded_at, details
                 from identity_audit_record
                where ($1::text is null or act = $1) and ($2::text is null or object_kind = $2)
                  and ($3::text is null or object_id = $3) and ($4::uuid is null or person_id = $4)
                  and ($5::uuid is null or id < $5)
                order by id desc limit $6""",
            act,
            object_kind,
            object_id,
            person_id,
            before,
            min(limit, LIST_LIMIT),
        )
    return [AuditRecord(**{**row, "details": msgspec.json.decode(row["details"])}) for row in rows]


def masked(value: Any, name: str = "") -> Any:
    """The value as JSON may hold it: secrets by their field's name replaced, control characters as escapes."""
    if _SECRET.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {_one_line(str(key)): masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _one_line(str(value))


def _one_line(text: str) -> str:
    r"""Line breaks and other control characters as `\u000a`, so that a line of the trail stays one line."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
