"""What if: emissions, output or green power of a client moved, and the rating, rate, subsidy and money that would follow.

Nothing is kept and nothing is promised; the client's figures are read under its consent, as for a price.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from accounts.database.transactions import transaction
from accounts.finance import borrowers
from accounts.finance.days import today
from accounts.finance.pricing import check_purpose, require_client
from accounts.finance.products import check_fits, terms_on
from accounts.finance.rates import lpr_at
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.daycount import add_months
from carbon.errors import N_, Problem
from carbon.text import Text
from methodologies.finance import interest_subsidy, rating
from methodologies.finance.interest_periods import whole_interest_fen
from methodologies.finance.interest_subsidy import SubsidisedLoan
from methodologies.finance.pricing import price, tenor_of
from methodologies.finance.programmes import programme

MG_PER_T = 10**9


@dataclass(frozen=True)
class Outcome:
    """One side: as it is, or as moved; amounts in fen over the whole loan."""

    level: int | None
    label: Text | None
    efficiency: Decimal | None
    co2_t: Decimal | None
    rate_percent: Decimal
    interest_fen: int
    subsidy_fen: int

    @property
    def cost_fen(self) -> int:
        """Interest less subsidy."""
        return self.interest_fen - self.subsidy_fen


@dataclass(frozen=True)
class WhatIf:
    """As it is beside as moved; `saved_fen` is what the move is worth over the loan."""

    now: Outcome
    then: Outcome
    rating_year: int | None
    saved_fen: int


async def what_if(
    actor: Actor,
    *,
    enterprise_id: UUID,
    product_id: UUID,
    principal_fen: int,
    term_months: int,
    purpose: str,
    programme_id: str | None = None,
    emissions_percent: Decimal = Decimal(0),
    output_percent: Decimal = Decimal(0),
    green_power_t: Decimal = Decimal(0),
) -> WhatIf:
    """Move the client's emissions and output by percent, and take off tonnes that green power would save.

    Raises:
        NotPermitted: without `loan:price`.
        NotFound: no such client that lets the bank read, product or programme.
        Problem: a move beyond all bounds, or a loan the product does not offer.
    """
    actor.require(Permission.LOAN_PRICE)
    check_purpose(purpose)
    for percent in (emissions_percent, output_percent):
        if not -100 < percent <= 1000:
            raise Problem(N_("A move is above -100 and at most 1000 percent."), at="emissions_percent")
    if not 0 <= green_power_t <= 10**9:
        raise Problem(N_("Tonnes saved are not below zero."), at="green_power_t")
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        day = await today(connection)
        await require_client(connection, enterprise_id)
        terms = await terms_on(connection, product_id, day)
        check_fits(terms, principal_fen=principal_fen, term_months=term_months)
        rules = terms.as_rule(Text("银行", "the bank"))
        quote = await lpr_at(connection, day=day, tenor=tenor_of(rules, term_months))
    borrower = await borrowers.rating_for(actor, enterprise_id, day)

    def outcome(level: int | None, efficiency: Decimal | None, co2_t: Decimal | None) -> Outcome:
        rate = price(rules, quote, level=level, green_use=purpose in terms.green_purposes).rate_percent
        ends_on = add_months(day, term_months)
        loan = SubsidisedLoan(principal_fen, rate, rules.day_count, day, ends_on, purpose)
        return Outcome(
            level,
            None if level is None else rating.label_of(level),
            efficiency,
            co2_t,
            rate,
            whole_interest_fen(principal_fen, rate, rules.day_count, day, ends_on),
            _subsidy(programme_id, loan),
        )

    found = borrower.found
    if found is None:
        now = outcome(None, None, None)
        return WhatIf(now, now, None, 0)
    co2_mg = round(Fraction(found.co2_mg) * (100 + Fraction(emissions_percent)) / 100)
    moved = rating.rate(
        co2_mg=co2_mg,
        value_added_fen=round(Fraction(found.value_added_fen) * (100 + Fraction(output_percent)) / 100),
        benchmark=Fraction(found.benchmark.t_per_10k_yuan),
        day=date(found.year, 12, 31),
        deducted_co2_mg=min(round(Fraction(green_power_t) * MG_PER_T), co2_mg),
    )
    now = outcome(found.level, found.efficiency, Decimal(found.co2_mg) / MG_PER_T)
    left = Decimal(co2_mg) / MG_PER_T - green_power_t
    then = outcome(moved.level, Decimal(round(moved.efficiency * 10**6)).scaleb(-6), max(left, Decimal(0)))
    return WhatIf(now, then, found.year, now.cost_fen - then.cost_fen)


def _subsidy(programme_id: str | None, loan: SubsidisedLoan) -> int:
    if programme_id is None:
        return 0
    known = programme(programme_id)
    refused = interest_subsidy.refusals(interest_subsidy.checks(known, loan))
    return 0 if refused else interest_subsidy.expected_fen(known, loan)
