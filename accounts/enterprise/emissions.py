"""Milligrams of each gas of every row: exact whole-number arithmetic over columns, rounded once, half to even.

A coefficient is a fraction p/d of milligrams per unit, negative where something is taken off (carbon in products). With
the amount as a whole number of its smallest decimal, a row is a few 64-bit operations on whole columns; where that could
overflow, 128-bit ones, and beyond them `Fraction`. All equal `carbon.rounding.round_mg` of the exact product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import polars as pl

from accounts.enterprise.numbers import DECIMALS
from carbon.rounding import round_mg

LARGEST_MG = 2**63 - 1
_MOST_DENOMINATOR = 2**50
_MOST_NARROW_MG = 2**61
"""With both, twice the remainder of a quotient that is 2¹⁰ off still fits 63 bits."""

_INT128 = 2**126
"""Half the range, so that twice a remainder fits too."""

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Emitted:
    """One gas: the rows that emit it, by position, and their milligrams."""

    rows: pl.Series
    mg: pl.Series

    def dense(self, height: int) -> pl.Series:
        """Milligrams of every row, 0 where the gas is not emitted."""
        if len(self.rows) == height:
            return self.mg
        return pl.repeat(0, height, dtype=pl.Int64, eager=True).scatter(self.rows, self.mg)


def emissions(
    amounts: pl.Series, numbers: pl.Series, coefficients: Sequence[Mapping[str, Fraction]]
) -> dict[str, Emitted]:
    """Each gas with the rows that emit it; `numbers` says which coefficient a row has."""
    table = pl.DataFrame({"number": numbers, "amount": amounts.to_physical()})
    places = _places(table)
    table = table.with_columns(pl.col("amount") // 10 ** (DECIMALS - places))
    most = {
        number: int(amount)
        for number, amount in table.group_by("number").agg(pl.col("amount").abs().max()).iter_rows()
    }
    by_gas: dict[str, dict[int, Fraction]] = {}
    for number, coefficient in enumerate(coefficients):
        if number in most:
            for gas, mass in coefficient.items():
                by_gas.setdefault(gas, {})[number] = mass / 10**places
    rows = _Rows(table)
    return {gas: _gas(rows, fractions, most) for gas, fractions in by_gas.items()}


class _Rows:
    """Which coefficient each row has, and its amount as a whole number: in 128 bits, and in 64 where it fits."""

    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table
        self.numbers: Int64s = table["number"].to_numpy().astype(np.int64)
        self.amounts: Int64s = table["amount"].cast(pl.Int64, strict=False).fill_null(0).to_numpy()


def emissions_mg(
    amounts: pl.Series, numbers: pl.Series, coefficients: Sequence[Mapping[str, Fraction]]
) -> dict[str, pl.Series]:
    """Each gas's milligrams of every row. A gas a row does not emit is 0."""
    found = emissions(amounts, numbers, coefficients)
    return {gas: emitted.dense(len(amounts)) for gas, emitted in found.items()}


def _places(table: pl.DataFrame) -> int:
    """The fewest decimals, in threes, that show every amount exactly."""
    for places in range(0, DECIMALS, 3):
        unit = 10 ** (DECIMALS - places)
        if table.select((pl.col("amount") // unit * unit == pl.col("amount")).all()).item():
            return places
    return DECIMALS


def _gas(every: _Rows, fractions: Mapping[int, Fraction], most: Mapping[int, int]) -> Emitted:
    emits = np.zeros(max(int(every.numbers.max(initial=0)), *fractions) + 1, dtype=bool)
    emits[list(fractions)] = True
    rows = np.flatnonzero(emits[every.numbers])
    numbers = every.numbers[rows]
    narrow = {
        number: fraction
        for number, fraction in fractions.items()
        if _is_narrow(fraction, most.get(number, 0))
    }
    mg = _narrow(every.amounts[rows], numbers, narrow, len(emits))
    if len(narrow) < len(fractions):
        wide = np.zeros(len(emits), dtype=bool)
        wide[[number for number in fractions if number not in narrow]] = True
        beyond = np.flatnonzero(wide[numbers])
        mg[beyond] = _wide(every.table[rows[beyond]], fractions, most)
    return Emitted(pl.Series(rows), pl.Series(mg))


def _wide(table: pl.DataFrame, fractions: Mapping[int, Fraction], most: Mapping[int, int]) -> Int64s:
    """The same in 128 bits, and by `Fraction` where even they do not suffice."""
    fit = {number: one for number, one in fractions.items() if not _overflows(one, most.get(number, 0))}
    ratios = pl.DataFrame(
        {
            "number": list(fit),
            "p": [one.numerator for one in fit.values()],
            "d": [one.denominator for one in fit.values()],
        },
        schema={"number": table.schema["number"], "p": pl.Int128, "d": pl.Int128},
    )
    product = pl.col("amount") * pl.col("p")
    found = table.join(ratios, on="number", how="left", maintain_order="left").with_columns(
        (product // pl.col("d")).alias("quotient")
    )
    rest = (product - pl.col("quotient") * pl.col("d")) * 2
    up = (rest > pl.col("d")) | ((rest == pl.col("d")) & (pl.col("quotient") % 2 == 1))
    rounded = found.select((pl.col("quotient") + up.cast(pl.Int128)).cast(pl.Int64).alias("mg"))["mg"]
    mg: Int64s = rounded.fill_null(0).to_numpy().copy()
    for place in found["d"].is_null().arg_true().to_list():
        number, amount = table.row(place)
        mg[place] = round_mg(amount * fractions[number])
    return mg


def _overflows(fraction: Fraction, most: int) -> bool:
    return most * abs(fraction.numerator) >= _INT128 or fraction.denominator >= _INT128


def _is_narrow(fraction: Fraction, most: int) -> bool:
    """Whether 64 bits are enough for the amounts, for the remainders below, and for the result."""
    if most > LARGEST_MG or fraction.denominator >= _MOST_DENOMINATOR:
        return False
    return most * abs(fraction) < _MOST_NARROW_MG


def _narrow(amounts: Int64s, numbers: Int64s, fractions: Mapping[int, Fraction], size: int) -> Int64s:
    """Amount × p / d, rounded half to even, in 64 bits.

    A float's quotient q misses by at most 2¹⁰, so amount·p − q·d fits 64 bits though its terms do not: computed modulo
    2⁶⁴ it is exact. It tells the exact quotient, and what is left of it the direction to round.
    """
    p, d, ratio = np.zeros(size, dtype=np.uint64), np.ones(size, dtype=np.int64), np.zeros(size)
    for number, fraction in fractions.items():
        p[number], d[number] = fraction.numerator % 2**64, fraction.denominator
        ratio[number] = float(fraction)
    divisor = d[numbers]
    quotient = np.rint(amounts * ratio[numbers]).astype(np.int64)
    rest = amounts * p.view(np.int64)[numbers] - quotient * divisor
    step = np.rint(rest / divisor).astype(np.int64)
    quotient += step
    rest -= step * divisor
    rest *= 2
    # The step was a float's too: it may be off by one where the rest is near a half.
    odd = quotient & 1
    up = (rest > divisor) | ((rest == divisor) & (odd == 1))
    down = (rest < -divisor) | ((rest == -divisor) & (odd == 1))
    rounded: Int64s = quotient + up - down
    return rounded


def largest_amount(coefficient: Mapping[str, Fraction]) -> Fraction | None:
    """The amount whose milligrams still fit 64 bits; None when nothing is emitted."""
    most = max((abs(mass) for mass in coefficient.values()), default=Fraction(0))
    return Fraction(LARGEST_MG) / most if most > 0 else None
