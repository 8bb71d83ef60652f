"""The example of docs/adding-a-rule.md is a complete, working rule."""

import re
import tomllib
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from carbon.errors import Problem
from methodologies.accounting.activity import ActivityKey

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-rule.md").read_text("utf-8")


def block(language):
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def example(tmp_path):
    # steps are read from their source, so the example needs a file of its own
    module = tmp_path / "shielded_welding.py"
    module.write_text(block("python"), "utf-8")
    names = {"CONTENT": tomllib.loads(block("toml"), parse_float=Fraction), "__name__": "shielded_welding"}
    exec(compile(module.read_text("utf-8"), str(module), "exec"), names)  # noqa: S102 - our own page
    return names


def test_it_computes_explains_and_documents(example):
    key = ActivityKey("shielded_welding", "pure", "吨", date(2024, 1, 1))
    plan = example["SOURCE"].plan(key)
    [branch] = plan.branches
    told = branch.rule.explain("co2", {"amount": plan.per_written_unit}, branch.parameters)
    assert (told.value, told.unit) == (1000, "kgCO2")
    assert told.formula.zh == "保护气消耗量 × 二氧化碳质量分数"
    assert "机械设备制造企业" in told.as_text("zh")
    assert "Sector guide for machinery" in example["RULE"].document("en", example["VALUES"])


def test_it_takes_the_rows_own_share_and_refuses_an_impossible_one(example):
    def share(written):
        key = ActivityKey(
            "shielded_welding", "pure", "kg", date(2024, 1, 1), overrides=(("co2_share", written),)
        )
        return example["SOURCE"].plan(key).branches[0].parameters["co2_share"].value

    assert share("0.2") == Fraction(1, 5)
    with pytest.raises(Problem, match="out of range for the measured mass share of CO2"):
        share("1.2")
