"""Reading projects: the register for everybody, and the fuller view of the parties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects import computing
from accounts.projects.activities import activity_of
from accounts.projects.computing import Calculation
from accounts.projects.documents import documents_of
from accounts.projects.hearings import Comment, Hearing, comments_of, hearings_of
from accounts.projects.records import (
    CLAIMS,
    EVENTS,
    PROJECTS,
    Claim,
    Document,
    Event,
    Project,
    claim_of,
    claim_seen,
    event_of,
    project_of,
    project_seen,
)
from accounts.projects.routes import scheme_named
from accounts.projects.uniqueness import meters_of
from carbon.errors import N_, NotFound
from carbon.text import Text

LIST_LIMIT = 200


@dataclass(frozen=True)
class ParcelView:
    """A parcel as GeoJSON, with hectares."""

    name: str
    area_ha: float
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class ProjectDetail:
    """A project with all that the asker may see of it."""

    project: Project
    activity: Text
    parcels: tuple[ParcelView, ...]
    meters: tuple[str, ...]
    documents: tuple[Document, ...]
    claims: tuple[Claim, ...]
    events: tuple[Event, ...]
    hearings: tuple[Hearing, ...]
    comments: tuple[Comment, ...]

    @property
    def area_ha(self) -> float:
        """All parcels."""
        return sum(parcel.area_ha for parcel in self.parcels)


@dataclass(frozen=True)
class ClaimDetail:
    """A claim with all that the asker may see of it."""

    project: Project
    claim: Claim
    calculation: Calculation | None
    documents: tuple[Document, ...]
    events: tuple[Event, ...]
    hearings: tuple[Hearing, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True)
class DoubtView:
    """Why a project is held, for the authority."""

    kind: str
    measure: str
    other: Project


@dataclass(frozen=True)
class MapShape:
    """A published project's parcel, for the map."""

    project_id: UUID
    code: str
    name_zh: str
    name_en: str
    state: str
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class Counters:
    """The tabs of the register: notices and registrations of projects and reductions."""

    projects_in_notice: int
    projects_registered: int
    claims_in_notice: int
    claims_registered: int
    credits_issued_t: int


async def list_projects(
    actor: Actor | None,
    *,
    text: str = "",
    state: str | None = None,
    scheme: str | None = None,
    methodology: str | None = None,
    mine: bool = False,
    after: UUID | None = None,
    limit: int = 50,
) -> list[Project]:
    """Projects the asker may see, newest first; published ones for everybody. `after` is the last id of the page before."""
    if actor is not None:
        actor.require(Permission.PROJECT_READ)
    words = f"%{_escaped(text)}%" if text.strip() else None
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        rows = await connection.fetch(
            PROJECTS
            + """where ($1::text is null or p.code ilike $1 or p.name_zh ilike $1 or p.name_en ilike $1 or p.district ilike $1
                        or p.owner_name_zh ilike $1 or p.owner_name_en ilike $1)
                   and ($2::text is null or p.state = $2) and ($3::text is null or p.scheme = $3)
                   and ($4::text is null or p.methodology = $4)
                   and (not $5 or p.tenant_id = current_tenant() or p.validator_id = current_tenant())
                   and ($6::uuid is null or p.id < $6)
                 order by p.id desc limit $7""",
            words, state or None, scheme or None, methodology or None, mine and actor is not None, after,
            min(limit, LIST_LIMIT),
        )  # fmt: skip
    return [project_of(row) for row in rows]


def _escaped(text: str) -> str:
    return text.strip()[:100].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def read_project(actor: Actor | None, *, project_id: UUID) -> ProjectDetail:
    """One project.

    Raises:
        NotFound: it is not there, or not for the asker.
    """
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        project = await project_seen(connection, project_id)
        detail = await _detail(connection, project)
    return detail if actor else _without_names(detail)


async def read_project_by_code(code: str) -> ProjectDetail:
    """A published project by its code, for everybody.

    Raises:
        NotFound: none is published under it.
    """
    async with transaction(tenant=None, readonly=True) as connection:
        row = await connection.fetchrow(PROJECTS + "where p.code = $1", code.strip().upper()[:40])
        if row is None:
            raise NotFound(N_("There is no such project."), at="code")
        return _without_names(await _detail(connection, project_of(row)))


async def _detail(connection: Connection, project: Project) -> ProjectDetail:
    parcels = await connection.fetch(
        """select name, area_ha::float8 as area_ha, geometry from projects_boundary
            where project_id = $1 and version = (select max(version) from projects_boundary where project_id = $1)
            order by number""",
        project.id,
    )
    claims = await connection.fetch(CLAIMS + "where c.project_id = $1 order by c.number desc", project.id)
    hearings = await hearings_of(connection, project.id)
    return ProjectDetail(
        project=project,
        activity=activity_of(project.methodology).name,
        parcels=tuple(
            ParcelView(row["name"], row["area_ha"], msgspec.json.decode(row["geometry"])) for row in parcels
        ),
        meters=tuple(await meters_of(connection, project.id)),
        documents=tuple(await documents_of(connection, project.id)),
        claims=tuple(claim_of(row) for row in claims),
        events=tuple(await _events(connection, project, None)),
        hearings=tuple(hearings),
        comments=tuple(await comments_of(connection, hearings)),
    )


async def read_claim(actor: Actor | None, *, claim_id: UUID) -> ClaimDetail:
    """One claim.

    Raises:
        NotFound: it is not there, or not for the asker.
    """
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        claim = await claim_seen(connection, claim_id)
        project = await project_seen(connection, claim.project_id)
        hearings = await hearings_of(connection, project.id, claim.id)
        detail = ClaimDetail(
            project=project,
            claim=claim,
            calculation=await computing.latest_calculation(connection, claim.id),
            documents=tuple(await documents_of(connection, project.id, claim.id)),
            events=tuple(await _events(connection, project, claim.id)),
            hearings=tuple(hearings),
            comments=tuple(await comments_of(connection, hearings)),
        )
    return detail if actor else _without_names(detail)


Detail = TypeVar("Detail", ProjectDetail, ClaimDetail)


def _without_names(detail: Detail) -> Detail:
    """For strangers: organisations and roles act; the persons who acted for them stay inside."""
    return replace(
        detail,
        documents=tuple(replace(document, uploaded_by_name="") for document in detail.documents),
        events=tuple(replace(event, acted_by_name="") for event in detail.events),
    )


async def _events(connection: Connection, project: Project, claim_id: UUID | None) -> list[Event]:
    rows = await connection.fetch(
        EVENTS + "where e.project_id = $1 and e.claim_id is not distinct from $2 order by e.id",
        project.id,
        claim_id,
    )
    scheme = scheme_named(project.scheme)
    return [event_of(row, scheme) for row in rows]


async def read_doubts(actor: Actor, *, project_id: UUID) -> list[DoubtView]:
    """Why a project is held: the other project and what both count.

    Raises:
        NotPermitted: without `project:review`.
    """
    actor.require(Permission.PROJECT_REVIEW)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            "select distinct on (other_id, kind) other_id, kind, measure from projects_doubt where project_id = $1 order by other_id, kind, id desc",
            project_id,
        )
        return [
            DoubtView(row["kind"], row["measure"], await project_seen(connection, row["other_id"]))
            for row in rows
        ]


async def map_shapes(*, limit: int = 2000) -> list[MapShape]:
    """The parcels of published projects."""
    async with transaction(tenant=None, readonly=True) as connection:
        rows = await connection.fetch(
            """select p.id as project_id, p.code, p.name_zh, p.name_en, p.state, b.geometry from projects_boundary b
                 join projects_project p on p.id = b.project_id
                where b.version = (select max(version) from projects_boundary v where v.project_id = p.id)
                order by p.id desc, b.number limit $1""",
            limit,
        )
    return [MapShape(**{**dict(row), "geometry": msgspec.json.decode(row["geometry"])}) for row in rows]


async def counters() -> Counters:
    """How many stand under each tab of the register."""
    async with transaction(tenant=None, readonly=True) as connection:
        row: Any = await connection.fetchrow(
            """select (select count(*) from projects_project where state = 'notice') as projects_in_notice,
                      (select count(*) from projects_project where state = 'registered') as projects_registered,
                      (select count(*) from projects_claim where state = 'notice') as claims_in_notice,
                      (select count(*) from projects_claim where state = 'registered') as claims_registered,
                      (select coalesce(sum(credits_t), 0)::bigint from (
                          select distinct on (k.claim_id) k.credits_t from projects_calculation k
                            join projects_claim c on c.id = k.claim_id and c.state = 'registered'
                           order by k.claim_id, k.computed_at desc, k.id desc) one) as credits_issued_t"""
        )
    return Counters(**dict(row))


async def list_claims(
    actor: Actor | None, *, state: str | None = None, after: UUID | None = None, limit: int = 50
) -> Sequence[Claim]:
    """Claims the asker may see, newest first."""
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        rows = await connection.fetch(
            CLAIMS + "where ($1::text is null or c.state = $1) and ($2::uuid is null or c.id < $2) order by c.id desc limit $3",
            state, after, min(limit, LIST_LIMIT),
        )  # fmt: skip
    return [claim_of(row) for row in rows]
