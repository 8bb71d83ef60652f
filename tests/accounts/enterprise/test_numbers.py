from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.numbers import DECIMAL_COMMA, POINT_THOUSANDS, ROUNDED, read_number
from carbon.errors import Problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.5"),
        ("１２３４．５", "1234.5"),
        (" 1,234,567.5 ", "1234567.5"),
        ("1 234 567", "1234567"),
        ("1,234", "1234"),
        ("1.2e3", "1200"),
        ("1.2E+05", "120000"),
        (".5", "0.5"),
        ("0", "0"),
        ("１，２３４", "1234"),
        ("1'234.5", "1234.5"),
        ("0.000000000001", "0.000000000001"),
    ],
)
def test_a_number_is_read_as_its_writer_meant_it(text, value):
    assert read_number(text).value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value", "remark"),
    [
        ("1,5", "1.5", DECIMAL_COMMA),
        ("1.234,56", "1234.56", DECIMAL_COMMA),
        ("1.234.567", "1234567", POINT_THOUSANDS),
        ("0.33333333333333331", "0.333333333333", ROUNDED),
    ],
)
def test_a_reading_that_was_a_choice_is_remarked(text, value, remark):
    number = read_number(text)
    assert (number.value, number.remark) == (Decimal(value), remark)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("NaN", "notation key"),
        ("#DIV/0!", "notation key"),
        ("inf", "notation key"),
        ("-5", "negative"),
        ("−5", "negative"),
        ("12a", "not a number"),
        ("1,23,456", "not a number"),
        ("1.2.3", "not a number"),
        ("1,234.5,6", "not a number"),
        ("98%", "percentage"),
        ("1e15", "larger"),
        ("1e-13", "smaller"),
        ("1e999", "larger"),
        ("٣", "not a number"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text, says):
    with pytest.raises(Problem, match=says):
        read_number(text)


def test_a_comma_before_three_digits_is_refused_where_it_may_part_decimals():
    assert read_number("1,234", semicolons=False).value == 1234
    with pytest.raises(Problem, match="two numbers"):
        read_number("1,234", semicolons=True)
    assert read_number("1,23", semicolons=True).value == Decimal("1.23")


def test_a_percentage_is_a_hundredth_where_a_share_is_expected():
    assert read_number("98%", percent=True).value == Decimal("0.98")
    assert read_number("９８％", percent=True).value == Decimal("0.98")


@given(st.decimals(min_value=0, max_value=Decimal(999999999999999), places=6))
def test_writing_a_number_with_thousands_separators_does_not_change_it(value):
    assert read_number(f"{value:,f}").value == value


@given(st.text(max_size=20))
def test_any_text_is_either_a_number_or_a_problem(text):
    try:
        value = read_number(text).value
    except Problem:
        value = Decimal(0)
    assert 0 <= value < 10**15
