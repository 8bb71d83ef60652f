"""Carbon that forest and land give off: a line of its own, outside the total of scope 1."""

from typing import Any

from methodologies.accounting.published import stock_or_area_source


def co2(amount: Any, co2_per_carbon: Any) -> Any:
    return amount * co2_per_carbon


def co2_of_area(amount: Any, carbon_per_area: Any, co2_per_carbon: Any) -> Any:
    return amount * carbon_per_area * co2_per_carbon


def co2_of_growth(
    amount: Any, dry_growth: Any, root_ratio: Any, carbon_fraction: Any, co2_per_carbon: Any
) -> Any:
    return amount * dry_growth * (1 + root_ratio) * carbon_fraction * co2_per_carbon


def co2_of_wood(amount: Any, root_ratio: Any, carbon_fraction: Any, co2_per_carbon: Any) -> Any:
    return amount * (1 + root_ratio) * carbon_fraction * co2_per_carbon


SOURCE = stock_or_area_source("land_release", co2, co2_of_area, of_growth=co2_of_growth, of_wood=co2_of_wood)
