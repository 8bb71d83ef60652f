"""SF6 of electrical equipment recovered and purified, or lost less: a frame, for the Chinese text was not seen."""

from typing import Any

from methodologies.reduction.frame import methodology


def recovered(weight_before: Any, weight_after: Any, purity: Any) -> Any:
    """By the cylinder's weight before and after filling."""
    return (weight_after - weight_before) * purity


def baseline(all_recovered: Any, released_share: Any, gwp_sf6: Any) -> Any:
    return all_recovered * released_share * gwp_sf6


def project(electricity_used: Any, grid_factor: Any, residual_losses: Any, gwp_sf6: Any) -> Any:
    return electricity_used * grid_factor + residual_losses * gwp_sf6


def operator_baseline(baseline_loss_rate: Any, nameplate_capacity: Any, gwp_sf6: Any) -> Any:
    return baseline_loss_rate * nameplate_capacity * gwp_sf6


def lost(stock_start: Any, stock_end: Any, acquired: Any, given_away: Any, capacity_added: Any) -> Any:
    """By the mass balance of the operator."""
    return stock_start - stock_end + acquired - given_away - capacity_added


def operator_project(lost: Any, gwp_sf6: Any) -> Any:
    return lost * gwp_sf6


METHODOLOGY = methodology(
    __package__,
    "sf6",
    year={
        "recovery": [baseline, project],
        "operator": {"baseline": operator_baseline, "lost": lost, "project": operator_project},
    },
    rows={"cylinders": [recovered]},
)
