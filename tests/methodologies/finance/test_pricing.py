from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.text import Text
from methodologies.finance.lpr import Quote, Tenor, in_force, published
from methodologies.finance.pricing import Terms, check_terms, price, tenor_of

TERMS = Terms(
    margins={
        1: Decimal("-0.50"),
        2: Decimal("-0.30"),
        3: Decimal("0.00"),
        4: Decimal("0.30"),
        5: Decimal("0.80"),
    },
    unrated_margin=Decimal("0.50"),
    floor=Decimal("2.45"),
    cap=Decimal("3.70"),
    valid_from=date(2026, 1, 1),
    green_use_discount=Decimal("0.10"),
    bank=Text("样例银行", "Sample Bank"),
)
QUOTE = in_force(published(), date(2026, 11, 22), Tenor.ONE_YEAR)


@pytest.mark.parametrize(
    ("level", "green_use", "rate"),
    [
        (1, False, "2.50"),
        (1, True, "2.45"),
        (2, True, "2.60"),
        (3, False, "3.00"),
        (4, False, "3.30"),
        (5, False, "3.70"),
        (None, False, "3.50"),
    ],
)
def test_the_rate_is_lpr_and_margin_within_floor_and_cap(level, green_use, rate):
    assert price(TERMS, QUOTE, level=level, green_use=green_use).rate_percent == Decimal(rate)


def test_long_loans_take_the_five_year_rate():
    assert tenor_of(TERMS, 60) is Tenor.ONE_YEAR
    assert tenor_of(TERMS, 61) is Tenor.FIVE_YEARS


def test_the_explanation_names_lpr_terms_and_rating():
    priced = price(TERMS, QUOTE, level=2, green_use=True)
    zh, en = priced.explanation.as_text("zh"), priced.explanation.as_text("en")
    assert "执行利率 = 2.6" in zh
    assert "等级2 碳效率较高" in zh
    assert "样例银行产品条款" in zh
    assert "loan prime rate + margin of the borrower's level − discount for a green use" in en
    assert "2026-08-20" in en


def test_a_borrower_without_rating_is_said_to_have_none():
    assert "no rating" in price(TERMS, QUOTE, level=None, green_use=False).explanation.as_text("en")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"margins": {1: Decimal(0)}}, "each level from 1 to 5; these have 1"),
        ({"cap": Decimal("2.00")}, "must not be negative or above the cap"),
        ({"floor": Decimal(-1)}, "must not be negative"),
        ({"cap": Decimal(99)}, "99 points cannot be used"),
        ({"cap": Decimal("NaN")}, "NaN points cannot be used"),
        ({"unrated_margin": Decimal("0.005")}, "0.005 points cannot be used"),
        ({"green_use_discount": Decimal("-0.10")}, "cannot be negative"),
    ],
)
def test_terms_that_could_not_price_every_borrower_are_refused(changed, told):
    with pytest.raises(Problem, match=told):
        check_terms(replace(TERMS, **changed))


@given(st.decimals("0.01", "15", places=2), st.sampled_from([1, 2, 3, 4]), st.booleans())
def test_a_better_level_never_pays_more(lpr, level, green_use):
    quote = Quote(date(2026, 1, 20), Tenor.ONE_YEAR, lpr)
    better = price(TERMS, quote, level=level, green_use=green_use).rate_percent
    worse = price(TERMS, quote, level=level + 1, green_use=green_use).rate_percent
    assert TERMS.floor <= better <= worse <= TERMS.cap
