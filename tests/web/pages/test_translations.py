"""Every text has its Chinese: the same check as `make check` runs."""

import importlib.util
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def check():
    folder = str(HOME / "scripts")
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.spec_from_file_location(
            "check_translations", HOME / "scripts/check_translations.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(folder)


def test_every_text_has_chinese_and_keeps_its_values(check):
    assert list(check.complaints()) == []


def test_a_lost_value_is_noticed(check):
    assert check.places("{bank} until {day}") != check.places("{bank}")
    assert check.places("50 % {bank}") == ["bank"]
