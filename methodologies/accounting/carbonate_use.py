"""Scope 1: carbon dioxide of carbonates used as raw material, in glass, metals, chemicals and elsewhere."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, purity: Any, process_factor: Any, conversion_rate: Any) -> Any:
    return amount * purity * process_factor * conversion_rate


SOURCE = product_source("carbonate_use", co2, gases={"CO2": "co2"})
