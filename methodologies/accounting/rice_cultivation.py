"""Scope 1: methane of flooded rice fields."""

from typing import Any

from methodologies.accounting.published import product_source


def ch4(amount: Any, paddy_factor: Any) -> Any:
    return amount * paddy_factor


SOURCE = product_source("rice_cultivation", ch4, gases={"CH4_biogenic": "ch4"})
