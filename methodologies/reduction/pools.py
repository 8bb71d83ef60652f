"""Further carbon pools of forests: soil (AR-TOOL16), dead wood and litter (AR-TOOL12), fire in them (AR-TOOL08), wood products."""

from typing import Any

from carbon.columns import choose, least, power


def soil_initial(
    reference_stock: Any, land_use_factor: Any, management_factor: Any, soil_input_factor: Any
) -> Any:
    """Soil carbon before planting."""
    return reference_stock * land_use_factor * management_factor * soil_input_factor


def soil_loss(soil_initial: Any, disturbed_share: Any, disturbance_limit: Any, disturbance_loss: Any) -> Any:
    """Ploughing more than the limit loses a share of the soil carbon."""
    return choose(disturbed_share > disturbance_limit, soil_initial * disturbance_loss, soil_initial * 0)


def soil_gain(
    reference_stock: Any, soil_initial: Any, soil_loss: Any, soil_years: Any, most_soil_gain: Any
) -> Any:
    """The way back to the reference stock in equal steps, at most the limit a year."""
    return least((reference_stock - (soil_initial - soil_loss)) / soil_years, most_soil_gain)


def soil_change(soil_gain: Any, soil_area: Any, co2_per_carbon: Any) -> Any:
    return soil_gain * soil_area * co2_per_carbon


def dead_matter_fire(
    dead_area: Any, dead_wood_carbon: Any, litter_carbon: Any, dead_combustion: Any, co2_per_carbon: Any
) -> Any:
    """CH4 and N2O of burnt dead wood and litter, as a share of their carbon."""
    return dead_area * (dead_wood_carbon + litter_carbon) * dead_combustion * co2_per_carbon


def product_storage(
    stem_carbon: Any,
    outturn: Any,
    waste_share: Any,
    halving: Any,
    years_in_use: Any,
    product_life: Any,
    co2_per_carbon: Any,
) -> Any:
    """What is still in use at the end: half after each half-life."""
    return (
        stem_carbon
        * outturn
        * (1 - waste_share)
        * power(halving, -(years_in_use / product_life))
        * co2_per_carbon
    )
