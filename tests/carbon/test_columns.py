"""Distinct values of a column."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.columns import distinct


@given(
    st.one_of(
        st.lists(st.sampled_from(["CN-CQ", "CN-SC", "万kWh", "", "a"])),
        st.lists(st.integers(-50, 50)),
        st.lists(st.integers(-(2**62), 2**62)),
    )
)
def test_the_codes_give_the_column_back_and_no_value_stands_twice(values):
    column = np.array(values, dtype="U5" if values and isinstance(values[0], str) else np.int64)
    found, codes = distinct(column)
    assert found[codes].tolist() == column.tolist()
    assert len(set(found.tolist())) == len(found)


@pytest.mark.parametrize("empty", [np.array([], dtype="U3"), np.array([], dtype=np.int64)])
def test_an_empty_column_has_no_values(empty):
    found, codes = distinct(empty)
    assert (len(found), len(codes)) == (0, 0)
