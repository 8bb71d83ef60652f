"""What a step may do beyond arithmetic, so that it means the same for a column, one exact row and a unit check."""

from fractions import Fraction
from typing import Any

import numpy as np


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
