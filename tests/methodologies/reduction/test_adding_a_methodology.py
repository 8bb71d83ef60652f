"""The example of docs/adding-a-methodology.md is a complete, working methodology."""

import re
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from methodologies.reduction import page

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "adding-a-methodology.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def example(tmp_path, monkeypatch):
    package = tmp_path / "newcomers"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "straw_power.toml").write_text(blocks("toml")[0], "utf-8")
    shared = ROOT / "methodologies" / "reduction" / "grid_baseline.toml"
    (package / "grid_baseline.toml").write_text(shared.read_text("utf-8"), "utf-8")
    [code] = blocks("python")
    module = package / "straw_power.py"
    module.write_text(code.replace("PACKAGE", '"newcomers"'), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = {"__name__": "straw_power"}
    exec(compile(module.read_text("utf-8"), str(module), "exec"), names)  # noqa: S102 - our own page
    yield names["METHODOLOGY"]
    sys.modules.pop("newcomers", None)


def test_its_report_is_computed_explained_and_documented(example):
    report = tomllib.loads(blocks("toml")[1], parse_float=Fraction)
    result = example.calculate(report, explain=True)
    [vintage] = result.vintages
    assert vintage.parts["baseline"] == 20000 * (Fraction("0.8587") + Fraction("0.2854")) / 2
    assert vintage.parts["project"] == 375
    assert (vintage.credits, result.label, result.applicable) == (11066, None, True)
    assert "秸秆运输排放量" in vintage.periods[0].explanation.as_text("zh")
    assert "Straw power" in page.document(example, "en")
    assert "straw_burnt" in page.template(example, "zh")
