from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from methodologies.finance.financed_emissions import (
    Borrowing,
    Financed,
    Gap,
    Option,
    financed,
    portfolio_score,
    rule,
    score_of,
)

DAY = date(2026, 11, 22)
T = 10**9


def test_a_loan_finances_its_share_of_the_balance_sheet():
    # 2 million of 8 million yuan of equity and debt: a quarter of 1,000 t.
    found = financed(Borrowing(200_000_000, 800_000_000, 1_000 * T, Option.VERIFIED), day=DAY)
    assert isinstance(found, Financed)
    assert (found.financed_mg, found.attribution, found.score) == (250 * T, Fraction(1, 4), 1)
    assert "outstanding amount ÷ total equity and debt" in found.explanation.as_text("en")
    assert "数据质量分 1" in found.explanation.as_text("zh")


@pytest.mark.parametrize(("option", "score"), [("1a", 1), ("1b", 2), ("2a", 2)])
def test_the_score_follows_the_option(option, score):
    assert score_of(Option(option), DAY) == score


@pytest.mark.parametrize(
    ("equity_and_debt_fen", "emissions_mg", "code", "told"),
    [
        (None, T, "equity-and-debt", "not known"),
        (0, T, "equity-and-debt", "not above zero"),
        (-5, T, "equity-and-debt", "not above zero"),
        (100, None, "emissions", "not known"),
    ],
)
def test_a_missing_figure_is_a_gap_and_not_zero(equity_and_debt_fen, emissions_mg, code, told):
    found = financed(Borrowing(100, equity_and_debt_fen, emissions_mg, Option.FROM_ENERGY), day=DAY)
    assert isinstance(found, Gap)
    assert found.code == code
    assert told in str(found)


def test_a_share_above_one_is_flagged_and_not_capped():
    found = financed(Borrowing(300, 200, 10 * T, Option.REPORTED), day=DAY)
    assert isinstance(found, Financed)
    assert (found.above_one, found.financed_mg) == (True, 15 * T)
    assert "please check" in found.explanation.as_text("en")


@given(st.integers(1, 10**14), st.integers(1, 10**14), st.integers(1, 10**15), st.integers(0, 10**17))
def test_two_loans_finance_as_much_as_one_of_both_amounts(first, second, equity_and_debt, emissions):
    def of(outstanding):
        return financed(
            Borrowing(outstanding, equity_and_debt, emissions, Option.REPORTED), day=DAY
        ).financed_mg

    assert abs(of(first) + of(second) - of(first + second)) <= 1


def test_the_portfolio_score_weighs_by_outstanding():
    assert portfolio_score([(100, 1), (300, 5)]) == Decimal("4.00")
    assert portfolio_score([]) is None


def test_the_rule_is_documented_in_both_languages():
    assert rule().about.zh
    assert rule().about.en
