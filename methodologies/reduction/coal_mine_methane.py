"""Coal-mine methane below 8 % and ventilation air: gate conditions of CCER-10-001-V01, frame of ACM0008."""

from typing import Any

from methodologies.reduction.frame import methodology


def power_displaced(electricity_made: Any, grid_factor: Any) -> Any:
    return electricity_made * grid_factor


def methane_avoided(methane_sent: Any, methane_used_anyway: Any, gwp_ch4: Any) -> Any:
    """What would have been vented."""
    return (methane_sent - methane_used_anyway) * gwp_ch4


def baseline(methane_avoided: Any, power_displaced: Any, heat_displaced: Any) -> Any:
    return methane_avoided + power_displaced + heat_displaced


def destroyed(methane_sent: Any, destruction_efficiency: Any) -> Any:
    return methane_sent * destruction_efficiency


def combustion_co2(destroyed: Any, co2_per_methane: Any, nmhc_ratio: Any, nmhc_factor: Any) -> Any:
    """Burning a tonne of fossil methane leaves 44/16 tonnes of CO2."""
    return destroyed * (co2_per_methane + nmhc_ratio * nmhc_factor)


def slip(methane_sent: Any, destruction_efficiency: Any, gwp_ch4: Any) -> Any:
    return methane_sent * (1 - destruction_efficiency) * gwp_ch4


def project(
    combustion_co2: Any, slip: Any, electricity_used: Any, grid_factor: Any, other_project: Any
) -> Any:
    return combustion_co2 + slip + electricity_used * grid_factor + other_project


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


def thin_gas(methane_concentration: Any) -> bool:
    """Drained gas holds less than 8 % of methane by volume."""
    return bool(100 * methane_concentration < 8)


def no_more_than_drained(inlet_flow: Any, pump_flow: Any) -> bool:
    """More destroyed than drained leads to revocation."""
    return bool(inlet_flow <= pump_flow)


METHODOLOGY = methodology(
    __package__,
    "coal_mine_methane",
    year=[
        power_displaced,
        methane_avoided,
        baseline,
        destroyed,
        combustion_co2,
        slip,
        project,
        leakage,
    ],
    conditions=[thin_gas, no_more_than_drained],
)
