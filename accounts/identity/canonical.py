"""One text for one content: the JSON a digest is taken of."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID


def canonical_json(content: Mapping[str, Any]) -> str:
    """Keys sorted, no spaces, characters as they are; ids, days, instants and decimals as text.

    Raises:
        TypeError: a float or another type that has no one spelling; give a Decimal or whole units.
    """
    return json.dumps(
        plain(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of(text: str) -> bytes:
    """SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).digest()


def plain(value: Any) -> Any:
    """The value as JSON holds it without loss.

    Raises:
        TypeError: see `canonical_json`.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(
        f"{type(value).__name__} {value!r} has no one spelling in JSON; give text, a Decimal or whole units"
    )
