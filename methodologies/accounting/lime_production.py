"""Scope 1: carbon dioxide of limestone burnt to lime."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, process_factor: Any) -> Any:
    return amount * process_factor


SOURCE = product_source("lime_production", co2, gases={"CO2": "co2"})
