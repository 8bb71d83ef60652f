"""Scope 1: carbon dioxide of the carbonate that binds the sulphur of flue gas."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, purity: Any, process_factor: Any, conversion_rate: Any) -> Any:
    return amount * purity * process_factor * conversion_rate


SOURCE = product_source("flue_gas_desulphurisation", co2, gases={"CO2": "co2"})
