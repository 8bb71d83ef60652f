from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon.confidence import Confidence
from carbon.daycount import DayCount, add_months
from carbon.errors import NotFound
from methodologies.finance.interest_subsidy import (
    SubsidisedLoan,
    accrued_fen,
    accrued_on_fen,
    checks,
    expected_fen,
    explain,
    refusals,
    subsidised_until,
)
from methodologies.finance.programmes import ProgrammeFault, programme, programmes, read

EQUIPMENT = programme("CN-MOF-EQUIP-2026")
LOAN = SubsidisedLoan(
    principal_fen=500_000_000,
    rate_percent=Decimal("2.70"),
    day_count=DayCount.ACT_360,
    released_on=date(2026, 3, 1),
    ends_on=date(2029, 3, 1),
    purpose="equipment-renewal",
)


def test_the_programme_says_what_the_notice_says():
    assert EQUIPMENT.document.zh == "《关于优化实施设备更新贷款财政贴息政策的通知》(财金〔2026〕2号)"
    assert (EQUIPMENT.points_percent, EQUIPMENT.months_limit) == (Decimal("1.5"), 24)
    assert EQUIPMENT.released_until == date(2026, 12, 31)
    assert EQUIPMENT.confidence is Confidence.TEXT
    assert "own_rate_ceiling" in EQUIPMENT.house


@pytest.mark.parametrize(
    ("changed", "fen"),
    [
        # 5,000,000 yuan x 1.5 % x 731 days / 360 = 152,291.67 yuan (2028 is a leap year).
        ({}, 15_229_167),
        # The same at 24 months in twelfths: 5,000,000 x 1.5 % x 2 = 150,000 yuan.
        ({"day_count": DayCount.MONTHS}, 15_000_000),
        ({"day_count": DayCount.THIRTY_360}, 15_000_000),
        # One year only: 5,000,000 x 1.5 % x 365 / 360 = 76,041.67 yuan.
        ({"ends_on": date(2027, 3, 1)}, 7_604_167),
        # The loan costs 1.2 %, so 1.2 % is all it can draw: 5,000,000 x 1.2 % x 2 = 120,000 yuan.
        ({"day_count": DayCount.MONTHS, "rate_percent": Decimal("1.20")}, 12_000_000),
    ],
)
def test_the_whole_subsidy_by_hand(changed, fen):
    assert expected_fen(EQUIPMENT, replace(LOAN, **changed)) == fen


def test_nothing_is_due_after_the_programmes_months():
    assert subsidised_until(EQUIPMENT, LOAN) == date(2028, 3, 1)
    assert accrued_on_fen(EQUIPMENT, LOAN, date(2028, 2, 29)) > 0
    assert accrued_on_fen(EQUIPMENT, LOAN, date(2028, 3, 1)) == 0
    assert accrued_on_fen(EQUIPMENT, LOAN, date(2026, 2, 28)) == 0


def test_a_ceiling_of_principal_is_shared_by_the_firms_loans():
    capped = replace(EQUIPMENT, principal_ceiling_fen=600_000_000)
    second = replace(LOAN, already_subsidised_fen=400_000_000, day_count=DayCount.MONTHS)
    assert expected_fen(capped, second) == 6_000_000  # 2,000,000 yuan are left: x 1.5 % x 2
    full = replace(LOAN, already_subsidised_fen=600_000_000)
    assert [str(reason) for reason in refusals(checks(capped, full))] == [
        "The firm's loans of 6,000,000.00 yuan already fill the ceiling of 6,000,000.00 yuan for one firm."
    ]


def test_a_loan_that_meets_every_condition_is_told_each():
    answers = checks(EQUIPMENT, LOAN)
    assert len(answers) == 5
    assert not refusals(answers)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"purpose": "working-capital"},
            "The loan is for “working-capital loan”; the programme takes: fixed-asset loan",
        ),
        ({"purpose": "yacht"}, "The loan is for “yacht”"),
        ({"released_on": date(2026, 1, 18)}, "released on 2026-01-18, before the first day, 2026-01-19"),
        ({"released_on": date(2027, 1, 1)}, "released on 2027-01-01, after the last day, 2026-12-31"),
        ({"rate_percent": Decimal("0.00")}, "bears no interest"),
    ],
)
def test_a_loan_that_does_not_qualify_is_told_why(changed, reason):
    told = [str(answer) for answer in refusals(checks(EQUIPMENT, replace(LOAN, **changed)))]
    assert any(text.startswith(reason) or reason in text for text in told), told


def test_science_innovation_loans_count_from_new_year():
    early = replace(LOAN, purpose="science-innovation", released_on=date(2026, 1, 1))
    assert not refusals(checks(EQUIPMENT, early))


LOANS = st.builds(
    SubsidisedLoan,
    principal_fen=st.integers(1, 10**12),
    rate_percent=st.decimals("0.01", "20", places=2),
    day_count=st.sampled_from(DayCount),
    released_on=st.dates(date(2026, 1, 19), date(2026, 12, 31)),
    ends_on=st.just(date(2027, 1, 1)),
    purpose=st.just("equipment-renewal"),
)


@given(LOANS, st.integers(1, 40))
def test_the_days_add_up_to_the_whole_to_the_fen(loan, months):
    loan = replace(loan, ends_on=add_months(loan.released_on, months))
    days = (loan.ends_on - loan.released_on).days
    accrued = [accrued_on_fen(EQUIPMENT, loan, loan.released_on + timedelta(days=n)) for n in range(days + 5)]
    assert min(accrued) >= 0
    assert sum(accrued) == expected_fen(EQUIPMENT, loan)
    assert accrued_fen(EQUIPMENT, loan, loan.ends_on + timedelta(days=9)) == sum(accrued)


def test_the_explanation_names_the_notice_and_the_days():
    zh = explain(EQUIPMENT, LOAN).as_text("zh")
    assert "财金〔2026〕2号" in zh
    assert "贴息期自2026-03-01(含)至2028-03-01(不含),按ACT/360计" in zh
    assert explain(EQUIPMENT, LOAN, before=date(2026, 3, 2)).value * 100 == pytest.approx(20_833.33, abs=0.01)


def test_an_unknown_programme_is_answered_with_the_known_ones():
    with pytest.raises(NotFound, match="CN-MOF-EQUIP-2026"):
        programme("CN-NONE")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"confidence": "memory"}, "confirm them or leave them out"),
        ({"rate_form": "share-of-turnover"}, "is not computed"),
        ({"rate_form": "share-of-interest"}, "needs interest_share_percent"),
        ({"levels": [{"level": "central", "percent": 90}]}, "100 percent together"),
        ({"purposes": [{"id": "yacht", "released_from": date(2026, 1, 1)}]}, r"purposes \['yacht'\]"),
    ],
)
def test_a_programme_the_rule_cannot_compute_does_not_start(changed, told):
    table = {
        "id": "X", "zh": "甲", "en": "X", "issuer": {"zh": "甲", "en": "X"}, "document": {"zh": "甲", "en": "X"},
        "clause": "1", "published": date(2026, 1, 1), "confidence": "text", "rate_form": "points-of-principal",
        "points_percent": "1", "months_limit": 12, "clock_starts": "release", "released_until": date(2026, 12, 31),
        "purposes": [{"id": "equipment-renewal", "released_from": date(2026, 1, 1)}], "accrual_basis": "loan",
        "own_rate_ceiling": True, "excludes": {"zh": "甲", "en": "X"},
    }  # fmt: skip
    assert read(table).months_limit == 12
    with pytest.raises(ProgrammeFault, match=told):
        read(table | changed)


def test_every_shipped_programme_can_be_read():
    assert set(programmes()) >= {"CN-MOF-EQUIP-2026"}
