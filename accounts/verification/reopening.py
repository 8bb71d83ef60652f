"""Reopening an accepted or closed year: with a reason, and only by two persons of the authority (DUAL-1)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.identity import approvals
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.identity.permissions import Permission
from accounts.verification.cases import LONGEST_NOTE, case_row, locked_case, take
from accounts.verification.states import STATE_WORDS, Party, State, move_named
from carbon.errors import N_, NotFound, Problem

ACT = "verification.reopen"


async def draft_reopening(actor: Actor, *, case_id: UUID, reason: str, key: str | None = None) -> Draft:
    """Draft the reopening of a year for another person of the authority to approve.

    Raises:
        NotPermitted: without `verification:order`.
        NotFound: no such case of this authority's.
        Conflict: the case is neither accepted nor closed.
        Problem: no reason.
    """
    actor.require(Permission.VERIFICATION_ORDER)
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_NOTE:
        raise Problem(
            N_("Say why the year is reopened, in 1 to {limit} characters."), at="reason", limit=LONGEST_NOTE
        )
    async with transaction(tenant=actor.tenant_id) as connection:
        row, state, party = await locked_case(connection, actor, case_id)
        if party is not Party.AUTHORITY:
            raise NotFound(N_("There is no such case."))
        move_named("reopen", state, party)
        return await approvals.draft_within(
            connection,
            actor,
            act=ACT,
            content={"case_id": str(case_id), "reason": reason, "state": state.value},
            object_kind="verification-case",
            object_id=case_id,
            summary={
                N_("Enterprise"): {
                    "zh": row["enterprise_zh"],
                    "en": row["enterprise_en"] or row["enterprise_zh"],
                },
                N_("Year"): row["year"],
                N_("State"): state.value,
                N_("Reason"): reason,
            },
            key=key,
        )


@approvals.act(
    ACT, permission=Permission.VERIFICATION_ORDER, words=N_("Reopen a year that was accepted or closed")
)
async def _reopen(connection: Connection, actor: Actor, content: dict[str, Any]) -> Mapping[str, Any]:
    case_id = UUID(content["case_id"])
    row, state, party = await locked_case(connection, actor, case_id)
    await take(
        connection, actor, row, move_named("reopen", state, party), note=content["reason"], co2e_mg=None
    )
    fresh = await case_row(connection, case_id)
    return {"case_id": str(case_id), "state": State(fresh["state"]).value, "words": STATE_WORDS[State.DRAFT]}
