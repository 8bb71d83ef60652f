"""The one byte form of what goes into the log (PRF-1); docs/transparency.md has test vectors.

JSON in UTF-8: names sorted by code point, no spaces, characters as they are, whole numbers only. Ids, days and
decimals are text; an instant is UTC with six decimals and a Z; bytes are lower-case hexadecimal.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import UUID

SALT_BYTES = 32
VERSION = 1


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes of `content`.

    Raises:
        TypeError: a float or another type that has no one spelling; give a Decimal or whole units.
    """
    text = json.dumps(plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def plain(value: Any) -> Any:
    """The value as JSON holds it without loss.

    Raises:
        TypeError: see `canonical`.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    for kind, spell in _SPELLINGS:
        if isinstance(value, kind):
            return spell(value)
    raise TypeError(
        f"{type(value).__name__} {value!r} has no one spelling; give text, a Decimal or whole units"
    )


_SPELLINGS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Enum, lambda value: plain(value.value)),
    (UUID, str),
    (Decimal, lambda value: format(value, "f")),
    # A datetime is a date too, so it comes first.
    (datetime, lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    (date, date.isoformat),
    (bytes, bytes.hex),
)


def public_leaf(kind: str, content: bytes) -> bytes:
    """A leaf that says what it is about; `content` is canonical already."""
    return b'{"content":%b,"kind":%b,"v":%d}' % (content, json.dumps(kind).encode(), VERSION)


def private_leaf(kind: str, commitment: bytes) -> bytes:
    """A leaf that binds to a content without telling it."""
    return b'{"commitment":"%b","kind":%b,"v":%d}' % (
        commitment.hex().encode(),
        json.dumps(kind).encode(),
        VERSION,
    )


def salt_of(secret: bytes, object_id: UUID) -> bytes:
    """The salt of one commitment: HMAC-SHA-256 of the object's id under its tenant's secret; telling one tells no other."""
    return hmac.digest(secret, object_id.bytes, "sha256")


def commitment(salt: bytes, content: bytes) -> bytes:
    """SHA-256(salt ‖ content): with the salt anybody can check the content, without it nobody can guess it (PRF-4)."""
    return sha256(salt + content).digest()
