from datetime import date, timedelta
from decimal import Decimal

import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon.daycount import DayCount, year_fraction
from carbon.due_dates import Calendar, Roll, Stub, rolled
from carbon.errors import Problem
from carbon.money import Rounding
from carbon.schedules import Level, Prepayment, RateChange, Repayment, Terms, schedule, terms_of_months

START = date(2026, 1, 31)
STATED = [
    # principal in yuan, months, percent, instalment: two loans of LendingClub's public loan book (December 2011), looked up in
    # a public copy; the lender rounds instalments up to the cent.
    (5000, 36, "10.65", 16287),
    (2500, 60, "15.27", 5983),
]


@pytest.mark.parametrize(("yuan", "months", "percent", "fen"), STATED)
def test_lenders_stated_instalments(yuan, months, percent, fen):
    terms = Terms(yuan * 100, Decimal(percent), START, terms_of_months(months, START), rounding=Rounding.UP)
    assert schedule(terms).instalment_fen == fen


def test_a_mortgage_by_hand():
    # 1,000,000 yuan, 4.9 %, 30 years, 等额本息: 5,307.27 a month (1,000,000 × i(1+i)^360 / ((1+i)^360 − 1), i = 4.9 %/12).
    terms = Terms(10**8, Decimal("4.9"), date(2026, 1, 1), date(2056, 1, 1))
    found = schedule(terms)
    assert found.instalment_fen == 530_727
    assert (found.lines[0].interest_fen, found.lines[0].principal_fen) == (408_333, 122_394)
    assert found.lines[-1].closing_fen == 0


def test_equal_principal_by_hand():
    # 120,000 yuan over 12 months at 6 %: 10,000 of principal each month, interest 600, 550, … 50 yuan.
    found = schedule(
        Terms(12_000_000, Decimal(6), date(2026, 1, 1), date(2027, 1, 1), Repayment.EQUAL_PRINCIPAL)
    )
    assert [line.interest_fen for line in found.lines] == [60_000 - 5_000 * n for n in range(12)]
    assert {line.principal_fen for line in found.lines} == {1_000_000}


def test_a_firms_loan_settles_on_the_20th_of_quarters():
    terms = Terms(
        500_000_000,
        Decimal("2.4"),
        date(2026, 3, 2),
        date(2027, 3, 2),
        Repayment.INTEREST_ONLY,
        DayCount.ACT_360,
        due_day=20,
        due_months=(3, 6, 9, 12),
        due_day_counted=True,
    )
    lines = schedule(terms).lines
    assert [line.starts_on.isoformat() for line in lines] == [
        "2026-03-02", "2026-03-21", "2026-06-21", "2026-09-21", "2026-12-21",
    ]  # fmt: skip
    assert lines[0].interest_fen == 633_333  # 5,000,000 × 2.4 % × 19 / 360
    assert lines[-1].payment_fen == lines[-1].interest_fen + 500_000_000


def test_a_long_first_period_takes_the_stub_in():
    calendar = Calendar(date(2026, 3, 5), date(2026, 9, 20), due_day=20, first_stub=Stub.LONG)
    assert calendar.boundaries()[:3] == (date(2026, 3, 5), date(2026, 4, 20), date(2026, 5, 20))
    short = Calendar(date(2026, 3, 5), date(2026, 9, 5), due_day=20, last_stub=Stub.LONG)
    assert short.boundaries()[-2:] == (date(2026, 7, 20), date(2026, 9, 5))


def test_a_change_of_rate_counts_from_its_day_and_makes_a_new_instalment():
    terms = Terms(
        12_000_000, Decimal(6), date(2026, 1, 1), date(2027, 1, 1),
        day_count=DayCount.THIRTY_360, changes=(RateChange(date(2026, 3, 16), Decimal(3)),),
    )  # fmt: skip
    lines = schedule(terms).lines
    opening = lines[2].opening_fen
    assert lines[2].interest_fen == round(opening * (15 * 6 + 15 * 3) / 36000)
    assert lines[3].payment_fen < lines[1].payment_fen
    assert lines[-1].closing_fen == 0


def test_what_is_paid_early_lowers_the_instalment_or_shortens_the_loan():
    whole = Terms(12_000_000, Decimal(6), date(2026, 1, 1), date(2027, 1, 1))
    early = Prepayment(date(2026, 4, 1), 5_000_000)
    keeps_term = schedule(Terms(**{**vars(whole), "prepayments": (early,)}))
    shorter = schedule(
        Terms(**{**vars(whole), "prepayments": (Prepayment(early.on, early.amount_fen, "instalment"),)})
    )
    assert len(keeps_term.lines) == 12
    assert keeps_term.lines[4].payment_fen < keeps_term.lines[2].payment_fen
    assert len(shorter.lines) < 12
    assert shorter.lines[4].payment_fen == shorter.lines[2].payment_fen


def test_all_paid_early_ends_the_loan_with_the_interest_up_to_that_day():
    terms = Terms(
        12_000_000, Decimal(6), date(2026, 1, 1), date(2027, 1, 1), Repayment.BULLET, DayCount.ACT_360,
        prepayments=(Prepayment(date(2026, 7, 1), 12_000_000),),
    )  # fmt: skip
    (line,) = schedule(terms).lines
    assert (line.ends_on, line.interest_fen) == (date(2026, 7, 1), 362_000)  # 181 days


def test_more_than_is_outstanding_cannot_be_paid_back():
    terms = Terms(
        100_000,
        Decimal(6),
        date(2026, 1, 1),
        date(2027, 1, 1),
        prepayments=(Prepayment(date(2026, 12, 15), 100_000),),
    )
    with pytest.raises(Problem, match="are outstanding"):
        schedule(terms)


def test_a_loan_written_off_bears_no_more_interest():
    terms = Terms(
        12_000_000, Decimal(6), date(2026, 1, 1), date(2027, 1, 1), written_off_on=date(2026, 5, 16)
    )
    found = schedule(terms)
    assert found.lines[-1].ends_on == date(2026, 5, 16)
    assert found.lines[-1].closing_fen > 0
    assert found.accrued_on_fen(date(2026, 5, 16)) == 0


def test_payments_keep_off_holidays():
    national_day = date(2026, 10, 1)
    assert rolled(national_day, Roll.FOLLOWING) == date(2026, 10, 8)
    assert rolled(national_day, Roll.PRECEDING) == date(2026, 9, 30)
    assert rolled(date(2026, 1, 31), Roll.MODIFIED_FOLLOWING) == date(2026, 1, 30)


TERMS = st.builds(
    lambda principal, rate, start, months, repayment, basis, due, early, level, rounding: Terms(
        principal, rate, start, terms_of_months(months, start), repayment, basis,
        due_day=due, level=level, rounding=rounding,
        prepayments=(Prepayment(start + timedelta(days=17), max(principal // 3, 1)),) if early else (),
        changes=(RateChange(start + timedelta(days=40), rate + 1),) if early else (),
    ),
    st.integers(10_000, 10**11), st.decimals("0", "24", places=2), st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.integers(1, 60), st.sampled_from(Repayment), st.sampled_from(DayCount), st.sampled_from([None, 1, 20, 31]),
    st.booleans(), st.sampled_from(Level), st.sampled_from(Rounding),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(TERMS)
def test_days_add_up_to_interest_and_principal_comes_back_to_the_fen(terms):
    found = schedule(terms)
    for line in found.lines:
        days = range((line.ends_on - line.starts_on).days)
        assert sum(line.accrued_on_fen(line.starts_on + timedelta(days=n)) for n in days) == line.interest_fen
        assert line.payment_fen == line.interest_fen + line.principal_fen
        assert line.closing_fen == line.opening_fen - line.prepaid_fen - line.principal_fen
    paid_after_due = terms.principal_fen - sum(line.principal_fen + line.prepaid_fen for line in found.lines)
    on_due_days = sum(
        e.amount_fen for e in terms.prepayments if any(e.on == line.ends_on for line in found.lines)
    )
    assert paid_after_due in {0, on_due_days}
    assert found.lines[-1].closing_fen == 0


QUANTLIB = {
    DayCount.ACT_360: QuantLib.Actual360(),
    DayCount.ACT_365: QuantLib.Actual365Fixed(),
    DayCount.THIRTY_360: QuantLib.Thirty360(QuantLib.Thirty360.European),
}


@given(st.sampled_from(list(QUANTLIB)), st.dates(date(2004, 1, 1), date(2060, 1, 1)), st.integers(0, 3000))
def test_parts_of_a_year_are_quantlibs(basis, starts_on, length):
    ends_on = starts_on + timedelta(days=length)
    theirs = QUANTLIB[basis].yearFraction(
        QuantLib.Date(starts_on.isoformat(), "%Y-%m-%d"), QuantLib.Date(ends_on.isoformat(), "%Y-%m-%d")
    )
    assert float(year_fraction(basis, starts_on, ends_on)) == pytest.approx(theirs, abs=1e-12)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 120), st.sampled_from([1, 3, 6, 12]))
def test_due_days_are_quantlibs(starts_on, months, every):
    ends_on = terms_of_months(months, starts_on)
    theirs = QuantLib.Schedule(
        QuantLib.Date(starts_on.isoformat(), "%Y-%m-%d"), QuantLib.Date(ends_on.isoformat(), "%Y-%m-%d"),
        QuantLib.Period(every, QuantLib.Months), QuantLib.NullCalendar(), QuantLib.Unadjusted, QuantLib.Unadjusted, QuantLib.DateGeneration.Forward, False,
    )  # fmt: skip
    ours = Calendar(starts_on, ends_on, every).boundaries()
    assert [day.isoformat() for day in ours] == [day.ISO() for day in theirs]
