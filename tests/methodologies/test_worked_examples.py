"""Worked examples as data: cases/*.toml, each recomputed by hand from the published formula."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from carbon.errors import Problem
from methodologies.accounting.activity import ActivityKey, ActivityRow
from methodologies.accounting.calculation import calculate, co2e_mg, explain

CASES = [
    pytest.param(case, id=case["name"])
    for file in sorted((Path(__file__).parent / "cases").glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


def row_of(case):
    activity = dict(case["activity"])
    overrides = tuple(sorted(activity.pop("overrides", {}).items()))
    return ActivityRow(ActivityKey(**activity, overrides=overrides), Decimal(case["amount"]))


@pytest.mark.parametrize("case", CASES)
def test_the_example_comes_out_to_the_milligram(case):
    [result] = calculate([row_of(case)])
    if "problem" in case:
        assert isinstance(result, Problem)
        assert case["problem"] in str(result)
        return
    assert not isinstance(result, Problem), str(result)
    assert dict(result.mg) == case["mg"]
    assert result.scope == case.get("scope", result.scope)
    for gwp_set, expected in case.get("co2e_mg", {}).items():
        assert co2e_mg(result.mg, gwp_set) == expected
    if "alternatives" in case:
        found = {method: dict(masses) for method, masses in result.coefficient.alternatives.items()}
        assert found == case["alternatives"]
    if "note" in case:
        assert case["note"] in [note.en for note in result.coefficient.notes]
    if "gap" in case:
        assert any(case["gap"] in gap.en for gap in result.coefficient.gaps)
    if "reason" in case:
        reasons = [
            node.chosen.reason
            for node in result.coefficient.explanation.walk()
            if node.chosen and node.chosen.reason
        ]
        assert any(case["reason"] in reason.en for reason in reasons)


@pytest.mark.parametrize("case", [case for case in CASES if "problem" not in case.values[0]])
def test_its_explanation_is_whole_in_both_languages_and_ends_in_the_same_number(case):
    row = row_of(case)
    [result] = calculate([row])
    told = explain(row.key, row.amount, "AR5")
    assert abs(told.value * 10**9 - co2e_mg(result.mg, "AR5")) < 10**6 * len(result.mg)
    for node in told.walk():
        assert node.name.zh
        assert node.name.en
        assert node.formula is None or (node.formula.zh and node.formula.en and node.numbers)
        if node.chosen and node.chosen.dated:
            source = node.chosen.dated.source
            assert source.document.zh
            assert source.document.en
    assert told.as_text("zh") != told.as_text("en")
    assert told.as_dict() == explain(row.key, row.amount, "AR5").as_dict()
