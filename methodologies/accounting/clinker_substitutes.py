"""Scope 1, below zero: what clinker saves where raw material without carbonate replaces limestone."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, deduction_factor: Any) -> Any:
    return -(amount * deduction_factor)


SOURCE = product_source("clinker_substitutes", co2, gases={"CO2": "co2"})
