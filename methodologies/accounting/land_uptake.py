"""Carbon that forest and land take up: a line of its own, outside the total of scope 1."""

from typing import Any

from methodologies.accounting.published import stock_or_area_source


def co2(amount: Any, co2_per_carbon: Any) -> Any:
    return -(amount * co2_per_carbon)


def co2_of_area(amount: Any, carbon_per_area: Any, co2_per_carbon: Any) -> Any:
    return -(amount * carbon_per_area * co2_per_carbon)


SOURCE = stock_or_area_source("land_uptake", co2, co2_of_area)
