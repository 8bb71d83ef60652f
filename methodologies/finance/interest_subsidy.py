"""What an interest-subsidy programme (贴息) gives on a loan, and whether the loan qualifies.

A programme is data (programmes.py reads it from interest_subsidy.toml). Whether and how much are kept apart:
`checks` answers each condition in words, `expected_fen` and `accrued_fen` say the amount.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from carbon.columns import least
from carbon.daycount import DayCount, add_months, year_fraction
from carbon.errors import N_
from carbon.explanation import Explanation
from carbon.money import round_fen, yuan_text
from carbon.parameters import Chosen, DatedValue, Source, given
from carbon.rules import Rule, build
from carbon.text import Text
from methodologies.finance.programmes import Programme, purposes


@dataclass(frozen=True)
class SubsidisedLoan:
    """What a programme asks of a loan; `rate_percent` per year, the last day not counted."""

    principal_fen: int
    rate_percent: Decimal
    day_count: DayCount
    released_on: date
    ends_on: date
    purpose: str
    already_subsidised_fen: int = 0
    """Principal of the same firm that draws on the programme already, which counts towards its ceiling."""


@dataclass(frozen=True)
class Check:
    """One condition: whether it is met, and why, as an English template with its values."""

    code: str
    met: bool
    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """The reason in English."""
        return self.template.format(**self.values)


def subsidised_principal(principal: Any, principal_ceiling: Any) -> Any:
    """No more than the programme's ceiling for one firm."""
    return least(principal, principal_ceiling)


def subsidy_rate(points: Any, loan_rate: Any) -> Any:
    """A subsidy never pays more than the loan costs."""
    return least(points, loan_rate)


def subsidy(subsidised_principal: Any, subsidy_rate: Any, years: Any) -> Any:
    """Simple interest at the subsidised rate; rounded to the fen where it leaves the rule."""
    return subsidised_principal * subsidy_rate / 100 * years


@cache
def _content() -> dict[str, Any]:
    package = resources.files("methodologies.finance")
    return tomllib.loads(package.joinpath("interest_subsidy.toml").read_text("utf-8"))


@cache
def rule() -> Rule:
    """The rule with its words."""
    return build(_content(), [subsidised_principal, subsidy_rate, subsidy], id=_content()["id"])


def checks(programme: Programme, loan: SubsidisedLoan) -> tuple[Check, ...]:
    """Every condition of the programme with its answer; the loan qualifies when all are met."""
    return (
        _purpose(programme, loan),
        _released_from(programme, loan),
        _released_until(programme, loan),
        _room(programme, loan),
        _costs_something(loan),
    )


def refusals(answers: Sequence[Check]) -> tuple[Check, ...]:
    """The conditions that are not met."""
    return tuple(answer for answer in answers if not answer.met)


def _purpose(programme: Programme, loan: SubsidisedLoan) -> Check:
    known = purposes()
    asked = known.get(loan.purpose, Text(loan.purpose, loan.purpose))
    accepted = Text(
        "、".join(known[purpose.id].zh for purpose in programme.purposes),
        "; ".join(known[purpose.id].en for purpose in programme.purposes),
    )
    values = {"purpose": asked, "accepted": accepted}
    if programme.window(loan.purpose) is None:
        return Check(
            "purpose", False, N_("The loan is for “{purpose}”; the programme takes: {accepted}."), values
        )
    return Check("purpose", True, N_("The loan's purpose, “{purpose}”, is one the programme takes."), values)


def _released_from(programme: Programme, loan: SubsidisedLoan) -> Check:
    window = programme.window(loan.purpose)
    first = window.released_from if window else min(purpose.released_from for purpose in programme.purposes)
    values = {"released": loan.released_on.isoformat(), "first": first.isoformat()}
    if loan.released_on < first:
        template = N_("The loan is released on {released}, before the first day, {first}.")
        return Check("released-from", False, template, values)
    return Check(
        "released-from",
        True,
        N_("The loan is released on {released}, on or after the first day, {first}."),
        values,
    )


def _released_until(programme: Programme, loan: SubsidisedLoan) -> Check:
    values = {"released": loan.released_on.isoformat(), "last": programme.released_until.isoformat()}
    if loan.released_on > programme.released_until:
        template = N_("The loan is released on {released}, after the last day, {last}.")
        return Check("released-until", False, template, values)
    return Check(
        "released-until",
        True,
        N_("The loan is released on {released}, on or before the last day, {last}."),
        values,
    )


def _room(programme: Programme, loan: SubsidisedLoan) -> Check:
    ceiling = programme.principal_ceiling_fen
    if ceiling is None:
        return Check("ceiling", True, N_("The programme sets no ceiling of principal for one firm."), {})
    values = {"ceiling": yuan_text(ceiling), "used": yuan_text(loan.already_subsidised_fen)}
    if loan.already_subsidised_fen >= ceiling:
        template = N_(
            "The firm's loans of {used} yuan already fill the ceiling of {ceiling} yuan for one firm."
        )
        return Check("ceiling", False, template, values)
    return Check(
        "ceiling",
        True,
        N_("The firm has used {used} yuan of the ceiling of {ceiling} yuan for one firm."),
        values,
    )


def _costs_something(loan: SubsidisedLoan) -> Check:
    values = {"rate": str(loan.rate_percent)}
    if loan.rate_percent <= 0:
        return Check(
            "interest",
            False,
            N_("The loan bears no interest ({rate} %), so there is nothing to subsidise."),
            values,
        )
    return Check("interest", True, N_("The loan bears interest of {rate} % a year."), values)


def subsidised_until(programme: Programme, loan: SubsidisedLoan) -> date:
    """The first day that is no longer subsidised: the loan's end, or the programme's months after release."""
    return min(loan.ends_on, add_months(loan.released_on, programme.months_limit))


def accrued_fen(programme: Programme, loan: SubsidisedLoan, before: date) -> int:
    """The subsidy from release up to, and without, the day `before`, rounded once.

    The steps of this running total from day to day are the daily accruals: they add up to the whole to the fen.
    """
    until = min(max(before, loan.released_on), subsidised_until(programme, loan))
    inputs, parameters = _values(programme, loan, until)
    return round_fen(rule().exactly("subsidy", inputs, parameters)["subsidy"] * 100)


def accrued_on_fen(programme: Programme, loan: SubsidisedLoan, day: date) -> int:
    """What one day adds; nothing before release and after the programme's months."""
    return accrued_fen(programme, loan, day + timedelta(days=1)) - accrued_fen(programme, loan, day)


def expected_fen(programme: Programme, loan: SubsidisedLoan) -> int:
    """The most the loan can draw in its whole life: what a fund has to set aside."""
    return accrued_fen(programme, loan, subsidised_until(programme, loan))


def explain(programme: Programme, loan: SubsidisedLoan, before: date | None = None) -> Explanation:
    """How the subsidy up to `before` (default: all of it) comes to be."""
    until = subsidised_until(programme, loan)
    until = min(max(before, loan.released_on), until) if before else until
    inputs, parameters = _values(programme, loan, until)
    period = _note(
        "period",
        **{
            "from": loan.released_on.isoformat(),
            "until": until.isoformat(),
            "basis": _basis(programme, loan).value,
        },
    )
    notes = {"years": [period]}
    if programme.principal_ceiling_fen is None:
        notes["principal_ceiling"] = [_note("no_ceiling")]
    return rule().explain("subsidy", inputs, parameters, notes=notes)


def _basis(programme: Programme, loan: SubsidisedLoan) -> DayCount:
    return programme.accrual_basis or loan.day_count


def _values(
    programme: Programme, loan: SubsidisedLoan, until: date
) -> tuple[dict[str, Fraction], dict[str, Chosen]]:
    inputs = {
        "principal": Fraction(loan.principal_fen, 100),
        "loan_rate": Fraction(loan.rate_percent),
        "years": year_fraction(_basis(programme, loan), loan.released_on, until),
    }
    return inputs, {"points": _points(programme), "principal_ceiling": _ceiling(programme, loan)}


def _points(programme: Programme) -> Chosen:
    return Chosen(
        "points",
        Fraction(programme.points_percent),
        "percent/year",
        DatedValue(
            Fraction(programme.points_percent), programme.published_on, None, None, _source(programme)
        ),
    )


def _ceiling(programme: Programme, loan: SubsidisedLoan) -> Chosen:
    if programme.principal_ceiling_fen is None:
        return given("principal_ceiling", Fraction(loan.principal_fen, 100), "CNY")
    left = max(programme.principal_ceiling_fen - loan.already_subsidised_fen, 0)
    dated = DatedValue(Fraction(left, 100), programme.published_on, None, None, _source(programme))
    return Chosen("principal_ceiling", dated.value, "CNY", dated)


def _source(programme: Programme) -> Source:
    return Source(programme.document, programme.clause, None, programme.confidence, programme.published_on)


def _note(name: str, **values: str) -> Text:
    texts = _content()["notes"][name]
    return Text(texts["zh"].format(**values), texts["en"].format(**values))
