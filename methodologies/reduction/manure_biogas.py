"""Methane of manure: AMS-III.D / ACM0010, the latter also nitrous oxide and solids that degrade on the way. Afterwards no more may be claimed than the methane that was really destroyed.

The destroyed methane is a limit, never an addition: a public calculator that adds it counts the same gas twice.
"""

from typing import Any

from carbon.columns import greatest
from methodologies.reduction.frame import Step, methodology


def heads(days_alive: Any, animals: Any, year_days: Any) -> Any:
    """The average number over the year."""
    return animals * days_alive / year_days


def dry_matter(heads: Any, weight_ratio: Any, volatile_solids: Any, operating_days: Any) -> Any:
    return heads * weight_ratio * volatile_solids * operating_days


def dry_matter_left(
    heads: Any, weight_ratio: Any, volatile_solids: Any, operating_days: Any, degraded_before: Any
) -> Any:
    """Stages before this one have degraded a part (ACM0010)."""
    return heads * weight_ratio * volatile_solids * operating_days * (1 - degraded_before)


def nitrogen_excreted(heads: Any, weight_ratio: Any, nitrogen_excretion: Any) -> Any:
    """Of the year, by the weight of the animals."""
    return heads * weight_ratio * nitrogen_excretion


def n2o_without(
    nitrogen_excreted: Any,
    baseline_share: Any,
    direct_factor: Any,
    volatile_share: Any,
    indirect_factor: Any,
    n2o_per_nitrogen: Any,
) -> Any:
    return (
        nitrogen_excreted
        * baseline_share
        * (direct_factor + volatile_share * indirect_factor)
        * n2o_per_nitrogen
    )


def n2o_with(
    nitrogen_excreted: Any,
    project_share: Any,
    project_direct_factor: Any,
    project_volatile_share: Any,
    indirect_factor: Any,
    n2o_per_nitrogen: Any,
) -> Any:
    return (
        nitrogen_excreted
        * project_share
        * (project_direct_factor + project_volatile_share * indirect_factor)
        * n2o_per_nitrogen
    )


def consolidated_baseline(
    all_methane_without: Any, gwp_ch4: Any, all_n2o_without: Any, gwp_n2o: Any, baseline_energy: Any
) -> Any:
    """ACM0010 has no correction of the model, and counts nitrous oxide."""
    return all_methane_without * gwp_ch4 + all_n2o_without * gwp_n2o + baseline_energy


def consolidated_project(
    leaked: Any, power_and_transport: Any, flare_emissions: Any, all_n2o_with: Any, gwp_n2o: Any
) -> Any:
    return leaked + power_and_transport + flare_emissions + all_n2o_with * gwp_n2o


def consolidated_cap(
    destroyed: Any, power_and_transport: Any, all_n2o_without: Any, all_n2o_with: Any, gwp_n2o: Any
) -> Any:
    """The methane that was destroyed, and the change of nitrous oxide, which no gas meter sees."""
    return destroyed - power_and_transport + (all_n2o_without - all_n2o_with) * gwp_n2o


def leakage(land_with: Any, land_without: Any) -> Any:
    """Land application: only what it is more than before."""
    return greatest(land_with - land_without, land_with * 0)


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

CONSOLIDATED: dict[str, Step] = {
    "baseline": consolidated_baseline,
    "leaked": leaked,
    "power_and_transport": power_and_transport,
    "project": consolidated_project,
    "leakage": leakage,
}
CONSOLIDATED_HERD: dict[str, Step] = {
    "heads": heads,
    "dry_matter": dry_matter_left,
    "methane_potential": methane_potential,
    "methane_without": methane_without,
    "methane_treated": methane_treated,
    "nitrogen_excreted": nitrogen_excreted,
    "n2o_without": n2o_without,
    "n2o_with": n2o_with,
}

METHODOLOGY = methodology(
    __package__,
    "manure_biogas",
    year={
        "ex_ante": BEFORE,
        "ex_post": [*BEFORE, destroyed, cap],
        "acm0010_ex_ante": CONSOLIDATED,
        "acm0010_ex_post": CONSOLIDATED | {"destroyed": destroyed, "cap": consolidated_cap},
    },
    rows={
        "herds": [heads, dry_matter, methane_potential, methane_without, methane_treated],
        "acm0010_ex_ante.herds": CONSOLIDATED_HERD,
        "acm0010_ex_post.herds": CONSOLIDATED_HERD,
    },
    conditions=[warm_enough, short_storage],
)
