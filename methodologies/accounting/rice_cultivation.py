"""Scope 1: methane of flooded rice fields."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("rice_cultivation")


def ch4(amount: Any, paddy_factor: Any) -> Any:
    return amount * paddy_factor


def ch4_by_day(
    amount: Any,
    daily_factor: Any,
    season_days: Any,
    water_scaling: Any,
    early_scaling: Any,
    organic_scaling: Any,
) -> Any:
    return amount * daily_factor * season_days * water_scaling * early_scaling * organic_scaling


BY_SEASON = _TABLE.rule("", ch4)
BY_DAY = _TABLE.rule("by_day", ch4=ch4_by_day)


def plan(key: ActivityKey) -> Plan:
    """By the day where the row gives a daily factor (IPCC 2006, Volume 4, equations 5.1 and 5.2), else by the season.

    Raises:
        Problem: as `Table.plan`.
    """
    return _TABLE.plan(key, BY_DAY if key.override("daily_factor") else BY_SEASON, {"CH4_biogenic": "ch4"})


SOURCE = _TABLE.source(plan, BY_SEASON, BY_DAY)
