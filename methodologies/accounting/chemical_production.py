"""Scope 1: process carbon dioxide of chemicals by their output, where no carbon balance is kept."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, process_factor: Any) -> Any:
    return amount * process_factor


SOURCE = product_source("chemical_production", co2, gases={"CO2": "co2"})
