"""The city's programme: its operator, and the accounts points come from and go back to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.ledger import journal
from carbon.errors import N_, Conflict, NotFound

COMMODITY = "POINT-centi"
EARN, SPEND, REFUND, LAPSE, TAKE_BACK, BONUS = (
    "points.earn",
    "points.spend",
    "points.refund",
    "points.lapse",
    "points.take-back",
    "points.bonus",
)


@dataclass(frozen=True)
class RunningProgramme:
    """Who runs it since when."""

    operator_id: UUID
    operator_name_zh: str
    operator_name_en: str
    issuing_account_id: UUID
    spent_account_id: UUID
    opened_at: datetime


async def open_programme(actor: Actor) -> RunningProgramme:
    """Begin the city's programme; the authority keeps its points from now on. There is one.

    Raises:
        NotPermitted: the actor is no authority that manages the programme.
        Conflict: another authority runs it already.
    """
    require_authority(actor, Permission.INCLUSION_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('inclusion programme', 0))")
        known = await maybe_programme(connection)
        if known is not None and known.operator_id == actor.tenant_id:
            return known
        if known is not None:
            raise Conflict(
                N_("The programme is run by {operator} already."),
                operator=known.operator_name_en or known.operator_name_zh,
            )
        await journal.register_commodity(
            connection, code=COMMODITY, unit_zh="百分之一积分", unit_en="hundredth of a point", kept=True
        )
        issuing, spent = [
            await journal.open_account(
                connection, tenant_id=actor.tenant_id, code=code, commodity=COMMODITY, kind=kind
            )
            for code, kind in (("points.issued", "issuing"), ("points.spent", "holding"))
        ]
        await connection.execute(
            """insert into inclusion_programme (operator_id, issuing_account_id, spent_account_id, opened_by)
               values ($1, $2, $3, $4)""",
            actor.tenant_id,
            issuing,
            spent,
            actor.person_id,
        )
        await audit.record(
            connection, actor, act="inclusion.open", object_kind="programme", object_id=actor.tenant_id
        )
        return await programme_of(connection)


async def maybe_programme(connection: Connection) -> RunningProgramme | None:
    """The programme, if one was begun."""
    row = await connection.fetchrow(
        """select p.operator_id, coalesce(o.name_zh, '') as operator_name_zh, coalesce(o.name_en, '') as operator_name_en,
                  p.issuing_account_id, p.spent_account_id, p.opened_at
             from inclusion_programme p left join identity_organisation o on o.id = p.operator_id
            order by p.opened_at limit 1"""
    )
    return RunningProgramme(**row) if row else None


async def programme_of(connection: Connection) -> RunningProgramme:
    """The programme.

    Raises:
        NotFound: none was begun yet.
    """
    found = await maybe_programme(connection)
    if found is None:
        raise NotFound(N_("The citizens' programme has not begun here yet; an authority opens it."))
    return found


def require_operator(actor: Actor, programme: RunningProgramme) -> None:
    """Refuse another authority than the one that runs the programme.

    Raises:
        NotFound: as if there were nothing of the kind.
    """
    if actor.tenant_id != programme.operator_id:
        raise NotFound(N_("The citizens' programme is run by another authority."))
