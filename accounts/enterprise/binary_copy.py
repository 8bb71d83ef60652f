"""PostgreSQL's binary COPY form, written from columns: fixed-width fields as one numpy record, texts moved by length.

The form: a header; for each row the count of fields, then each field as its length and its bytes (length -1 for
null); a trailer. https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl

from accounts.enterprise.numbers import DECIMALS

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_AFTER = DECIMALS // 4
"""Base-10000 groups of a numeric after the point, as `numbers` bounds them; there are four before it at most."""


@dataclass(frozen=True)
class Fixed:
    """A field that is never null and always as wide: big-endian bytes of `dtype`, from a column or one constant."""

    dtype: str
    values: npt.NDArray[np.generic] | np.void | int

    @classmethod
    def uuid(cls, value: UUID) -> "Fixed":
        """The same UUID in every row."""
        return cls("V16", np.void(value.bytes))

    @classmethod
    def uuids(cls, base: UUID, last_32_bits: npt.NDArray[np.uint32]) -> "Fixed":
        """UUIDs that differ in their last 32 bits."""
        ids = np.empty(len(last_32_bits), dtype=[("high", "V12"), ("low", ">u4")])
        ids["high"] = np.void(base.bytes[:12])
        ids["low"] = last_32_bits
        return cls("V16", ids.view("V16"))

    @classmethod
    def dates(cls, days: pl.Series) -> "Fixed":
        """Days, which PostgreSQL counts from 2000-01-01."""
        return cls(">i4", days.cast(pl.Int32).to_numpy() - 10957)

    @classmethod
    def numerics(cls, amounts: pl.Series) -> "Fixed":
        """Exact decimals of at most 12 places, shown with as many as they need."""
        whole, fraction = _split(amounts)
        before, after = _groups_before(int(whole.max(initial=0))), _groups_after(fraction)
        record = np.zeros(
            len(amounts),
            dtype=[
                ("count", ">i2"),
                ("weight", ">i2"),
                ("sign", ">i2"),
                ("scale", ">i2"),
                ("digits", ">i2", (before + after,)),
            ],
        )
        record["count"], record["weight"] = before + after, before - 1
        record["scale"] = _places(fraction)
        for group in range(before - 1, -1, -1):
            whole, record["digits"][:, group] = whole // 10_000, whole % 10_000
        fraction = fraction // 10_000 ** (_AFTER - after)
        for group in range(before + after - 1, before - 1, -1):
            fraction, record["digits"][:, group] = fraction // 10_000, fraction % 10_000
        return cls(f"V{record.dtype.itemsize}", record.view(f"V{record.dtype.itemsize}"))


Int64s = npt.NDArray[np.int64]


def _split(amounts: pl.Series) -> tuple[Int64s, Int64s]:
    """Digits before and after the point, the latter as whole 10⁻¹²."""
    scaled = pl.DataFrame({"whole": amounts.to_physical()}).with_columns(rest=pl.col("whole") % 10**DECIMALS)
    parts = scaled.select((pl.col("whole") // 10**DECIMALS).cast(pl.Int64), pl.col("rest").cast(pl.Int64))
    return parts["whole"].to_numpy(), parts["rest"].to_numpy()


def _groups_before(largest: int) -> int:
    """Base-10000 groups that hold the largest whole part."""
    return max(1, -(-len(str(largest)) // 4))


def _groups_after(fraction: Int64s) -> int:
    """Base-10000 groups that hold every fraction."""
    groups = _AFTER
    while groups and not (fraction % 10_000 ** (_AFTER - groups + 1)).any():
        groups -= 1
    return groups


def _places(fraction: Int64s) -> npt.NDArray[np.int16]:
    """How many decimals are needed to write the fraction."""
    places = np.zeros(len(fraction), dtype=np.int16)
    left = fraction
    unit = 10 ** (DECIMALS - 1)
    while left.any():
        places[left > 0] += 1
        left = left % unit
        unit //= 10
    return places


BLOCK_ROWS = 4_096
"""Rows written at once: what a block needs stays in the processor's cache, which makes it several times faster."""


def encode(fields: Sequence[Fixed], texts: Sequence[pl.Series]) -> bytes:
    """Rows of `fields` followed by `texts` (null allowed), all of the same length."""
    return b"".join(blocks(fields, texts))


def blocks(fields: Sequence[Fixed], texts: Sequence[pl.Series]) -> Iterator[bytes]:
    """`encode`, block after block."""
    count = next(
        len(field.values) for field in fields if isinstance(field.values, np.ndarray) and field.values.ndim
    )
    read = [_Text.of(text) for text in texts]
    uniform = 0
    while uniform < len(read) and read[uniform].is_uniform:
        uniform += 1  # evidence numbers often are: such a text is one more field of fixed width
    record, changing = _record(fields, read[:uniform], len(texts))
    yield _HEADER
    for start in range(0, count, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, count)
        part = record[: stop - start]
        for name, values in changing:
            part[name] = values[start:stop]
        rest = [text.between(start, stop) for text in read[uniform:]]
        yield _with_texts(part, rest) if rest else part.tobytes()
    yield _TRAILER


Changing = list[tuple[str, npt.NDArray[np.generic]]]


def _record(
    fields: Sequence[Fixed], uniform: Sequence["_Text"], texts: int
) -> tuple[npt.NDArray[np.void], Changing]:
    """A block of rows with lengths and constants in place, and the columns that each block brings anew."""
    layout = [("fields", ">i2")]
    for position, field in enumerate(fields):
        layout += [(f"length{position}", ">i4"), (f"value{position}", field.dtype)]
    for position, text in enumerate(uniform):
        layout += [(f"text_length{position}", ">i4"), (f"text{position}", f"V{max(text.width, 0)}")]
    record = np.empty(BLOCK_ROWS, dtype=layout)
    record["fields"] = len(fields) + texts
    changing: Changing = []
    for position, field in enumerate(fields):
        record[f"length{position}"] = np.dtype(field.dtype).itemsize
        if isinstance(field.values, np.ndarray) and field.values.ndim:
            changing.append((f"value{position}", field.values))
        else:
            record[f"value{position}"] = field.values
    for position, text in enumerate(uniform):
        record[f"text_length{position}"] = text.width
        if text.width > 0:
            changing.append((f"text{position}", text.data.view(f"V{text.width}")))
    return record, changing


@dataclass(frozen=True)
class _Text:
    data: npt.NDArray[np.uint8]
    starts: Int64s
    lengths: Int64s
    """-1 for null."""

    @property
    def width(self) -> int:
        """The length of the first text; of every one if they are uniform."""
        return int(self.lengths[0]) if len(self.lengths) else -1

    @property
    def is_uniform(self) -> bool:
        """Whether all texts have the same length, or all are null."""
        return bool((self.lengths == self.width).all())

    @classmethod
    def of(cls, texts: pl.Series) -> "_Text":
        lengths = texts.str.len_bytes().cast(pl.Int64).fill_null(-1).to_numpy()
        data = np.frombuffer((texts.str.join("").item() or "").encode(), dtype=np.uint8)
        present = np.maximum(lengths, 0)
        return cls(data, np.cumsum(present) - present, lengths)

    def between(self, start: int, stop: int) -> "_Text":
        """The texts of these rows."""
        return _Text(self.data, self.starts[start:stop], self.lengths[start:stop])


def _with_texts(record: npt.NDArray[np.void], texts: Sequence[_Text]) -> bytes:
    """Rows differ in length, so each piece is moved to its place: whole records at once, texts by equal length."""
    widths = [np.maximum(text.lengths, 0) + 4 for text in texts]
    row_bytes = record.dtype.itemsize + sum(widths)
    ends = np.cumsum(row_bytes)
    places = ends - row_bytes
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    _move(out, places, record.view(f"V{record.dtype.itemsize}"))
    places = places + record.dtype.itemsize
    for text, width in zip(texts, widths, strict=True):
        _move(out, places, text.lengths.astype(">i4").view("V4"))
        for length in np.unique(text.lengths[text.lengths > 0]).tolist():
            rows = np.flatnonzero(text.lengths == length)
            _move(out, places[rows] + 4, _pieces(text.data, length)[text.starts[rows]])
        places = places + width
    return out.tobytes()


def _move(out: npt.NDArray[np.uint8], places: Int64s, pieces: npt.NDArray[np.void]) -> None:
    _pieces(out, pieces.dtype.itemsize)[places] = pieces


def _pieces(data: npt.NDArray[np.uint8], length: int) -> npt.NDArray[np.void]:
    """All pieces of `length` bytes of `data`, one beginning at each byte; nothing is copied."""
    return np.ndarray(shape=(len(data) - length + 1,), dtype=f"V{length}", buffer=data.data, strides=(1,))
