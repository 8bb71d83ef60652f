"""Scope 2, below zero: electricity bought or made and passed on, by the factor of what is bought."""

from dataclasses import replace

from carbon.text import Text
from methodologies.accounting import purchased_electricity
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("exported_electricity")
_NOTE = Text(
    "输出电力，按外购电力同一因子计为负值", "passed on: counted below zero by the factor of bought power"
)


def plan(key: ActivityKey) -> Plan:
    """As what is bought, below zero.

    Raises:
        Problem: as for what is bought.
    """
    bought = purchased_electricity.plan(key)
    return replace(bought, per_written_unit=-bought.per_written_unit, notes=(*bought.notes, _NOTE))


SOURCE = _TABLE.source(plan, guides=purchased_electricity.SOURCE.guides)
