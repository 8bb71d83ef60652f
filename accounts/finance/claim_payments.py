"""Paying claims: one person of the bureau draws up the payment, another approves exactly that (DUAL-1).

Each claim is paid, cut or refused with its reason; what is not paid goes back to the fund in the same entry. The
approved amounts are checked again under the fund's lock, so that a correction between draft and approval stops it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.finance.claims import LONGEST_REASON, Claim, add_step, claim_of, claims_of
from accounts.finance.days import today
from accounts.finance.funds import COMMODITY
from accounts.identity import approvals, audit
from accounts.identity.actors import Actor
from accounts.identity.approvals import Draft
from accounts.identity.organisations import require_authority
from accounts.identity.permissions import Permission
from accounts.identity.texts import checked_name
from accounts.ledger import journal
from accounts.ledger.entries import Leg
from carbon.errors import N_, Conflict, NotFound, Problem
from carbon.money import yuan_text

ACT = "subsidy.pay"
PAY_KIND = "subsidy.payment"
MOST_CLAIMS = 500


@dataclass(frozen=True)
class Decision:
    """What the bureau decides of a claim: how much is paid, and why not more."""

    claim_id: UUID
    pay_fen: int
    reason: str = ""


async def draft_payment(
    actor: Actor, *, fund_id: UUID, decisions: Sequence[Decision], key: str | None = None
) -> Draft:
    """Draw up a payment of confirmed claims of one fund for a colleague to approve.

    Raises:
        NotPermitted: no authority that manages funds.
        NotFound: no such fund or claim of the authority.
        Conflict: a claim does not wait for the bureau.
        Problem: more than is due, less without a reason, or no claim at all.
    """
    require_authority(actor, Permission.FUND_MANAGE)
    if not 1 <= len(decisions) <= MOST_CLAIMS:
        raise Problem(N_("A payment holds 1 to {most} claims."), at="claims", most=MOST_CLAIMS)
    if len({decision.claim_id for decision in decisions}) != len(decisions):
        raise Problem(N_("A claim stands in a payment once."), at="claims")
    async with transaction(tenant=actor.tenant_id) as connection:
        due = await payable_fen(connection, actor, fund_id)
        lines = [await _line(connection, actor, fund_id, decision, due) for decision in decisions]
        total = sum(line["pay_fen"] for line in lines)
        content = {"fund_id": str(fund_id), "claims": lines, "total_fen": total}
        summary = {
            N_("Claims"): str(len(lines)),
            N_("To be paid, in yuan"): yuan_text(total),
            N_("Back to the fund, in yuan"): yuan_text(sum(line["given_up_fen"] for line in lines)),
            N_("Claim by claim"): "; ".join(
                f"{line['number']} {yuan_text(line['pay_fen'])}"
                + (f" ({line['reason']})" if line["reason"] else "")
                for line in lines
            ),
        }
        return await approvals.draft_within(
            connection,
            actor,
            act=ACT,
            content=content,
            object_kind="fund",
            object_id=fund_id,
            summary=summary,
            key=key,
        )


async def payable_fen(connection: Connection, actor: Actor, fund_id: UUID) -> dict[UUID, int]:
    """What is due and not paid out, by loan.

    Raises:
        NotFound: no such fund of the authority.
    """
    known = await connection.fetchval(
        "select exists (select from finance_fund where id = $1 and authority_id = $2)",
        fund_id,
        actor.tenant_id,
    )
    if not known:
        raise NotFound(N_("There is no such fund."), at="fund_id")
    return {row["id"]: row["due_fen"] for row in await connection.fetch(_DUE, fund_id)}


_DUE = """
    select s.loan_id as id,
           coalesce((select sum(amount_fen) from finance_subsidy_accrual where loan_id = s.loan_id), 0)::bigint
           + coalesce((select sum(amount_fen + demanded_fen) from finance_subsidy_adjustment
                        where loan_id = s.loan_id), 0)::bigint
           - coalesce((select sum(e.amount_fen + coalesce((e.details ->> 'given_up_fen')::bigint, 0))
                         from finance_claim k join finance_claim_event e on e.claim_id = k.id
                          and e.kind in ('paid', 'refused') where k.loan_id = s.loan_id), 0)::bigint as due_fen
      from finance_subsidy s where s.fund_id = $1
"""


async def _line(
    connection: Connection, actor: Actor, fund_id: UUID, decision: Decision, due: Mapping[UUID, int]
) -> dict[str, Any]:
    claim = await claim_of(connection, decision.claim_id)
    if claim.fund_id != fund_id or claim.authority_id != actor.tenant_id:
        raise NotFound(N_("There is no such claim."), at="claims")
    if claim.waits_for != "bureau":
        raise Conflict(
            N_("The claim {number} does not wait for the bureau."), at="claims", number=claim.number
        )
    return _decided(claim, decision.pay_fen, decision.reason, due)


def _decided(claim: Claim, pay_fen: int, reason: str, due: Mapping[UUID, int]) -> dict[str, Any]:
    most = payable_of(claim, due)
    if not 0 <= pay_fen <= most:
        raise Problem(
            N_("Of the claim {number} at most {most} yuan can be paid."),
            at="claims",
            number=claim.number,
            most=yuan_text(most),
        )
    text = checked_name(reason, at="reason", longest=LONGEST_REASON, required=pay_fen < most)
    given_up = min(claim.amount_fen, max(due.get(claim.loan_id, 0), 0)) - pay_fen
    return {
        "id": str(claim.id),
        "number": claim.number,
        "pay_fen": pay_fen,
        "given_up_fen": given_up,
        "reason": text,
    }


def payable_of(claim: Claim, due: Mapping[UUID, int]) -> int:
    """What of a claim can be paid now: as confirmed, and no more than is still due after corrections."""
    return max(min(claim.confirmed_fen or 0, due.get(claim.loan_id, 0)), 0)


@approvals.act(ACT, permission=Permission.FUND_MANAGE, words=N_("Pay interest subsidies"))
async def pay(connection: Connection, actor: Actor, content: dict[str, Any]) -> dict[str, Any]:
    """Carry out an approved payment: one entry in the books, one step on each claim.

    Raises:
        Conflict: a claim was decided otherwise, or less is due than when the payment was drawn up.
    """
    fund_id = UUID(content["fund_id"])
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"fund pay {fund_id}")
    due = await payable_fen(connection, actor, fund_id)
    claims = {str(claim.id): claim for claim in await claims_of(connection, fund_id=fund_id, limit=5000)}
    legs_to_pay = given_up = 0
    for line in content["claims"]:
        claim = claims.get(line["id"])
        if claim is None or claim.waits_for != "bureau":
            raise _changed(line["number"])
        left = due.get(claim.loan_id, 0)
        if line["pay_fen"] + line["given_up_fen"] > left:
            raise _changed(line["number"])
        due[claim.loan_id] = left - line["pay_fen"] - line["given_up_fen"]
        legs_to_pay += line["pay_fen"]
        given_up += line["given_up_fen"]
    entry_id = await _post(connection, actor, fund_id, content, legs_to_pay, given_up)
    for line in content["claims"]:
        await add_step(
            connection,
            actor,
            claims[line["id"]],
            "paid" if line["pay_fen"] else "refused",
            line["pay_fen"],
            line["reason"],
            {"given_up_fen": line["given_up_fen"]},
            entry_id,
        )
    await audit.record(
        connection,
        actor,
        act=ACT,
        object_kind="fund",
        object_id=fund_id,
        details={"claims": len(content["claims"]), "fen": legs_to_pay, "given_up_fen": given_up},
    )
    return {"paid_fen": legs_to_pay, "claims": len(content["claims"])}


def _changed(number: str) -> Conflict:
    return Conflict(
        N_("The claim {number} changed after the payment was drawn up; draw it up afresh."),
        at="claims",
        number=number,
    )


async def _post(
    connection: Connection,
    actor: Actor,
    fund_id: UUID,
    content: Mapping[str, Any],
    pay_fen: int,
    back_fen: int,
) -> UUID | None:
    fund = await connection.fetchrow(
        "select programme_id, fund_account_id, payable_account_id from finance_fund where id = $1", fund_id
    )
    assert fund is not None  # noqa: S101 - asked for just before
    legs = []
    if pay_fen:
        paid = await paid_account(connection, actor, fund["programme_id"])
        legs.append(Leg(fund["payable_account_id"], paid, pay_fen))
    if back_fen:
        legs.append(Leg(fund["payable_account_id"], fund["fund_account_id"], back_fen))
    if not legs:
        return None
    entry = await journal.post(
        connection,
        key=" ".join(sorted(line["number"] for line in content["claims"]))[:60]
        + f" {len(content['claims'])}",
        kind=PAY_KIND,
        legs=legs,
        occurred_on=await today(connection),
        request=content,
    )
    return entry.id


async def paid_account(connection: Connection, actor: Actor, programme_id: str) -> UUID:
    """The account of what was paid out to banks under the programme; it is opened with the first payment."""
    return await journal.open_account(
        connection,
        tenant_id=actor.tenant_id,
        code=f"subsidy.paid.{programme_id}",
        commodity=COMMODITY,
        kind="holding",
    )


__all__ = ["ACT", "Decision", "draft_payment", "paid_account", "pay", "payable_fen", "payable_of"]
