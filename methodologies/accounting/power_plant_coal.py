"""Scope 1: carbon dioxide of coal in power facilities, by monthly analysis or by the guide's penalty."""

from typing import Any

from carbon.errors import N_, Problem
from carbon.parameters import Chosen
from carbon.rounding import plain
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("power_plant_coal")
_PENALTY = Text(
    "元素碳未实测，采用指南惩罚值", "elemental carbon not measured: the guide's penalty value stands"
)


def carbon_as_received(amount: Any, elemental_carbon: Any) -> Any:
    return amount * elemental_carbon


def carbon_by_moisture(
    amount: Any, air_dried_carbon: Any, moisture_received: Any, moisture_air_dried: Any
) -> Any:
    return amount * air_dried_carbon * (1 - moisture_received) / (1 - moisture_air_dried)


def carbon_by_penalty(amount: Any, net_calorific_value: Any, penalty_carbon: Any) -> Any:
    return amount * net_calorific_value * penalty_carbon


def co2(carbon: Any, oxidation_rate: Any, co2_per_carbon: Any) -> Any:
    return carbon * oxidation_rate * co2_per_carbon


AS_RECEIVED = _TABLE.rule("as_received", carbon=carbon_as_received, co2=co2)
AIR_DRIED = _TABLE.rule("air_dried", carbon=carbon_by_moisture, co2=co2)
PENALTY = _TABLE.rule("penalty", carbon=carbon_by_penalty, co2=co2)


def plan(key: ActivityKey) -> Plan:
    """By the analysis the row gives, else by the penalty, which a note says.

    Raises:
        Problem: the oxidation rate or a moisture is missing, air-dried coal holds nothing but water, or as `Table.plan`.
    """
    if key.override("elemental_carbon"):
        return _TABLE.plan(key, AS_RECEIVED, {"CO2": "co2"})
    if key.override("air_dried_carbon"):
        numbers = _TABLE.numbers(key, AIR_DRIED)
        _check_moistures(numbers)
        return _TABLE.plan(key, AIR_DRIED, {"CO2": "co2"}, numbers)
    return _TABLE.plan(key, PENALTY, {"CO2": "co2"}, notes=(_PENALTY,))


def _check_moistures(numbers: dict[str, Chosen]) -> None:
    dried, received = (numbers[name].into("1") for name in ("moisture_air_dried", "moisture_received"))
    if dried >= 1 or dried > received:
        raise Problem(
            N_(
                "Air-dried moisture of {dried} cannot go with {received} as received: air-dried coal is the drier."
            ),
            dried=plain(dried),
            received=plain(received),
            at="moisture_air_dried",
        )


SOURCE = _TABLE.source(plan, AS_RECEIVED, AIR_DRIED, PENALTY)
