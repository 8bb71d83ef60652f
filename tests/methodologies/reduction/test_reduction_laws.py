"""Laws that hold for every methodology, tried on its worked examples made larger, smaller and split."""

import copy
import math
import re
import tomllib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.confidence import Confidence
from carbon.rules import RuleFault
from methodologies.reduction.catalogue import methodologies, methodology_from_text
from methodologies.reduction.page import document, template
from methodologies.reduction.schema import PROJECT, YEAR
from tests.methodologies.reduction.test_reduction_cases import WORKED, calculated

EXAMPLES = [(case.values[0], case.id) for case in WORKED]
scales = st.fractions(min_value=0, max_value=1000, max_denominator=100)


def report_of(case):
    report = copy.deepcopy(case["report"])
    if "years" in report:
        return report
    top = {key: report.pop(key) for key in ("route", "gwp_set", "conditions") if key in report}
    return {**top, "years": [report]}


@pytest.mark.parametrize(("case", "name"), EXAMPLES, ids=[name for _, name in EXAMPLES])
def test_credits_are_the_net_rounded_down_and_never_negative(case, name):
    result = calculated(case)
    for vintage in result.vintages:
        parts = vintage.parts
        assert vintage.credits >= 0
        assert vintage.credits in {0, max(0, math.floor(parts["net"]))}
        assert 0 <= vintage.rounded_off < 1
        gross = parts["baseline"] - parts["project"] - parts["leakage"]
        gross += parts["project_removal"] - parts["baseline_removal"]
        assert parts["gross"] == gross
        deducted = parts["cap_deduction"] + parts["uncertainty_deduction"] + parts["non_permanence_deduction"]
        assert parts["net"] == gross - deducted
        assert parts["cap_deduction"] >= 0
        if parts["gross"] > 0:
            assert parts["uncertainty_deduction"] >= 0
            assert parts["non_permanence_deduction"] >= 0


@pytest.mark.parametrize(("case", "name"), EXAMPLES, ids=[name for _, name in EXAMPLES])
def test_a_result_is_as_sure_as_its_weakest_part_and_labelled_only_when_its_text_was_read(case, name):
    result = calculated(case)
    assert result.confidence <= result.formula_confidence
    assert all(result.confidence <= chosen.confidence for chosen in result.defaults)
    if result.label:
        assert result.formula_confidence is Confidence.TEXT
    assert all(chosen.confidence is not Confidence.MEMORY for chosen in result.defaults)


@pytest.mark.parametrize("case", [c for c, _ in EXAMPLES if "strata" in c], ids=lambda case: case["name"])
def test_the_whole_is_the_sum_of_its_rows(case):
    """Each row reported alone adds up to the report of all."""
    table, report = case["strata"], report_of(case)
    whole = methodology_from_text(case["methodology"]).calculate(report)
    apart = []
    for year in report["years"]:
        for row in year[table]:
            alone = {**report, "years": [{**year, table: [row]}]}
            apart.append(methodology_from_text(case["methodology"]).calculate(alone))
    parts = [vintage.parts["net"] for result in apart for vintage in result.vintages]
    assert sum(parts) == sum(vintage.parts["net"] for vintage in whole.vintages)


@pytest.mark.parametrize("case", [c for c, _ in EXAMPLES if "grows_with" in c], ids=lambda case: case["name"])
@given(scale=scales)
def test_more_of_what_reduces_never_gives_fewer_credits(case, scale):
    report = report_of(case)
    before = methodology_from_text(case["methodology"]).calculate(report).total
    for year in report["years"]:
        for place in (year, *(row for rows in year.values() if isinstance(rows, list) for row in rows)):
            if isinstance(place, dict) and case["grows_with"] in place:
                place[case["grows_with"]] *= 1 + scale
    assert methodology_from_text(case["methodology"]).calculate(report).total >= before


@pytest.mark.parametrize("id_", list(methodologies()))
def test_every_word_has_both_languages_and_the_page_names_every_field(id_):
    method = methodologies()[id_]
    zh, en = document(method, "zh"), document(method, "en")
    for spec in method.fields.values():
        if spec.is_reported:
            assert f"`{spec.id}`" in zh
            assert f"`{spec.id}`" in en
            assert spec.per in {PROJECT, YEAR, *method.tables}
    assert re.search(r"[一-鿿]", zh)
    for route in method.routes:
        tomllib.loads(template(method, "zh", route))


@pytest.mark.parametrize("id_", list(methodologies()))
def test_a_field_with_a_recalled_figure_has_no_default_taken_from_it(id_):
    method = methodologies()[id_]
    for parameter in method.values.values():
        assert all(value.source.confidence is not Confidence.MEMORY for value in parameter.values)


@pytest.mark.parametrize("id_", list(methodologies()))
def test_every_field_is_used(id_):
    """A field nobody looks at is a question nobody needs to answer."""
    method = methodologies()[id_]
    looked_at = {name for c in method.conditions.values() for name in c.arguments}
    for route in method.routes.values():
        for rule in (route.year, *route.rows.values()):
            looked_at |= set(rule.parameters)
    looked_at |= {name for spec in method.fields.values() for name in spec.by}
    looked_at |= {
        spec.id for spec in method.fields.values() if spec.choices and spec.per in method.row_counts
    }
    assert set(method.fields) - looked_at == set()


def test_a_formula_off_by_a_thousand_does_not_start():
    method = methodologies()["grid_renewables"]
    rule = method.routes["new_plant"].year
    wrong = {**rule.terms, "baseline": type(rule.terms["baseline"])(rule.terms["baseline"].name, "kgCO2e")}
    with pytest.raises(RuleFault, match="times too small"):
        type(rule)("x", "1", rule.name, rule.steps, rule.inputs, rule.parameters, wrong)


def test_fractions_stay_exact_where_the_formula_is():
    result = methodologies()["grid_renewables"].calculate(
        {"year": 2020, "grid": "central", "technology": "solar", "exported": 3, "imported": Fraction(1, 3)}
    )
    expected = (3 - Fraction(1, 3)) * (Fraction("0.8587") * 3 / 4 + Fraction("0.2854") / 4)
    assert result.vintages[0].parts["net"] == expected
