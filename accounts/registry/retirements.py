"""Using credits up: retirement for a purpose and a beneficiary, with a public certificate; and cancellation. Both are final."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from accounts.database.transactions import Connection
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.registry.batches import read_batch, serials_of
from accounts.registry.moves import Leg, Move, Moved, account, move, today
from accounts.registry.selection import Pick, one_batch
from accounts.transparency import log
from carbon.errors import N_, Problem
from carbon.identifiers import new_id


class Purpose(StrEnum):
    """What a retirement is for (温室气体自愿减排交易管理办法(试行), article 28), or why credits were cancelled."""

    COMPLIANCE_NATIONAL = "compliance-national"
    COMPLIANCE_LOCAL = "compliance-local"
    LARGE_EVENT = "large-event"
    CORPORATE_OFFSET = "corporate-offset"
    PUBLIC_GOOD = "public-good"
    VOLUNTARY = "voluntary"
    REVERSAL = "reversal"
    BUFFER_REVERSAL = "buffer-reversal"
    FALSE_CLAIM = "false-claim"


RETIREMENT_PURPOSES = (
    Purpose.COMPLIANCE_NATIONAL,
    Purpose.COMPLIANCE_LOCAL,
    Purpose.LARGE_EVENT,
    Purpose.CORPORATE_OFFSET,
    Purpose.PUBLIC_GOOD,
)


@dataclass(frozen=True)
class Retirement:
    """One use of credits, for good: who, how much, for whom and what; `serials` name every tonne."""

    id: UUID
    number: str
    kind: str
    holder_id: UUID
    holder_name_zh: str
    holder_name_en: str
    batch_number: int
    scheme: str
    project_code: str
    project_name: str
    vintage_year: int
    quantity_t: int
    purpose: str
    beneficiary: str
    statement: str
    occurred_on: date
    recorded_at: datetime
    serials: tuple[str, ...]


QUERY = """
    select r.id, r.number, r.kind, r.tenant_id as holder_id, r.holder_name_zh, r.holder_name_en, r.batch_number, n.scheme,
           n.project_code, n.project_name, n.vintage_year, r.quantity as quantity_t, r.purpose, r.beneficiary, r.statement,
           r.occurred_on, r.recorded_at,
           array(select n.scheme || '-' || n.project_code || '-' || n.vintage_year || '-' || b.first || '-' || b.last
                   from registry_block b where b.entry_id = r.entry_id and b.state = r.kind order by b.first) as serials
      from registry_retirement r join registry_batch n on n.number = r.batch_number
"""


async def retire(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    purpose: str,
    beneficiary: str,
    statement: str = "",
    key: str,
) -> Retirement:
    """Use credits up for `beneficiary`; the certificate is public from the moment this commits.

    Raises:
        Problem: no beneficiary, or no purpose of a retirement.
        Conflict: not enough free, or the numbers are no longer there.
    """
    if purpose not in RETIREMENT_PURPOSES:
        raise Problem(
            N_("{purpose} is no purpose of a retirement; choose one of {purposes}."),
            at="purpose",
            purpose=purpose,
            purposes=", ".join(RETIREMENT_PURPOSES),
        )
    if not beneficiary.strip():
        raise Problem(N_("Name for whom the credits are retired; the certificate says so."), at="beneficiary")
    return await use_up(
        connection,
        actor,
        picks=picks,
        holder_id=actor.tenant_id,
        kind="retired",
        purpose=purpose,
        beneficiary=beneficiary.strip(),
        statement=statement.strip(),
        key=key,
    )


async def cancel(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    purpose: str = Purpose.VOLUNTARY,
    statement: str = "",
    key: str,
) -> Retirement:
    """Take one's own credits away for nobody's benefit.

    Raises:
        Problem: no purpose of a cancellation.
        Conflict: not enough free, or the numbers are no longer there.
    """
    if purpose not in {Purpose.VOLUNTARY, Purpose.REVERSAL, Purpose.FALSE_CLAIM}:
        raise Problem(N_("{purpose} is no reason of a cancellation."), at="purpose", purpose=purpose)
    return await use_up(
        connection,
        actor,
        picks=picks,
        holder_id=actor.tenant_id,
        kind="cancelled",
        purpose=purpose,
        beneficiary="",
        statement=statement.strip(),
        key=key,
    )


async def use_up(
    connection: Connection,
    actor: Actor,
    *,
    picks: Sequence[Pick],
    holder_id: UUID,
    kind: str,
    purpose: str,
    beneficiary: str,
    statement: str,
    key: str,
    from_state: str = "held",
    from_claim: UUID | None = None,
    freeze_id: UUID | None = None,
) -> Retirement:
    """The one way numbers end; same key, same request: the first retirement again."""
    batch_number = one_batch(picks)
    source = await account(connection, tenant_id=holder_id, batch_number=batch_number, state=from_state)
    end = await account(connection, tenant_id=holder_id, batch_number=batch_number, state=kind)
    legs = tuple(
        Leg(source, end, pick.quantity_t, pick.first, from_claim=from_claim, freeze_id=freeze_id)
        for pick in picks
    )
    day = await today(connection)
    request = {
        "batch": batch_number,
        "picks": [[pick.first, pick.quantity_t] for pick in picks],
        "from": from_state,
        "kind": kind,
        "purpose": purpose,
        "beneficiary": beneficiary,
        "statement": statement,
    }
    moved = await move(connection, Move(ACTS[kind], key, legs, day, "", request))
    if moved.replayed:
        row = await connection.fetchrow(f"{QUERY} where r.entry_id = $1", moved.entry_id)
        assert row is not None  # noqa: S101 - written with its entry
        return retirement_of(row)
    return await _write(
        connection, actor, holder_id, picks, kind, purpose, beneficiary, statement, day, moved
    )


ACTS = {"retired": "retire", "cancelled": "cancel", "forced-cancelled": "force-cancel"}


async def _write(
    connection: Connection,
    actor: Actor,
    holder_id: UUID,
    picks: Sequence[Pick],
    kind: str,
    purpose: str,
    beneficiary: str,
    statement: str,
    day: date,
    moved: Moved,
) -> Retirement:
    batch = await read_batch(connection, picks[0].batch_number)
    quantity_t = sum(pick.quantity_t for pick in picks)
    retirement_id = new_id()
    names = await connection.fetchrow(
        "select name_zh, name_en from identity_organisation where id = $1", holder_id
    )
    running: int = await connection.fetchval("select nextval('registry_certificate_number')")
    number = f"{batch.scheme}-{'R' if kind == 'retired' else 'C'}-{day.year}-{running:08d}"
    await connection.execute(
        """insert into registry_retirement (id, number, kind, tenant_id, holder_name_zh, holder_name_en, batch_number,
               quantity, purpose, beneficiary, statement, occurred_on, entry_id, made_by, recorded_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)""",
        retirement_id,
        number,
        kind,
        holder_id,
        names["name_zh"] if names else "",
        names["name_en"] if names else "",
        batch.number,
        quantity_t,
        purpose,
        beneficiary,
        statement,
        day,
        moved.entry_id,
        actor.person_id,
        moved.moved_at,
    )
    serials = await serials_of(connection, moved.entry_id)
    await log.submit(
        connection,
        "credit.retirement" if kind == "retired" else "credit.cancellation",
        {
            "number": number,
            "kind": kind,
            "quantity_t": quantity_t,
            "serials": serials,
            "purpose": purpose,
            "beneficiary": beneficiary,
            "on": day,
        },
        object_id=retirement_id,
        number=number,
    )
    await audit.record(
        connection,
        actor,
        act=f"credit.{ACTS[kind]}",
        object_kind="retirement",
        object_id=retirement_id,
        details={"serials": serials, "purpose": purpose, "beneficiary": beneficiary},
    )
    row = await connection.fetchrow(f"{QUERY} where r.id = $1", retirement_id)
    assert row is not None  # noqa: S101 - written just above
    return retirement_of(row)


def retirement_of(row: object) -> Retirement:
    """A row of `QUERY`."""
    values = dict(row)  # type: ignore[call-overload]
    return Retirement(**{**values, "serials": tuple(values["serials"])})
