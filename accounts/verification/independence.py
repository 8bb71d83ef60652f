"""A verifier must not have helped prepare the figures, and changes after some years."""

from dataclasses import dataclass
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from carbon.errors import N_, Conflict, Problem
from carbon.identifiers import new_id


@dataclass(frozen=True)
class Preparer:
    """Who helped prepare a year; an organisation known here, or a name."""

    organisation_id: UUID | None
    name: str


async def name_preparer(
    actor: Actor, *, year: int, organisation_id: UUID | None = None, name: str = ""
) -> list[Preparer]:
    """Say who helped prepare the year's figures; whoever is named cannot verify them.

    Raises:
        NotPermitted: without `activity:submit`.
        Problem: neither an organisation nor a name.
        Conflict: this very organisation already verifies the year.
    """
    actor.require(Permission.ACTIVITY_SUBMIT)
    name = " ".join(name.split())[:200]
    if organisation_id is None and not name:
        raise Problem(N_("Name the organisation that helped, or choose it from the list."), at="name")
    async with transaction(tenant=actor.tenant_id) as connection:
        serving = await connection.fetchval(
            "select verifier_id from verification_case where tenant_id = $1 and year = $2",
            actor.tenant_id,
            year,
        )
        if organisation_id is not None and serving == organisation_id:
            raise Conflict(
                N_(
                    "This organisation is assigned to verify {year}; tell the authority, which assigns another."
                ),
                year=year,
            )
        await connection.execute(
            """insert into verification_preparer (id, tenant_id, year, organisation_id, name, named_by)
               values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, year, organisation_id) do nothing""",
            new_id(),
            actor.tenant_id,
            year,
            organisation_id,
            name,
            actor.person_id,
        )
        await audit.record(
            connection, actor, act="verification.preparer", object_kind="organisation", object_id=organisation_id,
            details={"year": year, "name": name},
        )  # fmt: skip
        return await preparers(connection, actor.tenant_id, year)


async def preparers(connection: Connection, enterprise_id: UUID, year: int) -> list[Preparer]:
    """Who helped prepare the year, as the enterprise named them."""
    rows = await connection.fetch(
        """select p.organisation_id, coalesce(nullif(p.name, ''), o.name_zh, '') as name from verification_preparer p
             left join identity_organisation o on o.id = p.organisation_id
            where p.tenant_id = $1 and p.year = $2 order by p.id""",
        enterprise_id,
        year,
    )
    return [Preparer(**row) for row in rows]


async def refuse_dependent(
    connection: Connection, enterprise_id: UUID, year: int, verifier_id: UUID, longest: int
) -> None:
    """Refuse a verifier that helped prepare the figures of this or the year before, or would serve too long in a row.

    Raises:
        Conflict: names the reason.
    """
    helped = await connection.fetchval(
        """select max(year) from verification_preparer
            where tenant_id = $1 and organisation_id = $2 and year between $3 - 1 and $3""",
        enterprise_id,
        verifier_id,
        year,
    )
    if helped is not None:
        raise Conflict(
            N_("This verifier helped prepare the figures of {year} and may not verify them; choose another."),
            year=helped,
        )
    served = {
        row["year"]
        for row in await connection.fetch(
            "select year from verification_case where tenant_id = $1 and verifier_id = $2 and year < $3",
            enterprise_id,
            verifier_id,
            year,
        )
    }
    in_a_row = 0
    while year - 1 - in_a_row in served:
        in_a_row += 1
    if in_a_row >= longest:
        raise Conflict(
            N_(
                "This verifier served {count} years in a row, and {longest} are allowed; choose another for {year}."
            ),
            count=in_a_row,
            longest=longest,
            year=year,
        )
