"""Scope 1: methane and nitrous oxide of composting and digestion."""

from typing import Any

from methodologies.accounting.published import product_source


def ch4(amount: Any, treatment_ch4: Any, recovered_share: Any) -> Any:
    return amount * treatment_ch4 * (1 - recovered_share)


def n2o(amount: Any, treatment_n2o: Any) -> Any:
    return amount * treatment_n2o


SOURCE = product_source("biological_treatment", ch4, n2o, gases={"CH4_biogenic": "ch4", "N2O": "n2o"})
