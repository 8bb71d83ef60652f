"""Scope 1: methane from the digestion of animals."""

from typing import Any

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.farming import livestock_plan
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan
from methodologies.factors.places import FARMING_REGIONS

_TABLE = Table("enteric_fermentation", regions=FARMING_REGIONS)


def ch4(amount: Any, enteric_factor: Any) -> Any:
    return amount * enteric_factor


def feed_energy(amount: Any, gross_energy: Any, days_of_year: Any) -> Any:
    return amount * gross_energy * days_of_year


def ch4_of_feed(feed_energy: Any, methane_yield: Any, ch4_energy: Any) -> Any:
    return feed_energy * methane_yield / ch4_energy


BY_HEAD = _TABLE.rule("", ch4)
BY_FEED = _TABLE.rule("by_feed", feed_energy, ch4=ch4_of_feed)


def plan(key: ActivityKey) -> Plan:
    """By the feed where the row gives its energy (IPCC tier 2), else by head.

    Raises:
        Problem: as `Table.plan`.
    """
    rule = BY_FEED if key.override("gross_energy") else BY_HEAD
    return livestock_plan(_TABLE, key, rule, {"CH4_biogenic": "ch4"})


SOURCE = _TABLE.source(plan, BY_HEAD, BY_FEED)
