"""A 64-bit digest of what makes two activities the same one, the same on every machine and in every version.

It only finds candidates: two rows are called duplicates after their columns were compared.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import polars as pl

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)

Digests = npt.NDArray[np.uint64]


def text_digest(text: str) -> int:
    """63 bits of SHA-256, for the few texts of which there are not many."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def column_digest(texts: pl.Series) -> Digests:
    """A digest of each text, null as the empty text: a polynomial over its bytes.

    Texts of one length are taken together, byte by byte, so that the work is a few passes over columns.
    """
    filled = texts.fill_null("")
    lengths = filled.str.len_bytes().to_numpy().astype(np.int64)
    data = np.frombuffer(filled.str.join("").item().encode(), dtype=np.uint8)
    starts = np.cumsum(lengths) - lengths
    digests = np.zeros(len(filled), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for length in np.unique(lengths[lengths > 0]).tolist():
            rows = np.flatnonzero(lengths == length)
            place = starts[rows]
            digest = np.full(len(rows), length, dtype=np.uint64)
            for offset in range(length):
                digest = digest * _PRIME + data[place + offset]
            digests[rows] = digest
    return mixed(digests)


def mixed(digests: Digests) -> Digests:
    """Spread the bits, so that sums of digests do not meet by their low bits."""
    with np.errstate(over="ignore"):
        digests = (digests ^ (digests >> np.uint64(30))) * _MIX
        return digests ^ (digests >> np.uint64(31))


def combined(*columns: Digests) -> Digests:
    """One digest of several, in which their order counts."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            total = mixed(total * _PRIME + mixed(column + np.uint64(1)))
    return total
