import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from web.bodies import JSON_DEPTH, checked_text, read_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(min_codepoint=97, max_codepoint=122)), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_ordinary_json_is_read_as_it_is(value):
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_problem(body):
    with contextlib.suppress(Problem):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1, "a": 2}', "occurs twice"),
        (b'{"a": NaN}', "no number"),
        (b'{"a": -Infinity}', "no number"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested"),
        (b"9" * 5000, "digits"),
        (b"1e999999", "digits"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"a": ', "line 1"),
        (b'{"a": "x\\u0000"}', "control"),
        (b'{"a": "\\ud800"}', "control"),
        (b'{"a\\u0000": 1}', "control"),
    ],
)
def test_json_with_a_trick_is_refused_in_words(body, said):
    with pytest.raises(Problem, match=said):
        read_json(body)


def test_brackets_inside_texts_are_not_depth():
    assert read_json(json.dumps({"a": "[" * 100}).encode()) == {"a": "[" * 100}


def test_the_deepest_allowed_json_is_read():
    assert read_json(b"[" * JSON_DEPTH + b"]" * JSON_DEPTH) is not None


def test_texts_are_normalised():
    assert read_json('"e\u0301"'.encode()) == "\u00e9"
    assert checked_text("a\tb\nc") == "a\tb\nc"
