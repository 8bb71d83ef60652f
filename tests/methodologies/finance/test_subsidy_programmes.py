"""Each programme's form by hand; the figures of the programmes are those of their documents."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.confidence import Confidence
from carbon.errors import Problem
from methodologies.finance.interest_subsidy import (
    accrued_fen,
    accrued_on_fen,
    expected_fen,
    shares_fen,
    subsidised_until,
)
from methodologies.finance.programmes import RateForm, programme, programmes
from methodologies.finance.subsidy_case import answer, loan_of

MILLION = {
    "principal": "1000000",
    "rate": "3",
    "months": 12,
    "starts_on": "2026-03-01",
    "repayment": "interest-only",
}


@pytest.mark.parametrize(
    ("programme_id", "changed", "yuan"),
    [
        # 1.5 points of 50 million, the ceiling of a firm, two years in whole months: 50,000,000 × 1.5 % × 2.
        ("CN-MOF-MSME-2026", {"principal": "80000000", "months": 36}, "1500000"),
        # 1 point of 1 million at most, one year: 10,000.
        ("CN-MOF-SERVICE-2025", {"principal": "3000000", "months": 24, "starts_on": "2025-04-01"}, "10000"),
        # After a local subsidy of 2.4 points on 3 %, 0.6 are left.
        ("CN-MOF-SERVICE-2025", {"starts_on": "2025-04-01", "other_points": "2.4"}, "6000"),
        ("CN-MOF-SERVICE-2026", {"principal": "30000000"}, "100000"),
        # The clock starts when the money reaches the supplier: one year of two is left.
        (
            "CN-MOF-EQUIP-2024",
            {"starts_on": "2024-05-01", "months": 24, "supplier_paid_on": "2025-05-01"},
            "10000",
        ),
        ("CN-MOF-EQUIP-2024B", {"starts_on": "2024-08-01", "months": 36}, "30000"),
        # A consumer's purchase counts with 50,000 at most, and half of the contract rate: 1 % of 3 % stays 1 %.
        ("CN-MOF-CONSUMER-2025", {"principal": "80000", "starts_on": "2025-10-01"}, "500"),
        ("CN-MOF-CONSUMER-2025", {"principal": "40000", "rate": "1.8", "starts_on": "2025-10-01"}, "360"),
        # Small purchases: 1,000 yuan at most for a borrower and lender, 700 of it drawn.
        (
            "CN-MOF-CONSUMER-2025",
            {"principal": "40000", "starts_on": "2025-10-01", "received_yuan": "700"},
            "300",
        ),
        ("CN-MOF-CONSUMER-2026", {"principal": "400000", "starts_on": "2026-01-01"}, "3000"),
        # 20 % of the LPR of the year's end: 2021 3.80 %, 2022 3.65 %; ten and two months of 1 million.
        ("XM-GREEN-SUBSIDY", {"starts_on": "2021-03-01"}, "7550"),
        ("XM-GREEN-SUBSIDY", {"starts_on": "2021-01-01", "principal": "90000000"}, "300000"),
        # 2 per mille of the loan, once.
        ("CQ-FISCAL-CERF", {"months": 36}, "2000"),
        # 20 % of 30,000 yuan of interest; 40 % for innovative firms; at most 500,000 in Shanghai.
        ("BJ-FIRST-LOAN", {}, "6000"),
        ("BJ-FIRST-LOAN", {"purpose": "innovative-first-loan"}, "12000"),
        ("SH-FIRST-LOAN", {"principal": "100000000"}, "500000"),
    ],
)
def test_the_form_of_a_programme_by_hand(programme_id, changed, yuan):
    found = answer(programme(programme_id), MILLION | changed)
    assert found.qualifies, [str(check) for check in found.checks if not check.met]
    assert Decimal(found.amount_fen) / 100 == Decimal(yuan)
    assert sum(period.amount_fen for period in found.periods) == found.amount_fen


def test_a_loan_paid_back_in_parts_is_subsidised_on_what_is_left():
    # 1,200,000 over 12 months, equal principal: 1,200,000, 1,100,000, … 100,000, each a twelfth of 1.5 %.
    loan = MILLION | {"principal": "1200000", "repayment": "等额本金", "purpose": "equipment-renewal"}
    found = answer(programme("CN-MOF-EQUIP-2026"), loan)
    assert found.amount_fen == sum(range(1, 13)) * 10_000_000 * 15 // 12_000
    assert len(found.explanation.children) == 12


def test_a_subsidy_stops_when_the_loan_is_overdue():
    whole = answer(programme("CN-MOF-SERVICE-2026"), MILLION)
    stopped = answer(programme("CN-MOF-SERVICE-2026"), MILLION | {"stops_on": "2026-09-01"})
    assert stopped.amount_fen * 2 == whole.amount_fen
    refused = answer(programme("CN-MOF-SERVICE-2026"), MILLION | {"disqualified": ["overdue"]})
    assert (refused.qualifies, refused.amount_fen) == (False, 0)
    assert "the loan is overdue" in str(refused.checks[-1])


def test_what_excludes_another_subsidy_says_so():
    both = MILLION | {"other_programmes": ["CN-MOF-SERVICE-2026"]}
    assert not answer(programme("CN-MOF-MSME-2026"), both).qualifies
    local = MILLION | {"other_programmes": ["XM-GREEN-SUBSIDY"]}
    assert answer(programme("CN-MOF-MSME-2026"), local).qualifies


def test_levels_of_government_share_to_the_fen():
    assert shares_fen(programme("CN-MOF-SERVICE-2025"), 1_005) == {"central": 904, "province": 101}


def test_no_programme_rests_on_memory_and_each_names_its_document():
    assert len(programmes()) >= 9
    assert {known.rate_form for known in programmes().values()} == set(RateForm)
    for known in programmes().values():
        assert known.confidence > Confidence.MEMORY
        assert known.document.zh
        assert known.house or known.confidence is Confidence.TEXT


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(programmes())), st.integers(1, 10**7), st.decimals("0.01", "12", places=2), st.integers(1, 30),
    st.sampled_from(["等额本息", "等额本金", "interest-only"]), st.sampled_from(["months/12", "ACT/360", "30/360"]),
)  # fmt: skip
def test_days_add_up_to_the_whole_under_every_programme(
    programme_id, principal, rate, months, repayment, basis
):
    known = programme(programme_id)
    day = max(purpose.released_from for purpose in known.purposes)
    values = {
        "principal": principal,
        "rate": rate,
        "months": months,
        "starts_on": day,
        "repayment": repayment,
    }
    loan = loan_of(known, values | {"day_count": basis})
    until = subsidised_until(known, loan)
    days = [date.fromordinal(n) for n in range(day.toordinal(), until.toordinal(), 7)]
    totals = [accrued_fen(known, loan, each) for each in (*days, until)]
    assert totals == sorted(totals)
    assert totals[-1] == expected_fen(known, loan)
    assert accrued_on_fen(known, loan, until) == 0


def test_a_file_that_cannot_be_read_names_its_field():
    with pytest.raises(Problem) as caught:
        answer(programme("BJ-FIRST-LOAN"), MILLION | {"received_yuan": "many"})
    assert caught.value.at == "received_yuan"
