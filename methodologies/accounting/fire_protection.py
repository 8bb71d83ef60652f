"""Scope 1: fluorinated gas of fire protection that was let go or leaked."""

from typing import Any

from methodologies.accounting.gas_release import gas_source


def released(amount: Any) -> Any:
    return amount


def leaked_of_charge(amount: Any, leak_rate: Any) -> Any:
    return amount * leak_rate


SOURCE = gas_source("fire_protection", released, of_charge=leaked_of_charge)
