"""Scope 1: carbon dioxide of the carbonates in ceramic raw material when it is fired."""

from typing import Any

from methodologies.accounting.published import product_source


def co2(
    amount: Any, fired_share: Any, caco3_share: Any, caco3_factor: Any, mgco3_share: Any, mgco3_factor: Any
) -> Any:
    return amount * fired_share * (caco3_share * caco3_factor + mgco3_share * mgco3_factor)


SOURCE = product_source("ceramics_firing", co2, gases={"CO2": "co2"})
