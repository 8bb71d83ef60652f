"""Scope 1: one side of the mass balance of a fluorinated gas: what came in."""

from typing import Any

from methodologies.accounting.gas_release import gas_source


def came_in(amount: Any) -> Any:
    return amount


SOURCE = gas_source("f_gas_inputs", came_in)
