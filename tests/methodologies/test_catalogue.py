"""People's words lead to sources and items."""

from datetime import date

import pytest

from accounts.enterprise.columns import activity_column
from carbon.errors import Problem
from carbon.units import is_unit
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.catalogue import (
    SOURCES,
    guide_from_text,
    item_from_text,
    method_from_text,
    option_from_text,
    source_from_text,
    suggestions,
)
from methodologies.accounting.reported_factor import GASES


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("化石燃料燃烧", "fuel_combustion"),
        ("Fuel combustion", "fuel_combustion"),
        ("fuel_combustion", "fuel_combustion"),
        (" 外购电力 ", "purchased_electricity"),
        ("净购入热力", "purchased_heat"),
        ("冷媒泄漏", "refrigerant_leakage"),
        ("自报因子", "reported_factor"),
        ("月球", None),
    ],
)
def test_a_source_is_found_by_any_of_its_names(written, source):
    assert source_from_text(written) == source


@pytest.mark.parametrize(
    ("source", "written", "item"),
    [
        ("fuel_combustion", "烟煤", "bituminous"),
        ("fuel_combustion", "Natural Gas", "natural_gas"),
        ("fuel_combustion", "ＬＰＧ", "lpg"),
        ("fuel_combustion", "0号柴油", "diesel"),
        ("purchased_electricity", "电网电力", "grid"),
        ("refrigerant_leakage", "R-134a", "HFC134a"),
        ("refrigerant_leakage", "r22", "HCFC22"),
        ("refrigerant_leakage", "R-410A", "R410A"),
        ("fuel_combustion", "木星", None),
        ("reported_factor", "任意名称", "任意名称"),
        ("reported_factor", "  ", None),
    ],
)
def test_an_item_is_found_by_any_of_its_names(source, written, item):
    assert item_from_text(source, written) == item


def test_methods_guides_and_options_are_found_by_their_names():
    assert method_from_text("purchased_electricity", "市场法") == "market"
    assert method_from_text("purchased_electricity", "x") is None
    assert guide_from_text("fuel_combustion", "gbt2024") == "GBT2024"
    assert guide_from_text("purchased_electricity", "全国碳市场报告缺省因子") == "ETS"
    assert option_from_text("fuel_combustion", "低位发热量") == "net_calorific_value"
    assert option_from_text("fuel_combustion", "颜色") is None


def test_a_slip_of_the_pen_gets_suggestions():
    assert suggestions("天燃气", "fuel_combustion")[0] == "天然气 (natural gas)"
    assert suggestions("净购入电气")[0] == "净购入电力 (Purchased electricity)"
    assert suggestions("zzzz") == []


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.id)
def test_every_source_is_whole(source):
    assert source.scope in {1, 2, 3}
    assert source.free_items or source.items
    for item in source.items.values():
        assert item.name.zh
        assert item.name.en
        assert item.units
        assert all(is_unit(unit) for unit in item.units), item.id
    for rule in source.rules:
        for language in ("zh", "en"):
            written = rule.document(language)
            assert all(term.name.in_language(language) in written for term in rule.terms.values())


def test_no_word_means_two_items_of_a_source():
    for source in SOURCES.values():
        owners = {}
        for item in source.items.values():
            for word in (item.id, item.name.zh, item.name.en, *item.aliases):
                owners.setdefault(word.casefold().replace("-", "").replace(" ", ""), set()).add(item.id)
        assert {word: ids for word, ids in owners.items() if len(ids) > 1} == {}


def test_no_word_means_two_sources():
    owners = {}
    for source in SOURCES.values():
        for word in (source.id, source.name.zh, source.name.en, *source.aliases):
            owners.setdefault(word.casefold(), set()).add(source.id)
    assert {word: ids for word, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("source", SOURCES.values(), ids=lambda source: source.id)
def test_every_heading_of_an_own_value_leads_to_it_in_a_file(source):
    for option in source.options.values():
        for heading in (option.id, option.name.zh, option.name.en, *option.aliases):
            assert activity_column(heading) == option.id, heading


def asked_for(key):
    """The column a row without its own values is asked to fill, or None if it is computed."""
    try:
        found = coefficient(key)
    except Problem as problem:
        return problem.at
    sign = -1 if SOURCES[key.source].removes else 1
    assert found.mg_per_unit
    assert all(sign * mg >= 0 for mg in found.mg_per_unit.values())
    return None


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"fuel_combustion"}))
def test_every_item_in_every_usual_unit_is_computed_or_says_what_it_needs(source):
    """A number that no document confirms is asked for by its column, never guessed."""
    for item in SOURCES[source].items.values():
        for unit in item.units:
            column = asked_for(ActivityKey(source, item.id, unit, date(2025, 1, 1), region="CN-CQ"))
            assert column in {None, *SOURCES[source].options, *GASES}, (item.id, unit)


@pytest.mark.parametrize("unit_of", ["t", "Nm3"])
def test_the_usual_units_of_every_fuel_work_or_say_what_is_missing(unit_of):
    for item in SOURCES["fuel_combustion"].items.values():
        if unit_of in item.units and item.id not in {"gangue", "slurry", "town_gas", "coal_unmeasured"}:
            assert (
                coefficient(ActivityKey("fuel_combustion", item.id, unit_of, date(2024, 1, 1))).mg_per_unit[
                    "CO2"
                ]
                > 0
            )
