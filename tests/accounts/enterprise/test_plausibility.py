import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.plausibility import Reported, suspicions


def series(company: str, indicator: str, *values: float, first: int = 2020) -> list[Reported]:
    return [
        Reported((company, indicator, first + place), company, indicator, first + place, value)
        for place, value in enumerate(values)
    ]


def flagged(figures: list[Reported]) -> list[tuple[int, str]]:
    return [(suspicion.reported.year, suspicion.kind) for suspicion in suspicions(figures)]


@pytest.mark.parametrize("factor", [10, 100, 1000, 1e6, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_slip_of_unit_in_one_year_is_found_wherever_it_lies(factor, place):
    values = [100.0, 105.0, 98.0, 102.0]
    values[place] *= factor
    assert flagged(series("甲", "energy", *values)) == [(2020 + place, "jump")]


def test_the_factor_is_told_against_the_companys_own_level():
    (found,) = suspicions(series("甲", "energy", 100, 100_000, 100))
    assert found.factor == 1000
    assert "another unit" in found.template.format(**found.values)


def test_growth_and_decline_of_business_are_left_alone():
    assert flagged(series("甲", "ghg", 100, 250, 600, 1500)) == []
    assert flagged(series("甲", "ghg", 1500, 700, 300, 100)) == []


def test_a_change_that_is_no_power_of_ten_is_flagged_without_guessing_why():
    (found,) = suspicions(series("甲", "ghg", 100, 100, 3000))
    assert "another unit" not in found.template


def test_two_years_that_do_not_fit_are_both_flagged_when_nothing_decides():
    assert flagged(series("甲", "energy", 100, 100_000)) == [(2020, "unclear"), (2021, "unclear")]


def test_two_years_that_do_not_fit_are_told_apart_by_what_is_usual_among_others():
    others = [
        figure
        for number in range(12)
        for figure in (*series(f"乙{number}", "energy", 1000, 1000), *series(f"乙{number}", "ghg", 100, 100))
    ]
    ours = [*series("甲", "energy", 500, 500_000), *series("甲", "ghg", 50, 50)]
    assert [s.reported.id for s in suspicions(others + ours)] == [("甲", "energy", 2021)]


def test_a_single_figure_that_outweighs_all_others_is_flagged():
    others = [figure for number in range(12) for figure in series(f"乙{number}", "energy", 100)]
    (found,) = suspicions([*others, *series("甲", "energy", 100_000)])
    assert (found.reported.company, found.kind) == ("甲", "weight")


def test_a_company_that_outweighs_the_others_every_year_is_just_large():
    others = [figure for number in range(12) for figure in series(f"乙{number}", "energy", 100, 100)]
    assert suspicions([*others, *series("甲", "energy", 10_000, 10_000)]) == []


def test_zeros_are_no_jump():
    assert flagged(series("甲", "ghg", 0, 100, 110)) == []


@given(st.lists(st.floats(1, 7.9), min_size=1, max_size=8), st.floats(1e-3, 1e9))
def test_years_within_a_factor_of_eight_are_never_flagged(values, scale):
    assert flagged(series("甲", "energy", *(value * scale for value in values))) == []


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=6))
def test_the_unit_of_a_whole_series_does_not_matter(values):
    assert flagged(series("甲", "energy", *values)) == flagged(
        series("甲", "energy", *(value * 1024 for value in values))
    )
