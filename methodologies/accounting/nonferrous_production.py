"""Scope 1: carbon dioxide of the reductants in lead and zinc furnaces, by output."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, process_factor: Any) -> Any:
    return amount * process_factor


SOURCE = product_source("nonferrous_production", co2, gases={"CO2": "co2"})
