"""Cropland (VM0042, default factors): nitrous oxide of fertiliser, and soil carbon by stock factors over twenty years."""

from typing import Any

from methodologies.reduction.frame import Step, methodology


def nitrogen_direct(synthetic: Any, organic: Any, synthetic_factor: Any, organic_factor: Any) -> Any:
    return synthetic * synthetic_factor + organic * organic_factor


def nitrogen_indirect(
    synthetic: Any,
    organic: Any,
    synthetic_volatile: Any,
    organic_volatile: Any,
    volatile_factor: Any,
    leached_share: Any,
    leached_factor: Any,
) -> Any:
    return (synthetic * synthetic_volatile + organic * organic_volatile) * volatile_factor + (
        synthetic + organic
    ) * leached_share * leached_factor


def n2o_without(nitrogen_direct: Any, nitrogen_indirect: Any, n2o_per_nitrogen: Any) -> Any:
    return (nitrogen_direct + nitrogen_indirect) * n2o_per_nitrogen


def project_nitrogen_direct(
    project_synthetic: Any, project_organic: Any, synthetic_factor: Any, organic_factor: Any
) -> Any:
    return project_synthetic * synthetic_factor + project_organic * organic_factor


def project_nitrogen_indirect(
    project_synthetic: Any,
    project_organic: Any,
    synthetic_volatile: Any,
    organic_volatile: Any,
    volatile_factor: Any,
    leached_share: Any,
    leached_factor: Any,
) -> Any:
    return (project_synthetic * synthetic_volatile + project_organic * organic_volatile) * volatile_factor + (
        project_synthetic + project_organic
    ) * leached_share * leached_factor


def n2o_with(project_nitrogen_direct: Any, project_nitrogen_indirect: Any, n2o_per_nitrogen: Any) -> Any:
    return (project_nitrogen_direct + project_nitrogen_indirect) * n2o_per_nitrogen


def soil_change(
    area: Any,
    reference_stock: Any,
    project_stock_factor: Any,
    baseline_stock_factor: Any,
    transition_years: Any,
    co2_per_carbon: Any,
) -> Any:
    """The stock factor is the product of land use, tillage and input."""
    return (
        area
        * reference_stock
        * (project_stock_factor - baseline_stock_factor)
        / transition_years
        * co2_per_carbon
    )


def soil_remeasured(
    area: Any,
    project_stock_end: Any,
    project_stock_start: Any,
    baseline_stock_end: Any,
    baseline_stock_start: Any,
    interval: Any,
    co2_per_carbon: Any,
) -> Any:
    """Measured again on equal soil mass: what the project gained more than the baseline, by year."""
    return (
        area
        * ((project_stock_end - project_stock_start) - (baseline_stock_end - baseline_stock_start))
        / interval
        * co2_per_carbon
    )


def amendment_before(amended: Any, amendment_carbon: Any, co2_per_carbon: Any) -> Any:
    """Lime and urea give their carbon away as CO2."""
    return amended * amendment_carbon * co2_per_carbon


def amendment_now(project_amended: Any, amendment_carbon: Any, co2_per_carbon: Any) -> Any:
    return project_amended * amendment_carbon * co2_per_carbon


def fuel_before(fuel: Any, fuel_factor: Any) -> Any:
    return fuel * fuel_factor


def fuel_now(project_fuel: Any, fuel_factor: Any) -> Any:
    return project_fuel * fuel_factor


def metered_baseline(all_amendments: Any, all_fuel: Any, other_baseline: Any) -> Any:
    return all_amendments + all_fuel + other_baseline


def metered_project(all_project_amendments: Any, all_project_fuel: Any, other_project: Any) -> Any:
    return all_project_amendments + all_project_fuel + other_project


def baseline(all_n2o_without: Any, gwp_n2o: Any, metered_baseline: Any) -> Any:
    return all_n2o_without * gwp_n2o + metered_baseline


def project_n2o(all_n2o_with: Any, gwp_n2o: Any) -> Any:
    return all_n2o_with * gwp_n2o


def project(project_n2o: Any, metered_project: Any) -> Any:
    return project_n2o + metered_project


def project_removal(all_soil_change: Any) -> Any:
    return all_soil_change


def leakage(
    imported_organics: Any, imported_carbon_share: Any, lasting_share: Any, co2_per_carbon: Any
) -> Any:
    return imported_organics * imported_carbon_share * lasting_share * co2_per_carbon


def uncertainty_deduction(
    baseline: Any, metered_baseline: Any, project_n2o: Any, project_removal: Any, uncertainty_share: Any
) -> Any:
    """From the change of nitrous oxide and of soil carbon; what is metered carries none."""
    return (baseline - metered_baseline - project_n2o + project_removal) * uncertainty_share


def non_permanence_deduction(project_removal: Any, uncertainty_share: Any, buffer_share: Any) -> Any:
    """Of the removals only: a reduction of nitrous oxide cannot come back."""
    return project_removal * (1 - uncertainty_share) * buffer_share


def large_enough_change(change_share: Any) -> bool:
    """A numeric change of practice is above 5 %."""
    return bool(20 * change_share > 1)


YEAR: list[Step] = [
    metered_baseline,
    metered_project,
    baseline,
    project_n2o,
    project,
    project_removal,
    leakage,
    uncertainty_deduction,
    non_permanence_deduction,
]
FIELDS: dict[str, Step] = {
    step.__name__: step
    for step in (
        nitrogen_direct,
        nitrogen_indirect,
        n2o_without,
        project_nitrogen_direct,
        project_nitrogen_indirect,
        n2o_with,
        soil_change,
    )
}

METHODOLOGY = methodology(
    __package__,
    "cropland",
    year={"default_factors": YEAR, "remeasured": YEAR},
    rows={
        "fields": FIELDS,
        "amendments": [amendment_before, amendment_now],
        "machinery": [fuel_before, fuel_now],
        "remeasured.fields": FIELDS | {"soil_change": soil_remeasured},
    },
    conditions=[large_enough_change],
)
