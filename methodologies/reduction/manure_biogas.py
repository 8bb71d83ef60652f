"""Methane of manure: AMS-III.D / ACM0010. Afterwards no more may be claimed than the methane that was really destroyed.

The destroyed methane is a limit, never an addition: a public calculator that adds it counts the same gas twice.
"""

from typing import Any

from methodologies.reduction.frame import Step, methodology


def heads(days_alive: Any, animals: Any, year_days: Any) -> Any:
    """The average number over the year."""
    return animals * days_alive / year_days


def dry_matter(heads: Any, weight_ratio: Any, volatile_solids: Any, operating_days: Any) -> Any:
    return heads * weight_ratio * volatile_solids * operating_days


def methane_potential(dry_matter: Any, methane_capacity: Any, methane_density: Any) -> Any:
    return dry_matter * methane_capacity * methane_density


def methane_without(methane_potential: Any, conversion_factor: Any, baseline_share: Any) -> Any:
    return methane_potential * conversion_factor * baseline_share


def methane_treated(methane_potential: Any, project_share: Any) -> Any:
    return methane_potential * project_share


def baseline(all_methane_without: Any, model_correction: Any, gwp_ch4: Any, baseline_energy: Any) -> Any:
    return all_methane_without * model_correction * gwp_ch4 + baseline_energy


def leaked(all_methane_treated: Any, leak_share: Any, gwp_ch4: Any) -> Any:
    return all_methane_treated * leak_share * gwp_ch4


def power_and_transport(
    electricity_used: Any, grid_factor: Any, transport_emissions: Any, storage_emissions: Any
) -> Any:
    return electricity_used * grid_factor + transport_emissions + storage_emissions


def project(leaked: Any, power_and_transport: Any, flare_emissions: Any) -> Any:
    return leaked + power_and_transport + flare_emissions


def destroyed(
    biogas_burnt: Any, methane_share: Any, methane_density: Any, burning_efficiency: Any, gwp_ch4: Any
) -> Any:
    return biogas_burnt * methane_share * methane_density * burning_efficiency * gwp_ch4


def cap(destroyed: Any, power_and_transport: Any) -> Any:
    return destroyed - power_and_transport


def warm_enough(annual_temperature: Any) -> bool:
    """Above 5 °C on average at the site."""
    return bool(annual_temperature > 5)


def short_storage(storage_days: Any) -> bool:
    """Manure waits at most 45 days before the digester, or its emission is counted."""
    return bool(storage_days <= 45)


BEFORE: list[Step] = [baseline, leaked, power_and_transport, project]

METHODOLOGY = methodology(
    __package__,
    "manure_biogas",
    year={"ex_ante": BEFORE, "ex_post": [*BEFORE, destroyed, cap]},
    rows={"herds": [heads, dry_matter, methane_potential, methane_without, methane_treated]},
    conditions=[warm_enough, short_storage],
)
