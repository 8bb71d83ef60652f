"""Two persons for every protected act: one drafts it, another one approves exactly that (DUAL-1, DUAL-2, DUAL-6).

A draft seals act, object, content and the summary the approver reads into one text; the approval names the
digest of that text, so nobody approves what they did not see. Draft and decision are append-only: to change a
draft is to write a new one, and a decided draft stays decided. The act itself runs in the approver's
transaction: it is done and approved, or neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import acts, audit, notices, second_factor
from accounts.identity.actors import Actor
from accounts.identity.acts import Executor, act, register
from accounts.identity.canonical import plain
from accounts.identity.drafts import (
    Draft,
    State,
    SummaryLine,
    act_value,
    draft,
    draft_within,
    list_drafts,
    natural_person,
    read_draft,
    read_within,
)
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem

__all__ = [
    "Approved", "Draft", "Executor", "SummaryLine", "act", "approve", "draft", "draft_within", "list_drafts",
    "read_draft", "register", "reject", "withdraw",
]  # fmt: skip

LONGEST_REASON = 500

APPROVED = notices.register("approval.approved", N_("{decider} approved: {act}. It is done."))
REJECTED = notices.register("approval.rejected", N_("{decider} rejected: {act}. Reason: {reason}"))
WITHDRAWN = notices.register("approval.withdrawn", N_("{decider} withdrew the draft: {act}."))


@dataclass(frozen=True)
class Approved:
    """The decided draft, and what its act answered."""

    draft: Draft
    result: dict[str, Any]


async def approve(actor: Actor, *, draft_id: UUID, digest: str) -> Approved:
    """Approve exactly what `digest` (hexadecimal, as the draft shows it) names, and carry it out.

    Raises:
        NotFound: no such draft on the actor's side.
        NotPermitted: the actor drafted it, lacks the act's permission, or acts by an API key.
        SecondFactorNeeded: the actor has a second factor, or must have one, and no recent code.
        Conflict: decided before, expired, or the digest is of another content.
    """
    try:
        async with transaction(tenant=actor.tenant_id) as connection:
            return await _approve(connection, actor, draft_id, digest)
    except NotPermitted as problem:
        await _record_refusal(actor, "draft.approve", draft_id, problem)
        raise


async def _approve(connection: Connection, actor: Actor, draft_id: UUID, digest: str) -> Approved:
    waiting = await _undecided(connection, actor, draft_id)
    await _check_decider(connection, actor, waiting)
    await second_factor.require_fresh(connection, actor)
    if digest.strip().lower() != waiting.digest:
        raise Conflict(
            N_("The draft is not the one you read; open it again, read it, and approve that."), at="digest"
        )
    answer = await acts.act_of(waiting.act).execute(connection, actor, waiting.content)
    result = plain(dict(answer or {}))
    await _decide(connection, actor, waiting, "approved", result=result)
    await audit.record(
        connection,
        actor,
        act="draft.approve",
        object_kind="draft",
        object_id=draft_id,
        details={"act": waiting.act, "digest": waiting.digest, "drafted_by": waiting.drafted_by},
    )
    return Approved(await read_within(connection, actor, draft_id), result)


async def reject(actor: Actor, *, draft_id: UUID, reason: str) -> Draft:
    """Refuse the draft for good, with a reason its drafter reads.

    Raises:
        NotFound: no such draft on the actor's side.
        NotPermitted: the actor drafted it (withdraw it instead), or lacks the act's permission.
        Conflict: decided before, or expired.
        Problem: the reason is missing or too long.
    """
    text = checked_name(reason, at="reason", longest=LONGEST_REASON)
    try:
        async with transaction(tenant=actor.tenant_id) as connection:
            waiting = await _undecided(connection, actor, draft_id)
            await _check_decider(connection, actor, waiting)
            await _decide(connection, actor, waiting, "rejected", reason=text)
            await _record(connection, actor, "draft.reject", waiting)
            return await read_within(connection, actor, draft_id)
    except NotPermitted as problem:
        await _record_refusal(actor, "draft.reject", draft_id, problem)
        raise


async def withdraw(actor: Actor, *, draft_id: UUID, reason: str = "") -> Draft:
    """Take the draft back: its drafter, or any colleague who may draft such acts.

    Raises:
        NotFound: no such draft of the actor's organisation.
        NotPermitted: neither drafter nor entitled colleague.
        Conflict: decided before, or expired.
    """
    text = checked_name(reason, at="reason", longest=LONGEST_REASON, required=False)
    async with transaction(tenant=actor.tenant_id) as connection:
        waiting = await _undecided(connection, actor, draft_id)
        if waiting.tenant_id != actor.tenant_id:
            raise NotFound(N_("There is no such draft of your organisation."))
        if not waiting.may_withdraw:
            actor.require(acts.act_of(waiting.act).draft_permission)
        await _decide(connection, actor, waiting, "withdrawn", reason=text)
        await _record(connection, actor, "draft.withdraw", waiting)
        return await read_within(connection, actor, draft_id)


async def _undecided(connection: Connection, actor: Actor, draft_id: UUID) -> Draft:
    """The draft, locked to the end of the transaction, so that of two who decide at once one comes second."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"draft:{draft_id}")
    found = await read_within(connection, actor, draft_id)
    if found.state == "expired":
        raise Conflict(N_("The draft has expired; draft it afresh on the figures of today."))
    if found.state != "drafted":
        raise Conflict(N_("{decider} has decided this draft already."), decider=found.decider_name)
    return found


async def _check_decider(connection: Connection, actor: Actor, waiting: Draft) -> None:
    """Another natural person, of the side that approves, with the permission, present in person (DUAL-1, DUAL-2)."""
    if actor.tenant_id != waiting.approver_tenant_id:
        raise NotPermitted(N_("Another organisation decides this draft."))
    actor.require(Permission(waiting.permission))
    if actor.via != "session":
        raise NotPermitted(N_("A person decides a draft, signed in; an API key cannot."))
    drafter = await connection.fetchval(
        "select natural_person_id from identity_draft where id = $1", waiting.id
    )
    if actor.person_id == waiting.drafted_by or await natural_person(connection, actor) == drafter:
        raise NotPermitted(N_("Who drafted it does not decide it; ask a colleague with the same permission."))


async def _decide(
    connection: Connection,
    actor: Actor,
    waiting: Draft,
    decision: State,
    *,
    reason: str = "",
    result: dict[str, Any] | None = None,
) -> None:
    await connection.execute(
        """insert into identity_decision (draft_id, tenant_id, approver_tenant_id, decision, digest, decided_by,
               natural_person_id, decider_name, reason, result)
           values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7, $8, $9, $10::jsonb)""",
        waiting.id,
        waiting.tenant_id,
        waiting.approver_tenant_id,
        decision,
        waiting.digest,
        actor.person_id,
        await natural_person(connection, actor),
        actor.name,
        reason,
        msgspec.json.encode(result or {}).decode(),
    )
    await notices.close_tasks(connection, object_kind="draft", object_id=waiting.id)
    kind = {"approved": APPROVED, "rejected": REJECTED, "withdrawn": WITHDRAWN}[decision]
    subject = {"act": act_value(waiting.act), "decider": actor.name, "reason": reason}
    await _tell(connection, waiting, kind, subject, except_person_id=actor.person_id)


async def _tell(
    connection: Connection, waiting: Draft, kind: str, subject: Mapping[str, Any], *, except_person_id: UUID
) -> None:
    """Both sides hear of it (DUAL-6): all who may draft or approve such an act, and the drafter."""
    known = acts.act_of(waiting.act)
    told = {
        (waiting.tenant_id, known.draft_permission),
        (waiting.approver_tenant_id, known.permission),
    }
    for tenant_id, permission in sorted(told):
        await notices.notify(
            connection,
            tenant_id=tenant_id,
            except_person_id=except_person_id,
            permission=permission,
            kind=kind,
            subject=subject,
            link=f"/approvals/{waiting.id}",
            object_kind="draft",
            object_id=waiting.id,
        )


async def _record(connection: Connection, actor: Actor, name: str, waiting: Draft) -> None:
    details = {"act": waiting.act, "digest": waiting.digest}
    await audit.record(
        connection, actor, act=name, object_kind="draft", object_id=waiting.id, details=details
    )


async def _record_refusal(actor: Actor, name: str, draft_id: UUID, problem: Problem) -> None:
    await audit.record_refusal(
        actor, act=name, object_kind="draft", object_id=draft_id, details={"why": str(problem)}
    )
