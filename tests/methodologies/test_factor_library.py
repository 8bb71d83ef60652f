"""The library: every number has a record, and people find it by the words they use."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.confidence import Confidence
from carbon.errors import Problem
from methodologies.accounting.catalogue import SOURCES
from methodologies.factors.gaps import gaps
from methodologies.factors.library import LIFE_CYCLE, factor, factors, parameters
from methodologies.factors.search import Wish, found, search


def first(query, **wish):
    return search(query, Wish(**wish), limit=1)[0].factor.id


@pytest.mark.parametrize(
    ("query", "id_"),
    [
        ("电网 重庆 2023", "electricity.average@CN-CQ"),
        ("重庆电网因子2023年", "electricity.average@CN-CQ"),
        ("grid factor Chongqing", "electricity.average@CN-CQ"),
        ("西南 电网", "electricity.average@CN-SW"),
        ("全国 电网 2022", "electricity.average@CN"),
        ("剩余电力", "electricity.residual@CN"),
        ("residual mix", "electricity.residual@CN"),
        ("柴油 低位发热量 2024", "GBT2024.diesel.net_calorific_value"),
        ("diesel NCV", "GBT2024.diesel.net_calorific_value"),
        ("natural gas carbon content GB/T", "GBT2024.natural_gas.carbon_content"),
        ("供热", "heat.average"),
        ("甲烷 gwp AR6 生物源", "gwp.AR6.CH4_biogenic"),
        ("六氟化硫 潜势 AR4", "gwp.AR4.SF6"),
        ("硅酸盐水泥熟料", "cement_clinker.portland.process_factor"),
        ("R-410A HFC32", "blends.R410A.HFC32"),
        ("奶牛 西南 甲烷因子", "manure_management.dairy_cattle.manure_ch4_factor@AG-SW"),
        ("deisel calorific", "GBT2024.diesel.net_calorific_value"),
    ],
)  # fmt: skip
def test_people_find_a_factor_by_their_own_words(query, id_):
    assert first(query) == id_


def test_a_year_finds_the_version_that_held_then():
    versions = {year: search(f"重庆 电网 {year}")[0].version for year in (2021, 2022, 2023)}
    assert {year: str(float(version.value)) for year, version in versions.items()} == {
        2021: "0.4743",
        2022: "0.5227",
        2023: "0.5581",
    }
    assert versions[2022].held_until == date(2022, 12, 31)


def test_a_place_without_its_own_value_finds_the_wider_places():
    ids = [hit.factor.id for hit in search("电网 重庆")]
    assert ids[:3] == ["electricity.average@CN-CQ", "electricity.average@CN-SW", "electricity.average@CN"]
    assert not any(id_.endswith("@CN-SC") for id_ in ids)


def test_wishes_narrow_a_search():
    assert {hit.factor.guide for hit in found("柴油", Wish(guide="MEE2024"))} == {"MEE2024"}
    assert all("CH4" in hit.factor.gases for hit in found("", Wish(gas="CH4")))
    assert all(hit.factor.life_cycle == "waste" for hit in found("", Wish(life_cycle="waste")))
    assert {hit.version.dated.vintage for hit in found("", Wish(region="CN-CQ", day=date(2022, 6, 1)))} == {
        2022
    }
    sure = found("", Wish(confidence="two-secondary"))
    assert all(v.dated.source.confidence >= Confidence.TWO_SECONDARY for h in sure for v in h.factor.versions)
    assert found("", Wish(document="2006 IPCC"))
    with pytest.raises(Problem):
        found("", Wish(confidence="certain"))


def test_nothing_answers_nonsense_and_a_long_query_is_refused():
    assert found("qzxwvk") == []
    with pytest.raises(Problem):
        found("电" * 201)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_whatever_is_asked_is_answered(query):
    assert all(hit.score >= 0 for hit in search(query, limit=3))


def test_every_number_has_a_record_with_words_in_both_languages():
    for id_, record in factors().items():
        assert record.name.zh, id_
        assert record.name.en, id_
        assert record.life_cycle in LIFE_CYCLE
        assert record.versions
        assert set(record.sources) <= set(SOURCES)
        assert all(version.dated.source.confidence is not Confidence.MEMORY for version in record.versions)


def test_the_records_are_all_the_numbers_the_rules_know():
    values = sum(len(parameter.values) for parameter in parameters().values())
    assert sum(len(record.versions) for record in factors().values()) == values


def test_a_record_tells_its_versions_apart():
    for record in factors().values():
        digests = [version.digest for version in record.versions]
        assert len(set(digests)) == len(digests), record.id


def test_only_one_version_holds_on_a_day():
    for record in factors().values():
        for day in (date(2015, 7, 1), date(2022, 7, 1), date(2025, 7, 1)):
            assert sum(version.holds(day) for version in record.versions) <= 1


def test_what_is_only_recalled_is_named_as_a_gap_with_the_column_for_ones_own():
    assert len({gap.id for gap in gaps()}) == len(gaps())
    for gap in gaps():
        source = SOURCES[gap.source]
        columns = {*source.options, "factor_co2", "factor_ch4", "factor_n2o", "factor_co2e", ""}
        assert gap.column in columns
        assert gap.name.zh
        assert gap.name.en
    assert factor("chemical_production.carbide.process_factor") is None
    assert any(gap.id == "carbide" for gap in gaps())


def test_an_interval_of_the_document_holds_its_value_and_is_carried():
    with_interval = [
        (record, version)
        for record in factors().values()
        for version in record.versions
        if version.dated.high is not None
    ]
    assert len(with_interval) > 50
    for record, version in with_interval:
        assert version.dated.low is not None, record.id
        assert version.dated.low <= version.value <= version.dated.high
    hcfc = factor("hcfc22_production.byproduct_rate")
    assert hcfc.as_dict()["versions"][0]["low"] == "0.015"
