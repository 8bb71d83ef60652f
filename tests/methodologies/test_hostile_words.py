"""Whatever stands in a row, the answer is a coefficient or a Problem: never another error, never a hang."""

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from carbon.errors import Problem
from methodologies.accounting.activity import ActivityKey
from methodologies.accounting.calculation import coefficient
from methodologies.accounting.catalogue import SOURCES

UNITS = [
    "t",
    "kWh",
    "GJ",
    "m3",
    "Nm3",
    "L",
    "kg",
    "t·km",
    "GJ/t",
    "%",
    "",
    "人",
    "10^99t",
    "kgCO2",
    "1",
    "元",
    "每t",
]
WORDS = [
    "",
    "1",
    "-1",
    "0",
    "1e5",
    "1e999",
    "NaN",
    "inf",
    "1,000.5",
    "93%",
    "0.93",
    "1/3",
    "20 GJ/t",
    "20 MJ/m3",
    "5 kg",
    "１．５",
    "{unit}",
    "x" * 200,
]
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=12))


@st.composite
def keys(draw):
    source = SOURCES[draw(st.sampled_from(sorted(SOURCES)))]
    names = sorted({*source.options, "factor_co2", "factor_ch4", "factor_co2e", "scope", "sector"})
    overrides = draw(st.dictionaries(st.sampled_from(names), TEXT, max_size=3))
    return ActivityKey(
        source=source.id,
        item=draw(st.one_of(st.sampled_from([*sorted(source.items), "x"]), st.text(max_size=5))),
        unit=draw(st.one_of(st.sampled_from(UNITS), st.text(max_size=6))),
        month=draw(st.dates(date(1990, 1, 1), date(2100, 1, 1))).replace(day=1),
        region=draw(st.sampled_from(["CN", "CN-CQ", "", "XX"])),
        guide=draw(st.sampled_from(["", "GBT2024", "MEE2024", "ETS", "x"])),
        method=draw(st.sampled_from(["", "market", "location", "x"])),
        overrides=tuple(sorted(overrides.items())),
    )


@settings(max_examples=400)
@given(keys())
@example(
    ActivityKey(
        "reported_factor", "x", "GJ/t", date(2024, 1, 1), overrides=(("factor_co2", "1"), ("scope", "1"))
    )
)
@example(
    ActivityKey(
        "reported_factor", "x", "t·km", date(2024, 1, 1), overrides=(("factor_co2", "1"), ("scope", "3"))
    )
)
def test_any_words_give_a_coefficient_or_a_problem_that_can_be_read(key):
    try:
        found = coefficient(key)
    except Problem as problem:
        said = str(problem)
    else:
        sign = -1 if SOURCES[key.source].removes else 1
        assert all(sign * mg >= 0 for mg in found.mg_per_unit.values())
        said = found.explanation.as_text("zh")
    assert said
