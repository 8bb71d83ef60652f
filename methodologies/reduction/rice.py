"""Methane of irrigated rice under less flooding: the family of VM0051, AMS-III.AU and the Indian and Japanese texts.

Default factors: EF = EF_c × SF_w × SF_p × SF_o with SF_o = (1 + Σ amount × conversion)^0.59. The warming potential and the
uncertainty deduction are applied once each; printed formulas that apply one of them twice are not followed.
"""

import unicodedata
from typing import Any

from carbon.columns import power
from methodologies.reduction.frame import Step, methodology
from methodologies.reduction.monitoring import Layer, Record


def organic_baseline(
    straw_late: Any,
    straw_early: Any,
    compost: Any,
    manure: Any,
    green_manure: Any,
    straw_late_conversion: Any,
    straw_early_conversion: Any,
    compost_conversion: Any,
    manure_conversion: Any,
    green_manure_conversion: Any,
    organic_exponent: Any,
) -> Any:
    return power(
        1
        + straw_late * straw_late_conversion
        + straw_early * straw_early_conversion
        + compost * compost_conversion
        + manure * manure_conversion
        + green_manure * green_manure_conversion,
        organic_exponent,
    )


def organic_project(
    project_straw_late: Any,
    project_straw_early: Any,
    project_compost: Any,
    project_manure: Any,
    project_green_manure: Any,
    straw_late_conversion: Any,
    straw_early_conversion: Any,
    compost_conversion: Any,
    manure_conversion: Any,
    green_manure_conversion: Any,
    organic_exponent: Any,
) -> Any:
    return power(
        1
        + project_straw_late * straw_late_conversion
        + project_straw_early * straw_early_conversion
        + project_compost * compost_conversion
        + project_manure * manure_conversion
        + project_green_manure * green_manure_conversion,
        organic_exponent,
    )


def factor_baseline(
    flooded_factor: Any, baseline_water_scaling: Any, baseline_preseason_scaling: Any, organic_baseline: Any
) -> Any:
    return flooded_factor * baseline_water_scaling * baseline_preseason_scaling * organic_baseline


def factor_project(
    flooded_factor: Any, project_water_scaling: Any, project_preseason_scaling: Any, organic_project: Any
) -> Any:
    return flooded_factor * project_water_scaling * project_preseason_scaling * organic_project


def methane_baseline(factor_baseline: Any, area: Any, season_days: Any) -> Any:
    return factor_baseline * area * season_days


def methane_project(factor_project: Any, area: Any, season_days: Any) -> Any:
    return factor_project * area * season_days


def measured_baseline(measured_baseline_factor: Any, area: Any) -> Any:
    return measured_baseline_factor * area


def measured_project(measured_project_factor: Any, area: Any) -> Any:
    return measured_project_factor * area


def methane_avoided(default_reduction: Any, area: Any, season_days: Any) -> Any:
    """AMS-III.AU's simple default: what a day of a hectare avoids."""
    return default_reduction * area * season_days


def simple_baseline(all_methane_avoided: Any, gwp_ch4: Any) -> Any:
    return all_methane_avoided * gwp_ch4


def simple_project(machinery_emissions: Any) -> Any:
    return machinery_emissions


def drying_n2o(nitrogen: Any, area: Any, drying_factor: Any) -> Any:
    """More nitrous oxide from fields that are drained."""
    return nitrogen * area * drying_factor


def baseline(all_methane_baseline: Any, gwp_ch4: Any) -> Any:
    return all_methane_baseline * gwp_ch4


def project_methane(all_methane_project: Any, gwp_ch4: Any) -> Any:
    return all_methane_project * gwp_ch4


def project(project_methane: Any, all_drying_n2o: Any, gwp_n2o: Any, machinery_emissions: Any) -> Any:
    return project_methane + all_drying_n2o * gwp_n2o + machinery_emissions


def leakage(
    imported_organics: Any, imported_carbon_share: Any, lasting_share: Any, co2_per_carbon: Any
) -> Any:
    """Manure or compost brought in would have stored carbon elsewhere."""
    return imported_organics * imported_carbon_share * lasting_share * co2_per_carbon


def uncertainty_deduction(baseline: Any, project_methane: Any, uncertainty_share: Any) -> Any:
    """Once, on the change of methane."""
    return (baseline - project_methane) * uncertainty_share


def uncertainty_of_all(baseline: Any, project: Any, leakage: Any, measured_uncertainty: Any) -> Any:
    """Once, on what is left after every project emission."""
    return (baseline - project - leakage) * measured_uncertainty


def irrigated(baseline_water: str) -> bool:
    """Not upland, rain-fed or deep-water rice."""
    return baseline_water in {"flooded", "single", "multiple"}


def seldom_adopted(adoption_share: Any) -> bool:
    """Common practice: at most a fifth of the province does it already."""
    return bool(5 * adoption_share <= 1)


def yield_kept(yield_ratio: Any) -> bool:
    """Yield falls by at most 5 % against the years before."""
    return bool(20 * yield_ratio >= 19)


def _followed(row: Layer, _: Record) -> bool:
    """A field that did not follow the plan is left out."""
    said = unicodedata.normalize("NFKC", str(row.get("followed", "yes"))).strip().casefold()
    return said not in {"no", "否", "false", "0", "未遵守"}


DEFAULT_ROWS: list[Step] = [
    organic_baseline,
    organic_project,
    factor_baseline,
    factor_project,
    methane_baseline,
    methane_project,
    drying_n2o,
]
YEAR: list[Step] = [baseline, project_methane, project, leakage]

METHODOLOGY = methodology(
    __package__,
    "rice",
    year={
        "default_factors": [*YEAR, uncertainty_deduction],
        "reference_fields": {step.__name__: step for step in YEAR}
        | {"uncertainty_deduction": uncertainty_of_all},
        "simple_default": {"baseline": simple_baseline, "project": simple_project, "leakage": leakage},
    },
    rows={
        "fields": DEFAULT_ROWS,
        "reference_fields.fields": {
            "methane_baseline": measured_baseline,
            "methane_project": measured_project,
            "drying_n2o": drying_n2o,
        },
        "simple_default.fields": {"methane_avoided": methane_avoided},
    },
    conditions=[irrigated, seldom_adopted, yield_kept],
    row_counts={"fields": _followed},
)
