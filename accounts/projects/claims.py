"""Monitoring periods: opened by the owner, computed from its monitoring file, explained to those who may see them."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from accounts.database.transactions import transaction
from accounts.identity import audit
from accounts.identity.actors import Actor
from accounts.identity.permissions import Permission
from accounts.projects import computing
from accounts.projects.computing import Calculation, Recomputed
from accounts.projects.documents import checked_file, keep_document, kind_named
from accounts.projects.drafting import body_named
from accounts.projects.moving import Moved, act_within
from accounts.projects.records import CLAIMS, Claim, claim_of, claim_seen, lock, project_seen
from accounts.projects.routes import scheme_named
from carbon.errors import N_, Conflict, NotPermitted, Problem
from carbon.identifiers import new_id


@dataclass(frozen=True)
class Explained:
    """The result with the whole tree of every year, and whether it equals what is kept."""

    calculation: Calculation
    check: Recomputed
    result: dict[str, Any]


async def open_claim(
    actor: Actor, *, project_id: UUID, starts_on: date, ends_on: date, verifier_id: UUID | None = None
) -> Claim:
    """A monitoring period of a registered project.

    Raises:
        NotFound, NotPermitted: not there, or not the owner's.
        Problem: the days are in the wrong order.
        Conflict: the project is not registered, or the days belong to another claim; names it.
    """
    actor.require(Permission.PROJECT_MANAGE)
    if ends_on < starts_on:
        raise Problem(N_("The period ends before it starts."), at="ends_on")
    async with transaction(tenant=actor.tenant_id) as connection:
        await lock(connection, f"project {project_id}")
        project = await project_seen(connection, project_id)
        if project.tenant_id != actor.tenant_id:
            raise NotPermitted(N_("Only the project's owner opens a monitoring period."))
        if project.state != "registered":
            scheme = scheme_named(project.scheme)
            raise Conflict(
                N_("The project is “{state}”; reductions are claimed for a registered project ({clause})."),
                state=project.state_name,
                clause=scheme.clause("第十七条" if scheme.id == "ccer" else ""),
            )
        taken = await connection.fetchrow(
            """select number, starts_on, ends_on from projects_claim
                where project_id = $1 and state <> 'withdrawn' and daterange(starts_on, ends_on, '[]') && daterange($2, $3, '[]')""",
            project_id, starts_on, ends_on,
        )  # fmt: skip
        if taken is not None:
            raise Conflict(
                N_("Claim {number} covers {first} to {last} already; each day counts once."),
                number=taken["number"],
                first=taken["starts_on"].isoformat(),
                last=taken["ends_on"].isoformat(),
                at="starts_on",
            )
        names = (
            await body_named(connection, actor, verifier_id, at="verifier_id") if verifier_id else ("", "")
        )
        claim_id = new_id()
        await connection.execute(
            """insert into projects_claim (id, tenant_id, project_id, number, starts_on, ends_on, verifier_id, verifier_name_zh,
                   verifier_name_en, state, created_by)
               select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7, $8, $9, $10 from projects_claim where project_id = $3""",
            claim_id, actor.tenant_id, project_id, starts_on, ends_on, verifier_id, *names,
            scheme_named(project.scheme).claim.start, actor.person_id,
        )  # fmt: skip
        await audit.record(
            connection,
            actor,
            act="claim.open",
            object_kind="claim",
            object_id=claim_id,
            details={
                "project": project.code,
                "starts_on": starts_on.isoformat(),
                "ends_on": ends_on.isoformat(),
            },
        )
        return await claim_seen(connection, claim_id)


async def name_verifier(actor: Actor, *, claim_id: UUID, verifier_id: UUID) -> Claim:
    """Say who will verify, while the report is drafted.

    Raises:
        NotFound, NotPermitted: no such claim or body, or not the owner's.
        Conflict: the report was published.
    """
    actor.require(Permission.PROJECT_MANAGE)
    async with transaction(tenant=actor.tenant_id) as connection:
        claim = await claim_seen(connection, claim_id)
        if claim.tenant_id != actor.tenant_id:
            raise NotPermitted(N_("Only the project's owner names who verifies."))
        names = await body_named(connection, actor, verifier_id, at="verifier_id")
        try:
            await connection.execute(
                "update projects_claim set verifier_id = $2, verifier_name_zh = $3, verifier_name_en = $4 where id = $1",
                claim_id, verifier_id, *names,
            )  # fmt: skip
        except asyncpg.RestrictViolationError as fault:
            raise Conflict(
                N_(
                    "The claim is in the state “{state}”; its content changes only as a draft. Take it back to revise first."
                ),
                state=claim.state_name,
            ) from fault
        await audit.record(
            connection,
            actor,
            act="claim.verifier",
            object_kind="claim",
            object_id=claim_id,
            details={"verifier_id": verifier_id},
        )
        return await claim_seen(connection, claim_id)


async def draft_report(
    actor: Actor, *, claim_id: UUID, file_name: str, content: bytes, on: date | None = None
) -> tuple[Moved, Calculation]:
    """Compute the period's monitoring file and keep both; the claim then has its report as a draft.

    Raises:
        NotFound, NotPermitted: no such claim, or not the owner's.
        Problem: the file or a value in it cannot be used, or lies outside the period.
        Conflict: the claim is past its draft, or the methodology is not frozen as published.
    """
    actor.require(Permission.PROJECT_MANAGE)
    name, media_type = checked_file(file_name, content)
    async with transaction(tenant=actor.tenant_id) as connection:
        claim = await claim_seen(connection, claim_id)
        project = await project_seen(connection, claim.project_id)
        if claim.tenant_id != actor.tenant_id:
            raise NotPermitted(N_("Only the project's owner drafts its report."))
        scheme = scheme_named(project.scheme)
        scheme.claim.move(claim.state, "draft_report", {"owner"})
        result = await asyncio.to_thread(computing.compute, project.methodology, name, content)
        document = await keep_document(
            connection,
            actor,
            project_id=project.id,
            claim_id=claim.id,
            kind=kind_named("monitoring_data"),
            title="",
            file_name=name,
            media_type=media_type,
            content=content,
        )
        calculation = await computing.keep_calculation(
            connection, actor, project, claim, document_id=document.id, result=result
        )
        moved = await act_within(connection, actor, claim_id=claim_id, act="draft_report", on=on)
    return moved, calculation


async def explain_claim(actor: Actor | None, *, claim_id: UUID) -> Explained:
    """Every number of the report, computed again from its own file.

    Raises:
        NotFound: no such claim for the asker, or the monitoring file is not for them.
        Conflict: no report is computed yet.
    """
    async with transaction(tenant=actor.tenant_id if actor else None, readonly=True) as connection:
        await claim_seen(connection, claim_id)
        calculation = await computing.require_calculation(connection, claim_id)
        check, result = await computing.recomputed(connection, calculation, explain=True)
    return Explained(calculation, check, result.as_dict(explain=True))


async def list_work(actor: Actor) -> tuple[list[UUID], list[Claim]]:
    """What waits for the actor's organisation: ids of projects, and claims, the nearest deadline first."""
    actor.require(Permission.PROJECT_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        projects = await connection.fetch(
            """select id from projects_project
                where (tenant_id = $1 and state in ('draft', 'notice', 'validated', 'rejected_by_vvb', 'not_registered'))
                   or (validator_id = $1 and state = 'validation')
                   or ($2 and state in ('on_hold', 'applied', 'under_review'))
                order by due_on nulls last, id""",
            actor.tenant_id, actor.organisation_kind == "authority",
        )  # fmt: skip
        claims = await connection.fetch(
            CLAIMS
            + """where (c.tenant_id = $1 and c.state not in ('verification', 'applied', 'under_review', 'registered', 'withdrawn'))
                    or (c.verifier_id = $1 and c.state = 'verification')
                    or ($2 and c.state in ('applied', 'under_review'))
                 order by c.due_on nulls last, c.id""",
            actor.tenant_id, actor.organisation_kind == "authority",
        )  # fmt: skip
    return [row["id"] for row in projects], [claim_of(row) for row in claims]
