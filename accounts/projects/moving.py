"""Making a move: the actor's role, the guards, the event that moves the state, and what follows from it.

Moves that two persons make are drafted here and carried out by `accounts.identity.approvals`, with the guards asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import approvals, audit, notices
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects import computing, energy
from accounts.projects.days import today
from accounts.projects.documents import PUBLIC_KINDS
from accounts.projects.guards import GUARDS, Situation
from accounts.projects.hearings import open_hearing
from accounts.projects.records import Claim, Project, claim_seen, lock, project_seen, roles_of
from accounts.projects.routes import Scheme, scheme_named
from accounts.projects.uniqueness import keep_doubts
from accounts.registry import units
from accounts.transparency import log
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from carbon.lifecycle import ROLES, Move
from carbon.text import Text
from carbon.workdays import add_working_days, is_provisional

LONGEST_REASON = 4000
HOLD = "hold"
"""The move that follows from a doubt about uniqueness; nobody asks for it."""
_PERMISSIONS = {
    "owner": Permission.PROJECT_MANAGE,
    "validator": Permission.PROJECT_VERIFY,
    "verifier": Permission.PROJECT_VERIFY,
    "authority": Permission.PROJECT_REVIEW,
}

TASK = notices.register("project.task", N_("{project}: “{state}”. It is your turn."))
MOVED = notices.register("project.moved", N_("{project}: “{act}” by {actor}; now “{state}”."))
HELD = notices.register(
    "project.held", N_("{project} may count what another project counts: decide whether it is unique.")
)


@dataclass(frozen=True)
class Moved:
    """What a move led to. With `draft_id` nothing moved yet: a second person approves the draft with this digest."""

    project: Project
    claim: Claim | None
    held: bool = False
    draft_id: UUID | None = None
    draft_digest: str = ""


async def act_on_project(
    actor: Actor,
    *,
    project_id: UUID,
    act: str,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Moved:
    """Make a move of a project. `on` is the day it is made, today if not given; no door lets a caller choose it.

    Raises:
        NotFound, NotPermitted: not there, or another role's move.
        Conflict: the act does not stand in this state, or a guard is not met; says what to do.
    """
    return await _act(actor, project_id, None, act, reason, dict(details or {}), on)


async def act_on_claim(
    actor: Actor,
    *,
    claim_id: UUID,
    act: str,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Moved:
    """Make a move of a claim; as `act_on_project`."""
    return await _act(actor, None, claim_id, act, reason, dict(details or {}), on)


async def _act(
    actor: Actor,
    project_id: UUID | None,
    claim_id: UUID | None,
    act: str,
    reason: str,
    details: dict[str, Any],
    on: date | None,
) -> Moved:
    if actor.permissions.isdisjoint(_PERMISSIONS.values()):
        actor.require(Permission.PROJECT_MANAGE)
    if act == HOLD:
        raise NotPermitted(N_("“{act}” is done by the {role}."), act=HOLD, role=ROLES["system"], at="act")
    async with transaction(tenant=actor.tenant_id) as connection:
        situation = await _situation(connection, actor, project_id, claim_id, act, details, on)
        moved = await _move(situation, reason, on)
        held_claim = bool(situation.doubts) and situation.claim is not None
    if held_claim:
        raise Conflict(
            N_(
                "The energy of these meters and days is being reviewed by the authority; you will be told of its decision."
            ),
            at="meters",
        )
    return moved


async def act_within(
    connection: Connection, actor: Actor, *, claim_id: UUID, act: str, on: date | None = None
) -> Moved:
    """A move of a claim inside the caller's transaction, for what stands or falls with other work."""
    return await _move(await _situation(connection, actor, None, claim_id, act, {}, on), "", on)


async def _move(s: Situation, reason: str, on: date | None) -> Moved:
    s.actor.require(_PERMISSIONS[s.move.role])
    _check_reason(s.move, reason)
    await _ask_guards(s)
    if s.doubts:
        return await _hold(s)
    return await _draft(s, reason, on) if s.move.two_people else await _make(s, reason)


async def _situation(
    connection: Connection,
    actor: Actor,
    project_id: UUID | None,
    claim_id: UUID | None,
    act: str,
    details: dict[str, Any],
    on: date | None,
) -> Situation:
    claim = await claim_seen(connection, claim_id) if claim_id else None
    project = await project_seen(connection, claim.project_id if claim else project_id)  # type: ignore[arg-type]
    names = [f"project {project.id}", *(["uniqueness"] if claim is None else [])]
    await lock(connection, *names)
    project = await project_seen(connection, project.id)
    claim = await claim_seen(connection, claim_id) if claim_id else None
    scheme = scheme_named(project.scheme)
    machine = scheme.machine("claim" if claim else "project")
    move = machine.move(claim.state if claim else project.state, act, roles_of(actor, project, claim))
    return Situation(connection, actor, scheme, project, claim, move, on or await today(connection), details)


def _check_reason(move: Move, reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise Problem(N_("At most {most} characters."), most=LONGEST_REASON, at="reason")
    if move.needs_reason and not reason.strip():
        raise Problem(
            N_("“{act}” needs a reason; it is kept and, where the public may see the case, shown."),
            act=move.name,
            at="reason",
        )


async def _ask_guards(s: Situation) -> None:
    for name in s.move.guards:
        await GUARDS[name](s)


async def _hold(s: Situation) -> Moved:
    """Taken in and held for the authority; its sender learns nothing of the other (LED-9)."""
    await keep_doubts(s.connection, s.project, s.doubts)
    if s.claim is None:
        if s.project.state != "draft":
            raise Conflict(
                N_(
                    "The authority is reviewing whether this project is unique; you will be told of its decision."
                )
            )
        s.move = s.scheme.project.move("draft", HOLD, {"owner"})
        await _event(s, "", is_public=False)
    await _tell(s, "authority", HELD, None)
    return Moved(await project_seen(s.connection, s.project.id), s.claim, held=True)


async def _make(s: Situation, reason: str) -> Moved:
    await _event(s, reason, is_public=s.move.target != "on_hold" and s.move.source != "on_hold")
    await _follow(s, reason)
    await audit.record(
        s.connection,
        s.actor,
        act=f"{'claim' if s.claim else 'project'}.{s.move.act}",
        object_kind="claim" if s.claim else "project",
        object_id=s.claim.id if s.claim else s.project.id,
        details={
            "from": s.move.source,
            "to": s.move.target,
            "clause": s.move.clause,
            "project": s.project.code,
        },
    )
    claim = await claim_seen(s.connection, s.claim.id) if s.claim else None
    return Moved(await _afterwards(s), claim)


async def _afterwards(s: Situation) -> Project:
    """The project as it stands now; a draft again, it shows to its owner alone."""
    try:
        return await project_seen(s.connection, s.project.id)
    except NotFound:
        return replace(
            s.project,
            state=s.move.target,
            state_name=s.scheme.project.states[s.move.target].name,
            due_on=None,
        )


async def _event(s: Situation, reason: str, *, is_public: bool) -> None:
    due_on = None
    if s.move.working_days and s.move.target == "notice":
        due_on = await open_hearing(s.connection, s.actor, s.project, s.claim, s.day, s.move.working_days)
    elif s.move.working_days:
        due_on = add_working_days(s.day, s.move.working_days)
    try:
        await s.connection.execute(
            """insert into projects_event (id, tenant_id, owner_id, project_id, claim_id, act, source, target, role, reason,
                   details, due_on, next_role, is_public, acted_by, acted_by_name, acted_on)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15, $16, $17)""",
            new_id(), s.actor.tenant_id, s.project.tenant_id, s.project.id, s.claim.id if s.claim else None, s.move.act,
            s.move.source, s.move.target, s.move.role, reason.strip(), msgspec.json.encode(dict(s.details)).decode(), due_on,
            s.move.next_role, is_public, s.actor.person_id, s.actor.name, s.day,
        )  # fmt: skip
    except (
        asyncpg.ObjectNotInPrerequisiteStateError,
        asyncpg.CheckViolationError,
        asyncpg.InsufficientPrivilegeError,
    ) as fault:
        raise Conflict(N_("Somebody was faster: the state has changed. Read it again.")) from fault
    kind, object_id = ("claim", s.claim.id) if s.claim else ("project", s.project.id)
    await notices.close_tasks(s.connection, object_kind=kind, object_id=object_id)
    state = s.scheme.machine(kind).states[s.move.target]
    if s.move.next_role:
        await _tell(s, s.move.next_role, TASK, due_on, state=state.name)
    if s.move.role != "owner":
        await _tell(s, "owner", MOVED, None, state=state.name)


async def _tell(
    s: Situation, role: str, kind: str, due_on: date | None, *, state: Text | None = None
) -> None:
    about = Text(s.project.name_zh, s.project.name_en or s.project.name_zh)
    subject = {
        "project": about.as_dict(),
        "act": s.move.name.as_dict(),
        "actor": s.actor.organisation_name or s.actor.name,
    }
    if state is not None:
        subject["state"] = state.as_dict()
    link = f"/projects/{s.project.id}" + (f"/claims/{s.claim.id}" if s.claim else "")
    for tenant_id in await _tenants(s, role):
        await notices.notify(
            s.connection,
            tenant_id=tenant_id,
            kind=kind,
            subject=subject,
            permission=_PERMISSIONS[role],
            except_person_id=s.actor.person_id if due_on is None else None,
            due_on=due_on,
            link=link,
            object_kind="claim" if s.claim else "project",
            object_id=s.claim.id if s.claim else s.project.id,
        )


async def _tenants(s: Situation, role: str) -> list[UUID]:
    if role == "owner":
        return [s.project.tenant_id]
    if role in {"validator", "verifier"}:
        body = s.claim.verifier_id if s.claim else s.project.validator_id
        return [body] if body else []
    rows = await s.connection.fetch(
        "select id from identity_organisation where kind = 'authority' and status = 'active' order by id"
    )
    return [row["id"] for row in rows]


async def _follow(s: Situation, reason: str) -> None:
    """What a move brings with it."""
    if s.claim is None:
        await _follow_project(s, reason)
    else:
        await _follow_claim(s, s.claim)
    kinds = [kind for kind in PUBLIC_KINDS if _shows(s, kind)]
    if kinds:
        await s.connection.execute(
            """update projects_document set is_public = true
                where project_id = $1 and claim_id is not distinct from $2 and tenant_id = $3 and kind = any ($4) and not is_public""",
            s.project.id, s.claim.id if s.claim else None, s.actor.tenant_id, kinds,
        )  # fmt: skip


def _shows(s: Situation, kind: str) -> bool:
    """Whether this move publishes the actor's documents of this kind."""
    by_role = {
        "owner": {
            "publish": {"design_document", "accounting_report"},
            "apply": {"design_document", "commitment", "accounting_report"},
        },
        "validator": {"validate": {"validation_report"}, "reject": {"validation_report"}},
        "verifier": {"verify": {"verification_report"}, "reject": {"verification_report"}},
    }
    return kind in by_role.get(s.move.role, {}).get(s.move.act, set())


async def _follow_project(s: Situation, reason: str) -> None:
    if s.move.act == "clear":
        rows = await s.connection.fetch(
            "select distinct other_id from projects_doubt where project_id = $1", s.project.id
        )
        await s.connection.executemany(
            """insert into projects_clearance (id, owner_id, project_id, other_id, authority_id, reason, cleared_by)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            [
                (new_id(), s.project.tenant_id, s.project.id, row["other_id"], s.actor.tenant_id, reason, s.actor.person_id)
                for row in rows
            ],
        )  # fmt: skip
    if s.move.act == "register":
        await _submit_registration(s)
    if s.move.act == "revoke" and s.scheme.bar_years:
        until = date(s.day.year + s.scheme.bar_years, s.day.month, min(s.day.day, 28))
        await s.connection.execute(
            """insert into projects_bar (id, owner_id, authority_id, project_id, scheme, until, reason, imposed_by)
               values ($1, $2, $3, $4, $5, $6, $7, $8)""",
            new_id(), s.project.tenant_id, s.actor.tenant_id, s.project.id, s.scheme.id, until, reason, s.actor.person_id,
        )  # fmt: skip


async def _submit_registration(s: Situation) -> None:
    documents = await s.connection.fetch(
        "select kind, version, sha256 from projects_document where project_id = $1 and claim_id is null and is_public order by kind, version",
        s.project.id,
    )
    content = {
        "project": s.project.code,
        "scheme": s.scheme.id,
        "methodology": s.project.methodology_code,
        "name": s.project.name_zh,
        "crediting": [s.project.crediting_starts_on, s.project.crediting_ends_on],
        "registered_on": s.day,
        "documents": [dict(row) for row in documents],
    }
    await log.submit(s.connection, "project.registration", content, object_id=new_id(), number=s.project.code)


async def _follow_claim(s: Situation, claim: Claim) -> None:
    if s.move.act in {"withdraw", "revise"}:
        await energy.release_energy(s.connection, source_id=claim.id)
    if s.move.act == "issue":
        await _issue(s, claim)


async def _issue(s: Situation, claim: Claim) -> None:
    """Units of every vintage, in this transaction: the claim is registered and the units exist, or neither."""
    calculation = await computing.require_equal(s.connection, claim.id)
    for vintage in calculation.vintages:
        if vintage.credits_t + vintage.buffer_t == 0:
            continue
        await units.issue(
            s.connection,
            s.actor,
            scheme=s.scheme.unit,
            project_id=s.project.id,
            project_code=s.project.code,
            holder_tenant_id=s.project.tenant_id,
            vintage_year=vintage.year,
            quantity_t=vintage.credits_t + vintage.buffer_t,
            buffer_t=vintage.buffer_t,
            source_kind="project.claim",
            source_id=claim.id,
            key=f"claim {claim.id} {vintage.year}",
            project_name=s.project.name_zh,
        )


# ---- two persons ----


async def _draft(s: Situation, reason: str, on: date | None) -> Moved:
    kind = f"project.{s.move.act}"
    calculation = await computing.latest_calculation(s.connection, s.claim.id) if s.claim else None
    summary: dict[str, Any] = {
        N_("Project"): f"{s.project.code} {s.project.name_zh}",
        N_("Owner"): s.project.owner_name_zh,
        N_("Scheme"): s.scheme.name.as_dict(),
        N_("Act"): s.move.name.as_dict(),
        N_("Rule"): s.clause_of_move().as_dict(),
    }
    if calculation is not None and s.claim is not None:
        summary |= {
            N_("Period"): f"{s.claim.starts_on.isoformat()} – {s.claim.ends_on.isoformat()}",
            N_("Quantity (tCO2e)"): str(calculation.credits_t),
            N_("To the buffer (tCO2e)"): str(calculation.buffer_t),
            N_("Vintages"): ", ".join(f"{v.year}: {v.credits_t}" for v in calculation.vintages),
        }
    if reason.strip():
        summary[N_("Reason")] = reason.strip()
    content = {
        "project_id": s.project.id,
        "claim_id": s.claim.id if s.claim else None,
        "act": s.move.act,
        "reason": reason.strip(),
        "on": on,
        "computed": calculation.digest if calculation else None,
    }
    draft = await approvals.draft_within(
        s.connection,
        s.actor,
        act=kind,
        content=content,
        object_kind="claim" if s.claim else "project",
        object_id=s.claim.id if s.claim else s.project.id,
        summary=summary,
    )
    return Moved(s.project, s.claim, draft_id=draft.id, draft_digest=draft.digest)


async def _execute(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Carry out what two persons decided; every guard is asked again."""
    claim_id = UUID(content["claim_id"]) if content["claim_id"] else None
    on = date.fromisoformat(content["on"]) if content["on"] else None
    s = await _situation(connection, actor, UUID(content["project_id"]), claim_id, content["act"], {}, on)
    await _ask_guards(s)
    if s.claim is not None:
        calculation = await computing.latest_calculation(connection, s.claim.id)
        if calculation is None or calculation.digest != content["computed"]:
            raise Conflict(N_("The report was computed anew since this was drafted; draft it again."))
    moved = await _make(s, content["reason"])
    return {
        "project_id": str(moved.project.id),
        "state": moved.claim.state if moved.claim else moved.project.state,
    }


for _kind, _words in {
    "project.register": N_("Register a reduction project"),
    "project.cancel": N_("Cancel a reduction project"),
    "project.revoke": N_("Revoke the registration of a project"),
    "project.issue": N_("Register reductions and issue credits"),
}.items():
    approvals.register(_kind, permission=Permission.PROJECT_REVIEW, execute=_execute, words=_words)


async def possible_moves(actor: Actor, project: Project, claim: Claim | None = None) -> list[Move]:
    """The moves of the actor's roles out of the present state, but those the system makes by itself."""
    scheme: Scheme = scheme_named(project.scheme)
    roles = roles_of(actor, project, claim)
    state = claim.state if claim else project.state
    moves = scheme.machine("claim" if claim else "project").by_source[state]
    return [
        move
        for move in moves
        if move.role in roles and move.act != HOLD and _PERMISSIONS[move.role] in actor.permissions
    ]


def is_uncertain(due_on: date | None) -> bool:
    """Whether the holidays up to this day are not published yet."""
    return due_on is not None and is_provisional(due_on)
