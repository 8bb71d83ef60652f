"""Forest management (AR-CM-003-V01): growth under the project less growth as it was managed before."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.pools import dead_matter_fire, product_storage
from methodologies.reduction.trees import (
    carbon_fraction_possible,
    change,
    fire_emissions,
    leakage,
    project,
    stock_end,
    stock_start,
    tree_change,
    uncertainty_deduction,
)


def baseline_stock_start(
    baseline_volume_start: Any,
    wood_density: Any,
    biomass_expansion: Any,
    root_shoot: Any,
    carbon_fraction: Any,
    area: Any,
    co2_per_carbon: Any,
) -> Any:
    return (
        baseline_volume_start
        * wood_density
        * biomass_expansion
        * (1 + root_shoot)
        * area
        * carbon_fraction
        * co2_per_carbon
    )


def baseline_stock_end(
    baseline_volume_end: Any,
    wood_density: Any,
    biomass_expansion: Any,
    root_shoot: Any,
    carbon_fraction: Any,
    area: Any,
    co2_per_carbon: Any,
) -> Any:
    return (
        baseline_volume_end
        * wood_density
        * biomass_expansion
        * (1 + root_shoot)
        * area
        * carbon_fraction
        * co2_per_carbon
    )


def baseline_tree_change(baseline_stock_end: Any, baseline_stock_start: Any, interval: Any) -> Any:
    return (baseline_stock_end - baseline_stock_start) / interval


def project_removal(
    grown_trees: Any, dead_wood_share: Any, litter_share: Any, stored_products: Any, wood_products: Any
) -> Any:
    """Dead wood and litter go by their share of the trees; soil is not credited."""
    return grown_trees * (1 + dead_wood_share + litter_share) + stored_products + wood_products


def baseline_removal(
    grown_without: Any, dead_wood_share: Any, litter_share: Any, baseline_wood_products: Any
) -> Any:
    return grown_without * (1 + dead_wood_share + litter_share) + baseline_wood_products


METHODOLOGY = methodology(
    __package__,
    "forest_management",
    year=[project_removal, baseline_removal, project, leakage, change, uncertainty_deduction],
    rows={
        "strata": [
            stock_start,
            stock_end,
            tree_change,
            baseline_stock_start,
            baseline_stock_end,
            baseline_tree_change,
        ],
        "fires": [fire_emissions],
        "litter_fires": [dead_matter_fire],
        "products": [product_storage],
    },
    conditions=[carbon_fraction_possible],
)
