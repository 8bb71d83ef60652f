"""Bamboo planted or managed (AR-CM-002, AR-CM-005): stocks grow to maturity, then stand still under regular harvest."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.pools import dead_matter_fire
from methodologies.reduction.trees import (
    carbon_fraction_possible,
    change,
    fire_emissions,
    leakage,
    project,
    uncertainty_deduction,
)


def bamboo_start(
    culms_start: Any, root_shoot: Any, carbon_fraction: Any, area: Any, co2_per_carbon: Any
) -> Any:
    return culms_start * (1 + root_shoot) * carbon_fraction * area * co2_per_carbon


def bamboo_end(culms_end: Any, root_shoot: Any, carbon_fraction: Any, area: Any, co2_per_carbon: Any) -> Any:
    return culms_end * (1 + root_shoot) * carbon_fraction * area * co2_per_carbon


def bamboo_change(bamboo_end: Any, bamboo_start: Any, interval: Any) -> Any:
    return (bamboo_end - bamboo_start) / interval


def project_removal(grown_bamboo: Any, bamboo_products: Any) -> Any:
    return grown_bamboo + bamboo_products


def baseline_removal(baseline_change: Any) -> Any:
    return baseline_change


def is_bamboo_stand(stand_cover: Any, culm_height: Any, culm_diameter: Any, tree_cover: Any) -> bool:
    """Canopy at least 0.2, culms at least 2 m and 2 cm, scattered trees below 0.2."""
    return bool(5 * stand_cover >= 1 and culm_height >= 2 and culm_diameter >= 2 and 5 * tree_cover < 1)


METHODOLOGY = methodology(
    __package__,
    "bamboo",
    year=[project_removal, baseline_removal, project, leakage, change, uncertainty_deduction],
    rows={
        "strata": [bamboo_start, bamboo_end, bamboo_change],
        "fires": [fire_emissions],
        "litter_fires": [dead_matter_fire],
    },
    conditions=[carbon_fraction_possible, is_bamboo_stand],
)
