"""Milligrams of each gas of every row: exact whole-number arithmetic over columns, rounded once, half to even.

A coefficient is a fraction p/d of milligrams per unit, negative where something is taken off (carbon in products). With the amount as a whole number of its smallest decimal,
a row is one 128-bit multiplication and division; where that could overflow, the few rows concerned go through
`Fraction`. Both equal `carbon.rounding.round_mg` of the exact product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from accounts.enterprise.numbers import DECIMALS
from carbon.rounding import round_mg

LARGEST_MG = 2**63 - 1
_INT128 = 2**126
"""Half the range, so that twice a remainder fits too."""


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
    table = pl.DataFrame({"number": numbers, "amount": amounts.to_physical()}).with_row_index("row")
    places = _places(table)
    table = table.with_columns(pl.col("amount") // 10 ** (DECIMALS - places))
    largest = dict(table.group_by("number").agg(pl.col("amount").max()).iter_rows())
    by_gas: dict[str, dict[int, Fraction]] = {}
    for number, coefficient in enumerate(coefficients):
        for gas, mass in coefficient.items():
            by_gas.setdefault(gas, {})[number] = mass / 10**places
    return {gas: _gas(table, fractions, largest) for gas, fractions in by_gas.items()}


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


def _gas(table: pl.DataFrame, fractions: Mapping[int, Fraction], largest: Mapping[int, int]) -> Emitted:
    ratios = pl.DataFrame(
        {
            "number": list(fractions),
            "p": [_within(fraction, largest.get(number, 0))[0] for number, fraction in fractions.items()],
            "d": [_within(fraction, largest.get(number, 0))[1] for number, fraction in fractions.items()],
        },
        schema={"number": table.schema["number"], "p": pl.Int128, "d": pl.Int128},
    )
    product = pl.col("amount") * pl.col("p")
    emitting = table.join(ratios, on="number", how="inner", maintain_order="left").with_columns(
        (product // pl.col("d")).alias("quotient")
    )
    rest = (product - pl.col("quotient") * pl.col("d")) * 2
    up = (rest > pl.col("d")) | ((rest == pl.col("d")) & (pl.col("quotient") % 2 == 1))
    result = emitting.select((pl.col("quotient") + up.cast(pl.Int128)).cast(pl.Int64).alias("mg"))["mg"]
    beyond = [
        number for number, fraction in fractions.items() if _overflows(fraction, largest.get(number, 0))
    ]
    if beyond:
        result = _exactly(emitting, result, fractions, beyond)
    return Emitted(emitting["row"], result)


def _within(fraction: Fraction, largest: int) -> tuple[int, int]:
    return (0, 1) if _overflows(fraction, largest) else (fraction.numerator, fraction.denominator)


def _overflows(fraction: Fraction, largest: int) -> bool:
    return largest * abs(fraction.numerator) >= _INT128 or fraction.denominator >= _INT128


def _exactly(
    table: pl.DataFrame, result: pl.Series, fractions: Mapping[int, Fraction], beyond: Sequence[int]
) -> pl.Series:
    rows = table["number"].is_in(beyond).arg_true()
    values = [
        round_mg(amount * fractions[number])
        for number, amount in table[rows].select("number", "amount").iter_rows()
    ]
    return result.scatter(rows, pl.Series(values, dtype=pl.Int64))


def largest_amount(coefficient: Mapping[str, Fraction]) -> Fraction | None:
    """The amount whose milligrams still fit 64 bits; None when nothing is emitted."""
    most = max((abs(mass) for mass in coefficient.values()), default=Fraction(0))
    return Fraction(LARGEST_MG) / most if most > 0 else None
