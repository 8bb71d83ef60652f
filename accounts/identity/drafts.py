"""Drafts of protected acts: sealed, listed, read. What decides them is in `approvals`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from accounts.database.transactions import Connection, transaction
from accounts.identity import acts, audit, idempotency, notices
from accounts.identity.actors import Actor
from accounts.identity.canonical import canonical_json, digest_of, plain
from accounts.identity.permissions import Permission
from carbon.errors import N_, NotFound
from carbon.identifiers import new_id
from carbon.workdays import business_date

State = Literal["drafted", "approved", "rejected", "withdrawn", "expired"]

LASTS = timedelta(days=14)
"""How long a draft waits; what two weeks have not decided is drafted afresh, on the figures of then."""
LIST_LIMIT = 200

WAITING = notices.register("approval.waiting", N_("{act} waits for your approval; {drafter} drafted it."))
DRAFTED = notices.register("approval.drafted", N_("{drafter} drafted: {act}. The other side approves it."))


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
        written = await read_within(connection, actor, draft_id)
        await _tell_of_draft(connection, actor, written, kind)
        return {"draft_id": str(draft_id)}

    answer = await idempotency.once(
        connection, actor, operation="draft", key=key, request={"sealed": sealed}, work=write
    )
    return await read_within(connection, actor, UUID(answer["draft_id"]))


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
                    and (drafted_by = $5 or $6 or permission = any ($7::text[])
                         or tenant_id = $8 and act = any ($9::text[]))
                  order by id desc limit $10""",
            state,
            object_kind,
            None if object_id is None else str(object_id),
            before,
            actor.person_id,
            Permission.AUDIT_READ in actor.permissions,
            _permissions(actor),
            actor.tenant_id,
            acts.draftable(actor),
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
        found = await read_within(connection, actor, draft_id)
    if not _concerns(actor, found):
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
        await natural_person(connection, actor),
        actor.name,
        lasts,
    )
    return draft_id


async def read_within(connection: Connection, actor: Actor, draft_id: UUID) -> Draft:
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


async def _tell_of_draft(connection: Connection, actor: Actor, waiting: Draft, kind: acts.Act) -> None:
    subject = {"act": act_value(waiting.act), "drafter": actor.name}
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


async def natural_person(connection: Connection, actor: Actor) -> UUID:
    """One human may have several logins; this is the same for all of them."""
    found: UUID | None = await connection.fetchval(
        "select natural_person_id from identity_person where id = $1", actor.person_id
    )
    return found or actor.person_id


def act_value(kind: str) -> dict[str, str]:
    """The act's words, translated where they are shown."""
    return {"text": acts.words_of(kind)}


def _permissions(actor: Actor) -> list[str]:
    return [permission.value for permission in actor.permissions]


def _concerns(actor: Actor, found: Draft) -> bool:
    """Drafter, who may approve it, colleagues who may draft such acts, and the trail's readers."""
    return (
        found.drafted_by == actor.person_id
        or found.permission in _permissions(actor)
        or (found.tenant_id == actor.tenant_id and acts.may_draft(found.act, actor))
        or Permission.AUDIT_READ in actor.permissions
    )


def _no_such_draft() -> NotFound:
    return NotFound(N_("There is no such draft for you."))
