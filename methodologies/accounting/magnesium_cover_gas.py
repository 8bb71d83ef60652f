"""Scope 1: sulphur hexafluoride that covers molten magnesium."""

from typing import Any

from methodologies.accounting.published import product_source


def sf6(amount: Any, sf6_factor: Any) -> Any:
    return amount * sf6_factor


SOURCE = product_source("magnesium_cover_gas", sf6, gases={"SF6": "sf6"})
