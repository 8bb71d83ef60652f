"""What a step may do beyond arithmetic, so that it means the same for a column, one exact row and a unit check;
and the distinct values of a column.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt


def choose(condition: Any, when_true: Any, when_false: Any) -> Any:
    """`when_true` where the condition holds, else `when_false`."""
    if isinstance(condition, np.ndarray):
        return np.where(condition, when_true, when_false)
    return when_true if condition else when_false


def least(first: Any, second: Any) -> Any:
    """The smaller of two."""
    return choose(first < second, first, second)


def greatest(first: Any, second: Any) -> Any:
    """The larger of two."""
    return choose(first > second, first, second)


def exponential(exponent: Any) -> Any:
    """The exponential of a plain number; leaves exact arithmetic, so a rule that uses it is rounded once at its end."""
    if isinstance(exponent, np.ndarray):
        return np.exp(exponent)
    plain = exponent.to("dimensionless").magnitude if hasattr(exponent, "to") else exponent
    return Fraction(float(np.exp(float(plain))))


def power(base: Any, exponent: Any) -> Any:
    """A plain number to a plain, perhaps broken power; leaves exact arithmetic as `exponential` does."""
    if isinstance(base, np.ndarray):
        return np.power(base, exponent)
    numbers = [
        number.to("dimensionless").magnitude if hasattr(number, "to") else number
        for number in (base, exponent)
    ]
    return Fraction(float(np.power(float(numbers[0]), float(numbers[1]))))


def distinct(column: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """The distinct values of a column and, for each row, which one it has; without sorting where it can."""
    if column.dtype.kind == "U" and column.size:
        # Text is compared as numbers: one random-looking number for each row, checked afterwards.
        points = np.ascontiguousarray(column).view(np.uint32).reshape(len(column), -1)
        weights = np.array(
            [pow(0x9E3779B97F4A7C15, place + 1, 2**64) for place in range(points.shape[1])], np.uint64
        )
        _, first, rows = np.unique(points @ weights, return_index=True, return_inverse=True)
        if np.array_equal(column[first][rows], column):
            return column[first], rows
    if column.dtype.kind == "i" and column.size and int(column.max()) - int(column.min()) < 10 * column.size:
        present = np.zeros(int(column.max()) - int(column.min()) + 1, dtype=bool)
        present[column - column.min()] = True
        return np.flatnonzero(present) + column.min(), (np.cumsum(present) - 1)[column - column.min()]
    values, rows = np.unique(column, return_inverse=True)
    return values, rows
