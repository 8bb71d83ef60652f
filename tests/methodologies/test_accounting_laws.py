"""Laws that hold for every source, whatever its numbers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.gases import GWP_SETS
from carbon.inventory import Entry, Inventory
from carbon.rounding import round_mg
from methodologies.accounting.activity import ActivityKey, ActivityRow
from methodologies.accounting.calculation import calculate, calculate_columns, co2e_mg, coefficient
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.fuels import GUIDES
from methodologies.factors.gwp import gwp

MONTH = date(2026, 3, 1)
FUELS = [
    ActivityKey("fuel_combustion", fuel, "t", MONTH, guide=guide)
    for guide in ("GBT2024", "NDRC2013")
    for fuel in sorted(GUIDES[guide].fuels())
    if GUIDES[guide].parameters[f"{fuel}.net_calorific_value"].unit == "GJ/t"
]
OTHERS = [
    ActivityKey("purchased_electricity", "grid", "kWh", MONTH, region="CN-CQ"),
    ActivityKey("purchased_heat", "heat", "GJ", MONTH),
    ActivityKey("refrigerant_leakage", "R404A", "kg", MONTH),
    ActivityKey("fuel_combustion", "natural_gas", "m3", MONTH),
]


def by_published_values():
    """An activity of every item of every source that needs nothing but its amount."""
    for source in SOURCES.values():
        for item in source.items.values():
            key = ActivityKey(source.id, item.id, item.units[0], MONTH, region="CN-CQ")
            try:
                coefficient(key)
            except Problem:
                continue
            yield key


EVERYTHING = list(by_published_values())
KEYS = st.one_of(st.sampled_from(FUELS + OTHERS), st.sampled_from(EVERYTHING))
AMOUNTS = st.decimals(0, 10**6, places=4)


def masses(key, amount):
    [emission] = calculate([ActivityRow(key, amount)])
    return emission.mg


@given(KEYS, AMOUNTS)
def test_every_milligram_is_the_fraction_rounded_once(key, amount):
    expected = {
        gas: round_mg(Fraction(amount) * per_unit) for gas, per_unit in coefficient(key).mg_per_unit.items()
    }
    assert masses(key, amount) == expected


@given(KEYS, AMOUNTS, AMOUNTS)
def test_two_amounts_emit_what_their_sum_emits(key, first, second):
    whole = masses(key, first + second)
    for gas, mg in masses(key, first).items():
        assert abs(mg + masses(key, second)[gas] - whole[gas]) <= 1


@given(KEYS, AMOUNTS, AMOUNTS)
def test_more_activity_never_emits_less_and_never_saves_less(key, first, second):
    less, more = sorted([first, second])
    sign = -1 if SOURCES[key.source].removes else 1
    assert all(sign * masses(key, less)[gas] <= sign * mg for gas, mg in masses(key, more).items())


@given(
    st.sampled_from(
        [
            (FUELS[0], "公斤", 1000),
            (FUELS[0], "kt", Fraction(1, 1000)),
            (OTHERS[0], "万kWh", Fraction(1, 10_000)),
            (OTHERS[0], "GJ", Fraction(36, 10_000)),
            (OTHERS[1], "MJ", 1000),
            (OTHERS[2], "g", 1000),
            (OTHERS[3], "万m3", Fraction(1, 10_000)),
            (OTHERS[3], "标方", 1),
        ]
    )
)
def test_the_unit_it_is_written_in_does_not_matter(case):
    key, unit, units_per_unit = case
    other = ActivityKey(**{**vars(key), "unit": unit})
    for gas, per_unit in coefficient(key).mg_per_unit.items():
        assert coefficient(other).mg_per_unit[gas] * units_per_unit == per_unit


@given(
    st.dictionaries(st.sampled_from(["CO2", "CH4", "N2O", "HFC134a", "SF6"]), st.integers(0, 10**15)),
    st.sampled_from(GWP_SETS),
)
def test_another_gwp_set_only_weighs_the_same_masses_anew(found, gwp_set):
    assert co2e_mg(found, gwp_set) == round_mg(
        sum((mg * gwp(gas, gwp_set) for gas, mg in found.items()), Fraction(0))
    )


@given(st.lists(st.tuples(KEYS, AMOUNTS), max_size=12), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    def inventory(some):
        entries = [
            Entry(gas, mg, emission.scope, emission.row.key.source)
            for emission in calculate([ActivityRow(*row) for row in some])
            for gas, mg in emission.mg.items()
        ]
        return Inventory.of(entries).by("gas", "scope", "source")

    assert inventory(rows) == inventory(random.sample(rows, len(rows)))


@given(KEYS)
def test_a_coefficient_carries_the_weakest_confidence_and_a_fingerprint_of_its_numbers(key):
    found = coefficient(key)
    numbers = [node.chosen.confidence for node in found.explanation.walk() if node.chosen]
    assert found.confidence == min(numbers, default=found.confidence)
    assert len(found.parameters_hash) == 64
    assert all(rule.partition("@")[2] for rule in found.rule_version.split(";"))


def test_the_laws_are_tried_on_most_sources():
    assert len({key.source for key in EVERYTHING}) > 25


def test_other_numbers_have_another_fingerprint():
    mine = ActivityKey("purchased_electricity", "grid", "kWh", MONTH, region="CN-CQ")
    sichuan = ActivityKey("purchased_electricity", "grid", "kWh", MONTH, region="CN-SC")
    assert coefficient(mine).parameters_hash != coefficient(sichuan).parameters_hash


def test_both_electricity_results_stand_side_by_side_and_only_one_is_the_total():
    located = coefficient(ActivityKey("purchased_electricity", "grid", "kWh", MONTH, region="CN-CQ"))
    marketed = coefficient(
        ActivityKey("purchased_electricity", "grid", "kWh", MONTH, region="CN-CQ", method="market")
    )
    assert located.alternatives == {"market": marketed.mg_per_unit}
    assert marketed.alternatives == {"location": located.mg_per_unit}


def test_an_activity_of_nothing_emits_nothing():
    assert set(masses(FUELS[0], Decimal(0)).values()) == {0}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10**12)), min_size=1, max_size=20))
def test_whole_columns_equal_row_by_row_in_every_milligram(rows):
    codes, amounts = (np.array(column) for column in zip(*rows, strict=True))
    columns = calculate_columns(OTHERS, codes, amounts, scale=3)
    for place, (code, amount) in enumerate(rows):
        one_by_one = masses(OTHERS[code], Decimal(amount).scaleb(-3))
        assert {gas: int(column[place]) for gas, column in columns.items() if gas in one_by_one} == one_by_one
        assert all(column[place] == 0 for gas, column in columns.items() if gas not in one_by_one)
