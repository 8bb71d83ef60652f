"""Scope 1: carbon dioxide of the dolomite calcined for magnesium."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, purity: Any, process_factor: Any) -> Any:
    return amount * purity * process_factor


SOURCE = product_source("magnesium_production", co2, gases={"CO2": "co2"})
