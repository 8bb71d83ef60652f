"""Biochar in soil: VM0044 by the share left after a hundred years; the Puro formula by soil temperature and H/C."""

from typing import Any

from methodologies.reduction.frame import Step, methodology


def stored(dry_mass: Any, organic_carbon: Any, lasting_share: Any, co2_per_carbon: Any) -> Any:
    return dry_mass * organic_carbon * lasting_share * co2_per_carbon


def hydrogen_ratio(hydrogen_share: Any, organic_carbon: Any, hydrogen_mass: Any, carbon_mass: Any) -> Any:
    """Atoms of hydrogen for each of organic carbon."""
    return (hydrogen_share / hydrogen_mass) / (organic_carbon / carbon_mass)


def permanence(permanence_start: Any, permanence_slope: Any, hydrogen_ratio: Any) -> Any:
    return permanence_start - permanence_slope * hydrogen_ratio


def stored_after_decay(dry_mass: Any, organic_carbon: Any, permanence: Any, co2_per_carbon: Any) -> Any:
    return dry_mass * organic_carbon * permanence * co2_per_carbon


def project_removal(all_stored: Any) -> Any:
    return all_stored


def baseline_removal(stored_anyway: Any) -> Any:
    return stored_anyway


def kiln(kiln_methane: Any, gwp_ch4: Any) -> Any:
    return kiln_methane * gwp_ch4


def project(electricity_used: Any, grid_factor: Any, fuel_emissions: Any, kiln: Any) -> Any:
    return electricity_used * grid_factor + fuel_emissions + kiln


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


YEAR: list[Step] = [project_removal, baseline_removal, kiln, project, leakage]

METHODOLOGY = methodology(
    __package__,
    "biochar",
    year={"vm0044": YEAR, "puro": YEAR},
    rows={
        "batches": [stored],
        "puro.batches": {
            "hydrogen_ratio": hydrogen_ratio,
            "permanence": permanence,
            "stored": stored_after_decay,
        },
    },
)
