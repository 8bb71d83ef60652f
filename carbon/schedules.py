"""What a loan costs and when: its periods, the interest and principal of each, and what every day adds.

Interest of a period is exact over its days, balances and rates, and rounded once; a day's accrual is the step of that
rounded running total, so that the days of a period add up to its interest to the fen. The instalment is rounded as
the lender says, by default half up to the fen; the last one takes the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from carbon.daycount import DayCount, add_months, year_fraction
from carbon.due_dates import MOST_MONTHS, Calendar, Roll, Stub, rolled
from carbon.errors import N_, Problem
from carbon.money import Rounding, positive_fen, round_fen, rounded_fen, yuan_text


class Repayment(StrEnum):
    """How principal comes back."""

    EQUAL_INSTALMENT = "equal-instalment"
    """等额本息: the same sum each time."""
    EQUAL_PRINCIPAL = "equal-principal"
    """等额本金: the same principal each time, interest on what is left."""
    INTEREST_ONLY = "interest-only"
    """按期付息、到期还本: interest each time, principal at the end."""
    BULLET = "bullet"
    """到期一次还本付息: everything at the end, simple interest."""
    FLAT = "flat"
    """等本等息: the same principal each time, and interest on the whole first principal each time."""


class Level(StrEnum):
    """What an equal instalment is computed from."""

    RATE = "rate"
    """The textbook annuity at the rate of one full period; a first or last part of a period only shifts interest."""
    PERIODS = "periods"
    """The sum that brings the balance to nothing over the real lengths of all periods."""


@dataclass(frozen=True)
class RateChange:
    """From `on` (counted) the loan bears `rate_percent` a year."""

    on: date
    rate_percent: Decimal


@dataclass(frozen=True)
class Prepayment:
    """Principal paid back early on `on`; `keeps` says whether the end or the instalment stays as it was.

    On a due day it comes after what is due that day. Interest of the days before stays due with its period, unless
    nothing is left, when it is paid at once.
    """

    on: date
    amount_fen: int
    keeps: str = "term"


@dataclass(frozen=True)
class Terms:
    """A loan as contracted; `rate_percent` per year. `instalment_fen` is the lender's own figure, used as stated."""

    principal_fen: int
    rate_percent: Decimal
    starts_on: date
    ends_on: date
    repayment: Repayment = Repayment.EQUAL_INSTALMENT
    day_count: DayCount = DayCount.MONTHS
    every_months: int = 1
    due_day: int | None = None
    due_months: tuple[int, ...] = ()
    due_day_counted: bool = False
    first_stub: Stub = Stub.SHORT
    last_stub: Stub = Stub.SHORT
    interest_only_months: int = 0
    level: Level = Level.RATE
    rounding: Rounding = Rounding.HALF_UP
    instalment_unit_fen: int = 1
    instalment_fen: int | None = None
    roll: Roll = Roll.UNADJUSTED
    changes: tuple[RateChange, ...] = ()
    prepayments: tuple[Prepayment, ...] = ()
    written_off_on: date | None = None

    @cached_property
    def calendar(self) -> Calendar:
        """The loan's due days."""
        return Calendar(
            self.starts_on,
            self.ends_on,
            self.every_months,
            self.due_day,
            self.due_months,
            self.due_day_counted,
            self.first_stub,
            self.last_stub,
        )

    def rate_on(self, day: date) -> Decimal:
        """The rate that holds on `day`."""
        known = [change for change in self.changes if change.on <= day]
        return max(known, key=lambda change: change.on).rate_percent if known else self.rate_percent


@dataclass(frozen=True)
class Part:
    """Days of a period on which neither balance nor rate change; the last day is not counted."""

    starts_on: date
    ends_on: date
    balance_fen: int
    rate_percent: Decimal


@dataclass(frozen=True)
class Line:
    """One period and what is due at its end; `prepaid_fen` of principal came early within it.

    opening - prepaid - principal = closing, and payment = interest + principal.
    """

    number: int
    starts_on: date
    ends_on: date
    payable_on: date
    opening_fen: int
    prepaid_fen: int
    interest_fen: int
    principal_fen: int
    payment_fen: int
    closing_fen: int
    rate_percent: Decimal
    parts: tuple[Part, ...] = field(repr=False, default=())
    day_count: DayCount = DayCount.MONTHS
    month_day: int | None = None

    def accrued_fen(self, before: date) -> int:
        """Interest of the period up to, and without, the day `before`, rounded once."""
        return round_fen(_interest(self.parts, self.starts_on, before, self.day_count, self.month_day))

    def accrued_on_fen(self, day: date) -> int:
        """What `day` adds to the period's interest."""
        return self.accrued_fen(day + timedelta(days=1)) - self.accrued_fen(day)


@dataclass(frozen=True)
class Schedule:
    """A loan from release to its last fen; `instalment_fen` is the first regular one where instalments are equal."""

    terms: Terms
    instalment_fen: int | None
    lines: tuple[Line, ...]

    @property
    def interest_fen(self) -> int:
        """All interest of the loan."""
        return sum(line.interest_fen for line in self.lines)

    @property
    def payment_fen(self) -> int:
        """All payments, early ones too."""
        return sum(line.payment_fen + line.prepaid_fen for line in self.lines)

    def line_on(self, day: date) -> Line | None:
        """The period `day` lies in; None before release and after the end."""
        return next((line for line in self.lines if line.starts_on <= day < line.ends_on), None)

    def balance_on(self, day: date) -> int:
        """Principal outstanding at the end of `day`."""
        if day < self.terms.starts_on:
            return 0
        line = self.line_on(day)
        if line is None:
            return 0
        return next((p.balance_fen for p in line.parts if p.starts_on <= day < p.ends_on), line.closing_fen)

    def accrued_on_fen(self, day: date) -> int:
        """What `day` adds to interest; nothing outside the loan's life."""
        line = self.line_on(day)
        return line.accrued_on_fen(day) if line else 0


def terms_of_months(months: int, starts_on: date) -> date:
    """The end of a loan of so many months.

    Raises:
        Problem: not 1 to 600 months.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise Problem(
            N_("A loan runs 1 to {most} months, not {months}."), at="months", most=MOST_MONTHS, months=months
        )
    return add_months(starts_on, months)


def level_instalment(principal_fen: int, rate_percent: Decimal, every_months: int, count: int) -> Fraction:
    """The equal instalment before rounding, in fen: principal × i ÷ (1 − (1 + i)^−count), i the rate of a period."""
    rate = Fraction(rate_percent) * every_months / 1200
    if not rate:
        return Fraction(principal_fen, count)
    grown = (1 + rate) ** count
    return principal_fen * rate * grown / (grown - 1)


def schedule(terms: Terms) -> Schedule:
    """All periods of a loan.

    Raises:
        Problem: an amount, rate, date or early payment that cannot be; the field is named.
    """
    _check(terms)
    builder = _Builder(terms)
    lines = tuple(builder.lines())
    return Schedule(terms, builder.first_instalment_fen, lines)


def _check(terms: Terms) -> None:
    positive_fen(terms.principal_fen, at="principal_fen")
    for change in (RateChange(terms.starts_on, terms.rate_percent), *terms.changes):
        if not change.rate_percent.is_finite() or not 0 <= change.rate_percent <= 100:
            raise Problem(
                N_("A rate of {rate} % a year cannot be; write 0 to 100, such as 3.45."),
                at="rate_percent",
                rate=str(change.rate_percent),
            )
    for early in terms.prepayments:
        positive_fen(early.amount_fen, at="prepayments")
        if not terms.starts_on < early.on < terms.ends_on:
            raise Problem(
                N_("An early payment on {day} is not between release and end of the loan."),
                at="prepayments",
                day=early.on.isoformat(),
            )
    if terms.instalment_unit_fen < 1:
        raise Problem(N_("Instalments are rounded to at least one fen."), at="instalment_unit_fen")


class _Builder:
    """Walks the periods of a loan, carrying balance and instalment."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.bounds = terms.calendar.boundaries()
        if terms.repayment is Repayment.BULLET:
            self.bounds = (terms.starts_on, terms.ends_on)
        self.balance = terms.principal_fen
        self.rate = terms.rate_percent
        self.early = sorted(terms.prepayments, key=lambda early: early.on)
        self.instalment: int | None = None
        self.first_instalment_fen: int | None = None
        self.principal: int | None = None
        repays_from = add_months(terms.starts_on, terms.interest_only_months)
        self.first_repaying = next(
            (
                n
                for n, end in enumerate(self.bounds[1:])
                if end > repays_from or not terms.interest_only_months
            ),
            len(self.bounds) - 2,
        )

    def lines(self) -> Iterator[Line]:
        last = len(self.bounds) - 2
        for place, (starts_on, ends_on) in enumerate(zip(self.bounds, self.bounds[1:], strict=False)):
            if self.terms.rate_on(starts_on) != self.rate:
                self.rate, self.instalment = self.terms.rate_on(starts_on), None
            line = self._line(place, starts_on, ends_on, last=place == last)
            yield line
            self.balance = line.closing_fen
            if not self.balance or (self.terms.written_off_on and self.terms.written_off_on <= ends_on):
                return
            self._after_due(ends_on)

    def _line(self, place: int, starts_on: date, ends_on: date, *, last: bool) -> Line:
        terms, opening = self.terms, self.balance
        parts, prepaid = self._parts(starts_on, ends_on)
        closed_on = parts[-1].ends_on
        exact = _interest(parts, starts_on, closed_on, terms.day_count, terms.calendar.month_day)
        if terms.repayment is Repayment.FLAT:
            whole = Part(starts_on, closed_on, terms.principal_fen, self.rate)
            parts = (whole,)
            exact = _interest(parts, starts_on, closed_on, terms.day_count, terms.calendar.month_day)
        interest = round_fen(exact)
        left = opening - prepaid
        if last or closed_on < ends_on:
            principal = 0 if terms.written_off_on and terms.written_off_on <= closed_on else left
        else:
            principal = min(left, self._principal(place, interest, left))
        return Line(
            number=place + 1,
            starts_on=starts_on,
            ends_on=closed_on,
            payable_on=rolled(closed_on, terms.roll),
            opening_fen=opening,
            prepaid_fen=prepaid,
            interest_fen=interest,
            principal_fen=principal,
            payment_fen=interest + principal,
            closing_fen=left - principal,
            rate_percent=parts[-1].rate_percent,
            parts=parts,
            day_count=terms.day_count,
            month_day=terms.calendar.month_day,
        )

    def _parts(self, starts_on: date, ends_on: date) -> tuple[tuple[Part, ...], int]:
        """The period cut where balance or rate change; it ends when nothing is left or the loan is written off."""
        terms, balance, prepaid = self.terms, self.balance, 0
        off = terms.written_off_on
        stops = min(ends_on, max(off, starts_on + timedelta(days=1))) if off else ends_on
        cuts = {change.on for change in terms.changes} | {early.on for early in self.early}
        days = [starts_on, *sorted(day for day in cuts if starts_on < day < stops), stops]
        parts = []
        for begins, until in pairwise(days):
            for early in self._due_early(begins, starts_on):
                self._refuse_too_much(early, balance)
                balance, prepaid = balance - early.amount_fen, prepaid + early.amount_fen
                self._reset(early)
            if not balance:
                break
            parts.append(Part(begins, until, balance, terms.rate_on(begins)))
        return tuple(parts), prepaid

    def _due_early(self, day: date, starts_on: date) -> list[Prepayment]:
        return [early for early in self.early if early.on == day and day > starts_on]

    def _after_due(self, day: date) -> None:
        """Early payments on the due day itself come after what is due."""
        for early in self.early:
            if early.on == day:
                self._refuse_too_much(early, self.balance)
                self.balance -= early.amount_fen
                self._reset(early)

    def _reset(self, early: Prepayment) -> None:
        if early.keeps == "term":
            self.instalment = self.principal = None

    @staticmethod
    def _refuse_too_much(early: Prepayment, balance: int) -> None:
        if early.amount_fen > balance:
            raise Problem(
                N_("On {day} only {balance} yuan are outstanding; {amount} yuan cannot be paid back."),
                at="prepayments",
                day=early.on.isoformat(),
                balance=yuan_text(balance),
                amount=yuan_text(early.amount_fen),
            )

    def _principal(self, place: int, interest: int, left: int) -> int:
        """What of the principal comes back at the end of a period that is not the last."""
        terms = self.terms
        if terms.repayment in {Repayment.INTEREST_ONLY, Repayment.BULLET} or place < self.first_repaying:
            return 0
        count = len(self.bounds) - 1 - place
        if terms.repayment in {Repayment.EQUAL_PRINCIPAL, Repayment.FLAT}:
            if self.principal is None:
                self.principal = self._rounded(Fraction(left, count))
            return self.principal
        if self.instalment is None:
            self.instalment = self._level(place, count, left)
            self.first_instalment_fen = self.first_instalment_fen or self.instalment
        return max(self.instalment - interest, 0)

    def _level(self, place: int, count: int, left: int) -> int:
        terms = self.terms
        if terms.instalment_fen is not None and self.first_instalment_fen is None:
            return terms.instalment_fen
        if terms.level is Level.RATE:
            months = terms.every_months if not terms.due_months else 12 // len(set(terms.due_months))
            return self._rounded(level_instalment(left, self.rate, months, count))
        balance, paid = Fraction(1), Fraction(0)
        for starts_on, ends_on in zip(self.bounds[place:], self.bounds[place + 1 :], strict=False):
            part = year_fraction(terms.day_count, starts_on, ends_on, month_day=self._month_day(starts_on))
            grown = 1 + Fraction(self.rate) / 100 * part
            balance, paid = balance * grown, paid * grown + 1
        return self._rounded(left * balance / paid)

    def _month_day(self, starts_on: date) -> int | None:
        return _month_day(starts_on, self.terms.calendar.month_day)

    def _rounded(self, amount: Fraction) -> int:
        return rounded_fen(amount, self.terms.rounding, unit_fen=self.terms.instalment_unit_fen)


def _month_day(starts_on: date, month_day: int | None) -> int | None:
    """Months are counted to the loan's own day where the period begins on it, else from the period's first day."""
    if month_day is None or month_day <= starts_on.day:
        return None
    return month_day if (starts_on + timedelta(days=1)).day == 1 else None


def _interest(
    parts: tuple[Part, ...], starts_on: date, before: date, day_count: DayCount, month_day: int | None
) -> Fraction:
    """Exact interest in fen of the parts up to, and without, `before`; lengths are counted from the period's start."""
    counted_to = _month_day(starts_on, month_day)

    def years(day: date) -> Fraction:
        return year_fraction(day_count, starts_on, day, month_day=counted_to)

    total = Fraction(0)
    for part in parts:
        until = min(part.ends_on, before)
        if until > part.starts_on:
            length = years(until) - years(part.starts_on)
            total += part.balance_fen * Fraction(part.rate_percent) / 100 * length
    return total


def with_instalment(terms: Terms, rounding: Rounding) -> int | None:
    """The first instalment under another rounding, to find out how a lender rounds."""
    return schedule(replace(terms, rounding=rounding, instalment_fen=None)).instalment_fen
