"""Scope 1: carbon dioxide of the urea that cleans exhaust."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, urea_share: Any, carbon_of_urea: Any, co2_per_carbon: Any) -> Any:
    return amount * urea_share * carbon_of_urea * co2_per_carbon


SOURCE = product_source("exhaust_urea", co2, gases={"CO2": "co2"})
