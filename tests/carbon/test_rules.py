"""Named steps over columns, one exact row, and their explanation."""

import time
import tomllib
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from carbon.columns import choose, exponential, greatest, least
from carbon.parameters import given, read
from carbon.rules import RuleFault, build

TOML = """
version = "3"
zh = "试验"
en = "Trial"
[about]
zh = "一条试验规则"
en = "a rule on trial"
[inputs.amount]
zh = "用量"
en = "amount"
unit = "t"
[parameters.heat_value]
zh = "热值"
en = "heat value"
unit = "GJ/t"
[parameters.factor]
zh = "因子"
en = "factor"
unit = "kgCO2/GJ"
[steps.heat]
zh = "热量"
en = "heat"
unit = "GJ"
[steps.emission]
zh = "排放量"
en = "emission"
unit = "kgCO2"
"""

VALUES = """
[documents.d]
zh = "某文件"
en = "a document"
clause = "2"
[defaults]
document = "d"
[heat_value]
unit = "MJ/kg"
values = [{ from = 2020-01-01, value = 20.5, confidence = "text" }, { from = 2024-01-01, value = 21.5, confidence = "text" }]
[factor]
unit = "tCO2/TJ"
values = [{ from = 2020-01-01, value = 94.6, confidence = "one-secondary" }]
"""


def heat(amount, heat_value):
    return amount * heat_value


def emission(heat, factor):
    return heat * factor


def content():
    return tomllib.loads(TOML, parse_float=Fraction)


def rule():
    return build(content(), [emission, heat], id="trial")


def values():
    return read(tomllib.loads(VALUES, parse_float=Fraction), where="trial")


def chosen(day=date(2024, 5, 1)):
    return {name: parameter.at(day) for name, parameter in values().items()}


def test_steps_run_in_the_order_their_names_ask_for():
    assert rule().order == ("heat", "emission")
    assert rule().exactly("emission", {"amount": Fraction(2)}, chosen())["emission"] == 2 * Fraction(
        "21.5"
    ) * Fraction("94.6")


def test_a_misspelt_argument_cannot_start_and_names_the_nearest():
    def emission(haet, factor):
        return haet * factor

    with pytest.raises(RuleFault, match=r"asks for “haet”.*Did you mean heat"):
        build(content(), [heat, emission], id="trial")


def test_steps_in_a_circle_cannot_start():
    def heat(emission, heat_value):
        return emission * heat_value

    with pytest.raises(RuleFault, match="circle"):
        build(content(), [heat, emission], id="trial")


def test_a_formula_whose_units_do_not_fit_cannot_start():
    def heat(amount, heat_value):
        return amount / heat_value

    with pytest.raises(RuleFault, match="does not give GJ"):
        build(content(), [heat, emission], id="trial")


def test_a_formula_off_by_a_thousand_cannot_start():
    table = content()
    table["parameters"]["factor"]["unit"] = "kgCO2/TJ"
    with pytest.raises(RuleFault, match="times too small"):
        build(table, [heat, emission], id="trial")


def test_a_step_without_names_or_unit_cannot_start():
    table = content()
    del table["steps"]["heat"]
    with pytest.raises(RuleFault, match=r"no \[steps.heat\]"):
        build(table, [heat, emission], id="trial")
    table = content()
    del table["steps"]["heat"]["en"]
    with pytest.raises(RuleFault, match="no text in en"):
        build(table, [heat, emission], id="trial")
    table = content()
    table["steps"]["heat"]["unit"] = "bananas"
    with pytest.raises(RuleFault, match="bananas"):
        build(table, [heat, emission], id="trial")


def test_a_step_that_is_no_formula_needs_its_formula_in_words():
    def heat(amount, heat_value):
        result = amount * heat_value
        return result  # noqa: RET504 - the point of the test

    with pytest.raises(RuleFault, match="formula in words"):
        build(content(), [heat, emission], id="trial")
    table = content()
    table["steps"]["heat"]["formula"] = {"zh": "用量乘热值", "en": "amount times heat value"}
    assert build(table, [heat, emission], id="trial").formulas["heat"].zh == "用量乘热值"


def test_columns_take_the_value_of_each_rows_day():
    days = np.array(["2023-06-01", "2024-06-01"], dtype="datetime64[D]")
    result = rule().run({"amount": np.array([1.0, 1.0])}, values(), days=days)
    assert result["heat"].tolist() == [20.5, 21.5]
    assert result["emission"] == pytest.approx([20.5 * 94.6, 21.5 * 94.6])


def test_columns_and_the_exact_row_agree():
    amounts = np.linspace(0.1, 1e6, 50)
    columns = rule().run({"amount": amounts}, chosen())["emission"]
    exact = [
        float(rule().exactly("emission", {"amount": Fraction(float(a))}, chosen())["emission"])
        for a in amounts
    ]
    assert columns == pytest.approx(exact, rel=1e-14)


def test_a_million_rows_take_well_under_a_second_for_each_step():
    count = 1_000_000
    amounts = np.arange(count, dtype=np.float64)
    days = np.datetime64("2021-01-01") + (np.arange(count) % 1400).astype("timedelta64[D]")
    started = time.perf_counter()
    result = rule().run({"amount": amounts}, values(), days=days)
    # two steps and two dated look-ups; the bound leaves room for a busy machine
    assert time.perf_counter() - started < 2 * 1.0
    assert len(result["emission"]) == count


def test_the_explanation_tells_formula_numbers_source_and_weakest_confidence():
    told = rule().explain("emission", {"amount": Fraction(2)}, chosen())
    assert told.formula.zh == "热量 × 因子"
    assert told.formula.en == "heat × factor"
    assert told.numbers == "43 GJ × 94.6 kgCO2/GJ"
    assert told.confidence.id == "one-secondary"
    shown = told.as_dict()
    assert shown["children"][1]["parameter"]["document"]["en"] == "a document"
    assert shown["children"][1]["parameter"]["clause"] == "2"
    assert shown["children"][1]["parameter"]["from"] == "2020-01-01"
    for language, words in (
        ("zh", ["某文件", "可信度", "公式", "填报值"]),
        ("en", ["a document", "confidence", "formula", "as reported"]),
    ):
        text = told.as_text(language)
        assert all(word in text for word in words)


def test_a_parameter_of_the_wrong_dimension_is_refused():
    with pytest.raises(Exception, match="is needed here"):
        rule().exactly(
            "heat", {"amount": Fraction(1)}, {"heat_value": given("heat_value", Fraction(1), "kWh")}
        )


def test_the_page_is_written_from_the_same_words_in_both_languages():
    zh, en = rule().document("zh", values()), rule().document("en", values())
    assert "**排放量** (kgCO2) = 热量 × 因子" in zh
    assert "**emission** (kgCO2) = heat × factor" in en
    assert "| `heat_value` | 20.5 | MJ/kg | 2020-01-01 | 2023-12-31 |" in en


def test_choices_mean_the_same_for_a_column_and_for_one_row():
    column = np.array([1.0, 5.0])
    assert least(column, 3.0).tolist() == [least(1.0, 3.0), least(5.0, 3.0)] == [1.0, 3.0]
    assert greatest(Fraction(1), Fraction(3)) == 3
    assert choose(column > 2, 1, 0).tolist() == [0, 1]
    assert float(exponential(Fraction(1))) == pytest.approx(float(exponential(np.array([1.0]))[0]))


def test_choices_are_explained_in_words_and_their_units_are_proven():
    table = content()
    table["parameters"]["cap"] = {"zh": "上限", "en": "cap", "unit": "GJ"}

    def heat(amount, heat_value, cap):
        return least(amount * heat_value, cap)

    capped = build(table, [heat, emission], id="trial")
    assert capped.formulas["heat"].en == "min(amount × heat value, cap)"
    numbers = chosen() | {"cap": given("cap", Fraction(10), "GJ")}
    assert capped.explain("heat", {"amount": Fraction(2)}, numbers).numbers == "min(2 t × 21.5 GJ/t, 10 GJ)"
    assert capped.exactly("heat", {"amount": Fraction(2)}, numbers)["heat"] == 10
