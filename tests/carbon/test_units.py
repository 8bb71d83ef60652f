"""Units as people write them."""

import tomllib
from fractions import Fraction
from importlib import resources

import pytest

from carbon.errors import Problem
from carbon.units import dimension_of, is_unit, same_dimension, to_unit

SPELLINGS = [
    ("吨", "kg", 1000),
    ("公吨", "t", 1),
    ("kt", "t", 1000),
    ("千吨", "t", 1000),
    ("万吨", "t", 10_000),
    ("公斤", "kg", 1),
    ("千克", "t", Fraction(1, 1000)),
    ("克", "kg", Fraction(1, 1000)),
    ("千瓦时", "kWh", 1),
    ("度", "kWh", 1),
    ("千瓦·时", "kWh", 1),
    ("万千瓦时", "kWh", 10_000),
    ("万kWh", "MWh", 10),
    ("万 kW·h", "kWh", 10_000),
    ("万度", "kWh", 10_000),
    ("亿千瓦时", "kWh", 10**8),
    ("兆瓦时", "kWh", 1000),
    ("MWH", "kWh", 1000),
    ("mwh", "kWh", 1000),
    ("KWH", "GJ", Fraction(36, 10_000)),
    ("立方米", "m3", 1),
    ("方", "m3", 1),
    ("m³", "m3", 1),
    ("㎥", "m3", 1),
    ("万立方米", "m3", 10_000),
    ("Nm3", "Nm3", 1),
    ("标方", "Nm3", 1),
    ("万Nm3", "Nm3", 10_000),
    ("万标方", "Nm3", 10_000),
    ("10^4 Nm3", "Nm3", 10_000),
    ("10⁴Nm³", "Nm3", 10_000),
    ("10^4Nm³", "万Nm3", 1),
    ("104Nm3", "万Nm3", 1),
    ("升", "m3", Fraction(1, 1000)),
    ("L", "升", 1),
    ("ｋｇ", "kg", 1),
    ("ｔ", "kg", 1000),
    ("T", "kg", 1000),
    ("GJ", "MJ", 1000),
    ("吉焦", "GJ", 1),
    ("TJ", "GJ", 1000),
    ("千焦", "MJ", Fraction(1, 1000)),
    ("百万千焦", "GJ", 1),
    ("兆焦", "GJ", Fraction(1, 1000)),
    ("吨标煤", "GJ", Fraction("29.3076")),
    ("吨标准煤", "tce", 1),
    ("tce", "kgce", 1000),
    ("千克标准煤", "MJ", Fraction("29.3076")),
    ("吨公里", "t*km", 1),
    ("万吨公里", "吨公里", 10_000),
    ("人公里", "person*km", 1),
    ("人", "person", 1),
    ("亩", "公顷", Fraction(1, 15)),
    ("万元", "元", 10_000),
    ("%", "1", Fraction(1, 100)),
    ("tCO2/MWh", "kgCO2/kWh", 1),
    ("tC/TJ", "tC/GJ", Fraction(1, 1000)),
    ("kgCH4/TJ", "kgCH4/GJ", Fraction(1, 1000)),
    ("GJ/10^4 Nm3", "GJ/Nm3", Fraction(1, 10_000)),
    ("kgCO2/度", "tCO2/万kWh", 10),
    ("吨/立方米", "kg/L", 1),
    ("kgCO2/t·km", "gCO2/吨公里", 1000),
    ("kgCO2/(t·km)", "kgCO2/tkm", 1),
]


@pytest.mark.parametrize(("written", "target", "factor"), SPELLINGS)
def test_every_spelling_is_read_exactly(written, target, factor):
    assert to_unit(written, target) == factor
    assert to_unit(target, written) == 1 / Fraction(factor)


def test_a_wrong_dimension_is_refused_with_both_dimensions_named():
    with pytest.raises(Problem, match=r"“kWh” measures energy, but mass is needed here, for example in t\."):
        to_unit("kWh", "t")


def test_normal_cubic_metres_never_become_cubic_metres_by_themselves():
    assert not same_dimension("Nm3", "m3")
    with pytest.raises(Problem, match="standard state"):
        to_unit("Nm3", "m3")


def test_a_tonne_of_carbon_is_not_a_tonne_of_carbon_dioxide():
    with pytest.raises(Problem):
        to_unit("tC", "tCO2")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "foo",
        "t/",
        "/t",
        "t t",
        "10^999999999t",
        "x" * 500,
        "t;import os",
        "1/0",
        "degC",
        "dB",
        "degF/t",
    ],
)
def test_what_is_no_unit_is_refused_gently(written):
    with pytest.raises(Problem, match="is not a unit known here"):
        to_unit(written, "t")
    assert not is_unit(written)


def test_dimensions_have_names_in_both_languages():
    assert dimension_of("万kWh").zh == "能量"
    assert dimension_of("吨").en == "mass"
    assert dimension_of("tCO2/MWh").en == "mass of CO2 per energy"
    assert dimension_of("GJ/10^4 Nm3").zh == "每标准状态体积的能量"


def test_every_spelling_of_the_list_means_one_unit_and_its_group_agrees():
    table = tomllib.loads(resources.files("carbon").joinpath("units.toml").read_text("utf-8"))["spellings"]
    owners = {}
    for expression, spellings in table.items():
        for spelling in spellings:
            owners.setdefault(spelling.casefold().replace(" ", ""), set()).add(expression)
            assert to_unit(spelling, spellings[0]) == 1, spelling
    assert {spelling: found for spelling, found in owners.items() if len(found) > 1} == {}
