"""Scope 2, below zero: heat passed on, by the factor of what is bought."""

from dataclasses import replace

from carbon.text import Text
from methodologies.accounting import purchased_heat
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("exported_heat")
_NOTE = Text(
    "输出热力，按外购热力同一因子计为负值", "passed on: counted below zero by the factor of bought heat"
)


def plan(key: ActivityKey) -> Plan:
    """As what is bought, below zero.

    Raises:
        Problem: as for what is bought.
    """
    bought = purchased_heat.plan(key)
    return replace(bought, per_written_unit=-bought.per_written_unit, notes=(*bought.notes, _NOTE))


SOURCE = _TABLE.source(plan)
