"""Milligrams of each gas of every row: exact whole-number arithmetic over columns, rounded once, half to even.

A coefficient is a fraction p/d of milligrams per unit. With the amount as a whole number of its smallest decimal,
a row is one 128-bit multiplication and division; where that could overflow, the few rows concerned go through
`Fraction`. Both equal `carbon.rounding.round_mg` of the exact product.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import polars as pl

from accounts.enterprise.numbers import DECIMALS
from carbon.rounding import round_mg

LARGEST_MG = 2**63 - 1
_INT128 = 2**126
"""Half the range, so that twice a remainder fits too."""


def emissions_mg(
    amounts: pl.Series, numbers: pl.Series, coefficients: Sequence[Mapping[str, Fraction]]
) -> dict[str, pl.Series]:
    """Each gas's milligrams per row; `numbers` says which coefficient a row has. A gas a row does not emit is 0."""
    table = pl.DataFrame({"number": numbers, "amount": amounts.to_physical()})
    places = _places(table)
    table = table.with_columns(pl.col("amount") // 10 ** (DECIMALS - places))
    largest = dict(table.group_by("number").agg(pl.col("amount").max()).iter_rows())
    gases = dict.fromkeys(gas for coefficient in coefficients for gas in coefficient)
    return {
        gas: _gas(table, {n: c[gas] / 10**places for n, c in enumerate(coefficients) if gas in c}, largest)
        for gas in gases
    }


def _places(table: pl.DataFrame) -> int:
    """The fewest decimals, in threes, that show every amount exactly."""
    for places in range(0, DECIMALS, 3):
        unit = 10 ** (DECIMALS - places)
        if table.select((pl.col("amount") // unit * unit == pl.col("amount")).all()).item():
            return places
    return DECIMALS


def _gas(table: pl.DataFrame, fractions: Mapping[int, Fraction], largest: Mapping[int, int]) -> pl.Series:
    ratios = pl.DataFrame(
        {
            "number": list(fractions),
            "p": [_within(fraction, largest.get(number, 0))[0] for number, fraction in fractions.items()],
            "d": [_within(fraction, largest.get(number, 0))[1] for number, fraction in fractions.items()],
        },
        schema={"number": table.schema["number"], "p": pl.Int128, "d": pl.Int128},
    )
    product = pl.col("amount") * pl.col("p")
    quotient = product // pl.col("d")
    rest = (product - quotient * pl.col("d")) * 2
    up = (rest > pl.col("d")) | ((rest == pl.col("d")) & (quotient % 2 == 1))
    joined = table.join(ratios, on="number", how="left", maintain_order="left")
    emitted = pl.when(pl.col("p").is_not_null()).then(quotient + up.cast(pl.Int128))
    result = joined.select(emitted.fill_null(0).cast(pl.Int64).alias("mg"))["mg"]
    beyond = [
        number for number, fraction in fractions.items() if _overflows(fraction, largest.get(number, 0))
    ]
    return _exactly(table, result, fractions, beyond) if beyond else result


def _within(fraction: Fraction, largest: int) -> tuple[int, int]:
    return (0, 1) if _overflows(fraction, largest) else (fraction.numerator, fraction.denominator)


def _overflows(fraction: Fraction, largest: int) -> bool:
    return largest * fraction.numerator >= _INT128 or fraction.denominator >= _INT128


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
    most = max(coefficient.values(), default=Fraction(0))
    return Fraction(LARGEST_MG) / most if most > 0 else None
