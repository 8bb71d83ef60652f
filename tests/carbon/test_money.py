from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.money import LIMIT_FEN, fen_of_yuan, positive_fen, round_fen, yuan, yuan_text


@pytest.mark.parametrize(
    ("exact", "whole"),
    [
        (Decimal("0.5"), 1),
        (Decimal("-0.5"), -1),
        (Decimal("1.5"), 2),
        (Decimal("2.5"), 3),
        (Decimal("0.4999999999999999999999999999999999"), 0),
        (Fraction(1, 3), 0),
        (Fraction(-2, 3), -1),
        (7, 7),
    ],
)
def test_half_a_fen_goes_away_from_zero(exact, whole):
    assert round_fen(exact) == whole


@given(st.fractions(min_value=-(10**12), max_value=10**12))
def test_rounding_never_moves_an_amount_by_more_than_half_a_fen(exact):
    assert abs(round_fen(exact) - exact) <= Fraction(1, 2)
    assert round_fen(-exact) == -round_fen(exact)


@given(st.integers(-(10**17), 10**17))
def test_fen_written_in_yuan_read_back_the_same(fen):
    assert fen_of_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    "text", ["", "-", "1e5", "NaN", "Infinity", "1,000", "１２", "0x10", "1.2.3", "1 000", "1_0"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Problem, match="no amount in yuan"):
        fen_of_yuan(text)


def test_a_part_of_a_fen_is_refused_and_not_rounded_away():
    with pytest.raises(Problem, match=r"12\.345 yuan has a part of a fen"):
        fen_of_yuan("12.345")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(Problem, match="must be a number"):
        round_fen(value)


def test_more_than_the_limit_is_refused_with_the_limit():
    with pytest.raises(Problem, match=r"the limit is 1,000,000,000,000,000\.00 yuan"):
        round_fen(LIMIT_FEN + 1)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_that_must_be_positive_says_so(amount):
    with pytest.raises(Problem, match="more than zero") as told:
        positive_fen(amount, at="principal_fen")
    assert told.value.at == "principal_fen"


def test_yuan_are_written_as_people_read_them():
    assert yuan_text(123456789) == "1,234,567.89"
    assert yuan_text(-5) == "-0.05"
