"""Two persons for every protected act: one drafts it, another one approves exactly that (DUAL-1, DUAL-2, DUAL-6).

A draft seals act, object, content and the summary the approver reads into one text; the approval names the
digest of that text, so nobody approves what they did not see. Draft and decision are append-only: to change a
draft is to write a new one, and a decided draft stays decided. The act itself runs in the approver's
transaction: it is done and approved, or neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import acts, audit, idempotency, notices, second_factor
from accounts.identity.actors import Actor
from accounts.identity.acts import Executor, act, register
from accounts.identity.canonical import canonical_json, digest_of, plain
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from carbon.errors import N_, Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from carbon.workdays import business_date

__all__ = [
    "Approved", "Draft", "Executor", "SummaryLine", "act", "approve", "draft", "draft_within", "list_drafts",
    "read_draft", "register", "reject", "withdraw",
]  # fmt: skip

State = Literal["drafted", "approved", "rejected", "withdrawn", "expired"]

LASTS = timedelta(days=14)
"""How long a draft waits; what two weeks have not decided is drafted afresh, on the figures of then."""
LIST_LIMIT = 200
LONGEST_REASON = 500

WAITING = notices.register("approval.waiting", N_("{act} waits for your approval; {drafter} drafted it."))
DRAFTED = notices.register("approval.drafted", N_("{drafter} drafted: {act}. The other side approves it."))
APPROVED = notices.register("approval.approved", N_("{decider} approved: {act}. It is done."))
REJECTED = notices.register("approval.rejected", N_("{decider} rejected: {act}. Reason: {reason}"))
WITHDRAWN = notices.register("approval.withdrawn", N_("{decider} withdrew the draft: {act}."))


@dataclass(frozen=True)
class SummaryLine:
    """What the approver reads: a label (an English template) and its value, text or a pair {"zh": …, "en": …}."""

    label: str
    value: Any


@dataclass(frozen=True)
class Draft:
    """A protected act as drafted, and what became of it.

    `digest` is hexadecimal; `may_decide` tells the actor who reads it whether the decision is theirs to make.
    """

    id: UUID
    act: str
    words: str
    permission: str
    tenant_id: UUID
    approver_tenant_id: UUID
    object_kind: str
    object_id: str
    content: dict[str, Any]
    summary: tuple[SummaryLine, ...]
    digest: str
    drafted_by: UUID
    drafter_name: str
    drafted_at: datetime
    expires_at: datetime
    state: State
    decided_by: UUID | None
    decider_name: str
    decided_at: datetime | None
    reason: str
    result: dict[str, Any]
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True)
class Approved:
    """The decided draft, and what its act answered."""

    draft: Draft
    result: dict[str, Any]


async def draft(
    actor: Actor,
    *,
    act: str,
    content: Mapping[str, Any],
    object_kind: str,
    object_id: object,
    summary: Mapping[str, Any],
    approver_tenant_id: UUID | None = None,
    lasts: timedelta = LASTS,
    key: str | None = None,
) -> Draft:
    """Write a draft in a transaction of its own; see `draft_within`."""
    async with transaction(tenant=actor.tenant_id) as connection:
        return await draft_within(
            connection,
            actor,
            act=act,
            content=content,
            object_kind=object_kind,
            object_id=object_id,
            summary=summary,
            approver_tenant_id=approver_tenant_id,
            lasts=lasts,
            key=key,
        )


async def draft_within(
    connection: Connection,
    actor: Actor,
    *,
    act: str,
    content: Mapping[str, Any],
    object_kind: str,
    object_id: object,
    summary: Mapping[str, Any],
    approver_tenant_id: UUID | None = None,
    lasts: timedelta = LASTS,
    key: str | None = None,
) -> Draft:
    """Seal the act for another person to approve, in the caller's transaction, and tell those who may.

    `summary` gives the lines the approver reads, label template to value: parties, amount with unit, serial
    range, effect. `approver_tenant_id` names the organisation that approves, the drafter's own if not given.

    Raises:
        NotPermitted: without the act's permission to draft.
        NotFound: no room offers this act.
        KeyReused: the key came before with another content.
    """
    kind = acts.act_of(act)
    actor.require(kind.draft_permission)
    approver = approver_tenant_id or actor.tenant_id
    envelope = {
        "act": act,
        "permission": kind.permission,
        "tenant_id": actor.tenant_id,
        "approver_tenant_id": approver,
        "object_kind": object_kind,
        "object_id": str(object_id),
        "content": content,
        "summary": [[label, value] for label, value in summary.items()],
    }
    sealed = canonical_json(envelope)

    async def write() -> dict[str, str]:
        draft_id = await _insert(connection, actor, plain(envelope), sealed, lasts)
        await audit.record(
            connection,
            actor,
            act="draft.create",
            object_kind="draft",
            object_id=draft_id,
            details={"act": act, "digest": digest_of(sealed).hex(), "approver_tenant_id": approver},
        )
        written = await _read(connection, actor, draft_id)
        await _tell_of_draft(connection, actor, written, kind)
        return {"draft_id": str(draft_id)}

    answer = await idempotency.once(
        connection, actor, operation="draft", key=key, request={"sealed": sealed}, work=write
    )
    return await _read(connection, actor, UUID(answer["draft_id"]))


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
    return Approved(await _read(connection, actor, draft_id), result)


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
            return await _read(connection, actor, draft_id)
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
        return await _read(connection, actor, draft_id)


async def list_drafts(
    actor: Actor,
    *,
    state: State | None = None,
    object_kind: str | None = None,
    object_id: object = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Draft]:
    """Newest first: drafts of the actor, those the actor may decide, and all of both sides with `audit:read`."""
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        rows = await connection.fetch(
            _SELECT
            + """ where ($1::text is null or state = $1) and ($2::text is null or object_kind = $2)
                    and ($3::text is null or object_id = $3) and ($4::uuid is null or id < $4)
                    and (drafted_by = $5 or $6 or permission = any ($7::text[]))
                  order by id desc limit $8""",
            state,
            object_kind,
            None if object_id is None else str(object_id),
            before,
            actor.person_id,
            Permission.AUDIT_READ in actor.permissions,
            _permissions(actor),
            min(limit, LIST_LIMIT),
        )
    return [_draft(actor, row) for row in rows]


async def read_draft(actor: Actor, *, draft_id: UUID) -> Draft:
    """One draft of either side.

    Raises:
        NotFound: not there, of others, or not the actor's to see.
    """
    actor.require(Permission.SELF_READ)
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        found = await _read(connection, actor, draft_id)
    concerned = found.drafted_by == actor.person_id or found.permission in _permissions(actor)
    if not concerned and Permission.AUDIT_READ not in actor.permissions and not found.may_withdraw:
        raise _no_such_draft()
    return found


_SELECT = """
    select * from (
        select d.id, d.act, d.permission, d.tenant_id, d.approver_tenant_id, d.object_kind, d.object_id, d.sealed,
               encode(d.digest, 'hex') as digest, d.drafted_by, d.drafter_name, d.drafted_at, d.expires_at,
               coalesce(c.decision, case when now() < d.expires_at then 'drafted' else 'expired' end) as state,
               c.decided_by, coalesce(c.decider_name, '') as decider_name, c.decided_at,
               coalesce(c.reason, '') as reason, coalesce(c.result, '{}') as result
          from identity_draft d
          left join identity_decision c on c.draft_id = d.id and c.tenant_id = d.tenant_id
    ) as draft
"""


async def _insert(
    connection: Connection, actor: Actor, envelope: dict[str, Any], sealed: str, lasts: timedelta
) -> UUID:
    draft_id = new_id()
    await connection.execute(
        """insert into identity_draft (id, tenant_id, approver_tenant_id, act, permission, object_kind, object_id,
               sealed, digest, drafted_by, natural_person_id, drafter_name, expires_at)
           values ($1, current_tenant(), $2::text::uuid, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + $12)""",
        draft_id,
        envelope["approver_tenant_id"],
        envelope["act"],
        envelope["permission"],
        envelope["object_kind"],
        envelope["object_id"],
        sealed,
        digest_of(sealed),
        actor.person_id,
        await _natural_person(connection, actor),
        actor.name,
        lasts,
    )
    return draft_id


async def _read(connection: Connection, actor: Actor, draft_id: UUID) -> Draft:
    row = await connection.fetchrow(_SELECT + " where id = $1", draft_id)
    if row is None:
        raise _no_such_draft()
    return _draft(actor, row)


def _draft(actor: Actor, row: asyncpg.Record) -> Draft:
    fields = dict(row)
    sealed = msgspec.json.decode(fields.pop("sealed"))
    open_now, mine = row["state"] == "drafted", row["drafted_by"] == actor.person_id
    holds = row["permission"] in _permissions(actor)
    return Draft(
        **{**fields, "result": msgspec.json.decode(row["result"])},
        words=acts.words_of(row["act"]),
        content=sealed["content"],
        summary=tuple(SummaryLine(label, value) for label, value in sealed["summary"]),
        may_decide=open_now and not mine and holds and actor.tenant_id == row["approver_tenant_id"],
        may_withdraw=open_now
        and actor.tenant_id == row["tenant_id"]
        and (mine or acts.may_draft(row["act"], actor)),
    )


async def _undecided(connection: Connection, actor: Actor, draft_id: UUID) -> Draft:
    """The draft, locked to the end of the transaction, so that of two who decide at once one comes second."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"draft:{draft_id}")
    found = await _read(connection, actor, draft_id)
    if found.state == "expired":
        raise Conflict(N_("The draft has expired; draft it afresh on the figures of today."))
    if found.state != "drafted":
        raise Conflict(
            N_("{decider} has decided this draft already: {state}."),
            decider=found.decider_name,
            state=found.state,
        )
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
    if actor.person_id == waiting.drafted_by or await _natural_person(connection, actor) == drafter:
        raise NotPermitted(N_("Who drafted it does not decide it; ask a colleague with the same permission."))


async def _natural_person(connection: Connection, actor: Actor) -> UUID:
    """One human may have several logins; this is the same for all of them."""
    found: UUID | None = await connection.fetchval(
        "select natural_person_id from identity_person where id = $1", actor.person_id
    )
    return found or actor.person_id


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
        await _natural_person(connection, actor),
        actor.name,
        reason,
        msgspec.json.encode(result or {}).decode(),
    )
    await notices.close_tasks(connection, object_kind="draft", object_id=waiting.id)
    kind = {"approved": APPROVED, "rejected": REJECTED, "withdrawn": WITHDRAWN}[decision]
    subject = {"act": _act_value(waiting.act), "decider": actor.name, "reason": reason}
    await _tell(connection, waiting, kind, subject, except_person_id=actor.person_id)


async def _tell_of_draft(connection: Connection, actor: Actor, waiting: Draft, kind: acts.Act) -> None:
    subject = {"act": _act_value(waiting.act), "drafter": actor.name}
    await notices.notify(
        connection,
        tenant_id=waiting.approver_tenant_id,
        except_person_id=actor.person_id,
        permission=kind.permission,
        kind=WAITING,
        subject=subject,
        due_on=business_date(waiting.expires_at),
        link=f"/approvals/{waiting.id}",
        object_kind="draft",
        object_id=waiting.id,
    )
    if waiting.approver_tenant_id != waiting.tenant_id:
        await notices.notify(
            connection,
            tenant_id=waiting.tenant_id,
            permission=kind.draft_permission,
            kind=DRAFTED,
            subject=subject,
            link=f"/approvals/{waiting.id}",
            object_kind="draft",
            object_id=waiting.id,
        )


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


def _act_value(kind: str) -> dict[str, str]:
    """The act's words, translated where they are shown."""
    return {"text": acts.words_of(kind)}


async def _record(connection: Connection, actor: Actor, name: str, waiting: Draft) -> None:
    details = {"act": waiting.act, "digest": waiting.digest}
    await audit.record(
        connection, actor, act=name, object_kind="draft", object_id=waiting.id, details=details
    )


async def _record_refusal(actor: Actor, name: str, draft_id: UUID, problem: Problem) -> None:
    await audit.record_refusal(
        actor, act=name, object_kind="draft", object_id=draft_id, details={"why": str(problem)}
    )


def _permissions(actor: Actor) -> list[str]:
    return [permission.value for permission in actor.permissions]


def _no_such_draft() -> NotFound:
    return NotFound(N_("There is no such draft for you."))
