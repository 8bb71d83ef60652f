"""Scope 1: HFC-23 that forms beside HCFC-22 and is not caught."""

from typing import Any

from methodologies.accounting.published import product_source


def hfc23(amount: Any, byproduct_rate: Any, recovered_share: Any) -> Any:
    return amount * byproduct_rate * (1 - recovered_share)


SOURCE = product_source("hcfc22_production", hfc23, gases={"HFC23": "hfc23"})
