"""Exact calculation with factor look-up, in memory, against atomic6ghg row by row (PERFORMANCE.md, row 11).

Both sides get rows of (fuel, unit, amount) as text and numbers and give CO2, CH4 and N2O for every row. Ours finds the
distinct fuels and units, looks up an exact coefficient for each, and multiplies whole columns to the milligram;
atomic6ghg is called once for each row, the way its own documentation does. One thread; both in rows per second.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from atomic6ghg.formulas import StationaryCombustion

from benchmarks.runner import Benchmark
from carbon.columns import distinct
from carbon.rounding import round_mg
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import calculate_columns, coefficient

ROWS, THEIR_ROWS, CHECKED = 200_000, 2_000, 2_000
SCALE = 3
FUELS = (
    ("bituminous", "t"), ("bituminous", "kg"), ("anthracite", "t"), ("coke", "t"), ("diesel", "t"), ("diesel", "kg"),
    ("gasoline", "t"), ("lpg", "kg"), ("natural_gas", "m3"), ("natural_gas", "万m3"), ("natural_gas", "GJ"), ("cog", "万m3"),
)  # fmt: skip
THEIR_FUELS = (
    ("bituminousCoal", "shortTon"), ("anthraciteCoal", "shortTon"), ("distillateFuelOilNo2", "gallons"),
    ("kerosene", "gallons"), ("naturalGas", "scf"), ("liquefiedPetroleumGases", "gallons"),
)  # fmt: skip


class Calculation:
    """Rows per second of both sides; the ratio is how many times more rows ours does."""

    name = "calculation"
    goal = ">= 200"
    unit = "rows/s"
    against = "atomic6ghg, row by row"

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Rows for both sides; ours are checked against exact fractions before anything is timed."""
        chance = random.Random(20241122)
        picked = [chance.choice(FUELS) for _ in range(ROWS)]
        self.fuels = np.array([fuel for fuel, _ in picked])
        self.units = np.array([unit for _, unit in picked])
        self.amounts = np.array([chance.randrange(10**9) for _ in range(ROWS)], np.int64)
        self.their_rows: Sequence[dict[str, Any]] = [
            {"fuelCombusted": fuel, "quantityCombusted": chance.random() * 1e6, "units": unit}
            for fuel, unit in (chance.choice(THEIR_FUELS) for _ in range(THEIR_ROWS))
        ]
        self._check()
        yield

    def ours(self) -> float:
        started = time.perf_counter()
        self._calculate()
        return ROWS / (time.perf_counter() - started)

    def baseline(self) -> float:
        started = time.perf_counter()
        for row in self.their_rows:
            StationaryCombustion({"stationarySourceFuelConsumption": [row]})
        return THEIR_ROWS / (time.perf_counter() - started)

    def _calculate(self) -> dict[str, Any]:
        fuels, fuel_codes = distinct(self.fuels)
        units, unit_codes = distinct(self.units)
        pairs, codes = distinct(fuel_codes * len(units) + unit_codes)
        keys = [
            ActivityKey(
                "fuel_combustion",
                str(fuels[pair // len(units)]),
                str(units[pair % len(units)]),
                date(2024, 6, 1),
            )
            for pair in pairs.tolist()
        ]
        return calculate_columns(keys, codes, self.amounts, scale=SCALE)

    def _check(self) -> None:
        masses = self._calculate()
        for row in random.Random(7).sample(range(ROWS), CHECKED):
            key = ActivityKey("fuel_combustion", str(self.fuels[row]), str(self.units[row]), date(2024, 6, 1))
            amount = Fraction(int(self.amounts[row]), 10**SCALE)
            for gas, per_unit in coefficient(key).mg_per_unit.items():
                if round_mg(amount * per_unit) != masses[gas][row]:
                    raise ValueError(f"{gas} of row {row} differs from the exact fraction")


def benchmarks() -> list[Benchmark]:
    """The one of this file."""
    return [Calculation()]
