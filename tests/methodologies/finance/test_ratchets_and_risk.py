from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.errors import Problem
from methodologies.finance.carbon_stress import Borrower, stress
from methodologies.finance.pledge_values import (
    PledgeTerms,
    Price,
    check_terms,
    price_on,
    short_for_surrender,
    value,
)
from methodologies.finance.ratchets import Ratchet, Result, Target, check_ratchet, outcomes, points
from methodologies.finance.risk_sharing import (
    PARTIES,
    PoolState,
    coverable_fen,
    is_stopped,
    risk_programme,
    risk_programmes,
    share_loss,
    share_recovery,
)

FIRST, SECOND = date(2026, 12, 31), date(2027, 12, 31)
REDUCTION = Ratchet(
    (Target("reduction", FIRST, Decimal(5), "higher"), Target("reduction", SECOND, Decimal(5), "higher")),
    Decimal("0.10"),
    Decimal("0.15"),
)
TWO = Ratchet(
    (Target("intensity", FIRST, Decimal("1.2")), Target("green power", FIRST, Decimal(30), "higher")),
    Decimal("0.10"), Decimal("0.10"), only_full=False, two_way=True,
)  # fmt: skip


def test_a_yearly_reduction_of_five_percent_lowers_the_rate_by_ten_points_up_to_the_cap():
    # Industrial Bank Huangshi's loan: first-year rate 3.2 %, -10 bp when the yearly reduction reaches 5 %.
    results = [Result("reduction", FIRST, Decimal("5.0")), Result("reduction", SECOND, Decimal("6.1"))]
    assert points(REDUCTION, results, date(2026, 12, 30)) == 0
    assert points(REDUCTION, results, FIRST) == Decimal("-0.10")
    assert points(REDUCTION, results, SECOND) == Decimal("-0.15")
    assert points(REDUCTION, results[:1], date(2028, 1, 1)) == Decimal("-0.10")


@pytest.mark.parametrize(
    ("intensity", "power", "ratchet", "expected"),
    [("1.2", "30", TWO, "-0.10"), ("1.3", "30", TWO, "-0.05"), ("1.3", "29", TWO, "0.10"),
     ("1.3", "30", Ratchet(TWO.targets, TWO.step_points, TWO.cap_points, two_way=True), "0")],
)  # fmt: skip
def test_two_indicators_in_part_in_full_and_both_ways(intensity, power, ratchet, expected):
    results = [Result("intensity", FIRST, Decimal(intensity)), Result("green power", FIRST, Decimal(power))]
    assert points(ratchet, results, FIRST) == Decimal(expected)
    (test,) = outcomes(ratchet, results, FIRST)
    assert len(test.met) + len(test.missed) == 2


@pytest.mark.parametrize(
    ("ratchet", "told"),
    [
        (Ratchet((), Decimal(1), Decimal(1)), "one or two indicators"),
        (Ratchet(REDUCTION.targets, Decimal(0), Decimal(1)), "above zero"),
        (Ratchet(REDUCTION.targets, Decimal(2), Decimal(1)), "not above the cap"),
        (
            Ratchet((*REDUCTION.targets, REDUCTION.targets[0]), Decimal(1), Decimal(1)),
            "one target for each test day",
        ),
    ],
)
def test_a_ratchet_that_cannot_be_tested_is_refused(ratchet, told):
    with pytest.raises(Problem, match=told):
        check_ratchet(ratchet)


PLAN = risk_programme("NFGF-PRIVATE-2026")
EMPTY = PoolState(0, 0, 0, 0, 10**12)
FULL = PoolState(10**11, 10**11, 0, 0, 10**12)


def test_a_loss_is_shared_by_class():
    told = share_loss(PLAN, "standard", 1_000_000, 10_000_000, 10_000_000, FULL)
    assert told.shares_fen == {"guarantor": 400_000, "pool": 400_000, "bank": 200_000}
    half = share_loss(PLAN, "standard", 1_000_000, 5_000_000, 10_000_000, FULL)
    assert half.shares_fen == {"guarantor": 200_000, "pool": 200_000, "bank": 600_000}


def test_ceilings_leave_the_rest_to_the_bank_and_say_so():
    near = PoolState(10**9, 10**9, 49_900_000, 0, 10**12)
    told = share_loss(PLAN, "standard", 1_000_000, 10_000_000, 10_000_000, near)
    assert (told.shares_fen["pool"], told.shares_fen["bank"]) == (100_000, 500_000)
    assert "compensation ceiling" in told.limits[0][0]
    poor = PoolState(10**11, 10**11, 0, 0, 7)
    assert share_loss(PLAN, "standard", 1_000_000, 1, 1, poor).shares_fen["pool"] == 7


def test_cover_stops_at_the_firm_s_ceiling_and_at_the_stop_line():
    assert coverable_fen(PLAN, 3_000_000_000, 500_000_000, EMPTY) == 1_500_000_000
    with pytest.raises(Problem, match="ceiling is full"):
        coverable_fen(PLAN, 1, 2_000_000_000, EMPTY)
    stopped = PoolState(10**9, 10**9, 50_000_000, 0, 10**12)
    assert is_stopped(PLAN, stopped)
    assert not is_stopped(PLAN, PoolState(10**9, 10**9, 50_000_000, 1, 10**12))
    with pytest.raises(Problem, match="stop line"):
        coverable_fen(PLAN, 1, 0, stopped)


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10**11), min_size=1, max_size=5))
def test_shares_and_recoveries_add_up_to_the_fen(loss, parts):
    for known in risk_programmes().values():
        borne = share_loss(known, known.classes[0].id, loss, 10**12, 10**12, FULL).shares_fen
        assert sum(borne.values()) == loss
        returned = dict.fromkeys(PARTIES, 0)
        for part in parts:
            if sum(returned.values()) + part <= loss:
                back = share_recovery(part, borne, returned)
                assert sum(back.values()) == part
                returned = {party: returned[party] + back[party] for party in PARTIES}
        rest = loss - sum(returned.values())
        if rest:
            back = share_recovery(rest, borne, returned)
            assert {party: returned[party] + back[party] for party in PARTIES} == dict(borne)


def test_a_pledge_is_valued_with_its_haircut_and_calls_below_the_line():
    terms = PledgeTerms(Decimal(30), Decimal(120), Decimal(150), 40_000_000)
    check_terms(terms)
    well = value(terms, 10_000, Price(FIRST, 6_000), FIRST)
    assert (well.market_fen, well.lending_fen, well.cover_percent, well.called) == (
        60_000_000,
        42_000_000,
        150,
        False,
    )
    low = value(terms, 10_000, Price(FIRST, 4_500), FIRST)
    assert (low.cover_percent, low.called, low.call_fen, low.call_t) == (
        Decimal("112.50"),
        True,
        15_000_000,
        3_334,
    )
    with pytest.raises(Problem, match="maintenance line"):
        check_terms(PledgeTerms(Decimal(30), Decimal(160), Decimal(150), 1))
    with pytest.raises(Problem, match="No price of the last 30 days"):
        price_on([Price(date(2026, 10, 1), 5)], FIRST)


def test_pledged_units_that_surrender_needs_are_counted():
    assert [short_for_surrender(*case) for case in [(100, 50, 120), (100, 50, 200), (100, 50, 90)]] == [
        20,
        50,
        0,
    ]


def test_a_price_on_carbon_becomes_cost_coverage_and_rate():
    # 100,000 t, 95 % free, 100 yuan: 500,000 yuan; earnings 2 million over interest of 1 million: 2.00 to 1.50.
    borrower = Borrower(10**14, 200_000_000, 100_000_000, Decimal(95))
    scale = [(Decimal("1.6"), Decimal("0.30")), (Decimal("1.2"), Decimal("0.80"))]
    first, second = stress(borrower, {2027: 10_000, 2030: 20_000}, scale)
    assert (first.cost_fen, first.coverage_before, first.coverage_after, first.points) == (
        50_000_000, Decimal("2.00"), Decimal("1.50"), Decimal("0.30"),
    )  # fmt: skip
    assert (second.coverage_after, second.points) == (Decimal("1.00"), Decimal("0.80"))
