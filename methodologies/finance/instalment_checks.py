"""How a lender rounds: its stated instalment against ours under each rounding."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carbon.errors import Problem
from carbon.money import Rounding
from carbon.schedules import Schedule, Terms, schedule
from methodologies.finance.loan_terms import stated_instalment_fen, terms_of


@dataclass(frozen=True)
class Checked:
    """A loan's schedule beside what its lender states; `agrees` names the roundings that give the stated figure."""

    schedule: Schedule
    stated_fen: int | None
    agrees: tuple[Rounding, ...]

    @property
    def difference_fen(self) -> int | None:
        """Ours less the lender's."""
        ours = first_payment_fen(self.schedule)
        return None if self.stated_fen is None else ours - self.stated_fen


def first_payment_fen(found: Schedule) -> int:
    """The instalment, or what is first due where there is no equal one."""
    return found.lines[0].payment_fen if found.instalment_fen is None else found.instalment_fen


def checked(values: Mapping[str, Any]) -> Checked:
    """The schedule of one row or object, checked against the instalment it states, if any.

    Raises:
        Problem: a field cannot be read.
    """
    terms = terms_of(values)
    stated = stated_instalment_fen(values)
    agrees = () if stated is None else tuple(r for r in Rounding if _gives(terms, r, stated))
    return Checked(schedule(terms), stated, agrees)


def _gives(terms: Terms, rounding: Rounding, stated_fen: int) -> bool:
    try:
        return first_payment_fen(schedule(replace(terms, rounding=rounding))) == stated_fen
    except Problem:
        return False
