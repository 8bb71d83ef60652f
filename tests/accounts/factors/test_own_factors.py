"""An enterprise's own factors: evidence, a second person, then use by code; nothing counts before that."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.submissions import submit_file
from accounts.factors.own_factors import (
    Evidence,
    list_own_factors,
    propose_own_factor,
    read_evidence,
    read_own_factor,
)
from accounts.identity import approvals
from carbon.errors import NotFound, NotPermitted, Problem
from tests.accounts.enterprise.conftest import csv
from tests.accounts.factors.conftest import PDF, colleague

HEADINGS = "期间,设施,排放源,品种,数量,单位,凭证,因子编号"


async def proposed(actor, **changes):
    fields = {
        "code": "NCV-柴油",
        "name": "柴油实测低位发热量",
        "source": "fuel_combustion",
        "item": "diesel",
        "quantity": "net_calorific_value",
        "value": "43.1",
        "unit": "GJ/t",
        "starts_on": date(2024, 1, 1),
        "ends_on": date(2099, 12, 31),
        "method": "measured",
        "evidence": Evidence("检测报告.pdf", PDF),
    }
    return await propose_own_factor(actor, **{**fields, **changes})


async def accepted(actor, reviewer=None, **changes):
    factor = await proposed(actor, **changes)
    draft = await approvals.read_draft(reviewer or colleague(actor), draft_id=factor.draft_id)
    await approvals.approve(reviewer or colleague(actor), draft_id=draft.id, digest=draft.digest)
    return await read_own_factor(actor, factor_id=factor.id)


def rows(code, month="2024-03", facility="一厂"):
    return csv(f"{month},{facility},化石燃料燃烧,柴油,10,吨,F1,{code}", headings=HEADINGS)


async def test_a_factor_counts_only_once_a_second_person_has_accepted_its_evidence(enterprise):
    factor = await proposed(enterprise)
    assert factor.state == "proposed"
    refused = await submit_file(enterprise, file_name="a.csv", content=rows("NCV-柴油"))
    [finding] = [finding for finding in refused.findings if finding.severity == "error"]
    assert (finding.column, finding.row, finding.value) == ("factor_code", 2, "NCV-柴油")
    assert "waits for its review" in str(finding)

    draft = await approvals.read_draft(enterprise, draft_id=factor.draft_id)
    with pytest.raises(NotPermitted):
        await approvals.approve(enterprise, draft_id=draft.id, digest=draft.digest)
    await approvals.approve(colleague(enterprise), draft_id=draft.id, digest=draft.digest)
    assert (await read_own_factor(enterprise, factor_id=factor.id)).state == "accepted"

    taken = await submit_file(enterprise, file_name="b.csv", content=rows("ncv-柴油"))
    assert (taken.status, taken.rows_taken) == ("accepted", 1)
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        mass = await connection.fetchval("select co2_mg from enterprise_activity")
        key = await connection.fetchval("select key->'overrides' from enterprise_coefficient")
    assert mass == round(10 * 431 * 202 * 98 * 44 * 10**9 / (10 * 10 * 1000 * 100 * 12))
    assert '"factor_code": "net_calorific_value=NCV-柴油@1"' in key


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("NIRGENDS", "2024-03", "一厂"), "is not among your own accepted factors"),
        (("NCV-柴油", "2023-12", "一厂"), "holds from 2024-01-01 to 2099-12-31"),
        (("NCV-柴油", "2024-03", "二厂"), "for the facility 一厂 only"),
    ],
)
async def test_a_code_that_does_not_fit_its_row_is_refused_at_its_place(enterprise, line, says):
    await accepted(enterprise, facility="一厂")
    submission = await submit_file(enterprise, file_name="a.csv", content=rows(*line))
    assert submission.rows_taken == 0
    [finding] = [finding for finding in submission.findings if finding.severity == "error"]
    assert finding.column == "factor_code"
    assert says in str(finding)


async def test_a_row_does_not_give_the_same_value_twice(enterprise):
    await accepted(enterprise)
    content = csv(
        "2024-03,化石燃料燃烧,柴油,10,吨,NCV-柴油,42",
        headings="期间,排放源,品种,数量,单位,因子编号,低位发热量",
    )
    submission = await submit_file(enterprise, file_name="a.csv", content=content)
    assert "Keep one of them" in str(next(f for f in submission.findings if f.severity == "error"))


async def test_evidence_is_asked_for_and_must_be_a_document(enterprise):
    for evidence in (None, Evidence("leer.pdf", b""), Evidence("wirt.exe", b"MZ\x90")):
        with pytest.raises(Problem) as refused:
            await proposed(enterprise, evidence=evidence)
        assert refused.value.at == "evidence"


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"value": "zwei"}, "value"),
        ({"value": "-1"}, "value"),
        ({"unit": "kWh"}, "value"),
        ({"quantity": "oxidation_rate", "value": "1.2", "unit": "1"}, "value"),
        ({"quantity": "purity"}, "quantity"),
        ({"source": "nothing"}, "source"),
        ({"item": "unobtainium"}, "item"),
        ({"method": "guessed"}, "method"),
        ({"method": "supplier"}, "supplier"),
        ({"ends_on": date(2023, 1, 1)}, "ends_on"),
        ({"code": "a b"}, "code"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named(enterprise, changes, at):
    with pytest.raises(Problem) as refused:
        await proposed(enterprise, **changes)
    assert refused.value.at == at


async def test_a_change_is_a_new_version_and_the_old_one_stays(enterprise):
    await accepted(enterprise)
    second = await accepted(enterprise, value="43.5")
    assert second.version == 2
    assert [factor.version for factor in await list_own_factors(enterprise, code="ncv-柴油")] == [2, 1]
    submission = await submit_file(enterprise, file_name="a.csv", content=rows("NCV-柴油"))
    assert submission.status == "accepted"
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        key = await connection.fetchval(
            "select key->'overrides'->>'net_calorific_value' from enterprise_coefficient"
        )
    assert key == "43.5 GJ/t"


async def test_what_the_enterprise_calculated_itself_an_authority_reviews(enterprise, authority):
    factor = await proposed(enterprise, method="calculated")
    assert factor.reviewer_id == authority.tenant_id
    draft = await approvals.read_draft(authority, draft_id=factor.draft_id)
    with pytest.raises(NotPermitted):
        await approvals.approve(colleague(enterprise), draft_id=draft.id, digest=draft.digest)
    assert (await read_evidence(authority, factor_id=factor.id)) == ("检测报告.pdf", PDF)
    await approvals.approve(authority, draft_id=draft.id, digest=draft.digest)
    assert (await read_own_factor(enterprise, factor_id=factor.id)).state == "accepted"


async def test_a_factor_whose_days_are_over_still_counts_for_its_own_days(enterprise):
    assert (await accepted(enterprise, ends_on=date(2024, 6, 30))).state == "expired"
    submission = await submit_file(enterprise, file_name="a.csv", content=rows("NCV-柴油"))
    assert submission.rows_taken == 1


async def test_a_refused_factor_stays_to_be_read_and_is_never_used(enterprise):
    factor = await proposed(enterprise)
    await approvals.reject(colleague(enterprise), draft_id=factor.draft_id, reason="报告缺页")
    found = await read_own_factor(enterprise, factor_id=factor.id)
    assert (found.state, found.reason) == ("refused", "报告缺页")
    submission = await submit_file(enterprise, file_name="a.csv", content=rows("NCV-柴油"))
    assert "was refused" in str(submission.findings[-1])


async def test_nobody_else_sees_or_uses_it(enterprise, other_enterprise):
    factor = await accepted(enterprise)
    with pytest.raises(NotFound):
        await read_own_factor(other_enterprise, factor_id=factor.id)
    with pytest.raises(NotFound):
        await read_evidence(other_enterprise, factor_id=factor.id)
    submission = await submit_file(other_enterprise, file_name="a.csv", content=rows("NCV-柴油"))
    assert "is not among your own" in str(next(f for f in submission.findings if f.severity == "error"))


async def test_who_may_only_read_proposes_nothing(enterprise):
    reader = replace(enterprise, permissions=frozenset())
    with pytest.raises(NotPermitted):
        await proposed(reader)


async def test_the_same_proposal_with_the_same_key_is_one(enterprise):
    first = await proposed(enterprise, key="k1")
    assert (await proposed(enterprise, key="k1")).id == first.id
