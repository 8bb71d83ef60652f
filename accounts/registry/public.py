"""The public register: what was issued, what is left of it, and every use, for anybody."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.registry.retirements import QUERY, Retirement, retirement_of
from carbon.credits import Tally, tally_of
from carbon.errors import N_, NotFound, Problem

LIST_LIMIT = 500
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class PublicBatch:
    """One line of numbers: all that was issued, and where it is. What is bound in whatever way counts as held."""

    number: int
    scheme: str
    project_code: str
    project_name: str
    project_id: UUID | None
    vintage_year: int
    serial: str
    first_issued_at: datetime | None
    tally: Tally


@dataclass(frozen=True)
class PublicIssuance:
    """One issuance."""

    id: UUID
    batch_number: int
    serial: str
    scheme: str
    project_code: str
    project_name: str
    vintage_year: int
    quantity_t: int
    buffer_t: int
    source_kind: str
    source_id: str
    issued_at: datetime


async def list_batches(
    actor: Actor | None = None,
    *,
    search: str = "",
    scheme: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[PublicBatch]:
    """Every line of numbers, newest first; the authority that keeps one sees how its credits are bound."""
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        rows = await connection.fetch(
            """select n.*, (select min(i.issued_at) from registry_issuance i where i.batch_number = n.number) as issued_at
                 from registry_batch n
                where ($1 = '' or position(lower($1) in lower(n.scheme || '-' || n.project_code || '-' || n.vintage_year
                       || ' ' || n.project_name)) > 0)
                  and ($2::text is null or n.scheme = $2) and ($3::bigint is null or n.number < $3) and n.issued > 0
                order by n.number desc limit $4""",
            _searched(search),
            scheme,
            after,
            min(limit, LIST_LIMIT),
        )
        tonnes = await _tonnes(connection, [row["number"] for row in rows])
    return [
        PublicBatch(
            number=row["number"],
            scheme=row["scheme"],
            project_code=row["project_code"],
            project_name=row["project_name"],
            project_id=row["project_id"],
            vintage_year=row["vintage_year"],
            serial=f"{row['scheme']}-{row['project_code']}-{row['vintage_year']}-1-{row['issued']}",
            first_issued_at=row["issued_at"],
            tally=tally_of(tonnes.get(row["number"], {}), issued=row["issued"]),
        )
        for row in rows
    ]


async def list_issuances(
    *, search: str = "", project_id: UUID | None = None, before: UUID | None = None, limit: int = 100
) -> list[PublicIssuance]:
    """Every issuance, newest first."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select i.id, i.batch_number, n.scheme || '-' || n.project_code || '-' || n.vintage_year || '-' || i.first
                      || '-' || i.last as serial, n.scheme, n.project_code, n.project_name, n.vintage_year,
                      i.last - i.first + 1 as quantity_t, i.buffer_t, i.source_kind, i.source_id, i.issued_at
                 from registry_issuance i join registry_batch n on n.number = i.batch_number
                where ($1 = '' or position(lower($1) in lower(n.scheme || '-' || n.project_code || '-' || n.vintage_year
                       || ' ' || n.project_name)) > 0)
                  and ($2::uuid is null or n.project_id = $2) and ($3::uuid is null or i.id < $3)
                order by i.id desc limit $4""",
            _searched(search),
            project_id,
            before,
            min(limit, LIST_LIMIT),
        )
    return [PublicIssuance(**dict(row)) for row in rows]


async def list_retirements(
    *,
    search: str = "",
    kind: str | None = None,
    holder_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> list[Retirement]:
    """Every retirement and cancellation, newest first; `search` looks into number, serial, beneficiary and project."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            f"""{QUERY} where ($1 = '' or position(lower($1) in lower(r.number || ' ' || r.beneficiary || ' ' || r.statement
                    || ' ' || r.holder_name_zh || ' ' || r.holder_name_en || ' ' || n.project_name || ' ' || n.scheme || '-'
                    || n.project_code || '-' || n.vintage_year)) > 0)
                  and ($2::text is null or r.kind = $2) and ($3::uuid is null or r.tenant_id = $3)
                  and ($4::date is null or r.occurred_on >= $4) and ($5::date is null or r.occurred_on <= $5)
                  and ($6::uuid is null or r.id < $6)
                order by r.id desc limit $7""",
            _searched(search),
            kind,
            holder_id,
            since,
            until,
            before,
            min(limit, LIST_LIMIT),
        )
    return [retirement_of(row) for row in rows]


async def read_certificate(*, name: str) -> Retirement:
    """A retirement or cancellation by its id or its number.

    Raises:
        NotFound: no such certificate.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        row = await connection.fetchrow(
            f"{QUERY} where r.number = $1 or r.id::text = lower($1)", name.strip()[:80]
        )
    if row is None:
        raise NotFound(
            N_(
                "No certificate has the number {number}. If somebody showed you one, it is not of this register."
            ),
            number=name[:80],
        )
    return retirement_of(row)


async def _tonnes(connection: Connection, numbers: list[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in await connection.fetch("select * from registry_totals($1)", numbers):
        found.setdefault(row["batch_number"], {})[row["state"]] = row["quantity_t"]
    return found


def _searched(text: str) -> str:
    if len(text) > LONGEST_SEARCH or "\0" in text:
        raise Problem(N_("Search for at most {most} characters."), at="search", most=LONGEST_SEARCH)
    return text.strip()
