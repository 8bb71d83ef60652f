"""Methane of wastewater: AMS-III.H by conversion factors of the treatment; ACM0014 by depth and temperature of the lagoon."""

from typing import Any

from carbon.columns import choose, exponential, greatest
from methodologies.reduction.frame import Step, methodology


def stream_methane(
    flow: Any, cod_in: Any, removal_share: Any, conversion_factor: Any, methane_capacity: Any
) -> Any:
    return flow * cod_in * removal_share * conversion_factor * methane_capacity


def baseline(all_stream_methane: Any, baseline_correction: Any, gwp_ch4: Any, other_baseline: Any) -> Any:
    return all_stream_methane * baseline_correction * gwp_ch4 + other_baseline


def fugitive(all_stream_methane: Any, capture_efficiency: Any, project_correction: Any, gwp_ch4: Any) -> Any:
    """Methane that escapes capture."""
    return all_stream_methane * (1 - capture_efficiency) * project_correction * gwp_ch4


def power(electricity_used: Any, grid_factor: Any) -> Any:
    return electricity_used * grid_factor


def project(fugitive: Any, power: Any, biomass_storage: Any, other_project: Any) -> Any:
    return fugitive + power + biomass_storage + other_project


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


def cap(methane_destroyed: Any, gwp_ch4: Any, power: Any, biomass_storage: Any, leakage: Any) -> Any:
    return methane_destroyed * gwp_ch4 - power - biomass_storage - leakage


def cod_treated(month_flow: Any, month_cod: Any) -> Any:
    return month_flow * month_cod


def temperature_factor(
    temperature: Any, coldest: Any, warmest: Any, activation_energy: Any, gas_constant: Any
) -> Any:
    """Nothing below 10 °C, all above 30 °C, van 't Hoff-Arrhenius between."""
    return choose(
        temperature < coldest,
        temperature / temperature * 0,
        exponential(
            -(
                activation_energy
                * greatest(warmest - temperature, warmest * 0)
                / (gas_constant * warmest * choose(temperature > warmest, warmest, temperature))
            )
        ),
    )


def cod_digestible(cod_available: Any, temperature_factor: Any) -> Any:
    return cod_available * temperature_factor


def removed_share(cod_inlet: Any, cod_outlet: Any) -> Any:
    """Nothing is removed where the outlet is no cleaner than the inlet."""
    return choose(cod_inlet > cod_outlet, 1 - cod_outlet / cod_inlet, cod_inlet / cod_inlet * 0)


def lagoon_factor(
    depth_factor: Any, all_cod_digestible: Any, all_cod_available: Any, model_correction: Any
) -> Any:
    return depth_factor * all_cod_digestible / all_cod_available * model_correction


def lagoon_baseline(
    all_cod_treated: Any, removed_share: Any, lagoon_factor: Any, methane_capacity: Any, gwp_ch4: Any
) -> Any:
    return all_cod_treated * removed_share * lagoon_factor * methane_capacity * gwp_ch4


def cod_kept(cod_available: Any) -> Any:
    return cod_available


def flare(methane_flared: Any, flare_efficiency: Any, gwp_ch4: Any) -> Any:
    return methane_flared * (1 - flare_efficiency) * gwp_ch4


def lagoon_project(flare: Any, power: Any, other_project: Any) -> Any:
    return flare + power + other_project


TREATMENT: list[Step] = [baseline, fugitive, power, project, leakage]

METHODOLOGY = methodology(
    __package__,
    "wastewater",
    year={
        "ex_ante": TREATMENT,
        "ex_post": [*TREATMENT, cap],
        "lagoon": {
            "removed_share": removed_share,
            "lagoon_factor": lagoon_factor,
            "baseline": lagoon_baseline,
            "flare": flare,
            "power": power,
            "project": lagoon_project,
            "leakage": leakage,
        },
    },
    rows={
        "streams": [stream_methane],
        "months": [cod_treated, temperature_factor, cod_digestible, cod_kept],
    },
)
