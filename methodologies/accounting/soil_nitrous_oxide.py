"""Scope 1: nitrous oxide of nitrogen brought onto soil, direct and, where its shares are given, indirect."""

from dataclasses import replace
from typing import Any

from carbon import units
from carbon.errors import N_, Problem
from carbon.explanation import amount as written_amount
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.published import Table
from methodologies.accounting.sources import Plan

_TABLE = Table("soil_nitrous_oxide")
_NO_INDIRECT = Text(
    "未填报氮的挥发和淋溶比例，间接氧化亚氮未计算",
    "no shares volatilised and leached given: indirect N2O is not counted",
)


def direct_n2o(amount: Any, soil_n2o_share: Any, n2o_per_nitrogen: Any) -> Any:
    return amount * soil_n2o_share * n2o_per_nitrogen


def indirect_n2o(
    amount: Any,
    soil_volatilised: Any,
    volatilised_n2o: Any,
    soil_leached: Any,
    leached_n2o: Any,
    n2o_per_nitrogen: Any,
) -> Any:
    return amount * (soil_volatilised * volatilised_n2o + soil_leached * leached_n2o) * n2o_per_nitrogen


def n2o(direct_n2o: Any, indirect_n2o: Any) -> Any:
    return direct_n2o + indirect_n2o


DIRECT = _TABLE.rule("direct", direct_n2o)
WHOLE = _TABLE.rule("whole", direct_n2o, indirect_n2o, n2o)


def plan(key: ActivityKey) -> Plan:
    """Direct, and indirect where the row gives what volatilises and leaches.

    Raises:
        Problem: fertiliser by its mass without its nitrogen, only one of the two shares, or as `Table.plan`.
    """
    nitrogen_key = _as_nitrogen(key)
    whole = key.override("soil_volatilised") or key.override("soil_leached")
    rule, step = (WHOLE, "n2o") if whole else (DIRECT, "direct_n2o")
    numbers = _TABLE.numbers(key, rule)
    begun = _TABLE.plan(nitrogen_key, rule, {"N2O": step}, numbers, gaps=() if whole else (_NO_INDIRECT,))
    if nitrogen_key is key:
        return begun
    content = _TABLE.number_of_row(key, "nitrogen_share")
    per_unit = units.to_unit(key.unit, "kg") * content.into("kgN/kg")
    written = Text(
        f"按含氮量 {written_amount(content.value, content.unit)} 折为氮",
        f"as nitrogen, by its content of {written_amount(content.value, content.unit)}",
    )
    return replace(begun, per_written_unit=per_unit, notes=(*begun.notes, written))


def _as_nitrogen(key: ActivityKey) -> ActivityKey:
    """The key itself where it is written in nitrogen; else, for product mass, one in nitrogen."""
    by_mass = units.is_unit(key.unit) and units.same_dimension(key.unit, "kg")
    if not by_mass:
        return key
    if not key.override("nitrogen_share"):
        raise Problem(
            N_("{item} in {unit} needs its nitrogen content: give it in the column {column}, or report kgN."),
            item=_TABLE.item_name(key),
            unit=key.unit,
            column="nitrogen_share",
            at="nitrogen_share",
        )
    left = tuple(pair for pair in key.overrides if pair[0] != "nitrogen_share")
    return replace(key, unit="kgN", overrides=left)


SOURCE = _TABLE.source(plan, DIRECT, WHOLE)
