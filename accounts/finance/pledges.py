"""Credits and allowances pledged to a bank: contract, lock in the registry, worth by price, margin call, release, enforcement.

The units stay the firm's and are locked for the bank; only the bank lets them go, or, by two of its persons, takes them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, savepoint, transaction
from accounts.finance.days import today
from accounts.identity import approvals, audit, notices
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.registry import units
from accounts.registry.pledges import Pledge as Lock
from accounts.registry.pledges import read_pledge as read_lock
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from carbon.money import positive_fen, yuan_text
from methodologies.finance.pledge_values import (
    PledgeTerms,
    Price,
    Valuation,
    check_terms,
    price_on,
    short_for_surrender,
    value,
)

ENFORCE = "pledge.enforce"
CALLED = notices.register(
    "pledge.called",
    N_(
        "{bank} calls for {tonnes} t more, or {amount} yuan, on the pledge {contract}: its cover is {cover} %."
    ),
)


@dataclass(frozen=True)
class PledgeEvent:
    """What happened to a pledge."""

    kind: str
    quantity_t: int
    amount_fen: int
    note: str
    by_name: str
    happened_at: datetime


@dataclass(frozen=True)
class Pledge:
    """A contract with its lock and its worth today; `no_price` says in English why there is none."""

    id: UUID
    bank_id: UUID
    enterprise_id: UUID
    contract_number: str
    market: str
    quantity_t: int
    locked_t: int
    state: str
    haircut_percent: Decimal
    maintenance_percent: Decimal
    initial_percent: Decimal
    secured_fen: int
    ends_on: date
    opened_at: datetime
    valuation: Valuation | None
    no_price: str
    needed_for_surrender_t: int
    events: tuple[PledgeEvent, ...]

    @property
    def call_open(self) -> bool:
        """Whether the bank called and the firm has not answered."""
        calls = [event.kind for event in self.events if event.kind in {"called", "answered"}]
        return bool(calls) and calls[-1] == "called"


async def record_price(actor: Actor, *, market: str, on_day: date, fen_per_t: int, source: str) -> Price:
    """A closing price as published; one for each market and day.

    Raises:
        NotPermitted: no authority that manages funds.
        Conflict: that day's price is entered already.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    positive_fen(fen_per_t, at="fen_per_t")
    name = checked_name(market, at="market", longest=40)
    async with transaction(tenant=actor.tenant_id) as connection:
        try:
            async with savepoint(connection):
                await connection.execute(
                    """insert into finance_price (id, market, on_day, fen_per_t, source, authority_id, recorded_by)
                       values ($1, $2, $3, $4, $5, $6, $7)""",
                    new_id(), name, on_day, fen_per_t, checked_name(source, at="source", longest=300), actor.tenant_id,
                    actor.person_id,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("That day's price is entered already."), at="on_day") from None
    return Price(on_day, fen_per_t)


async def open_pledge(
    actor: Actor,
    *,
    bank_id: UUID,
    batch_number: int,
    quantity_t: int,
    contract_number: str,
    market: str,
    haircut_percent: Decimal,
    maintenance_percent: Decimal,
    initial_percent: Decimal,
    secured_fen: int,
    ends_on: date,
) -> Pledge:
    """Pledge the firm's units to a bank: the contract is kept and the units are locked, both or neither.

    Raises:
        NotPermitted: without `credit:move`.
        Problem: terms that cannot work, cover below what is agreed, or no price.
        Conflict: not enough free units, or the contract is registered.
    """
    actor.require(Permission.CREDIT_MOVE)
    terms = PledgeTerms(haircut_percent, maintenance_percent, initial_percent, secured_fen)
    check_terms(terms)
    positive_fen(secured_fen, at="secured_fen")
    if quantity_t < 1:
        raise Problem(N_("Pledge at least one tonne."), at="quantity_t")
    async with transaction(tenant=actor.tenant_id) as connection:
        day = await today(connection)
        worth = value(terms, quantity_t, price_on(await _prices(connection, market), day), day)
        if worth.cover_percent < initial_percent:
            raise Problem(
                N_("{tonnes} t are worth {worth} yuan, {cover} % of what is secured; {agreed} % are agreed."),
                at="quantity_t",
                tonnes=quantity_t,
                worth=yuan_text(worth.market_fen),
                cover=str(worth.cover_percent),
                agreed=str(initial_percent),
            )
        pledge_id = new_id()
        lock = await units.pledge_lock(
            connection,
            actor,
            picks=[units.Pick(batch_number, quantity_t)],
            pledgee_tenant_id=bank_id,
            contract_id=pledge_id,
            key=str(pledge_id),
        )
        await _write(connection, actor, pledge_id, lock, bank_id, contract_number, market, terms, ends_on)
        return await _one(connection, pledge_id)


async def _write(
    connection: Connection,
    actor: Actor,
    pledge_id: UUID,
    lock: Lock,
    bank_id: UUID,
    contract_number: str,
    market: str,
    terms: PledgeTerms,
    ends_on: date,
) -> None:
    try:
        async with savepoint(connection):
            await connection.execute(
                """insert into finance_pledge (id, registry_pledge_id, bank_id, enterprise_id, contract_number, market,
                       quantity_t, haircut_percent, maintenance_percent, initial_percent, secured_fen, ends_on, opened_by)
                   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
                pledge_id, lock.id, bank_id, actor.tenant_id, checked_name(contract_number, at="contract_number", longest=80),
                market, lock.quantity_t, terms.haircut_percent, terms.maintenance_percent, terms.initial_percent,
                terms.secured_fen, ends_on, actor.person_id,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("This contract is registered already."), at="contract_number") from None
    await _note(
        connection, actor, "open", pledge_id, {"quantity_t": lock.quantity_t, "fen": terms.secured_fen}
    )


async def list_pledges(actor: Actor, *, held_t: int = 0, due_t: int = 0) -> list[Pledge]:
    """The pledges of the actor's side, latest first, valued today.

    `due_t` is what the firm must surrender and `held_t` what it holds free: a pledge whose units that needs is marked.

    Raises:
        NotPermitted: without `credit:read`.
    """
    actor.require(Permission.CREDIT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(_SELECT + "order by p.opened_at desc limit 500")
        return [await _read(connection, row, held_t, due_t) for row in rows]


async def call_margin(actor: Actor, *, pledge_id: UUID) -> Pledge:
    """The bank calls for more when the cover is below the maintenance line; the firm is told.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such pledge to this bank.
        Conflict: the cover is not below the line, or a call is open.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _of_bank(connection, actor, pledge_id)
        if found.valuation is None or not found.valuation.called:
            raise Conflict(N_("The cover is not below the maintenance line."))
        if found.call_open:
            raise Conflict(N_("A call is open already."))
        worth = found.valuation
        await _event(connection, actor, found, "called", worth.call_t, worth.call_fen, "")
        await notices.notify(
            connection,
            tenant_id=found.enterprise_id,
            kind=CALLED,
            subject={
                "bank": actor.organisation_name,
                "tonnes": worth.call_t,
                "amount": yuan_text(worth.call_fen),
                "contract": found.contract_number,
                "cover": str(worth.cover_percent),
            },
            link="/enterprise/pledges",
            object_kind="pledge",
            object_id=pledge_id,
        )
        return await _one(connection, pledge_id)


async def answer_call(actor: Actor, *, pledge_id: UUID, note: str, amount_fen: int = 0) -> Pledge:
    """The firm answers a call: what it paid or pledged besides.

    Raises:
        NotPermitted: without `credit:move`.
        NotFound: no such pledge of the firm.
        Conflict: no call is open.
    """
    actor.require(Permission.CREDIT_MOVE)
    text = checked_name(note, at="note", longest=500)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _of_firm(connection, actor, pledge_id)
        if not found.call_open:
            raise Conflict(N_("No call is open."))
        await _event(connection, actor, found, "answered", 0, amount_fen, text)
        return await _one(connection, pledge_id)


async def ask_release(actor: Actor, *, pledge_id: UUID, note: str = "") -> Pledge:
    """The firm asks the bank to let the units go.

    Raises:
        NotPermitted: without `credit:move`.
        NotFound: no such pledge of the firm.
    """
    actor.require(Permission.CREDIT_MOVE)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _of_firm(connection, actor, pledge_id)
        text = checked_name(note, at="note", longest=500, required=False)
        await _event(connection, actor, found, "release-asked", found.locked_t, 0, text)
        return await _one(connection, pledge_id)


async def release_pledge(actor: Actor, *, pledge_id: UUID, quantity_t: int | None = None) -> Pledge:
    """The bank lets units go, all or some.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such pledge to this bank.
        Conflict: less is locked.
    """
    actor.require(Permission.LOAN_REGISTER)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _of_bank(connection, actor, pledge_id)
        lock_id = await _lock_id(connection, pledge_id)
        await units.pledge_release(
            connection, actor, pledge_id=lock_id, key=new_id().hex, quantity_t=quantity_t
        )
        await _event(connection, actor, found, "released", quantity_t or found.locked_t, 0, "")
        return await _one(connection, pledge_id)


async def draft_enforcement(actor: Actor, *, pledge_id: UUID, reason: str) -> Draft:
    """Draw up taking the units for the bank, for a colleague to approve.

    Raises:
        NotPermitted: without `loan:register`.
        NotFound: no such pledge to this bank.
        Conflict: neither is a call open nor has the contract ended.
        Problem: no reason.
    """
    actor.require(Permission.LOAN_REGISTER)
    text = checked_name(reason, at="reason", longest=500)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await _of_bank(connection, actor, pledge_id)
        if not found.call_open and await today(connection) < found.ends_on:
            raise Conflict(N_("A pledge is enforced when a call stays unanswered or its contract has ended."))
        return await approvals.draft_within(
            connection,
            actor,
            act=ENFORCE,
            content={"pledge_id": str(pledge_id), "quantity_t": found.locked_t, "reason": text},
            object_kind="pledge",
            object_id=pledge_id,
            summary={
                N_("Contract"): found.contract_number,
                N_("Taken, in t"): str(found.locked_t),
                N_("Secured, in yuan"): yuan_text(found.secured_fen),
                N_("Reason"): text,
            },
        )


@approvals.act(ENFORCE, permission=Permission.LOAN_REGISTER, words=N_("Enforce a pledge of credits"))
async def enforce(connection: Connection, actor: Actor, content: dict[str, Any]) -> dict[str, Any]:
    """Carry out an approved enforcement: the units are the bank's.

    Raises:
        Conflict: less is locked than when it was drawn up.
    """
    found = await _of_bank(connection, actor, UUID(content["pledge_id"]))
    if found.locked_t != content["quantity_t"]:
        raise Conflict(N_("The pledge changed after this was drawn up; draw it up afresh."))
    await units.pledge_enforce(
        connection, actor, pledge_id=await _lock_id(connection, found.id), key=f"enforce {found.id}"
    )
    await _event(connection, actor, found, "enforced", found.locked_t, 0, content["reason"])
    return {"taken_t": found.locked_t}


_SELECT = """
    select p.*, coalesce((select jsonb_agg(jsonb_build_object('kind', e.kind, 'quantity_t', e.quantity_t,
               'amount_fen', e.amount_fen, 'note', e.note, 'by_name', e.by_name, 'happened_at', e.happened_at)
               order by e.happened_at, e.id) from finance_pledge_event e where e.pledge_id = p.id), '[]') as events
      from finance_pledge p
"""


async def _one(connection: Connection, pledge_id: UUID) -> Pledge:
    row = await connection.fetchrow(_SELECT + "where p.id = $1", pledge_id)
    if row is None:
        raise NotFound(N_("There is no such pledge."), at="pledge_id")
    return await _read(connection, row, 0, 0)


async def _of_bank(connection: Connection, actor: Actor, pledge_id: UUID) -> Pledge:
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"pledge {pledge_id}")
    found = await _one(connection, pledge_id)
    if found.bank_id != actor.tenant_id:
        raise NotFound(N_("There is no such pledge."), at="pledge_id")
    return found


async def _of_firm(connection: Connection, actor: Actor, pledge_id: UUID) -> Pledge:
    found = await _one(connection, pledge_id)
    if found.enterprise_id != actor.tenant_id:
        raise NotFound(N_("There is no such pledge."), at="pledge_id")
    return found


async def _lock_id(connection: Connection, pledge_id: UUID) -> UUID:
    found: UUID = await connection.fetchval(
        "select registry_pledge_id from finance_pledge where id = $1", pledge_id
    )
    return found


async def _prices(connection: Connection, market: str) -> list[Price]:
    rows = await connection.fetch(
        "select on_day, fen_per_t from finance_price where market = $1 order by on_day desc limit 400", market
    )
    return [Price(row["on_day"], row["fen_per_t"]) for row in rows]


async def _read(connection: Connection, row: asyncpg.Record, held_t: int, due_t: int) -> Pledge:
    lock = await read_lock(connection, row["registry_pledge_id"])
    terms = PledgeTerms(
        row["haircut_percent"], row["maintenance_percent"], row["initial_percent"], row["secured_fen"]
    )
    day, worth, missing = await today(connection), None, ""
    try:
        worth = value(terms, lock.locked_t, price_on(await _prices(connection, row["market"]), day), day)
    except Problem as problem:
        missing = str(problem)
    names = (
        "id", "bank_id", "enterprise_id", "contract_number", "market", "quantity_t", "haircut_percent",
        "maintenance_percent", "initial_percent", "secured_fen", "ends_on", "opened_at",
    )  # fmt: skip
    return Pledge(
        **{name: row[name] for name in names},
        locked_t=lock.locked_t,
        state=lock.state,
        valuation=worth,
        no_price=missing,
        needed_for_surrender_t=short_for_surrender(held_t, lock.locked_t, due_t),
        events=msgspec.json.decode(row["events"], type=tuple[PledgeEvent, ...]),
    )


async def _event(
    connection: Connection,
    actor: Actor,
    found: Pledge,
    kind: str,
    quantity_t: int,
    amount_fen: int,
    note: str,
) -> None:
    await connection.execute(
        """insert into finance_pledge_event (id, pledge_id, bank_id, enterprise_id, kind, quantity_t, amount_fen, note,
               by_person, by_name) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        new_id(), found.id, found.bank_id, found.enterprise_id, kind, quantity_t, amount_fen, note, actor.person_id,
        actor.name,
    )  # fmt: skip
    await _note(connection, actor, kind, found.id, {"t": quantity_t, "fen": amount_fen, "note": note})


async def _note(
    connection: Connection, actor: Actor, act: str, pledge_id: UUID, details: dict[str, Any]
) -> None:
    await audit.record(
        connection, actor, act=f"pledge.{act}", object_kind="pledge", object_id=pledge_id, details=details
    )
