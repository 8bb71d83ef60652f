"""First-order decay of waste (TOOL04): what was dumped in each year goes on giving methane in every later year."""

from typing import Any

from carbon.columns import exponential


def decayed_carbon(
    waste: Any, degradable_carbon: Any, decay_rate: Any, vintage: Any, deposit_year: Any, one_year: Any
) -> Any:
    """In the year of dumping the part (1 − e^−k) already decays."""
    return (
        waste
        * degradable_carbon
        * exponential(-(decay_rate * (vintage - deposit_year)))
        * (1 - exponential(-(decay_rate * one_year)))
    )


def waste_methane(
    all_decayed_carbon: Any,
    decomposable_share: Any,
    gas_methane_share: Any,
    methane_per_carbon: Any,
    correction_factor: Any,
) -> Any:
    return (
        all_decayed_carbon * decomposable_share * gas_methane_share * methane_per_carbon * correction_factor
    )


def waste_emissions(
    waste_methane: Any, model_factor: Any, recovered_share: Any, oxidation: Any, gwp_ch4: Any
) -> Any:
    return waste_methane * model_factor * (1 - recovered_share) * (1 - oxidation) * gwp_ch4
