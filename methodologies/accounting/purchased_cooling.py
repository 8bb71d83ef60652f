"""Scope 2: carbon dioxide of cooling bought, by the supplier's factor."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, cooling_factor: Any) -> Any:
    return amount * cooling_factor


SOURCE = product_source("purchased_cooling", co2, gases={"CO2": "co2"})
