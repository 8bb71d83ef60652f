"""Composting in place of a dump: AMS-III.F with the decay model of TOOL04 and the emissions of TOOL13."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.waste_decay import decayed_carbon, waste_emissions, waste_methane


def baseline(
    waste_emissions: Any, manure_emissions: Any, wastewater_emissions: Any, required_recovery: Any
) -> Any:
    return waste_emissions + manure_emissions + wastewater_emissions - required_recovery


def compost_methane(composted: Any, compost_ch4: Any, gwp_ch4: Any) -> Any:
    return composted * compost_ch4 * gwp_ch4


def compost_n2o(composted: Any, compost_n2o_factor: Any, gwp_n2o: Any) -> Any:
    return composted * compost_n2o_factor * gwp_n2o


def power(electricity_used: Any, grid_factor: Any, grid_loss: Any) -> Any:
    return electricity_used * grid_factor * (1 + grid_loss)


def project(
    compost_methane: Any, compost_n2o: Any, power: Any, fuel_emissions: Any, runoff_emissions: Any
) -> Any:
    return compost_methane + compost_n2o + power + fuel_emissions + runoff_emissions


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


METHODOLOGY = methodology(
    __package__,
    "composting",
    year=[
        waste_methane,
        waste_emissions,
        baseline,
        compost_methane,
        compost_n2o,
        power,
        project,
        leakage,
    ],
    rows={"deposits": [decayed_carbon]},
)
