"""Scope 1: carbon dioxide of limestone, dolomite and urea spread on soil."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, carbon_share: Any, co2_per_carbon: Any) -> Any:
    return amount * carbon_share * co2_per_carbon


SOURCE = product_source("soil_lime_and_urea", co2, gases={"CO2": "co2"})
