import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.identity.credit_code import ALPHABET, check_character, checked_credit_code
from carbon.errors import Problem

first_17 = st.text(ALPHABET, min_size=17, max_size=17)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "91440300708461136T"])
def test_published_codes_are_accepted(code):
    assert checked_credit_code(f" {code[:8].lower()} {code[8:]} ") == code


@given(first_17)
def test_every_complete_code_is_accepted(text):
    assert checked_credit_code(text + check_character(text)) == text + check_character(text)


@given(first_17, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_every_single_slip_is_noticed(text, place, other):
    code = text + check_character(text)
    assume(code[place] != other)
    with pytest.raises(Problem):
        checked_credit_code(code[:place] + other + code[place + 1 :])
