"""CCER-01-001-V01: solar thermal power displaces the grid's; fuel burnt in the plant is the project's emission.

A public transcription prints “×” between the two margins of formula (3): a typing error, for the unit would be wrong.
"""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.grid_baseline import combined_margin
from methodologies.reduction.offshore_wind import baseline, counted_export, counted_import, net_electricity


def fuel_factor(
    net_calorific_value: Any, carbon_content: Any, oxidation_rate: Any, co2_per_carbon: Any
) -> Any:
    return net_calorific_value * carbon_content * oxidation_rate * co2_per_carbon


def fuel_emissions(fuel_used: Any, fuel_correction: Any, fuel_factor: Any) -> Any:
    return fuel_used * (1 + fuel_correction) * fuel_factor


def project(burnt_fuels: Any) -> Any:
    return burnt_fuels


METHODOLOGY = methodology(
    __package__,
    "solar_thermal",
    year=[counted_export, counted_import, net_electricity, combined_margin, baseline, project],
    rows={"fuels": [fuel_factor, fuel_emissions]},
)
