"""Paths and abatement curves obey their arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.trajectories import Measure, Path, abatement_curve, annuity_factor

amounts = st.integers(0, 10**15).map(Fraction)


@given(amounts, amounts, st.integers(2000, 2040), st.integers(1, 40), st.integers(-5, 50))
def test_a_path_stays_between_its_ends_and_moves_by_equal_steps(base, target, base_year, length, offset):
    path = Path(base_year, base, base_year + length, target)
    year = base_year + offset
    assert min(base, target) <= path.at(year) <= max(base, target)
    assert path.at(base_year) == base
    assert path.at(base_year + length) == target
    if 0 < offset < length:
        assert path.at(year) - path.at(year - 1) == (target - base) / length
    assert path.lag(year, path.at(year)) == 0


def test_a_path_runs_forward():
    with pytest.raises(ValueError, match="after"):
        Path(2030, Fraction(1), 2030, Fraction(0))


def test_an_annuity_without_interest_is_the_even_part_and_with_interest_pays_back_exactly():
    assert annuity_factor(Fraction(0), 8) == Fraction(1, 8)
    rate, years, debt = Fraction(5, 100), 10, Fraction(1000)
    due = debt * annuity_factor(rate, years)
    for _ in range(years):
        debt = debt * (1 + rate) - due
    assert debt == 0
    for wrong in ((Fraction(0), 0), (Fraction(-1), 3)):
        with pytest.raises(ValueError, match="annuity"):
            annuity_factor(*wrong)


measures = st.builds(
    Measure,
    st.text(max_size=3),
    st.integers(0, 10**12),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(1, 30),
    st.integers(1, 10**12),
)


@given(st.lists(measures, max_size=8), st.fractions(0, Fraction(1, 2), max_denominator=200))
def test_the_curve_rises_and_is_as_wide_as_everything_together(several, rate):
    curve = abatement_curve(several, rate)
    assert [step.cost for step in curve] == sorted(step.cost for step in curve)
    assert [step.start for step in curve[1:]] == [step.end for step in curve[:-1]]
    assert (curve[-1].end if curve else 0) == sum(one.avoided_per_year for one in several)
    area = sum(step.cost * (step.end - step.start) for step in curve)
    assert area == sum(one.yearly_net_cost(rate) for one in several)


def test_a_measure_that_saves_more_than_it_costs_has_a_negative_price():
    light = Measure("LED", 10_000_00, 0, 4_000_00, 5, 8)
    assert light.cost_per_unit(Fraction(0)) == Fraction(-2_000_00, 8)
