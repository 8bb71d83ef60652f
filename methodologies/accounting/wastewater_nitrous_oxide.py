"""Scope 1: nitrous oxide of the nitrogen in wastewater, by nitrogen or by persons and the protein they eat."""

from typing import Any

from carbon import units
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("wastewater_nitrous_oxide")


def n2o(amount: Any, wastewater_n2o_share: Any, n2o_per_nitrogen: Any) -> Any:
    return amount * wastewater_n2o_share * n2o_per_nitrogen


def nitrogen(amount: Any, protein_eaten: Any, nitrogen_of_protein: Any, co_discharge: Any) -> Any:
    return amount * protein_eaten * nitrogen_of_protein * co_discharge


def n2o_of_nitrogen(nitrogen: Any, wastewater_n2o_share: Any, n2o_per_nitrogen: Any) -> Any:
    return nitrogen * wastewater_n2o_share * n2o_per_nitrogen


BY_NITROGEN = _TABLE.rule("by_nitrogen", n2o)
BY_PERSONS = _TABLE.rule_in("person", "by_persons", nitrogen, n2o=n2o_of_nitrogen)


def plan(key: ActivityKey) -> Plan:
    """By nitrogen, or by persons.

    Raises:
        Problem: persons without the protein they eat, or as `Table.plan`.
    """
    by_persons = units.is_unit(key.unit) and units.same_dimension(key.unit, "person")
    return _TABLE.plan(key, BY_PERSONS if by_persons else BY_NITROGEN, {"N2O": "n2o"})


SOURCE = _TABLE.source(plan, BY_NITROGEN, BY_PERSONS)
