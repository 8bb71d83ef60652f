"""What a subsidy programme would give on a loan, with every condition answered, before anything is reserved."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.finance.funds import Fund, funds_of
from carbon.text import Text
from methodologies.finance import interest_subsidy as rule
from methodologies.finance.interest_subsidy import Check, SubsidisedLoan
from methodologies.finance.programmes import Programme, programme


@dataclass(frozen=True)
class SubsidyOffer:
    """Whether the loan qualifies and the most it can draw; `funds` are those with money for the programme.

    `enough` says whether one of them holds that much now. Amounts in fen; the last day is not subsidised.
    """

    programme_id: str
    programme: Text
    qualifies: bool
    checks: tuple[Check, ...]
    expected_fen: int
    subsidised_until: date
    explanation: dict[str, Any]
    funds: tuple[Fund, ...]
    enough: bool


async def offer_of(
    connection: Connection, programme_id: str, enterprise_id: UUID, loan: SubsidisedLoan
) -> SubsidyOffer:
    """The programme's answer for the loan, in the caller's transaction.

    Raises:
        NotFound: no such programme.
    """
    known = programme(programme_id)
    loan = await with_ceiling_used(connection, known, enterprise_id, loan)
    answers = rule.checks(known, loan)
    qualifies = not rule.refusals(answers)
    expected = rule.expected_fen(known, loan) if qualifies else 0
    funds = await funds_of(connection, programme_id=programme_id)
    return SubsidyOffer(
        programme_id=known.id,
        programme=known.name,
        qualifies=qualifies,
        checks=answers,
        expected_fen=expected,
        subsidised_until=rule.subsidised_until(known, loan),
        explanation=rule.explain(known, loan).as_dict(),
        funds=tuple(funds),
        enough=any(fund.available_fen >= expected for fund in funds),
    )


async def with_ceiling_used(
    connection: Connection, known: Programme, enterprise_id: UUID, loan: SubsidisedLoan
) -> SubsidisedLoan:
    """The loan, knowing what the firm's other loans at all banks use of the programme's ceiling for one firm."""
    if known.principal_ceiling_fen is None:
        return loan
    # One firm's loans are counted one after another, also those registered at two banks at once.
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"ceiling {known.id} {enterprise_id}"
    )
    used = await connection.fetchval("select finance_subsidised_principal($1, $2)", enterprise_id, known.id)
    return replace(loan, already_subsidised_fen=used)
