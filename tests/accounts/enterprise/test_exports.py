"""Export, import, export: the same again."""

import io

import openpyxl
import pytest

from accounts.enterprise.account import list_activities, read_account
from accounts.enterprise.corrections import correct_activity
from accounts.enterprise.exports import as_workbook, export_rows
from accounts.enterprise.submissions import submit_file
from carbon.errors import NotFound
from tests.accounts.enterprise.conftest import csv

HEADINGS = "期间,设施,排放源,品种,数量,单位,凭证,低位发热量,备注"
ROWS = (
    "2025-01,南厂,固定燃烧,天然气,1000.125,立方米,A,,=1+1",
    "2025-02,南厂,固定燃烧,烟煤,12,吨,B,20.5,",
    "2025,,外购电力,电力,30,MWh,C,,全年",
    "2025-03,北厂,制冷剂泄漏,HFC-134a,NE,kg,,,未估算",
)


async def exported(actor, language="zh"):
    return as_workbook(await export_rows(actor, enterprise_id=actor.tenant_id, year=2025), language)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_was_exported_changes_nothing_when_it_comes_back(enterprise, language):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS, headings=HEADINGS))
    before = await read_account(enterprise, enterprise_id=enterprise.tenant_id, year=2025)
    again = await submit_file(
        enterprise, file_name="again.xlsx", content=await exported(enterprise, language)
    )
    assert (again.rows_wrong, again.rows_repeated) == (0, 3), again.findings
    assert await read_account(enterprise, enterprise_id=enterprise.tenant_id, year=2025) == before


async def test_an_empty_account_becomes_the_same_and_exports_the_same(enterprise, other_enterprise):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS, headings=HEADINGS))
    first = (await list_activities(enterprise, enterprise_id=enterprise.tenant_id, year=2025))[0]
    await correct_activity(enterprise, activity_id=first.id, changes={"amount": "999.5"}, reason="抄错")
    await submit_file(other_enterprise, file_name="b.xlsx", content=await exported(enterprise))
    one, other = [
        await read_account(who, enterprise_id=who.tenant_id, year=2025)
        for who in (enterprise, other_enterprise)
    ]
    assert one.co2e_mg == other.co2e_mg
    assert one.by_month == other.by_month
    assert one.coverage == other.coverage
    rows = [
        await export_rows(who, enterprise_id=who.tenant_id, year=2025)
        for who in (enterprise, other_enterprise)
    ]
    assert sorted(map(str, rows[0])) == sorted(map(str, rows[1]))


async def test_no_cell_of_an_export_is_a_formula_and_nobody_else_exports(enterprise, bank):
    await submit_file(enterprise, file_name="a.csv", content=csv(*ROWS, headings=HEADINGS))
    book = openpyxl.load_workbook(io.BytesIO(await exported(enterprise)))
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
    with pytest.raises(NotFound):
        await export_rows(bank, enterprise_id=enterprise.tenant_id, year=2025)
