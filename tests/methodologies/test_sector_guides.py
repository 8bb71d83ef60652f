"""The 24 guides compose real sources, and claim no figure that is not here."""

from datetime import date
from pathlib import Path

import pytest

from carbon.errors import Problem
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.guides import SECTOR_GUIDES, sector_guide
from methodologies.accounting.reported_factor import GASES

GUIDES = pytest.mark.parametrize("guide", SECTOR_GUIDES.values(), ids=lambda guide: guide.id)
PAGE = (Path(__file__).parents[2] / "docs" / "sector-guides.md").read_text("utf-8")
MEASURED = {"recovered_share", "gas_density", "normal_density", "organics_removed"}
"""What no guide can print: it is measured at the plant."""


def is_computed(source, item):
    """Whether a row with nothing but its amount is computed, or lacks only what is measured at the plant."""
    key = ActivityKey(source.id, item.id, item.units[0], date(2025, 1, 1), region="CN-CQ")
    try:
        coefficient(key)
    except Problem as problem:
        return problem.at in MEASURED
    return True


def test_all_twenty_four_are_listed():
    assert sorted(SECTOR_GUIDES) == [f"{number:02}" for number in range(1, 25)]


@GUIDES
def test_a_guide_names_its_notice_gases_and_sources_once(guide):
    assert guide.notice
    assert guide.gases
    assert len({source.id for source in guide.sources}) == len(guide.sources) > 0


@GUIDES
def test_a_figure_named_as_missing_is_truly_not_here(guide):
    """Some item of its source asks for it, or names the gap, once every other column is filled."""
    for lack in guide.missing:
        source = next(source for source in guide.sources if source.id == lack.source)
        items = list(source.items.values())
        assert lack.column == "" or any(lacks(source, item, lack.column) for item in items), lack


def lacks(source, item, column):
    own = {}
    while True:
        key = ActivityKey(
            source.id, item.id, item.units[0], date(2025, 1, 1), overrides=tuple(sorted(own.items()))
        )
        try:
            return bool(coefficient(key).gaps)
        except Problem as problem:
            if problem.at == column or (problem.at in GASES and column in GASES):
                return True
            if problem.at not in source.options or problem.at in own:
                return False
            own[problem.at] = "0.5"


@pytest.mark.parametrize("guide", [g for g in SECTOR_GUIDES.values() if g.usable], ids=lambda guide: guide.id)
def test_a_usable_guide_computes_something_of_every_source_by_published_values(guide):
    for source in guide.sources:
        if source.id == "fuel_combustion":
            continue
        assert any(is_computed(source, item) for item in source.items.values()), source.id


def test_a_number_that_is_no_guide_is_refused_with_the_list():
    with pytest.raises(Problem, match="no sector guide “25”"):
        sector_guide("25")


@GUIDES
def test_the_page_of_guides_says_the_same(guide):
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| {guide.id} |")]
    assert guide.name.zh in line
    assert all(f"`{source.id}`" in line for source in guide.sources)
    assert all(lack.name.en in line for lack in guide.missing)
    assert line.endswith("| yes |") == guide.usable
