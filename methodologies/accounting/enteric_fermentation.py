"""Scope 1: methane from the digestion of animals."""

from typing import Any

from methodologies.accounting.farming import livestock_source


def ch4(amount: Any, enteric_factor: Any) -> Any:
    return amount * enteric_factor


SOURCE = livestock_source("enteric_fermentation", ch4, gases={"CH4_biogenic": "ch4"})
