"""Scope 2: carbon dioxide of heat bought, by the supplier's factor or the default."""

from typing import Any

from carbon import rules
from carbon.parameters import content_of, load, renamed
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.reported import reported
from methodologies.accounting.sources import Branch, Plan, items_of, per_written_unit, source

_CONTENT = content_of(__package__, "purchased_heat.toml")
_DEFAULT = load("methodologies.factors", "heat.toml")["average"]


def co2(amount: Any, heat_factor: Any) -> Any:
    return amount * heat_factor


RULE = rules.build(_CONTENT, [co2], id="purchased_heat")


def plan(key: ActivityKey) -> Plan:
    """Heat by its factor.

    Raises:
        Problem: the unit is not one of energy, or the supplier's factor cannot be read.
    """
    chosen = reported(key, "supplier_factor", "tCO2/GJ", _CONTENT["options"]) or _DEFAULT.at(key.month)
    branch = Branch("CO2", RULE, "co2", {"heat_factor": renamed(chosen, "heat_factor")})
    return Plan("GJ", per_written_unit(key, "GJ"), (branch,))


SOURCE = source(
    _CONTENT, id="purchased_heat", plan=plan, items=items_of(_CONTENT, "purchased_heat"), rules=(RULE,)
)
