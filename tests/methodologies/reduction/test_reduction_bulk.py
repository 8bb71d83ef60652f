"""Many reports by columns come to exactly what each comes to alone."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.errors import Problem
from methodologies.reduction.bulk import Column, NotByColumns, YearResult, calculate_many
from methodologies.reduction.catalogue import methodologies, methodology_from_text

CASES = [
    case
    for file in sorted((Path(__file__).parent / "cases").glob("*.toml"))
    for case in tomllib.loads(file.read_text("utf-8"), parse_float=Fraction)["case"]
]
EXACT = st.fractions(-1000, 1000, max_denominator=50)


def alone(method, report):
    try:
        found = method.calculate(report)
    except Problem as problem:
        return problem
    return tuple(YearResult(v.year, v.credits, v.buffer, v.parts["net"]) for v in found.vintages)


@pytest.mark.parametrize("id_", list(methodologies()))
def test_every_worked_example_comes_out_the_same_among_the_others(id_):
    method = methodologies()[id_]
    reports = [case["report"] for case in CASES if methodology_from_text(case["methodology"]).id == id_]
    several = [*reports, *reversed(reports), *reports]
    for report, found in zip(several, calculate_many(method, several), strict=True):
        expected = alone(method, report)
        if isinstance(expected, Problem):
            assert (str(found), found.at) == (str(expected), expected.at)
        else:
            assert found == expected


FIELD = st.fixed_dictionaries(
    {
        "area": st.one_of(st.integers(0, 500), st.sampled_from(["120 亩", "3.5", "1,200 亩"])),
        "season_days": st.integers(60, 200),
        "nitrogen": st.integers(0, 300),
        "baseline_water": st.sampled_from(["flooded", "single", "持续淹水"]),
        "project_water": st.sampled_from(["single", "multiple", "干湿交替"]),
        "baseline_preseason": st.sampled_from(["short_dry", "冬水田"]),
        "project_preseason": st.sampled_from(["short_dry", "冬水田"]),
    },
    optional={
        "straw_early": st.integers(0, 9),
        "compost": st.integers(0, 9),
        "followed": st.sampled_from(["是", "否"]),
    },
)
REPORT = st.fixed_dictionaries(
    {
        "region": st.sampled_from(["重庆", "world"]),
        "adoption_share": st.sampled_from([Fraction(1, 10), Fraction(1, 2)]),
        "years": st.lists(
            st.fixed_dictionaries(
                {"year": st.just(2024), "fields": st.lists(FIELD, min_size=1, max_size=4)},
                optional={"machinery_emissions": st.integers(0, 20), "yield_ratio": st.just(1)},
            ),
            min_size=1,
            max_size=1,
        ),
    }
)


@settings(max_examples=25)
@given(st.lists(REPORT, min_size=1, max_size=5))
def test_rice_by_columns_is_rice_row_by_row(reports):
    rice = methodologies()["rice"]
    found = calculate_many(rice, reports)
    for report, one in zip(reports, found, strict=True):
        expected = alone(rice, report)
        assert one == expected if not isinstance(expected, Problem) else str(one) == str(expected)


@given(st.lists(EXACT, min_size=1, max_size=6), EXACT.filter(bool), EXACT)
def test_a_column_computes_as_its_fractions_do(values, factor, summand):
    column = Column.of(values)
    assert (column * factor + summand).values() == [value * factor + summand for value in values]
    assert (summand - column / factor).values() == [summand - value / factor for value in values]
    assert (column * column - column).values() == [value * value - value for value in values]
    assert column.floors() == [value.__floor__() for value in values]


def test_what_columns_do_not_do_is_said_and_not_guessed():
    column = Column.of([Fraction(1), Fraction(2)])
    for wrong in (
        lambda: column < 1,
        lambda: 1 / column,
        lambda: column / column,
        lambda: bool(column),
        lambda: float(column),
    ):
        with pytest.raises(NotByColumns):
            wrong()
