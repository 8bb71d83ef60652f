"""A year on its way from draft to closed: who may do what, when, and what stays locked meanwhile."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.account import list_activities, read_account
from accounts.enterprise.corrections import correct_activity, list_corrections, withdraw_activity
from accounts.enterprise.rollups import wrong_rollups
from accounts.enterprise.submissions import read_evidence, submit_file
from accounts.identity.approvals import approve
from accounts.identity.consents import grant_consent, list_reads
from accounts.verification.cases import assign_verifier, list_cases, read_case
from accounts.verification.findings import enter, list_findings, raise_finding
from accounts.verification.independence import name_preparer
from accounts.verification.moves import move_case
from accounts.verification.opinions import read_opinion, sign_opinion
from accounts.verification.reopening import draft_reopening
from accounts.verification.samples import check_line, draw_sample, read_sample
from accounts.verification.states import MOVES, OPEN_TO_CHANGE, Party, State
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.enterprise.conftest import csv
from tests.accounts.verification.conftest import ordered


async def under_verification(cast):
    await move_case(cast.enterprise, case_id=cast.case.id, move="submit")
    await move_case(cast.verifier, case_id=cast.case.id, move="begin")


async def checked_sample(cast):
    for line in await draw_sample(cast.verifier, case_id=cast.case.id):
        await check_line(cast.verifier, line_id=line.id, agrees=True)


async def signed(cast, opinion="unqualified"):
    await under_verification(cast)
    await checked_sample(cast)
    return await sign_opinion(
        cast.verifier, case_id=cast.case.id, opinion=opinion, text="按合理保证水平，未发现重大错报。"
    )


async def first_activity(cast):
    return (await list_activities(cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025))[0]


async def books_agree(actor):
    async with transaction(tenant=actor.tenant_id, readonly=True) as connection:
        return await wrong_rollups(connection, actor.tenant_id) == []


async def test_a_year_goes_from_draft_to_closed(cast):
    opinion = await signed(cast)
    assert opinion.holds
    case = await move_case(cast.authority, case_id=cast.case.id, move="accept")
    assert case.state == "accepted"
    case = await move_case(cast.authority, case_id=cast.case.id, move="close")
    assert case.state == "closed"
    assert [step.to_state for step in case.steps] == [
        "submitted", "under-verification", "verified", "accepted", "closed"
    ]  # fmt: skip
    account = await read_account(cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025)
    assert opinion.co2e_mg == account.co2e_mg == case.steps[0].co2e_mg


async def test_the_verifier_reads_account_and_evidence_only_after_the_year_was_submitted(cast):
    asked = {"enterprise_id": cast.enterprise.tenant_id, "year": 2025}
    with pytest.raises(NotFound):
        await read_account(cast.verifier, **asked)
    await move_case(cast.enterprise, case_id=cast.case.id, move="submit")
    assert (await read_account(cast.verifier, **asked)).activities == 24
    for stranger in (cast.other_verifier, cast.bank, cast.other_enterprise):
        with pytest.raises(NotFound):
            await read_account(stranger, **asked)


@pytest.mark.parametrize("party", ["other_enterprise", "other_verifier", "bank"])
async def test_a_case_is_hidden_from_everybody_but_its_parties(cast, party):
    stranger = getattr(cast, party)
    with pytest.raises((NotFound, NotPermitted)):
        await read_case(stranger, case_id=cast.case.id)
    with pytest.raises((NotFound, NotPermitted)):
        await move_case(stranger, case_id=cast.case.id, move="submit")
    if party != "bank":
        assert await list_cases(stranger) == []


@pytest.mark.parametrize(
    ("who", "move"),
    [
        ("verifier", "begin"),
        ("authority", "accept"),
        ("verifier", "submit"),
        ("enterprise", "begin"),
        ("authority", "submit"),
    ],
)
async def test_no_move_goes_from_where_it_does_not_begin_or_by_another_party(cast, who, move):
    with pytest.raises(Conflict):
        await move_case(getattr(cast, who), case_id=cast.case.id, move=move)


async def test_only_a_signed_opinion_verifies_and_only_an_approval_reopens(cast):
    await under_verification(cast)
    with pytest.raises(Conflict, match="signed"):
        await move_case(cast.verifier, case_id=cast.case.id, move="sign")


def test_every_state_can_be_reached_and_only_reopening_leads_back_from_accepted():
    reached, grown = {State.DRAFT}, True
    while grown:
        more = {move.target for move in MOVES if move.origin in reached} - reached
        reached |= more
        grown = bool(more)
    assert reached == set(State)
    late = [
        move
        for move in MOVES
        if move.origin in {State.ACCEPTED, State.CLOSED} and move.target in OPEN_TO_CHANGE
    ]
    assert late
    assert all(move.by_approval and move.party is Party.AUTHORITY for move in late)


async def test_rows_of_a_locked_year_are_left_out_with_the_reason_and_others_taken(cast):
    await move_case(cast.enterprise, case_id=cast.case.id, move="submit")
    late = csv("2025-03,南厂,固定燃烧,天然气,77,立方米,FP-77", "2026-03,南厂,固定燃烧,天然气,78,立方米,FP-78")
    submission = await submit_file(cast.enterprise, file_name="late.csv", content=late)
    assert (submission.rows_taken, submission.status) == (1, "accepted-in-part")
    [finding] = [one for one in submission.findings if one.severity == "error"]
    assert (finding.code, finding.row) == ("year-locked", 2)
    activity = await first_activity(cast)
    with pytest.raises(Conflict, match="2025"):
        await correct_activity(
            cast.enterprise, activity_id=activity.id, changes={"amount": "1"}, reason="看错"
        )
    with pytest.raises(Conflict):
        await withdraw_activity(cast.enterprise, activity_id=activity.id, reason="看错")


async def test_findings_are_answered_by_a_correction_and_the_opinion_covers_the_new_figures(cast):
    await under_verification(cast)
    activity = await first_activity(cast)
    finding = await raise_finding(
        cast.verifier, case_id=cast.case.id, severity="material", title="一月气量", text="发票为 1,101 立方米。",
        activity_id=activity.id,
    )  # fmt: skip
    assert await list_findings(cast.enterprise, case_id=cast.case.id) == []
    await move_case(cast.verifier, case_id=cast.case.id, move="return-findings")
    assert len(await list_findings(cast.enterprise, case_id=cast.case.id)) == 1
    with pytest.raises(Conflict, match="no answer"):
        await move_case(cast.enterprise, case_id=cast.case.id, move="answer")
    before = await read_account(cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025)
    correction = await correct_activity(
        cast.enterprise, activity_id=activity.id, changes={"amount": "1101"}, reason="按发票更正"
    )
    after = await read_account(cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025)
    assert after.co2e_mg - before.co2e_mg == correction.new_co2e_mg - correction.co2e_mg > 0
    assert after.activities == before.activities
    assert await books_agree(cast.enterprise)
    await enter(cast.enterprise, finding_id=finding.id, kind="answer", text="已更正。")
    await move_case(cast.enterprise, case_id=cast.case.id, move="answer")
    await checked_sample(cast)
    with pytest.raises(Conflict, match="material"):
        await sign_opinion(cast.verifier, case_id=cast.case.id, opinion="unqualified", text="无保留。")
    await enter(cast.verifier, finding_id=finding.id, kind="close")
    opinion = await sign_opinion(cast.verifier, case_id=cast.case.id, opinion="unqualified", text="无保留。")
    assert opinion.co2e_mg == after.co2e_mg


async def test_a_correction_leaves_the_old_activity_readable_and_counts_the_new_one_once(cast):
    activity = await first_activity(cast)
    correction = await correct_activity(
        cast.enterprise,
        activity_id=activity.id,
        changes={"amount": "999", "unit": "立方米"},
        reason="抄表错误",
    )
    shown = await list_activities(
        cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025, limit=500
    )
    assert activity.id not in {line.id for line in shown}
    [new] = [line for line in shown if line.id == correction.replaced_by]
    assert new.amount == Decimal(999)
    assert (new.facility, new.reference, new.source, new.item) == (
        activity.facility, activity.reference, activity.source, activity.item
    )  # fmt: skip
    with pytest.raises(Conflict, match="withdrawn"):
        await correct_activity(
            cast.enterprise, activity_id=activity.id, changes={"amount": "5"}, reason="再改"
        )
    with pytest.raises(Conflict, match="Nothing"):
        await correct_activity(cast.enterprise, activity_id=new.id, changes={"amount": "999"}, reason="不变")
    with pytest.raises(Problem):
        await correct_activity(cast.enterprise, activity_id=new.id, changes={"unit": "苹果"}, reason="坏单位")
    await withdraw_activity(cast.enterprise, activity_id=new.id, reason="重复计量")
    corrections = await list_corrections(cast.enterprise, enterprise_id=cast.enterprise.tenant_id, year=2025)
    assert [one.replaced_by for one in corrections] == [new.id, None]
    assert await books_agree(cast.enterprise)


async def test_nobody_corrects_what_is_another_tenants(cast):
    activity = await first_activity(cast)
    for stranger in (cast.other_enterprise,):
        with pytest.raises(NotFound):
            await correct_activity(stranger, activity_id=activity.id, changes={"amount": "1"}, reason="x")
    reader = dataclasses.replace(cast.enterprise, permissions=frozenset())
    with pytest.raises(NotPermitted):
        await withdraw_activity(reader, activity_id=activity.id, reason="x")


async def test_a_verifier_that_helped_prepare_cannot_be_assigned(cast):
    await name_preparer(cast.enterprise, year=2026, organisation_id=cast.other_verifier.tenant_id)
    await ordered(cast.authority, year=2026)
    with pytest.raises(Conflict, match="helped"):
        await assign_verifier(
            cast.authority,
            enterprise_id=cast.enterprise.tenant_id,
            year=2026,
            verifier_id=cast.other_verifier.tenant_id,
        )


async def test_a_verifier_changes_after_the_years_the_authority_allows(cast):
    for year in (2026, 2027):
        await ordered(cast.authority, year=year, longest=2)
    asked = {"enterprise_id": cast.enterprise.tenant_id, "verifier_id": cast.verifier.tenant_id}
    await assign_verifier(cast.authority, year=2026, **asked)
    with pytest.raises(Conflict, match="2 years in a row"):
        await assign_verifier(cast.authority, year=2027, **asked)
    await assign_verifier(
        cast.authority,
        year=2027,
        enterprise_id=cast.enterprise.tenant_id,
        verifier_id=cast.other_verifier.tenant_id,
    )


async def test_no_opinion_without_a_sample_that_is_checked_whole(cast):
    await under_verification(cast)
    with pytest.raises(Conflict, match="no sample"):
        await sign_opinion(cast.verifier, case_id=cast.case.id, opinion="unqualified", text="可。")
    lines = await draw_sample(cast.verifier, case_id=cast.case.id)
    assert len(lines) >= 5
    assert lines == sorted(lines, key=lambda line: -line.risk)
    assert all("no-evidence" in line.reasons for line in lines if line.activity.reference is None)
    checked = await check_line(cast.verifier, line_id=lines[0].id, agrees=False, amount_seen=Decimal("1.5"))
    assert checked.recomputes is True
    with pytest.raises(Conflict, match="not checked"):
        await sign_opinion(cast.verifier, case_id=cast.case.id, opinion="unqualified", text="可。")
    assert len(await draw_sample(cast.verifier, case_id=cast.case.id)) == len(lines)
    with pytest.raises(NotFound):
        await check_line(cast.other_verifier, line_id=lines[0].id, agrees=True)
    assert await read_sample(cast.authority, case_id=cast.case.id) == []


async def test_an_adverse_opinion_is_not_accepted_and_sending_back_needs_a_reason(cast):
    await signed(cast, "adverse")
    with pytest.raises(Conflict, match="adverse"):
        await move_case(cast.authority, case_id=cast.case.id, move="accept")
    with pytest.raises(Problem, match="why"):
        await move_case(cast.authority, case_id=cast.case.id, move="send-back")
    case = await move_case(cast.authority, case_id=cast.case.id, move="send-back", note="请复核电力数据")
    assert case.state == "under-verification"


async def test_a_closed_year_is_reopened_by_two_persons_and_takes_corrections_again(cast):
    await signed(cast)
    for move in ("accept", "close"):
        await move_case(cast.authority, case_id=cast.case.id, move=move)
    draft = await draft_reopening(cast.authority, case_id=cast.case.id, reason="企业发现漏报")
    with pytest.raises((NotPermitted, Conflict)):
        await approve(cast.authority, draft_id=draft.id, digest=draft.digest)
    second = dataclasses.replace(cast.authority, person_id=new_id(), name="李二")
    await approve(second, draft_id=draft.id, digest=draft.digest)
    assert (await read_case(cast.enterprise, case_id=cast.case.id)).state == "draft"
    activity = await first_activity(cast)
    await correct_activity(cast.enterprise, activity_id=activity.id, changes={"amount": "1"}, reason="更正")
    opinion = await read_opinion(cast.enterprise, case_id=cast.case.id)
    assert not opinion.holds


async def test_the_verifier_opens_the_file_behind_a_row_and_a_bank_with_consent_does_not(cast):
    activity = await first_activity(cast)
    asked = {"enterprise_id": cast.enterprise.tenant_id, "submission_id": activity.submission_id}
    with pytest.raises(NotFound):
        await read_evidence(cast.verifier, **asked)
    await under_verification(cast)
    name, content = await read_evidence(cast.verifier, **asked)
    assert name == "2025.csv"
    assert content.startswith("期间".encode())
    until = date.today() + timedelta(days=30)  # noqa: DTZ011 - any day ahead will do
    await grant_consent(cast.enterprise, grantee_id=cast.bank.tenant_id, scope="account", until_on=until)
    with pytest.raises(NotPermitted):
        await read_evidence(cast.bank, **asked)
    armed = dataclasses.replace(cast.bank, permissions=cast.verifier.permissions)
    with pytest.raises(NotFound):
        await read_evidence(armed, **asked)
    subjects = {read.subject for read in await list_reads(cast.enterprise)}
    assert f"file {activity.submission_id}" in subjects
