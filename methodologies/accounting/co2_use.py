"""Scope 1: carbon dioxide bought and let go, in welding, drinks and extinguishers."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, co2_share: Any) -> Any:
    return amount * co2_share


SOURCE = product_source("co2_use", co2, gases={"CO2": "co2"})
