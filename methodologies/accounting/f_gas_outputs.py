"""Scope 1, below zero: the other side of the mass balance: what went out and did not escape."""

from typing import Any

from methodologies.accounting.gas_release import gas_source


def went_out(amount: Any) -> Any:
    return -amount


SOURCE = gas_source("f_gas_outputs", went_out)
