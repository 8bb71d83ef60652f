"""Scope 1: carbon of feedstock, reductants and other material that ends as carbon dioxide."""

from typing import Any

from methodologies.accounting.published import factor_or_carbon_source


def co2(amount: Any, process_factor: Any) -> Any:
    return amount * process_factor


def co2_of_carbon(amount: Any, carbon_share: Any, co2_per_carbon: Any) -> Any:
    return amount * carbon_share * co2_per_carbon


SOURCE = factor_or_carbon_source("carbon_in_materials", co2, co2_of_carbon)
