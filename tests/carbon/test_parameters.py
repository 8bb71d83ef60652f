"""Dated, sourced numbers."""

import tomllib
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from carbon.confidence import Confidence
from carbon.errors import Problem
from carbon.parameters import ParameterFault, given, held_until, read
from carbon.regions import Region, Regions
from carbon.text import Text

REGIONS = Regions(
    {
        "CN": Region("CN", Text("中国", "China")),
        "CN-SW": Region("CN-SW", Text("西南", "Southwest"), "CN"),
        "CN-CQ": Region("CN-CQ", Text("重庆", "Chongqing"), "CN-SW", ("重庆市",)),
        "CN-XZ": Region("CN-XZ", Text("西藏", "Tibet"), "CN-SW"),
    }
)
HEAD = '[documents.d]\nzh = "某文件"\nen = "a document"\nclause = "3.1"\n[defaults]\ndocument = "d"\nconfidence = "text"\n[factor]\nunit = "kgCO2/kWh"\n'


def parameter(values, head=HEAD):
    return read(
        tomllib.loads(f"{head}values = [\n{values}\n]", parse_float=Fraction), where="test", regions=REGIONS
    )["factor"]


GRID = """
  { from = 2021-01-01, region = "CN", value = 0.5568, vintage = 2021 },
  { from = 2021-01-01, region = "CN-SW", value = 0.2113, vintage = 2021 },
  { from = 2021-01-01, region = "CN-CQ", value = 0.4743, vintage = 2021, published = 2024-04-30 },
  { from = 2022-01-01, region = "CN-CQ", value = 0.5227, vintage = 2022, published = 2024-12-20 },
"""


def test_the_value_of_the_day_and_place_is_chosen_with_its_source():
    chosen = parameter(GRID).at(date(2021, 7, 1), "CN-CQ")
    assert chosen.value == Fraction("0.4743")
    assert chosen.reason is None
    assert chosen.dated.source.document.zh == "某文件"
    assert chosen.dated.source.clause == "3.1"


def test_a_province_without_a_value_takes_its_grid_region_and_says_so():
    chosen = parameter(GRID).at(date(2021, 7, 1), "CN-XZ")
    assert (chosen.value, chosen.dated.region) == (Fraction("0.2113"), "CN-SW")
    assert "西藏没有单独的数值" in chosen.reason.zh
    assert "Tibet has no value of its own" in chosen.reason.en


def test_a_year_not_yet_published_takes_the_latest_before_and_says_so():
    chosen = parameter(GRID).at(date(2025, 7, 1), "CN-CQ")
    assert chosen.value == Fraction("0.5227")
    assert "2025" in chosen.reason.zh
    assert "2022" in chosen.reason.en


def test_a_calculation_can_be_repeated_as_it_was_known():
    known = parameter(GRID).at(date(2022, 7, 1), "CN-CQ", known_on=date(2024, 6, 1))
    assert known.value == Fraction("0.4743")


def test_a_day_without_a_value_is_refused_with_the_days_there_are():
    with pytest.raises(Problem, match=r"no value on 2020-12-31 in Chongqing; it is known for 2021-01-01 – ∞"):
        parameter(GRID).at(date(2020, 12, 31), "CN-CQ")
    closed = parameter("{ from = 2021-01-01, until = 2021-06-30, value = 1 }")
    with pytest.raises(Problem):
        closed.at(date(2021, 7, 1))


def test_a_value_holds_until_its_successor_begins():
    grid = parameter(GRID)
    first = next(value for value in grid.values if value.value == Fraction("0.4743"))
    assert held_until(first, grid) == date(2021, 12, 31)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ('{ from = 2021-01-01, value = 1, confidence = "memory" }', "memory"),
        ("{ from = 2021-01-01, value = 1 }, { from = 2021-01-01, value = 2 }", "two values"),
        (
            "{ from = 2021-01-01, until = 2022-06-30, value = 1 }, { from = 2022-01-01, value = 2 }",
            "overlaps",
        ),
        ("{ value = 1 }", "missing keys"),
        ("{ from = 2021-01-01, value = 1, valeu = 2 }", "unknown keys"),
        ('{ from = 2021-01-01, value = 1, document = "other" }', "documents.other"),
    ],
)
def test_a_faulty_file_does_not_load(values, fault):
    with pytest.raises(ParameterFault, match=fault):
        parameter(values)


def test_an_unknown_unit_or_a_document_in_one_language_does_not_load():
    with pytest.raises(ParameterFault, match="unit"):
        parameter("{ from = 2021-01-01, value = 1 }", HEAD.replace("kgCO2/kWh", "bananas"))
    with pytest.raises(ValueError, match="no text in en"):
        parameter("{ from = 2021-01-01, value = 1 }", HEAD.replace('en = "a document"\n', ""))


def test_a_column_picks_for_each_row_as_one_row_would():
    grid = parameter(GRID)
    days = np.array(["2021-03-01", "2022-03-01", "2025-01-01", "2021-03-01"], dtype="datetime64[D]")
    places = np.array(["CN-CQ", "CN-CQ", "CN-XZ", "CN"])
    expected = [
        float(grid.at(day.astype(date), str(place)).value) for day, place in zip(days, places, strict=True)
    ]
    assert grid.column(days, places).tolist() == expected
    with pytest.raises(Problem):
        grid.column(np.array(["2019-01-01"], dtype="datetime64[D]"), np.array(["CN"]))


def test_a_given_value_is_converted_and_marked_as_reported():
    chosen = given("factor", Fraction("0.5"), "tCO2/MWh")
    assert chosen.into("gCO2/kWh") == 500
    assert chosen.dated is None


def test_confidence_is_ordered_and_the_weakest_wins():
    assert Confidence.of("two-secondary") > Confidence.of("one-secondary") > Confidence.of("memory")
    assert Confidence.weakest([Confidence.TEXT, Confidence.ONE_SECONDARY]) is Confidence.ONE_SECONDARY
    assert Confidence.weakest([]) is Confidence.TEXT


def test_places_are_found_by_any_of_their_names():
    assert REGIONS.from_text("重庆市") == REGIONS.from_text("chongqing") == "CN-CQ"
    assert REGIONS.from_text("亚特兰蒂斯") is None
    assert REGIONS.chain("CN-CQ") == ("CN-CQ", "CN-SW", "CN")
