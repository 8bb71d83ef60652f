from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.pages import formats


def test_tonnes_come_from_milligrams_with_the_stated_digits():
    assert formats.tonnes(1_234_567_890_123, "en") == "1,234.57"
    assert formats.tonnes(1_234_567_890_123, "zh", 3) == "1,234.568"


def test_a_trace_is_never_shown_as_nothing():
    assert formats.tonnes(1, "en") == "< 0.01"
    assert formats.tonnes(0, "en") == "0.00"


@given(st.integers(min_value=1, max_value=10**18))
def test_no_amount_above_zero_reads_as_zero(amount_mg):
    assert formats.tonnes(amount_mg, "zh") != "0.00"


def test_money_is_written_in_each_readers_way():
    assert formats.yuan(250_000_000_05, "zh") == "250,000,000.05 元"
    assert formats.yuan(-105, "en") == "CNY -1.05"


def test_days_and_months_are_written_in_each_readers_way():
    assert formats.day(date(2024, 3, 5), "zh") == "2024年3月5日"
    assert formats.day(date(2024, 3, 5), "en") == "5 March 2024"
    assert formats.month(date(2024, 3, 1), "zh") == "2024年3月"
    assert formats.month(date(2024, 3, 1), "en") == "March 2024"


def test_an_instant_is_shown_in_the_citys_time():
    assert formats.instant(datetime(2024, 12, 31, 16, 30, tzinfo=UTC), "zh") == "2025年1月1日 00:30"


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(1, 4), "0.25"), (Decimal("3.450"), "3.45"), (1234567, "1,234,567")]
)
def test_a_number_keeps_its_own_digits(value, text):
    assert formats.number(value, "en") == text


def test_a_share_reads_as_a_percentage():
    assert formats.percent(Decimal("0.0345"), "en") == "3.45%"
