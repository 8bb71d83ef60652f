"""AR-ACM0003 with AR-TOOL14: the stratified mean of plots, its confidence interval, and a careful mean."""

from typing import Any

from carbon.columns import choose, power
from methodologies.reduction.frame import methodology
from methodologies.reduction.pools import (
    dead_matter_fire,
    soil_change,
    soil_gain,
    soil_initial,
    soil_loss,
)
from methodologies.reduction.trees import (
    fire_emissions,
    leakage,
    project,
    shrub_change,
    shrub_end,
    shrub_start,
)


def weighted_biomass(area_share: Any, plot_mean: Any) -> Any:
    return area_share * plot_mean


def variance_part(area_share: Any, plot_deviation: Any, plots: Any) -> Any:
    """w² × s² / n."""
    return area_share * area_share * plot_deviation * plot_deviation / plots


def relative_half_width(all_variance: Any, mean_biomass: Any, student_t: Any) -> Any:
    """Half the confidence interval over the mean: t × √variance / mean."""
    return student_t * power(all_variance / mean_biomass / mean_biomass, 0.5)


def stock_now(mean_biomass: Any, total_area: Any, carbon_fraction: Any, co2_per_carbon: Any) -> Any:
    return mean_biomass * total_area * carbon_fraction * co2_per_carbon


def project_removal(
    stock_now: Any,
    stock_before: Any,
    dead_wood_share: Any,
    litter_share: Any,
    other_pools: Any,
    years_between: Any,
    grown_shrubs: Any,
    grown_soil: Any,
) -> Any:
    """Trees with dead wood and litter by their share of them, then shrubs and soil, which are yearly already."""
    return (
        ((stock_now - stock_before) * (1 + dead_wood_share + litter_share) + other_pools) / years_between
        + grown_shrubs
        + grown_soil
    )


def baseline_removal(baseline_change: Any) -> Any:
    return baseline_change


def uncertainty_deduction(
    stock_now: Any, relative_half_width: Any, half_width_share: Any, years_between: Any
) -> Any:
    """The mean is lowered by a share of the half-width; AR-TOOL14 discounts the stock, not the change."""
    return stock_now * relative_half_width * half_width_share / years_between


def change(
    project_removal: Any, baseline_removal: Any, project: Any, leakage: Any, uncertainty_deduction: Any
) -> Any:
    return project_removal - baseline_removal - project - leakage - uncertainty_deduction


def non_permanence_deduction(change: Any, buffer_share: Any) -> Any:
    return choose(change > change * 0, change * buffer_share, change * 0)


METHODOLOGY = methodology(
    __package__,
    "reforestation_cdm",
    year=[
        relative_half_width,
        stock_now,
        project_removal,
        baseline_removal,
        project,
        leakage,
        uncertainty_deduction,
        change,
        non_permanence_deduction,
    ],
    rows={
        "strata": [weighted_biomass, variance_part],
        "fires": [fire_emissions],
        "litter_fires": [dead_matter_fire],
        "shrubs": [shrub_start, shrub_end, shrub_change],
        "soils": [soil_initial, soil_loss, soil_gain, soil_change],
    },
)
