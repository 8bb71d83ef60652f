"""What does not fit is asked about; what fits is not."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.enterprise.plausibility_checks import (
    CHECKS,
    Reported,
    far_from_benchmark,
    outliers,
    questions,
)

YEAR = 2025


def row(number, month=1, amount=100.0, year=YEAR, months=1, **more):
    values = {"facility": "一厂", "source": "fuel_combustion", "item": "diesel", "unit": "t", **more}
    return Reported(id=str(number), month=date(year, month, 1), months=months, amount=amount, **values)


def a_year(amount=100.0, year=YEAR, months=range(1, 13), **more):
    return [row(f"{year}-{month}-{more.get('item', '')}", month, amount, year, **more) for month in months]


def kinds(rows, year=YEAR):
    return {question.kind for question in questions(rows, year)}


def test_a_year_like_the_one_before_raises_nothing():
    assert kinds([*a_year(100, YEAR - 1), *a_year(110)]) == set()


@pytest.mark.parametrize("amount", [210, 45])
def test_a_doubled_or_halved_year_is_asked_about_once(amount):
    found = questions([*a_year(100, YEAR - 1), *a_year(amount)], YEAR)
    assert [question.kind for question in found] == ["year-jump"]


def test_a_year_of_two_months_is_not_compared():
    assert kinds([*a_year(100, YEAR - 1), *a_year(300, months=(1, 2))]) == set()


def test_the_unit_it_is_written_in_is_no_jump():
    assert kinds([*a_year(100, YEAR - 1), *a_year(100_000, unit="kg")]) == set()


def test_a_month_a_thousand_times_the_others_is_another_unit():
    rows = [*a_year(months=range(1, 12)), row("slip", 12, 100_000)]
    [found] = [each for each in questions(rows, YEAR) if each.kind == "unit-slip"]
    assert found.rows == ("slip",)
    assert found.values["power"] == "1000"


def test_a_month_of_twelve_times_is_odd_but_no_power_of_ten():
    rows = [*a_year(months=range(1, 12)), row("odd", 12, 1_400)]
    assert kinds(rows) == {"odd-amount"}


def test_a_month_of_three_times_is_business():
    assert kinds([*a_year(months=range(1, 12)), row("more", 12, 300)]) == set()


def test_a_years_bill_beside_its_months_is_an_overlap():
    rows = [*a_year(), row("year", 1, 1200, months=12)]
    [found] = [each for each in questions(rows, YEAR) if each.kind == "overlap"]
    assert found.values["rows"] == 12


def test_quarters_that_follow_each_other_do_not_overlap():
    assert kinds([row(month, month, 300, months=3) for month in (1, 4, 7, 10)]) == set()


def test_another_facility_is_no_overlap():
    assert kinds([*a_year(), row("year", 1, 1200, months=12, facility="二厂")]) == set()


def test_one_invoice_behind_two_months_is_asked_about():
    rows = [row(1, 1, reference="FP-001"), row(2, 2, reference="fp-001 ")]
    assert kinds(rows) == {"same-invoice"}


def test_one_invoice_with_two_goods_of_a_month_is_one_bill():
    rows = [row(1, 1, reference="FP-001"), row(2, 1, 40, item="gasoline", reference="FP-001")]
    assert kinds(rows) == set()


def test_one_bill_for_two_meters_of_a_month_is_one_bill_unless_they_tell_the_same():
    meters = [row(1, 1, 30, reference="FP-001"), row(2, 1, 40, facility="二厂", reference="FP-001")]
    assert kinds(meters) == set()
    alike = [row(1, 1, 40, reference="FP-001"), row(2, 1, 40, facility="二厂", reference="FP-001")]
    assert kinds(alike) == {"same-invoice"}


def test_different_invoices_are_not():
    assert kinds([row(1, 1, reference="FP-001"), row(2, 2, reference="FP-002")]) == set()


POWER = {"source": "purchased_electricity", "item": "grid"}


def test_the_same_power_in_two_units_is_booked_twice():
    rows = [row(1, 3, 10, unit="万kWh", **POWER), row(2, 3, 100, unit="MWh", **POWER)]
    assert "power-twice" in kinds(rows)


def test_the_whole_beside_its_parts_is_booked_twice():
    rows = [
        row(1, 3, 60, unit="MWh", **POWER),
        row(2, 3, 40, unit="MWh", facility="二厂", **POWER),
        row(3, 3, 100, unit="MWh", facility="", **POWER),
    ]
    assert kinds(rows) == {"power-twice"}


def test_two_meters_of_different_power_are_two_meters():
    assert kinds([row(1, 3, 60, unit="MWh", **POWER), row(2, 3, 40, unit="MWh", **POWER)]) == set()


def test_a_certificate_counts_once():
    certified = {**POWER, "item": "certified", "unit": "MWh"}
    rows = [
        row(1, 3, 10, overrides={"certificate": "GEC-1"}, **certified),
        row(2, 4, 12, overrides={"certificate": "gec-1"}, **certified),
    ]
    assert kinds(rows) == {"certificate-twice"}
    other = [rows[0], row(2, 4, 12, overrides={"certificate": "GEC-2"}, **certified)]
    assert kinds(other) == set()


COAL = {"source": "power_plant_coal", "item": "coal"}


def test_carbon_equal_to_last_months_to_the_last_digit_is_asked_about():
    rows = [
        row(1, 1, overrides={"elemental_carbon": "0.5432"}, **COAL),
        row(2, 2, overrides={"elemental_carbon": "0.5432"}, **COAL),
    ]
    [found] = questions(rows, YEAR)
    assert found.kind == "repeated-analysis"
    assert found.values["before"] == "2025-01"


def test_carbon_that_differs_in_the_last_digit_is_an_analysis():
    rows = [
        row(1, 1, overrides={"elemental_carbon": "0.5432"}, **COAL),
        row(2, 2, overrides={"elemental_carbon": "0.5433"}, **COAL),
    ]
    assert questions(rows, YEAR) == []


def test_december_is_compared_with_january():
    rows = [
        row(1, 12, year=YEAR - 1, overrides={"elemental_carbon": "0.5432"}, **COAL),
        row(2, 1, overrides={"elemental_carbon": "0.5432"}, **COAL),
    ]
    assert kinds(rows) == {"repeated-analysis"}


def heat(amount, facility="一厂"):
    return row("out", 1, amount, months=12, source="exported_heat", item="heat", unit="GJ", facility=facility)


def test_more_heat_out_than_fuel_in_is_asked_about():
    fuel = row("in", 1, 100, months=12, energy_gj=4_300.0)
    assert kinds([fuel, heat(5_000)]) == {"energy-balance"}
    assert kinds([fuel, heat(3_500)]) == set()


def test_without_the_heat_of_a_fuel_nothing_is_claimed():
    assert kinds([row("in", 1, 100, months=12), heat(5_000)]) == set()


def test_another_facilitys_fuel_does_not_count():
    fuel = row("in", 1, 100, months=12, energy_gj=4_300.0, facility="二厂")
    assert kinds([fuel, heat(5_000)]) == set()


def test_more_carbon_out_than_in_is_asked_about():
    coke = row("in", 1, 100, months=12, source="carbon_in_materials", item="coke", co2_mg=300 * 10**9)
    steel = row(
        "out", 1, 5000, months=12, source="carbon_in_products", item="crude_steel", co2_mg=-400 * 10**9
    )
    assert kinds([coke, steel]) == {"carbon-balance"}
    less = row(
        "out", 1, 5000, months=12, source="carbon_in_products", item="crude_steel", co2_mg=-100 * 10**9
    )
    assert kinds([coke, less]) == set()


def test_an_outlier_needs_ten_to_stand_out_from():
    usual = {f"e{number}": 1.0 + number / 20 for number in range(12)}
    assert set(outliers({**usual, "far": 90.0})) == {"far"}
    assert outliers(usual) == {}
    assert outliers({"a": 1.0, "b": 1.1, "far": 90.0}) == {}


@pytest.mark.parametrize(("own", "far"), [(1.0, False), (4.9, False), (6.0, True), (0.1, True), (0.0, False)])
def test_the_benchmark_asks_from_a_factor_of_five(own, far):
    assert (far_from_benchmark(own, 1.0) is not None) == far


ROWS = st.lists(
    st.builds(
        row,
        st.uuids(),
        st.integers(1, 12),
        st.floats(0, 1e6),
        year=st.sampled_from([YEAR - 1, YEAR]),
        months=st.sampled_from([1, 3, 12]),
        unit=st.sampled_from(["t", "kg", "GJ", "?"]),
        source=st.sampled_from(["fuel_combustion", "purchased_electricity", "exported_heat", "unknown"]),
        reference=st.sampled_from([None, "A", "B"]),
        overrides=st.sampled_from([{}, {"elemental_carbon": "0.5"}, {"certificate": "C"}]),
    ),
    max_size=12,
)


@given(ROWS, st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_rows_changes_no_question(rows, random):
    def asked(some):
        return {(each.kind, frozenset(each.rows)) for each in questions(some, YEAR)}

    assert asked(rows) == asked(random.sample(rows, len(rows)))


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_each_question_names_rows_that_exist_and_is_itself_only_once(rows):
    found = questions(rows, YEAR)
    assert {id_ for each in found for id_ in each.rows} <= {each.id for each in rows}
    assert len({each.fingerprint for each in found}) == len(found)


def test_there_is_a_check_for_every_kind_the_house_promises():
    assert len(CHECKS) == 9
