"""What each party does to move a case on; the two moves with more to them live in `opinions` and `reopening`."""

from datetime import timedelta
from uuid import UUID

from accounts.database.transactions import Connection, transaction
from accounts.enterprise.yearly import year_co2e_mg
from accounts.identity.actors import Actor
from accounts.identity.consents import grant_for_verification
from accounts.verification.cases import WORKS, Case, _read, case_row, locked_case, take
from accounts.verification.rounds import round_by_id
from accounts.verification.states import Party, State, move_named
from carbon.errors import N_, Conflict

CONSENT_AFTER_DAYS = 183
"""How long after the last day of verification the verifier may still look, for questions of the authority."""


async def move_case(actor: Actor, *, case_id: UUID, move: str, note: str = "") -> Case:
    """Take a case one step on.

    Submitting lets the verifier see account and evidence until half a year after the round; from then on the year is locked but
    while findings are being answered.

    Raises:
        NotFound: no such case, or the actor is no party of it.
        NotPermitted: the actor only reads for its party.
        Conflict: the move does not go from here, or something is still open.
    """
    async with transaction(tenant=actor.tenant_id) as connection:
        row, state, party = await locked_case(connection, actor, case_id)
        actor.require(WORKS[party])
        arrow = move_named(move, state, party)
        if arrow.by_opinion or arrow.by_approval:
            raise Conflict(
                N_(
                    "{move} is not a plain step: an opinion is signed, and reopening is drafted for a second person."
                ),
                move=move,
            )
        await _check(connection, row, move)
        terms = await round_by_id(connection, row["round_id"])
        if move == "submit":
            until = terms.verify_by_on + timedelta(days=CONSENT_AFTER_DAYS)
            await grant_for_verification(connection, actor, grantee_id=row["verifier_id"], until_on=until)
        total = None
        if party is not Party.AUTHORITY:
            total = await year_co2e_mg(connection, row["tenant_id"], row["year"], terms.gwp_set)
            if move == "submit" and total is None:
                raise Conflict(
                    N_("There is no activity of {year} yet; upload the year's activities, then submit."),
                    year=row["year"],
                )
        await take(connection, actor, row, arrow, note=note, co2e_mg=total)
        return await _read(connection, actor, case_id)


async def _check(connection: Connection, row: object, move: str) -> None:
    """What must be so before the step."""
    case = await case_row(connection, row["id"])  # type: ignore[index]  # an asyncpg row
    if move == "return-findings" and not case["open_findings"]:
        raise Conflict(N_("There is no open finding to return; raise one first, or sign the opinion."))
    if move == "answer":
        unanswered = await connection.fetchval(
            """select count(*) from verification_finding f
                where f.tenant_id = $1 and f.case_id = $2 and not verification_finding_closed(f.tenant_id, f.id)
                  and coalesce((select e.kind from verification_finding_entry e
                                 where e.tenant_id = f.tenant_id and e.finding_id = f.id order by e.id desc limit 1),
                               'reopen') <> 'answer'""",
            case["tenant_id"],
            case["id"],
        )
        if unanswered:
            raise Conflict(N_("{count} findings have no answer yet; answer each, then hand the case back."), count=unanswered)  # fmt: skip
    if move == "accept" and State(case["state"]) is State.VERIFIED and case["opinion"] == "adverse":
        raise Conflict(N_("The opinion is adverse; send the case back or reopen it, it cannot be accepted."))
