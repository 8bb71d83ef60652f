"""One hectare, one meter, one activity at a time: what else already counts what a project counts (LED-9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.projects.boundaries import Parcel, is_overlap
from accounts.projects.records import Project
from carbon.identifiers import new_id

DoubtKind = Literal["boundary", "meter"]


@dataclass(frozen=True)
class Doubt:
    """Another project that counts the same; `name` and `code` are for its own owner and the authority alone."""

    other_id: UUID
    other_tenant_id: UUID
    kind: DoubtKind
    measure: str
    code: str = ""
    name: str = ""


async def parcels_of(connection: Connection, project_id: UUID) -> list[Parcel]:
    """The parcels in force."""
    rows = await connection.fetch(
        """select name, geometry, area_ha::float8 as area_ha, west, south, east, north from projects_boundary
            where project_id = $1 and version = (select max(version) from projects_boundary where project_id = $1)
            order by number""",
        project_id,
    )
    return [
        Parcel(row["name"], msgspec.json.decode(row["geometry"]), row["area_ha"], (row["west"], row["south"], row["east"], row["north"]))
        for row in rows
    ]  # fmt: skip


async def meters_of(connection: Connection, project_id: UUID) -> list[str]:
    """The meters and installations in force, as they are written."""
    rows = await connection.fetch(
        """select identifier from projects_installation
            where project_id = $1 and version = (select max(version) from projects_installation where project_id = $1)
            order by identifier""",
        project_id,
    )
    return [row["identifier"] for row in rows]


async def doubts_about(connection: Connection, project: Project) -> list[Doubt]:
    """Every other running project that counts the same ground or meter at the same time, and was not cleared."""
    found = [*await _same_ground(connection, project), *await _same_meters(connection, project)]
    cleared = {
        row["other"]
        for row in await connection.fetch(
            """select case project_id when $1 then other_id else project_id end as other from projects_clearance
                where project_id = $1 or other_id = $1""",
            project.id,
        )
    }
    return [doubt for doubt in found if doubt.other_id not in cleared]


async def _same_ground(connection: Connection, project: Project) -> Iterable[Doubt]:
    rows = await connection.fetch(_NEAR, project.id, project.crediting_starts_on, project.crediting_ends_on)
    common: dict[UUID, float] = {}
    others = {row["other_id"]: row for row in rows}
    for row in rows:
        own = Parcel("", msgspec.json.decode(row["own"]), float(row["own_ha"]), (0, 0, 0, 0))
        other = Parcel("", msgspec.json.decode(row["geometry"]), float(row["area_ha"]), (0, 0, 0, 0))
        common[row["other_id"]] = common.get(row["other_id"], 0.0) + is_overlap(own, other)
    return [
        Doubt(
            id_,
            others[id_]["tenant_id"],
            "boundary",
            f"{hectares:.4f} ha",
            others[id_]["code"],
            others[id_]["name_zh"],
        )
        for id_, hectares in common.items()
        if hectares
    ]


_NEAR = """
    select o.project_id as other_id, p.tenant_id, p.code, p.name_zh, b.geometry as own, b.area_ha as own_ha, o.geometry, o.area_ha
      from projects_boundary b
      join projects_boundary o on o.box && b.box and o.activity = b.activity and o.project_id <> b.project_id
      join projects_project p on p.id = o.project_id
     where b.project_id = $1 and b.version = (select max(version) from projects_boundary where project_id = $1)
       and o.version = (select max(version) from projects_boundary v where v.project_id = o.project_id)
       and p.state not in ('draft', 'on_hold', 'cancelled', 'revoked')
       and daterange(p.crediting_starts_on, p.crediting_ends_on, '[]') && daterange($2, $3, '[]')
"""


async def _same_meters(connection: Connection, project: Project) -> Iterable[Doubt]:
    rows = await connection.fetch("select * from projects_same_meters($1)", project.id)
    return [
        Doubt(row["other_id"], row["other_tenant_id"], "meter", row["identifier"], row["code"], row["name"])
        for row in rows
    ]


async def keep_doubts(connection: Connection, project: Project, doubts: Iterable[Doubt]) -> None:
    """For the authority to look at; the owner cannot read them."""
    await connection.executemany(
        "insert into projects_doubt (id, owner_id, project_id, other_id, kind, measure) values ($1, $2, $3, $4, $5, $6)",
        [
            (new_id(), project.tenant_id, project.id, doubt.other_id, doubt.kind, doubt.measure)
            for doubt in doubts
        ],
    )
