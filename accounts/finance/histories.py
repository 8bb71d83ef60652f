"""A loan as its contract and everything that happened to it since make it: its schedule, and what a subsidy asks.

A loan without terms of its own pays interest by the quarter, settled on the 20th, and its principal at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from carbon.daycount import DayCount
from carbon.due_dates import Roll
from carbon.money import Rounding
from carbon.schedules import Prepayment, RateChange, Repayment, Schedule, Terms, schedule
from methodologies.finance.interest_periods import settlement
from methodologies.finance.interest_subsidy import SubsidisedLoan
from methodologies.finance.lpr import Tenor, in_force, published
from methodologies.finance.programmes import RateForm, programme
from methodologies.finance.subsidy_case import balances_of


@dataclass(frozen=True)
class LoanEvent:
    """What happened to the loan on a day; `cause` says what it rests on."""

    kind: str
    on_day: date
    rate_percent: Decimal | None
    amount_fen: int | None
    keeps: str
    reason: str


@dataclass(frozen=True)
class LoanHistory:
    """The contract's figures, its own terms of repayment (None: the usual ones), and its events by day."""

    loan_id: UUID
    principal_fen: int
    rate_percent: Decimal
    day_count: DayCount
    starts_on: date
    ends_on: date
    purpose: str
    own_terms: Mapping[str, Any] | None
    events: tuple[LoanEvent, ...]

    @property
    def is_plain(self) -> bool:
        """Whether nothing happened and the usual terms hold, so that a day's interest needs no schedule."""
        return self.own_terms is None and not self.events

    def terms(self) -> Terms:
        """The contract with its events, as the schedule rule takes it."""
        own = self.own_terms or {}
        usual = settlement()
        off = self._first("written-off")
        return Terms(
            principal_fen=self.principal_fen,
            rate_percent=self.rate_percent,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            repayment=Repayment(own.get("repayment", Repayment.INTEREST_ONLY.value)),
            day_count=self.day_count,
            every_months=own.get("every_months", 1),
            due_day=own["due_day"] if own else usual["day_of_month"],
            due_months=tuple(own["due_months"] if own else usual["months"]),
            due_day_counted=own.get("due_day_counted", True),
            rounding=Rounding(own.get("rounding", Rounding.HALF_UP.value)),
            roll=Roll(own.get("roll", Roll.UNADJUSTED.value)),
            changes=tuple(
                RateChange(e.on_day, e.rate_percent) for e in self.events if e.rate_percent is not None
            ),
            prepayments=tuple(
                Prepayment(e.on_day, e.amount_fen, e.keeps) for e in self.events if e.amount_fen is not None
            ),
            written_off_on=off,
        )

    def schedule(self) -> Schedule:
        """Its periods as they stand now."""
        return schedule(self.terms())

    def subsidised(self, already_subsidised_fen: int, programme_id: str) -> SubsidisedLoan:
        """What a subsidy programme asks of it: balances as repaid, nothing for days on which it is overdue."""
        known = programme(programme_id)
        terms = self.terms()
        stops = [day for kind in ("written-off", "disqualified") if (day := self._first(kind))]
        return SubsidisedLoan(
            principal_fen=self.principal_fen,
            rate_percent=self.rate_percent,
            day_count=self.day_count,
            released_on=self.starts_on,
            ends_on=self.ends_on,
            purpose=self.purpose,
            already_subsidised_fen=already_subsidised_fen,
            balances=() if self.is_plain else self._without_overdue(balances_of(schedule(terms))),
            rates=tuple((change.on, change.rate_percent) for change in terms.changes),
            supplier_paid_on=self._first("supplier-paid"),
            lpr_by_year=_lpr_by_year(known.lpr_of, known.lpr_tenor, self)
            if known.rate_form is RateForm.LPR_SHARE
            else {},
            stops_on=min(stops, default=None),
        )

    def _first(self, kind: str) -> date | None:
        return min((event.on_day for event in self.events if event.kind == kind), default=None)

    def _without_overdue(self, balances: Sequence[tuple[date, int]]) -> tuple[tuple[date, int], ...]:
        """The balances with nothing between a day it fell overdue and the day it was cured."""
        turns = [event for event in self.events if event.kind in {"overdue", "cured"}]
        days = sorted({day for day, _ in balances} | {event.on_day for event in turns})
        found = []
        for day in days:
            last = max((t for t in turns if t.on_day <= day), key=lambda t: t.on_day, default=None)
            owed = next((fen for since, fen in reversed(balances) if since <= day), self.principal_fen)
            found.append((day, 0 if last and last.kind == "overdue" else owed))
        return tuple(found)


def _lpr_by_year(of: str, tenor: str, history: LoanHistory) -> dict[int, Decimal]:
    years = range(history.starts_on.year, history.ends_on.year + 1)
    if of == "release":
        return dict.fromkeys(years, in_force(published(), history.starts_on, Tenor(tenor)).percent)
    return {year: in_force(published(), date(year, 12, 31), Tenor(tenor)).percent for year in years}


def accrued_before_fen(found: Schedule, before: date) -> int:
    """Interest of all days up to, and without, `before`, each period rounded once."""
    return sum(line.accrued_fen(min(before, line.ends_on)) for line in found.lines if line.starts_on < before)


async def histories_of(connection: Connection, loan_ids: Iterable[UUID]) -> dict[UUID, LoanHistory]:
    """The histories of the loans that the transaction may see."""
    wanted = list(loan_ids)
    loans = await connection.fetch(
        """select id, principal_fen, rate_percent, day_count, starts_on, ends_on, purpose from finance_loan
            where id = any ($1::uuid[])""",
        wanted,
    )
    terms = await connection.fetch(
        "select * from finance_loan_terms where loan_id = any ($1::uuid[])", wanted
    )
    events = await connection.fetch(
        """select loan_id, kind, on_day, rate_percent, amount_fen, keeps, reason from finance_loan_event
            where loan_id = any ($1::uuid[]) order by on_day, recorded_at, id""",
        wanted,
    )
    by_loan: dict[UUID, list[LoanEvent]] = {}
    for row in events:
        values = dict(row)
        by_loan.setdefault(values.pop("loan_id"), []).append(LoanEvent(**values))
    own = {row["loan_id"]: dict(row) for row in terms}
    return {
        row["id"]: LoanHistory(
            loan_id=row["id"],
            principal_fen=row["principal_fen"],
            rate_percent=row["rate_percent"],
            day_count=DayCount(row["day_count"]),
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            purpose=row["purpose"],
            own_terms=own.get(row["id"]),
            events=_last_of_day(by_loan.get(row["id"], ())),
        )
        for row in loans
    }


def _last_of_day(events: Sequence[LoanEvent]) -> tuple[LoanEvent, ...]:
    """Of several rates for one day the one recorded last holds: a correction is a new row."""
    rates = {event.on_day: event for event in events if event.kind == "rate"}
    return tuple(event for event in events if event.kind != "rate" or rates[event.on_day] is event)
