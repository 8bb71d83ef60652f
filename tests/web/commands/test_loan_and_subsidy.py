import json

import pytest
from click.testing import CliRunner

from web.commands.loan import command as loan_command
from web.commands.subsidy import command as subsidy_command

LOAN = {"principal": 1000000, "rate": "4.9%", "months": 360, "starts_on": "2026-01-01"}


@pytest.fixture
def run(tmp_path):
    def run(command, content, *arguments, name="loan.json"):
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        before = ("schedule",) if command is loan_command else ()
        return CliRunner().invoke(command, [*before, *arguments, str(file)])

    return run


def test_a_loan_in_json_and_in_options_say_the_same(run):
    told = json.loads(run(loan_command, LOAN, "--json").stdout)
    options = [
        "schedule",
        "--principal",
        "1000000",
        "--rate",
        "4.9",
        "--months",
        "360",
        "--starts-on",
        "2026-01-01",
        "--json",
    ]
    assert json.loads(CliRunner().invoke(loan_command, options).stdout) == told
    assert (told["instalment"], len(told["lines"]), told["lines"][-1]["closing_fen"]) == ("5307.27", 360, 0)


def test_a_table_of_loans_tells_how_its_lender_rounds(run):
    table = "某银行贷款台账,,,\n合同号,贷款金额,年利率(%),期限(月),月供\nA,10000,13.49,36,339.31\nB,5000,10.65%,36,162.87\n"
    done = run(loan_command, table, "--json", name="book.csv")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["agreeing_by_rounding"] == {"half-up": 1, "half-even": 1, "up": 2, "down": 0}


def test_an_instalment_no_rounding_gives_is_told(run):
    done = run(loan_command, LOAN | {"installment": "5300"}, "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["difference_fen"] == 727


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"rate": "much"}, "rate_percent"), ({"months": 0}, "months"), ({"principal": "-5"}, "principal_fen"),
     ({"repayment": "sometimes"}, "repayment"), ({"starts_on": "2026-02-30"}, "starts_on")],
)  # fmt: skip
def test_a_field_that_cannot_be_read_is_named(run, changed, field):
    done = run(loan_command, LOAN | changed, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["errors"][0]["field"] == field


def test_a_subsidy_with_its_reasons(run):
    loan = {"principal": 5000000, "rate": 3, "months": 36, "starts_on": "2026-03-01", "repayment": "先息后本"}
    done = run(subsidy_command, loan, "CN-MOF-EQUIP-2026", "--json", "--explain")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["subsidy"], told["shares_fen"]) == (0, "150000.00", {"central": 15000000})
    assert "财金〔2026〕2号" in json.dumps(told["explanation"], ensure_ascii=False)
    late = run(subsidy_command, loan | {"starts_on": "2027-01-01"}, "CN-MOF-EQUIP-2026", "--json")
    assert (late.exit_code, json.loads(late.stdout)["subsidy_fen"]) == (3, 0)


def test_without_a_file_the_terms_are_shown():
    told = json.loads(CliRunner().invoke(subsidy_command, ["CQ-FISCAL-CERF"]).stdout)
    assert told["confidence"] == "one-secondary"
    listed = json.loads(CliRunner().invoke(subsidy_command, ["--json"]).stdout)
    assert len(listed) >= 9
