"""Claims of subsidies by period: computed by the system, confirmed by firm and bank, paid by the bureau.

A claim is what a loan is entitled to up to the period's end less what was claimed before, so a correction of an
earlier period lowers or raises the next claim. Nobody applies: the system says what it knows, and the firm or bank
confirms it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.finance.days import today
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.daycount import add_months
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import yuan_text
from carbon.text import Text
from methodologies.finance.programmes import Programme, programme

STATES = {
    "computed": N_("computed"),
    "firm-confirmed": N_("confirmed by the firm"),
    "bank-confirmed": N_("confirmed by the bank"),
    "bank-refused": N_("withdrawn by the bank"),
    "refused": N_("refused"),
    "paid": N_("paid"),
    "reconciled": N_("paid and reconciled"),
}
"""The states of a claim in words, in the order of its life."""

LONGEST_REASON = 1000


@dataclass(frozen=True)
class ClaimStep:
    """What was done to a claim, by whom, and why."""

    kind: str
    amount_fen: int
    reason: str
    by_name: str
    happened_at: datetime
    details: dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """A claim with where it stands. `amount_fen` is as computed, `confirmed_fen` as confirmed, `paid_fen` as paid.

    `waits_for` is `firm`, `bank`, `bureau`, `statement` or nothing.
    """

    id: UUID
    number: str
    loan_id: UUID
    bank_id: UUID
    bank_name_zh: str
    bank_name_en: str
    enterprise_id: UUID
    borrower_name_zh: str
    borrower_name_en: str
    contract_number: str
    authority_id: UUID
    fund_id: UUID
    programme_id: str
    programme: Text
    starts_on: date
    ends_on: date
    entitled_fen: int
    claimed_before_fen: int
    amount_fen: int
    closes_on: date | None
    state: str
    waits_for: str
    confirmed_fen: int | None
    paid_fen: int | None
    reason: str
    steps: tuple[ClaimStep, ...]


@dataclass(frozen=True)
class Computed:
    """What one computation of claims added."""

    claims: int
    amount_fen: int


def period_before(known: Programme, day: date) -> tuple[date, date]:
    """The last claim period that is over on `day`: its first day and the day after its last."""
    months = known.claim.every_months
    ends_on = date(day.year, (day.month - 1) // months * months + 1, 1)
    return add_months(ends_on, -months), ends_on


async def compute_claims(actor: Actor) -> Computed:
    """Compute the bank's claims for every period that is over; a period that has its claim is left alone.

    Raises:
        NotPermitted: without `loan:register`.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        done = await compute(connection, await today(connection))
        await audit.record(
            connection,
            actor,
            act="claim.compute",
            object_kind="claim",
            object_id=actor.tenant_id,
            details={"claims": done.claims, "fen": done.amount_fen},
        )
    return done


_ENTITLED = """
    select s.loan_id, s.bank_id, s.enterprise_id, s.authority_id, s.fund_id, s.programme_id, l.contract_number,
           l.borrower_name_zh, l.borrower_name_en, l.starts_on as released_on,
           (select max(k.ends_on) from finance_claim k where k.loan_id = s.loan_id) as claimed_until,
           (select coalesce(sum(a.amount_fen), 0)::bigint from finance_subsidy_accrual a
             where a.loan_id = s.loan_id and a.day < $2)
           + (select coalesce(sum(j.amount_fen), 0)::bigint from finance_subsidy_adjustment j
               where j.loan_id = s.loan_id) as entitled_fen,
           (select coalesce(sum(case when e.id is null then k.amount_fen
                                     else e.amount_fen + coalesce((e.details ->> 'given_up_fen')::bigint, 0) end), 0)::bigint
              from finance_claim k
              left join finance_claim_event e on e.claim_id = k.id and e.kind in ('paid', 'refused')
             where k.loan_id = s.loan_id) as claimed_fen
      from finance_subsidy s join finance_loan l on l.id = s.loan_id
     where s.programme_id = $1 and l.starts_on < $2
       and not exists (select from finance_claim k where k.loan_id = s.loan_id and k.ends_on >= $2)
     order by s.bank_id, s.loan_id
"""


async def compute(connection: Connection, day: date) -> Computed:
    """The same in the caller's transaction, for every loan it may see: one bank's, or, of the scheduler, all.

    A period counts when its last day has accrued.
    """
    count = total = 0
    named = await connection.fetch("select distinct programme_id from finance_subsidy order by programme_id")
    for row in named:
        known = programme(row["programme_id"])
        _, ends_on = period_before(known, day)
        for loan in await connection.fetch(_ENTITLED, known.id, ends_on):
            amount = loan["entitled_fen"] - loan["claimed_fen"]
            if amount > 0:
                starts_on = loan["claimed_until"] or loan["released_on"]
                await _write(connection, loan, known, starts_on, ends_on, amount)
                count, total = count + 1, total + amount
    return Computed(count, total)


async def _write(
    connection: Connection, loan: Any, known: Programme, starts_on: date, ends_on: date, amount: int
) -> None:
    claim_id = new_id()
    closes_on = None
    if known.claim.days_after is not None:
        closes_on = ends_on + timedelta(days=known.claim.days_after - 1)
    await connection.execute(
        """insert into finance_claim (id, number, loan_id, bank_id, enterprise_id, authority_id, fund_id, programme_id,
               contract_number, borrower_name_zh, borrower_name_en, starts_on, ends_on, entitled_fen, claimed_before_fen,
               amount_fen, closes_on)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
           on conflict (bank_id, loan_id, ends_on) do nothing""",
        claim_id, number_of(claim_id, ends_on), loan["loan_id"], loan["bank_id"], loan["enterprise_id"],
        loan["authority_id"], loan["fund_id"], known.id, loan["contract_number"], loan["borrower_name_zh"],
        loan["borrower_name_en"], starts_on, ends_on, loan["entitled_fen"], loan["claimed_fen"], amount, closes_on,
    )  # fmt: skip


def number_of(claim_id: UUID, ends_on: date) -> str:
    """What a claim is called on paper and in statements: `TX202610-3F9A0C51B2E4`."""
    last = ends_on - timedelta(days=1)
    return f"TX{last:%Y%m}-{claim_id.hex[-12:].upper()}"


_SELECT = """
    select k.id, k.number, k.loan_id, k.bank_id, b.name_zh as bank_name_zh, b.name_en as bank_name_en, k.enterprise_id,
           k.borrower_name_zh, k.borrower_name_en, k.contract_number, k.authority_id, k.fund_id, k.programme_id,
           k.starts_on, k.ends_on, k.entitled_fen, k.claimed_before_fen, k.amount_fen, k.closes_on,
           coalesce((select jsonb_agg(jsonb_build_object('kind', e.kind, 'amount_fen', e.amount_fen, 'reason', e.reason,
                        'by_name', e.by_name, 'happened_at', e.happened_at, 'details', e.details) order by e.happened_at, e.id)
                       from finance_claim_event e where e.claim_id = k.id), '[]') as steps
      from finance_claim k join identity_organisation b on b.id = k.bank_id
"""


async def list_claims(
    actor: Actor,
    *,
    fund_id: UUID | None = None,
    loan_id: UUID | None = None,
    state: str | None = None,
    limit: int = 500,
) -> list[Claim]:
    """The claims of the actor's side, newest period first.

    Raises:
        NotPermitted: neither `loan:read` nor `fund:read`.
    """
    if Permission.FUND_READ not in actor.permissions:
        actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await claims_of(connection, fund_id=fund_id, loan_id=loan_id, limit=limit)
    return [claim for claim in found if state is None or claim.state == state]


async def read_claim(actor: Actor, *, claim_id: UUID) -> Claim:
    """One claim of the actor's side.

    Raises:
        NotFound: no such claim.
    """
    if Permission.FUND_READ not in actor.permissions:
        actor.require(Permission.LOAN_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await claim_of(connection, claim_id)


async def claims_of(
    connection: Connection, *, fund_id: UUID | None = None, loan_id: UUID | None = None, limit: int = 500
) -> list[Claim]:
    """Claims the transaction may see."""
    rows = await connection.fetch(
        _SELECT
        + """where ($1::uuid is null or k.fund_id = $1) and ($2::uuid is null or k.loan_id = $2)
             order by k.ends_on desc, k.id desc limit $3""",
        fund_id,
        loan_id,
        min(limit, 5000),
    )
    return [_claim(row) for row in rows]


async def claim_of(connection: Connection, claim_id: UUID) -> Claim:
    """One claim.

    Raises:
        NotFound: the transaction sees no such claim.
    """
    row = await connection.fetchrow(_SELECT + "where k.id = $1", claim_id)
    if row is None:
        raise NotFound(N_("There is no such claim."), at="claim_id")
    return _claim(row)


def _claim(row: Any) -> Claim:
    values = dict(row)
    steps = msgspec.json.decode(values.pop("steps"), type=tuple[ClaimStep, ...])
    by_kind = {step.kind: step for step in steps}
    state = next((name for name in reversed(STATES) if name in by_kind), "computed")
    confirmed, paid = by_kind.get("bank-confirmed"), by_kind.get("paid")
    known = programme(values["programme_id"])
    return Claim(
        **values,
        programme=known.name,
        state=state,
        waits_for=_waits_for(known, by_kind),
        confirmed_fen=confirmed.amount_fen if confirmed else None,
        paid_fen=paid.amount_fen if paid else None,
        reason="; ".join(step.reason for step in steps if step.reason),
        steps=steps,
    )


def _waits_for(known: Programme, by_kind: dict[str, ClaimStep]) -> str:
    if {"refused", "reconciled"} & set(by_kind):
        return ""
    if "paid" in by_kind:
        return "statement"
    if {"bank-confirmed", "bank-refused"} & set(by_kind):
        return "bureau"
    return "firm" if known.claim.by == "firm" and "firm-confirmed" not in by_kind else "bank"


async def confirm_claim(
    actor: Actor, *, claim_id: UUID, amount_fen: int | None = None, reason: str = ""
) -> Claim:
    """Confirm what the system computed: the firm as a whole, the bank also a smaller amount with its reason.

    Raises:
        NotPermitted: without `claim:confirm`.
        NotFound: no such claim of the actor's side.
        Conflict: it waits for somebody else, or its window is closed.
        Problem: more than computed, or less without a reason.
    """
    actor.require(Permission.CLAIM_CONFIRM)
    async with transaction(tenant=actor.tenant_id) as connection:
        await lock_claim(connection, claim_id)
        claim = await claim_of(connection, claim_id)
        side = await _side(connection, actor, claim)
        confirmed = claim.amount_fen if amount_fen is None else amount_fen
        reason = _checked_amount(claim, side, confirmed, reason)
        kind = f"{side}-confirmed"
        await add_step(connection, actor, claim, kind, confirmed, reason)
        await _record(connection, actor, "claim.confirm", claim, {"fen": confirmed, "reason": reason})
        return await claim_of(connection, claim_id)


async def refuse_claim(actor: Actor, *, claim_id: UUID, reason: str) -> Claim:
    """The bank withdraws a claim, with the reason the firm reads; its money goes back to the fund with the review.

    Raises:
        NotPermitted: without `claim:confirm`.
        NotFound: no such claim of the bank.
        Conflict: it does not wait for the bank.
        Problem: no reason.
    """
    actor.require(Permission.CLAIM_CONFIRM)
    text = checked_name(reason, at="reason", longest=LONGEST_REASON)
    async with transaction(tenant=actor.tenant_id) as connection:
        await lock_claim(connection, claim_id)
        claim = await claim_of(connection, claim_id)
        if claim.bank_id != actor.tenant_id:
            raise NotFound(N_("There is no such claim."), at="claim_id")
        if claim.waits_for not in {"bank", "firm"}:
            raise _waits(claim)
        await add_step(connection, actor, claim, "bank-refused", 0, text)
        await _record(connection, actor, "claim.refuse", claim, {"reason": text})
        return await claim_of(connection, claim_id)


async def _side(connection: Connection, actor: Actor, claim: Claim) -> str:
    side = {claim.enterprise_id: "firm", claim.bank_id: "bank"}.get(actor.tenant_id)
    if side is None:
        raise NotFound(N_("There is no such claim."), at="claim_id")
    if claim.waits_for != side:
        raise _waits(claim)
    if claim.closes_on is not None and await today(connection) > claim.closes_on:
        raise Conflict(
            N_("The window for this claim closed on {day}; a claim not confirmed by then is given up."),
            day=claim.closes_on.isoformat(),
        )
    return side


def _waits(claim: Claim) -> Conflict:
    return Conflict(
        N_("The claim {number} is {state}; it does not wait for you."),
        number=claim.number,
        state=STATES[claim.state],
    )


def _checked_amount(claim: Claim, side: str, amount_fen: int, reason: str) -> str:
    if not 0 < amount_fen <= claim.amount_fen:
        raise Problem(
            N_("At most the computed {amount} yuan can be confirmed, and more than nothing."),
            at="amount_fen",
            amount=yuan_text(claim.amount_fen),
        )
    less = amount_fen < claim.amount_fen
    if less and side == "firm":
        raise Problem(N_("A firm confirms a claim as a whole; tell the bank what is wrong."), at="amount_fen")
    return checked_name(reason, at="reason", longest=LONGEST_REASON, required=less)


async def lock_claim(connection: Connection, claim_id: UUID) -> None:
    """Steps of one claim come one after another."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"claim {claim_id}")


async def add_step(
    connection: Connection,
    actor: Actor,
    claim: Claim,
    kind: str,
    amount_fen: int,
    reason: str = "",
    details: dict[str, Any] | None = None,
    entry_id: UUID | None = None,
) -> None:
    """Write one step of a claim; PostgreSQL lets each side write its own kinds only."""
    await connection.execute(
        """insert into finance_claim_event (id, claim_id, bank_id, enterprise_id, authority_id, kind, amount_fen, reason,
               details, entry_id, by_person, by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12)""",
        new_id(), claim.id, claim.bank_id, claim.enterprise_id, claim.authority_id, kind, amount_fen, reason,
        msgspec.json.encode(details or {}).decode(), entry_id, actor.person_id, actor.name,
    )  # fmt: skip


async def _record(
    connection: Connection, actor: Actor, act: str, claim: Claim, details: dict[str, Any]
) -> None:
    await audit.record(
        connection,
        actor,
        act=act,
        object_kind="claim",
        object_id=claim.id,
        details={"number": claim.number, **details},
    )


def sums_by_state(found: Sequence[Claim]) -> dict[str, int]:
    """How much stands in which state, in fen."""
    sums = dict.fromkeys(STATES, 0)
    for claim in found:
        sums[claim.state] += claim.paid_fen if claim.paid_fen is not None else claim.amount_fen
    return sums
