"""A green certificate is counted once: the own earlier use is named, another enterprise's is held and not told."""

from datetime import date

import pytest

from accounts.database.transactions import transaction
from accounts.enterprise.certificates import decide_certificates, list_certificates, ranges_of
from accounts.enterprise.corrections import correct_activity, withdraw_activity
from accounts.enterprise.submissions import submit_file
from accounts.projects.energy import claim_energy
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.enterprise.conftest import csv

HEADINGS = "期间,排放源,品种,数量,单位,方法,凭证,绿证编号"


def rows(*lines):
    return csv(*(f"{month},净购入电力,绿证电力,{amount},kWh,市场法,{paper},{cell}" for month, amount, paper, cell in lines),
               headings=HEADINGS)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("GEC-2025-0001~0500", [("gec-2025", 1, 500, 500_000)]),
        ("GEC20250001至20250003", [("gec", 20250001, 20250003, 3000)]),
        ("GEC-7; HT-2025-015", [("gec", 7, 7, None), ("ht-2025-015", 0, 0, None)]),
        ("ＧＥＣ 1–2", [("gec", 1, 2, 2000)]),
        ("123456789012", [("", 123456789012, 123456789012, None)]),
    ],
)
def test_certificates_are_read_as_people_write_them(cell, found):
    assert [(one.prefix, one.first, one.last, one.capacity_kwh) for one in ranges_of(cell)] == found


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(Problem):
        ranges_of("GEC-500~100")


async def test_a_range_covers_as_many_megawatt_hours_as_it_has_certificates(enterprise):
    first = await submit_file(enterprise, file_name="a.csv", content=rows(
        ("2025-03", 2000, "F1", "GEC-1~3"), ("2025-04", 1000, "F2", "GEC-1~3"), ("2025-05", 1, "F3", "GEC-1~3"),
    ))  # fmt: skip
    assert (first.rows_taken, first.errors) == (2, 1)
    [finding] = [one for one in first.findings if one.severity == "error"]
    assert (finding.row, finding.column) == (4, "certificate")
    assert "counted already" in str(finding)
    later = await submit_file(enterprise, file_name="b.csv", content=rows(("2025-06", 500, "F4", "GEC-3~9")))
    assert "GEC-1~3 for 2025-0" in str(later.findings[-1])
    more = await submit_file(
        enterprise, file_name="c.csv", content=rows(("2025-06", 5000, "F5", "GEC-20~22"))
    )
    assert "cover 2000 kWh less" in str(more.findings[-1])


async def test_another_enterprises_certificates_are_taken_in_held_and_not_told(
    enterprise, other_enterprise, authority
):
    await submit_file(enterprise, file_name="a.csv", content=rows(("2025-03", 2000, "F1", "GEC-1~3")))
    second = await submit_file(
        other_enterprise, file_name="b.csv", content=rows(("2025-03", 1000, "F1", "gec-2~4"))
    )
    assert (second.rows_taken, second.errors) == (1, 0)
    [warning] = [one for one in second.findings if one.code == "certificate-held"]
    assert "山城机械" not in str(warning)
    [held] = await list_certificates(authority)
    assert (held.state, held.tenant_id) == ("held", other_enterprise.tenant_id)
    with pytest.raises(NotPermitted):
        await decide_certificates(enterprise, claim_id=held.id, decision="refuse", note="x")
    decided = await decide_certificates(authority, claim_id=held.id, decision="refuse", note="已由他人使用")
    with pytest.raises(Conflict):
        await decide_certificates(authority, claim_id=held.id, decision="refuse", note="again")
    assert decided.decision == "refuse"
    [mine] = await list_certificates(other_enterprise)
    assert (mine.decision, mine.note) == ("refuse", "已由他人使用")
    [own] = await list_certificates(enterprise)
    with pytest.raises(NotFound):
        await decide_certificates(authority, claim_id=own.id, decision="allow", note="x")


async def test_a_contract_serves_its_enterprise_in_many_months_and_no_other(enterprise, other_enterprise):
    taken = await submit_file(enterprise, file_name="a.csv", content=rows(
        ("2025-03", 2000, "F1", "HT-2025-015"), ("2025-04", 9000, "F2", "HT-2025-015"),
    ))  # fmt: skip
    assert taken.rows_taken == 2
    other = await submit_file(
        other_enterprise, file_name="b.csv", content=rows(("2025-04", 1, "F1", "ht-2025-015"))
    )
    assert any(one.code == "certificate-held" for one in other.findings)


async def test_a_corrected_or_withdrawn_row_gives_its_certificates_back(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=rows(("2025-03", 3000, "F1", "GEC-1~3")))
    async with transaction(tenant=enterprise.tenant_id, readonly=True) as connection:
        first = await connection.fetchval("select id from enterprise_activity")
    done = await correct_activity(
        enterprise, activity_id=first, changes={"amount": "1000"}, reason="抄表错误"
    )
    assert done.replaced_by
    used = [(one.kwh, one.state) for one in await list_certificates(enterprise)]
    assert sum(kwh for kwh, _ in used) == 1000
    await withdraw_activity(enterprise, activity_id=done.replaced_by, reason="重复")
    assert sum(one.kwh for one in await list_certificates(enterprise)) == 0
    again = await submit_file(enterprise, file_name="b.csv", content=rows(("2025-04", 500, "F9", "GEC-2~3")))
    assert again.rows_taken == 1


async def test_kilowatt_hours_a_project_credits_are_not_certified_too(enterprise, other_enterprise):
    async def credited(actor):
        async with transaction(tenant=actor.tenant_id) as connection:
            await claim_energy(
                connection, tenant_id=actor.tenant_id, meter="PV-001", starts_on=date(2025, 1, 1),
                ends_on=date(2025, 12, 31), used_for="credit", source_kind="project", source_id=new_id(),
            )  # fmt: skip

    def metered(paper):
        return csv(f"2025-03,净购入电力,绿证电力,1000,kWh,市场法,{paper},GEC-{paper},pv 001",
                   headings=f"{HEADINGS},发电计量点")  # fmt: skip

    await credited(enterprise)
    own = await submit_file(enterprise, file_name="a.csv", content=metered("1"))
    assert own.rows_taken == 0
    assert "not both a credit and a green certificate" in str(own.findings[-1])
    other = await submit_file(other_enterprise, file_name="b.csv", content=metered("2"))
    assert other.rows_taken == 1
    assert any(one.code == "certificate-held" for one in other.findings)
