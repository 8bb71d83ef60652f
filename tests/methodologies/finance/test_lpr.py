from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from carbon.errors import Problem
from methodologies.finance.lpr import (
    Quote,
    Tenor,
    check_quote,
    description,
    in_force,
    moves_too_far,
    published,
)


@pytest.mark.parametrize(
    ("day", "one_year", "five_years"),
    [
        (date(2019, 8, 20), "4.25", "4.85"),
        (date(2024, 2, 19), "3.45", "4.20"),
        (date(2024, 2, 20), "3.45", "3.95"),
        (date(2025, 5, 19), "3.10", "3.60"),
        (date(2025, 5, 20), "3.00", "3.50"),
        (date(2026, 11, 22), "3.00", "3.50"),
    ],
)
def test_a_rate_holds_from_its_day_until_the_next(day, one_year, five_years):
    assert in_force(published(), day, Tenor.ONE_YEAR).percent == Decimal(one_year)
    assert in_force(published(), day, Tenor.FIVE_YEARS).percent == Decimal(five_years)


def test_a_day_before_the_first_quotation_has_no_rate():
    with pytest.raises(Problem, match="No loan prime rate of 1Y is known for 2019-08-19"):
        in_force(published(), date(2019, 8, 19), Tenor.ONE_YEAR)


def test_the_shipped_series_passes_its_own_checks_and_has_85_days():
    assert len(published()) == 170
    for tenor in Tenor:
        series = [quote for quote in published() if quote.tenor is tenor]
        assert series == sorted(series)
        for quote in series:
            check_quote(quote, today=date(2026, 9, 1))
        assert not [
            after for before, after in pairwise(series) if moves_too_far(before.percent, after.percent)
        ]


def test_a_larger_step_than_ever_seen_needs_a_person():
    assert moves_too_far(Decimal("3.50"), Decimal("3.20"))
    assert not moves_too_far(Decimal("3.50"), Decimal("3.25"))


def test_a_quotation_of_tomorrow_is_refused():
    with pytest.raises(Problem, match="lies in the future"):
        check_quote(Quote(date(2026, 9, 2), Tenor.ONE_YEAR, Decimal("3.00")), today=date(2026, 9, 1))


def test_the_series_names_its_issuer_and_document():
    about = description()["series"]
    assert "PBoC" in about["issuer"]
    assert "〔2019〕第15号" in about["document"]
