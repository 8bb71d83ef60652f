"""The account reads like a bank statement: each posting is there, the balance runs, and any day can be printed again."""

from datetime import date, timedelta

import pytest

from accounts.enterprise.account import list_activities, read_account
from accounts.enterprise.corrections import correct_activity, withdraw_activity
from accounts.enterprise.statement import CORRECTED, SUBMITTED, WITHDRAWN, read_statement
from accounts.enterprise.submissions import submit_file
from carbon.errors import NotFound, Problem
from tests.accounts.enterprise.conftest import csv

ROWS = (
    "2025-01,南厂,固定燃烧,天然气,1000,立方米,A",
    "2025-02,南厂,固定燃烧,天然气,2000,立方米,B",
    "2025-02,北厂,外购电力,电力,30,MWh,C",
)


async def statement_of(enterprise, **asked):
    return await read_statement(enterprise, enterprise_id=enterprise.tenant_id, year=2025, **asked)


@pytest.fixture
async def reported(enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS))
    return enterprise


async def test_the_closing_balance_is_the_accounts_total_and_each_part_adds_up_to_it(reported):
    found = await statement_of(reported)
    account = await read_account(reported, enterprise_id=reported.tenant_id, year=2025)
    assert found.closing_mg == account.co2e_mg > 0
    assert sum(entry.co2e_mg for entry in found.entries) == found.closing_mg
    assert sum(row.co2e_mg for row in found.months) == found.closing_mg
    assert sum(row.co2e_mg for row in found.sources) == found.closing_mg
    assert found.by_scope == {line.scope: line.co2e_mg for line in account.by_scope}
    assert [(entry.template, entry.activities) for entry in found.entries] == [(SUBMITTED, 3)]
    assert found.before_mg is None


async def test_a_correction_is_two_postings_and_a_withdrawal_one(reported):
    lines = await list_activities(reported, enterprise_id=reported.tenant_id, year=2025)
    before = await statement_of(reported)
    done = await correct_activity(
        reported, activity_id=lines[0].id, changes={"amount": "900"}, reason="表底抄错"
    )
    await withdraw_activity(reported, activity_id=lines[-1].id, reason="与总表重复")
    found = await statement_of(reported)
    kinds = [(entry.template, entry.activities) for entry in found.entries]
    assert sorted(kinds) == sorted([(SUBMITTED, 3), (CORRECTED, -1), (CORRECTED, 1), (WITHDRAWN, -1)])
    gone = next(entry for entry in found.entries if entry.template == WITHDRAWN)
    assert gone.co2e_mg == -lines[-1].co2e_mg
    change = done.new_co2e_mg - done.co2e_mg
    assert found.closing_mg == before.closing_mg + change - lines[-1].co2e_mg
    account = await read_account(reported, enterprise_id=reported.tenant_id, year=2025)
    assert found.closing_mg == account.co2e_mg
    assert found.entries[-1].balance_mg == found.closing_mg


async def test_a_statement_as_known_on_an_earlier_day_leaves_out_what_came_later(reported):
    today = (await statement_of(reported)).known_on
    early = await statement_of(reported, known_on=today - timedelta(days=1))
    assert early.entries == ()
    assert early.closing_mg == 0
    assert not early.is_latest
    with pytest.raises(Problem, match="not come yet"):
        await statement_of(reported, known_on=date(2999, 1, 1))


async def test_nobody_reads_anothers_statement(reported, other_enterprise, bank):
    for stranger in (other_enterprise, bank):
        with pytest.raises(NotFound):
            await read_statement(stranger, enterprise_id=reported.tenant_id, year=2025)
