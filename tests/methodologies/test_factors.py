"""The tables that rules share: complete, confirmed, in both languages, equal to what was published."""

import tomllib
from datetime import date
from fractions import Fraction
from importlib import resources

import pytest

from carbon.confidence import Confidence
from carbon.errors import Problem
from carbon.gases import GWP_SETS, gases
from carbon.parameters import load
from methodologies.factors.combustion import SECTORS, combustion_factor
from methodologies.factors.fuels import FUELS, GUIDES
from methodologies.factors.gwp import BLEND_NAMES, components, gwp, gwp_chosen
from methodologies.factors.places import REGIONS

FILES = sorted(
    (package, file.name)
    for package in ("carbon", "methodologies.factors", "methodologies.accounting")
    for file in resources.files(package).iterdir()
    if file.name.endswith(".toml")
)


@pytest.mark.parametrize(
    ("gas", "values"),
    [
        ("CO2", (1, 1, 1, 1)),
        ("CH4", (21, 25, 28, Fraction("27.9"))),
        ("CH4_fossil", (21, 25, 30, Fraction("29.8"))),
        ("N2O", (310, 298, 265, 273)),
        ("HFC134a", (1300, 1430, 1300, 1530)),
        ("SF6", (23900, 22800, 23500, 25200)),
        ("R410A", (1725, Fraction("2087.5"), Fraction("1923.5"), Fraction("2255.5"))),
        ("R404A", (3260, Fraction("3921.6"), Fraction("3942.8"), 4728)),
        ("R508B", (10350, 13396, 11698, 13412)),
    ],
)
def test_warming_potentials_are_those_of_the_reports(gas, values):
    assert tuple(gwp(gas, gwp_set) for gwp_set in GWP_SETS) == values


def test_a_gas_without_a_value_in_a_report_is_refused_not_taken_as_zero():
    with pytest.raises(Problem, match="SAR gives no warming potential for NF3"):
        gwp("NF3", "SAR")
    with pytest.raises(Problem, match="no GWP set “AR7”"):
        gwp("CO2", "AR7")
    with pytest.raises(Problem, match="no gas “Xe”"):
        gwp("Xe", "AR5")


def test_every_gas_has_a_value_in_some_report_and_every_blend_is_whole():
    for gas in set(gases()) - {"CO2e"}:
        assert any(_has(gas, gwp_set) for gwp_set in GWP_SETS), gas
    for blend in BLEND_NAMES:
        assert sum(share.values[0].value for share in components(blend).values()) == 100, blend
        assert set(components(blend)) <= set(gases())


def _has(gas, gwp_set):
    try:
        return gwp_chosen(gas, gwp_set).value > 0
    except Problem:
        return False


# The computed factors printed beside the tables (t CO2 per t or per 10^4 Nm³), as a check on every number carried over.
PRINTED = {
    "GBT2024": {
        "anthracite": "2.521512",
        "bituminous": "1.741750",
        "lignite": "1.172864",
        "coke": "2.860419",
        "diesel": "3.095910",
        "natural_gas": "21.621888",
        "bfg": "8.481132",
        "cog": "8.863806",
        "lng": "2.831257",
    },
    "MEE2024": {"crude_oil": "3.017197", "lng": "3.182851", "natural_gas": "21.650152", "cog": "7.636189"},
    "NDRC2013": {
        "anthracite": "1.923781",
        "bituminous": "1.747088",
        "lng": "2.587666",
        "kerosene": "3.151713",
        "cog": "7.622397",
    },
    "LANDTRANS": {"diesel": "3.145122"},
}


@pytest.mark.parametrize(
    ("guide", "fuel", "printed"), [(g, f, v) for g, table in PRINTED.items() for f, v in table.items()]
)
def test_each_guide_gives_the_factor_printed_beside_it(guide, fuel, printed):
    day = date(2026, 1, 1)
    heat, carbon, oxidation = (
        GUIDES[guide].of(fuel, name).at(day).value
        for name in ("net_calorific_value", "carbon_content", "oxidation_rate")
    )
    assert round(heat * carbon * oxidation * Fraction(44, 12) / 100_000, 6) == round(Fraction(printed), 6)


def test_guides_are_kept_apart():
    """The same fuel has another number in another guide; none is filled from its neighbour."""
    assert (
        GUIDES["GBT2024"].of("lng", "carbon_content").values
        != GUIDES["MEE2024"].of("lng", "carbon_content").values
    )
    assert GUIDES["MEE2024"].of("bituminous", "carbon_content") is None
    assert GUIDES["JST303"].of("diesel", "net_calorific_value") is None


def test_every_fuel_of_a_guide_has_a_name():
    for guide in GUIDES.values():
        assert guide.fuels() <= set(FUELS), guide.id


@pytest.mark.parametrize(
    ("fuel", "sector", "ch4", "n2o"),
    [
        ("bituminous", "energy", 1, "1.5"),
        ("bituminous", "manufacturing", 10, "1.5"),
        ("bituminous", "residential", 300, "1.5"),
        ("diesel", "manufacturing", 3, "0.6"),
        ("natural_gas", "commercial", 5, "0.1"),
        ("lpg", "manufacturing", 1, "0.1"),
    ],
)
def test_methane_and_nitrous_oxide_follow_the_ipcc_tables(fuel, sector, ch4, n2o):
    day = date(2024, 1, 1)
    assert combustion_factor(fuel, sector, "CH4").at(day).value == ch4
    assert combustion_factor(fuel, sector, "N2O").at(day).value == Fraction(n2o)
    assert combustion_factor("gangue", sector, "CH4") is None
    assert sector in SECTORS


ELECTRICITY = load("methodologies.factors", "electricity.toml", regions=REGIONS)


@pytest.mark.parametrize(
    ("region", "values"),
    [
        ("CN", ("0.5568", "0.5366", "0.5306")),
        ("CN-SW", ("0.2113", "0.2268", "0.2472")),
        ("CN-CQ", ("0.4743", "0.5227", "0.5581")),
        ("CN-SC", ("0.1255", "0.1404", "0.1564")),
    ],
)
def test_electricity_factors_are_those_of_their_data_year(region, values):
    for year, value in zip((2021, 2022, 2023), values, strict=True):
        chosen = ELECTRICITY["average"].at(date(year, 12, 31), region)
        assert (chosen.value, chosen.dated.vintage, chosen.reason) == (Fraction(value), year, None)


def test_every_province_has_a_factor_for_every_data_year():
    for code in REGIONS.by_code:
        for year in (2021, 2022, 2023):
            assert ELECTRICITY["average"].at(date(year, 6, 1), code).value > 0


def test_before_publication_the_year_before_was_the_latest():
    known = ELECTRICITY["average"].at(date(2023, 6, 1), "CN-CQ", known_on=date(2025, 6, 30))
    assert known.dated.vintage == 2022
    assert "2022" in known.reason.zh


@pytest.mark.parametrize(("package", "name"), FILES)
def test_whatever_has_a_name_has_it_in_both_languages(package, name):
    content = tomllib.loads(resources.files(package).joinpath(name).read_text("utf-8"))

    def walk(table, path):
        if isinstance(table, dict):
            assert ("zh" in table) == ("en" in table), f"{name} {path}"
            assert all(table.get(language, "x") for language in ("zh", "en")), f"{name} {path}"
            for key, inner in table.items():
                walk(inner, f"{path}.{key}")
        elif isinstance(table, list):
            for place, inner in enumerate(table):
                walk(inner, f"{path}[{place}]")

    walk(content, "")


@pytest.mark.parametrize("name", [name for package, name in FILES if package == "methodologies.factors"])
def test_no_value_is_merely_recalled(name):
    content = resources.files("methodologies.factors").joinpath(name).read_text("utf-8")
    assert f'"{Confidence.MEMORY.id}"' not in content
