"""Carbon of tree stands: volume × wood density × expansion × (1 + root-shoot ratio) × carbon fraction × 44/12.

V × D × BEF × (1 + R) is what the Chinese and CDM forestry texts share; V is per hectare, A in hectares.
"""

from typing import Any

from carbon.columns import choose, greatest


def stock_start(
    volume_start: Any,
    wood_density: Any,
    biomass_expansion: Any,
    root_shoot: Any,
    carbon_fraction: Any,
    area: Any,
    co2_per_carbon: Any,
) -> Any:
    return (
        volume_start
        * wood_density
        * biomass_expansion
        * (1 + root_shoot)
        * area
        * carbon_fraction
        * co2_per_carbon
    )


def stock_end(
    volume_end: Any,
    wood_density: Any,
    biomass_expansion: Any,
    root_shoot: Any,
    carbon_fraction: Any,
    area: Any,
    co2_per_carbon: Any,
) -> Any:
    return (
        volume_end
        * wood_density
        * biomass_expansion
        * (1 + root_shoot)
        * area
        * carbon_fraction
        * co2_per_carbon
    )


def tree_change(stock_end: Any, stock_start: Any, interval: Any) -> Any:
    """The yearly change between two measurements."""
    return (stock_end - stock_start) / interval


def shrub_start(
    shrub_carbon: Any,
    shrub_root: Any,
    shrub_area: Any,
    shrub_ratio: Any,
    forest_biomass: Any,
    cover_start: Any,
    co2_per_carbon: Any,
    least_cover: Any,
) -> Any:
    return choose(
        cover_start < least_cover,
        cover_start * 0 * shrub_carbon * shrub_area * forest_biomass * co2_per_carbon,
        shrub_carbon
        * (1 + shrub_root)
        * shrub_area
        * shrub_ratio
        * forest_biomass
        * cover_start
        * co2_per_carbon,
    )


def shrub_end(
    shrub_carbon: Any,
    shrub_root: Any,
    shrub_area: Any,
    shrub_ratio: Any,
    forest_biomass: Any,
    cover_end: Any,
    co2_per_carbon: Any,
    least_cover: Any,
) -> Any:
    return choose(
        cover_end < least_cover,
        cover_end * 0 * shrub_carbon * shrub_area * forest_biomass * co2_per_carbon,
        shrub_carbon
        * (1 + shrub_root)
        * shrub_area
        * shrub_ratio
        * forest_biomass
        * cover_end
        * co2_per_carbon,
    )


def shrub_change(shrub_end: Any, shrub_start: Any, shrub_interval: Any) -> Any:
    return (shrub_end - shrub_start) / shrub_interval


def fire_emissions(
    burnt_area: Any,
    burnt_biomass: Any,
    combustion_fraction: Any,
    fire_ch4: Any,
    gwp_ch4: Any,
    fire_n2o: Any,
    gwp_n2o: Any,
) -> Any:
    return burnt_area * burnt_biomass * combustion_fraction * (fire_ch4 * gwp_ch4 + fire_n2o * gwp_n2o)


def project(burnt_trees: Any, burnt_dead_matter: Any) -> Any:
    return burnt_trees + burnt_dead_matter


def leakage(displaced_emissions: Any) -> Any:
    return displaced_emissions


def change(project_removal: Any, baseline_removal: Any, project: Any, leakage: Any) -> Any:
    return project_removal - baseline_removal - project - leakage


def uncertainty_deduction(change: Any, sampling_discount: Any) -> Any:
    """Taken from the change; where the change is a loss, it enlarges the loss."""
    return greatest(change, -change) * sampling_discount


def non_permanence_deduction(change: Any, uncertainty_deduction: Any, risk_share: Any) -> Any:
    """Taken from what is left, never from a loss."""
    return choose(
        change > uncertainty_deduction,
        (change - uncertainty_deduction) * risk_share,
        (change - uncertainty_deduction) * 0,
    )


def carbon_fraction_possible(carbon_fraction: Any) -> bool:
    """More than nothing, at most all of the dry mass."""
    return bool(0 < carbon_fraction <= 1)
