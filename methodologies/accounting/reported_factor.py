"""Any scope: an activity with the emission factors given in its own row.

A factor without a unit is kg of the gas per the unit the amount is written in. Every kind of source accepts such
factors; they then stand in place of the published ones, and say so.
"""

from fractions import Fraction

from carbon import units
from carbon.errors import N_, Problem
from carbon.gases import CO2E
from carbon.parameters import given
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.own_factors import (
    CONTENT,
    OwnFactor,
    as_told,
    branch_numbers,
    emitted_gas,
    gas_from_text,
    read_factor,
    rule_of,
    way_to,
)
from methodologies.accounting.sources import Branch, Plan, Source, source

__all__ = ["COMPANIONS", "GASES", "SOURCE", "by_own_factors", "gives_own_factors", "plan", "rule_of"]

GASES = {
    "factor_co2": "CO2",
    "factor_co2_biogenic": "CO2_biogenic",
    "factor_ch4": "CH4",
    "factor_n2o": "N2O",
    "factor_co2e": CO2E,
}
"""The columns of factors and the gas each is of; a general one (`factor_co2e`) is of the gas the row names, if it does."""
COMPANIONS = ("gas", "factor_unit", "distance", "net_calorific_value", "density", "oxidation_rate", "scope")
"""Columns that only say more about a row's own factors."""
_TOLD = Text("排放量由填报方或监测直接给出", "the emission itself was reported or measured")
_OWN = Text("采用行内自报的排放因子", "by the factors given in the row")


def plan(key: ActivityKey) -> Plan:
    """One branch for each factor the row gives.

    Raises:
        Problem: no factor, no scope, both kinds of factor, an unreadable one, or a unit that does not fit the amount's.
    """
    if key.source == "reported_factor" and key.override("scope") not in {"1", "2", "3"}:
        raise Problem(N_("Say the scope of “{item}”: 1, 2 or 3."), item=key.item, at="scope")
    return by_own_factors(key)


def by_own_factors(key: ActivityKey, gases: dict[str, str] | None = None) -> Plan:
    """As `plan`, for a row of any source that gives its own factors; `gases` are the source's own kinds of a gas.

    Raises:
        Problem: as `plan`, the scope being the source's own.
    """
    names = [name for name in GASES if key.override(name)]
    if not names and (emitted := emitted_gas(key.unit)):
        numbers = {"factor": given("factor", Fraction(1), f"{key.unit}/{key.unit}")}
        branch = Branch((gases or {}).get(emitted, emitted), as_told(emitted, key.unit), "emission", numbers)
        return Plan(key.unit, units.to_unit(key.unit, key.unit), (branch,), (_TOLD,))
    if not names:
        raise Problem(
            N_("“{item}” needs an emission factor: give factor_co2, factor_ch4, factor_n2o or factor_co2e."),
            item=key.item,
            at="factor_co2e",
        )
    units.quantity(key.unit)
    if "/" in key.unit or "每" in key.unit:
        raise Problem(
            N_("“{unit}” is a ratio, not the unit of an amount: write for example t, kWh or m3."),
            unit=key.unit,
            at="unit",
        )
    factors = [read_factor(name, _gas(name, key), key) for name in names]
    _refuse_twice(factors, key)
    branches, notes = [], [_OWN]
    for factor in factors:
        way = way_to(factor, key)
        rule, step, numbers = branch_numbers(factor, way, key)
        branches.append(Branch((gases or {}).get(factor.gas, factor.gas), rule, step, numbers))
        notes += [note for note in way.notes if note not in notes]
    return Plan(key.unit, units.to_unit(key.unit, key.unit), tuple(branches), tuple(notes))


def _gas(name: str, key: ActivityKey) -> str:
    """The gas of the column; of the general column, the one the row names."""
    written = key.override("gas")
    if name != "factor_co2e" or not written:
        return GASES[name]
    found = gas_from_text(written)
    if found is None:
        raise Problem(
            N_("“{gas}” is no gas known here: write for example CO2, CH4, N2O, SF6, HFC-134a."),
            gas=written[:40],
            at="gas",
        )
    return found


def _refuse_twice(factors: list[OwnFactor], key: ActivityKey) -> None:
    found = [factor.gas for factor in factors]
    if (CO2E in found and len(found) > 1) or len(set(found)) < len(found):
        raise Problem(
            N_(
                "Give either factors by gas or factor_co2e for “{item}”, not both: the same gas would count twice."
            ),
            item=key.item,
            at="factor_co2e",
        )


def gives_own_factors(key: ActivityKey) -> bool:
    """Whether the row brings emission factors."""
    return any(key.override(name) for name in GASES)


SOURCE: Source = source(
    CONTENT,
    id="reported_factor",
    plan=plan,
    items={},
    rules=(rule_of(CO2E, "t"),),
    free_items=True,
)
