"""HFC-23 of HCFC-22 plants destroyed (AM0001). Limits go by mass of HFC-23 per mass of HCFC-22, never by volume."""

from typing import Any

from carbon.columns import least
from methodologies.reduction.frame import methodology


def most_creditable(limiting_ratio: Any, hcfc22_made: Any, hcfc22_historic: Any) -> Any:
    """The smaller share of the smaller production."""
    return limiting_ratio * least(hcfc22_made, hcfc22_historic)


def destroyed(hfc23_fed: Any, destruction_efficiency: Any) -> Any:
    return hfc23_fed * destruction_efficiency


def counted(destroyed: Any, most_creditable: Any) -> Any:
    return least(destroyed, most_creditable)


def required(counted: Any, required_share: Any) -> Any:
    """What the law requires to be destroyed."""
    return counted * required_share


def baseline(counted: Any, required: Any, gwp_hfc23: Any) -> Any:
    return (counted - required) * gwp_hfc23


def project(process_emissions: Any) -> Any:
    return process_emissions


def leakage(leakage_emissions: Any) -> Any:
    return leakage_emissions


def ratio_by_mass(limiting_ratio: Any) -> bool:
    """At most 3 % of the mass of HCFC-22."""
    return bool(100 * limiting_ratio <= 3)


METHODOLOGY = methodology(
    __package__,
    "hfc23",
    year=[most_creditable, destroyed, counted, required, baseline, project, leakage],
    conditions=[ratio_by_mass],
)
