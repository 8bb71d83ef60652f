"""Nitrous oxide of acid plants: adipic acid (AM0021), nitric acid by catalyst (AM0028) or by a default factor (ACM0019)."""

from typing import Any

from carbon.columns import least
from methodologies.reduction.frame import Step, methodology


def acid_n2o(n2o_measured: Any, acid_made: Any, acid_ratio: Any) -> Any:
    """At most the ratio times the acid made."""
    return least(n2o_measured, acid_made * acid_ratio)


def adipic_baseline(acid_n2o: Any, required_share: Any, gwp_n2o: Any) -> Any:
    return acid_n2o * (1 - required_share) * gwp_n2o


def catalyst_baseline(n2o_in: Any, gwp_n2o: Any) -> Any:
    return n2o_in * gwp_n2o


def catalyst_project(n2o_out: Any, gwp_n2o: Any, process_emissions: Any) -> Any:
    return n2o_out * gwp_n2o + process_emissions


def lower_factor(default_factor: Any, measured_factor: Any) -> Any:
    return least(default_factor, measured_factor)


def nitric_baseline(acid_made: Any, lower_factor: Any, gwp_n2o: Any) -> Any:
    return acid_made * lower_factor * gwp_n2o


def project(process_emissions: Any) -> Any:
    return process_emissions


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


ADIPIC: dict[str, Step] = {
    "acid_n2o": acid_n2o,
    "baseline": adipic_baseline,
    "project": project,
    "leakage": leakage,
}

METHODOLOGY = methodology(
    __package__,
    "acid_n2o",
    year={
        "adipic": ADIPIC,
        "catalyst": {"baseline": catalyst_baseline, "project": catalyst_project, "leakage": leakage},
        "nitric_default": {
            "lower_factor": lower_factor,
            "baseline": nitric_baseline,
            "project": catalyst_project,
            "leakage": leakage,
        },
    },
)
