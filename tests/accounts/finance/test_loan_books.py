import io
from datetime import date

import openpyxl
import pytest

from accounts.database.roles import Role
from accounts.finance import accrual, loan_books, loan_events, loans
from carbon.errors import Problem
from tests.accounts.finance.city import new_city

BOOK = (
    "两江银行贷款台账,,,,,,,\n"
    "合同号,借款人,贷款金额,年利率(%),期限(月),放款日,还款方式,用途\n"
    "A-1,江北造纸厂,1000000,3.45,12,2026-03-02,等额本息,设备更新项目固定资产贷款\n"
    'A-2,外地公司,"2,500,000.00",4.1%,24个月,2026年3月5日,先息后本,\n'
    "A-3,外地公司,abc,3.45,0,2026-02-30,随时,\n"
    "A-1,外地公司,1,3.45,12,2026-03-02,,\n"
    ",外地公司,1,3.455,12,2026-03-02,,\n"
)


def test_every_wrong_cell_is_told_with_its_place():
    book = loan_books.read_book("台账.csv", BOOK.encode("gb18030"))
    assert [loan.contract_number for loan in book.loans] == ["A-1", "A-2"]
    told = {(finding.row, finding.column): str(finding) for finding in book.findings}
    assert set(told) == {
        (5, "贷款金额"), (5, "期限(月)"), (5, "放款日"), (5, "还款方式"), (6, "合同号"), (7, "合同号"),
    }  # fmt: skip
    assert told[6, "合同号"] == "The contract A-1 stands in row 3 already."
    assert "abc" in told[5, "贷款金额"]


def test_a_column_can_be_named_by_hand():
    text = "编码,甲方,数额,利息,月\nA-1,江北造纸厂,1000,3,12\n"
    with pytest.raises(Problem, match="no column known"):
        loan_books.read_book("x.csv", text.encode())
    text = text.replace("数额", "金额")
    mapping = {"编码": "contract_number", "甲方": "borrower", "利息": "rate_percent", "月": "months"}
    (loan,) = loan_books.read_book("x.csv", text.encode(), mapping).loans
    assert (loan.contract_number, loan.terms.principal_fen) == ("A-1", 100_000)


def test_a_workbook_says_the_same():
    workbook = openpyxl.Workbook()
    for line in BOOK.splitlines()[:4]:
        workbook.active.append(line.replace('"', "").replace("2,500,000.00", "2500000.00").split(","))
    content = io.BytesIO()
    workbook.save(content)
    book = loan_books.read_book("台账.xlsx", content.getvalue())
    assert [(loan.row, loan.contract_number) for loan in book.loans] == [(3, "A-1"), (4, "A-2")]


async def test_good_rows_are_taken_once_and_accrue_by_their_own_schedule(database):
    city = await new_city()
    taken = await loan_books.take_book(city.bank, file_name="台账.csv", content=BOOK.encode("gb18030"))
    assert (taken.rows, taken.added, taken.unchanged, taken.principal_fen) == (5, 2, 0, 350_000_000)
    again = await loan_books.take_book(city.bank, file_name="台账.csv", content=BOOK.encode())
    assert (again.added, again.unchanged) == (0, 2)
    changed = BOOK.replace("1000000", "1000001").encode()
    told = await loan_books.take_book(city.bank, file_name="台账.csv", content=changed)
    assert "registered with other figures: 1,000,000.00 yuan at 3.45 %" in str(told.findings[-1])
    async with database.as_role(Role.SCHEDULER):
        await accrual.accrue_day(day=date(2027, 4, 1))
    found = {loan.contract_number: loan for loan in await loans.list_loans(city.bank)}
    assert found["A-1"].enterprise_id == city.mill.tenant_id
    plan = await loan_events.read_plan(city.bank, loan_id=found["A-1"].id)
    assert found["A-1"].accrued_interest_fen == plan.interest_fen
    assert (len(plan.lines), plan.lines[0].payment_fen) == (12, 8_489_882)
    assert [loan.contract_number for loan in await loans.list_loans(city.mill)] == ["A-1"]
