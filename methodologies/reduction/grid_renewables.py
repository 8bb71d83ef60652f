"""ACM0002 / AMS-I.D with TOOL07: renewable electricity displaces the grid's.

The weights of the two margins belong to the methodology: here those of TOOL07, not the halves of the Chinese texts.
"""

from typing import Any

from methodologies.reduction.frame import Step, methodology
from methodologies.reduction.grid_baseline import combined_margin, weights_add_up


def net_electricity(exported: Any, imported: Any) -> Any:
    return exported - imported


def project_electricity(net_electricity: Any) -> Any:
    """A new plant: all it exports."""
    return net_electricity


def added_electricity(net_electricity: Any, historical_electricity: Any, historical_deviation: Any) -> Any:
    """A plant enlarged or renewed: what goes beyond its history and the spread of that history."""
    return net_electricity - (historical_electricity + historical_deviation)


def baseline(project_electricity: Any, combined_margin: Any) -> Any:
    return project_electricity * combined_margin


def reservoir_emissions(gross_generation: Any, reservoir_factor: Any) -> Any:
    return gross_generation * reservoir_factor


def project(reservoir_emissions: Any, other_project_emissions: Any) -> Any:
    return reservoir_emissions + other_project_emissions


def project_without_reservoir(other_project_emissions: Any) -> Any:
    return other_project_emissions


def mini_grid_baseline(project_electricity: Any, mini_grid_factor: Any) -> Any:
    """AMS-I.F: what a small grid of fuel-fired sets would have emitted."""
    return project_electricity * mini_grid_factor


def steam_emissions(steam: Any, steam_co2: Any, steam_ch4: Any, gwp_ch4: Any) -> Any:
    """Gases that geothermal steam brings up."""
    return steam * (steam_co2 + steam_ch4 * gwp_ch4)


def geothermal_project(steam_emissions: Any, other_project_emissions: Any) -> Any:
    return steam_emissions + other_project_emissions


def plant_emissions(fuel_burnt: Any, net_calorific_value: Any, fuel_co2_factor: Any) -> Any:
    """TOOL07, simple operating margin by fuel (option B)."""
    return fuel_burnt * net_calorific_value * fuel_co2_factor


def plant_generation(generation: Any) -> Any:
    return generation


def unit_emissions(unit_generation: Any, unit_factor: Any) -> Any:
    return unit_generation * unit_factor


def unit_power(unit_generation: Any) -> Any:
    return unit_generation


def margin_in_operation(
    all_plant_emissions: Any, all_plant_generation: Any, must_run_time: Any, must_run_factor: Any
) -> Any:
    """The mean of plants that are not must-run; where these set the margin for a part λ of the year, theirs (adjusted)."""
    return (1 - must_run_time) * (
        all_plant_emissions / all_plant_generation
    ) + must_run_time * must_run_factor


def margin_of_building(all_unit_emissions: Any, all_unit_generation: Any) -> Any:
    """The mean of the newest units."""
    return all_unit_emissions / all_unit_generation


def combined_of_plants(
    margin_in_operation: Any, operating_weight: Any, margin_of_building: Any, build_weight: Any
) -> Any:
    return margin_in_operation * operating_weight + margin_of_building * build_weight


def power_density(
    installed_capacity: Any, capacity_before: Any, reservoir_area: Any, area_before: Any
) -> bool:
    """More than 4 W of new capacity on each new square metre of reservoir."""
    return bool((installed_capacity - capacity_before) * 10**6 > 4 * (reservoir_area - area_before))


NEW_PLANT: dict[str, Step] = {
    "net_electricity": net_electricity,
    "project_electricity": project_electricity,
    "combined_margin": combined_margin,
    "baseline": baseline,
    "project": project_without_reservoir,
}

METHODOLOGY = methodology(
    __package__,
    "grid_renewables",
    year={
        "new_plant": NEW_PLANT,
        "added_capacity": NEW_PLANT | {"project_electricity": added_electricity},
        "reservoir": NEW_PLANT | {"project": project, "reservoir_emissions": reservoir_emissions},
        "mini_grid": {
            "net_electricity": net_electricity,
            "project_electricity": project_electricity,
            "baseline": mini_grid_baseline,
            "project": project_without_reservoir,
        },
        "geothermal": NEW_PLANT | {"steam_emissions": steam_emissions, "project": geothermal_project},
        "plant_data": NEW_PLANT
        | {
            "margin_in_operation": margin_in_operation,
            "margin_of_building": margin_of_building,
            "combined_margin": combined_of_plants,
        },
    },
    rows={"plants": [plant_emissions, plant_generation], "newest_units": [unit_emissions, unit_power]},
    conditions=[power_density, weights_add_up],
)
