"""The one place where an exact quantity becomes a whole number of milligrams.

Halves go to the even neighbour: a rule applied to many rows then leans neither up nor down, and a reversed
(negative) row cancels its original exactly.
"""

from decimal import Decimal
from fractions import Fraction


def round_mg(quantity_mg: Fraction) -> int:
    """Whole milligrams, half to even."""
    return round(quantity_mg)


def plain(value: Fraction, digits: int = 12) -> str:
    """A number for a reader: exact if it ends within `digits` decimals, else so many significant digits.

    Never in exponent form and never with trailing zeros.
    """
    for decimals in range(digits + 1):
        if (value * 10**decimals).denominator == 1:
            return f"{Decimal(int(value * 10**decimals)).scaleb(-decimals):f}"
    leading = len(str(abs(value.numerator) // value.denominator).lstrip("0"))
    decimals = max(digits - leading, 0)
    if leading == 0:  # keep the significant digits of a small number
        scaled = abs(value)
        while scaled < Fraction(1, 10):
            scaled *= 10
            decimals += 1
    shown = f"{Decimal(round(value * 10**decimals)).scaleb(-decimals):f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
