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
    },
    conditions=[power_density, weights_add_up],
)
