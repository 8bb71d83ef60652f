"""Whole numbers times exact coefficients, rounded half to even, for whole columns at once.

A row's amount is a whole number of 10^-scale units; its coefficient is a fraction p/q. What is wanted is
round(amount × p / (10^scale × q)), the same milligram that exact fractions give. The product can need 128 bits, which
numpy does not have. So the coefficient is split into its whole part and a proper fraction f/D; the quotient
amount × f / D is first estimated in floating point, and its remainder then taken in wrapping 64-bit arithmetic, where it
is exact because the true remainder is small. The few rows whose size does not allow this go through Python's integers.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
_SAFE = 2**62


def multiply_round(
    amounts: Whole, codes: npt.NDArray[np.intp], coefficients: Sequence[Fraction], *, scale: int = 0
) -> Whole:
    """round(amounts[i] / 10^scale × coefficients[codes[i]]), half to even, exactly, as int64.

    Raises:
        OverflowError: a result does not fit 64 bits.
    """
    exact = [coefficient / 10**scale for coefficient in coefficients]
    wholes = [coefficient.numerator // coefficient.denominator for coefficient in exact]
    denominators = [coefficient.denominator for coefficient in exact]
    fractions = [coefficient.numerator % coefficient.denominator for coefficient in exact]
    fits = np.array(
        [
            denominator < 2**61 and abs(whole) < _SAFE
            for denominator, whole in zip(denominators, wholes, strict=True)
        ]
    )
    whole, fraction, denominator = (
        np.array([value if fit else 1 for value, fit in zip(values, fits, strict=True)], np.int64)[codes]
        for values in (wholes, fractions, denominators)
    )
    estimate = np.rint(amounts.astype(np.float64) * (fraction / denominator))
    size = np.abs(amounts.astype(np.float64))
    # the estimate errs by at most its own rounding (a few parts in 2^53) and one: the remainder must stay within 63 bits
    small = (np.abs(estimate) * 2.0**-50 + 2) * denominator < _SAFE
    small &= size * np.abs(whole) + np.abs(estimate) < _SAFE
    small &= fits[codes]
    quotient: Whole = np.where(small, estimate, 0).astype(np.int64)
    remainder = amounts * fraction - quotient * denominator
    result: Whole = amounts * whole + _to_even(quotient, remainder, denominator, amounts * whole)
    for row in np.flatnonzero(~small).tolist():
        value = round(int(amounts[row]) * exact[codes[row]])
        if not -(2**63) <= value < 2**63:
            raise OverflowError(f"{value} mg does not fit 64 bits.")
        result[row] = value
    return result


def _to_even(quotient: Whole, remainder: Whole, denominator: Whole, whole: Whole) -> Whole:
    """Move the estimated quotient to the nearest whole number; of two equally near, to where the sum is even."""
    step: Whole = remainder // denominator
    quotient = quotient + step
    remainder = remainder - step * denominator
    twice = 2 * remainder - denominator
    is_odd = ((quotient + whole) & 1).astype(bool)
    up: Whole = quotient + ((twice > 0) | ((twice == 0) & is_odd))
    return up
