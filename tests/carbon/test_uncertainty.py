"""Uncertainty: what is propagated equals what is drawn, where both may be compared."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.uncertainty import (
    DISTRIBUTIONS,
    Spread,
    draw,
    generator,
    interval,
    of_product,
    of_sum,
    propagate,
    read_spread,
    spread_of_interval,
)

PERCENTS = st.floats(0.1, 25)


@pytest.mark.parametrize(
    ("written", "below", "above", "distribution"),
    [
        ("5", 5, 5, "normal"),
        ("± 5 %", 5, 5, "normal"),
        ("＋－5％", 5, 5, "normal"),
        ("+/-7.5%", 7.5, 7.5, "normal"),
        ("-20/+50%", 20, 50, "lognormal"),
        ("−20% ~ +50%", 20, 50, "lognormal"),
        ("60%", 60, 60, "lognormal"),
    ],
)
def test_an_uncertainty_is_read_as_people_write_it(written, below, above, distribution):
    assert read_spread(written) == Spread(below, above, distribution)


@pytest.mark.parametrize("written", ["", "low", "5 t", "1e9", "-5", "%"])
def test_what_is_no_uncertainty_is_refused(written):
    with pytest.raises(Problem):
        read_spread(written)


def test_an_unknown_distribution_is_refused():
    with pytest.raises(Problem, match="beta"):
        read_spread("5", "beta")


def test_a_product_of_five_and_ten_percent_by_equation_3_1():
    assert of_product([5, 10]) == pytest.approx(math.sqrt(125))


def test_a_sum_by_equation_3_2():
    # sqrt((10 × 100)² + (20 × 50)²) / 150 = 1414.2 / 150
    assert of_sum([(100, 10), (50, 20)]) == pytest.approx(9.42809)


def test_numbers_shared_by_two_terms_move_them_together():
    shared, _ = propagate({"grid factor": [(100, 10), (100, 10)]})
    apart, _ = propagate({"one": [(100, 10)], "other": [(100, 10)]})
    assert shared == pytest.approx(20)
    assert apart == pytest.approx(math.sqrt(200))


def test_a_number_added_here_and_taken_off_there_cancels():
    assert propagate({"factor": [(100, 10), (-100, 10)]})[0] == 0


def test_the_parts_of_the_variance_are_one_together_and_the_largest_comes_first():
    _, parts = propagate({"small": [(10, 5)], "large": [(100, 5)]})
    assert [part.number for part in parts] == ["large", "small"]
    assert sum(part.variance_share for part in parts) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(1, 1e6), PERCENTS), min_size=1, max_size=6), st.integers(0, 5))
def test_a_wider_input_never_narrows_the_sum(terms, place):
    value, percent = terms[place % len(terms)]
    wider = [*terms]
    wider[place % len(terms)] = (value, percent * 1.5)
    assert of_sum(wider) >= of_sum(terms)


@given(st.sampled_from(DISTRIBUTIONS), st.floats(0.5, 10), st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_what_is_drawn_has_the_deviation_that_is_propagated(distribution, percent, seed):
    spread = Spread(percent, percent, distribution)
    drawn = draw(spread, 40_000, generator(seed, "x"))
    assert np.mean(drawn) == pytest.approx(1, abs=4 * spread.deviation / 200 + 1e-9)
    assert np.std(drawn) == pytest.approx(spread.deviation, rel=0.03)


@given(PERCENTS.filter(lambda p: p < 8), PERCENTS.filter(lambda p: p < 8), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_both_approaches_agree_where_the_numbers_are_nearly_sure(first, second, seed):
    product = draw(Spread(first, first), 60_000, generator(seed, "a")) * draw(
        Spread(second, second), 60_000, generator(seed, "b")
    )
    found = interval(product)
    half = (found.above_percent + found.below_percent) / 2
    assert half == pytest.approx(of_product([first, second]), rel=0.04)


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_one_seed_gives_the_same_draws_and_another_name_others(seed):
    spread = Spread(10, 10)
    first = draw(spread, 100, generator(seed, "a"))
    assert (first == draw(spread, 100, generator(seed, "a"))).all()
    assert (first != draw(spread, 100, generator(seed, "b"))).any()


def test_a_share_never_passes_one_and_an_amount_never_zero():
    wide = draw(Spread(90, 90, "normal"), 20_000, generator(1, "x"), most=1.02)
    assert wide.min() >= 0
    assert wide.max() <= 1.02


def test_a_lopsided_interval_comes_back_as_its_ends():
    found = interval(draw(Spread(50, 200, "lognormal"), 200_000, generator(7, "x")))
    assert found.low == pytest.approx(0.5, rel=0.02)
    assert found.high == pytest.approx(3, rel=0.03)


def test_the_interval_a_document_prints_is_told_in_percent_of_the_value():
    assert spread_of_interval(10, 3, 30) == Spread(70, 200, "lognormal")
    assert spread_of_interval(100, 95, 105) == Spread(5, 5, "normal")
    assert spread_of_interval(0, 0, 1) is None


def test_an_interval_that_begins_at_nothing_is_a_triangle():
    spread = spread_of_interval(0.8, 0, 8)
    assert spread == Spread(100, 900, "triangular")
    drawn = draw(spread, 50_000, generator(3, "x"))
    assert drawn.min() >= 0
    assert drawn.max() <= 10
    assert np.std(drawn) == pytest.approx(spread.deviation, rel=0.02)
