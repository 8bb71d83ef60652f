"""The uncertainty of a whole file, by both approaches."""

import math

import pytest

from accounts.enterprise.checking import check_activities
from accounts.enterprise.reading import read_file
from accounts.enterprise.uncertainty import assess, lines_of
from carbon.errors import Problem
from methodologies.accounting.spreads import spreads

HEAD = "period,facility,source,item,amount,unit,factor_co2,amount_uncertainty,factor_uncertainty,distribution,scope\n"


def assessed(*rows, draws=4000, seed=1, gwp_set="AR5"):
    checked = check_activities(read_file("a.csv", (HEAD + "\n".join(rows)).encode()))
    assert not checked.has_errors, checked.findings.listed()
    return assess(lines_of(checked), gwp_set, draws=draws, seed=seed)


def test_amount_and_factor_of_one_row_by_equation_3_1():
    found = assessed("2024,,reported_factor,x,100,t,2 t/t,3%,4%,,1")
    assert found.total.percent == pytest.approx(5)
    assert found.known_share == 1
    assert found.unknown == ()


def test_two_rows_of_one_factor_share_it_and_two_factors_do_not():
    rows = [
        "2024-01,,reported_factor,x,100,t,2 t/t,,10%,,1",
        "2024-02,,reported_factor,x,100,t,2 t/t,,10%,,1",
    ]
    assert assessed(*rows).total.percent == pytest.approx(10)
    other = [
        "2024-01,,reported_factor,x,100,t,2 t/t,,10%,,1",
        "2024-02,,reported_factor,y,100,t,2 t/t,,10%,,1",
    ]
    assert assessed(*other).total.percent == pytest.approx(10 / math.sqrt(2))


def test_amounts_of_two_months_are_independent():
    rows = [
        "2024-01,,reported_factor,x,100,t,2 t/t,10%,,,1",
        "2024-02,,reported_factor,x,100,t,2 t/t,10%,,,1",
    ]
    assert assessed(*rows).total.percent == pytest.approx(10 / math.sqrt(2))


@pytest.mark.parametrize("distribution", ["normal", "lognormal", "triangular", "uniform"])
def test_draws_agree_with_propagation_for_small_intervals(distribution):
    rows = [
        f"2024,,reported_factor,{item},{amount},t,2 t/t,4%,3%,{distribution},1"
        for item, amount in (("x", 100), ("y", 40), ("z", 70))
    ]
    found = assessed(*rows, draws=20_000)
    half = (found.total.drawn.below_percent + found.total.drawn.above_percent) / 2
    assert half == pytest.approx(found.total.percent, rel=0.04)


def test_the_same_seed_gives_the_same_answer():
    row = "2024,,reported_factor,x,100,t,2 t/t,4%,3%,,1"
    assert assessed(row, seed=5) == assessed(row, seed=5)
    assert assessed(row, seed=5).total.drawn != assessed(row, seed=6).total.drawn


def test_what_nobody_gives_an_interval_is_named_and_not_counted_as_sure():
    found = assessed(
        "2024,,reported_factor,x,100,t,2 t/t,3%,4%,,1", "2024,,reported_factor,y,100,t,2 t/t,,,,1"
    )
    assert found.known_share == pytest.approx(0.5)
    [unknown] = found.unknown
    assert unknown.item == "y"
    assert "amount" in [name.en for name in unknown.numbers]


def test_contributions_say_what_to_measure_first():
    found = assessed(
        "2024,,reported_factor,large,1000,t,2 t/t,10%,,,1", "2024,,reported_factor,small,10,t,2 t/t,10%,,,1"
    )
    assert "large" in found.contributions[0].name.en
    assert sum(part.variance_share for part in found.contributions) == pytest.approx(1)


def test_by_gas_and_scope_beside_the_total():
    found = assessed(
        "2024,,reported_factor,x,100,t,2 t/t,3%,4%,,1",
        "2024,,purchased_electricity,grid,100,MWh,0.5 t/MWh,6%,8%,,2",
    )
    assert {each.name: round(each.percent, 6) for each in found.by_scope} == {"1": 5, "2": 10}
    assert [each.name for each in found.by_gas] == ["CO2"]


def test_an_uncertainty_that_cannot_be_read_is_an_error_of_its_row():
    checked = check_activities(
        read_file("a.csv", (HEAD + "2024,,reported_factor,x,100,t,2 t/t,about ten,,,1").encode())
    )
    [finding] = [each for each in checked.findings.listed() if each.severity == "error"]
    assert finding.column == "amount_uncertainty"


def test_too_many_draws_are_refused():
    with pytest.raises(Problem, match="draws"):
        assessed("2024,,reported_factor,x,100,t,2 t/t,3%,4%,,1", draws=10**9)


def test_the_factor_as_a_whole_moves_all_that_the_row_emits():
    checked = check_activities(
        read_file(
            "a.csv",
            b"period,source,item,amount,unit,process_factor,removal_share,factor_uncertainty\n2024,nitric_acid,medium,1,t,7,90%,5%",
        )
    )
    known = spreads(checked.resolved[0].key, "AR5")
    [number] = known.numbers.values()
    assert known.sensitivities[number.id]["N2O"] == pytest.approx(known.co2e_mg["N2O"])
