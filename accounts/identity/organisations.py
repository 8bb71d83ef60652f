"""Organisations: enterprises, banks, verifiers, authorities, partners; each is a tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.credit_code import checked_credit_code
from accounts.identity.permissions import OrganisationKind, Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id

LONGEST_NAME = 200
_COLUMNS = "id, kind, name_zh, name_en, credit_code, foreign_code, district, status, created_at"


@dataclass(frozen=True)
class Organisation:
    """`status` is `active`, or `listed`: known by reported figures, nobody has signed up."""

    id: UUID
    kind: str
    name_zh: str
    name_en: str
    credit_code: str | None
    foreign_code: str | None
    district: str
    status: str
    created_at: datetime


async def create_organisation(
    actor: Actor,
    *,
    kind: OrganisationKind | str,
    name_zh: str,
    name_en: str = "",
    credit_code: str | None = None,
    foreign_code: str | None = None,
    district: str = "",
) -> Organisation:
    """Take an organisation in; an authority with `member:manage` does so.

    Raises:
        NotPermitted: the actor is no authority, or may not manage members.
        Problem: an unknown kind, a name or code that is not well formed.
        Conflict: the credit code is taken.
    """
    require_authority(actor, Permission.MEMBER_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        organisation_id = await write_organisation(
            connection,
            kind=kind,
            name_zh=name_zh,
            name_en=name_en,
            credit_code=credit_code,
            foreign_code=foreign_code,
            district=district,
        )
        organisation = await _organisation(connection, organisation_id)
        await audit.record(
            connection,
            actor,
            act="organisation.create",
            object_kind="organisation",
            object_id=organisation_id,
            details={"kind": organisation.kind, "name_zh": organisation.name_zh},
        )
    return organisation


async def read_organisation(actor: Actor, *, organisation_id: UUID | None = None) -> Organisation:
    """The organisation, by default the actor's own.

    Raises:
        NotFound: not there, or not for the actor to see.
    """
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await _organisation(connection, organisation_id or actor.tenant_id)


async def list_organisations(
    actor: Actor,
    *,
    kind: OrganisationKind | str | None = None,
    after: str = "",
    after_id: UUID | None = None,
    limit: int = 500,
) -> list[Organisation]:
    """Those the actor may see, by name: the directory of banks and offices, itself, and who let it in.

    An authority sees all. `after` and `after_id` are the last `name_zh` and `id` of the page before; names may repeat.
    """
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            f"""select {_COLUMNS} from identity_organisation
                 where ($1::text is null or kind = $1)
                   and (name_zh > $2 or (name_zh = $2 and id > $4::uuid)) order by name_zh, id limit $3""",
            None if kind is None else checked_kind(kind).value,
            after,
            min(limit, 500),
            after_id,
        )
    return [Organisation(**row) for row in rows]


async def ensure_listed(connection: Connection, actor: Actor, *, names_zh: Sequence[str]) -> dict[str, UUID]:
    """The enterprise of each name, made `listed` where none is known: for imports of reported figures.

    Runs in the caller's transaction; the actor is an authority. A name that an active enterprise bears is
    that enterprise; two active ones of one name are told apart by a person first.

    Raises:
        NotPermitted: the actor is no authority.
        Conflict: a name stands for several enterprises.
    """
    require_authority(actor)
    wanted = sorted({checked_name(name, at="name_zh", longest=LONGEST_NAME) for name in names_zh})
    await connection.execute(
        """insert into identity_organisation (id, kind, name_zh, name_en, district, status)
           select new.id, 'enterprise', new.name, '', '', 'listed'
             from unnest($1::uuid[], $2::text[]) as new (id, name)
            where not exists (select from identity_organisation o
                               where o.kind = 'enterprise' and o.name_zh = new.name)
           on conflict do nothing""",
        [new_id() for _ in wanted],
        wanted,
    )
    rows = await connection.fetch(
        """select name_zh, id, count(*) over (partition by name_zh) as bearers from identity_organisation
            where kind = 'enterprise' and name_zh = any ($1::text[])""",
        wanted,
    )
    several = sorted({row["name_zh"] for row in rows if row["bearers"] > 1})
    if several:
        raise Conflict(
            N_("These names stand for several enterprises; give them distinct names first: {names}."),
            names=", ".join(several[:5]),
        )
    return {row["name_zh"]: row["id"] for row in rows}


async def write_organisation(
    connection: Connection,
    *,
    kind: OrganisationKind | str,
    name_zh: str,
    name_en: str = "",
    credit_code: str | None = None,
    foreign_code: str | None = None,
    district: str = "",
    organisation_id: UUID | None = None,
) -> UUID:
    """Check and insert in the caller's transaction: an authority's, or the organisation's own.

    Raises:
        Problem: a value that is not well formed.
        Conflict: the credit code is taken.
    """
    organisation_id = organisation_id or new_id()
    try:
        await connection.execute(
            """insert into identity_organisation (id, kind, name_zh, name_en, credit_code, foreign_code, district)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            organisation_id,
            checked_kind(kind).value,
            checked_name(name_zh, at="name_zh", longest=LONGEST_NAME),
            checked_name(name_en, at="name_en", longest=LONGEST_NAME, required=False),
            checked_credit_code(credit_code) if credit_code else None,
            checked_name(foreign_code, at="foreign_code") if foreign_code else None,
            checked_name(district, at="district", required=False),
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(
            N_("An organisation with the code {code} is known already."), at="credit_code", code=credit_code
        ) from None
    return organisation_id


def checked_kind(kind: OrganisationKind | str) -> OrganisationKind:
    """The kind by its name.

    Raises:
        Problem: there is no such kind; the message lists them.
    """
    try:
        return OrganisationKind(kind)
    except ValueError:
        raise Problem(
            N_("{kind} is no kind of organisation; use one of {kinds}."),
            at="kind",
            kind=str(kind),
            kinds=", ".join(OrganisationKind),
        ) from None


def require_authority(actor: Actor, *permissions: Permission) -> None:
    """Refuse whoever is no authority, or lacks one of the permissions.

    Raises:
        NotPermitted: says which of the two it is.
    """
    for permission in permissions:
        actor.require(permission)
    if actor.organisation_kind is not OrganisationKind.AUTHORITY:
        raise NotPermitted(N_("Only an authority does this."))


async def _organisation(connection: Connection, organisation_id: UUID) -> Organisation:
    row: Any = await connection.fetchrow(
        f"select {_COLUMNS} from identity_organisation where id = $1", organisation_id
    )
    if row is None:
        raise NotFound(N_("There is no such organisation."))
    return Organisation(**row)
