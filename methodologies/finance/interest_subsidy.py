"""What an interest-subsidy programme (贴息) gives on a loan.

A programme is data (programmes.py); whether a loan qualifies is answered in subsidy_checks.py. Here is how much:
`accrued_fen` from the first subsidised day up to a day, rounded once, so that the days add up to the whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from carbon.columns import greatest, least
from carbon.daycount import DayCount, add_months, year_fraction
from carbon.explanation import Explanation
from carbon.money import round_fen, yuan_text
from carbon.parameters import Chosen, DatedValue, Source, given
from carbon.rules import Rule, build
from carbon.text import Text
from methodologies.finance.programmes import Clock, MoneyCeiling, OddDays, Programme, RateForm, words
from methodologies.finance.subsidy_checks import Check, checks, refusals

__all__ = ["Check", "SubsidisedLoan", "accrued_fen", "accrued_on_fen", "checks", "expected_fen", "refusals"]


@dataclass(frozen=True)
class SubsidisedLoan:
    """What a programme asks of a loan; `rate_percent` per year, the last day not counted.

    `balances` and `rates` are (from day, fen) and (from day, percent) where they change after release.
    `other_points` is what another subsidy already pays on the same loan, in percent a year; `received_fen` what the
    firm (or borrower) has drawn of the programme by year, under None what has no year.
    """

    principal_fen: int
    rate_percent: Decimal
    day_count: DayCount
    released_on: date
    ends_on: date
    purpose: str
    already_subsidised_fen: int = 0
    """Principal of the same firm that draws on the programme already, which counts towards its ceiling."""
    balances: tuple[tuple[date, int], ...] = ()
    rates: tuple[tuple[date, Decimal], ...] = ()
    supplier_paid_on: date | None = None
    spent_on: date | None = None
    purchases_fen: tuple[int, ...] = ()
    lpr_percent: Decimal | None = None
    lpr_by_year: Mapping[int, Decimal] = field(default_factory=dict)
    other_points: Decimal = Decimal(0)
    other_programmes: tuple[str, ...] = ()
    received_fen: Mapping[int | None, int] = field(default_factory=dict)
    disqualified: tuple[str, ...] = ()
    stops_on: date | None = None
    """The first day that is not subsidised any more for another reason: overdue, disqualified, written off."""

    def balance_on(self, day: date) -> int:
        """Principal outstanding on `day`."""
        return next((fen for since, fen in reversed(self.balances) if since <= day), self.principal_fen)

    def rate_on(self, day: date) -> Decimal:
        """The loan's own rate on `day`."""
        return next((rate for since, rate in reversed(self.rates) if since <= day), self.rate_percent)


def points_offered(points: Any) -> Any:
    """Points of principal."""
    return points


def lpr_share_offered(lpr_share: Any, lpr: Any) -> Any:
    """A share of the loan prime rate."""
    return lpr_share * lpr


def interest_share_offered(interest_share: Any, loan_rate: Any) -> Any:
    """A share of the interest is that share of the loan's rate."""
    return interest_share * loan_rate


def rate_room(loan_rate: Any, own_rate_share: Any, other_points: Any) -> Any:
    """No more than the loan costs, or the set part of it, after what another subsidy pays."""
    return loan_rate * own_rate_share - other_points


def subsidised_principal(principal: Any, principal_ceiling: Any) -> Any:
    """No more than the programme's ceiling for one firm."""
    return least(principal, principal_ceiling)


def subsidy_rate(offered_rate: Any, rate_room: Any) -> Any:
    """A subsidy never pays more than the room that is left, and never less than nothing."""
    return least(offered_rate, greatest(rate_room, 0 * rate_room))


def subsidy(subsidised_principal: Any, subsidy_rate: Any, years: Any) -> Any:
    """Simple interest at the subsidised rate; rounded to the fen where it leaves the rule."""
    return subsidised_principal * subsidy_rate / 100 * years


def subsidy_once(subsidised_principal: Any, per_mille: Any) -> Any:
    """A per mille of the loan, paid once."""
    return subsidised_principal * per_mille / 1000


_OFFERS: dict[RateForm, Callable[..., Any]] = {
    RateForm.POINTS: points_offered,
    RateForm.LPR_SHARE: lpr_share_offered,
    RateForm.INTEREST_SHARE: interest_share_offered,
}


@cache
def rule(form: RateForm = RateForm.POINTS) -> Rule:
    """The rule of a form of rate, with its words."""
    content = words()
    steps: dict[str, Callable[..., Any]] = {"subsidised_principal": subsidised_principal}
    if form is RateForm.PER_MILLE:
        steps["subsidy"] = subsidy_once
    else:
        steps |= {
            "offered_rate": _OFFERS[form],
            "rate_room": rate_room,
            "subsidy_rate": subsidy_rate,
            "subsidy": subsidy,
        }
    return build(content, steps, id=content["id"])


def clock_start(programme: Programme, loan: SubsidisedLoan) -> date:
    """The first subsidised day; release as long as payment to the supplier or spending is not recorded."""
    started = {Clock.SUPPLIER: loan.supplier_paid_on, Clock.SPENDING: loan.spent_on}.get(
        programme.clock_starts
    )
    return max(started or loan.released_on, loan.released_on)


def subsidised_until(programme: Programme, loan: SubsidisedLoan) -> date:
    """The first day that is no longer subsidised: the loan's end, the programme's months, or an earlier stop."""
    starts_on = clock_start(programme, loan)
    ends = [loan.ends_on]
    if programme.months_limit is not None:
        ends.append(add_months(starts_on, programme.months_limit))
    if loan.stops_on is not None:
        ends.append(loan.stops_on)
    return max(min(ends), starts_on)


def accrued_fen(programme: Programme, loan: SubsidisedLoan, before: date) -> int:
    """The subsidy from the first day up to, and without, the day `before`, rounded once.

    The steps of this running total from day to day are the daily accruals: they add up to the whole to the fen.
    """
    return round_fen(_exact_yuan(programme, loan, before) * 100)


def accrued_on_fen(programme: Programme, loan: SubsidisedLoan, day: date) -> int:
    """What one day adds; nothing before the first subsidised day and after the last."""
    return accrued_fen(programme, loan, day + timedelta(days=1)) - accrued_fen(programme, loan, day)


def expected_fen(programme: Programme, loan: SubsidisedLoan) -> int:
    """The most the loan can draw in its whole life: what a fund has to set aside."""
    return accrued_fen(programme, loan, subsidised_until(programme, loan))


def shares_fen(programme: Programme, amount_fen: int) -> dict[str, int]:
    """What each level of government bears; the first takes what rounding leaves."""
    others = {s.level: round_fen(amount_fen * Fraction(s.percent) / 100) for s in programme.levels[1:]}
    return {programme.levels[0].level: amount_fen - sum(others.values()), **others}


@dataclass(frozen=True)
class _Piece:
    """Days on which nothing changes, as the rule's inputs and parameters."""

    starts_on: date
    ends_on: date
    inputs: dict[str, Fraction]
    parameters: dict[str, Chosen]

    def yuan(self, form: RateForm) -> Fraction:
        return rule(form).exactly("subsidy", self.inputs, self.parameters)["subsidy"]


def _exact_yuan(programme: Programme, loan: SubsidisedLoan, before: date) -> Fraction:
    by_year: dict[int, Fraction] = {}
    for piece in _pieces(programme, loan, before):
        year = piece.starts_on.year
        by_year[year] = by_year.get(year, Fraction(0)) + piece.yuan(programme.rate_form)
    for ceiling in _binding(programme, loan):
        if ceiling.by_year:
            by_year = {y: min(yuan, _left(ceiling, loan, y)) for y, yuan in by_year.items()}
    total = sum(by_year.values(), Fraction(0))
    for ceiling in _binding(programme, loan):
        if not ceiling.by_year:
            total = min(total, _left(ceiling, loan, None))
    return total


def _binding(programme: Programme, loan: SubsidisedLoan) -> list[MoneyCeiling]:
    bought = loan.purchases_fen or (loan.principal_fen,)
    return [
        ceiling
        for ceiling in programme.money_ceilings
        if ceiling.purchases_below_fen is None or all(fen < ceiling.purchases_below_fen for fen in bought)
    ]


def _left(ceiling: MoneyCeiling, loan: SubsidisedLoan, year: int | None) -> Fraction:
    return Fraction(max(ceiling.ceiling_fen - loan.received_fen.get(year, 0), 0), 100)


def _pieces(programme: Programme, loan: SubsidisedLoan, before: date) -> list[_Piece]:
    starts_on = clock_start(programme, loan)
    until = min(max(before, starts_on), subsidised_until(programme, loan))
    if programme.rate_form is RateForm.PER_MILLE:
        return [_piece(programme, loan, starts_on, until)] if until > starts_on else []
    cuts = {day for day, _ in (*loan.balances, *loan.rates)}
    if any(ceiling.by_year for ceiling in programme.money_ceilings) or programme.lpr_of == "year-end":
        cuts |= {date(year, 1, 1) for year in range(starts_on.year + 1, until.year + 1)}
    days = [starts_on, *sorted(day for day in cuts if starts_on < day < until), until]
    return [_piece(programme, loan, begins, ends) for begins, ends in pairwise(days) if begins < ends]


def _piece(programme: Programme, loan: SubsidisedLoan, starts_on: date, ends_on: date) -> _Piece:
    balance = loan.balance_on(starts_on)
    inputs = {
        "principal": Fraction(balance, 100),
        "loan_rate": Fraction(loan.rate_on(starts_on)),
        "other_points": Fraction(loan.other_points),
        "lpr": Fraction(_lpr(loan, starts_on)),
        "years": _years(programme, loan, ends_on) - _years(programme, loan, starts_on),
    }
    share = programme.interest_share_by_purpose.get(loan.purpose, programme.interest_share_percent)
    parameters = {
        "points": _of_document(programme, "points", Fraction(programme.points_percent), "percent/year"),
        "lpr_share": _of_document(programme, "lpr_share", Fraction(programme.lpr_share_percent) / 100, "1"),
        "interest_share": _of_document(programme, "interest_share", Fraction(share) / 100, "1"),
        "own_rate_share": _of_document(
            programme, "own_rate_share", Fraction(programme.own_rate_share_percent) / 100, "1"
        ),
        "per_mille": _of_document(programme, "per_mille", Fraction(programme.per_mille), "1"),
        "principal_ceiling": _ceiling(programme, loan, balance),
    }
    known = rule(programme.rate_form)
    return _Piece(
        starts_on,
        ends_on,
        {name: value for name, value in inputs.items() if name in known.inputs},
        {name: value for name, value in parameters.items() if name in known.parameters},
    )


def _lpr(loan: SubsidisedLoan, day: date) -> Decimal:
    return loan.lpr_by_year.get(day.year, loan.lpr_percent or Decimal(0))


def basis_of(programme: Programme, loan: SubsidisedLoan) -> DayCount:
    """How days become a part of a year for the subsidy."""
    return programme.accrual_basis or loan.day_count


def _years(programme: Programme, loan: SubsidisedLoan, day: date) -> Fraction:
    starts_on, basis = clock_start(programme, loan), basis_of(programme, loan)
    part = year_fraction(basis, starts_on, day)
    if basis not in {DayCount.MONTHS, DayCount.MONTHS_AND_DAYS} or programme.odd_days is OddDays.COUNTED:
        return part
    months = part * 12
    whole = months.numerator // months.denominator
    if programme.odd_days is OddDays.FULL_MONTH and months != whole:
        whole += 1
    return Fraction(whole, 12)


def _ceiling(programme: Programme, loan: SubsidisedLoan, balance_fen: int) -> Chosen:
    limits = []
    if programme.principal_ceiling_fen is not None:
        limits.append(max(programme.principal_ceiling_fen - loan.already_subsidised_fen, 0))
    if programme.purchase_ceiling_fen is not None:
        bought = loan.purchases_fen or (loan.principal_fen,)
        limits.append(sum(min(fen, programme.purchase_ceiling_fen) for fen in bought))
    if not limits:
        return given("principal_ceiling", Fraction(balance_fen, 100), "CNY")
    return _of_document(programme, "principal_ceiling", Fraction(min(limits), 100), "CNY")


def _of_document(programme: Programme, name: str, value: Fraction, unit: str) -> Chosen:
    source = Source(programme.document, programme.clause, None, programme.confidence, programme.published_on)
    return Chosen(name, value, unit, DatedValue(value, programme.published_on, None, None, source))


def explain(programme: Programme, loan: SubsidisedLoan, before: date | None = None) -> Explanation:
    """How the subsidy up to `before` (default: all of it) comes to be: one branch for each stretch of days."""
    until = subsidised_until(programme, loan)
    until = min(max(before, clock_start(programme, loan)), until) if before else until
    pieces = _pieces(programme, loan, until) or [_piece(programme, loan, clock_start(programme, loan), until)]
    notes = _notes(programme, loan, until)
    exact = _exact_yuan(programme, loan, until)
    if len(pieces) == 1 and exact == pieces[0].yuan(programme.rate_form):
        return _explained(programme, pieces[0], notes)
    return Explanation(
        "subsidy",
        Text.of(words()["steps"]["subsidy"], "steps.subsidy"),
        exact,
        "CNY",
        notes=notes,
        children=tuple(_explained(programme, piece, (_of_days(piece),)) for piece in pieces),
    )


def _explained(programme: Programme, piece: _Piece, notes: tuple[Text, ...]) -> Explanation:
    known = rule(programme.rate_form)
    told = {"subsidy": notes}
    if programme.rate_form is not RateForm.PER_MILLE:
        told = {"years": notes}
    if programme.principal_ceiling_fen is None and programme.purchase_ceiling_fen is None:
        told["principal_ceiling"] = (note("no_ceiling"),)
    return known.explain("subsidy", piece.inputs, piece.parameters, notes=told)


def _of_days(piece: _Piece) -> Text:
    return note("segment", **{"from": piece.starts_on.isoformat(), "until": piece.ends_on.isoformat()})


def _notes(programme: Programme, loan: SubsidisedLoan, until: date) -> tuple[Text, ...]:
    days = {"from": clock_start(programme, loan).isoformat(), "until": until.isoformat()}
    told = [note("period", **days, basis=basis_of(programme, loan).value)]
    if programme.rate_form is RateForm.PER_MILLE:
        told = [note("once")]
    for ceiling in _binding(programme, loan):
        years = sorted({clock_start(programme, loan).year, until.year}) if ceiling.by_year else [None]
        told.extend(
            note(
                "money_ceiling" if year else "whole_ceiling",
                year=str(year),
                ceiling=yuan_text(ceiling.ceiling_fen),
                used=yuan_text(loan.received_fen.get(year, 0)),
            )
            for year in years
        )
    if programme.house:
        told.append(note("house", fields=", ".join(programme.house)))
    return tuple(told)


def note(name: str, **values: str) -> Text:
    """A remark of the rule, filled in."""
    texts = words()["notes"][name]
    return Text(texts["zh"].format(**values), texts["en"].format(**values))
