from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.confidence import Confidence
from carbon.errors import Problem
from methodologies.finance import rating

DAY = date(2025, 12, 31)
T, WAN = 10**9, 10**6


def rated(k, *, day=DAY):
    """An enterprise whose K is `k`: value added 10,000 x 10,000 yuan, benchmark 1 t per 10,000 yuan."""
    return rating.rate(
        co2_mg=int(Fraction(k) * 10_000 * T), value_added_fen=10_000 * WAN, benchmark=Fraction(1), day=day
    )


@pytest.mark.parametrize(
    ("k", "level"),
    [
        ("0", 1),
        ("0.6", 1),
        ("0.600000001", 2),
        ("0.8", 2),
        ("0.800000001", 3),
        ("1.2", 3),
        ("1.200000001", 4),
        ("2", 4),
        ("2.000000001", 5),
        ("40", 5),
    ],
)
def test_a_bound_belongs_to_the_better_level(k, level):
    assert rated(k).level == level


def test_the_published_example_of_every_word():
    result = rating.rate(co2_mg=12_000 * T, value_added_fen=10_000 * WAN, benchmark=Fraction(3, 2), day=DAY)
    assert result.efficiency == Fraction(4, 5)
    assert (result.level, result.label.zh, result.label.en) == (
        2,
        "等级2 碳效率较高",
        "level 2: fairly high efficiency",
    )
    assert (result.intensity_level, result.intensity_label.zh) == (2, "中碳")


@pytest.mark.parametrize(
    ("tonnes", "label"), [(6_000, "低碳"), (6_001, "中碳"), (20_000, "中碳"), (20_001, "高碳")]
)
def test_carbon_per_value_added_alone_gives_low_medium_high(tonnes, label):
    result = rating.rate(co2_mg=tonnes * T, value_added_fen=10_000 * WAN, benchmark=Fraction(1), day=DAY)
    assert result.intensity_label.zh == label


def test_own_zero_carbon_power_is_deducted():
    result = rating.rate(
        co2_mg=10_000 * T,
        deducted_co2_mg=5_000 * T,
        value_added_fen=10_000 * WAN,
        benchmark=Fraction(1),
        day=DAY,
    )
    assert (result.level, result.efficiency) == (1, Fraction(1, 2))


@given(st.integers(0, 10**17), st.integers(1, 10**14), st.fractions("0.01", "20"))
def test_a_cleaner_enterprise_is_never_rated_worse(co2_mg, value_added_fen, benchmark):
    def level(mg):
        return rating.rate(co2_mg=mg, value_added_fen=value_added_fen, benchmark=benchmark, day=DAY).level

    assert level(co2_mg) >= level(co2_mg * 9 // 10)


def test_the_explanation_shows_formula_bounds_source_and_weakest_confidence():
    explained = rated("0.7").explanation
    assert explained.confidence is Confidence.ONE_SECONDARY
    assert "碳效值(K) = 0.7" in explained.as_text("zh")
    assert "规上工业企业碳效等级评价方法" in explained.as_text("zh")
    assert "net emission ÷ value added" in explained.as_text("en")


def test_no_benchmark_is_said_and_not_guessed():
    with pytest.raises(Problem, match="no benchmark for this industry and year"):
        rating.rate(co2_mg=T, value_added_fen=WAN, benchmark=None, day=DAY)


@pytest.mark.parametrize("value_added_fen", [0, -1])
def test_no_value_added_gives_no_rating(value_added_fen):
    with pytest.raises(Problem, match="above zero to be compared"):
        rating.rate(co2_mg=T, value_added_fen=value_added_fen, benchmark=Fraction(1), day=DAY)


def test_a_benchmark_of_zero_is_refused():
    with pytest.raises(Problem, match="must be above zero"):
        rating.rate(co2_mg=T, value_added_fen=WAN, benchmark=Fraction(0), day=DAY)


def test_a_day_before_the_bounds_is_refused():
    with pytest.raises(Problem, match="2020-12-31"):
        rated("1", day=date(2020, 12, 31))
