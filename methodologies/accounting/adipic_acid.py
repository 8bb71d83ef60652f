"""Scope 1: nitrous oxide of adipic acid, after abatement."""

from typing import Any

from methodologies.accounting.published import product_source


def n2o(amount: Any, process_factor: Any, removal_share: Any, running_share: Any) -> Any:
    return amount * process_factor * (1 - removal_share * running_share)


SOURCE = product_source("adipic_acid", n2o, gases={"N2O": "n2o"})
