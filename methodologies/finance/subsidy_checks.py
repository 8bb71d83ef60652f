"""Whether a loan qualifies for a subsidy programme: every condition with its answer in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carbon.errors import N_
from carbon.money import yuan_text
from carbon.text import Text
from methodologies.finance.programmes import Clock, Programme, RateForm, programmes, purposes

if TYPE_CHECKING:
    from methodologies.finance.interest_subsidy import SubsidisedLoan


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


def checks(programme: Programme, loan: "SubsidisedLoan") -> tuple[Check, ...]:
    """Every condition of the programme with its answer; the loan qualifies when all are met."""
    answers = [_purpose(programme, loan), _released_from(programme, loan)]
    if programme.released_until is not None:
        answers.append(_released_until(programme, loan))
    answers += [_room(programme, loan), _costs_something(loan)]
    if programme.clock_starts is not Clock.RELEASE:
        answers.append(_clock(programme, loan))
    if programme.rate_form is RateForm.LPR_SHARE:
        answers.append(_lpr(loan))
    if loan.other_programmes:
        answers.append(_others(programme, loan))
    return (*answers, *_disqualified(programme, loan))


def refusals(answers: Sequence[Check]) -> tuple[Check, ...]:
    """The conditions that are not met."""
    return tuple(answer for answer in answers if not answer.met)


def _purpose(programme: Programme, loan: "SubsidisedLoan") -> Check:
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


def _released_from(programme: Programme, loan: "SubsidisedLoan") -> Check:
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


def _released_until(programme: Programme, loan: "SubsidisedLoan") -> Check:
    last = programme.released_until
    values = {"released": loan.released_on.isoformat(), "last": last.isoformat() if last else ""}
    if last and loan.released_on > last:
        template = N_("The loan is released on {released}, after the last day, {last}.")
        return Check("released-until", False, template, values)
    return Check(
        "released-until",
        True,
        N_("The loan is released on {released}, on or before the last day, {last}."),
        values,
    )


def _room(programme: Programme, loan: "SubsidisedLoan") -> Check:
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


def _costs_something(loan: "SubsidisedLoan") -> Check:
    values = {"rate": str(loan.rate_percent)}
    if loan.rate_percent <= 0:
        return Check(
            "interest",
            False,
            N_("The loan bears no interest ({rate} %), so there is nothing to subsidise."),
            values,
        )
    return Check("interest", True, N_("The loan bears interest of {rate} % a year."), values)


def _clock(programme: Programme, loan: "SubsidisedLoan") -> Check:
    supplier = programme.clock_starts is Clock.SUPPLIER
    started = loan.supplier_paid_on if supplier else loan.spent_on
    if started is None:
        template = (
            N_("The day the money reached the supplier is not recorded; until it is, the release counts.")
            if supplier
            else N_("The day the money was spent is not recorded; until it is, the release counts.")
        )
        return Check("clock", True, template, {})
    template = (
        N_("Counted from {day}, when the money reached the supplier.")
        if supplier
        else N_("Counted from {day}, when the money was spent.")
    )
    return Check("clock", True, template, {"day": started.isoformat()})


def _lpr(loan: "SubsidisedLoan") -> Check:
    if loan.lpr_percent is None and not loan.lpr_by_year:
        return Check(
            "lpr",
            False,
            N_("The subsidy is a share of the loan prime rate, and no value of it is known."),
            {},
        )
    return Check("lpr", True, N_("The loan prime rate the subsidy is a share of is known."), {})


def _others(programme: Programme, loan: "SubsidisedLoan") -> Check:
    known = programmes()
    barred = [
        other
        for other in loan.other_programmes
        if programme.exclusive == "any"
        or (programme.exclusive == "central" and (other not in known or known[other].is_central))
    ]
    values = {
        "others": Text.listed(known[o].name if o in known else Text(o, o) for o in loan.other_programmes)
    }
    if barred:
        return Check(
            "other-subsidy",
            False,
            N_("The loan already draws on {others}; the programme does not allow it."),
            values,
        )
    return Check(
        "other-subsidy", True, N_("The loan also draws on {others}, which the programme allows."), values
    )


def _disqualified(programme: Programme, loan: "SubsidisedLoan") -> list[Check]:
    known = {reason.id: reason.name for reason in programme.disqualifies}
    return [
        Check(
            f"disqualified-{reason}",
            False,
            N_("The programme rules it out: {reason}."),
            {"reason": known.get(reason, Text(reason, reason))},
        )
        for reason in loan.disqualified
    ]
