import re
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from accounts.identity.permissions import Permission
from scheduler.timetable import TIMETABLE
from web.pages import words
from web.pages.settings import PERMISSIONS_IN_WORDS


def test_every_permission_is_said_in_words():
    assert set(PERMISSIONS_IN_WORDS) == {permission.value for permission in Permission}


def test_every_series_of_the_timetable_is_said_in_words():
    assert set(words.SERIES) == {series.name for series in TIMETABLE}


@pytest.mark.parametrize(
    ("value", "text"),
    [("1234567.5", "1,234,567.5"), ("0.0000817551", "0.0000817551"), ("0", "0"), ("1/3", "1/3")],
)
def test_an_explained_value_is_grouped_and_never_rounded_to_nothing(value, text):
    assert words.shown_value("en", value) == text


def test_points_carry_their_sign():
    assert words.signed(Decimal("-0.3")) == "−0.30"
    assert words.signed(Decimal("0.45")) == "+0.45"
    assert words.signed(Decimal(0)) == "0.00"


def test_what_a_bank_read_is_said_in_words():
    assert words.subject_words("en", "account 2025") == "emissions account 2025"
    assert words.subject_words("en", "something else") == "something else"


def test_a_result_shows_money_as_money_and_leaves_out_what_is_empty():
    result = {"loans": 1, "interest_fen": 10_053_334, "refused": []}
    assert words.result_words("en", result) == ["loans: 1", "interest: CNY 100,533.34"]


def test_templates_escape_and_hold_no_inline_style_or_script():
    for entry in (files("web") / "templates").iterdir():
        text = entry.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), entry.name
        assert "style=" not in text, entry.name
        assert "javascript:" not in text, entry.name
        assert not re.search(r"\son[a-z]+=", text), entry.name


REVIEWED = {
    "charts.py": "the data block of a chart, written with < and & as escapes",
    "rendering.py": "the hidden field of a form, its token formatted, hence escaped",
    "second_factor.py": "the same field after a step-up, and the QR code drawn by us from a pattern of modules, without text",
}


def test_markup_is_made_in_reviewed_places_only():
    """Everything else is escaped by Jinja (INP-9)."""
    pages = Path(str(files("web")))
    made = {path.name for path in pages.rglob("*.py") if re.search(r"\bMarkup\(", path.read_text("utf-8"))}
    assert made == set(REVIEWED)
