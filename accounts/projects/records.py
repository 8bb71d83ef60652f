"""What a project, a claim, a document and an event look like to those who may see them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection
from accounts.identity.actors import Actor
from accounts.projects.routes import Scheme, scheme_named
from carbon.errors import N_, NotFound
from carbon.lifecycle import ROLES
from carbon.text import Text
from methodologies.reduction.catalogue import methodologies


@dataclass(frozen=True)
class Project:
    """A project; tonnes are tCO2e. `state_name` is in the words of its scheme."""

    id: UUID
    tenant_id: UUID
    code: str
    scheme: str
    methodology: str
    methodology_code: str
    methodology_name: Text
    name_zh: str
    name_en: str
    about: str
    district: str
    construction_started_on: date | None
    crediting_starts_on: date
    crediting_ends_on: date
    expected_t_per_year: int
    declarations: dict[str, bool]
    owner_name_zh: str
    owner_name_en: str
    validator_id: UUID | None
    validator_name_zh: str
    validator_name_en: str
    state: str
    state_name: Text
    state_since: datetime
    due_on: date | None
    published_on: date | None
    registered_on: date | None
    created_at: datetime


@dataclass(frozen=True)
class Claim:
    """The reductions of one monitoring period; `credits_t` is None until a report is computed."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    number: int
    starts_on: date
    ends_on: date
    verifier_id: UUID | None
    verifier_name_zh: str
    verifier_name_en: str
    state: str
    state_name: Text
    state_since: datetime
    due_on: date | None
    published_on: date | None
    registered_on: date | None
    credits_t: int | None
    buffer_t: int | None


@dataclass(frozen=True)
class Document:
    """A file that belongs to a project or claim; `sha256` is of the bytes as they came."""

    id: UUID
    tenant_id: UUID
    project_id: UUID
    claim_id: UUID | None
    kind: str
    version: int
    title: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    is_public: bool
    uploaded_by_name: str
    uploaded_at: datetime


@dataclass(frozen=True)
class Event:
    """One move, with who made it, under which clause."""

    id: UUID
    claim_id: UUID | None
    act: str
    act_name: Text
    source: str
    target: str
    target_name: Text
    role: str
    role_name: Text
    reason: str
    details: dict[str, Any]
    clause: Text
    due_on: date | None
    acted_by_name: str
    acted_on: date


_PROJECT = ", ".join(f"p.{name}" for name in (
    "id", "tenant_id", "code", "scheme", "methodology", "name_zh", "name_en", "about", "district",
    "construction_started_on", "crediting_starts_on", "crediting_ends_on", "expected_t_per_year", "declarations",
    "owner_name_zh", "owner_name_en", "validator_id", "validator_name_zh", "validator_name_en", "state", "state_since",
    "due_on", "published_on", "registered_on", "created_at",
))  # fmt: skip
PROJECTS = f"select {_PROJECT} from projects_project p "
CLAIMS = """
    select c.id, c.tenant_id, c.project_id, c.number, c.starts_on, c.ends_on, c.verifier_id, c.verifier_name_zh,
           c.verifier_name_en, c.state, c.state_since, c.due_on, c.published_on, c.registered_on, k.credits_t, k.buffer_t,
           p.scheme
      from projects_claim c
      join projects_project p on p.id = c.project_id
      left join lateral (select k.credits_t, k.buffer_t from projects_calculation k
                          where k.claim_id = c.id order by k.computed_at desc, k.id desc limit 1) k on true
"""
DOCUMENTS = """
    select id, tenant_id, project_id, claim_id, kind, version, title, file_name, media_type, size_bytes, sha256, is_public,
           uploaded_by_name, uploaded_at
      from projects_document
"""
EVENTS = """
    select e.id, e.claim_id, e.act, e.source, e.target, e.role, e.reason, e.details, e.due_on, e.acted_by_name, e.acted_on
      from projects_event e
"""


def project_of(row: Any) -> Project:
    """From a row of `PROJECTS`."""
    values = dict(row)
    method = methodologies()[values["methodology"]]
    scheme = scheme_named(values["scheme"])
    return Project(
        **{**values, "declarations": msgspec.json.decode(values["declarations"])},
        methodology_code=method.code,
        methodology_name=method.name,
        state_name=scheme.project.states[values["state"]].name,
    )


def claim_of(row: Any) -> Claim:
    """From a row of `CLAIMS`."""
    values = dict(row)
    scheme = scheme_named(values.pop("scheme"))
    return Claim(**values, state_name=scheme.claim.states[values["state"]].name)


def event_of(row: Any, scheme: Scheme) -> Event:
    """From a row of `EVENTS`."""
    values = dict(row)
    machine = scheme.machine("claim" if values["claim_id"] else "project")
    move = next(
        (one for one in machine.moves if one.act == values["act"] and one.source == values["source"]), None
    )
    return Event(
        **{**values, "details": msgspec.json.decode(values["details"])},
        act_name=move.name if move else Text(values["act"], values["act"]),
        target_name=machine.states[values["target"]].name,
        role_name=ROLES[values["role"]],
        clause=scheme.clause(move.clause if move else ""),
    )


async def project_seen(connection: Connection, project_id: UUID) -> Project:
    """The project, if the transaction's tenant may see it.

    Raises:
        NotFound: it is not there, or not for this tenant.
    """
    row = await connection.fetchrow(PROJECTS + "where p.id = $1", project_id)
    if row is None:
        raise NotFound(N_("There is no such project."), at="project_id")
    return project_of(row)


async def claim_seen(connection: Connection, claim_id: UUID) -> Claim:
    """The claim, if the transaction's tenant may see it.

    Raises:
        NotFound: it is not there, or not for this tenant.
    """
    row = await connection.fetchrow(CLAIMS + "where c.id = $1", claim_id)
    if row is None:
        raise NotFound(N_("There is no such claim."), at="claim_id")
    return claim_of(row)


def roles_of(actor: Actor, project: Project, claim: Claim | None = None) -> set[str]:
    """What the actor's organisation is to this project and claim."""
    roles = set()
    if actor.tenant_id == project.tenant_id:
        roles.add("owner")
    if project.validator_id == actor.tenant_id and claim is None:
        roles.add("validator")
    if claim is not None and claim.verifier_id == actor.tenant_id:
        roles.add("verifier")
    if actor.organisation_kind == "authority":
        roles.add("authority")
    return roles


async def lock(connection: Connection, *what: str) -> None:
    """One at a time for each of these names, until the transaction ends."""
    for name in sorted(what):
        await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", name)
