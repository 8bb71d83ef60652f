"""Afforestation: the frame of CCER-14-001-V01 with the formulas of AR-CM-001-V01, recalled and therefore without label.

CDR = (project change − baseline change − leakage) × (1 − risk share), after the discount for sampling.
"""

from typing import Any

from methodologies.reduction.frame import Step, methodology
from methodologies.reduction.pools import (
    dead_matter_fire,
    soil_change,
    soil_gain,
    soil_initial,
    soil_loss,
)
from methodologies.reduction.trees import (
    carbon_fraction_possible,
    change,
    fire_emissions,
    leakage,
    non_permanence_deduction,
    project,
    shrub_change,
    shrub_end,
    shrub_start,
    stock_end,
    stock_start,
    tree_change,
    uncertainty_deduction,
)


def stock_start_by_biomass(
    biomass_start: Any, root_shoot: Any, carbon_fraction: Any, area: Any, co2_per_carbon: Any
) -> Any:
    return biomass_start * (1 + root_shoot) * area * carbon_fraction * co2_per_carbon


def stock_end_by_biomass(
    biomass_end: Any, root_shoot: Any, carbon_fraction: Any, area: Any, co2_per_carbon: Any
) -> Any:
    return biomass_end * (1 + root_shoot) * area * carbon_fraction * co2_per_carbon


def project_removal(
    grown_trees: Any,
    dead_wood_share: Any,
    litter_share: Any,
    grown_shrubs: Any,
    grown_soil: Any,
    grown_bamboo: Any,
    wood_products: Any,
) -> Any:
    """Dead wood and litter go by their share of the trees; every pool but trees and shrubs is optional."""
    return (
        grown_trees * (1 + dead_wood_share + litter_share)
        + grown_shrubs
        + grown_soil
        + grown_bamboo
        + wood_products
    )


def baseline_removal(baseline_change: Any) -> Any:
    return baseline_change


def parcel_large_enough(smallest_parcel: Any, start_year: Any) -> bool:
    """Each parcel at least 400 m², for projects begun in 2019 or earlier 667 m²."""
    return bool(smallest_parcel >= (667 if start_year <= 2019 else 400))


def shrubs_spared(shrubs_removed: Any) -> bool:
    """Shrubs and thin bamboo removed on at most a fifth of the ground."""
    return bool(5 * shrubs_removed <= 1)


YEAR: list[Step] = [
    project_removal,
    baseline_removal,
    project,
    leakage,
    change,
    uncertainty_deduction,
    non_permanence_deduction,
]
BY_VOLUME: dict[str, Step] = {step.__name__: step for step in (stock_start, stock_end, tree_change)}

METHODOLOGY = methodology(
    __package__,
    "afforestation",
    year={"by_volume": YEAR, "by_biomass": YEAR},
    rows={
        "strata": BY_VOLUME,
        "by_biomass.strata": BY_VOLUME
        | {"stock_start": stock_start_by_biomass, "stock_end": stock_end_by_biomass},
        "shrubs": [shrub_start, shrub_end, shrub_change],
        "fires": [fire_emissions],
        "litter_fires": [dead_matter_fire],
        "soils": [soil_initial, soil_loss, soil_gain, soil_change],
    },
    conditions=[carbon_fraction_possible, parcel_large_enough, shrubs_spared],
)
