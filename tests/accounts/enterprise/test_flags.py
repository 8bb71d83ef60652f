"""Questions about an account are kept, answered by a person, and asked once."""

import pytest

from accounts.enterprise.account import read_account
from accounts.enterprise.flags import check_year, list_flags, read_history, resolve_flag
from accounts.enterprise.submissions import submit_file
from accounts.identity.audit import list_audit
from carbon.errors import Conflict, NotFound, NotPermitted, Problem
from carbon.identifiers import new_id
from tests.accounts.enterprise.conftest import csv

MONTHS = [f"2024-{month:02d},一厂,化石燃料燃烧,柴油,10,吨,F{month}" for month in range(1, 12)]
SLIP = "2024-12,一厂,化石燃料燃烧,柴油,10000,吨,F12"


@pytest.fixture
async def filled(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*MONTHS, SLIP))
    return enterprise


async def test_a_slip_is_asked_about_once_however_often_the_year_is_checked(filled):
    before = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    first = await check_year(filled, year=2024)
    again = await check_year(filled, year=2024)
    assert (first.new, first.open) == (1, 1)
    assert (again.new, again.open) == (0, 1)
    [flag] = await list_flags(filled, enterprise_id=filled.tenant_id, year=2024)
    assert flag.kind == "unit-slip"
    assert flag.facility == "一厂"
    assert flag.is_open
    after = await read_account(filled, enterprise_id=filled.tenant_id, year=2024)
    assert after.co2e_mg == before.co2e_mg > flag.co2e_mg > 0


async def test_an_answer_carries_its_person_and_stays_in_the_trail(filled):
    await check_year(filled, year=2024)
    [flag] = await list_flags(filled, enterprise_id=filled.tenant_id)
    answered = await resolve_flag(filled, flag_id=flag.id, decision="as-reported", note="十二月新增备用机组")
    assert not answered.is_open
    assert answered.decided_by_name == filled.name
    await resolve_flag(filled, flag_id=flag.id, decision="open", note="核查员追问")
    assert [each["decision"] for each in await read_history(filled, flag_id=flag.id)] == [
        "as-reported",
        "open",
    ]
    [reopened] = await list_flags(filled, enterprise_id=filled.tenant_id)
    assert reopened.is_open


async def test_an_answer_needs_a_note_and_a_known_decision(filled):
    await check_year(filled, year=2024)
    [flag] = await list_flags(filled, enterprise_id=filled.tenant_id)
    with pytest.raises(Problem, match="why"):
        await resolve_flag(filled, flag_id=flag.id, decision="as-reported", note="  ")
    with pytest.raises(Problem, match="Decide"):
        await resolve_flag(filled, flag_id=flag.id, decision="maybe", note="x")
    await resolve_flag(filled, flag_id=flag.id, decision="corrected", note="已更正")
    with pytest.raises(Conflict):
        await resolve_flag(filled, flag_id=flag.id, decision="corrected", note="已更正")


async def test_nobody_sees_or_answers_anothers_questions(filled, other_enterprise, bank):
    await check_year(filled, year=2024)
    [flag] = await list_flags(filled, enterprise_id=filled.tenant_id)
    with pytest.raises(NotFound):
        await list_flags(other_enterprise, enterprise_id=filled.tenant_id)
    with pytest.raises(NotFound):
        await resolve_flag(other_enterprise, flag_id=flag.id, decision="corrected", note="x")
    with pytest.raises(NotPermitted):
        await check_year(bank, year=2024)
    with pytest.raises(NotFound):
        await resolve_flag(filled, flag_id=new_id(), decision="corrected", note="x")


async def test_a_quiet_year_raises_nothing(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*MONTHS))
    assert (await check_year(enterprise, year=2024)).new == 0
    assert await list_flags(enterprise, enterprise_id=enterprise.tenant_id) == ()


async def test_raising_and_answering_are_in_the_audit_trail(filled):
    await check_year(filled, year=2024)
    [flag] = await list_flags(filled, enterprise_id=filled.tenant_id)
    await resolve_flag(filled, flag_id=flag.id, decision="as-reported", note="核对无误")
    reader = filled.__class__(**{**vars(filled), "permissions": filled.permissions | {"audit:read"}})
    acts = [entry.act for entry in await list_audit(reader)]
    assert {"flags.raise", "flag.answer"} <= set(acts)
