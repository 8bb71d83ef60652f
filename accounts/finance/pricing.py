"""Pricing a loan for a client: the terms of the day, the loan prime rate of the day, the client's rating."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.finance import borrowers
from accounts.finance.borrowers import BorrowerRating, Reason
from accounts.finance.days import today
from accounts.finance.offers import SubsidyOffer, offer_of
from accounts.finance.products import ProductTerms, check_fits, terms_on
from accounts.finance.rates import lpr_at
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.daycount import DayCount, add_months
from carbon.errors import N_, NotFound, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.finance import rating
from methodologies.finance.interest_periods import whole_interest_fen
from methodologies.finance.interest_subsidy import SubsidisedLoan
from methodologies.finance.pricing import Price, price, tenor_of
from methodologies.finance.programmes import purposes

LONGEST_LIST = 200
FURTHEST_MONTHS = 12
"""How far ahead a loan may begin: its rate stands on today's loan prime rate."""


@dataclass(frozen=True)
class Quote:
    """A computed price; `explanation` is the tree from the rate down to LPR, terms and rating.

    `rating_level` is None for an unrated client; `unrated` then says why, and `unrated_reason` says it in English.
    """

    id: UUID
    bank_id: UUID
    enterprise_id: UUID
    product_id: UUID
    purpose: str
    principal_fen: int
    term_months: int
    starts_on: date
    ends_on: date
    day_count: str
    rate_percent: Decimal
    lpr_tenor: str
    lpr_percent: Decimal
    lpr_quoted_on: date
    margin_points: Decimal
    green_use_discount_points: Decimal
    rating_year: int | None
    rating_level: int | None
    rating_label: Text | None
    unrated: Reason | None
    whole_interest_fen: int
    explanation: dict[str, Any]
    rule_version: str
    quoted_at: datetime
    subsidy: SubsidyOffer | None = None

    @property
    def unrated_reason(self) -> str:
        """Why the client was priced as unrated; empty when it has a rating."""
        return str(self.unrated or "")

    def as_subsidised(self) -> SubsidisedLoan:
        """What a subsidy programme asks of it."""
        return SubsidisedLoan(
            principal_fen=self.principal_fen,
            rate_percent=self.rate_percent,
            day_count=DayCount(self.day_count),
            released_on=self.starts_on,
            ends_on=self.ends_on,
            purpose=self.purpose,
        )


async def price_loan(
    actor: Actor,
    *,
    enterprise_id: UUID,
    product_id: UUID,
    principal_fen: int,
    term_months: int,
    starts_on: date,
    purpose: str = "working-capital",
    programme_id: str | None = None,
) -> Quote:
    """Compute and keep a quote; with a programme it also says whether and how much subsidy the loan would draw.

    Raises:
        NotPermitted: without `loan:price`.
        NotFound: no such client that lets the bank read its account, or no such product or programme.
        Problem: the product does not offer the amount, term or day; no accepted loan prime rate.
    """
    actor.require(Permission.LOAN_PRICE)
    check_purpose(purpose)
    borrower = await borrowers.rating_for(actor, enterprise_id, starts_on)
    async with transaction(tenant=actor.tenant_id) as connection:
        await require_client(connection, enterprise_id)
        quote = await write_quote(
            connection,
            actor,
            borrower,
            enterprise_id,
            product_id,
            principal_fen,
            term_months,
            starts_on,
            purpose,
        )
        await audit.record(
            connection,
            actor,
            act="loan.price",
            object_kind="quote",
            object_id=quote.id,
            details={
                "enterprise_id": enterprise_id,
                "fen": principal_fen,
                "rate_percent": quote.rate_percent,
            },
        )
        if programme_id is None:
            return quote
        offer = await offer_of(connection, programme_id, enterprise_id, quote.as_subsidised())
        return replace(quote, subsidy=offer)


async def list_quotes(actor: Actor, *, enterprise_id: UUID) -> list[Quote]:
    """The bank's quotes for a client, newest first; none once the client's consent has ended."""
    actor.require(Permission.LOAN_PRICE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await quotes_of(connection, enterprise_id)


async def quotes_of(connection: Connection, enterprise_id: UUID) -> list[Quote]:
    """The same in the caller's transaction."""
    rows = await connection.fetch(
        _SELECT + "where q.enterprise_id = $1 order by q.id desc limit $2", enterprise_id, LONGEST_LIST
    )
    return [_quote(row) for row in rows]


async def read_quote(actor: Actor, *, quote_id: UUID) -> Quote:
    """One quote of the bank, while the client's consent lasts.

    Raises:
        NotFound: not there, not the bank's, or the client's consent has ended.
    """
    actor.require(Permission.LOAN_PRICE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        row = await connection.fetchrow(_SELECT + "where q.id = $1", quote_id)
    if row is None:
        raise NotFound(N_("There is no such quote."))
    return _quote(row)


def check_purpose(purpose: str) -> None:
    """Refuse a purpose that no programme and no product could name.

    Raises:
        Problem: lists the known ones.
    """
    if purpose not in purposes():
        raise Problem(
            N_("{purpose} is no purpose known here; use one of {known}."),
            at="purpose",
            purpose=purpose[:40],
            known=", ".join(purposes()),
        )


async def require_client(connection: Connection, enterprise_id: UUID) -> Text:
    """The client's name, if it lets the transaction's bank read its account now.

    Raises:
        NotFound: no such enterprise, or no valid consent: the answer does not tell which.
    """
    row = await connection.fetchrow(
        """select name_zh, name_en from identity_organisation
            where id = $1 and kind = 'enterprise' and has_consent(id, 'account')""",
        enterprise_id,
    )
    if row is None:
        raise NotFound(
            N_("There is no such client, or it has not let you read its account."), at="enterprise_id"
        )
    return Text(row["name_zh"], row["name_en"])


async def write_quote(
    connection: Connection,
    actor: Actor,
    borrower: BorrowerRating,
    enterprise_id: UUID,
    product_id: UUID,
    principal_fen: int,
    term_months: int,
    starts_on: date,
    purpose: str,
) -> Quote:
    """Price and keep, in the caller's transaction.

    Raises:
        NotFound, Problem: as `price_loan`.
    """
    await _check_start(connection, starts_on)
    terms = await terms_on(connection, product_id, starts_on)
    check_fits(terms, principal_fen=principal_fen, term_months=term_months)
    rule_terms = terms.as_rule(await _bank_name(connection))
    lpr = await lpr_at(connection, day=starts_on, tenor=tenor_of(rule_terms, term_months))
    priced = price(rule_terms, lpr, level=borrower.level, green_use=purpose in terms.green_purposes)
    quote_id = new_id()
    await _insert(
        connection, actor, quote_id, borrower, enterprise_id, product_id, terms, priced,
        (principal_fen, term_months, starts_on, purpose),
    )  # fmt: skip
    row = await connection.fetchrow(_SELECT + "where q.id = $1", quote_id)
    if row is None:
        raise NotFound(
            N_("There is no such client, or it has not let you read its account."), at="enterprise_id"
        )
    return _quote(row)


async def _check_start(connection: Connection, starts_on: date) -> None:
    latest = add_months(await today(connection), FURTHEST_MONTHS)
    if starts_on > latest:
        raise Problem(
            N_("A loan can be priced up to {months} months ahead, until {latest}; {day} is later."),
            at="starts_on",
            months=FURTHEST_MONTHS,
            latest=latest.isoformat(),
            day=starts_on.isoformat(),
        )


async def _insert(
    connection: Connection,
    actor: Actor,
    quote_id: UUID,
    borrower: BorrowerRating,
    enterprise_id: UUID,
    product_id: UUID,
    terms: ProductTerms,
    priced: Price,
    asked: tuple[int, int, date, str],
) -> None:
    principal_fen, term_months, starts_on, purpose = asked
    await connection.execute(
        """insert into finance_quote (id, bank_id, enterprise_id, product_id, terms_id, purpose, principal_fen,
               term_months, starts_on, ends_on, rate_percent, lpr_tenor, lpr_quoted_on, lpr_percent, margin_points,
               green_use_discount_points, rating_year, rating_level, unrated, explanation, rule_version, quoted_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, $20::jsonb, $21, $22)""",
        quote_id, actor.tenant_id, enterprise_id, product_id, terms.id, purpose, principal_fen, term_months,
        starts_on, add_months(starts_on, term_months), priced.rate_percent, priced.lpr.tenor.value,
        priced.lpr.quoted_on, priced.lpr.percent, priced.margin_points, priced.green_use_discount_points,
        borrower.year if borrower.level is not None else None, borrower.level, _encoded(borrower.unrated),
        msgspec.json.encode(priced.explanation.as_dict()).decode(), priced.rule_version, actor.person_id,
    )  # fmt: skip


def _encoded(reason: Reason | None) -> str | None:
    return None if reason is None else msgspec.json.encode(reason, enc_hook=str).decode()


async def _bank_name(connection: Connection) -> Text:
    row = await connection.fetchrow(
        "select name_zh, name_en from identity_organisation where id = current_tenant()"
    )
    return Text(row["name_zh"], row["name_en"] or row["name_zh"]) if row else Text("银行", "the bank")


_SELECT = """
    select q.id, q.bank_id, q.enterprise_id, q.product_id, q.purpose, q.principal_fen, q.term_months, q.starts_on,
           q.ends_on, t.day_count, q.rate_percent, q.lpr_tenor, q.lpr_percent, q.lpr_quoted_on, q.margin_points,
           q.green_use_discount_points, q.rating_year, q.rating_level, q.unrated, q.explanation, q.rule_version,
           q.quoted_at
      from finance_quote q join finance_product_terms t on t.id = q.terms_id
"""


def _quote(row: Any) -> Quote:
    values = dict(row)
    level, unrated = values["rating_level"], values["unrated"]
    values["explanation"] = msgspec.json.decode(values["explanation"])
    values["unrated"] = None if unrated is None else msgspec.json.decode(unrated, type=Reason)
    return Quote(
        **values,
        rating_label=None if level is None else rating.label_of(level),
        whole_interest_fen=whole_interest_fen(
            values["principal_fen"],
            values["rate_percent"],
            DayCount(values["day_count"]),
            values["starts_on"],
            values["ends_on"],
        ),
    )
