"""Scope 1: carbon dioxide of the anodes consumed in aluminium smelting."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(amount: Any, anode_use: Any, anode_sulphur: Any, anode_ash: Any, co2_per_carbon: Any) -> Any:
    return amount * anode_use * (1 - anode_sulphur - anode_ash) * co2_per_carbon


SOURCE = product_source("aluminium_anodes", co2, gases={"CO2": "co2"})
