"""Rows of fixed width between numpy and PostgreSQL's binary COPY form, both ways, without a Python object for each.

https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format": a header; for each row the count of fields, then each
field as its length and its bytes, big-endian; a trailer. No field here is ever null.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from accounts.database.transactions import Connection

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_PG_EPOCH_DAYS = 10_957
_PG_EPOCH_S = 946_684_800

SHAPES = {
    "uuid": "V16",
    "int8": ">i8",
    "int4": ">i4",
    "int2": ">i2",
    "date": ">i4",
    "instant": ">i8",
    "bool": "?",
}
"""How PostgreSQL writes each kind; a column of kind `date` is days, `instant` seconds, both since 1970."""


def _layout(kinds: Sequence[str]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for place, kind in enumerate(kinds):
        fields += [(f"length{place}", ">i4"), (f"value{place}", SHAPES[kind])]
    return np.dtype(fields)


def encode(columns: Mapping[str, tuple[str, Any]], count: int) -> bytes:
    """The rows of `columns` (name → kind and values, or one value for all) in COPY's form."""
    record = np.empty(count, dtype=_layout([kind for kind, _ in columns.values()]))
    record["fields"] = len(columns)
    for place, (kind, values) in enumerate(columns.values()):
        shape = np.dtype(SHAPES[kind])
        record[f"length{place}"] = shape.itemsize
        if kind == "date":
            record[f"value{place}"] = values - _PG_EPOCH_DAYS
        elif kind == "instant":
            record[f"value{place}"] = (values - _PG_EPOCH_S) * 1_000_000
        else:
            record[f"value{place}"] = values
    return b"".join((_HEADER, record.tobytes(), _TRAILER))


def decode(content: bytes, kinds: Mapping[str, str]) -> dict[str, npt.NDArray[Any]]:
    """The columns of COPY's answer by name."""
    layout = _layout(list(kinds.values()))
    body = memoryview(content)[len(_HEADER) : -len(_TRAILER)]
    record = np.frombuffer(body, dtype=layout)
    found: dict[str, npt.NDArray[Any]] = {}
    for place, (name, kind) in enumerate(kinds.items()):
        column = record[f"value{place}"]
        if kind == "date":
            found[name] = column.astype(np.int64) + _PG_EPOCH_DAYS
        elif kind == "instant":
            found[name] = column.astype(np.int64) // 1_000_000 + _PG_EPOCH_S
        elif kind in {"uuid", "bool"}:
            found[name] = column.copy()
        else:
            found[name] = column.astype(np.int64)
    return found


async def copy_in(
    connection: Connection, table: str, columns: Mapping[str, tuple[str, Any]], count: int
) -> None:
    """Add rows to a table by its columns' names."""
    await connection.copy_to_table(
        table, source=BytesIO(encode(columns, count)), columns=list(columns), format="binary"
    )


async def copy_out(
    connection: Connection, query: str, kinds: Mapping[str, str], *values: Any
) -> dict[str, npt.NDArray[Any]]:
    """The answer of a query as columns."""
    into = BytesIO()
    await connection.copy_from_query(query, *values, output=into, format="binary")
    return decode(into.getvalue(), kinds)


def uuids(texts: Sequence[str]) -> npt.NDArray[np.void]:
    """UUIDs written as 32 hexadecimal digits each."""
    return np.frombuffer(bytes.fromhex("".join(texts)), dtype="V16")
