"""Efficient lamps, as in highway tunnels: the frame of AMS-II.C, for the formulas of CCER-07-001-V01 were not seen."""

from typing import Any

from methodologies.reduction.frame import methodology
from methodologies.reduction.grid_baseline import combined_margin, weights_add_up


def energy_before(lamps: Any, power_before: Any, hours: Any) -> Any:
    return lamps * power_before * hours


def energy_after(lamps_after: Any, power_after: Any, hours_after: Any) -> Any:
    return lamps_after * power_after * hours_after


def baseline(all_energy_before: Any, grid_loss: Any, combined_margin: Any) -> Any:
    return all_energy_before / (1 - grid_loss) * combined_margin


def project(all_energy_after: Any, grid_loss: Any, combined_margin: Any) -> Any:
    return all_energy_after / (1 - grid_loss) * combined_margin


def metered_project(metered_energy: Any, grid_loss: Any, combined_margin: Any) -> Any:
    return metered_energy / (1 - grid_loss) * combined_margin


METHODOLOGY = methodology(
    __package__,
    "efficient_lighting",
    year={
        "by_power": [combined_margin, baseline, project],
        "metered": {"combined_margin": combined_margin, "baseline": baseline, "project": metered_project},
    },
    rows={"lamps_by_type": [energy_before, energy_after]},
    conditions=[weights_add_up],
)
