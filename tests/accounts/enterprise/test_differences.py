"""The parts of a difference add up to it to the milligram, whatever changed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from accounts.enterprise.differences import PARTS, Correction, Figures, Line, added, difference
from accounts.enterprise.inventory import kyoto_co2e_mg
from carbon.rounding import round_mg

GASES = ("CO2", "CH4", "N2O", "SF6", "CO2_biogenic", "HFC134a")
SETS = ("SAR", "AR4", "AR5", "AR6")


def line(facility=1, key="diesel", amount="10", factor=None, counted=True, month=date(2024, 3, 1)):
    per_unit = {gas: Fraction(text) for gas, text in (factor or {"CO2": "3000000.5"}).items()}
    masses = {gas: round_mg(Fraction(amount) * one) for gas, one in per_unit.items()}
    return Line(facility, month, 1, key, "fuel_combustion", Decimal(amount), masses, per_unit, counted)


lines = st.lists(
    st.builds(
        line,
        facility=st.integers(1, 3),
        key=st.sampled_from(["diesel", "gas", "power"]),
        amount=st.decimals(0, 10**6, places=3).map(str),
        factor=st.dictionaries(
            st.sampled_from(GASES),
            st.fractions(0, 10**9, max_denominator=997).map(str),
            min_size=1,
            max_size=3,
        ),
        counted=st.just(True),
    ),
    max_size=8,
)
masses = st.dictionaries(st.sampled_from(GASES), st.integers(0, 10**12), max_size=3)
corrections = st.lists(
    st.builds(Correction, facility=st.integers(1, 3), before=masses, after=masses), max_size=3
)


def within(found, outside):
    return [replace(one, counted=one.facility not in outside) for one in found]


def total(figures):
    return kyoto_co2e_mg(added(one.masses for one in figures.lines if one.counted), figures.gwp_set)


@given(lines, lines, corrections, st.sets(st.integers(1, 3), max_size=2), st.sets(st.integers(1, 3), max_size=2),
       st.sampled_from(SETS), st.sampled_from(SETS))  # fmt: skip
def test_the_parts_add_up_to_the_milligram(
    before, after, corrected, out_before, out_after, one_set, other_set
):
    earlier = Figures(within(before, out_before), one_set)
    later = Figures(within(after, out_after), other_set)
    found = difference(earlier, later, corrected)
    assert found.before_mg == total(earlier)
    assert found.after_mg == total(later)
    assert tuple(part.id for part in found.parts) == PARTS
    assert sum(part.co2e_mg for part in found.parts) == found.co2e_mg == found.after_mg - found.before_mg
    assert found.parts[-1].total_mg == found.after_mg


@given(lines, st.sampled_from(SETS))
def test_a_version_does_not_differ_from_itself(found, gwp_set):
    told = difference(Figures(found, gwp_set), Figures(found, gwp_set))
    assert {part.co2e_mg for part in told.parts} == {0}


def parts(before, after, corrected=(), sets=("AR5", "AR5")):
    told = difference(Figures(before, sets[0]), Figures(after, sets[1]), corrected)
    return {part.id: part.co2e_mg for part in told.parts if part.co2e_mg}


def test_each_cause_alone_is_told_alone():
    one = line(factor={"CO2": "3000000", "CH4": "100"})
    assert parts([one], [one], sets=("AR5", "AR6")) == {"gwp": round(Decimal(1000) * Decimal("-0.1"))}
    assert parts([one], [line(factor={"CO2": "3100000", "CH4": "100"})]) == {"factor": 1_000_000}
    assert parts([one], [line(amount="12", factor={"CO2": "3000000", "CH4": "100"})]) == {
        "activity": 2 * (3_000_000 + 2800)
    }
    other = line(facility=2)
    assert parts([one, other], [one, replace(other, counted=False)]) == {"boundary": -30_000_005}
    assert parts([one, replace(other, counted=False)], [one, other]) == {"boundary": 30_000_005}
    assert parts([one], [line(amount="8", factor={"CO2": "3000000", "CH4": "100"})],
                 [Correction(1, one.masses, {"CO2": 24_000_000, "CH4": 800})]) == {"correction": -2 * (3_000_000 + 2800)}  # fmt: skip


def test_what_is_new_stands_at_its_own_factor_as_activity():
    assert parts([], [line()]) == {"activity": 30_000_005}


def test_causes_together_are_told_in_their_order():
    before = [line(amount="10", factor={"CO2": "100"})]
    after = [line(amount="20", factor={"CO2": "150"})]
    assert parts(before, after) == {"activity": 1000, "factor": 1000}
