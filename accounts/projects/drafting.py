"""A project's own account of itself while it is a draft: what, where, when, by which methodology, and by which meters."""

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects.activities import activity_of
from accounts.projects.boundaries import Parcel, read_parcels
from accounts.projects.energy import folded
from accounts.projects.records import Project, lock, project_seen
from accounts.projects.routes import scheme_named
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from carbon.text import Text
from methodologies.reduction.catalogue import methodology_from_text

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LONGEST_NAME, LONGEST_ABOUT, MOST_METERS = 200, 4000, 1000
MeterKind = Literal["meter", "installation"]

DECLARATIONS: Mapping[str, Text] = {
    "no_legal_duty": Text("不属于法律法规规定必须实施的减排", "no law or rule obliges to this reduction"),
    "outside_market": Text(
        "未纳入全国或地方碳排放权交易市场配额管理", "not covered by the national or a local emission market"
    ),
    "no_other_scheme": Text("未在其他减排机制重复申请", "not applied for under another crediting mechanism"),
    "additional": Text("具有额外性", "the reduction is additional"),
    "truthful": Text("材料真实、准确、完整", "the documents are true, exact and complete"),
}
"""What an owner declares; publishing asks for each (Order 31, art. 10, 14, 48)."""


@dataclass(frozen=True)
class Meter:
    """A meter or an installation by its number."""

    identifier: str
    kind: MeterKind = "meter"
    name: str = ""


async def create_project(
    actor: Actor,
    *,
    scheme: str,
    methodology: str,
    name_zh: str,
    crediting_starts_on: date,
    crediting_ends_on: date,
    name_en: str = "",
    about: str = "",
    district: str = "",
    construction_started_on: date | None = None,
    expected_t_per_year: int = 0,
    declarations: Mapping[str, bool] | None = None,
    validator_id: UUID | None = None,
) -> Project:
    """A new draft of the actor's organisation.

    Raises:
        NotPermitted: without `project:manage`.
        NotFound: no such scheme, methodology or validation body.
        Problem: a name or a period that cannot be.
    """
    actor.require(Permission.PROJECT_MANAGE)
    path = scheme_named(scheme)
    method = methodology_from_text(methodology)
    project_id = new_id()
    values = _checked(
        name_zh=name_zh,
        name_en=name_en,
        about=about,
        district=district,
        construction_started_on=construction_started_on,
        crediting_starts_on=crediting_starts_on,
        crediting_ends_on=crediting_ends_on,
        expected_t_per_year=expected_t_per_year,
        declarations=declarations or {},
    )
    async with transaction(tenant=actor.tenant_id) as connection:
        validator = await _body(connection, actor, validator_id)
        await connection.execute(
            """insert into projects_project (id, tenant_id, code, scheme, methodology, name_zh, name_en, about, district,
                   construction_started_on, crediting_starts_on, crediting_ends_on, expected_t_per_year, declarations,
                   owner_name_zh, owner_name_en, validator_id, validator_name_zh, validator_name_en, state, created_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16, $17, $18, $19, $20, $21)""",
            project_id, actor.tenant_id, _code(path.unit), path.id, method.id, values["name_zh"], values["name_en"],
            values["about"], values["district"], construction_started_on, crediting_starts_on, crediting_ends_on,
            expected_t_per_year, values["declarations"], actor.organisation_name, actor.organisation_name_en,
            validator_id, *validator, path.project.start, actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="project.create",
            object_kind="project",
            object_id=project_id,
            details={"scheme": path.id, "methodology": method.id, "name": values["name_zh"]},
        )
        return await project_seen(connection, project_id)


async def change_project(actor: Actor, *, project_id: UUID, changes: Mapping[str, Any]) -> Project:
    """Change a draft: any of the fields of `create_project`.

    Raises:
        NotPermitted: without `project:manage`, or not the owner.
        Conflict: it is no draft any more.
        Problem: a value that cannot be.
    """
    actor.require(Permission.PROJECT_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        project = await own_draft(connection, actor, project_id)
        known = {name: getattr(project, name) for name in _FIELDS}
        unknown = set(changes) - set(_FIELDS) - {"scheme", "methodology", "validator_id"}
        if unknown:
            raise Problem(N_("“{field}” is nothing a project has."), field=min(unknown), at=min(unknown))
        values = _checked(**known | {name: value for name, value in changes.items() if name in _FIELDS})
        values["scheme"] = scheme_named(changes.get("scheme", project.scheme)).id
        values["methodology"] = methodology_from_text(changes.get("methodology", project.methodology)).id
        values["validator_id"] = changes.get("validator_id", project.validator_id)
        names = await _body(connection, actor, values["validator_id"])
        await connection.execute(
            """update projects_project set scheme = $2, methodology = $3, name_zh = $4, name_en = $5, about = $6, district = $7,
                      construction_started_on = $8, crediting_starts_on = $9, crediting_ends_on = $10,
                      expected_t_per_year = $11, declarations = $12::jsonb, validator_id = $13, validator_name_zh = $14,
                      validator_name_en = $15
                where id = $1""",
            project_id, values["scheme"], values["methodology"], values["name_zh"], values["name_en"], values["about"],
            values["district"], values["construction_started_on"], values["crediting_starts_on"],
            values["crediting_ends_on"], values["expected_t_per_year"], values["declarations"], values["validator_id"],
            *names,
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="project.change",
            object_kind="project",
            object_id=project_id,
            details={"fields": ", ".join(sorted(changes))},
        )
        return await project_seen(connection, project_id)


async def set_boundary(
    actor: Actor, *, project_id: UUID, geojson: bytes | str | Mapping[str, Any]
) -> list[Parcel]:
    """The parcels of a draft, in place of those before, which are kept as an earlier version.

    Raises:
        Problem, TooLarge: as `read_parcels`.
        Conflict: it is no draft any more.
    """
    actor.require(Permission.PROJECT_MANAGE)
    parcels = read_parcels(geojson)
    async with transaction(tenant=actor.tenant_id) as connection:
        project = await own_draft(connection, actor, project_id)
        version = await connection.fetchval(
            "select coalesce(max(version), 0) + 1 from projects_boundary where project_id = $1", project_id
        )
        await connection.executemany(
            """insert into projects_boundary (id, tenant_id, project_id, version, number, name, activity, geometry, area_ha,
                   west, south, east, north)
               values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::float8::numeric, $10, $11, $12, $13)""",
            [
                (
                    new_id(), actor.tenant_id, project_id, version, number, parcel.name, activity_of(project.methodology).id,
                    msgspec.json.encode(parcel.geometry).decode(), parcel.area_ha, *parcel.bounds,
                )
                for number, parcel in enumerate(parcels, start=1)
            ],
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="project.boundary",
            object_kind="project",
            object_id=project_id,
            details={"parcels": len(parcels), "version": version},
        )
    return parcels


async def set_meters(actor: Actor, *, project_id: UUID, meters: Sequence[Meter]) -> list[Meter]:
    """The meters and installations of a draft, in place of those before.

    Raises:
        Problem: one without a number, or one twice.
        Conflict: it is no draft any more.
    """
    actor.require(Permission.PROJECT_MANAGE)
    if len(meters) > MOST_METERS:
        raise Problem(N_("At most {most} meters."), most=MOST_METERS, at="meters")
    seen: dict[str, Meter] = {}
    for meter in meters:
        key = folded(meter.identifier)
        if not key or len(meter.identifier) > 100 or meter.kind not in get_args(MeterKind):
            raise Problem(
                N_("“{meter}” is no number of a meter or installation."),
                meter=meter.identifier[:60],
                at="meters",
            )
        if key in seen:
            raise Problem(N_("{meter} is given twice."), meter=meter.identifier, at="meters")
        seen[key] = meter
    async with transaction(tenant=actor.tenant_id) as connection:
        await own_draft(connection, actor, project_id)
        version = await connection.fetchval(
            "select coalesce(max(version), 0) + 1 from projects_installation where project_id = $1",
            project_id,
        )
        await connection.executemany(
            """insert into projects_installation (id, tenant_id, project_id, version, kind, identifier, folded, name)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            [
                (new_id(), actor.tenant_id, project_id, version, meter.kind, meter.identifier.strip(), key, meter.name.strip()[:200])
                for key, meter in seen.items()
            ],
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="project.meters",
            object_kind="project",
            object_id=project_id,
            details={"meters": len(seen)},
        )
    return list(seen.values())


async def own_draft(connection: Connection, actor: Actor, project_id: UUID) -> Project:
    """The actor's own project in a state that lets its content change.

    Raises:
        NotFound, NotPermitted, Conflict: not there, another's, or past the draft.
    """
    await lock(connection, f"project {project_id}")
    project = await project_seen(connection, project_id)
    if project.tenant_id != actor.tenant_id:
        raise NotPermitted(N_("Only the project's owner changes it."))
    state = scheme_named(project.scheme).project.states[project.state]
    if not state.editable:
        raise Conflict(
            N_(
                "The project is in the state “{state}”; its content changes only as a draft. Take it back to revise first."
            ),
            state=state.name,
        )
    return project


_FIELDS = (
    "name_zh", "name_en", "about", "district", "construction_started_on", "crediting_starts_on", "crediting_ends_on",
    "expected_t_per_year", "declarations",
)  # fmt: skip


def _checked(**values: Any) -> dict[str, Any]:
    for name, longest in (
        ("name_zh", LONGEST_NAME),
        ("name_en", LONGEST_NAME),
        ("about", LONGEST_ABOUT),
        ("district", 100),
    ):
        values[name] = clean(values[name])
        if len(values[name]) > longest:
            raise Problem(N_("At most {most} characters."), most=longest, at=name)
    if not values["name_zh"]:
        raise Problem(N_("Give the project a name."), at="name_zh")
    if values["crediting_ends_on"] < values["crediting_starts_on"]:
        raise Problem(N_("The crediting period ends before it starts."), at="crediting_ends_on")
    unknown = set(values["declarations"]) - set(DECLARATIONS)
    if unknown:
        raise Problem(
            N_("There is no declaration “{name}”. They are: {known}."),
            name=min(unknown)[:60],
            known=", ".join(DECLARATIONS),
            at="declarations",
        )
    values["declarations"] = msgspec.json.encode(dict(values["declarations"])).decode()
    return values


def clean(text: str) -> str:
    """NFC, without control characters but line breaks (INP-2)."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", unicodedata.normalize("NFC", text)).strip()


def _code(unit: str) -> str:
    return f"{unit}-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))


async def _body(connection: Connection, actor: Actor, body_id: UUID | None) -> tuple[str, str]:
    return await body_named(connection, actor, body_id, at="validator_id") if body_id else ("", "")


async def body_named(connection: Connection, actor: Actor, body_id: UUID, *, at: str) -> tuple[str, str]:
    """The names of a validation and verification body.

    Raises:
        NotFound: no active body has this id.
    """
    row = await connection.fetchrow(
        "select name_zh, name_en from identity_organisation where id = $1 and kind = 'verifier' and status = 'active'",
        body_id,
    )
    if row is None or body_id == actor.tenant_id:
        raise NotFound(N_("There is no such validation and verification body."), at=at)
    return row["name_zh"], row["name_en"]
