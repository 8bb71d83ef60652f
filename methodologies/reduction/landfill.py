"""Landfill gas flared or used: ACM0001 on metered gas; before the fact the decay model of TOOL04."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.waste_decay import decayed_carbon, waste_emissions, waste_methane


def methane_used(methane_flared: Any, methane_to_power: Any, methane_to_heat: Any) -> Any:
    """Methane that went through the meters to flare, engines and boilers."""
    return methane_flared + methane_to_power + methane_to_heat


def methane_credited(methane_used: Any, top_oxidation: Any, methane_used_anyway: Any) -> Any:
    """Less what the cover would have oxidised and what the law or practice burns anyway."""
    return (1 - top_oxidation) * methane_used - methane_used_anyway


def power_displaced(electricity_made: Any, grid_factor: Any, grid_loss: Any) -> Any:
    return electricity_made * grid_factor * (1 + grid_loss)


def baseline(methane_credited: Any, gwp_ch4: Any, power_displaced: Any, heat_displaced: Any) -> Any:
    return methane_credited * gwp_ch4 + power_displaced + heat_displaced


def expected_baseline(
    waste_emissions: Any, collected_share: Any, power_displaced: Any, heat_displaced: Any
) -> Any:
    return waste_emissions * collected_share + power_displaced + heat_displaced


def project(electricity_used: Any, grid_factor: Any, fuel_emissions: Any) -> Any:
    return electricity_used * grid_factor + fuel_emissions


METHODOLOGY = methodology(
    __package__,
    "landfill",
    year={
        "metered": [methane_used, methane_credited, power_displaced, baseline, project],
        "decay_model": {
            "waste_methane": waste_methane,
            "waste_emissions": waste_emissions,
            "power_displaced": power_displaced,
            "baseline": expected_baseline,
            "project": project,
        },
    },
    rows={"deposits": [decayed_carbon]},
)
