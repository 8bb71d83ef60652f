"""The register's protected acts: one person drafts, another approves exactly that, and then it happens (DUAL-1, DUAL-2).

Each `draft_…` checks what can be checked before, and seals what the approver reads: parties, amount in figures and
words, serial range, effect. The executor runs in the approver's transaction and checks everything again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.registry import buffer, freezes, limits, transfers, trust, units
from accounts.registry.batches import batch_of_serial
from accounts.registry.holders import names_of
from accounts.registry.moves import check_free
from accounts.registry.reservations import read_reservation
from accounts.registry.retirements import RETIREMENT_PURPOSES, Purpose
from accounts.registry.selection import Pick, one_batch, picks_of
from carbon.credits import in_words
from carbon.errors import N_, NotFound, Problem

FROM, TO = N_("Given by"), N_("Received by")
AMOUNT, WORDS, UNIT = N_("Tonnes"), N_("In words"), N_("Unit")
NUMBERS, EFFECT = N_("Serial numbers"), N_("Effect")
PURPOSE, BENEFICIARY, STATEMENT = N_("Purpose"), N_("Beneficiary"), N_("Retirement statement")
TRANSFER_EFFECT = {
    "zh": "名单内账户即时到账；名单外按时限等待，期间可中止",
    "en": "to a trusted account at once; otherwise after a delay, until which it can be stopped",
}
RETIRE_EFFECT = {"zh": "永久注销，不可恢复；证书公开", "en": "used up for good; the certificate is public"}
CANCEL_EFFECT = {"zh": "永久取消，不可恢复", "en": "taken away for good"}
SETTLE_EFFECT = {"zh": "预留的减排量过户给对方", "en": "what was set aside goes to the receiver"}
LONGEST_NAME, LONGEST_TEXT = 200, 500


def _amount(quantity_t: int) -> dict[str, Any]:
    return {AMOUNT: f"{quantity_t:,}", WORDS: in_words(quantity_t), UNIT: "tCO2e"}


def _me(actor: Actor) -> dict[str, str]:
    zh = actor.organisation_name or actor.name
    return {"zh": zh, "en": actor.organisation_name_en or zh}


def _picks(content: Mapping[str, Any]) -> list[Pick]:
    return [Pick(*each) for each in content["picks"]]


def _sealed(picks: Sequence[Pick]) -> list[list[int | None]]:
    return [[pick.batch_number, pick.quantity_t, pick.first] for pick in picks]


def _total(picks: Sequence[Pick]) -> int:
    return sum(pick.quantity_t for pick in picks)


async def draft_transfer(
    actor: Actor,
    *,
    to_account_id: UUID,
    serials: Sequence[str] = (),
    batch_number: int | None = None,
    quantity_t: int | None = None,
    memo: str = "",
    key: str | None = None,
) -> Draft:
    """Draft giving credits to another account.

    Raises:
        NotFound: no such receiver, batch or serial.
        Conflict: not enough free now, or beyond a limit.
    """
    actor.require(Permission.CREDIT_MOVE)
    async with transaction(tenant=actor.tenant_id) as connection:
        picks = await picks_of(connection, serials=serials, batch_number=batch_number, quantity_t=quantity_t)
        receiver = await trust.checked_receiver(connection, actor, to_account_id)
        await limits.check_limits(connection, holder_id=actor.tenant_id, quantity_t=_total(picks))
        await check_free(connection, holder_id=actor.tenant_id, picks=_sealed(picks))
        one_batch(picks)
        text = checked_name(memo, at="memo", longest=LONGEST_TEXT, required=False)
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.transfer",
            content={"picks": _sealed(picks), "to_account_id": to_account_id, "memo": text, "key": _key(key)},
            object_kind="account",
            object_id=actor.tenant_id,
            summary={
                FROM: _me(actor),
                TO: receiver,
                **_amount(_total(picks)),
                NUMBERS: await transfers.batch_words(connection, picks),
                EFFECT: TRANSFER_EFFECT,
            },
            key=key,
        )


@approvals.act("registry.transfer", permission=Permission.CREDIT_MOVE, words=N_("Transfer credits"))
async def execute_transfer(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Transfers at once, or reserves until its hour."""
    sent = await transfers.send(
        connection,
        actor,
        picks=_picks(content),
        to_account_id=UUID(content["to_account_id"]),
        memo=content["memo"],
        key=content["key"],
    )
    return asdict(sent)


async def draft_retirement(
    actor: Actor,
    *,
    purpose: str,
    beneficiary: str,
    statement: str = "",
    serials: Sequence[str] = (),
    batch_number: int | None = None,
    quantity_t: int | None = None,
    key: str | None = None,
) -> Draft:
    """Draft using credits up for a beneficiary.

    Raises:
        Problem: no beneficiary, no such purpose, or credits of several batches.
        Conflict: not enough free now.
    """
    actor.require(Permission.CREDIT_MOVE)
    if purpose not in RETIREMENT_PURPOSES:
        raise Problem(
            N_("{purpose} is no purpose of a retirement; choose one of {purposes}."),
            at="purpose",
            purpose=purpose,
            purposes=", ".join(RETIREMENT_PURPOSES),
        )
    name = checked_name(beneficiary, at="beneficiary", longest=LONGEST_NAME)
    text = checked_name(statement, at="statement", longest=LONGEST_TEXT, required=False)
    async with transaction(tenant=actor.tenant_id) as connection:
        picks = await picks_of(connection, serials=serials, batch_number=batch_number, quantity_t=quantity_t)
        one_batch(picks)
        await check_free(connection, holder_id=actor.tenant_id, picks=_sealed(picks))
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.retire",
            content={
                "picks": _sealed(picks),
                "purpose": purpose,
                "beneficiary": name,
                "statement": text,
                "key": _key(key),
            },
            object_kind="account",
            object_id=actor.tenant_id,
            summary={
                FROM: _me(actor),
                BENEFICIARY: name,
                PURPOSE: PURPOSE_WORDS[purpose],
                **_amount(_total(picks)),
                NUMBERS: await transfers.batch_words(connection, picks),
                STATEMENT: text,
                EFFECT: RETIRE_EFFECT,
            },
            key=key,
        )


@approvals.act("registry.retire", permission=Permission.CREDIT_MOVE, words=N_("Retire credits"))
async def execute_retirement(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Retires and answers with the certificate."""
    used = await units.retire(
        connection,
        actor,
        picks=_picks(content),
        purpose=content["purpose"],
        beneficiary=content["beneficiary"],
        statement=content["statement"],
        key=content["key"],
    )
    return asdict(used)


async def draft_cancellation(
    actor: Actor,
    *,
    statement: str = "",
    serials: Sequence[str] = (),
    batch_number: int | None = None,
    quantity_t: int | None = None,
    key: str | None = None,
) -> Draft:
    """Draft taking one's own credits away for good, for nobody's benefit.

    Raises:
        Conflict: not enough free now.
    """
    actor.require(Permission.CREDIT_MOVE)
    text = checked_name(statement, at="statement", longest=LONGEST_TEXT, required=False)
    async with transaction(tenant=actor.tenant_id) as connection:
        picks = await picks_of(connection, serials=serials, batch_number=batch_number, quantity_t=quantity_t)
        one_batch(picks)
        await check_free(connection, holder_id=actor.tenant_id, picks=_sealed(picks))
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.cancel",
            content={"picks": _sealed(picks), "statement": text, "key": _key(key)},
            object_kind="account",
            object_id=actor.tenant_id,
            summary={
                FROM: _me(actor),
                **_amount(_total(picks)),
                NUMBERS: await transfers.batch_words(connection, picks),
                STATEMENT: text,
                EFFECT: CANCEL_EFFECT,
            },
            key=key,
        )


@approvals.act("registry.cancel", permission=Permission.CREDIT_MOVE, words=N_("Cancel credits"))
async def execute_cancellation(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Cancels and answers with the record."""
    gone = await units.cancel(
        connection, actor, picks=_picks(content), statement=content["statement"], key=content["key"]
    )
    return asdict(gone)


async def draft_settlement(
    actor: Actor, *, hold_id: UUID, quantity_t: int | None = None, key: str | None = None
) -> Draft:
    """Draft handing over what a hold set aside, all or a part.

    Raises:
        NotFound: no such hold.
    """
    actor.require(Permission.CREDIT_MOVE)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await read_reservation(connection, hold_id)
        if found.kind != "hold" or found.holder_id != actor.tenant_id:
            raise units.no_such_reservation()
        part = quantity_t or found.remaining_t
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.settle",
            content={"hold_id": hold_id, "quantity_t": quantity_t, "key": _key(key)},
            object_kind="hold",
            object_id=hold_id,
            summary={
                FROM: _me(actor),
                TO: await trust.checked_receiver(connection, actor, found.to_tenant_id),
                **_amount(part),
                EFFECT: SETTLE_EFFECT,
            },
            key=key,
        )


@approvals.act("registry.settle", permission=Permission.CREDIT_MOVE, words=N_("Settle a hold of credits"))
async def execute_settlement(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Hands over what was set aside."""
    found = await transfers.settle_hold(
        connection,
        actor,
        hold_id=UUID(content["hold_id"]),
        quantity_t=content["quantity_t"],
        key=content["key"],
    )
    return asdict(found)


async def draft_trust(actor: Actor, *, account_id: UUID, key: str | None = None) -> Draft:
    """Draft putting an account on the trusted list; it counts from noon of the fourth working day after approval.

    Raises:
        NotFound: no such account.
    """
    actor.require(Permission.CREDIT_MOVE)
    async with transaction(tenant=actor.tenant_id) as connection:
        receiver = await trust.checked_receiver(connection, actor, account_id)
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.trust",
            content={"account_id": account_id},
            object_kind="account",
            object_id=actor.tenant_id,
            summary={
                N_("Account"): receiver,
                EFFECT: {
                    "zh": "批准后第四个工作日中午起，向该账户转让即时到账",
                    "en": "from noon of the fourth working day after approval, transfers there go at once",
                },
            },
            key=key,
        )


@approvals.act("registry.trust", permission=Permission.CREDIT_MOVE, words=N_("Trust an account"))
async def execute_trust(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Adds the account."""
    return asdict(await trust.add_trusted(connection, actor, account_id=UUID(content["account_id"])))


async def draft_limits(
    actor: Actor,
    *,
    per_transfer_t: int | None,
    per_day_t: int | None,
    account_id: UUID | None = None,
    key: str | None = None,
) -> Draft:
    """Draft limits of any height, of one's own account or, as an authority, of another's.

    Raises:
        NotPermitted: the actor may not set them.
    """
    actor.require(Permission.CREDIT_MOVE)
    whose = account_id or actor.tenant_id
    async with transaction(tenant=actor.tenant_id) as connection:
        before = await limits.limits_of(connection, whose)
        content = {"account_id": whose, "per_transfer_t": per_transfer_t, "per_day_t": per_day_t}
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.limits" if whose == actor.tenant_id else "registry.limits-of-account",
            content=content,
            object_kind="account",
            object_id=whose,
            summary={
                N_("At once, in tonnes"): _change(before.per_transfer_t, per_transfer_t),
                N_("In a day, in tonnes"): _change(before.per_day_t, per_day_t),
            },
            key=key,
        )


async def execute_limits(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Sets them."""
    found = await limits.set_limits(
        connection,
        actor,
        account_id=UUID(content["account_id"]),
        per_transfer_t=content["per_transfer_t"],
        per_day_t=content["per_day_t"],
    )
    return asdict(found)


approvals.register(
    "registry.limits",
    permission=Permission.CREDIT_MOVE,
    execute=execute_limits,
    words=N_("Set the account's limits"),
)
approvals.register(
    "registry.limits-of-account",
    permission=Permission.CREDIT_KEEP,
    execute=execute_limits,
    words=N_("Set the limits of an account"),
)


async def draft_issue(
    actor: Actor,
    *,
    scheme: str,
    project_code: str,
    project_name: str,
    vintage_year: int,
    holder_account_id: UUID,
    quantity_t: int,
    buffer_t: int = 0,
    source: str,
    key: str | None = None,
) -> Draft:
    """Draft an issuance of a scheme the authority runs itself; `source` names the decision it rests on.

    Raises:
        NotFound: no such holder.
        Problem: more buffer than credits.
    """
    actor.require(Permission.CREDIT_ISSUE)
    if not 0 <= buffer_t <= quantity_t:
        raise Problem(N_("The buffer is a part of what is issued."), at="buffer_t")
    name = checked_name(project_name, at="project_name", longest=LONGEST_NAME)
    rests_on = checked_name(source, at="source", longest=80)
    async with transaction(tenant=actor.tenant_id) as connection:
        known = await names_of(connection, [holder_account_id])
        if holder_account_id not in known:
            raise NotFound(
                N_("There is no account {account} here."), at="holder_account_id", account=holder_account_id
            )
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.issue",
            content={
                "scheme": scheme,
                "project_code": project_code,
                "project_name": name,
                "vintage_year": vintage_year,
                "holder_account_id": holder_account_id,
                "quantity_t": quantity_t,
                "buffer_t": buffer_t,
                "source": rests_on,
                "key": _key(key),
            },
            object_kind="account",
            object_id=holder_account_id,
            summary={
                TO: known[holder_account_id],
                **_amount(quantity_t),
                N_("Of which buffer, in tonnes"): f"{buffer_t:,}",
                NUMBERS: f"{scheme}-{project_code}-{vintage_year}",
                N_("Rests on"): rests_on,
            },
            key=key,
        )


@approvals.act("registry.issue", permission=Permission.CREDIT_ISSUE, words=N_("Issue credits"))
async def execute_issue(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Brings the numbers into being."""
    blocks = await units.issue(
        connection,
        actor,
        scheme=content["scheme"],
        project_id=None,
        project_code=content["project_code"],
        project_name=content["project_name"],
        holder_tenant_id=UUID(content["holder_account_id"]),
        vintage_year=content["vintage_year"],
        quantity_t=content["quantity_t"],
        buffer_t=content["buffer_t"],
        source_kind="decision",
        source_id=content["source"],
        key=content["key"],
    )
    return {"batch_number": blocks[0].batch_number, "serials": [block.serial for block in blocks]}


async def draft_lift(actor: Actor, *, freeze_id: UUID, reason: str, key: str | None = None) -> Draft:
    """Draft the end of a freeze.

    Raises:
        NotFound: no such freeze of this authority.
    """
    actor.require(Permission.CREDIT_KEEP)
    text = checked_name(reason, at="reason", longest=LONGEST_TEXT)
    async with transaction(tenant=actor.tenant_id) as connection:
        found = await freezes.lock_freeze(connection, actor, freeze_id)
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.release",
            content={"freeze_id": freeze_id, "reason": text},
            object_kind="freeze",
            object_id=freeze_id,
            summary={N_("Frozen because"): found.reason, N_("Lifted because"): text},
            key=key,
        )


@approvals.act("registry.release", permission=Permission.CREDIT_KEEP, words=N_("Lift a freeze of credits"))
async def execute_lift(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    """Lets the credits or the account go again."""
    found = await freezes.lift_freeze(
        connection, actor, freeze_id=UUID(content["freeze_id"]), reason=content["reason"]
    )
    return asdict(found)


async def draft_forced_cancellation(
    actor: Actor, *, serial: str, statement: str, key: str | None = None
) -> Draft:
    """Draft taking a false amount away from whoever holds it.

    Raises:
        NotFound: nothing was issued under the serial.
    """
    actor.require(Permission.CREDIT_KEEP)
    text = checked_name(statement, at="statement", longest=LONGEST_TEXT)
    async with transaction(tenant=actor.tenant_id) as connection:
        batch, found = await batch_of_serial(connection, serial)
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.force-cancel",
            content={
                "pick": [batch.number, found.size, found.first],
                "statement": text,
                "key": _key(key),
            },
            object_kind="batch",
            object_id=batch.number,
            summary={
                **_amount(found.size),
                NUMBERS: str(found),
                STATEMENT: text,
                EFFECT: {
                    "zh": "强制注销仍被持有或冻结的部分，其余为应补足的缺口",
                    "en": "what is still held or frozen is cancelled; the rest is a shortfall to be made good",
                },
            },
            key=key,
        )


@approvals.act(
    "registry.force-cancel", permission=Permission.CREDIT_KEEP, words=N_("Cancel credits by force")
)
async def execute_forced_cancellation(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Takes them and tells the shortfall."""
    done = await buffer.force_cancel(
        connection,
        actor,
        pick=Pick(*content["pick"]),
        statement=content["statement"],
        key=content["key"],
    )
    return asdict(done)


async def draft_compensation(
    actor: Actor, *, scheme: str, project_code: str, quantity_t: int, statement: str, key: str | None = None
) -> Draft:
    """Draft covering a loss of a project out of the buffer pool."""
    actor.require(Permission.CREDIT_KEEP)
    text = checked_name(statement, at="statement", longest=LONGEST_TEXT)
    async with transaction(tenant=actor.tenant_id) as connection:
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.compensate",
            content={
                "scheme": scheme,
                "project_code": project_code,
                "quantity_t": quantity_t,
                "statement": text,
                "key": _key(key),
            },
            object_kind="scheme",
            object_id=scheme,
            summary={
                **_amount(quantity_t),
                N_("Project"): f"{scheme}-{project_code}",
                STATEMENT: text,
                EFFECT: {
                    "zh": "从缓冲池取消相应数量，先用本项目的",
                    "en": "that much of the buffer pool is cancelled, the project's own part first",
                },
            },
            key=key,
        )


@approvals.act(
    "registry.compensate", permission=Permission.CREDIT_KEEP, words=N_("Cover a loss out of the buffer")
)
async def execute_compensation(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Cancels out of the pool."""
    return asdict(await buffer.compensate_reversal(connection, actor, **content))


async def draft_buffer_release(
    actor: Actor, *, batch_number: int, quantity_t: int, to_account_id: UUID, key: str | None = None
) -> Draft:
    """Draft giving buffer back to a holder.

    Raises:
        NotFound: no such receiver.
    """
    actor.require(Permission.CREDIT_KEEP)
    async with transaction(tenant=actor.tenant_id) as connection:
        receiver = await trust.checked_receiver(connection, actor, to_account_id)
        return await approvals.draft_within(
            connection,
            actor,
            act="registry.buffer-release",
            content={
                "batch_number": batch_number,
                "quantity_t": quantity_t,
                "to_account_id": to_account_id,
                "key": _key(key),
            },
            object_kind="batch",
            object_id=batch_number,
            summary={
                TO: receiver,
                **_amount(quantity_t),
                NUMBERS: await transfers.batch_words(connection, [Pick(batch_number, quantity_t)]),
            },
            key=key,
        )


@approvals.act(
    "registry.buffer-release", permission=Permission.CREDIT_KEEP, words=N_("Give buffer credits back")
)
async def execute_buffer_release(
    connection: Connection, actor: Actor, content: dict[str, Any]
) -> Mapping[str, Any]:
    """Moves them out of the pool."""
    given = await buffer.release_buffer(
        connection,
        actor,
        batch_number=content["batch_number"],
        quantity_t=content["quantity_t"],
        to_tenant_id=UUID(content["to_account_id"]),
        key=content["key"],
    )
    return {"quantity_t": given}


PURPOSE_WORDS: dict[str, dict[str, str]] = {
    Purpose.COMPLIANCE_NATIONAL: {"zh": "全国碳市场清缴", "en": "compliance in the national market"},
    Purpose.COMPLIANCE_LOCAL: {"zh": "地方碳市场清缴", "en": "compliance in a local market"},
    Purpose.LARGE_EVENT: {"zh": "大型活动碳中和", "en": "neutrality of a large event"},
    Purpose.CORPORATE_OFFSET: {"zh": "抵销企业温室气体排放", "en": "offset of an enterprise's emissions"},
    Purpose.PUBLIC_GOOD: {"zh": "自愿公益", "en": "voluntary public good"},
    Purpose.VOLUNTARY: {"zh": "自愿取消", "en": "voluntary cancellation"},
    Purpose.REVERSAL: {"zh": "逆转补偿", "en": "made good for a reversal"},
    Purpose.BUFFER_REVERSAL: {"zh": "缓冲池逆转补偿", "en": "reversal covered by the buffer"},
    Purpose.FALSE_CLAIM: {"zh": "虚报减排量", "en": "false claim"},
}


def _key(key: str | None) -> str:
    return key or units.fresh_key()


def _change(before: int, after: int | None) -> str:
    return f"{before:,} → {'–' if after is None else f'{after:,}'}"
