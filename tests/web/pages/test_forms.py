import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from web.pages.forms import Form


@given(st.integers(min_value=0, max_value=10**14))
def test_an_amount_in_yuan_becomes_its_fen(fen):
    assert Form({"amount": f"{fen // 100}.{fen % 100:02d}"}).fen("amount") == fen


@pytest.mark.parametrize(
    "text", ["1,000", "１２", "1.234", "-5", "NaN", "1e5", ".5", "5.", "九", "1 000", ""]
)
def test_an_amount_written_otherwise_is_refused_with_its_field(text):
    with pytest.raises(Problem) as caught:
        Form({"amount": text}).fen("amount")
    assert caught.value.at == "amount"


def test_one_decimal_means_tens_of_fen():
    assert Form({"amount": "2.5"}).fen("amount") == 250


@pytest.mark.parametrize("text", ["2026-02-30", "2026-2-3", "today", "2026-03-31T00:00", "２０２６-03-31"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text):
    with pytest.raises(Problem) as caught:
        Form({"on": text}).day("on")
    assert caught.value.at == "on"


def test_a_whole_number_stays_within_its_bounds():
    assert Form({"months": "12"}).whole("months", minimum=1, maximum=360) == 12
    with pytest.raises(Problem):
        Form({"months": "361"}).whole("months", minimum=1, maximum=360)
    with pytest.raises(Problem):
        Form({"months": "1.5"}).whole("months")


def test_line_breaks_do_not_fit_into_one_line():
    with pytest.raises(Problem):
        Form({"name": "a\nb"}).text("name")


def test_a_password_is_taken_as_typed():
    assert Form({"password": "  two spaces  "}).secret("password", maximum=128) == "  two spaces  "
