"""A loan's subsidy from a file: terms as in loan_terms.py, and what the programme asks besides.

The balance follows the loan's own repayment schedule, its early payments and changes of rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from carbon.daycount import add_months
from carbon.errors import N_, Problem
from carbon.explanation import Explanation
from carbon.schedules import Schedule, Terms, schedule
from methodologies.finance import interest_subsidy as rule
from methodologies.finance.interest_subsidy import SubsidisedLoan
from methodologies.finance.loan_terms import day_of, fen_named, fields_of, terms_of
from methodologies.finance.lpr import Tenor, in_force, published
from methodologies.finance.programmes import Programme, RateForm
from methodologies.finance.subsidy_checks import Check, checks, refusals


@dataclass(frozen=True)
class ClaimPeriod:
    """What one claim period adds; the last day is not counted."""

    starts_on: date
    ends_on: date
    amount_fen: int
    shares_fen: dict[str, int]


@dataclass(frozen=True)
class SubsidyAnswer:
    """Whether the loan qualifies, and what it draws up to `until` (not counted) by claim period."""

    programme: Programme
    loan: SubsidisedLoan
    checks: tuple[Check, ...]
    starts_on: date
    until: date
    amount_fen: int
    periods: tuple[ClaimPeriod, ...]
    explanation: Explanation

    @property
    def qualifies(self) -> bool:
        """Whether every condition is met."""
        return not refusals(self.checks)


def answer(programme: Programme, values: Mapping[str, Any]) -> SubsidyAnswer:
    """The programme's answer for one loan of a file.

    Raises:
        Problem: a field is missing or cannot be read; `at` names it.
    """
    loan = loan_of(programme, values)
    until = rule.subsidised_until(programme, loan)
    if values.get("until") not in (None, ""):
        until = min(until, day_of(values["until"], "until") + timedelta(days=1))
    starts_on = rule.clock_start(programme, loan)
    answers = checks(programme, loan)
    amount = 0 if refusals(answers) else rule.accrued_fen(programme, loan, until)
    return SubsidyAnswer(
        programme=programme,
        loan=loan,
        checks=answers,
        starts_on=starts_on,
        until=until,
        amount_fen=amount,
        periods=tuple(_periods(programme, loan, starts_on, until)) if amount else (),
        explanation=rule.explain(programme, loan, until),
    )


def loan_of(programme: Programme, values: Mapping[str, Any]) -> SubsidisedLoan:
    """What the programme asks, from the fields of a file.

    Raises:
        Problem: as `answer`.
    """
    terms = terms_of(values)
    found = schedule(terms)
    purpose = str(fields_of(values).get("purpose") or programme.purposes[0].id)
    purchases = values.get("purchases_yuan", ())
    return SubsidisedLoan(
        principal_fen=terms.principal_fen,
        rate_percent=terms.rate_percent,
        day_count=terms.day_count,
        released_on=terms.starts_on,
        ends_on=terms.ends_on,
        purpose=purpose,
        already_subsidised_fen=fen_named(values, "already_subsidised_yuan"),
        balances=balances_of(found),
        rates=tuple((change.on, change.rate_percent) for change in sorted(terms.changes, key=lambda c: c.on)),
        supplier_paid_on=_day(values, "supplier_paid_on"),
        spent_on=_day(values, "spent_on"),
        purchases_fen=tuple(fen_named({"purchases_yuan": one}, "purchases_yuan") for one in purchases),
        lpr_percent=_percent(values, "lpr_percent"),
        lpr_by_year=_lpr_by_year(programme, terms, values),
        other_points=_percent(values, "other_points") or Decimal(0),
        other_programmes=tuple(str(other) for other in _list(values, "other_programmes")),
        received_fen=_received(values),
        disqualified=tuple(str(reason) for reason in _list(values, "disqualified")),
        stops_on=_day(values, "stops_on") or terms.written_off_on,
    )


def balances_of(found: Schedule) -> tuple[tuple[date, int], ...]:
    """The days on which the principal outstanding changes, and to what."""
    steps: dict[date, int] = {}
    for line in found.lines:
        steps |= {part.starts_on: part.balance_fen for part in line.parts if part.balance_fen}
        steps[line.ends_on] = line.closing_fen
    previous, changed = -1, []
    for day in sorted(steps):
        if steps[day] != previous:
            changed.append((day, steps[day]))
            previous = steps[day]
    return tuple(changed)


def _periods(programme: Programme, loan: SubsidisedLoan, starts_on: date, until: date) -> list[ClaimPeriod]:
    """Claim periods by the calendar: quarters or years."""
    months, found, total = programme.claim.every_months, [], 0
    begins = starts_on
    while begins < until:
        first_month = (begins.month - 1) // months * months + 1
        ends = min(add_months(date(begins.year, first_month, 1), months), until)
        so_far = rule.accrued_fen(programme, loan, ends)
        if so_far > total:
            shares = rule.shares_fen(programme, so_far - total)
            found.append(ClaimPeriod(begins, ends, so_far - total, shares))
        total, begins = so_far, ends
    return found


def _lpr_by_year(programme: Programme, terms: Terms, values: Mapping[str, Any]) -> dict[int, Decimal]:
    """Each year's last quotation, or the one on release, as the programme says, from the published series."""
    if programme.rate_form is not RateForm.LPR_SHARE or values.get("lpr_percent"):
        return {}
    tenor = Tenor(programme.lpr_tenor)
    quotes = published()
    if programme.lpr_of == "release":
        percent = in_force(quotes, terms.starts_on, tenor).percent
        return dict.fromkeys(range(terms.starts_on.year, terms.ends_on.year + 1), percent)
    return {
        year: in_force(quotes, date(year, 12, 31), tenor).percent
        for year in range(terms.starts_on.year, terms.ends_on.year + 1)
    }


def _received(values: Mapping[str, Any]) -> dict[int | None, int]:
    given = values.get("received_yuan")
    if given in (None, ""):
        return {}
    if not isinstance(given, Mapping):
        return {None: fen_named(values, "received_yuan")}
    years = {str(year): str(year) for year in given}
    if not all(year.isdecimal() for year in years):
        raise Problem(N_("received_yuan is an amount, or amounts by year such as 2026."), at="received_yuan")
    return {int(year): fen_named({"received_yuan": given[year]}, "received_yuan") for year in given}


def _list(values: Mapping[str, Any], field: str) -> list[Any]:
    given = values.get(field) or []
    if isinstance(given, str):
        return [part.strip() for part in given.replace("、", ",").split(",") if part.strip()]
    if not isinstance(given, list | tuple):
        raise Problem(N_("{field} is a list."), at=field, field=field)
    return list(given)


def _day(values: Mapping[str, Any], field: str) -> date | None:
    return None if values.get(field) in (None, "") else day_of(values[field], field)


def _percent(values: Mapping[str, Any], field: str) -> Decimal | None:
    if values.get(field) in (None, ""):
        return None
    try:
        number = Decimal(str(values[field]).strip().removesuffix("%"))
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= 100:
        raise Problem(N_("{value} is no percentage."), at=field, value=str(values[field])[:40])
    return number
