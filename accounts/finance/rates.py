"""The loan prime rate: proposed by the feed or by hand, accepted by a person, used by date (OUT-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.finance.days import today
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.identifiers import new_id
from methodologies.finance.lpr import Quote, Tenor, check_quote, moves_too_far, published

LONGEST_LIST = 500
PUBLISHED_SOURCE = "PBoC/CFETS, series shipped with the program"


@dataclass(frozen=True)
class Rate:
    """A quotation and what became of it.

    `state` is proposed, accepted or rejected. `flag` is empty, `moves-far` (further from the value before than
    the bound) or `differs` (another value for that day is in force): such a value is accepted only with a note.
    """

    id: UUID
    tenor: str
    quoted_on: date
    percent: Decimal
    source: str
    address: str
    state: str
    flag: str
    value_before: Decimal | None
    note: str
    proposed_at: datetime
    decided_at: datetime | None
    decided_by_name: str


@dataclass(frozen=True)
class Proposed:
    """What a proposal brought: values not known before, those among them that need a close look, and known ones."""

    new: int
    flagged: int
    known: int


_SELECT = """
    select r.id, r.tenor, r.quoted_on, r.percent, r.source, r.address, coalesce(d.decision, 'proposed') as state, r.flag,
           r.value_before, coalesce(d.note, '') as note, r.proposed_at, d.decided_at,
           coalesce(d.decided_by_name, '') as decided_by_name
      from finance_rate r left join finance_rate_decision d on d.rate_id = r.id
"""


async def propose_rates(
    connection: Connection,
    *,
    quotes: Sequence[Quote],
    source: str,
    address: str = "",
    proposed_by: UUID | None = None,
) -> Proposed:
    """Write down values not known yet, in the caller's transaction; none is in force until a person accepts it.

    Raises:
        Problem: a value that cannot be a loan prime rate.
    """
    now = await today(connection)
    rows = await connection.fetch(_SELECT + "where coalesce(d.decision, 'proposed') <> 'rejected'")
    rejected = await connection.fetch(_SELECT + "where d.decision = 'rejected'")
    seen = {(row["tenor"], row["quoted_on"], row["percent"]) for row in [*rows, *rejected]}
    history = {(row["tenor"], row["quoted_on"]): row["percent"] for row in rows}
    new = flagged = 0
    for quote in sorted(quotes):
        check_quote(quote, today=now)
        if (quote.tenor.value, quote.quoted_on, quote.percent) in seen:
            continue
        before = _value_before(history, quote)
        flag = _flag(history, quote, before)
        await connection.execute(
            """insert into finance_rate (id, tenor, quoted_on, percent, source, address, flag, value_before, proposed_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing""",
            new_id(), quote.tenor.value, quote.quoted_on, quote.percent, source, address, flag, before, proposed_by,
        )  # fmt: skip
        history.setdefault((quote.tenor.value, quote.quoted_on), quote.percent)
        new += 1
        flagged += bool(flag)
    return Proposed(new, flagged, len(quotes) - new)


def _value_before(history: dict[tuple[str, date], Decimal], quote: Quote) -> Decimal | None:
    days = [day for tenor, day in history if tenor == quote.tenor.value and day < quote.quoted_on]
    return history[quote.tenor.value, max(days)] if days else None


def _flag(history: dict[tuple[str, date], Decimal], quote: Quote, before: Decimal | None) -> str:
    if (quote.tenor.value, quote.quoted_on) in history:
        return "differs"
    return "moves-far" if before is not None and moves_too_far(before, quote.percent) else ""


async def propose_by_hand(
    actor: Actor, *, tenor: str, quoted_on: date, percent: Decimal, source: str
) -> Proposed:
    """Propose one value that a person read at its source; somebody accepts it afterwards.

    Raises:
        NotPermitted: the actor is no authority that accepts rates.
        Problem: an unknown tenor, no source, or a value that cannot be a loan prime rate.
    """
    require_authority(actor, Permission.RATE_ACCEPT)
    if tenor not in set(Tenor):
        raise Problem(
            N_("{tenor} is no tenor of the loan prime rate; use 1Y or 5Y."), at="tenor", tenor=tenor[:20]
        )
    if not 1 <= len(source.strip()) <= 200:
        raise Problem(N_("Say where the value is published, in 1 to 200 characters."), at="source")
    return await _propose(actor, [Quote(quoted_on, Tenor(tenor), percent)], source.strip())


async def propose_published(actor: Actor) -> Proposed:
    """Propose the series shipped with the program, for a database that has none yet.

    Raises:
        NotPermitted: the actor is no authority that accepts rates.
    """
    require_authority(actor, Permission.RATE_ACCEPT)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        now = await today(connection)
    return await _propose(actor, [quote for quote in published() if quote.quoted_on <= now], PUBLISHED_SOURCE)


async def _propose(actor: Actor, quotes: Sequence[Quote], source: str) -> Proposed:
    async with transaction(tenant=actor.tenant_id) as connection:
        proposed = await propose_rates(connection, quotes=quotes, source=source, proposed_by=actor.person_id)
        await audit.record(
            connection,
            actor,
            act="rate.propose",
            object_kind="rate",
            details={"source": source, "new": proposed.new, "flagged": proposed.flagged},
        )
    return proposed


async def accept_rate(actor: Actor, *, rate_id: UUID, note: str = "") -> Rate:
    """Put a proposed value in force from its day; a flagged one needs a note that says how it was checked.

    Raises:
        NotPermitted: the actor is no authority that accepts rates.
        NotFound: no such value.
        Problem: the value is flagged and there is no note.
        Conflict: it was decided before.
    """
    return await _decide(actor, rate_id, "accepted", note)


async def reject_rate(actor: Actor, *, rate_id: UUID, note: str) -> Rate:
    """Refuse a proposed value, with the reason.

    Raises:
        NotPermitted: the actor is no authority that accepts rates.
        NotFound: no such value.
        Problem: no reason is given.
        Conflict: it was decided before.
    """
    return await _decide(actor, rate_id, "rejected", note)


async def accept_unflagged(actor: Actor) -> int:
    """Accept every proposed value that needs no close look; returns how many.

    Raises:
        NotPermitted: the actor is no authority that accepts rates.
    """
    require_authority(actor, Permission.RATE_ACCEPT)
    async with transaction(tenant=actor.tenant_id) as connection:
        rows = await connection.fetch(
            _SELECT + "where d.decision is null and r.flag = '' order by r.quoted_on, r.tenor"
        )
        for row in rows:
            await _write_decision(connection, actor, row["id"], "accepted", "")
        await audit.record(
            connection, actor, act="rate.accept", object_kind="rate", details={"accepted": len(rows)}
        )
    return len(rows)


async def _decide(actor: Actor, rate_id: UUID, decision: str, note: str) -> Rate:
    require_authority(actor, Permission.RATE_ACCEPT)
    note = note.strip()
    if len(note) > 500:
        raise Problem(N_("The note has {length} characters; 500 are enough."), at="note", length=len(note))
    async with transaction(tenant=actor.tenant_id) as connection:
        rate = await _rate(connection, rate_id)
        if rate.state != "proposed":
            raise Conflict(
                N_("This value was {state} before; a new value is a new proposal."), state=rate.state
            )
        _require_note(rate, decision, note)
        try:
            await _write_decision(connection, actor, rate_id, decision, note)
        except asyncpg.UniqueViolationError:
            raise Conflict(N_("Somebody else has just decided on this value; look at it again.")) from None
        await audit.record(
            connection,
            actor,
            act=f"rate.{decision.removesuffix('ed')}",
            object_kind="rate",
            object_id=rate_id,
            details={"tenor": rate.tenor, "quoted_on": rate.quoted_on, "percent": rate.percent, "note": note},
        )
        return await _rate(connection, rate_id)


def _require_note(rate: Rate, decision: str, note: str) -> None:
    if note:
        return
    if decision == "rejected":
        raise Problem(N_("A rejection needs its reason in the note."), at="note")
    if rate.flag:
        raise Problem(
            N_(
                "The {tenor} rate of {percent} % for {day} departs from {before} %; check it at its source and say so in the note."
            ),
            at="note",
            tenor=rate.tenor,
            percent=str(rate.percent),
            day=rate.quoted_on.isoformat(),
            before=str(rate.value_before),
        )


async def _write_decision(
    connection: Connection, actor: Actor, rate_id: UUID, decision: str, note: str
) -> None:
    await connection.execute(
        """insert into finance_rate_decision (id, rate_id, authority_id, decision, note, decided_by, decided_by_name)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        new_id(),
        rate_id,
        actor.tenant_id,
        decision,
        note,
        actor.person_id,
        actor.name,
    )


async def list_rates(
    actor: Actor, *, state: str | None = None, tenor: str | None = None, limit: int = 200
) -> list[Rate]:
    """Latest day first; the series is public."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _SELECT
            + """where ($1::text is null or coalesce(d.decision, 'proposed') = $1) and ($2::text is null or r.tenor = $2)
                 order by r.quoted_on desc, r.tenor, r.proposed_at desc limit $3""",
            state,
            tenor,
            min(limit, LONGEST_LIST),
        )
    return [Rate(**row) for row in rows]


async def lpr_at(connection: Connection, *, day: date, tenor: Tenor) -> Quote:
    """The accepted value in force on `day`; of two for one day the one accepted last.

    Raises:
        Problem: none is accepted that early.
    """
    row = await connection.fetchrow(
        """select r.quoted_on, r.percent from finance_rate r
             join finance_rate_decision d on d.rate_id = r.id and d.decision = 'accepted'
            where r.tenor = $1 and r.quoted_on <= $2
            order by r.quoted_on desc, d.decided_at desc limit 1""",
        tenor.value,
        day,
    )
    if row is None:
        raise Problem(
            N_("No accepted loan prime rate of {tenor} is in force on {day}; an authority accepts it first."),
            at="starts_on",
            tenor=tenor.value,
            day=day.isoformat(),
        )
    return Quote(row["quoted_on"], tenor, row["percent"])


async def _rate(connection: Connection, rate_id: UUID) -> Rate:
    row = await connection.fetchrow(_SELECT + "where r.id = $1", rate_id)
    if row is None:
        raise NotFound(N_("There is no such rate."))
    return Rate(**row)
