"""First-order decay: a deposit gives off what it holds, little by little and no more."""

import math
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.landfill import emission_series


def deposit(**own):
    words = {"deposit_year": "2006", "landfill_site": "managed", "climate": "temperate_wet", **own}
    return ActivityKey("landfill", "paper", "t", date(2006, 1, 1), overrides=tuple(sorted(words.items())))


def series(key, first, last):
    return [coefficient(year).mg_per_unit["CH4_biogenic"] for _, year in emission_series(key, first, last)]


@given(st.decimals("0.1", "2", places=2))
def test_all_years_together_give_off_what_the_deposit_holds(decay_rate):
    held = Fraction("0.4") * Fraction("0.5") * Fraction("0.5") * Fraction(16, 12) * 10**9
    years = series(deposit(decay_rate=str(decay_rate)), 2006, 2006 + int(20 / decay_rate))
    assert abs(sum(years) / held - 1) < Fraction(1, 10**6)


@given(st.decimals("0.1", "2", places=2))
def test_each_later_year_gives_off_less(decay_rate):
    first, *later = series(deposit(decay_rate=str(decay_rate)), 2006, 2030)
    assert first == 0
    assert later == sorted(later, reverse=True)
    assert all(mg > 0 for mg in later)


def test_faster_decay_comes_earlier():
    slow, fast = (sum(series(deposit(decay_rate=rate), 2007, 2011)) for rate in ("0.03", "0.2"))
    assert fast > slow


def test_it_equals_the_guidelines_own_reckoning_year_by_year():
    """IPCC 2006, Volume 5, equations 3.4 to 3.6: what is left decays, year after year."""
    key = deposit(decay_rate="0.06", captured_share="0.25", oxidised_share="0.1")
    left = 0.4 * 0.5
    for mg in series(key, 2007, 2036):
        decomposed = left * (1 - math.exp(-0.06))
        left -= decomposed
        expected = decomposed * 0.5 * 16 / 12 * 0.75 * 0.9 * 10**9
        assert math.isclose(mg, expected, rel_tol=1e-9)
