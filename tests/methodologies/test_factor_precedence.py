"""The ladder: measured, guide, province, region, nation, IPCC; each step is stored, explained and deterministic."""

import itertools
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from carbon.parameters import Chosen, Parameter, as_known_on, read
from carbon.parameters import given as reported_value
from carbon.regions import Region, Regions
from carbon.text import Text
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import calculate, coefficient, explain
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.fuels import GUIDES
from methodologies.factors.precedence import LADDER, Candidate, Level, first, level_of, standing

DAY = date(2023, 5, 1)
PLACES = Regions(
    {
        "CN": Region("CN", Text("中国", "China")),
        "CN-SW": Region("CN-SW", Text("西南", "Southwest"), "CN"),
        "CN-CQ": Region("CN-CQ", Text("重庆", "Chongqing"), "CN-SW"),
    }
)


def key(source="purchased_electricity", item="grid", unit="kWh", region="CN-CQ", month=DAY, **more):
    overrides = tuple(sorted(more.pop("own", {}).items()))
    return ActivityKey(source, item, unit, month, region, overrides=overrides, **more)


def won(one, parameter):
    return next(line for line in coefficient(one).standings if line.parameter == parameter)


def parameter(values, document="A guide of the ministry"):
    content = {
        "documents": {"d": {"zh": "文件", "en": document}},
        "x": {"unit": "kgCO2/kWh", "values": [{"from": date(2020, 1, 1), "document": "d", "confidence": "text", **v} for v in values]},
    }  # fmt: skip
    return read(content, where="made.toml", regions=PLACES)["x"]


def test_the_ladder_is_the_one_written_down():
    assert [level.id for level in LADDER] == ["measured", "guide", "province", "region", "nation", "ipcc"]


@pytest.mark.parametrize(
    ("value", "document", "level"),
    [
        ({"value": 1, "region": "CN-CQ"}, "A notice", Level.PROVINCE),
        ({"value": 1, "region": "CN-SW"}, "A notice", Level.REGION),
        ({"value": 1, "region": "CN"}, "A notice", Level.NATION),
        ({"value": 1}, "A guide of the ministry", Level.GUIDE),
        ({"value": 1}, "2006 IPCC Guidelines", Level.IPCC),
    ],
)
def test_a_published_value_stands_on_the_step_of_its_place_or_document(value, document, level):
    made = parameter([value], document)
    assert level_of(made.values[0], made) is level


def test_a_value_of_the_row_stands_on_the_first_step():
    assert level_of(None) is Level.MEASURED


@pytest.mark.parametrize(("higher", "lower"), list(itertools.pairwise(LADDER)))
def test_each_step_goes_before_the_next(higher, lower):
    one, other = (Candidate(level, level.id, "v", "1", "t") for level in (higher, lower))
    assert first([other, one]) == (one, (other,))


@given(st.permutations([Candidate(level, level.id, "v", "1", "t") for level in LADDER]))
def test_the_order_of_candidates_never_decides(candidates):
    winner, displaced = first(candidates)
    assert [winner, *displaced] == [Candidate(level, level.id, "v", "1", "t") for level in LADDER]


def test_a_province_goes_before_its_region_and_the_nation_and_both_are_named():
    line = won(key(), "grid_factor")
    assert line.winner.level is Level.PROVINCE
    assert line.winner.factor == "electricity.average@CN-CQ"
    assert [(one.level, one.factor) for one in line.displaced] == [
        (Level.REGION, "electricity.average@CN-SW"),
        (Level.NATION, "electricity.average@CN"),
    ]


def test_a_region_goes_before_the_nation():
    line = won(key(region="CN-SW"), "grid_factor")
    assert line.winner.level is Level.REGION
    assert [one.level for one in line.displaced] == [Level.NATION]


def test_the_nation_stands_where_nothing_nearer_is_known():
    line = won(key(region="CN"), "grid_factor")
    assert (line.winner.level, line.displaced) == (Level.NATION, ())


def test_a_guide_chosen_in_the_row_stands_before_places():
    line = won(key(guide="ETS"), "grid_factor")
    assert line.winner.factor == "electricity.ets_default@CN"


def test_a_factor_of_the_row_displaces_every_published_one():
    line = won(key(own={"factor_co2": "0.5"}), "factor")
    assert (line.winner.level, line.winner.value) == (Level.MEASURED, "0.5")
    assert [one.level for one in line.displaced] == [Level.PROVINCE, Level.REGION, Level.NATION]


def test_a_measured_value_displaces_the_guides_default_and_only_that():
    one = key("fuel_combustion", "diesel", "t", month=date(2024, 5, 1), own={"net_calorific_value": "43"})
    line = won(one, "net_calorific_value")
    assert (line.winner.level, line.winner.factor) == (Level.MEASURED, "row")
    assert [candidate.factor for candidate in line.displaced] == ["GBT2024.diesel.net_calorific_value"]
    assert won(one, "carbon_content").winner.level is Level.GUIDE


def test_an_accepted_factor_of_the_enterprise_is_named_by_its_code_and_version():
    own = {"net_calorific_value": "43", "factor_code": "net_calorific_value=NCV-01@2"}
    line = won(key("fuel_combustion", "diesel", "t", month=date(2024, 5, 1), own=own), "net_calorific_value")
    assert (line.winner.factor, line.winner.version) == ("NCV-01", "2")
    own = {"factor_co2": "0.2", "factor_code": "factor_co2=GREEN-7@1"}
    assert won(key(own=own), "factor").winner.factor == "GREEN-7"


def test_an_international_default_stands_last():
    line = won(key("fuel_combustion", "diesel", "t", month=date(2024, 5, 1)), "ch4_factor")
    assert line.winner.level is Level.IPCC


def test_a_supplier_goes_before_the_residual_mix():
    line = won(key(method="market", own={"supplier_factor": "0.1"}), "supplier_factor")
    assert line.winner.level is Level.MEASURED
    without = won(key(method="market"), "residual_factor")
    assert without.winner.level is Level.NATION


def test_a_made_up_ladder_names_what_it_displaced():
    made = parameter(
        [{"value": 1, "region": "CN"}, {"value": 2, "region": "CN-SW"}, {"value": 3, "region": "CN-CQ"}]
    )
    chosen = made.at(DAY, "CN-CQ")
    line = standing("x", chosen, [], {"made.x": made}, DAY)
    assert [line.winner.value, *(one.value for one in line.displaced)] == ["3", "2", "1"]
    own = standing("x", reported_value("x", Fraction(4), "kgCO2/kWh"), [chosen], {"made.x": made}, DAY)
    assert [own.winner.value, *(one.value for one in own.displaced)] == ["4", "3", "2", "1"]


def test_the_explanation_says_which_step_won_and_over_what():
    told = explain(key(), 10, "AR5")
    assert "取值级别：省级数值，优先于区域数值 0.2472 kgCO2/kWh；全国数值 0.5306 kgCO2/kWh" in told.as_text(
        "zh"
    )
    assert "level: the province's value; it goes before the region's value, 0.2472 kgCO2/kWh" in told.as_text(
        "en"
    )


def fuels_of_every_guide():
    for guide in GUIDES:
        for fuel in sorted(GUIDES[guide].fuels()):
            if fuel in SOURCES["fuel_combustion"].items:
                yield guide, fuel


@pytest.mark.parametrize(("guide", "fuel"), list(fuels_of_every_guide()))
def test_fuel_numbers_of_two_guides_never_meet_in_a_calculation(guide, fuel):
    """Whatever the unit and whatever the row gives: every number of a fuel table is of the guide asked for."""
    for unit, own in itertools.product(
        ("t", "Nm3", "GJ", "L"), ({}, {"oxidation_rate": "0.99"}, {"density": "0.8"})
    ):
        one = key("fuel_combustion", fuel, unit, month=date(2026, 5, 1), guide=guide, own=own)
        try:
            lines = coefficient(one).standings
        except Problem:  # a guide may lack a number for this unit: then nothing is mixed at all
            lines = ()
        tables = {line.winner.factor.partition(".")[0] for line in lines} & set(GUIDES)
        assert tables <= {guide}


def test_what_was_published_later_is_unknown_to_an_earlier_day():
    unkept = coefficient.__wrapped__
    with as_known_on(date(2024, 6, 30)):
        then = unkept(key()).mg_per_unit["CO2"]
    assert then == Fraction("0.4743") * 10**6
    assert unkept(key()).mg_per_unit["CO2"] == Fraction("0.5581") * 10**6


def test_a_chosen_value_without_origin_stands_alone():
    bare = Parameter("x", "1", ())
    assert standing("x", Chosen("x", Fraction(1), "1"), [], {"x": bare}, DAY).displaced == ()


def test_two_rows_of_one_activity_have_the_same_standing():
    assert calculate([]) == []
    assert coefficient(key()).standings == coefficient(key()).standings
