"""Worked examples as data: cases/*.toml, each recomputed by hand from the formulas of the methodology."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from carbon.errors import Problem
from methodologies.reduction.catalogue import methodologies, methodology_from_text

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parent / "cases").glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"), parse_float=Fraction)["case"]
]
WORKED = [case for case in CASES if "problem" not in case.values[0]]


def calculated(case, *, explain=False):
    return methodology_from_text(case["methodology"]).calculate(case["report"], explain=explain)


@pytest.mark.parametrize("case", CASES)
def test_the_example_comes_out(case):
    if "problem" in case:
        with pytest.raises(Problem) as refused:
            calculated(case)
        assert case["problem"] in str(refused.value)
        assert refused.value.at == case["at"]
        return
    result = calculated(case).as_dict()
    for year in result["vintages"]:
        expected = case["years"][str(year["year"])]
        steps = {name: sum(p["steps"][name] for p in year["periods"]) for name in year["periods"][0]["steps"]}
        for name, value in expected.items():
            found = year.get(name, steps.get(name))
            assert found == pytest.approx(float(value), abs=1e-6, rel=1e-9), name
    assert {str(year["year"]) for year in result["vintages"]} == set(case["years"])
    for key in ("label", "confidence", "applicable"):
        if key in case:
            assert (result[key] or "none") == case[key]
    unmet = {answer["id"] for answer in result["conditions"] if answer["met"] is False}
    assert unmet == set(case.get("unmet", ()))


@pytest.mark.parametrize("case", WORKED)
def test_its_explanation_is_whole_in_both_languages_and_ends_in_the_same_number(case):
    for vintage in calculated(case, explain=True).vintages:
        told = [period.explanation for period in vintage.periods]
        assert sum(tree.value for tree in told) == vintage.parts["net"]
        for tree in told:
            for node in tree.walk():
                assert node.name.zh
                assert node.name.en
                assert node.formula is None or (node.formula.zh and node.formula.en and node.numbers)
            assert tree.as_text("zh") != tree.as_text("en")


def test_every_methodology_has_a_worked_example():
    worked = {methodology_from_text(case.values[0]["methodology"]).id for case in WORKED}
    assert worked == set(methodologies())
