"""Electric vehicles in place of fuel ones (AMS-III.C), per vehicle-kilometre and never per passenger-kilometre."""

from typing import Any

from carbon.columns import power
from methodologies.reduction.frame import methodology


def fuel_factor(fuel_use: Any, net_calorific_value: Any, fuel_co2_factor: Any) -> Any:
    """CO2 of a kilometre of the vehicle replaced."""
    return fuel_use * net_calorific_value * fuel_co2_factor


def improvement(improvement_rate: Any, vintage: Any, start_year: Any) -> Any:
    """The replaced vehicles would have become better each year."""
    return power(improvement_rate, vintage - start_year)


def distance(vehicles: Any, distance_per_vehicle: Any) -> Any:
    return vehicles * distance_per_vehicle


def fleet_baseline(fuel_factor: Any, improvement: Any, distance: Any) -> Any:
    return fuel_factor * improvement * distance


def electric_factor(electricity_use: Any, electricity_factor: Any, grid_loss: Any) -> Any:
    return electricity_use * electricity_factor / (1 - grid_loss)


def fleet_project(electric_factor: Any, other_fuel_factor: Any, distance: Any) -> Any:
    return (electric_factor + other_fuel_factor) * distance


def baseline(all_baseline: Any) -> Any:
    return all_baseline


def project(all_project: Any) -> Any:
    return all_project


METHODOLOGY = methodology(
    __package__,
    "electric_vehicles",
    year=[baseline, project],
    rows={
        "fleets": [
            fuel_factor,
            improvement,
            distance,
            fleet_baseline,
            electric_factor,
            fleet_project,
        ]
    },
)
