"""Every kind of source takes a factor given in its own row, in every usual unit, and comes out to the milligram."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from carbon.errors import Problem
from carbon.rounding import round_mg
from methodologies.accounting.activity import ActivityKey, ActivityRow
from methodologies.accounting.calculation import calculate, coefficient
from methodologies.accounting.catalogue import SOURCES

AMOUNT = Decimal("12.345")
ROWS = [
    pytest.param(source.id, item, unit, id=f"{source.id}-{item}-{unit}")
    for source in SOURCES.values()
    if not source.removes
    for item in list(source.items)[:2] or ["anything"]
    for unit in (source.items[item].units[:3] if item in source.items else ("t", "kWh"))
]


def key(source, item, unit, **own):
    if "scope" in SOURCES[source].options:
        own["scope"] = "3"
    return ActivityKey(source, item, unit, date(2024, 5, 1), "CN-CQ", overrides=tuple(sorted(own.items())))


@pytest.mark.parametrize(("source", "item", "unit"), ROWS)
def test_a_factor_of_the_row_is_taken_in_its_unit(source, item, unit):
    one = key(source, item, unit, factor_co2="2.5", factor_ch4="0.003", factor_n2o="0.0004")
    [found] = calculate([ActivityRow(one, AMOUNT)])
    assert not isinstance(found, Problem), str(found)
    expected = sorted(
        round_mg(Fraction(AMOUNT) * Fraction(text) * 10**6) for text in ("2.5", "0.003", "0.0004")
    )
    assert sorted(found.mg.values()) == expected
    assert {line.winner.level.id for line in found.coefficient.standings} == {"measured"}


@pytest.mark.parametrize(("source", "item", "unit"), ROWS)
def test_a_factor_in_co2_equivalent_is_taken_alone(source, item, unit):
    one = key(source, item, unit, factor_co2e="1.25")
    assert coefficient(one).mg_per_unit == {"CO2e": Fraction(1_250_000)}


@pytest.mark.parametrize("source", [source.id for source in SOURCES.values() if source.removes])
def test_what_lowers_a_total_takes_no_factor_and_says_what_to_use(source):
    known = SOURCES[source]
    item = next(iter(known.items))
    with pytest.raises(Problem):
        coefficient(key(source, item, known.items[item].units[0], factor_co2="1"))
