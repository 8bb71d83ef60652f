"""Scope 1: methane that escapes when coal is mined and after."""

from typing import Any

from methodologies.accounting.published import product_source


def ch4(amount: Any, gas_released: Any, ch4_density: Any, recovered_share: Any) -> Any:
    return amount * gas_released * ch4_density * (1 - recovered_share)


SOURCE = product_source("coal_mining", ch4, gases={"CH4_fossil": "ch4"})
