"""A round of verification under way: one year signed and accepted, another with a finding to answer."""

from datetime import date
from decimal import Decimal

from accounts.enterprise.account import list_activities
from accounts.identity.actors import Actor
from accounts.sample.plan import Plan
from accounts.verification import cases, findings, moves, opinions, rounds, samples
from accounts.verification.cases import Case

MATERIALITY_PERCENT = Decimal(5)
"""The sample authority's own choice, as every term of a round is."""
LONGEST_YEARS = 3


async def sample_verification(
    authority: Actor, verifier: Actor, people: dict[str, Actor], plan: Plan
) -> None:
    """Two cases of the sample's year; nothing when a round is there already."""
    if await rounds.list_rounds(authority):
        return
    await rounds.open_round(
        authority,
        year=plan.year,
        gwp_set="AR5",
        assurance="reasonable",
        materiality_percent=MATERIALITY_PERCENT,
        longest_years_in_a_row=LONGEST_YEARS,
        submit_by_on=date(plan.year + 1, 4, 30),
        verify_by_on=date(plan.year + 2, 6, 30),
    )
    accepted, questioned = [one for one in plan.enterprises if not one.story][:2]
    await _accepted(authority, verifier, people[accepted.login], plan.year)
    await _questioned(authority, verifier, people[questioned.login], plan.year)


async def _assigned(authority: Actor, verifier: Actor, enterprise: Actor, year: int) -> Case:
    case = await cases.assign_verifier(
        authority, enterprise_id=enterprise.tenant_id, year=year, verifier_id=verifier.tenant_id
    )
    await moves.move_case(enterprise, case_id=case.id, move="submit")
    return await moves.move_case(verifier, case_id=case.id, move="begin")


async def _accepted(authority: Actor, verifier: Actor, enterprise: Actor, year: int) -> None:
    case = await _assigned(authority, verifier, enterprise, year)
    for line in await samples.draw_sample(verifier, case_id=case.id):
        await samples.check_line(verifier, line_id=line.id, agrees=True)
    await opinions.sign_opinion(
        verifier,
        case_id=case.id,
        opinion="unqualified",
        text=f"我们按合理保证水平核查了贵单位{year}年度温室气体排放数据，所抽查活动数据与原始凭证一致，未发现超过重要性限值的错报。",
    )
    await moves.move_case(authority, case_id=case.id, move="accept")


async def _questioned(authority: Actor, verifier: Actor, enterprise: Actor, year: int) -> None:
    case = await _assigned(authority, verifier, enterprise, year)
    [first, *_] = await samples.draw_sample(verifier, case_id=case.id)
    line = (await list_activities(enterprise, enterprise_id=enterprise.tenant_id, year=year, limit=1))[0]
    await samples.check_line(
        verifier,
        line_id=first.id,
        agrees=False,
        amount_seen=first.activity.amount + 12,
        note="与结算单相差12个单位",
    )
    await findings.raise_finding(
        verifier,
        case_id=case.id,
        severity="material",
        title="活动数据与结算单不一致",
        text="抽查月份的结算单比填报值多12个单位，请核对并更正，或说明差异原因。",
        activity_id=line.id,
    )
    await moves.move_case(verifier, case_id=case.id, move="return-findings")
