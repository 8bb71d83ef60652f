"""What a bank may know of a client, by the client's consent: rating, emissions, balance sheet.

The only module of this room that asks accounts/enterprise; each question is checked, recorded and shown to the
client there.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from accounts.enterprise import account as enterprise_account
from accounts.enterprise import profile as enterprise_profile
from accounts.enterprise import rating as enterprise_rating
from accounts.enterprise.account import Account
from accounts.enterprise.profile import Profile
from accounts.enterprise.rating import EnterpriseRating
from accounts.identity.actors import Actor
from carbon.errors import NotFound, NotPermitted, Problem

__all__ = ["Account", "EnterpriseRating", "Figures", "Profile", "Reason"]


@dataclass(frozen=True)
class Reason:
    """Why something is not there, as an English template with its values, for the reader's language."""

    template: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """The reason in English."""
        return self.template.format(**self.values)


@dataclass(frozen=True)
class BorrowerRating:
    """The level of a year, or why there is none."""

    year: int
    level: int | None
    unrated: Reason | None = None
    found: EnterpriseRating | None = None


@dataclass(frozen=True)
class Figures:
    """What the attribution of a year's emissions needs; None where the client has not told.

    Emissions are scopes 1 and 2 in milligrams of CO2 equivalent (AR5), computed from activity data;
    `missing_months` of the year have no line at all.
    """

    year: int
    emissions_mg: int | None
    missing_months: int
    equity_and_debt_fen: int | None


async def rating_for(actor: Actor, enterprise_id: UUID, day: date) -> BorrowerRating:
    """The rating of the last full year before `day`, or of the one before it, as long as that is not rated yet.

    A client without either is priced as unrated.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    first: BorrowerRating | None = None
    for year in (day.year - 1, day.year - 2):
        tried = await rating_of_year(actor, enterprise_id, year)
        if tried.level is not None:
            return tried
        first = first or tried
    assert first is not None  # noqa: S101 - two years were tried
    return first


async def rating_of_year(actor: Actor, enterprise_id: UUID, year: int) -> BorrowerRating:
    """The rating of one year, or the problem for which there is none.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    try:
        found = await enterprise_rating.rate_enterprise(actor, enterprise_id=enterprise_id, year=year)
    except (NotFound, NotPermitted):
        raise
    except Problem as missing:
        return BorrowerRating(year, None, Reason(missing.template, missing.values))
    return BorrowerRating(year, found.level, found=found)


async def account_of(actor: Actor, enterprise_id: UUID, year: int) -> Account:
    """The client's account of a year.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    return await enterprise_account.read_account(actor, enterprise_id=enterprise_id, year=year)


async def profile_of(actor: Actor, enterprise_id: UUID) -> Profile:
    """What the client says of itself.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    return await enterprise_profile.read_profile(actor, enterprise_id=enterprise_id)


async def figures_of(actor: Actor, enterprise_id: UUID, year: int) -> Figures:
    """Emissions and balance sheet of a year.

    Raises:
        NotFound: no such client, or it has not let the bank read its account.
    """
    account = await account_of(actor, enterprise_id, year)
    profile = await profile_of(actor, enterprise_id)
    output = next((known for known in profile.years if known.year == year), None)
    own = sum(line.co2e_mg for line in account.by_scope if line.scope in {1, 2})
    return Figures(
        year=year,
        emissions_mg=own if account.activities else None,
        missing_months=len(account.coverage.missing_months),
        equity_and_debt_fen=output.total_equity_and_debt_fen if output else None,
    )
