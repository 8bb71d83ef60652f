"""Household digesters: AMS-III.R for the methane, AMS-I.C for the coal that biogas replaces.

Each batch counts from its own first day; households are those the survey found in operation.
"""

from typing import Any

from carbon.columns import least
from methodologies.reduction.frame import methodology


def methane_potential(
    animals_per_household: Any,
    volatile_solids: Any,
    year_days: Any,
    methane_capacity: Any,
    methane_density: Any,
) -> Any:
    return animals_per_household * volatile_solids * year_days * methane_capacity * methane_density


def household_baseline(methane_potential: Any, conversion_factor: Any, gwp_ch4: Any) -> Any:
    return methane_potential * conversion_factor * gwp_ch4


def household_leak(methane_potential: Any, leak_share: Any, gwp_ch4: Any) -> Any:
    return methane_potential * leak_share * gwp_ch4


def household_burnt(methane_burnt: Any, gwp_ch4: Any) -> Any:
    return methane_burnt * gwp_ch4


def household_methane(household_baseline: Any, household_burnt: Any) -> Any:
    """At most the methane that was recovered and burned."""
    return least(household_baseline, household_burnt)


def household_heat(
    coal_before: Any,
    coal_now: Any,
    net_calorific_value: Any,
    coal_factor: Any,
    oxidation_share: Any,
    household_wood: Any,
) -> Any:
    return (coal_before - coal_now) * net_calorific_value * coal_factor * oxidation_share + household_wood


def household_wood(
    wood_before: Any, wood_now: Any, non_renewable_share: Any, wood_calorific_value: Any, wood_factor: Any
) -> Any:
    """Only the wood that does not grow back counts."""
    return (wood_before - wood_now) * non_renewable_share * wood_calorific_value * wood_factor


def operating_households(households: Any, operating_share: Any, operating_days: Any, year_days: Any) -> Any:
    return households * operating_share * operating_days / year_days


def batch_baseline(household_methane: Any, household_heat: Any, operating_households: Any) -> Any:
    return (household_methane + household_heat) * operating_households


def batch_project(household_leak: Any, operating_households: Any) -> Any:
    return household_leak * operating_households


def baseline(all_baseline: Any) -> Any:
    return all_baseline


def project(all_leaks: Any) -> Any:
    return all_leaks


def small_system(
    animals_per_household: Any,
    volatile_solids: Any,
    methane_capacity: Any,
    methane_density: Any,
    conversion_factor: Any,
    gwp_ch4: Any,
) -> bool:
    """The methane part of a household is at most 5 tCO2e a year."""
    per_year = animals_per_household * volatile_solids * 365 * methane_capacity / 1000
    return bool(per_year * methane_density * 1000 * conversion_factor * gwp_ch4 <= 5000)


METHODOLOGY = methodology(
    __package__,
    "household_biogas",
    year=[baseline, project],
    rows={
        "batches": [
            methane_potential,
            household_baseline,
            household_leak,
            household_burnt,
            household_methane,
            household_wood,
            household_heat,
            operating_households,
            batch_baseline,
            batch_project,
        ]
    },
    conditions=[small_system],
)
