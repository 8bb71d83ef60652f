"""What moves a loan's rate after release: certificates, targets on test days, LPR resets, and restated ratings.

Every move is an event of the loan with its cause, so that interest and subsidy follow and anybody can read why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance import borrowers
from accounts.finance.days import today
from accounts.finance.histories import histories_of
from accounts.finance.loan_events import write_event
from accounts.finance.products import terms_on
from accounts.finance.rates import lpr_at
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.daycount import add_months
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.finance.lpr import Quote, Tenor
from methodologies.finance.pricing import price
from methodologies.finance.ratchets import Outcome, Ratchet, Result, Target, check_ratchet, outcomes


@dataclass(frozen=True)
class ProductRule:
    """What a product's loans may gain: points while a certificate holds, and a ratchet (None without targets)."""

    product_id: UUID
    valid_from: date
    certificate_points: Decimal
    ratchet: Ratchet | None


@dataclass(frozen=True)
class RateCheck:
    """A loan's rate as it should be on a day, its parts, and what it bears now."""

    loan_id: UUID
    contract_number: str
    borrower_name_zh: str
    borrower_name_en: str
    day: date
    contract_percent: Decimal
    certificate_points: Decimal
    ratchet_points: Decimal
    new_percent: Decimal
    old_percent: Decimal
    tests: tuple[Outcome, ...]


@dataclass(frozen=True)
class Repriced:
    """A loan of the book before and after its borrower's figures changed; `missing` says why it cannot be priced."""

    loan_id: UUID
    contract_number: str
    enterprise_id: UUID
    borrower_name_zh: str
    borrower_name_en: str
    principal_fen: int
    old_percent: Decimal
    new_percent: Decimal | None
    old_level: int | None
    new_level: int | None
    rating_year: int | None
    missing: str


async def save_rule(
    actor: Actor,
    *,
    product_id: UUID,
    valid_from: date,
    certificate_points: Decimal = Decimal(0),
    targets: Sequence[Target] = (),
    step_points: Decimal = Decimal(0),
    cap_points: Decimal = Decimal(0),
    only_full: bool = True,
    two_way: bool = False,
) -> ProductRule:
    """Add what may move the rate of a product's loans from a day on.

    Raises:
        NotPermitted: without `loan:price`.
        NotFound: no such product of the bank.
        Problem: a ratchet that cannot be tested, or points below zero.
        Conflict: there is a rule from that day.
    """
    actor.require(Permission.LOAN_PRICE)
    ratchet = Ratchet(tuple(targets), step_points, cap_points, only_full, two_way) if targets else None
    if ratchet is not None:
        check_ratchet(ratchet)
    if certificate_points < 0:
        raise Problem(N_("Points for a certificate are not below zero."), at="certificate_points")
    async with transaction(tenant=actor.tenant_id) as connection:
        await terms_on(connection, product_id, date.max)
        try:
            async with savepoint(connection):
                await connection.execute(
                    """insert into finance_product_rule (id, bank_id, product_id, valid_from, certificate_points, targets,
                           step_points, cap_points, only_full, two_way, recorded_by)
                       values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)""",
                    new_id(), actor.tenant_id, product_id, valid_from, certificate_points,
                    msgspec.json.encode(list(targets)).decode(), step_points, cap_points, only_full, two_way,
                    actor.person_id,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(
                N_("The product has such a rule from that day already."), at="valid_from"
            ) from None
        details = {"valid_from": valid_from, "step": step_points, "cap": cap_points}
        await audit.record(
            connection,
            actor,
            act="product.rule",
            object_kind="product",
            object_id=product_id,
            details=details,
        )
    return ProductRule(product_id, valid_from, certificate_points, ratchet)


async def record_fact(
    actor: Actor,
    *,
    loan_id: UUID,
    kind: str,
    on_day: date,
    indicator: str = "",
    value: Decimal | None = None,
    until_on: date | None = None,
    evidence: str = "",
) -> RateCheck:
    """Put down a measured value of an indicator (`result`) or a certificate with its term, and see what it changes.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank.
        Problem: a result without value, or a certificate without its term.
    """
    actor.require(Permission.LOAN_REGISTER)
    is_result = kind == "result" and value is not None and value.is_finite()
    is_certificate = kind == "certificate" and until_on is not None and until_on >= on_day
    if not is_result and not is_certificate:
        raise Problem(N_("A result needs its value, a certificate its first and last day."), at="kind")
    async with transaction(tenant=actor.tenant_id) as connection:
        await _loan(connection, loan_id)
        await connection.execute(
            """insert into finance_loan_fact (id, loan_id, bank_id, enterprise_id, kind, indicator, on_day, until_on, value,
                   evidence, recorded_by, recorded_by_name)
               select $1, l.id, l.bank_id, l.enterprise_id, $3, $4, $5, $6, $7, $8, $9, $10 from finance_loan l
                where l.id = $2""",
            new_id(), loan_id, kind, checked_name(indicator, at="indicator", longest=100, required=is_result), on_day,
            until_on, value, checked_name(evidence, at="evidence", longest=500, required=False), actor.person_id, actor.name,
        )  # fmt: skip
        return await _check(connection, loan_id, await today(connection))


async def check_rate(actor: Actor, *, loan_id: UUID, day: date | None = None) -> RateCheck:
    """What the loan should bear by its product's rules on a day, part by part.

    Raises:
        NotFound: no such loan of the actor's.
    """
    actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _check(connection, loan_id, day or await today(connection))


async def apply_rate(actor: Actor, *, loan_id: UUID) -> RateCheck:
    """Let the loan bear what its rules say from today; nothing happens when it does already.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        day = await today(connection)
        found = await _check(connection, loan_id, day)
        if found.new_percent != found.old_percent:
            cause = {
                "rule": "product",
                "certificate": found.certificate_points,
                "ratchet": found.ratchet_points,
            }
            await write_event(
                connection, actor, loan_id, "rate", day, rate_percent=found.new_percent,
                reason=f"{found.contract_percent} {found.ratchet_points:+} {-found.certificate_points:+}", cause=cause,
            )  # fmt: skip
        return await _check(connection, loan_id, day)


async def _loan(connection: Connection, loan_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(
        """select id, product_id, contract_number, borrower_name_zh, borrower_name_en, rate_percent, starts_on
             from finance_loan where id = $1""",
        loan_id,
    )
    if row is None:
        raise NotFound(N_("There is no such loan."), at="loan_id")
    return row


async def _check(connection: Connection, loan_id: UUID, day: date) -> RateCheck:
    loan = await _loan(connection, loan_id)
    history = (await histories_of(connection, [loan_id]))[loan_id]
    rule = await connection.fetchrow(
        """select certificate_points, targets, step_points, cap_points, only_full, two_way from finance_product_rule
            where product_id = $1 and valid_from <= $2 order by valid_from desc limit 1""",
        loan["product_id"],
        day,
    )
    facts = await connection.fetch(
        "select kind, indicator, on_day, until_on, value from finance_loan_fact where loan_id = $1 order by recorded_at",
        loan_id,
    )
    certificate, tests = Decimal(0), tuple[Outcome, ...]()
    if rule is not None:
        held = any(f["kind"] == "certificate" and f["on_day"] <= day <= f["until_on"] for f in facts)
        certificate = rule["certificate_points"] if held else Decimal(0)
        tests = _tests(rule, facts, day)
    ratchet = tests[-1].points if tests else Decimal(0)
    new = max(loan["rate_percent"] + ratchet - certificate, Decimal(0))
    return RateCheck(
        loan_id, loan["contract_number"], loan["borrower_name_zh"], loan["borrower_name_en"], day, loan["rate_percent"],
        certificate, ratchet, new, history.terms().rate_on(day), tests,
    )  # fmt: skip


def _tests(rule: asyncpg.Record, facts: Sequence[asyncpg.Record], day: date) -> tuple[Outcome, ...]:
    targets = msgspec.json.decode(rule["targets"], type=tuple[Target, ...])
    if not targets:
        return ()
    ratchet = Ratchet(targets, rule["step_points"], rule["cap_points"], rule["only_full"], rule["two_way"])
    results = [Result(f["indicator"], f["on_day"], f["value"]) for f in facts if f["kind"] == "result"]
    return outcomes(ratchet, results, day)


_BOOK = """
    select l.id, l.contract_number, l.enterprise_id, l.borrower_name_zh, l.borrower_name_en, l.principal_fen, l.term_months,
           l.purpose, l.product_id, l.starts_on, q.rating_level, q.lpr_percent, q.lpr_quoted_on, q.lpr_tenor
      from finance_loan l join finance_quote q on q.id = l.quote_id
     where l.bank_id = current_tenant() and l.ends_on > $1 and ($2::uuid is null or l.enterprise_id = $2)
     order by l.contract_number
"""


async def preview_repricing(actor: Actor, *, enterprise_id: UUID | None = None) -> list[Repriced]:
    """Every running loan priced here, with the rate its borrower's figures of today would give on its own LPR.

    What is read of borrowers is read under their consent; without it a loan is not in the list.

    Raises:
        NotPermitted: without `loan:price`.
    """
    actor.require(Permission.LOAN_PRICE)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        day = await today(connection)
        loans = await connection.fetch(_BOOK, day, enterprise_id)
        histories = await histories_of(connection, [loan["id"] for loan in loans])
        terms = {
            loan["id"]: await terms_on(connection, loan["product_id"], loan["starts_on"]) for loan in loans
        }
    rated: dict[UUID, Any] = {}
    found = []
    for loan in loans:
        firm = loan["enterprise_id"]
        if firm not in rated:
            rated[firm] = await _rating(actor, firm, day)
        rating = rated[firm]
        if rating is None:
            continue
        rules = terms[loan["id"]].as_rule(Text("银行", "the bank"))
        quote = Quote(loan["lpr_quoted_on"], Tenor(loan["lpr_tenor"]), loan["lpr_percent"])
        green = loan["purpose"] in terms[loan["id"]].green_purposes
        new = price(rules, quote, level=rating.level, green_use=green).rate_percent
        old = histories[loan["id"]].terms().rate_on(day)
        found.append(
            Repriced(
                loan["id"],
                loan["contract_number"],
                firm,
                loan["borrower_name_zh"],
                loan["borrower_name_en"],
                loan["principal_fen"],
                old,
                new,
                loan["rating_level"],
                rating.level,
                rating.year if rating.level is not None else None,
                str(rating.unrated or ""),
            )
        )
    return found


async def _rating(actor: Actor, enterprise_id: UUID, day: date) -> borrowers.BorrowerRating | None:
    try:
        return await borrowers.rating_for(actor, enterprise_id, day)
    except NotFound:
        return None


async def apply_repricing(
    actor: Actor, *, loan_ids: Sequence[UUID], reason: str, from_day: date | None = None
) -> list[Repriced]:
    """Let the chosen loans bear their new rates from a day on (by default today), with the reason.

    Raises:
        NotPermitted: without `loan:register`.
        Problem: no reason.
    """
    actor.require(Permission.LOAN_REGISTER)
    text = checked_name(reason, at="reason", longest=300)
    chosen = [line for line in await preview_repricing(actor) if line.loan_id in set(loan_ids)]
    async with transaction(tenant=actor.tenant_id) as connection:
        day = from_day or await today(connection)
        for line in chosen:
            if line.new_percent is not None and line.new_percent != line.old_percent:
                cause = {"rule": "rating", "old_level": line.old_level, "new_level": line.new_level}
                await write_event(
                    connection,
                    actor,
                    line.loan_id,
                    "rate",
                    day,
                    rate_percent=line.new_percent,
                    reason=text,
                    cause=cause,
                )
    return chosen


async def reset_to_lpr(actor: Actor, *, loan_id: UUID) -> Decimal:
    """Move a floating loan to the LPR of its last reset day (its anniversary, or 1 January), keeping its margin.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such loan of the bank priced here.
        Conflict: the loan's rate is fixed.
        Problem: no accepted LPR is in force on the day.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        row = await connection.fetchrow(
            """select l.starts_on, l.rate_percent, q.lpr_percent, q.lpr_tenor, coalesce(t.reprices, 'fixed') as reprices
                 from finance_loan l join finance_quote q on q.id = l.quote_id
                 left join finance_loan_terms t on t.loan_id = l.id where l.id = $1 and l.bank_id = current_tenant()""",
            loan_id,
        )
        if row is None:
            raise NotFound(N_("There is no such loan."), at="loan_id")
        if row["reprices"] == "fixed":
            raise Conflict(N_("The loan's rate is fixed; it follows no new loan prime rate."))
        day = last_reset(row["starts_on"], row["reprices"], await today(connection))
        quote = await lpr_at(connection, day=day, tenor=Tenor(row["lpr_tenor"]))
        new: Decimal = row["rate_percent"] - row["lpr_percent"] + quote.percent
        await write_event(
            connection, actor, loan_id, "rate", day, rate_percent=max(new, Decimal(0)),
            reason=f"LPR {quote.quoted_on.isoformat()} {quote.percent} %", cause={"rule": "lpr", "lpr": quote.percent},
        )  # fmt: skip
        return new


def last_reset(starts_on: date, reprices: str, day: date) -> date:
    """The last reset day on or before `day`: 1 January, or the anniversary of release; release itself before the first."""
    if reprices == "january":
        return max(date(day.year, 1, 1), starts_on)
    years = day.year - starts_on.year
    turned = add_months(starts_on, 12 * years)
    return turned if turned <= day else add_months(starts_on, 12 * (years - 1)) if years else starts_on
