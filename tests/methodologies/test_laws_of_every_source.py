"""Additivity, monotonicity, units and warming potentials over every kind of source, each fed with values of its own."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.gases import GWP_SETS, gases
from methodologies.accounting.activity import ActivityKey, ActivityRow
from methodologies.accounting.calculation import calculate, co2e_mg, coefficient
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.gwp import gwp

MONTH = date(2026, 1, 1)


def value_of(name, option):
    """A value every option accepts: a word of its choices, a year, else half."""
    if option.choices:
        return next(iter(option.choices))
    if name.endswith("_year"):
        return "2020"
    return {"mean_temperature": "15", "certificate": "GEC-1", "water_temperature": "80"}.get(name, "0.5")


def fed(source, item, unit):
    """The activity with as few own values as it needs, found by filling what each refusal names."""
    overrides: dict[str, str] = {}
    for _ in range(12):
        key = ActivityKey(
            source.id, item, unit, MONTH, region="CN-CQ", overrides=tuple(sorted(overrides.items()))
        )
        try:
            coefficient(key)
        except Problem as problem:
            options = source.options | SOURCES["reported_factor"].options
            if problem.at in overrides or problem.at not in options:
                return None
            overrides[problem.at] = value_of(problem.at, options[problem.at])
        else:
            return key
    return None


def one_of_each():
    for source in SOURCES.values():
        items = list(source.items.values())[:6] or [None]
        for item in items:
            unit = item.units[0] if item else "t"
            key = fed(source, item.id if item else "anything", unit)
            if key:
                yield key


KEYS = list(one_of_each())
AMOUNTS = st.decimals(0, 10**6, places=3)


def masses(key, amount):
    [found] = calculate([ActivityRow(key, amount)])
    assert not isinstance(found, Problem), str(found)
    return found.mg


def test_every_kind_of_source_can_be_fed():
    missing = set(SOURCES) - {key.source for key in KEYS}
    assert missing == set()


@given(st.sampled_from(KEYS), AMOUNTS, AMOUNTS)
@settings(max_examples=150, deadline=None)
def test_two_amounts_emit_what_their_sum_emits(key, first, second):
    whole = masses(key, first + second)
    for gas, mg in masses(key, first).items():
        assert abs(mg + masses(key, second)[gas] - whole[gas]) <= 1


@given(st.sampled_from(KEYS), AMOUNTS, AMOUNTS)
@settings(max_examples=150, deadline=None)
def test_more_never_emits_less_and_never_saves_less(key, first, second):
    less, more = sorted([first, second])
    sign = -1 if SOURCES[key.source].removes else 1
    assert all(sign * masses(key, less)[gas] <= sign * mg for gas, mg in masses(key, more).items())


THOUSANDTHS = {
    "t": "kg",
    "kg": "g",
    "GJ": "MJ",
    "MWh": "kWh",
    "kWh": "W*h",
    "tC": "kgC",
    "kgN": "gN",
    "km": "m",
}
THOUSANDTHS |= {"m3": "L", "kgCH4": "gCH4", "tCH4": "kgCH4"}


def written_otherwise(key):
    """A bare factor is per the unit written, so that another unit would be another factor."""
    bare = any(name.startswith("factor") or name == "supplier_footprint" for name, _ in key.overrides)
    return key.unit in THOUSANDTHS and not bare


@pytest.mark.parametrize(
    "key", list(filter(written_otherwise, KEYS)), ids=lambda key: f"{key.source}-{key.item}"
)
def test_the_unit_it_is_written_in_changes_nothing(key):
    small = replace(key, unit=THOUSANDTHS[key.unit])
    for gas, per_unit in coefficient(key).mg_per_unit.items():
        assert coefficient(small).mg_per_unit[gas] * 1000 == per_unit


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.source}-{key.item}")
def test_another_gwp_set_is_the_same_masses_weighed_anew(key):
    found = masses(key, Decimal(1234))
    counted = {gas: mg for gas, mg in found.items() if gases()[gas].in_kyoto_basket}
    for gwp_set in GWP_SETS:
        try:
            expected = sum((mg * gwp(gas, gwp_set) for gas, mg in counted.items()), Fraction(0))
        except Problem:
            continue
        assert abs(co2e_mg(found, gwp_set) - expected) <= Fraction(1, 2)
